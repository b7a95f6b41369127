"""The steps of an explanation of a group that do not depend on the order of decision: data, codes, severity."""

from collections.abc import Iterable

from tongchou.core.explanation import Fact, Step
from tongchou.core.text import Text
from tongchou.grouping.engine.case_fields import column_of
from tongchou.grouping.engine.code_table import CC_LEVEL, MCC_LEVEL, NO_CODE, NO_LEVEL
from tongchou.grouping.reasons.case_reading import CaseCode, CaseFacts, CodesOfCase
from tongchou.grouping.reasons.rule_test import codes_hit, sites_hurt
from tongchou.grouping.reasons.rule_words import FIELD_NAMES, NOTHING, rule_in_words, value_in_words
from tongchou.grouping.schemes.rules import CodeTest, Rule, SiteTest, tests_of
from tongchou.grouping.schemes.scheme import Check

_SEVERITY = {
    NO_LEVEL: Text("不伴并发症或合并症", "none"),
    CC_LEVEL: Text("伴一般并发症或合并症（CC）", "CC"),
    MCC_LEVEL: Text("伴严重并发症或合并症（MCC）", "MCC"),
}
_COUNTED = Text("计入", "counted")


def values_step(facts: CaseFacts) -> Step:
    """Say which values of the case the scheme looks at, and which it does not."""
    used = tuple(Fact(FIELD_NAMES[column_of(field)], value_in_words(field, facts)) for field in facts.numbers)
    return Step(
        "grouping.values",
        Text("病例数据", "Values of the case"),
        Text(f"方案用到 {len(used)} 项", f"the scheme looks at {len(used)}"),
        facts=used,
        rejected=tuple(
            Text(f"{_field(name).zh}：本方案不用", f"{_field(name).en}: not used by this scheme")
            for name in facts.unused
        ),
    )


def checks_step(checks: Iterable[Check], failed: Check | None) -> Step:
    """Say which checks of the case's data were made and which of them it failed."""
    made = []
    for check in checks:
        if check is failed:
            break
        made.append(Fact(check.name, Text("没有问题", "fine")))
    title = Text("信息校验", "Validity of the data")
    if failed is None:
        passed = Text("通过", "passed") if made else Text("本方案不做信息校验", "this scheme has no checks")
        return Step("grouping.checks", title, passed, tuple(made))
    outcome = Text(f"不通过：{failed.name.zh}", f"failed: {failed.name.en}")
    return Step(
        "grouping.checks", title, outcome, (*made, Fact(Text("校验规则", "the check's rule"), failed.rule_text))
    )


def codes_step(facts: CaseFacts) -> Step:
    """Say which codes were read otherwise than they are written, and which mean nothing to the scheme."""
    repaired: list[Fact] = []
    unknown: list[Text] = []
    for side in (facts.diagnoses, facts.procedures):
        for code in side.codes:
            if code.number == NO_CODE:
                if code.written:
                    unknown.append(_unknown(code))
            elif code.read_as is not None and code.read_as != code.written:
                repaired.append(Fact(Text(f"{code.written} 读作", f"{code.written} is read as"), code.read_as))
    unknown += _barred(facts.diagnoses, Text("主要诊断", "principal diagnosis"))
    unknown += _barred(facts.procedures, Text("主要手术操作", "principal procedure"))
    outcome = Text("全部按原样识别", "all known as they are written")
    if repaired or unknown:
        zh = f"{len(repaired)} 个改读，{len(unknown)} 个不起作用"
        outcome = Text(zh, f"{len(repaired)} read otherwise, {len(unknown)} without effect")
    return Step("grouping.codes", Text("编码", "Codes"), outcome, tuple(repaired), rejected=tuple(unknown))


def severity_step(facts: CaseFacts) -> Step:
    """Say what level each secondary diagnosis has, and which were excluded by which table."""
    counted: list[Fact] = []
    rejected: list[Text] = []
    principal = facts.diagnoses.codes[0].written if facts.diagnoses.codes else "-"
    for each in facts.severe:
        if each.is_excluded:
            zh = f"{each.written} 是 {each.word}，但被主要诊断 {principal} 的排除表 {each.exclusion} 排除"
            en = f"{each.written} is {each.word} but excluded by table {each.exclusion} of the principal diagnosis"
            rejected.append(Text(zh, f"{en} {principal}"))
        else:
            counted.append(Fact(_COUNTED, f"{each.written} {each.word}"))
    outcome = _SEVERITY[facts.level]
    if facts.is_kept_mild:
        zh, en = "日间手术不区分并发症与合并症", "day surgery counts as without CC and MCC"
        rejected.append(Text(f"本方案规定：{zh}", f"the scheme rules: {en}"))
    return Step(
        "grouping.severity",
        Text("并发症与合并症", "Severity"),
        outcome,
        (*counted, *_mild(facts)),
        rejected=tuple(rejected),
    )


def matches(rule: Rule, rule_text: str, facts: CaseFacts) -> tuple[Fact, ...]:
    """Return a rule's text, and by which codes the lists that it looks at are met."""
    # Keyed by fact: a rule may look at one list twice.
    found = {Fact(Text("规则", "rule"), rule_text): None} if rule_text else {}
    for test in tests_of(rule):
        if isinstance(test, CodeTest):
            hits = " ".join(code.written for code in codes_hit(test, facts))
            found[Fact(rule_in_words(test), hits or NOTHING)] = None
        elif isinstance(test, SiteTest):
            found[Fact(rule_in_words(test), " ".join(sites_hurt(test, facts)) or "-")] = None
    return tuple(found)


def _unknown(code: CaseCode) -> Text:
    return Text(
        f"{code.written}：本方案没有能用到它的列表、MCC/CC 表或排除表；若应有作用，请核对写法",
        f"{code.written}: no list that can be reached and no MCC, CC or exclusion table has it; if it should count, "
        "check how it is written",
    )


def _barred(side: CodesOfCase, place: Text) -> list[Text]:
    if not side.is_barred:
        return []
    code = side.codes[0].written
    zh = f"{code}：方案规定它不能作{place.zh}，作{place.zh}时不起作用"
    return [Text(zh, f"{code}: the scheme does not take it as {place.en}; there it decides nothing")]


def _mild(facts: CaseFacts) -> tuple[Fact, ...]:
    severe = {each.written for each in facts.severe}
    mild = [code.written for code in facts.diagnoses.codes[1:] if code.written not in severe]
    return (Fact(Text("既非 MCC 也非 CC", "neither MCC nor CC"), " ".join(mild)),) if mild else ()


def _field(name: str) -> Text:
    return FIELD_NAMES.get(name, Text.plain(name))
