"""Why one case is in its group: the scheme's own rules, tested in its order, every test spoken aloud.

The rules are tested as they are written, not as they are compiled; that both come to the same result is tested.
"""

from collections.abc import Mapping
from typing import Any

from tongchou.core.explanation import Fact, Step
from tongchou.core.text import Text
from tongchou.grouping.engine.code_table import CC_LEVEL, MCC_LEVEL, NO_LEVEL
from tongchou.grouping.engine.compiled import CompiledScheme
from tongchou.grouping.engine.places import NO_ADRG, NO_DRG, NO_MDC, NOT_OPEN, NOTHING_FITS, Grouped
from tongchou.grouping.reasons.case_reading import CaseFacts, CaseReader
from tongchou.grouping.reasons.explain_steps import checks_step, codes_step, matches, severity_step, values_step
from tongchou.grouping.reasons.rule_test import is_met, unmet_part
from tongchou.grouping.reasons.rule_words import NOTHING, SEVERITY_WORDS, found_in_words, rule_in_words
from tongchou.grouping.schemes.rules import CodeTest, Rule
from tongchou.grouping.schemes.scheme import Adrg, Check, Drg, Mdc, Scheme, Severity
from tongchou.schema.states import GROUPING_STATUS

_LEVELS: dict[Severity, tuple[int, ...]] = {
    "always": (NO_LEVEL, CC_LEVEL, MCC_LEVEL),
    "mcc": (MCC_LEVEL,),
    "mcc_or_cc": (CC_LEVEL, MCC_LEVEL),
    "cc": (CC_LEVEL,),
    "none": (NO_LEVEL,),
}
_LEVEL_NAMES = {NO_LEVEL: NOTHING, CC_LEVEL: Text.plain("CC"), MCC_LEVEL: Text.plain("MCC")}


class Explainer:
    """Explains the groups of a scheme's cases.

    Args:
        scheme: The scheme.
        compiled: The same scheme made ready to group.
    """

    def __init__(self, scheme: Scheme, compiled: CompiledScheme) -> None:
        self._scheme = scheme
        self._reader = CaseReader(scheme, compiled)
        # Keyed by identity: the scheme keeps its rules alive, and comparing them would take longer than the words.
        self._words: dict[int, Text] = {}

    def explain(self, case: Mapping[str, Any]) -> Step:
        """Return why a case (`case_fields`) is in its group."""
        return _Walk(self._scheme, self._reader.read(case), self._words).root()


class _Walk:
    """The way of one case through a scheme."""

    def __init__(self, scheme: Scheme, facts: CaseFacts, words: dict[int, Text]) -> None:
        self._scheme = scheme
        self._facts = facts
        self._words = words
        self._drg: Drg | None = None

    def root(self) -> Step:
        failed = next((check for check in self._scheme.checks if is_met(check.rule, self._facts)), None)
        steps = [values_step(self._facts), checks_step(self._scheme.checks, failed), codes_step(self._facts)]
        if failed is not None:
            grouped = Grouped("invalid", NO_MDC, NO_ADRG, NO_DRG, failed.code)
        else:
            steps.append(severity_step(self._facts))
            grouped = self._place(steps)
        manifest = self._scheme.manifest
        notice = (Fact(Text("声明", "notice"), manifest.notice),) if manifest.purpose == "learning" else ()
        return Step(
            rule="grouping",
            title=Text(f"分组（{manifest.title.zh}）", f"Grouping ({manifest.title.en})"),
            outcome=self._outcome(grouped, failed),
            facts=(
                Fact(Text("状态", "status"), GROUPING_STATUS[grouped.status]),
                Fact(Text.plain("MDC"), grouped.mdc),
                Fact(Text.plain("ADRG"), grouped.adrg),
                Fact(Text.plain("DRG"), grouped.drg),
                Fact(Text("决定步骤", "decided by"), _DECIDED.get(grouped.decided_by, grouped.decided_by)),
                Fact(
                    Text("诊断", "diagnoses"), " | ".join(code.written for code in self._facts.diagnoses.codes) or "-"
                ),
                Fact(
                    Text("手术操作", "procedures"),
                    " | ".join(code.written for code in self._facts.procedures.codes) or "-",
                ),
                *notice,
            ),
            children=(*steps, self._scheme_step()),
        )

    def _scheme_step(self) -> Step:
        manifest = self._scheme.manifest
        facts = (
            Fact(Text("编号", "id"), manifest.name),
            Fact(Text("版本", "edition"), manifest.edition),
            Fact(Text("方案指纹", "fingerprint of the scheme"), self._scheme.fingerprint[:16]),
        )
        return Step("grouping.scheme", Text("分组方案", "Scheme"), manifest.title, facts=facts)

    def _outcome(self, grouped: Grouped, failed: Check | None) -> Text:
        match grouped.status:
            case "invalid":
                name = failed.name if failed else NOTHING
                return Text(f"信息校验不通过：{name.zh}", f"the case's data are not valid: {name.en}")
            case "ungrouped":
                return Text("无法入组", "no group fits")
            case "ambiguous":
                return Text(f"{grouped.drg} 歧义病案", f"{grouped.drg} ambiguous case")
            case "grouped":
                name = self._drg.name if self._drg else NOTHING
                return Text(f"{grouped.drg} {name.zh}", f"{grouped.drg} {name.en}")

    def _place(self, steps: list[Step]) -> Grouped:
        """Walk through the MDCs, adding a step for each that the case entered."""
        closed: list[tuple[Mdc, Rule]] = []
        is_open = False
        for mdc in self._scheme.mdcs:
            unmet = unmet_part(mdc.rule, self._facts)
            if unmet is not None:
                closed.append((mdc, unmet))
                continue
            is_open = True
            inner, grouped = self._try_adrgs(mdc)
            steps.append(self._mdc_step(mdc, inner, closed))
            closed = []
            if grouped is not None:
                return grouped
            if mdc.if_none == "stop":
                return NOTHING_FITS
        if not is_open:
            steps.append(self._none_open(closed))
            return NOT_OPEN
        if closed:
            outcome = Text("均未开放", "none of them is open to the case")
            steps.append(
                Step("grouping.mdc", Text("其余大类", "The other MDCs"), outcome, rejected=self._closed(closed))
            )
        return NOTHING_FITS

    def _try_adrgs(self, mdc: Mdc) -> tuple[Step, Grouped | None]:
        title, tried = Text("核心组", "ADRG"), []
        for adrg in mdc.adrgs:
            unmet = unmet_part(adrg.rule, self._facts)
            if unmet is not None:
                tried.append(self._refused(adrg, unmet))
                continue
            inner: tuple[Step, ...] = ()
            if adrg.outcome == "ambiguous" and not adrg.drgs:
                grouped = Grouped("ambiguous", mdc.code, adrg.code, adrg.code, "adrg")
            else:
                step, drg = self._try_drgs(adrg)
                if drg is None:
                    tried.append(_no_drg(adrg, step))
                    continue
                self._drg, inner = drg, (step,)
                if adrg.outcome == "grouped":
                    grouped = Grouped("grouped", mdc.code, adrg.code, drg.code, "drg")
                else:
                    grouped = Grouped("ambiguous", mdc.code, adrg.code, drg.code, "adrg")
            if adrg.outcome == "ambiguous":
                inner = (*inner, _AMBIGUOUS)
            return Step(
                "grouping.adrg",
                title,
                _named(adrg.code, adrg.name),
                facts=matches(adrg.rule, adrg.rule_text, self._facts),
                rejected=tuple(tried),
                children=inner,
            ), grouped
        outcome = Text("无一符合，转入下一大类", "none fits; the case goes on to the next MDC")
        if mdc.if_none == "stop":
            outcome = Text("无一符合，方案规定到此为止", "none fits; the scheme rules that the case goes no further")
        return Step("grouping.adrg", title, outcome, rejected=tuple(tried)), None

    def _try_drgs(self, adrg: Adrg) -> tuple[Step, Drg | None]:
        tried = []
        for drg in adrg.drgs:
            if self._facts.level not in _LEVELS[drg.severity]:
                has, wants = _LEVEL_NAMES[self._facts.level], SEVERITY_WORDS[drg.severity]
                tried.append(_said(drg.code, drg.name, wants, has))
                continue
            unmet = unmet_part(drg.rule, self._facts)
            if unmet is not None:
                tried.append(self._refused(drg, unmet))
                continue
            facts = (
                Fact(Text("并发症要求", "asked severity"), SEVERITY_WORDS[drg.severity]),
                *matches(drg.rule, drg.rule_text, self._facts),
            )
            return Step("grouping.drg", _DRG, _named(drg.code, drg.name), facts, rejected=tuple(tried)), drg
        return Step("grouping.drg", _DRG, Text("无一收治", "none takes the case"), rejected=tuple(tried)), None

    def _mdc_step(self, mdc: Mdc, inner: Step, closed: list[tuple[Mdc, Rule]]) -> Step:
        return Step(
            "grouping.mdc",
            Text("主要诊断大类", "MDC"),
            _named(mdc.code, mdc.name),
            facts=matches(mdc.rule, mdc.rule_text, self._facts),
            rejected=self._closed(closed),
            children=(inner,),
        )

    def _none_open(self, closed: list[tuple[Mdc, Rule]]) -> Step:
        return Step(
            "grouping.mdc",
            Text("主要诊断大类", "MDC"),
            Text("没有可入的主要诊断大类", "no MDC is open to the case"),
            facts=(Fact(_CHECK, Text("主要诊断选择与编码是否正确", "that the principal diagnosis is the right one")),),
            rejected=self._closed(closed),
        )

    def _closed(self, gates: list[tuple[Mdc, Rule]]) -> tuple[Text, ...]:
        """Say why gates are closed: those whose list lacks the principal diagnosis in one line, others one by one."""
        plain = " ".join(mdc.code for mdc, unmet in gates if _is_own_principal(mdc, unmet))
        said = [self._refused(mdc, unmet) for mdc, unmet in gates if not _is_own_principal(mdc, unmet)]
        if plain:
            zh = f"未开放的大类（主要诊断不在其列表中）：{plain}"
            said.append(Text(zh, f"MDCs that are not open (the principal diagnosis is not in their list): {plain}"))
        return tuple(said)

    def _refused(self, group: Mdc | Adrg | Drg, unmet: Rule) -> Text:
        words = self._words.get(id(unmet))
        if words is None:
            words = self._words[id(unmet)] = rule_in_words(unmet)
        return _said(group.code, group.name, words, found_in_words(unmet, self._facts))


def _is_own_principal(mdc: Mdc, unmet: Rule) -> bool:
    return isinstance(unmet, CodeTest) and unmet.subject == "principal" and unmet.owner == mdc.code


def _said(code: str, name: Text, wants: Text, has: Text | None) -> Text:
    if has is None:
        has = _NOT_MET
    return Text(
        f"{code} {name.zh}：要求{wants.zh}；病例：{has.zh}", f"{code} {name.en}: wants {wants.en}; the case: {has.en}"
    )


def _no_drg(adrg: Adrg, step: Step) -> Text:
    zh, en = "；".join(text.zh for text in step.rejected), "; ".join(text.en for text in step.rejected)
    return Text(
        f"{adrg.code} {adrg.name.zh}：规则符合，但没有 DRG 收治（{zh or '没有 DRG'}）",
        f"{adrg.code} {adrg.name.en}: its rule is met, but no DRG of it takes the case ({en or 'it has none'})",
    )


def _named(code: str, name: Text) -> Text:
    return Text(f"{code} {name.zh}", f"{code} {name.en}")


_NOT_MET = Text("均不符合", "met in no way")
_DRG = Text("细分组", "DRG")
_CHECK = Text("请核对", "please check")
_DECIDED = {
    "no_mdc": Text("没有可入的主要诊断大类", "no MDC is open"),
    "no_adrg": Text("没有符合的核心组", "no ADRG fits"),
    "adrg": Text("核心组", "ADRG"),
    "drg": Text("细分组", "DRG"),
}
"""Steps that decide; another name is that of a check of the scheme."""
_AMBIGUOUS = Step(
    "grouping.ambiguous",
    Text("歧义病案（QY）", "Ambiguous case (QY)"),
    Text(
        "病例有手术，却没有一个外科或操作组与主要诊断相符",
        "the case has surgery, and no surgical or procedure group of the MDC goes with it",
    ),
    facts=(
        Fact(_CHECK, Text("主要诊断选择是否正确", "that the principal diagnosis is the right one")),
        Fact(
            _CHECK,
            Text("主要手术操作是否与主要诊断相关并排在首位", "that the procedure listed first belongs to it"),
        ),
        Fact(_CHECK, Text("编码是否漏填、错填", "that no code is missing or wrong")),
    ),
)
