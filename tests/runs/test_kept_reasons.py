"""The reasons kept with a run are those that settling the year again would give, and nobody can change them."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.runs.conftest import settle_region

from tongchou.core.errors import TongchouError
from tongchou.runs.explain import Explainer, open_run, question
from tongchou.runs.explain_beside import LARGEST
from tongchou.runs.kept_reasons import REASONS_FILE, alliance_reasons, institution_reason
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.runs.run_rules import RunRules
from tongchou.runs.year import alliances
from tongchou.store.engines import open_engine

Settled = tuple[Region, RunRecord]


def forgotten(explainer: Explainer) -> Explainer:
    """Return the run as if it had kept no reasons."""
    hashes = {name: found for name, found in explainer.record.file_hashes.items() if name != REASONS_FILE}
    rules = RunRules(explainer.region, replace(explainer.record, file_hashes=hashes), explainer.policy)
    return question(rules, explainer.facts.engine)


def test_what_was_kept_is_what_the_year_settled_again_gives(settled: Settled) -> None:
    region, record = settled
    with open_engine("duckdb") as engine:
        explainer = open_run(region, record.run_id, engine)
        again = explainer._settlement()
        found = alliances(explainer.facts, explainer.period)
        assert again.clearings
        assert again.alliances
        for clearing in again.clearings:
            kept = explainer.member(clearing.institution_id)
            assert kept.children == institution_reason(again, explainer.period, clearing, found).children
        for alliance, step in alliance_reasons(again).items():
            assert explainer.alliance(alliance) == step


def test_a_run_that_kept_none_is_settled_again_and_says_the_same(settled: Settled) -> None:
    region, record = settled
    with open_engine("duckdb") as engine:
        explainer = open_run(region, record.run_id, engine)
        without = forgotten(explainer)
        own = record.summary.institutions[0].institution_id
        assert without.member(own) == explainer.member(own) == explainer.member(own, LARGEST)
        assert without.alliance("demo_alliance") == explainer.alliance("demo_alliance")
        for each in (explainer, without):
            with pytest.raises(TongchouError, match="医联体") as caught:
                each.alliance("nobody")
            assert caught.value.code == "runs.no_alliance"


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_changed_reasons_are_not_told(region: Region, harm: str) -> None:
    record = settle_region(region)
    file: Path = region.run_folder(record.run_id) / REASONS_FILE
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    with open_engine("duckdb") as engine, pytest.raises(TongchouError) as caught:
        open_run(region, record.run_id, engine).member("H00000000001")
    assert caught.value.code == "runs.reasons_changed"


def test_a_misspelt_event_or_referral_does_not_let_the_year_be_settled_again(
    settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    region, record = settled

    def refuse(*_: object) -> None:
        raise AssertionError("settled again")

    monkeypatch.setattr(Explainer, "_settlement", refuse)
    with open_engine("duckdb") as engine:
        explainer = open_run(region, record.run_id, engine)
        for ask in (explainer.event, explainer.referral, explainer.member, explainer.alliance):
            with pytest.raises(TongchouError):
                ask("nobody")
