"""Why one case is in its group: the same matcher, one case, every test spoken aloud."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tongchou.core.explanation import Fact, Step
from tongchou.core.text import Text
from tongchou.grouping.case_batch import UNKNOWN, CaseBatch
from tongchou.grouping.codebook import MCC_LEVEL, NO_EXCLUSION, NO_LEVEL
from tongchou.grouping.matcher import Matcher, valid
from tongchou.grouping.rules import DIAGNOSIS_SUBJECTS, CodeTest, PartTest, Rule, tests_of
from tongchou.grouping.scheme import Adrg, Mdc
from tongchou.grouping.scheme_folder import list_key

_ROW = np.array([0], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Case:
    """The one case, as codes and in the matcher's shape."""

    diagnoses: list[str]
    procedures: list[str]
    batch: CaseBatch


def explain_grouping(matcher: Matcher, case: pa.RecordBatch) -> Step:
    """Explain the group of the single case of a batch (`case_batch.CASE_COLUMNS`)."""
    result = matcher.group(case).to_pylist()[0]
    spoken = _Case(
        list(case.column("diagnoses")[0].as_py() or ()),
        list(case.column("procedures")[0].as_py() or ()),
        matcher.read(case),
    )
    manifest = matcher.scheme.manifest
    children = [_validity(spoken)]
    if result["status"] != "invalid":
        children += _placed(matcher, spoken)
        children += [_severity(matcher, spoken)] if result["status"] == "grouped" else []
    notice = (Fact(Text("声明", "notice"), str(manifest.notice)),) if manifest.purpose == "learning" else ()
    return Step(
        rule="grouping",
        title=Text(f"分组（{manifest.title.zh}）", f"Grouping ({manifest.title.en})"),
        outcome=_outcome(matcher, result),
        facts=(
            Fact(Text("诊断", "diagnoses"), " | ".join(spoken.diagnoses)),
            Fact(Text("手术操作", "procedures"), " | ".join(spoken.procedures) or "-"),
            Fact(Text("方案指纹", "fingerprint of the scheme"), matcher.scheme.fingerprint[:16]),
            *notice,
        ),
        children=tuple(children),
    )


def _outcome(matcher: Matcher, result: dict[str, str]) -> Text:
    if result["status"] != "grouped":
        return Text("无法入组", "no group fits") if result["status"] == "ungrouped" else _INVALID
    name = matcher.scheme.drg_names()[result["drg"]]
    return Text(f"{result['drg']} {name.zh}", f"{result['drg']} {name.en}")


_INVALID = Text("信息校验不通过", "the case's data are not valid")


def _validity(case: _Case) -> Step:
    measures = case.batch.measures
    facts = tuple(
        Fact(label, str(int(measures[name][0])) if measures[name][0] != UNKNOWN else "-")
        for name, label in (
            ("sex", Text("性别（1 男 2 女）", "sex (1 male, 2 female)")),
            ("age_years", Text("年龄（岁）", "age, years")),
            ("age_days", Text("日龄", "age, days")),
            ("weight_g", Text("出生体重（克）", "birth weight, g")),
        )
    )
    fine = bool(valid(case.batch)[0])
    outcome = Text("通过", "passed") if fine else _INVALID
    return Step("grouping.validity", Text("信息校验", "Validity of the data"), outcome, facts)


def _placed(matcher: Matcher, case: _Case) -> list[Step]:
    """Return a step for every MDC that the case entered, up to the ADRG that took it."""
    steps: list[Step] = []
    closed: list[str] = []
    for mdc in matcher.scheme.mdcs:
        if not matcher.meets(mdc.rule, mdc.code, case.batch, _ROW)[0]:
            closed.append(f"{mdc.code} {mdc.rule_text}")
            continue
        taken, tried = _try_adrgs(matcher, mdc, case)
        steps.append(_mdc_step(matcher, mdc, taken, tried, closed, case))
        closed = []
        if taken is not None:
            return steps
    if closed:
        nothing = Text("没有可入的主要诊断大类", "no MDC is open to the case")
        steps.append(Step("grouping.mdc", Text("其余大类", "The other MDCs"), nothing, rejected=_closed(closed)))
    return steps


def _try_adrgs(matcher: Matcher, mdc: Mdc, case: _Case) -> tuple[Adrg | None, list[Text]]:
    tried: list[Text] = []
    for adrg in mdc.adrgs:
        if matcher.meets(adrg.rule, adrg.code, case.batch, _ROW)[0]:
            return adrg, tried
        tried.append(
            Text(f"{adrg.code} {adrg.name.zh}：{adrg.rule_text}", f"{adrg.code} {adrg.name.en}: {adrg.rule_text}")
        )
    return None, tried


def _mdc_step(
    matcher: Matcher, mdc: Mdc, taken: Adrg | None, tried: list[Text], closed: list[str], case: _Case
) -> Step:
    if taken is None:
        inner = Step(
            "grouping.adrg",
            Text("核心组", "ADRG"),
            Text("无一符合，转入下一大类", "none fits; the case goes on to the next MDC"),
            rejected=tuple(tried),
        )
    else:
        inner = Step(
            "grouping.adrg",
            Text("核心组", "ADRG"),
            Text(f"{taken.code} {taken.name.zh}", f"{taken.code} {taken.name.en}"),
            facts=(Fact(Text("规则", "rule"), taken.rule_text), *_matches(matcher, taken.rule, taken.code, case)),
            rejected=tuple(tried),
        )
    return Step(
        "grouping.mdc",
        Text("主要诊断大类", "MDC"),
        Text(f"{mdc.code} {mdc.name.zh}", f"{mdc.code} {mdc.name.en}"),
        facts=(Fact(Text("规则", "rule"), mdc.rule_text), *_matches(matcher, mdc.rule, mdc.code, case)),
        rejected=_closed(closed),
        children=(inner,),
    )


def _closed(gates: list[str]) -> tuple[Text, ...]:
    named = "; ".join(gates)
    return (Text(f"未满足入组条件的大类：{named}", f"MDCs whose gate is closed: {named}"),) if gates else ()


def _matches(matcher: Matcher, rule: Rule, owner: str, case: _Case) -> list[Fact]:
    """Return which of the case's codes are in the lists that a rule looks at."""
    facts = []
    for test in tests_of(rule):
        if not isinstance(test, CodeTest | PartTest):
            continue
        key = list_key(test, owner)
        is_diagnosis = isinstance(test, CodeTest) and test.subject in DIAGNOSIS_SUBJECTS
        book = matcher.diagnoses if is_diagnosis else matcher.procedures
        codes = case.diagnoses if is_diagnosis else case.procedures
        hits = [code for code in codes if book.members(key)[book.number(code)]]
        facts.append(Fact(Text(f"列表 {key} 中有", f"in list {key}"), " ".join(hits) or "-"))
    return facts


def _severity(matcher: Matcher, case: _Case) -> Step:
    book = matcher.diagnoses
    carried = book.excluded_by_principal[book.number(case.diagnoses[0])] if case.diagnoses else NO_EXCLUSION
    counted, rejected = [], []
    for code in case.diagnoses[1:]:
        number = book.number(code)
        level = int(book.level[number])
        if level == NO_LEVEL:
            continue
        word = "MCC" if level == MCC_LEVEL else "CC"
        if carried != NO_EXCLUSION and carried == book.exclusion[number]:
            table = book.exclusion_name(int(carried))
            rejected.append(
                Text(
                    f"{code} 是 {word}，但被主要诊断 {case.diagnoses[0]} 的排除表 {table} 排除",
                    f"{code} is {word} but excluded by table {table} of the principal diagnosis {case.diagnoses[0]}",
                )
            )
        else:
            counted.append(
                Fact(Text("有效的严重并发症或合并症", "effective complication or comorbidity"), f"{code} {word}")
            )
    level = int(matcher.levels(case.batch)[0])
    outcome = (
        Text("不伴并发症或合并症", "none"),
        Text("伴一般并发症（CC）", "CC"),
        Text("伴严重并发症（MCC）", "MCC"),
    )[level]
    return Step(
        "grouping.severity", Text("并发症与合并症", "Severity"), outcome, tuple(counted), rejected=tuple(rejected)
    )
