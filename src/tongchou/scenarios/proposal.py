"""A proposal as a policy pack, and its check by a trial run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongchou.core.text import Text
from tongchou.policy.exact_yaml import Raw
from tongchou.runs.order import Announce
from tongchou.scenarios.changes import dated_values
from tongchou.scenarios.demands import Demand
from tongchou.scenarios.results import RunResults
from tongchou.scenarios.scenario import Scenario
from tongchou.scenarios.search import Proposal, outcome_of, search
from tongchou.scenarios.search_order import SearchOrder
from tongchou.scenarios.trial import Trial, source_title, trial_run
from tongchou.scenarios.trial_pack import Entry, write_pack
from tongchou.store.engine import Engine

_ROUNDS = 4
"""How often a search is repeated around the run of its proposal."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A proposal beside the trial run under it.

    Attributes:
        run_id: The trial run.
        fund_fen: The fund's part of stays in it.
        model_error_fen: By how much the model had it wrong: cases that changed their kind, and rounding by case.
        missed: The demands that the run does not meet.
    """

    run_id: str
    fund_fen: int
    model_error_fen: int
    missed: tuple[Demand, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the verification for machines."""
        return {
            "run": self.run_id,
            "fund_fen": self.fund_fen,
            "model_error_fen": self.model_error_fen,
            "missed": [{"zh": each.label.zh, "en": each.label.en} for each in self.missed],
        }


def write_proposal(trial: Trial, proposal: Proposal, folder: Path) -> Path:
    """Write the scenario's changes and the proposed values as a pack that `settle --policy` takes.

    Raises:
        TongchouError: As `trial_pack.write_pack` says.
    """
    scenario = trial.scenario
    values: dict[str, list[Entry]] = {**dated_values(scenario.changes), **_proposed(scenario, proposal)}
    return write_pack(
        folder,
        trial.region,
        f"proposal-{scenario.scenario_id}",
        Text(f"情景提案：{scenario.name.zh}", f"proposal: {scenario.name.en}"),
        values,
        f"{source_title(scenario)} 的提案 / proposal of scenario {scenario.scenario_id}",
    )


def verify(proposal: Proposal, run: RunResults) -> Verification:
    """Hold a proposal against the trial run under its pack; every figure is exact."""
    real = outcome_of(proposal.find, proposal.outcome.values, run)
    return Verification(
        run.record.run_id,
        real.fund_fen,
        proposal.outcome.fund_fen - real.fund_fen,
        tuple(demand for demand in proposal.demands if not demand.is_met(real)),
    )


def _proposed(scenario: Scenario, proposal: Proposal) -> dict[str, list[Entry]]:
    start = scenario.period.start
    article = "最小变动 / least change"

    def entry(value: Raw) -> list[Entry]:
        return [(start, value, article)]

    written: dict[str, Raw] = dict[str, Raw](proposal.written())
    match proposal.find:
        case "level_factors":
            return {"payment/drg/level_factor": entry(written)}
        case "base_rates":
            # A rate that is proposed no longer follows from the budget.
            return {"payment/drg/base_rate/value": entry(written), "payment/drg/base_rate/source": entry("table")}
        case "split":
            return {"alliance/split/shares": entry(written)}


def search_verified(
    trial: Trial, order: SearchOrder, folder: Path, engine: Engine, announce: Announce
) -> tuple[Proposal, Verification]:
    """Search, compute a run under the proposal, and search again around it while the run misses a demand.

    A case near a threshold changes its kind when rates or factors move; the next model is made from the run in which
    it has done so. The pack in the folder is that of the proposal returned.

    Returns:
        The last proposal and its run, which may still miss demands after the last round.
    """
    proposal = search(trial.scenario.scenario_id, order, trial.base, trial.tried)
    for _ in range(_ROUNDS):
        pack = write_proposal(trial, proposal, folder)
        run = trial_run(trial.region, trial.base, pack, engine, announce)
        verification = verify(proposal, run)
        if not verification.missed:
            break
        again = search(trial.scenario.scenario_id, order, trial.base, trial.tried, around=run)
        if again.outcome.values == proposal.outcome.values:
            break
        proposal = again
    else:
        pack = write_proposal(trial, proposal, folder)
        verification = verify(proposal, trial_run(trial.region, trial.base, pack, engine, announce))
    return proposal, verification
