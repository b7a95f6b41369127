"""Writing a region: repeatable, refused where it would be wrong, with a policy that loads."""

import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from tongchou.core.errors import TongchouError
from tongchou.policy import Policy
from tongchou.simulation import generate_region
from tongchou.simulation import region as writing
from tongchou.simulation.county_files import COUNTY


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of a region by its path."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_region(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "CHUNK_CASES", 150)
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        generate_region(tmp_path / name, seed=seed, cases=400)
    one, same, other = (content(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert one.keys() == other.keys()
    assert all(one[f"landing/{name}.parquet"] != other[f"landing/{name}.parquet"] for name in ("persons", "cases"))


def test_chunks_share_no_ids_and_progress_reaches_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "CHUNK_CASES", 70)
    calls = []
    summary = generate_region(tmp_path / "county", seed=2, cases=200, progress=lambda *call: calls.append(call))
    assert calls == [(66, 200), (133, 200), (200, 200)]
    assert (summary.rows["cases"], summary.rows["persons"]) == (200, 1333)
    for table, key in (
        ("persons", "person_id"),
        ("cases", "case_id"),
        ("visits", "visit_id"),
        ("exam_results", "exam_id"),
    ):
        file = summary.folder / "landing" / f"{table}.parquet"
        assert duckdb.sql(f"SELECT count(*) - count(DISTINCT {key}) FROM '{file}'").fetchall() == [(0,)]


@pytest.mark.parametrize("cases", [1, 2, 7])
def test_the_smallest_regions_are_whole(tmp_path, cases):
    assert generate_region(tmp_path / "county", seed=3, cases=cases).rows["cases"] == cases


@pytest.mark.parametrize(
    ("seed", "cases", "code"),
    [(1, 0, "simulation.bad_cases"), (1, -5, "simulation.bad_cases"), (-1, 5, "simulation.bad_seed")],
)
def test_too_small_numbers_are_refused_before_anything_is_written(tmp_path, seed, cases, code):
    with pytest.raises(TongchouError) as caught:
        generate_region(tmp_path / "county", seed=seed, cases=cases)
    assert caught.value.code == code
    assert not (tmp_path / "county").exists()


def test_a_folder_that_holds_a_region_is_not_overwritten(region):
    before = content(region.folder)
    with pytest.raises(TongchouError) as caught:
        generate_region(region.folder, seed=1, cases=10)
    assert caught.value.code == "simulation.folder_in_use"
    assert content(region.folder) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("roster.yaml", "case_share: 0.42", "case_share: 1.42", "places.lead.case_share"),
        ("care.yaml", "tail_share:", "tale_share:", "tale_share"),
        ("population.yaml", "  copd:", "  lungs:", "copd"),
        ("fee-mixes.yaml", "  medical:", "  medicine:", "medical"),
        ("truths.yaml", "over_coding:", "[", "line"),
    ],
)
def test_a_wrong_data_file_is_named_with_its_place(tmp_path, file, old, new, words):
    county = tmp_path / "data"
    shutil.copytree(COUNTY, county)
    text = (county / file).read_text(encoding="utf-8")
    (county / file).write_text(
        re.sub(rf"^(.*){re.escape(old)}", rf"\1{new}", text, count=1, flags=re.M), encoding="utf-8"
    )
    with pytest.raises(TongchouError) as caught:
        generate_region(tmp_path / "county", seed=1, cases=10, county=county)
    assert caught.value.code == "simulation.bad_file"
    assert words in str(caught.value)


def test_the_region_names_its_pack_and_the_pack_answers(region, ask):
    named = yaml.safe_load((region.folder / "region.yaml").read_text(encoding="utf-8"))
    assert named == {
        "id": "demo_county",
        "name": {"zh": "云栖县", "en": "Yunqi County"},
        "pack": "demo_county",
        "seed": 11,
        "cases": 3_000,
        "period": 2025,
    }
    view = Policy.load(region.folder / "policy").at(date(2025, 6, 30), named["pack"])
    assert view.text("alliance/package/population") == "insured_in_area"
    assert view.e4("alliance/quality/score") == 920_000
    assert view.e4("settlement/assessment/score", institution_id="H00000000001") >= 860_000
    ((heads, stays, visits),) = ask(
        "SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM cases), (SELECT count(*) FROM visits)"
    )
    assert view.e4("alliance/budget/visits_per_head", kind="inpatient") == round(stays / heads * 10_000)
    assert view.e4("alliance/budget/visits_per_head", kind="outpatient") == round(visits / heads * 10_000)


def test_the_alliance_budget_exceeds_what_the_fund_pays_by_the_planned_surplus(region, ask):
    view = Policy.load(region.folder / "policy").at(date(2025, 6, 30), "demo_county")
    fund = 0
    for insurance, level, covered in ask(
        "SELECT c.insurance_type, level, list(total_fen - self_paid_fen - first_self_pay_fen - over_limit_fen) "
        "FROM cases c JOIN institutions USING (institution_id) GROUP BY ALL"
    ):
        deductible = view.fen("benefit/inpatient/deductible", insurance_type=insurance, level=level)
        ratio = view.e4("benefit/inpatient/ratio", insurance_type=insurance, level=level)
        fund += sum((max(amount - deductible, 0) * ratio + 5_000) // 10_000 for amount in covered)
    ((outpatient,),) = ask("SELECT sum(fund_fen) FROM visits")
    growth = view.e4("alliance/budget/growth")
    budget = view.fen("alliance/budget/prior_year_payments") * (10_000 + growth) / 10_000
    assert (budget - fund - outpatient) / budget == pytest.approx(0.04, abs=1e-6)
