"""Checks of a scheme's groups: codes and their letters, order, names, weights, the manifest."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from tongchou.core.text import Text
from tongchou.grouping.engine.case_fields import DISCHARGE_CODES
from tongchou.grouping.engine.conditions import all_rules
from tongchou.grouping.review.findings import Finding, examples
from tongchou.grouping.schemes.lists import OTHER_LIST
from tongchou.grouping.schemes.reading import in_order
from tongchou.grouping.schemes.rule_parser import parse_rule
from tongchou.grouping.schemes.rules import Between, CodeTest, OneOf, tests_of
from tongchou.grouping.schemes.scheme import Adrg, Mdc, Scheme
from tongchou.grouping.schemes.tables import MANIFEST, SchemeTables

_MDC_START = "MDC"
_CLASS_LETTERS = ("ABCDEFGHIJ", "KLMNOPQ", "RSTUVWXYZ")
_CLASSES = (Text("外科", "surgical"), Text("操作", "procedural"), Text("内科", "medical"))
_MEDICAL = 2
_ONE_SEX = {"M": Text("男性", "male"), "N": Text("女性", "female"), "O": Text("女性", "female")}
"""The letters of the MDCs of one sex in CHS-DRG."""

_CODE_OF = {"checks.csv": "check", "mdc.csv": "mdc", "adrg.csv": "adrg", "drg.csv": "drg"}
_ORDERED = (("checks.csv", ""), ("mdc.csv", ""), ("adrg.csv", "mdc"), ("drg.csv", "adrg"))


def group_findings(tables: SchemeTables, scheme: Scheme, weights: Mapping[str, Decimal] | None) -> Iterator[Finding]:
    """Yield what is found in the tables of groups, in the manifest and in the weights."""
    yield from _manifest(tables, scheme)
    yield from _letters(scheme)
    yield from _same_order(tables)
    for mdc in scheme.mdcs:
        yield from _sequence(mdc)
        yield from _sex(mdc)
    yield from _names(tables)
    yield from _words(scheme)
    if weights is not None:
        yield from _weights(scheme, weights)


def _manifest(tables: SchemeTables, scheme: Scheme) -> Iterator[Finding]:
    manifest = scheme.manifest
    if manifest.valid_until is not None and manifest.valid_until < manifest.valid_from:
        sentence = Text(
            f"截止日 {manifest.valid_until} 早于启用日 {manifest.valid_from}",
            f"it ends on {manifest.valid_until}, before it begins on {manifest.valid_from}",
        )
        remedy = Text("改正 valid_from 或 valid_until", "correct valid_from or valid_until")
        yield Finding("days_in_reverse", "error", f"{MANIFEST} valid_until", sentence, remedy)
    if manifest.purpose == "learning" and not str(manifest.notice.zh):
        sentence = Text(
            "学习用的方案没有随结果显示的说明", "a scheme for learning has no notice to show with its results"
        )
        remedy = Text("填写 notice", "give a notice")
        yield Finding("learning_without_notice", "warning", f"{MANIFEST} notice", sentence, remedy)
    if manifest.base and not tables.manifest.get("base_fingerprint"):
        sentence = Text(
            f"没有写明基础方案 {manifest.base} 的指纹，基础方案改动后结果会随之改变",
            f"the fingerprint of its base {manifest.base} is not given: a changed base would change its results unseen",
        )
        remedy = Text("填写 base_fingerprint", "give base_fingerprint")
        yield Finding("base_not_pinned", "note", f"{MANIFEST} base_fingerprint", sentence, remedy)
    yield from _settings(tables, scheme)


def _settings(tables: SchemeTables, scheme: Scheme) -> Iterator[Finding]:
    manifest = scheme.manifest
    drgs = [drg for mdc in scheme.mdcs for adrg in mdc.adrgs for drg in adrg.drgs]
    remedy = Text("删除这项设置，或补充它所针对的内容", "drop the setting, or add what it is for")
    if not manifest.day_surgery_has_severity and all(drg.severity == "always" for drg in drgs):
        sentence = Text("没有按严重程度区分的 DRG，这项设置不起作用", "no DRG asks for severity, so it changes nothing")
        yield Finding("idle_setting", "note", f"{MANIFEST} settings day_surgery", sentence, remedy)
    if manifest.principal_list_stands_in and not any(_names_other_list(text) for text in _rule_texts(tables)):
        sentence = Text(
            "没有规则引用 other_ 开头的列表，这项设置不起作用", "no rule names a list other_…, so it changes nothing"
        )
        yield Finding("idle_setting", "note", f"{MANIFEST} settings empty_other_list", sentence, remedy)


def _rule_texts(tables: SchemeTables) -> set[str]:
    return {row["rule"] for name in _CODE_OF for row in tables.tables[name] if row["rule"]}


def _names_other_list(text: str) -> bool:
    tests = tests_of(parse_rule(text, ""))
    return any(isinstance(test, CodeTest) and test.list_name.startswith(OTHER_LIST) for test in tests)


def _letters(scheme: Scheme) -> Iterator[Finding]:
    for mdc in scheme.mdcs:
        letter = _letter(mdc)
        for adrg in mdc.adrgs:
            if letter and adrg.outcome == "grouped" and not adrg.code.startswith(letter):
                sentence = Text(
                    f"它在 {mdc.code} 中，代码却不以 {letter} 开头",
                    f"it is in {mdc.code}, but its code does not begin with {letter}",
                )
                remedy = Text("改正代码，或把它移到所属的 MDC", "correct its code, or move it to its MDC")
                yield Finding("adrg_of_another_mdc", "error", f"adrg.csv {adrg.code}", sentence, remedy)
            for drg in adrg.drgs if adrg.outcome == "grouped" else ():
                if not drg.code.startswith(adrg.code):
                    sentence = Text(
                        f"它属于 {adrg.code}，代码却不以 {adrg.code} 开头",
                        f"it belongs to {adrg.code}, but its code does not begin with {adrg.code}",
                    )
                    remedy = Text("改正代码，或把它移到所属的 ADRG", "correct its code, or move it to its ADRG")
                    yield Finding("drg_of_another_adrg", "warning", f"drg.csv {drg.code}", sentence, remedy)


def _letter(mdc: Mdc) -> str:
    """Return the letter of an MDC that is named as CHS-DRG names them; else nothing."""
    letter = mdc.code.removeprefix(_MDC_START)
    return letter if mdc.code.startswith(_MDC_START) and len(letter) == 1 and letter.isascii() else ""


def _same_order(tables: SchemeTables) -> Iterator[Finding]:
    for name, owner in _ORDERED:
        code = _CODE_OF[name]
        seen: dict[tuple[str, Decimal], str] = {}
        for row in in_order(tables.tables[name]):
            place = (row[owner] if owner else "", Decimal(row["order"]))
            first = seen.setdefault(place, row[code])
            if first != row[code]:
                sentence = Text(
                    f"{first} 和 {row[code]} 的 order 都是 {row['order']}，谁先谁后只取决于书写次序",
                    f"{first} and {row[code]} both have the order {row['order']}: only the order of writing parts them",
                )
                remedy = Text("改成不同的 order", "give each its own order")
                yield Finding("same_order", "warning", f"{name} {row[code]}", sentence, remedy)


def _sequence(mdc: Mdc) -> Iterator[Finding]:
    graded = [(adrg.code, _class(adrg)) for adrg in mdc.adrgs if adrg.outcome == "grouped"]
    known = [(code, number) for code, number in graded if number is not None]
    for (before, higher), (after, lower) in pairwise(known):
        if lower < higher:
            sentence = Text(
                f"{_CLASSES[higher].zh}组 {before} 排在{_CLASSES[lower].zh}组 {after} 之前",
                f"the {_CLASSES[higher].en} group {before} comes before the {_CLASSES[lower].en} group {after}",
            )
            remedy = Text("确认这是有意的次序", "make sure that this order is meant")
            yield Finding("class_order", "note", mdc.code, sentence, remedy)
        elif lower == higher and after < before:
            sentence = Text(
                f"{before} 排在 {after} 之前，与代码次序相反",
                f"{before} comes before {after}, against the order of their codes",
            )
            remedy = Text("确认这是有意的次序", "make sure that this order is meant")
            yield Finding("code_order", "note", mdc.code, sentence, remedy)
    yield from _ambiguous(mdc)


def _ambiguous(mdc: Mdc) -> Iterator[Finding]:
    for position, adrg in enumerate(mdc.adrgs):
        if adrg.outcome != "ambiguous":
            continue
        early = [each.code for each in mdc.adrgs[:position] if _class(each) == _MEDICAL]
        late = [each.code for each in mdc.adrgs[position + 1 :] if _class(each) not in (_MEDICAL, None)]
        if early or late:
            names = examples(early + late)
            sentence = Text(
                f"歧义组 {adrg.code} 不在外科、操作组与内科组之间：{names.zh} 在它错误的一侧",
                f"the ambiguous group {adrg.code} is not between the surgical and the medical groups:"
                f" {names.en} on its wrong side",
            )
            remedy = Text("调整它的 order", "change its order")
            yield Finding("ambiguous_misplaced", "warning", mdc.code, sentence, remedy)


def _class(adrg: Adrg) -> int | None:
    """Return whether an ADRG is surgical, procedural or medical by the second letter of its code, as a rank."""
    if adrg.outcome == "ambiguous":
        return None
    ranks = (rank for rank, letters in enumerate(_CLASS_LETTERS) if len(adrg.code) > 1 and adrg.code[1] in letters)
    return next(ranks, None)


def _sex(mdc: Mdc) -> Iterator[Finding]:
    sex = _ONE_SEX.get(_letter(mdc))
    if sex is None or any(isinstance(test, Between) and test.number == "sex" for test in tests_of(mdc.rule)):
        return
    sentence = Text(
        f"这个 MDC 针对{sex.zh}，规则却不看性别",
        f"this MDC is for {sex.en} patients, but its rule does not look at the sex",
    )
    remedy = Text("在规则中加上 sex 条件，或用 checks.csv 校验", "test the sex in its rule, or in checks.csv")
    yield Finding("mdc_without_sex", "note", mdc.code, sentence, remedy)


def _names(tables: SchemeTables) -> Iterator[Finding]:
    for name, code in _CODE_OF.items():
        for column, language in (("name_zh", Text("中文", "Chinese")), ("name_en", Text("英文", "English"))):
            unnamed = [row[code] for row in tables.tables[name] if not row[column]]
            if unnamed:
                codes = examples(unnamed)
                sentence = Text(
                    f"有 {len(unnamed):,} 行没有{language.zh}名称：{codes.zh}",
                    f"{len(unnamed):,} rows have no {language.en} name: {codes.en}",
                )
                remedy = Text(
                    "补充名称；空缺时以另一种文字代替", "give the names; the other language stands in for them"
                )
                yield Finding("name_missing", "note", f"{name} {column}", sentence, remedy)


def _words(scheme: Scheme) -> Iterator[Finding]:
    known = set(DISCHARGE_CODES.values())
    asked = {
        word
        for rule in all_rules(scheme)
        for test in tests_of(rule)
        if isinstance(test, OneOf) and test.field == "discharge_way"
        for word in test.words
    }
    strangers = sorted(asked - known)
    if strangers:
        names, allowed = examples(strangers), ", ".join(sorted(known))
        sentence = Text(
            f"规则用到了没有的离院方式：{names.zh}", f"rules ask for ways of discharge that no case has: {names.en}"
        )
        remedy = Text(f"改用 {allowed}", f"use {allowed}")
        yield Finding("unknown_discharge_way", "error", "discharge_way", sentence, remedy)


def _weights(scheme: Scheme, weights: Mapping[str, Decimal]) -> Iterator[Finding]:
    groups = [adrg for mdc in scheme.mdcs for adrg in mdc.adrgs if adrg.outcome == "grouped"]
    drgs = [drg.code for adrg in groups for drg in adrg.drgs]
    without = [code for code in drgs if code not in weights]
    if without:
        names = examples(without)
        sentence = Text(
            f"有 {len(without):,} 个 DRG 没有权重：{names.zh}", f"{len(without):,} DRGs have no weight: {names.en}"
        )
        remedy = Text("补充权重", "add their weights")
        yield Finding("drg_without_weight", "error", "drg.csv", sentence, remedy)
    strangers = sorted(weights.keys() - set(drgs))
    if strangers:
        names = examples(strangers)
        sentence = Text(
            f"权重表中有 {len(strangers):,} 个代码不是本方案的 DRG：{names.zh}",
            f"{len(strangers):,} codes of the weights are no DRG of this scheme: {names.en}",
        )
        remedy = Text("核对权重表是否属于本方案", "see whether the weights belong to this scheme")
        yield Finding("weight_without_drg", "warning", "weights", sentence, remedy)
    unusable = sorted(code for code in drgs if code in weights and weights[code] <= 0)
    if unusable:
        names = examples(unusable)
        sentence = Text(f"有 DRG 的权重不大于 0：{names.zh}", f"weights are not above 0: {names.en}")
        yield Finding("weight_not_positive", "error", "weights", sentence, Text("改正权重", "correct the weights"))
