"""Reading a rules file setting by setting: every scalar is text, every problem is collected with its place."""

from collections.abc import Hashable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.core.text import Text
from tongchou.grouping.dip.problems import rules_problem

_Word = TypeVar("_Word", bound=str)


class Node:
    """A mapping of a rules file, with its place and the problems found so far.

    A setting that cannot be read is noted and answered by a stand-in, so that one pass finds every problem.

    Args:
        content: The mapping.
        where: Its place, `rules.yaml:core`.
        problems: Where problems are noted.
        optional: Settings that may be absent or empty.
    """

    def __init__(self, content: object, where: str, problems: list[TongchouError], *, optional: bool = False) -> None:
        self.where = where
        self.problems = problems
        self._asked: set[str] = set()
        if not isinstance(content, dict):
            if not (optional and content in (None, "")):
                self.note("", Text("须为一组“名称: 值”", "names with values must stand here"))
            content = {}
        self._content: dict[str, Any] = content

    def note(self, key: str, why: Text) -> None:
        """Note a problem of a setting."""
        self.problems.append(rules_problem(f"{self.where}.{key}" if key else self.where, why))

    def has(self, key: str) -> bool:
        """Return whether a setting is there and not empty."""
        self._asked.add(key)
        return self._content.get(key) not in (None, "")

    def word(self, key: str) -> str:
        """Return a setting as text."""
        if not self.has(key):
            self.note(key, Text("缺少这一项", "it is missing"))
            return ""
        value = self._content[key]
        if not isinstance(value, str):
            self.note(key, Text("须为一个值", "one value must stand here"))
            return ""
        return value

    def words(self, key: str) -> str:
        """Return a setting as text that may be empty."""
        return self.word(key) if self.has(key) else ""

    def choice(self, key: str, options: tuple[_Word, ...]) -> _Word:
        """Return a setting that is one of some words."""
        value = self.word(key)
        for option in options:
            if value == option:
                return option
        if value:
            known = ", ".join(options)
            self.note(key, Text(f"“{value}”须为 {known} 之一", f"'{value}' must be one of {known}"))
        return options[0]

    def whole(self, key: str, least: int = 0) -> int:
        """Return a setting as a whole number of at least `least`."""
        value = self.word(key)
        if value.isascii() and value.isdecimal() and int(value) >= least:
            return int(value)
        if value:
            self.note(
                key, Text(f"“{value}”须为不小于 {least} 的整数", f"'{value}' must be a whole number from {least}")
            )
        return max(least, 1)

    def e4(self, key: str) -> int:
        """Return a ratio x 10,000; at most four decimals, not negative."""
        value = self.word(key)
        return self.ratio(key, value) if value else 0

    def e4_list(self, key: str) -> tuple[int, ...]:
        """Return a list of ratios x 10,000."""
        return tuple(self.ratio(key, each) for each in self.items(key) if isinstance(each, str))

    def fen(self, key: str) -> int:
        """Return yuan as fen."""
        value = self.word(key)
        try:
            return yuan_to_fen(Decimal(value)) if value else 0
        except (InvalidOperation, TongchouError):
            self.note(key, Text(f"“{value}”须为金额（元）", f"'{value}' must be an amount in yuan"))
            return 0

    def text(self, key: str) -> Text:
        """Return words in both languages."""
        both = self.node(key)
        return Text(both.word("zh"), both.word("en"))

    def node(self, key: str, *, optional: bool = False) -> "Node":
        """Return a mapping inside this one."""
        self._asked.add(key)
        return Node(self._content.get(key), f"{self.where}.{key}", self.problems, optional=optional)

    def items(self, key: str) -> list[Any]:
        """Return a list."""
        self._asked.add(key)
        value = self._content.get(key)
        if isinstance(value, list):
            return value
        self.note(key, Text("须为列表", "a list must stand here"))
        return []

    def nodes(self, key: str) -> list["Node"]:
        """Return a list of mappings."""
        return [Node(each, f"{self.where}.{key}[{i}]", self.problems) for i, each in enumerate(self.items(key), 1)]

    def names(self) -> list[str]:
        """Return the names of all settings, which thereby count as known."""
        self._asked |= set(self._content)
        return list(self._content)

    def done(self) -> None:
        """Note every setting that nobody asked for: a slip of the pen would otherwise change nothing, silently."""
        for key in self._content:
            if key not in self._asked:
                self.note(key, Text("没有这一项设置", "there is no such setting"))

    def ratio(self, key: str, written: str) -> int:
        """Return a written ratio x 10,000."""
        try:
            value = ratio_to_e4(Decimal(written))
        except (InvalidOperation, TongchouError):
            value = -1
        if value < 0:
            self.note(key, Text(f"“{written}”须为不超过四位小数的非负数", f"'{written}' must be a ratio of 4 decimals"))
        return max(value, 0)


def read_node(text: str, where: str, problems: list[TongchouError]) -> Node:
    """Return the whole of a YAML file.

    Raises:
        TongchouError: `grouping.dip_rules` if it is not YAML, uses an alias or repeats a name.
    """
    try:
        return Node(_TextLoader(text).get_single_data(), where, problems)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        why = Text(f"第 {line} 行：{error.problem}", f"line {line}: {error.problem}")
        raise rules_problem(where, why) from error
    except yaml.YAMLError as error:
        raise rules_problem(where, Text(f"不是 YAML：{error}", f"it is not YAML: {error}")) from error


class _TextLoader(yaml.SafeLoader):
    """A safe loader for which every scalar is text: 0.10 stays 0.10, and there is no number, date or `yes`."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 - the attribute of PyYAML, replaced as a whole

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="an alias (*) is not allowed", problem_mark=self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - the signature of PyYAML
    ) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if names.count(key.value) > 1:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' stands twice", problem_mark=key.start_mark)
        return super().construct_mapping(node, deep=True)
