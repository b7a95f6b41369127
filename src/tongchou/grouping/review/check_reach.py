"""Checks of what a scheme's cases can reach: groups that nothing comes to, and diagnoses that come to no group."""

from collections.abc import Iterator
from dataclasses import dataclass

from tongchou.core.text import Text
from tongchou.grouping.engine.conditions import Condition, Vocabulary, condition_of, joined
from tongchou.grouping.engine.places import LEVELS, LEVELS_OF
from tongchou.grouping.review.condition_logic import NO_CODES, Codes, ConditionLogic
from tongchou.grouping.review.findings import Finding, examples
from tongchou.grouping.schemes.rules import Constant
from tongchou.grouping.schemes.scheme import Adrg, Drg, Kind, Mdc, Scheme

_LEVEL_NAMES = (Text("无 CC、MCC", "without CC and MCC"), Text("有 CC", "with CC"), Text("有 MCC", "with MCC"))
_KINDS: tuple[Kind, Kind] = ("dx", "op")


@dataclass(frozen=True, slots=True)
class _Group:
    """An ADRG with its condition, its gate's joined to it, and whether it takes every case that meets it."""

    adrg: Adrg
    condition: Condition
    whole: Condition
    takes_all: bool


class ReachCheck:
    """Follows the order of decision of a scheme and finds what cannot be reached.

    Args:
        scheme: The scheme.
        logic: What its conditions say about one another.
    """

    def __init__(self, scheme: Scheme, logic: ConditionLogic) -> None:
        self._scheme = scheme
        self._logic = logic
        self._vocabulary = Vocabulary(scheme)
        passed = (condition_of(check.rule, self._vocabulary, is_wanted=False) for check in scheme.checks)
        # A check that no case passes is a finding of its own.
        self._valid = joined((condition for condition in passed if condition is not False), needs_all=True)
        self._gates = {mdc.code: condition_of(mdc.rule, self._vocabulary) for mdc in scheme.mdcs}
        self._groups = {mdc.code: [self._group(mdc, adrg) for adrg in mdc.adrgs] for mdc in scheme.mdcs}

    def findings(self) -> Iterator[Finding]:
        """Yield what is found, in the scheme's order."""
        yield from self._checks()
        for number, mdc in enumerate(self._scheme.mdcs):
            yield from self._mdc(mdc, self._scheme.mdcs[:number])
            groups = self._groups[mdc.code]
            for position, group in enumerate(groups):
                yield from self._adrg(mdc, group, groups[:position])
                yield from self._drgs(group)
            yield from self._not_let_in(mdc)
            yield from self._left_over(mdc)

    def _group(self, mdc: Mdc, adrg: Adrg) -> _Group:
        condition = condition_of(adrg.rule, self._vocabulary)
        whole = joined(iter((self._valid, self._gates[mdc.code], condition)), needs_all=True)
        everything = {level for drg in adrg.drgs if self._of(drg) is True for level in LEVELS_OF[drg.severity]}
        ends_here = adrg.outcome == "ambiguous" and not adrg.drgs
        return _Group(adrg, condition, whole, takes_all=ends_here or len(everything) == LEVELS)

    def _of(self, drg: Drg) -> Condition:
        return condition_of(drg.rule, self._vocabulary)

    def _checks(self) -> Iterator[Finding]:
        for check in self._scheme.checks:
            condition = condition_of(check.rule, self._vocabulary)
            if condition is True:
                sentence = Text("任何病例都不能通过这项校验", "no case passes this check")
                yield _error("check_always_met", f"checks.csv {check.code}", sentence, _CORRECT_RULE)
            elif self._logic.is_never(condition):
                sentence = Text("这项校验永远不会起作用", "this check never finds anything")
                yield _warning("check_never_met", f"checks.csv {check.code}", sentence, _CORRECT_RULE)

    def _mdc(self, mdc: Mdc, earlier: tuple[Mdc, ...]) -> Iterator[Finding]:
        gate = self._gates[mdc.code]
        if not mdc.adrgs:
            sentence = Text("这个 MDC 没有 ADRG", "this MDC has no ADRG")
            yield _error(
                "mdc_without_adrg", mdc.code, sentence, Text("补充 ADRG，或删除该 MDC", "add ADRGs or remove it")
            )
        if self._logic.is_never(gate):
            sentence = Text("没有病例能进入这个 MDC", "no case gets into this MDC")
            yield _error("unreachable_mdc", mdc.code, sentence, _CORRECT_RULE)
            return
        for before in earlier:
            if self._lets_nothing_pass(before) and self._logic.implies(gate, self._gates[before.code]):
                sentence = Text(
                    f"能进入它的病例都先进入 {before.code}，而 {before.code} 不再放行",
                    f"every case that it is open to enters {before.code} first, which lets none go on",
                )
                remedy = Text("调整次序或 if_none", "change the order, or if_none")
                yield _error("unreachable_mdc", mdc.code, sentence, remedy)
                return

    def _lets_nothing_pass(self, mdc: Mdc) -> bool:
        gate = self._gates[mdc.code]
        takers = (group.condition for group in self._groups[mdc.code] if group.takes_all)
        return mdc.if_none == "stop" or any(self._logic.implies(gate, taker) for taker in takers)

    def _adrg(self, mdc: Mdc, group: _Group, earlier: list[_Group]) -> Iterator[Finding]:
        code = group.adrg.code
        if not group.adrg.drgs and group.adrg.outcome == "grouped":
            sentence = Text("这个 ADRG 没有 DRG，因此不收任何病例", "this ADRG has no DRG, so it takes no case")
            yield _error("adrg_without_drg", code, sentence, Text("补充 DRG", "add its DRGs"))
        if group.adrg.rule == _NEVER:
            yield _switched_off(code)
            return
        if self._logic.is_never(group.whole):
            yield self._never(mdc, group)
            return
        takers = [before for before in earlier if before.takes_all]
        for kind in _KINDS:
            blamed = self._taken_before(group, takers, kind)
            if blamed:
                names = examples(blamed)
                sentence = Text(
                    f"它能收的病例都已被排在前面的 {names.zh} 收走",
                    f"every case that it could take is taken before it by {names.en}",
                )
                remedy = Text("调整次序，或改正规则和编码表", "change the order, or correct the rules and lists")
                yield _error("unreachable_adrg", code, sentence, remedy)
                return

    def _never(self, mdc: Mdc, group: _Group) -> Finding:
        sentence = Text("它的规则永远不能满足", "its rule can never be met")
        for kind, zh, en in (("dx", "主要诊断", "principal diagnoses"), ("op", "主要手术操作", "principal procedures")):
            asked = self._logic.asked_codes(group.condition, kind)  # type: ignore[arg-type]
            inside = self._logic.asked_codes(self._gates[mdc.code], kind)  # type: ignore[arg-type]
            if asked and inside is not None and asked.isdisjoint(inside):
                sentence = Text(
                    f"它的 {len(asked):,} 个{zh}没有一个能进入 {mdc.code}",
                    f"none of its {len(asked):,} {en} gets into {mdc.code}",
                )
        remedy = Text("改正规则或编码表", "correct its rule or lists")
        return _error("unreachable_adrg", group.adrg.code, sentence, remedy)

    def _taken_before(self, group: _Group, takers: list[_Group], kind: Kind) -> list[str]:
        """Return the earlier ADRGs that together take everything that one could take; none if something is left."""
        asked = self._logic.asked_codes(group.whole, kind)
        left = asked
        blamed: list[str] = []
        for taker in takers:
            sure = self._logic.sure_codes(taker.condition, kind, group.whole)
            if sure is None:
                return [taker.adrg.code]
            if left and not sure.isdisjoint(left):
                left -= sure
                blamed.append(taker.adrg.code)
        return blamed if asked and not left else []

    def _not_let_in(self, mdc: Mdc) -> Iterator[Finding]:
        inside = self._logic.asked_codes(self._gates[mdc.code], "dx")
        if inside is None:
            return
        outside: dict[str, Codes] = {}
        for group in self._groups[mdc.code]:
            asked = self._logic.asked_codes(group.condition, "dx")
            if asked and asked - inside:
                outside[group.adrg.code] = asked - inside
        if not outside:
            return
        groups = examples([f"{adrg} ({len(codes):,})" for adrg, codes in outside.items()])
        codes = frozenset().union(*outside.values())
        names = examples(codes)
        sentence = Text(
            f"有 {len(codes):,} 个主要诊断在它的 ADRG 表中，却进不了它，因此到不了那些 ADRG："
            f"{groups.zh}；如 {names.zh}",
            f"{len(codes):,} principal diagnoses are in lists of its ADRGs but do not get into it, and so never reach"
            f" them: {groups.en}; such as {names.en}",
        )
        remedy = Text(
            "把它们补入 MDC 的诊断表，或从 ADRG 的表中删除", "add them to the MDC's list, or drop them from the ADRGs'"
        )
        # Lists of prefixes are often written wider than they need be.
        report = _warning if self._scheme.manifest.code_match == "exact" else _note
        yield report("diagnosis_not_let_in", mdc.code, sentence, remedy)

    def _left_over(self, mdc: Mdc) -> Iterator[Finding]:
        inside = self._logic.asked_codes(self._gates[mdc.code], "dx")
        if not inside or not mdc.adrgs:
            return
        left = inside
        for group in self._groups[mdc.code]:
            if self._logic.needs_operation(group.condition):
                continue
            asked = self._logic.asked_codes(group.condition, "dx")
            if asked is None:
                return
            left -= asked
        if not left:
            return
        lost = left if mdc.if_none == "stop" else left - self._taken_elsewhere(mdc)
        names = examples(lost or left)
        sentence = Text(
            f"有 {len(left):,} 个主要诊断能进入它，却不在它的任何内科 ADRG 中；"
            f"其中 {len(lost):,} 个在其他 MDC 中也无处可去，不做手术就无法入组：{names.zh}",
            f"{len(left):,} principal diagnoses get in but are in none of its medical ADRGs; {len(lost):,} of them"
            f" find no place in another MDC either and stay ungrouped without an operation: {names.en}",
        )
        remedy = Text(
            "把它们补入内科 ADRG，或从 MDC 的诊断表中删除", "add them to a medical ADRG, or drop them from the MDC"
        )
        yield (_warning if lost else _note)("diagnosis_without_adrg", mdc.code, sentence, remedy)

    def _taken_elsewhere(self, mdc: Mdc) -> Codes:
        found: set[str] = set()
        for other in self._scheme.mdcs:
            let_in = self._logic.sure_codes(self._gates[other.code], "dx", True) if other is not mdc else NO_CODES  # noqa: FBT003
            for group in self._groups[other.code] if let_in != NO_CODES else ():
                sure = self._logic.sure_codes(group.condition, "dx", True)  # noqa: FBT003
                both = let_in if sure is None else sure if let_in is None else sure & let_in
                found |= both or NO_CODES
        return frozenset(found)

    def _drgs(self, group: _Group) -> Iterator[Finding]:
        before: list[tuple[Drg, Condition]] = []
        for drg in group.adrg.drgs:
            own = self._of(drg)
            whole = joined(iter((group.whole, own)), needs_all=True)
            if drg.rule == _NEVER:
                yield _switched_off(drg.code)
            elif self._logic.is_never(own):
                sentence = Text("它的规则永远不能满足", "its rule can never be met")
                yield _warning(
                    "unreachable_drg", drg.code, sentence, Text("改正规则或删除", "correct its rule, or remove it")
                )
            else:
                shadows = [self._shadow(level, whole, before) for level in LEVELS_OF[drg.severity]]
                if all(shadows):
                    names = examples(list(dict.fromkeys(code for code in shadows if code)))
                    sentence = Text(
                        f"它能收的病例都已被排在前面的 {names.zh} 收走",
                        f"every case that it could take is taken before it by {names.en}",
                    )
                    remedy = Text("调整次序、severity 或规则", "change the order, the severity or the rules")
                    yield _error("unreachable_drg", drg.code, sentence, remedy)
            before.append((drg, own))
        yield from self._uncovered(group, before)

    def _shadow(self, level: int, whole: Condition, before: list[tuple[Drg, Condition]]) -> str | None:
        takers = (
            drg.code for drg, own in before if level in LEVELS_OF[drg.severity] and self._logic.implies(whole, own)
        )
        return next(takers, None)

    def _uncovered(self, group: _Group, drgs: list[tuple[Drg, Condition]]) -> Iterator[Finding]:
        if not drgs:
            return
        missing, doubtful = [], []
        for level, name in enumerate(_LEVEL_NAMES):
            rules = [own for drg, own in drgs if level in LEVELS_OF[drg.severity]]
            if not rules:
                missing.append(name)
            elif not self._logic.implies(group.whole, joined(iter(rules), needs_all=False)):
                doubtful.append(name)
        remedy = Text(
            "补充 severity 为 always 的 DRG，除非有意如此", "add a DRG whose severity is always, unless it is meant"
        )
        if missing:
            sentence = Text(
                f"它没有收{_zh(missing)}病例的 DRG，这些病例会落到后面的组",
                f"no DRG of it takes a case {_en(missing)}; such a case goes on to the groups after it",
            )
            yield _warning("drg_gap", group.adrg.code, sentence, remedy)
        if doubtful:
            sentence = Text(
                f"{_zh(doubtful)}的病例如不满足各 DRG 的规则（含所问的值未知），会落到后面的组",
                f"a case {_en(doubtful)} that meets no rule of its DRGs (or lacks the value asked for) goes on to the"
                " groups after it",
            )
            yield _note("drg_gap", group.adrg.code, sentence, remedy)


_NEVER = Constant(is_met=False)
_CORRECT_RULE = Text("改正规则", "correct the rule")


def _switched_off(code: str) -> Finding:
    sentence = Text("它的规则是 never，不收任何病例", "its rule is never: it takes no case")
    return _note(
        "switched_off", code, sentence, Text("确认这是有意停用", "make sure that it is switched off on purpose")
    )


def _zh(names: list[Text]) -> str:
    return "、".join(name.zh for name in names)


def _en(names: list[Text]) -> str:
    return " or ".join(name.en for name in names)


def _error(check: str, where: str, sentence: Text, remedy: Text) -> Finding:
    return Finding(check, "error", where, sentence, remedy)


def _warning(check: str, where: str, sentence: Text, remedy: Text) -> Finding:
    return Finding(check, "warning", where, sentence, remedy)


def _note(check: str, where: str, sentence: Text, remedy: Text) -> Finding:
    return Finding(check, "note", where, sentence, remedy)
