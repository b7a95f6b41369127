"""An explanation on a page: in one language, as a tree of what can be opened, and nothing of it is markup."""

import re
from dataclasses import replace
from datetime import date

from tongchou.core.explanation import AccountLine, Fact, ParameterRead, Source, Step
from tongchou.core.text import Text
from tongchou.schema.states import GROUPING_STATUS
from tongchou.web.explanation import written, written_account
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


def test_an_account_has_its_amounts_in_one_column_and_its_sum_at_the_foot() -> None:
    lines = (
        AccountLine(Text("支付标准", "standard"), Text("8,000.00 × 1.5 < 2", "8,000.00 x 1.5 < 2"), 1_200_000),
        AccountLine(Text("医院盈亏", "result"), Text("", ""), -1_200_000, "total"),
    )
    said = written_account(replace(STEP, account=lines), Preferences("zh"))
    assert re.findall(r"<td[^>]*>([^<]*)</td></tr>", said) == ["12,000.00", "-12,000.00"]
    assert "8,000.00 × 1.5 &lt; 2" in said
    assert said.index('class="is-line"') < said.index('class="is-total"') < said.index('class="is-loss-text"')
    assert not re.search("[\u4e00-\u9fff]", written_account(replace(STEP, account=lines), Preferences("en")))


def test_names_stand_in_place_of_ids_before_it_is_decided_what_has_a_line_of_its_own() -> None:
    step = replace(STEP, facts=(Fact(Text("H00000000001（元）", "H00000000001, yuan"), "1,234.56"),))
    names = {"H00000000001": "云栖县人民医院"}
    said = written(step, Preferences("zh"), lambda words: words.replace("H00000000001", names["H00000000001"]))
    assert "<div><dt>云栖县人民医院（元）</dt><dd>1,234.56</dd></div>" in said
