"""Policy: read on a day, changed by requests that somebody else approves."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer
from tongchou.api.etags import version_asked
from tongchou.api.idempotency import Once
from tongchou.api.routes.policy_bodies import ParameterHistoryBody, PolicyBody, PolicyChangeBody, ValueChangeBody
from tongchou.api.routes.trial_bodies import TrialOrderBody
from tongchou.records.models import PolicyChange
from tongchou.workplace import policy_applying, policy_measuring, policy_proposals, policy_reading

router = APIRouter(tags=["政策 / policy"])

Version = Annotated[int, Depends(version_asked)]
ChangeId = Annotated[str, Path(max_length=60)]
On = Annotated[date | None, Query(description="日期，缺省为今天 / day; today if not given")]


class NewDatedValue(BaseModel):
    """A value from a day on, written as in a policy file."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date = Field(description="首日 / first day")
    value: str = Field(max_length=20_000, description="值 / value", examples=["0.95", "{tertiary: 1.1, default: 1}"])


class WantedChangeBody(BaseModel):
    """What is to be changed, after which document, and why."""

    model_config = ConfigDict(extra="forbid")

    parameter: str = Field(min_length=1, max_length=200, examples=["payment/drg/level_factor"])
    values: list[NewDatedValue] = Field(min_length=1, max_length=50)
    source: str = Field(min_length=1, max_length=500, description="依据文件 / document")
    reason: str = Field(min_length=1, max_length=2_000, description="理由 / reason")

    def wanted(self) -> policy_proposals.WantedChange:
        """Return it as the working place takes it."""
        values = tuple((each.valid_from, each.value) for each in self.values)
        return policy_proposals.WantedChange(self.parameter, values, self.source, self.reason)


class DecisionBody(BaseModel):
    """What is said with an approval."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(default="", max_length=2_000, description="意见 / words")


class RejectionBody(BaseModel):
    """Why it is rejected."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(min_length=1, max_length=2_000, description="理由 / reason")


class EffectsBody(BaseModel):
    """What a change was found to come to on last year's cases."""

    order: TrialOrderBody | None
    is_current: bool
    result: dict[str, Any] | None


@router.get("/policy", summary="某日的政策 / the policy on a day")
def get_policy(
    place: Place, subject: Asking, on: On = None, search: Annotated[str, Query(max_length=100)] = ""
) -> Answer[PolicyBody]:
    """Return the packs in their order and what each parameter says on a day."""
    return Answer(data=PolicyBody.of(policy_reading.policy_tree(place, subject, on, search)))


@router.get("/policy/parameters/{name:path}", summary="一个参数及其沿革 / a parameter and its history")
def get_parameter(
    place: Place, subject: Asking, name: Annotated[str, Path(max_length=200)], on: On = None
) -> Answer[ParameterHistoryBody]:
    """Return what a parameter says on a day, and every dated value with its source."""
    found = policy_reading.policy_parameter(place, subject, name, on)
    return Answer(data=ParameterHistoryBody.of_history(found))


@router.post("/policy-changes/preview", summary="预览修改 / what a change would make different")
def post_preview(place: Place, subject: Asking, change: WantedChangeBody) -> Answer[list[ValueChangeBody]]:
    """Return what a change would make different; nothing is kept."""
    found = policy_proposals.preview_change(place, subject, change.wanted())
    return Answer(data=[ValueChangeBody.of(each) for each in found])


@router.post("/policy-changes", status_code=status.HTTP_201_CREATED, summary="起草修改 / draft a change")
def post_change(
    place: Place, subject: Asking, change: WantedChangeBody, once: Once, response: Response
) -> Answer[PolicyChangeBody]:
    """Draft a change."""
    drafted = once.answer(
        Answer[PolicyChangeBody],
        lambda: Answer(data=PolicyChangeBody.of(policy_proposals.draft_change(place, subject, change.wanted()))),
    )
    return _with_version(drafted, response)


@router.get("/policy-changes", summary="修改申请 / changes")
def get_changes(
    place: Place, subject: Asking, state: Annotated[str | None, Query(max_length=40)] = None
) -> Answer[list[PolicyChangeBody]]:
    """Return changes, the newest first."""
    found = policy_proposals.changes_of_policy(place, subject, state)
    return Answer(data=[PolicyChangeBody.of(each) for each in found])


@router.get("/policy-changes/{change_id}", summary="一份修改申请 / a change")
def get_change(place: Place, subject: Asking, change_id: ChangeId, response: Response) -> Answer[PolicyChangeBody]:
    """Return a change; its ETag is what every step hands back as If-Match."""
    return _told(policy_proposals.change_of_policy(place, subject, change_id), response)


@router.put("/policy-changes/{change_id}", summary="改草稿 / edit a draft")
def put_change(
    place: Place, subject: Asking, change_id: ChangeId, version: Version, change: WantedChangeBody, response: Response
) -> Answer[PolicyChangeBody]:
    """Change a draft as it was seen; the second of two editors is told."""
    return _told(policy_proposals.edit_change(place, subject, change_id, version, change.wanted()), response)


@router.post("/policy-changes/{change_id}/submit", summary="提交审批 / submit")
def post_submission(
    place: Place, subject: Asking, change_id: ChangeId, version: Version, response: Response
) -> Answer[PolicyChangeBody]:
    """Hand a draft in for approval."""
    return _told(policy_proposals.submit_change(place, subject, change_id, version), response)


@router.post("/policy-changes/{change_id}/take-back", summary="撤回为草稿 / take back")
def post_taking_back(
    place: Place, subject: Asking, change_id: ChangeId, version: Version, response: Response
) -> Answer[PolicyChangeBody]:
    """Make a change a draft again."""
    return _told(policy_proposals.take_back_change(place, subject, change_id, version), response)


@router.post("/policy-changes/{change_id}/approve", summary="批准 / approve")
def post_approval(
    place: Place, subject: Asking, change_id: ChangeId, version: Version, decision: DecisionBody, response: Response
) -> Answer[PolicyChangeBody]:
    """Approve a change; somebody else than its authors."""
    return _told(policy_proposals.approve_change(place, subject, change_id, version, decision.words), response)


@router.post("/policy-changes/{change_id}/reject", summary="退回 / reject")
def post_rejection(
    place: Place, subject: Asking, change_id: ChangeId, version: Version, decision: RejectionBody, response: Response
) -> Answer[PolicyChangeBody]:
    """Reject a change with the reason; somebody else than its authors."""
    return _told(policy_proposals.reject_change(place, subject, change_id, version, decision.words), response)


@router.post("/policy-changes/{change_id}/apply", summary="生效 / apply")
def post_application(
    place: Place, subject: Asking, change_id: ChangeId, version: Version, response: Response
) -> Answer[PolicyChangeBody]:
    """Write an approved change into the region's policy pack."""
    return _told(policy_applying.apply_change(place, subject, change_id, version), response)


@router.post("/policy-changes/{change_id}/effects", status_code=status.HTTP_202_ACCEPTED, summary="测算影响 / measure")
def post_measuring(place: Place, subject: Asking, change_id: ChangeId, once: Once) -> Answer[TrialOrderBody]:
    """Order that a change be tried on the cases of the last settled year."""
    return once.answer(
        Answer[TrialOrderBody],
        lambda: Answer(data=TrialOrderBody.of(policy_measuring.measure_change(place, subject, change_id))),
    )


@router.get("/policy-changes/{change_id}/effects", summary="影响 / effects")
def get_effects(place: Place, subject: Asking, change_id: ChangeId) -> Answer[EffectsBody]:
    """Return how far the trial is, and what it came to."""
    found = policy_measuring.effects_of_change(place, subject, change_id)
    order = TrialOrderBody.of(found.order) if found.order else None
    return Answer(data=EffectsBody(order=order, is_current=found.is_current, result=found.result))


def _told(change: PolicyChange, response: Response) -> Answer[PolicyChangeBody]:
    return _with_version(Answer(data=PolicyChangeBody.of(change)), response)


def _with_version(answer: Answer[PolicyChangeBody], response: Response) -> Answer[PolicyChangeBody]:
    response.headers["ETag"] = f'"{answer.data.version}"'
    return answer
