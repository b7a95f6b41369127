"""A grouping scheme as data: its manifest, its groups in testing order, its code lists and severity tables."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tongchou.core.text import Text
from tongchou.grouping.codes import CodeMatch
from tongchou.grouping.rules import Rule

Severity = Literal["mcc", "mcc_or_cc", "always"]
"""When a DRG takes a case of its ADRG: an effective MCC; an effective MCC or CC; every case that is left."""

DIAGNOSES, OPERATIONS, OPERATIONS_2 = "dx", "op", "op2"
VALID_OPERATIONS = "valid"
SITE_PREFIX = "site:"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who made a scheme, what it is based on and what it is for.

    Attributes:
        purpose: `payment` or `learning`; a learning scheme is announced wherever its results are shown.
        notice: The sentence shown with results; empty for a payment scheme.
        code_match: Whether code lists hold whole codes or prefixes.
    """

    name: str
    title: Text
    publisher: str
    edition: str
    base: str
    valid_from: date
    purpose: Literal["payment", "learning"]
    notice: Text
    code_match: CodeMatch


@dataclass(frozen=True, slots=True)
class ListKey:
    """The name of a code list: the MDC or ADRG it belongs to, its role and its part (0 where it has none)."""

    owner: str
    role: str
    part: int = 0

    def __str__(self) -> str:
        """Return `JA1 op part 2`."""
        return f"{self.owner} {self.role}" + (f" part {self.part}" if self.part else "")


@dataclass(frozen=True, slots=True)
class Drg:
    """A DRG and when it takes a case of its ADRG."""

    code: str
    severity: Severity
    name: Text


@dataclass(frozen=True, slots=True)
class Adrg:
    """An ADRG, its rule and its DRGs in testing order."""

    code: str
    rule: Rule
    rule_text: str
    name: Text
    drgs: tuple[Drg, ...]


@dataclass(frozen=True, slots=True)
class Mdc:
    """An MDC, the rule of its gate and its ADRGs in testing order."""

    code: str
    rule: Rule
    rule_text: str
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
        lists: The cells of each named code list.
        fingerprint: SHA-256 over the scheme's files: names exactly what grouped a case.
    """

    manifest: Manifest
    mdcs: tuple[Mdc, ...]
    lists: dict[ListKey, tuple[str, ...]]
    severity: tuple[SeverityCell, ...]
    exclusions: tuple[ExclusionCell, ...]
    fingerprint: str

    def drg_names(self) -> dict[str, Text]:
        """Return the name of every DRG by its code."""
        return {drg.code: drg.name for mdc in self.mdcs for adrg in mdc.adrgs for drg in adrg.drgs}
