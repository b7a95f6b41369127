"""What the API answers of people's work, as small classes; `version` goes back with the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.client.results import AsSaid, Words


@dataclass(frozen=True, slots=True)
class Referral(AsSaid):
    """A referral and how far it is; `steps` is its history where it was asked for, `person_id` a pseudonym."""

    referral_id: str
    person_id: str
    direction: str
    from_institution_id: str
    to_institution_id: str
    department: str
    reason: str
    case_id: str | None
    to_case_id: str | None
    state: str
    version: int
    steps: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PolicyChange(AsSaid):
    """A change of policy and where it stands; `compared` is what it makes different."""

    change_id: str
    pack: str
    parameter: str
    values: Sequence[Mapping[str, Any]]
    compared: Sequence[Mapping[str, Any]]
    source: str
    reason: str
    state: str
    decision_words: str
    version: int


@dataclass(frozen=True, slots=True)
class Application(AsSaid):
    """An application for special review; case and institution are empty where they are hidden."""

    application_id: str
    run_id: str
    case_id: str
    institution_id: str
    is_masked: bool
    reason: str
    words: str
    state: str
    version: int
    decision: Mapping[str, Any] | None
    may_opine: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice in both languages, with the page it leads to; `read_at` is empty while it is unread."""

    notice_id: str
    kind: str
    words: Words
    page: str
    created_at: str
    read_at: str | None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Notice":
        """Return a notice as the API says it."""
        words = said["words"]
        return cls(
            said["notice_id"],
            said["kind"],
            Words(words["zh"], words["en"]),
            said["page"],
            said["created_at"],
            said["read_at"],
        )
