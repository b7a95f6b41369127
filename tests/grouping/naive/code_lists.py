"""The code lists of a scheme, as the generator of random cases wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """An ADRG to aim at.

    Attributes:
        mdc: Its MDC.
        adrg: Its code.
        diagnoses: Its diagnosis list, empty where it has none.
        procedures: Ways to satisfy it with procedures: each a row of lists of which one code each is wanted.
        is_any_surgery: Whether any operation will do.
        drg_count: Into how many DRGs it is split.
    """

    mdc: str
    adrg: str
    diagnoses: Sequence[str]
    procedures: Sequence[Sequence[Sequence[str]]]
    is_any_surgery: bool
    drg_count: int


@dataclass(frozen=True)
class CodeLists:
    """All lists of a scheme.

    Attributes:
        targets: Every ADRG in the order in which they are tried.
        mdcs: The principal diagnoses of each MDC.
        sites: The diagnoses of each body site of trauma.
        mcc: MCC code to the name of its exclusion table.
        cc: CC code to the name of its exclusion table.
        exclusions: Principal diagnosis to the name of the exclusion table that it is in.
        surgery: Every procedure that counts as an operation.
    """

    targets: Sequence[Target]
    mdcs: Mapping[str, Sequence[str]]
    sites: Mapping[str, Sequence[str]]
    mcc: Mapping[str, str]
    cc: Mapping[str, str]
    exclusions: Mapping[str, str]
    surgery: Sequence[str]
