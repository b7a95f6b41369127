"""Scenarios: made, run, compared with the present policy and with one another."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response, status
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.idempotency import Once
from tongchou.api.routes.trial_bodies import TrialOrderBody
from tongchou.core.text import Text
from tongchou.workplace import scenario_orders, scenario_work
from tongchou.workplace.scenario_files import FormChange, ScenarioForm

router = APIRouter(tags=["情景 / scenarios"])

ScenarioId = Annotated[str, Path(max_length=60)]
OrderId = Annotated[str, Path(max_length=60)]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ScenarioChangeBody(BaseModel):
    """A parameter with another value under the scenario."""

    model_config = ConfigDict(extra="forbid")

    parameter: str = Field(min_length=1, max_length=200)
    value: str = Field(max_length=20_000, description="写法同政策文件 / as in a policy file")
    valid_from: date
    valid_until: date | None = None
    reason: str = Field(min_length=1, max_length=2_000)


class ScenarioFormBody(BaseModel):
    """A scenario, part by part."""

    model_config = ConfigDict(extra="forbid")

    scenario_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    period: str = Field(pattern=r"^2\d{3}$", description="年度 / year")
    changes: list[ScenarioChangeBody] = Field(max_length=100)
    assumptions: str = Field(default="", max_length=20_000, description="行为假设（YAML）/ assumptions, in YAML")
    risk: str = Field(default="", max_length=20_000, description="风险（YAML）/ risk, in YAML")


class ScenarioTextBody(BaseModel):
    """A scenario as its file holds it."""

    model_config = ConfigDict(extra="forbid")

    yaml: str = Field(min_length=1, max_length=200_000)


class ScenarioBody(BaseModel):
    """A scenario and its last trial."""

    scenario_id: str
    name: Words
    period: str
    change_count: int
    origin: str
    order: TrialOrderBody | None

    @classmethod
    def of(cls, line: scenario_work.ScenarioLine) -> "ScenarioBody":
        """Return a scenario as the API says it."""
        return cls(
            scenario_id=line.file.scenario_id,
            name=Words.of(line.file.name),
            period=line.file.period,
            change_count=line.file.change_count,
            origin=line.file.origin,
            order=TrialOrderBody.of(line.order) if line.order else None,
        )


class WholeScenarioBody(ScenarioBody):
    """A scenario with its text."""

    yaml: str


class ComparedBody(BaseModel):
    """Two scenarios beside the same base."""

    left: dict[str, Any]
    right: dict[str, Any]


@router.get("/scenarios", summary="情景 / scenarios")
def get_scenarios(place: Place, subject: Asking) -> Answer[list[ScenarioBody]]:
    """Return the region's scenarios and the examples for it."""
    return Answer(data=[ScenarioBody.of(each) for each in scenario_work.scenarios_of(place, subject)])


@router.post("/scenarios", status_code=status.HTTP_201_CREATED, summary="建立情景 / make a scenario")
def post_scenario(
    place: Place, subject: Asking, scenario: ScenarioTextBody | ScenarioFormBody, once: Once
) -> Answer[ScenarioBody]:
    """Keep a scenario, from the text of its file or part by part."""
    wanted = scenario.yaml if isinstance(scenario, ScenarioTextBody) else _form(scenario)
    return once.answer(
        Answer[ScenarioBody],
        lambda: Answer(data=ScenarioBody.of(scenario_work.make_scenario(place, subject, wanted))),
    )


@router.get("/scenario-comparisons", summary="并排比较 / side by side")
def get_comparison(
    place: Place,
    subject: Asking,
    left: Annotated[str, Query(max_length=60)],
    right: Annotated[str, Query(max_length=60)],
) -> Answer[ComparedBody]:
    """Return what two scenarios came to, compared with the same run."""
    one, other = scenario_work.results_beside(place, subject, left, right)
    return Answer(data=ComparedBody(left=one, right=other))


@router.get("/scenarios/{scenario_id}", summary="一个情景 / a scenario")
def get_scenario(place: Place, subject: Asking, scenario_id: ScenarioId) -> Answer[WholeScenarioBody]:
    """Return a scenario with its text and its last trial."""
    line = scenario_work.scenario_of(place, subject, scenario_id)
    return Answer(data=WholeScenarioBody(**dict(ScenarioBody.of(line)), yaml=line.file.content))


@router.post("/scenarios/{scenario_id}/runs", status_code=status.HTTP_202_ACCEPTED, summary="运行情景 / run it")
def post_scenario_run(place: Place, subject: Asking, scenario_id: ScenarioId, once: Once) -> Answer[TrialOrderBody]:
    """Order that a scenario be tried."""
    return once.answer(
        Answer[TrialOrderBody],
        lambda: Answer(data=TrialOrderBody.of(scenario_work.run_scenario(place, subject, scenario_id))),
    )


@router.get("/scenarios/{scenario_id}/result", summary="结果 / what it comes to")
def get_result(place: Place, subject: Asking, scenario_id: ScenarioId) -> Answer[dict[str, Any]]:
    """Return the comparison: fund, rates, institutions, ranking, groups, burden, alliances; fen and x 10,000."""
    return Answer(data=scenario_work.result_of(place, subject, scenario_id))


@router.get(
    "/scenarios/{scenario_id}/workbook",
    response_class=Response,
    responses={200: {"content": {_XLSX: {}}, "description": "对比工作簿 / the comparison as a workbook"}},
    summary="对比工作簿 / workbook",
)
def get_workbook(place: Place, subject: Asking, scenario_id: ScenarioId) -> FileResponse:
    """Return the comparison as an Excel workbook."""
    path = scenario_work.workbook_of(place, subject, scenario_id)
    return FileResponse(path, media_type=_XLSX, filename=f"{scenario_id}.xlsx")


@router.get("/trial-orders/{order_id}", summary="模拟进度 / progress of a trial")
def get_trial_order(place: Place, subject: Asking, order_id: OrderId) -> Answer[TrialOrderBody]:
    """Return how far a trial is."""
    return Answer(data=TrialOrderBody.of(scenario_orders.trial_order(place, subject, order_id)))


@router.post("/trial-orders/{order_id}/cancel", summary="取消模拟 / cancel a trial")
def post_trial_cancel(place: Place, subject: Asking, order_id: OrderId) -> Answer[TrialOrderBody]:
    """Cancel a trial that waits or is being computed."""
    return Answer(data=TrialOrderBody.of(scenario_orders.cancel_trial(place, subject, order_id)))


@router.post("/trial-orders/{order_id}/resume", summary="续算模拟 / let a trial go on")
def post_trial_resume(place: Place, subject: Asking, order_id: OrderId) -> Answer[TrialOrderBody]:
    """Let a trial go on that was interrupted or has failed."""
    return Answer(data=TrialOrderBody.of(scenario_orders.resume_trial(place, subject, order_id)))


def _form(body: ScenarioFormBody) -> ScenarioForm:
    changes = [
        FormChange(each.parameter, each.value, each.valid_from, each.valid_until, each.reason) for each in body.changes
    ]
    name = Text(body.name_zh, body.name_en)
    return ScenarioForm(body.scenario_id, name, body.period, changes, body.assumptions, body.risk)
