"""What the API answers, as small classes; amounts in fen, weights x 10,000."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self


class Words(NamedTuple):
    """The same words in Chinese and in English."""

    zh: str
    en: str

    @classmethod
    def of(cls, said: Mapping[str, str] | None) -> "Words | None":
        """Return words as the API says them."""
        return None if said is None else cls(said["zh"], said["en"])


class AsSaid:
    """What has a field for each name of the API's that it keeps; what else the API says is left out."""

    __slots__: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Return it as the API says it."""
        return cls(**{key: said[key] for key in cls.__slots__})


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """A case's group.

    Attributes:
        case_id: The case, as it was sent.
        status: `grouped`, `ambiguous`, `ungrouped` or `invalid`.
        mdc, adrg, drg: The group; of DIP only `drg`, the catalogue's group.
        decided_by: The step that decided; of DIP the kind of the group, or why there is none.
        name: The DRG's name.
        weight_e4: Its weight in the year's run x 10,000; of DIP the relative weight of the catalogue.
        standards_fen: Rate x weight by insurance type, before any coefficient.
        explanation: Why, where it was asked for.
        dip: Points, factor and deviation where the region pays by DIP: see `DipBody` in the API's description.
    """

    case_id: str
    status: str
    mdc: str
    adrg: str
    drg: str
    decided_by: str
    name: Words | None
    weight_e4: int | None
    standards_fen: Mapping[str, int]
    explanation: Mapping[str, Any] | None = None
    dip: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "CaseGroup":
        """Return a group as the API says it."""
        return cls(
            **{key: said[key] for key in cls.__slots__ if key not in {"name", "explanation", "dip"}},
            name=Words.of(said["name"]),
            explanation=said.get("explanation"),
            dip=said.get("dip"),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variant of a case: what was changed, its group, and in what that differs from the case as it is."""

    description: Words
    group: CaseGroup
    differs_in: tuple[str, ...]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Outcome":
        """Return an outcome as the API says it."""
        words = said["description"]
        return cls(Words(words["zh"], words["en"]), CaseGroup.of(said["group"]), tuple(said["differs_in"]))


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial settlement.

    Attributes:
        on: The day whose policy counts.
        total_fen: Total cost.
        patient_fen: What the patient pays.
        parts_fen: What each payer pays; they sum to the total.
        explanation: Why, where it was asked for.
    """

    on: str
    total_fen: int
    patient_fen: int
    parts_fen: Mapping[str, int]
    explanation: Mapping[str, Any] | None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Trial":
        """Return a trial as the API says it."""
        parts = {each["payer"]: each["amount_fen"] for each in said["parts"]}
        return cls(said["on"], said["total_fen"], said["patient_fen"], parts, said["explanation"])


@dataclass(frozen=True, slots=True)
class RunOrder(AsSaid):
    """An order of a run and how far it is; `version` goes back with a review or a posting."""

    order_id: str
    period: str
    state: str
    stage: str
    done_steps: int
    all_steps: int
    run_id: str | None
    problem: Mapping[str, Any] | None
    version: int


@dataclass(frozen=True, slots=True)
class FinishedRun(AsSaid):
    """A finished run; the sums are those of the institutions that the caller sees."""

    run_id: str
    period: str
    is_shadow: bool
    is_standing: bool
    scheme: str
    case_count: int
    fund_fen: int
    result_fen: int
    result_hash: str


@dataclass(frozen=True, slots=True)
class Upload(AsSaid):
    """A file on its way in: how much of it is there, its state, and the batch that its rows became."""

    upload_id: str
    file_name: str
    size: int
    received: int
    sha256: str
    state: str
    problem: Mapping[str, Any] | None
    batch_id: str | None
    institution_id: str
