"""Checks of a scheme's code lists: use, repetition, shape, severity and exclusions, and the code edition."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tongchou.core.text import Text
from tongchou.grouping.engine.conditions import Vocabulary, all_rules, condition_of
from tongchou.grouping.review.condition_logic import ConditionLogic
from tongchou.grouping.review.findings import Finding, examples
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.code_writing import readings
from tongchou.grouping.schemes.codes import CodeMatch
from tongchou.grouping.schemes.lists import list_of_row
from tongchou.grouping.schemes.rules import SiteTest, tests_of
from tongchou.grouping.schemes.scheme import NOT_PRINCIPAL, SCHEME_WIDE, SITE_PREFIX, Kind, ListKey, Scheme
from tongchou.grouping.schemes.tables import SchemeTables

_SHAPES: dict[tuple[CodeMatch, Kind], re.Pattern[str]] = {
    ("exact", "dx"): re.compile(r"[A-Z]\d\d[\dA-Zx.+*/]*"),
    ("exact", "op"): re.compile(r"\d\d[\dA-Zx.]*"),
    ("prefix", "dx"): re.compile(r"[A-Z][\dA-Zx.+*/]*"),
    ("prefix", "op"): re.compile(r"\d[\dA-Zx.]*"),
}
_GRADES = ("mcc.csv", "cc.csv")


class CodeCheck:
    """Looks through the lists of a scheme.

    Args:
        tables: The whole scheme as written.
        scheme: The same, made of the tables.
        logic: What its conditions say about one another.
        code_set: The code edition that it is written in, where it is at hand.
    """

    def __init__(self, tables: SchemeTables, scheme: Scheme, logic: ConditionLogic, code_set: CodeSet | None) -> None:
        self._tables = tables.tables
        self._scheme = scheme
        self._logic = logic
        self._code_set = code_set
        self._match = scheme.manifest.code_match
        self._kinds: dict[ListKey, Kind] = {key: kind for kind, lists in scheme.lists.items() for key in lists}
        self._written = self._lists()

    def findings(self) -> Iterator[Finding]:
        """Yield what is found, table by table."""
        yield from self._unused()
        yield from self._repeated()
        yield from self._severity()
        yield from self._exclusions()
        yield from self._shapes()
        if self._code_set is not None:
            yield from self._strangers(self._code_set)
        yield from self._overlaps()

    def _lists(self) -> dict[tuple[str, ListKey], list[str]]:
        """Return the patterns of every list as written, with the table that it stands in."""
        found: dict[tuple[str, ListKey], list[str]] = defaultdict(list)
        for row in self._tables["lists.csv"]:
            key = ListKey(SCHEME_WIDE, row["list"])
            self._kinds.setdefault(key, "dx" if row["kind"] == "dx" else "op")
            found["lists.csv", key] += row["codes"].split()
        for row in self._tables["mdc_codes.csv"]:
            found["mdc_codes.csv", ListKey(row["mdc"], row["list"])] += row["codes"].split()
        for row in self._tables["adrg_codes.csv"]:
            found["adrg_codes.csv", list_of_row(row)] += row["codes"].split()
        for name in (*_GRADES, "exclusions.csv"):
            for row in self._tables[name]:
                key = ListKey(name, row["exclusion"])
                self._kinds.setdefault(key, "dx")
                found[name, key] += row["codes"].split()
        return found

    def _unused(self) -> Iterator[Finding]:
        asked = {key for lists in self._scheme.lists.values() for key in lists}
        tests = (test for rule in all_rules(self._scheme) for test in tests_of(rule))
        with_sites = {test.owner for test in tests if isinstance(test, SiteTest)}
        for name, key in self._written:
            if name in (*_GRADES, "exclusions.csv") or key.role in NOT_PRINCIPAL.values():
                continue
            if key not in asked or (key.role.startswith(SITE_PREFIX) and key.owner not in with_sites):
                count = len(self._written[name, key])
                sentence = Text(
                    f"没有规则用到这个列表（{count:,} 个编码）", f"no rule looks at this list ({count:,} patterns)"
                )
                remedy = Text("在规则中引用它，或删除", "name it in a rule, or remove it")
                yield Finding("list_never_used", "warning", _place(name, key), sentence, remedy)

    def _repeated(self) -> Iterator[Finding]:
        found: dict[str, list[str]] = defaultdict(list)
        for (name, key), patterns in self._written.items():
            found[name] += [f"{pattern} ({key})" for pattern in _twice(patterns)]
        for name, repeated in found.items():
            if repeated:
                names = examples(repeated)
                sentence = Text(
                    f"有 {len(repeated):,} 个编码在同一列表中重复：{names.zh}",
                    f"{len(repeated):,} patterns are more than once in one list: {names.en}",
                )
                yield Finding("code_repeated", "note", name, sentence, Text("删除重复", "drop the repetitions"))

    def _severity(self) -> Iterator[Finding]:
        mcc, cc = (self._graded(name) for name in _GRADES)
        both = sorted(mcc.keys() & cc.keys())
        if both:
            names = examples(both)
            sentence = Text(
                f"有 {len(both):,} 个编码既是 MCC 又是 CC，按 MCC 算：{names.zh}",
                f"{len(both):,} patterns are MCC and CC, and count as MCC: {names.en}",
            )
            remedy = Text("只保留在一张表中", "keep each in one table only")
            yield Finding("mcc_and_cc", "warning", "mcc.csv, cc.csv", sentence, remedy)
        for name in (*_GRADES, "exclusions.csv"):
            several = sorted(pattern for pattern, tables in self._graded(name).items() if len(tables) > 1)
            if several:
                names = examples(several)
                sentence = Text(
                    f"有 {len(several):,} 个编码带有不止一个排除表号，只有一个起作用：{names.zh}",
                    f"{len(several):,} patterns have more than one exclusion, of which one counts: {names.en}",
                )
                remedy = Text("每个编码只保留一个排除表号", "give each one exclusion only")
                yield Finding("several_exclusions", "warning", name, sentence, remedy)

    def _graded(self, name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for row in self._tables[name]:
            for pattern in row["codes"].split():
                if not pattern.startswith("!"):
                    found[pattern].add(row["exclusion"])
        return found

    def _exclusions(self) -> Iterator[Finding]:
        named = {row["exclusion"] for name in _GRADES for row in self._tables[name]}
        carried = {row["exclusion"] for row in self._tables["exclusions.csv"]}
        never = sorted(named - carried - {""})
        if never:
            names = examples(never)
            sentence = Text(
                f"有 {len(never):,} 个排除表号没有任何主要诊断带有，其 MCC、CC 从不被排除：{names.zh}",
                f"no principal diagnosis carries {len(never):,} exclusions, so their MCC and CC are never excluded:"
                f" {names.en}",
            )
            remedy = Text(
                "确认这是有意的，或补充 exclusions.csv", "make sure that it is meant, or add to exclusions.csv"
            )
            yield Finding("exclusion_not_carried", "note", "mcc.csv, cc.csv", sentence, remedy)
        idle = sorted(carried - named - {""})
        if idle:
            names = examples(idle)
            sentence = Text(
                f"有 {len(idle):,} 个排除表号没有任何 MCC、CC 使用：{names.zh}",
                f"no MCC or CC has {len(idle):,} of the exclusions: {names.en}",
            )
            remedy = Text("删除，或改正表号", "remove them, or correct their names")
            yield Finding("exclusion_not_named", "note", "exclusions.csv", sentence, remedy)

    def _shapes(self) -> Iterator[Finding]:
        shapes: dict[tuple[str, Kind], bool] = {}
        for (name, key), patterns in self._written.items():
            kind = self._kinds.get(key) or _likely_kind(patterns)
            bad = []
            for pattern in dict.fromkeys(patterns):
                if (pattern, kind) not in shapes:
                    shapes[pattern, kind] = self._is_well_shaped(pattern, kind)
                if not shapes[pattern, kind]:
                    bad.append(pattern)
            if bad:
                names = examples(bad)
                what = Text("诊断", "diagnoses") if kind == "dx" else Text("手术操作", "procedures")
                sentence = Text(
                    f"有 {len(bad):,} 个写法不像{what.zh}编码：{names.zh}",
                    f"{len(bad):,} patterns are not written as codes of {what.en}: {names.en}",
                )
                remedy = Text("改正写法，或删除", "correct them, or remove them")
                yield Finding("code_shape", "warning", _place(name, key), sentence, remedy)

    def _is_well_shaped(self, pattern: str, kind: Kind) -> bool:
        pattern = pattern.removeprefix("!")
        if pattern == "%":
            return True
        match: CodeMatch = "prefix" if pattern.endswith("%") else self._match
        start = pattern.removesuffix("%")
        ends = start.split("-") if self._match == "prefix" else [start]
        if len({len(end) for end in ends}) > 1 or len(ends) > 2 or ends != sorted(ends):
            return False
        # What is not written as codes are read would never be met; a prefix is tried with a digit after it.
        whole = [end if match == "exact" else f"{end}0" for end in ends]
        return all(_SHAPES[match, kind].fullmatch(code) and readings(code, {})[0] == code for code in whole)

    def _strangers(self, code_set: CodeSet) -> Iterator[Finding]:
        editions = {kind: sorted(code_set.codes(kind)) for kind in ("dx", "op")}
        found: dict[tuple[str, Kind], dict[str, str]] = defaultdict(dict)
        for (name, key), patterns in self._written.items():
            kind = self._kinds.get(key) or _likely_kind(patterns)
            for pattern in patterns:
                if not self._is_in(pattern.removeprefix("!"), editions[kind]):
                    found[name, kind].setdefault(pattern, str(key))
        for (name, kind), places in found.items():
            names = examples([f"{pattern} ({key})" for pattern, key in sorted(places.items())])
            what = Text("诊断", "diagnoses") if kind == "dx" else Text("手术操作", "procedures")
            sentence = Text(
                f"{what.zh}编码集 {code_set.name} 中没有 {len(places):,} 个编码：{names.zh}",
                f"{len(places):,} of its patterns are not among the {what.en} of code set {code_set.name}: {names.en}",
            )
            remedy = Text("核对编码版本，改正或删除", "see whether the edition is right; correct or remove them")
            yield Finding("code_outside_code_set", "warning", name, sentence, remedy)

    def _is_in(self, pattern: str, edition: Sequence[str]) -> bool:
        low, dash, high = pattern.partition("-") if self._match == "prefix" else (pattern, "", "")
        place = bisect_left(edition, low.removesuffix("%"))
        if place == len(edition):
            return False
        code = edition[place]
        if dash:
            return code[: len(high)] <= high
        is_prefix = self._match == "prefix" or pattern.endswith("%")
        return code.startswith(low.removesuffix("%")) if is_prefix else code == pattern

    def _overlaps(self) -> Iterator[Finding]:
        vocabulary = Vocabulary(self._scheme)
        for mdc in self._scheme.mdcs:
            operations: dict[str, list[str]] = defaultdict(list)
            diagnoses: dict[str, list[str]] = defaultdict(list)
            for adrg in mdc.adrgs:
                condition = condition_of(adrg.rule, vocabulary)
                needs_operation = self._logic.needs_operation(condition)
                asked = self._logic.asked_codes(condition, "op" if needs_operation else "dx")
                for code in asked or ():
                    (operations if needs_operation else diagnoses)[code].append(adrg.code)
            shared = [
                {code: groups for code, groups in each.items() if len(groups) > 1} for each in (operations, diagnoses)
            ]
            if any(shared):
                yield _overlap(mdc.code, *shared)


def _overlap(mdc: str, operations: dict[str, list[str]], diagnoses: dict[str, list[str]]) -> Finding:
    both = operations | diagnoses
    names = examples([f"{code} ({' '.join(both[code])})" for code in sorted(both)])
    sentence = Text(
        f"有 {len(operations):,} 个主要手术和 {len(diagnoses):,} 个主要诊断"
        f"同时在几个 ADRG 的表中，由次序决定归属：{names.zh}",
        f"{len(operations):,} principal procedures and {len(diagnoses):,} principal diagnoses are in the lists of"
        f" several ADRGs, whose order decides: {names.en}",
    )
    return Finding("overlapping_lists", "note", mdc, sentence, Text("核对 ADRG 的次序", "make sure of the order"))


def _place(name: str, key: ListKey) -> str:
    return str(key) if key.owner == name else f"{name} {key}"


def _twice(patterns: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({pattern for pattern in patterns if pattern in seen or seen.add(pattern)})  # type: ignore[func-returns-value]


def _likely_kind(patterns: Sequence[str]) -> Kind:
    digits = sum(pattern.lstrip("!")[:1].isdigit() for pattern in patterns)
    return "op" if 2 * digits > len(patterns) else "dx"
