"""The groups of pages in the menu."""

from tongchou.core.text import Text

MONEY = Text("结算", "Settlement")
WORK = Text("业务", "Work")
RULES = Text("规则", "Rules")
SYSTEM = Text("系统", "System")
