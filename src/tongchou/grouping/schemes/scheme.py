"""A grouping scheme as data: its manifest, its checks and groups in testing order, its code lists and severity."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from tongchou.core.text import Text
from tongchou.grouping.schemes.codes import CodeMatch
from tongchou.grouping.schemes.rules import Rule

Severity = Literal["always", "mcc", "mcc_or_cc", "cc", "none"]
"""When a DRG takes a case of its ADRG: always; MCC; MCC or CC; CC and no MCC; neither."""

SEVERITIES: tuple[str, ...] = get_args(Severity)

Kind = Literal["dx", "op"]
IfNone = Literal["next", "stop"]
Outcome = Literal["grouped", "ambiguous"]

DIAGNOSES, OPERATIONS, OPERATIONS_2 = "dx", "op", "op2"
VALID_OPERATIONS = "valid"
LISTED_OPERATIONS = "listed"
NOT_PRINCIPAL: dict[Kind, str] = {"dx": "not_principal_dx", "op": "not_principal_op"}
SITE_PREFIX = "site:"
SCHEME_WIDE = ""
"""Owner of the lists of the whole scheme."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who made a scheme, what it is based on and what it is for.

    Attributes:
        follows: The published edition that it follows, in words.
        base: Name of the scheme that this one was written as a difference over; empty if it stands alone.
        valid_until: Last day on which it holds; `None` while no end is set.
        purpose: `payment` or `learning`; a learning scheme is announced wherever its results are shown.
        notice: The sentence shown with results; empty for a payment scheme.
        code_match: Whether code lists hold whole codes or prefixes.
        code_edition: The code editions that the lists are written in, in words.
        day_surgery_has_severity: Whether a case of day surgery can be with CC or MCC.
        principal_list_stands_in: Whether an "other" list without codes is replaced by the principal list.
    """

    name: str
    title: Text
    publisher: str
    edition: str
    follows: str
    base: str
    valid_from: date
    valid_until: date | None
    purpose: Literal["payment", "learning"]
    notice: Text
    code_match: CodeMatch
    code_edition: str
    day_surgery_has_severity: bool
    principal_list_stands_in: bool


@dataclass(frozen=True, slots=True)
class ListKey:
    """The name of a code list: the MDC or ADRG it belongs to, its role and its part (0 where it has none)."""

    owner: str
    role: str
    part: int = 0

    def __str__(self) -> str:
        """Return `JA1 op part 2`."""
        return f"{self.owner} {self.role}".strip() + (f" part {self.part}" if self.part else "")


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a case's data: the case is invalid where its rule is met."""

    code: str
    rule: Rule
    rule_text: str
    name: Text


@dataclass(frozen=True, slots=True)
class Drg:
    """A DRG and when it takes a case of its ADRG."""

    code: str
    severity: Severity
    rule: Rule
    rule_text: str
    name: Text


@dataclass(frozen=True, slots=True)
class Adrg:
    """An ADRG, its rule, what becomes of the cases that it takes, and its DRGs in testing order."""

    code: str
    outcome: Outcome
    rule: Rule
    rule_text: str
    name: Text
    drgs: tuple[Drg, ...]


@dataclass(frozen=True, slots=True)
class Mdc:
    """An MDC, the rule of its gate, its ADRGs in testing order, and what follows if none of them takes the case."""

    code: str
    rule: Rule
    rule_text: str
    if_none: IfNone
    name: Text
    adrgs: tuple[Adrg, ...]


@dataclass(frozen=True, slots=True)
class SeverityCell:
    """Patterns of secondary diagnoses that raise severity, and the exclusion that can switch them off."""

    level: Literal["mcc", "cc"]
    exclusion: str
    patterns: str


@dataclass(frozen=True, slots=True)
class ExclusionCell:
    """Patterns of principal diagnoses that carry an exclusion."""

    exclusion: str
    patterns: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """A whole grouping scheme.

    Attributes:
        lists: The cells of each named code list, by kind of code.
        fingerprint: SHA-256 over the scheme's tables: names exactly what grouped a case.
    """

    manifest: Manifest
    checks: tuple[Check, ...]
    mdcs: tuple[Mdc, ...]
    lists: dict[Kind, dict[ListKey, tuple[str, ...]]]
    severity: tuple[SeverityCell, ...]
    exclusions: tuple[ExclusionCell, ...]
    fingerprint: str

    def drg_names(self) -> dict[str, Text]:
        """Return the name of every DRG by its code."""
        return {drg.code: drg.name for mdc in self.mdcs for adrg in mdc.adrgs for drg in adrg.drgs}
