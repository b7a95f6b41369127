"""Everybody sees as far as the rights go: in full, under a number, or not at all."""

import shutil

import pytest
from tests.workplace.conftest import as_role

from tongchou.browse.cases import CaseFilter
from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.records.audit import AuditSearch, search
from tongchou.runs.record import RECORD_FILE
from tongchou.workplace.explaining import explain
from tongchou.workplace.place import Workplace
from tongchou.workplace.settlement_reading import (
    alliances_of,
    cases_of,
    groups_of,
    institutions_of,
    newest_run,
    overview_of,
    runs_of,
)
from tongchou.workplace.sight import numbers
from tongchou.workplace.special_reviewing import apply_for_review


def code_of(call, *given, **named) -> str:
    with pytest.raises(TongchouError) as refused:
        call(*given, **named)
    return refused.value.code


@pytest.fixture
def run_id(shared_place: Workplace) -> str:
    return newest_run(shared_place, as_role(shared_place, "insurer_officer"))


def test_the_insurer_sees_every_institution_in_full(shared_place: Workplace, run_id: str) -> None:
    officer = as_role(shared_place, "insurer_officer")
    lines = institutions_of(shared_place, officer, run_id)
    summary = shared_place.shelf.record(run_id).summary
    assert [line.figures for line in lines] == sorted(summary.institutions, key=lambda each: each.institution_id)
    assert overview_of(shared_place, officer).record.summary == summary
    assert sum(group.sums.case_count for group in groups_of(shared_place, officer, run_id)) == summary.case_count


def test_a_hospital_sees_itself_in_full_and_others_under_a_number(shared_place: Workplace, run_id: str) -> None:
    hospital = as_role(shared_place, "hospital")
    (own,) = hospital.institution_ids
    lines = institutions_of(shared_place, hospital, run_id)
    ids = {line.figures.institution_id for line in lines}
    others = {each.institution_id for each in shared_place.shelf.record(run_id).summary.institutions} - {own}
    assert own in ids
    assert not ids & others
    assert all(line.figures.name.zh.startswith("机构 ") for line in lines if line.figures.institution_id != own)
    assert all(line.role == "" for line in lines if line.figures.institution_id != own)


def test_small_cells_of_others_are_left_out(shared_place: Workplace, run_id: str) -> None:
    hospital = as_role(shared_place, "hospital")
    masked = [
        line for line in institutions_of(shared_place, hospital, run_id) if line.figures.name.zh.startswith("机构 ")
    ]
    assert masked
    assert all(line.figures.case_count == 0 or line.figures.case_count >= 5 for line in masked)


def test_the_order_of_masked_institutions_is_not_that_of_their_ids(shared_place: Workplace, run_id: str) -> None:
    lines = institutions_of(shared_place, as_role(shared_place, "hospital"), run_id)
    shown = [line.figures.institution_id for line in lines if line.figures.name.zh.startswith("机构 ")]
    assert shown == sorted(shown)


def test_a_hospital_sees_only_its_own_cases_and_no_pseudonym_without_a_purpose(
    shared_place: Workplace, run_id: str
) -> None:
    hospital = as_role(shared_place, "hospital")
    (own,) = hospital.institution_ids
    page = cases_of(shared_place, hospital, run_id, CaseFilter())
    assert {row["institution_id"] for row in page.rows} == {own}
    assert all("person_id" not in row for row in page.rows)
    named = cases_of(shared_place, hospital, run_id, CaseFilter(), purpose="复核本院病例")
    assert all(row["person_id"] for row in named.rows)


def test_another_institutions_cases_are_refused_and_the_refusal_is_noted(shared_place: Workplace, run_id: str) -> None:
    hospital = as_role(shared_place, "hospital")
    other = next(
        each.institution_id
        for each in shared_place.shelf.record(run_id).summary.institutions
        if each.institution_id not in hospital.institution_ids
    )
    refused = code_of(cases_of, shared_place, hospital, run_id, CaseFilter(institution_ids=[other]))
    assert refused == "access.refused"
    with shared_place.records.reading() as session:
        events = search(session, AuditSearch(user_id=hospital.user_id, outcome="refused"))
    assert any(event.object_id == other for event in events)


def test_reading_cases_is_an_event_with_its_purpose(shared_place: Workplace, run_id: str) -> None:
    officer = as_role(shared_place, "insurer_officer")
    cases_of(shared_place, officer, run_id, CaseFilter(), size=7, purpose="抽查")
    with shared_place.records.reading() as session:
        events = search(session, AuditSearch(user_id=officer.user_id, action="cases.person_read"))
    assert any(event.purpose == "抽查" for event in events)


def test_an_administrator_sees_no_money(shared_place: Workplace, run_id: str) -> None:
    administrator = as_role(shared_place, "administrator")
    assert code_of(overview_of, shared_place, administrator) == "access.refused"
    assert code_of(institutions_of, shared_place, administrator, run_id) == "access.refused"
    (line,) = [record for record, _ in runs_of(shared_place, administrator) if record.run_id == run_id]
    assert line.summary.institutions == ()
    assert line.summary.alliances == ()


def test_a_lead_hospital_sees_its_alliances_result_and_a_stranger_none(shared_place: Workplace, run_id: str) -> None:
    assert len(alliances_of(shared_place, as_role(shared_place, "lead_hospital"), run_id)) == 1
    assert code_of(alliances_of, shared_place, as_role(shared_place, "researcher"), run_id) == "access.refused"


def test_why_a_case_is_paid_is_told_to_its_hospital_only(shared_place: Workplace, run_id: str) -> None:
    hospital, centre = as_role(shared_place, "hospital"), as_role(shared_place, "primary_centre")
    case_id = cases_of(shared_place, hospital, run_id, CaseFilter(), size=1).rows[0]["case_id"]
    step = explain(shared_place, hospital, run_id, "case", case_id)
    assert case_id in step.title.zh
    assert code_of(explain, shared_place, centre, run_id, "case", case_id) == "access.refused"
    assert code_of(explain, shared_place, hospital, run_id, "case", "NO-SUCH-CASE") == "runs.no_case"


@pytest.mark.parametrize("run_id", ["../x", "..", ".hidden", "r2025-000000000000", "a\\b"])
def test_a_run_that_is_not_there_is_told_so(shared_place: Workplace, run_id: str) -> None:
    officer = as_role(shared_place, "insurer_officer")
    assert code_of(institutions_of, shared_place, officer, run_id) == "runs.no_run"


def test_sums_by_institution_hide_who_is_behind_a_number(shared_place: Workplace, run_id: str) -> None:
    hospital = as_role(shared_place, "hospital")
    everyone = {each.institution_id for each in shared_place.shelf.record(run_id).summary.institutions}
    for role in ("hospital", "researcher"):
        subject = as_role(shared_place, role)
        lines = groups_of(shared_place, subject, run_id, by="institution_id")
        assert len(lines) > 1
        assert {line.sums.key for line in lines} & everyone <= hospital.institution_ids & subject.institution_ids
        masked = [line for line in lines if line.sums.key not in everyone]
        assert masked
        assert all(line.sums.case_count >= 5 and line.name.zh.startswith("机构 ") for line in masked)
    officer = as_role(shared_place, "insurer_officer")
    assert {line.sums.key for line in groups_of(shared_place, officer, run_id, by="institution_id")} <= everyone


def test_numbers_follow_from_the_regions_key_and_not_from_open_words_alone(
    shared_place: Workplace, run_id: str
) -> None:
    ids = [f"H{number:02d}" for number in range(30)]
    given = numbers(shared_place, run_id, ids)
    assert given == numbers(shared_place, run_id, reversed(ids))
    guessed = sorted(ids, key=lambda each: hash_text("sight", run_id, each))
    assert [given[each] for each in guessed] != [f"{number:03d}" for number in range(1, 31)]
    key = shared_place.region.folder / ".aliases.key"
    assert key.stat().st_mode & 0o077 == 0
    assert len(key.read_text()) == 64


def test_the_run_of_a_trial_is_not_for_who_may_not_see_scenarios(place: Workplace) -> None:
    officer = as_role(place, "insurer_officer")
    standing = newest_run(place, officer)
    trial = f"{standing}-trial"
    folder = place.region.run_folder(trial)
    shutil.copytree(place.region.run_folder(standing), folder)
    record = folder / RECORD_FILE
    record.write_text(record.read_text(encoding="utf-8").replace(f'"{standing}"', f'"{trial}"', 1), encoding="utf-8")
    assert place.shelf.record(trial).run_id == trial
    case_id = cases_of(place, officer, standing, CaseFilter(), size=1).rows[0]["case_id"]
    for role in ("hospital", "lead_hospital", "researcher"):
        subject = as_role(place, role)
        for act in (overview_of, institutions_of, groups_of, alliances_of):
            assert code_of(act, place, subject, trial) == "access.refused", (role, act)
        assert code_of(cases_of, place, subject, trial, CaseFilter()) == "access.refused"
        assert code_of(explain, place, subject, trial, "case", case_id) == "access.refused"
        assert code_of(apply_for_review, place, subject, trial, case_id, "high_cost", "费用高") == "access.refused"
    assert institutions_of(place, officer, trial)


def test_a_list_of_runs_computes_nobodys_figures(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def computed(run_id: str) -> None:
        raise AssertionError(run_id)

    monkeypatch.setattr(place.shelf, "_open", computed)
    for role, count in (("insurer_officer", None), ("hospital", 1), ("researcher", 0)):
        ((record, is_standing),) = runs_of(place, as_role(place, role))
        assert is_standing
        whole = len(place.shelf.record(record.run_id).summary.institutions)
        assert len(record.summary.institutions) == (whole if count is None else count)


def test_research_gets_every_case_once_under_numbers_and_may_not_ask_for_its_id(
    shared_place: Workplace, run_id: str
) -> None:
    officer, researcher = as_role(shared_place, "insurer_officer"), as_role(shared_place, "researcher")
    whole = cases_of(shared_place, officer, run_id, CaseFilter(), size=1_000).rows
    rows, cursor = [], None
    while True:
        page = cases_of(shared_place, researcher, run_id, CaseFilter(), size=97, cursor=cursor, purpose="研究")
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            break
    assert [row["hospital_result_fen"] for row in rows] == [row["hospital_result_fen"] for row in whole]
    assert [row["case_id"] for row in rows] == [f"{number:06d}" for number in range(1, len(whole) + 1)]
    hidden = {row[name] for row in whole for name in ("case_id", "institution_id", "person_id") if name in row}
    assert not hidden & {value for row in rows for value in row.values()}
    assert not any("person_id" in row for row in rows)
    number = rows[0]["institution_id"]
    behind = cases_of(shared_place, researcher, run_id, CaseFilter(institution_ids=[number]), size=1_000).rows
    assert len(behind) == sum(row["institution_id"] == number for row in rows)
    named = CaseFilter(institution_ids=[whole[0]["institution_id"]])
    assert code_of(cases_of, shared_place, researcher, run_id, named) == "workplace.no_institution"
    one = CaseFilter(case_id=whole[0]["case_id"])
    assert code_of(cases_of, shared_place, researcher, run_id, one) == "workplace.no_case"
    assert code_of(cases_of, shared_place, researcher, run_id, CaseFilter(), "case_id") == "browse.order_by_id"
    for cursor in ("total#3", "result#-1", "result#x", "result:1:2", "result#" + "9" * 40):
        given = (shared_place, researcher, run_id, CaseFilter(), "result", 10, cursor)
        assert code_of(cases_of, *given) == "browse.bad_cursor"
