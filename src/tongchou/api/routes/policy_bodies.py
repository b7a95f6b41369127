"""How the API says the policy, its parameters and the changes of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from tongchou.api.envelope import Words
from tongchou.policy.chain import Answer
from tongchou.policy.change import ValueChange
from tongchou.policy.pack import Pack
from tongchou.policy.parameter import Parameter
from tongchou.policy.timeline import Standing, Written
from tongchou.policy.value import written
from tongchou.records.models import PolicyChange
from tongchou.records.states import POLICY_CHANGE_STATE
from tongchou.workplace.policy_reading import ParameterHistory, PolicyTree


class PackBody(BaseModel):
    """A pack of the region's policy."""

    pack: str
    name: Words
    level: str

    @classmethod
    def of(cls, pack: Pack) -> "PackBody":
        """Return a pack as the API says it."""
        return cls(pack=pack.region_id, name=Words.of(pack.name), level=pack.level)


class AnswerBody(BaseModel):
    """A value that a pack gives."""

    pack: str
    level: str
    valid_from: date
    value: str | None
    source: str
    review_by: date | None

    @classmethod
    def of(cls, answer: Answer) -> "AnswerBody":
        """Return an answer as the API says it."""
        dated = answer.dated
        return cls(
            pack=answer.pack.region_id,
            level=answer.pack.level,
            valid_from=dated.valid_from,
            value=None if dated.value is None else written(dated.value),
            source=str(dated.source),
            review_by=dated.review_by,
        )


class ParameterBody(BaseModel):
    """A parameter and what it says on the day asked for."""

    name: str
    title: Words
    meaning: Words
    unit: str
    dimensions: list[str]
    is_banded: bool
    answer: AnswerBody | None
    until: date | None
    hidden: list[AnswerBody]

    @classmethod
    def of(cls, line: Standing) -> "ParameterBody":
        """Return a parameter as the API says it."""
        return cls(**_declared(line.parameter), **_standing(line))


class HistoryBody(BaseModel):
    """A dated value as a pack wrote it; without a value the parameter ends on the day."""

    answer: AnswerBody
    until: date | None

    @classmethod
    def of(cls, each: Written) -> "HistoryBody":
        """Return a dated value as the API says it."""
        return cls(answer=AnswerBody.of(Answer(each.pack, each.dated)), until=each.last)


class ParameterHistoryBody(ParameterBody):
    """A parameter with every dated value along the packs."""

    values: dict[str, str]
    history: list[HistoryBody]
    fingerprint: str

    @classmethod
    def of_history(cls, found: ParameterHistory) -> "ParameterHistoryBody":
        """Return a parameter with its history as the API says it."""
        return cls(
            **_declared(found.standing.parameter),
            **_standing(found.standing),
            values={key: value.written for key, value in found.values.items()},
            history=[HistoryBody.of(each) for each in found.written],
            fingerprint=found.fingerprint,
        )


class PolicyBody(BaseModel):
    """The policy on a day."""

    on: date
    packs: list[PackBody]
    parameters: list[ParameterBody]
    fingerprint: str

    @classmethod
    def of(cls, tree: PolicyTree) -> "PolicyBody":
        """Return the policy as the API says it."""
        return cls(
            on=tree.on,
            packs=[PackBody.of(pack) for pack in tree.packs],
            parameters=[ParameterBody.of(line) for line in tree.lines],
            fingerprint=tree.fingerprint,
        )


class LeafBody(BaseModel):
    """A single value before and after."""

    key: str
    before: str | None
    after: str | None


class ValueChangeBody(BaseModel):
    """What becomes different from a day on."""

    valid_from: date
    until: date | None
    before: AnswerBody | None
    after: AnswerBody | None
    values: list[LeafBody]
    is_different: bool

    @classmethod
    def of(cls, change: ValueChange) -> "ValueChangeBody":
        """Return a difference as the API says it."""
        return cls(
            valid_from=change.valid_from,
            until=change.last,
            before=AnswerBody.of(change.before) if change.before else None,
            after=AnswerBody.of(change.after) if change.after else None,
            values=[LeafBody(key=leaf.key, before=leaf.before, after=leaf.after) for leaf in change.leaves],
            is_different=change.is_different,
        )


class PolicyChangeBody(BaseModel):
    """A change of policy and where it stands."""

    change_id: str
    pack: str
    parameter: str
    values: list[Mapping[str, Any]]
    compared: list[Mapping[str, Any]]
    source: str
    reason: str
    state: str
    state_title: Words
    author_id: str
    created_at: datetime
    changed_at: datetime
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_words: str
    applied_at: datetime | None
    version: int

    @classmethod
    def of(cls, change: PolicyChange) -> "PolicyChangeBody":
        """Return a change as the API says it."""
        made = {"values", "compared", "state_title"}
        return cls(
            values=change.diff["values"],
            compared=change.diff["compared"],
            state_title=Words.of(POLICY_CHANGE_STATE[change.state]),
            **{name: getattr(change, name) for name in cls.model_fields if name not in made},
        )


def _declared(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "title": Words.of(parameter.title),
        "meaning": Words.of(parameter.meaning),
        "unit": parameter.unit.value,
        "dimensions": [dimension.name for dimension in parameter.dimensions],
        "is_banded": parameter.bands_over is not None,
    }


def _standing(line: Standing) -> dict[str, Any]:
    answers = [AnswerBody.of(answer) for answer in line.answers]
    return {"answer": answers[0] if answers else None, "until": line.last, "hidden": answers[1:]}
