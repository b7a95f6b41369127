"""Rules said in words, and what a case has beside them."""

from tongchou.core.text import Text
from tongchou.grouping.engine.case_fields import UNKNOWN, column_of
from tongchou.grouping.reasons.case_reading import CaseFacts
from tongchou.grouping.reasons.rule_test import NEGATED, codes_hit, codes_looked_at, sites_hurt
from tongchou.grouping.schemes.rules import (
    AllOf,
    AnyOf,
    Between,
    CodeTest,
    Constant,
    Known,
    Marked,
    Not,
    OneOf,
    Rule,
    SiteTest,
)
from tongchou.grouping.schemes.scheme import (
    DIAGNOSES,
    LISTED_OPERATIONS,
    NOT_PRINCIPAL,
    OPERATIONS,
    OPERATIONS_2,
    SITE_PREFIX,
    VALID_OPERATIONS,
    ListKey,
    Severity,
)

FIELD_NAMES: dict[str, Text] = {
    "sex": Text("性别", "sex"),
    "age_years": Text("年龄（岁）", "age, years"),
    "age_days": Text("日龄（天）", "age, days"),
    "birth_weight_g": Text("出生体重（克）", "birth weight, g"),
    "department": Text("科室", "department"),
    "los_days": Text("住院天数", "days in hospital"),
    "discharge_way": Text("离院方式", "way of discharge"),
    "admission_weight_g": Text("入院体重（克）", "weight at admission, g"),
    "icu_hours": Text("重症监护时长（小时）", "intensive care, hours"),
    "crrt_hours": Text("连续肾脏替代治疗时长（小时）", "continuous renal replacement, hours"),
    "ventilator_hours": Text("呼吸机使用时长（小时）", "ventilation, hours"),
    "day_surgery": Text("日间手术", "day surgery"),
    "multi_site": Text("多部位手术", "surgery at several sites"),
    "new_technique": Text("新技术", "new technique"),
}
"""The names of a case's columns beside its codes."""

SEVERITY_WORDS: dict[Severity, Text] = {
    "always": Text("不区分并发症与合并症", "with or without CC or MCC"),
    "mcc": Text("伴 MCC", "with MCC"),
    "mcc_or_cc": Text("伴 MCC 或 CC", "with MCC or CC"),
    "cc": Text("伴 CC 而无 MCC", "with CC and no MCC"),
    "none": Text("不伴 MCC、CC", "without CC and MCC"),
}

NOTHING = Text("无", "none")
_UNKNOWN = Text("未知", "not known")
_SUBJECTS = {
    "principal": Text("主要诊断在“{}”中", "the principal diagnosis in list {}"),
    "any_dx": Text("任一诊断在“{}”中", "any diagnosis in list {}"),
    "secondary": Text("任一其他诊断在“{}”中", "any secondary diagnosis in list {}"),
    "no_dx": Text("没有诊断在“{}”中", "no diagnosis in list {}"),
    "main_op": Text("主要手术操作在“{}”中", "the principal procedure in list {}"),
    "any_op": Text("任一手术操作在“{}”中", "any procedure in list {}"),
    "other_op": Text("任一其他手术操作在“{}”中", "any procedure but the principal one in list {}"),
    "no_op": Text("没有手术操作在“{}”中", "no procedure in list {}"),
}
_SEXES = {1: Text("男", "male"), 2: Text("女", "female")}


_ROLES = {
    DIAGNOSES: Text("诊断表", "diagnoses"),
    OPERATIONS: Text("手术操作表", "procedures"),
    OPERATIONS_2: Text("手术操作表二", "procedures, second list"),
    VALID_OPERATIONS: Text("有效手术操作表", "procedures that count"),
    LISTED_OPERATIONS: Text("各组手术操作总表", "procedures of any group"),
    NOT_PRINCIPAL["dx"]: Text("不作主要诊断表", "no principal diagnoses"),
    NOT_PRINCIPAL["op"]: Text("不作主要手术操作表", "no principal procedures"),
}


def list_in_words(key: ListKey) -> Text:
    """Return the name of a code list: whose it is, what it holds, and its part where it has several."""
    role = _ROLES.get(key.role, Text.plain(key.role))
    owner, part = (f"{key.owner} " if key.owner else ""), key.part
    return Text(
        f"{owner}{role.zh}{f'第 {part} 部分' if part else ''}", f"{owner}{role.en}{f', part {part}' if part else ''}"
    )


def rule_in_words(rule: Rule) -> Text:
    """Return what a rule asks for."""
    match rule:
        case Constant(is_met):
            return Text("恒成立", "always") if is_met else Text("永不成立", "never")
        case CodeTest(subject, list_name, owner, part):
            said, key = _SUBJECTS[subject], ListKey(owner or "", list_name, part)
            return Text(said.zh.format(list_in_words(key).zh), said.en.format(key))
        case SiteTest(minimum):
            return Text(f"诊断涉及至少 {minimum} 个部位", f"diagnoses of at least {minimum} body sites")
        case Between():
            return _between(rule)
        case OneOf(field, words):
            name = FIELD_NAMES[column_of(field)]
            return Text(f"{name.zh}为 {'、'.join(words)}", f"{name.en}: {', '.join(words)}")
        case Marked(mark):
            return FIELD_NAMES[mark]
        case Known(field):
            name = FIELD_NAMES[column_of(field)]
            return Text(f"有{name.zh}", f"{name.en} known")
        case Not(inner):
            denied = rule_in_words(inner)
            return Text(f"不得“{denied.zh}”", f"not: {denied.en}")
        case AllOf(parts):
            return _joined(parts, Text("，且", " and "))
        case AnyOf(parts):
            return _joined(parts, Text("，或", " or "))


def found_in_words(rule: Rule, facts: CaseFacts) -> Text | None:
    """Return what a case has where a single test, or its negation, looks; `None` for what joins several tests."""
    match rule:
        case CodeTest(subject):
            look = codes_hit if subject in NEGATED else codes_looked_at
            codes = " ".join(code.written for code in look(rule, facts))
            return Text.plain(codes) if codes else NOTHING
        case SiteTest():
            sites = " ".join(name.removeprefix(SITE_PREFIX) for name in sites_hurt(rule, facts))
            return Text.plain(sites) if sites else NOTHING
        case Between(field) | Marked(field) | Known(field) | OneOf(field):
            return value_in_words(field, facts)
        case Not(inner):
            return found_in_words(inner, facts)
        case _:
            return None


def value_in_words(field: str, facts: CaseFacts) -> Text:
    """Return a value of the case: as it came, or that it is not known."""
    number, written = facts.numbers[field], facts.written[field]
    if number == UNKNOWN:
        if written is None or not str(written).strip():
            return _UNKNOWN
        return Text(f"未知（写作“{written}”，读不出）", f"not known ('{written}' cannot be read)")
    if field == "sex":
        return _SEXES.get(number, Text.plain(str(written)))
    if field in ("day_surgery", "multi_site", "new_technique"):
        return Text("是", "yes") if number else Text("否", "no")
    return Text.plain(str(written))


def _between(rule: Between) -> Text:
    name = FIELD_NAMES[column_of(rule.number)]
    low, high = rule.low, rule.high
    if rule.number == "sex" and low == high and low in _SEXES:
        return Text(f"{name.zh}为{_SEXES[low].zh}", f"{name.en}: {_SEXES[low].en}")
    if low == high:
        return Text(f"{name.zh}为 {low}", f"{name.en}: {low}")
    if high is None:
        return Text(f"{name.zh}不低于 {low}", f"{name.en}: {low} or more")
    if low is None:
        return Text(f"{name.zh}不超过 {high}", f"{name.en}: up to {high}")
    return Text(f"{name.zh}在 {low} 至 {high} 之间", f"{name.en}: {low} to {high}")


def _joined(parts: tuple[Rule, ...], word: Text) -> Text:
    said = [rule_in_words(part) for part in parts]
    held = [isinstance(part, AllOf | AnyOf) for part in parts]
    zh = word.zh.join(f"（{each.zh}）" if inner else each.zh for each, inner in zip(said, held, strict=True))
    en = word.en.join(f"({each.en})" if inner else each.en for each, inner in zip(said, held, strict=True))
    return Text(zh, en)
