"""An explanation on a page: in one language, as a tree of what can be opened, and nothing of it is markup."""

import re
from datetime import date

from tongchou.core.explanation import Fact, ParameterRead, Source, Step
from tongchou.core.text import Text
from tongchou.schema.states import GROUPING_STATUS
from tongchou.web.explanation import written
from tongchou.web.preferences import Preferences

STEP = Step(
    "test",
    Text("分组", "Grouping"),
    Text("BB21", "BB21"),
    facts=(
        Fact(Text("状态", "status"), GROUPING_STATUS["grouped"]),
        Fact(Text("规则", "rule"), "age < 1 & weight > 0"),
    ),
    parameters=(
        ParameterRead(
            "payment/drg/level_factor",
            Text("等级系数", "level factor"),
            "level=tertiary",
            "1.1",
            "ratio",
            date(2023, 1, 1),
            "city",
            Source("虚构演示政策 / invented for demonstration"),
        ),
    ),
    rejected=(Text("不符合", "not met"),),
    children=(Step("leaf", Text("编码", "Codes"), Text("全部识别", "all known")),),
)


def test_an_explanation_is_in_the_language_of_the_page() -> None:
    english, chinese = written(STEP, Preferences("en")), written(STEP, Preferences("zh"))
    assert not re.search("[\u4e00-\u9fff]", english)
    assert "grouped" in english
    assert "level factor (tertiary) = 1.1 ratio, from 2023-01-01, source: invented for demonstration" in english
    assert "分组成功" in chinese
    assert "等级系数（三级） = 1.1 比率，2023-01-01 起，依据：虚构演示政策" in chinese
    assert "invented" not in chinese


def test_what_an_explanation_says_is_never_markup() -> None:
    assert "age &lt; 1 &amp; weight &gt; 0" in written(STEP, Preferences("en"))


def test_only_a_step_with_more_to_say_opens() -> None:
    said = written(STEP, Preferences("en"))
    assert said.count("<details") == said.count("</details>") == 1
    assert '<div class="why-leaf"><b>Codes</b> <span>all known</span></div>' in said
