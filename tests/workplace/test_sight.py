"""Everybody sees as far as the rights go: in full, under a number, or not at all."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workplace.conftest import as_role

import tongchou
from tongchou.access.masking import built_in_masking
from tongchou.access.reading_purposes import purpose_title, reading_purposes
from tongchou.browse.cases import CaseFilter
from tongchou.browse.sums import case_sums
from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.records.audit import AuditSearch, search
from tongchou.runs.record import RECORD_FILE
from tongchou.workplace.comparing import groups_of, institutions_of
from tongchou.workplace.explaining import explain
from tongchou.workplace.peers import Peer, peer_groups
from tongchou.workplace.place import Workplace
from tongchou.workplace.settlement_reading import (
    alliances_of,
    cases_of,
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


def test_a_hospital_sees_itself_in_full_and_of_others_a_few_together(shared_place: Workplace, run_id: str) -> None:
    hospital = as_role(shared_place, "hospital")
    (own,) = hospital.institution_ids
    lines = institutions_of(shared_place, hospital, run_id)
    ids = {line.figures.institution_id for line in lines}
    summary = shared_place.shelf.record(run_id).summary.institutions
    others = {each.institution_id for each in summary if each.case_count} - {own}
    assert own in ids
    assert not ids & others
    masked = [line for line in lines if line.figures.institution_id != own]
    least = built_in_masking().least_institutions
    assert all(line.role == line.alliance_id == "" and line.institutions >= least for line in masked)
    assert all(f"{line.institutions} 家" in line.figures.name.zh for line in masked)
    levels = {each.institution_id: each.level for each in shared_place.shelf.run(run_id).places.values()}
    enough = {level for level, count in Counter(levels[each] for each in others).items() if count >= least}
    assert {line.level for line in masked} <= {"", *enough}
    assert "" in {line.level for line in masked}  # a small county has one hospital of the third level
    assert sum(line.institutions for line in masked) == len(others)
    for name in ("case_count", "charges_fen", "result_fen"):
        assert sum(getattr(line.figures, name) for line in lines) == sum(getattr(each, name) for each in summary)


def test_what_too_few_others_have_is_left_out_of_sums(shared_place: Workplace, run_id: str) -> None:
    hospital = as_role(shared_place, "hospital")
    (own,) = hospital.institution_ids
    whole = shared_place.shelf.run(run_id).cells
    institutions_by_key: dict[str, set[str]] = {}
    for each in shared_place.shelf.record(run_id).summary.institutions:
        for line in case_sums(whole, "drg", {"institution_id": [each.institution_id]}):
            institutions_by_key.setdefault(line.key, set()).add(each.institution_id)
    shown = {line.sums.key for line in groups_of(shared_place, hospital, run_id)}
    assert shown
    for key, having in institutions_by_key.items():
        others = len(having - {own})
        assert key not in shown or others == 0 or others >= 3, (key, others)
    assert all(line.sums.case_count >= 5 for line in groups_of(shared_place, hospital, run_id))
    mine = groups_of(shared_place, hospital, run_id, own)
    assert sum(line.sums.case_count for line in mine) == sum(
        line.case_count for line in case_sums(whole, "drg", {"institution_id": [own]})
    )


def test_a_group_of_others_is_drilled_into_by_its_number(shared_place: Workplace, run_id: str) -> None:
    hospital, researcher = as_role(shared_place, "hospital"), as_role(shared_place, "researcher")
    masked = (line for line in institutions_of(shared_place, hospital, run_id) if line.institutions > 1)
    group = max(masked, key=lambda line: line.figures.case_count)
    months = groups_of(shared_place, hospital, run_id, group.figures.institution_id, "month")
    assert months
    assert sum(line.sums.case_count for line in months) <= group.figures.case_count
    (line,) = groups_of(shared_place, hospital, run_id, group.figures.institution_id, "institution_id")
    assert line.sums.hospital_result_fen == group.figures.result_fen
    number = next(line for line in institutions_of(shared_place, researcher, run_id)).figures.institution_id
    page = cases_of(shared_place, researcher, run_id, CaseFilter(institution_ids=[number]), size=1_000)
    assert len(page.rows) == institutions_of(shared_place, researcher, run_id)[0].figures.case_count


@given(
    sizes=st.lists(st.tuples(st.sampled_from(["tertiary", "secondary", "primary"]), st.integers(0, 9)), max_size=30),
    least=st.integers(1, 5),
)
def test_peers_are_all_in_one_group_of_enough_or_all_in_none(sizes: list[tuple[str, int]], least: int) -> None:
    peers = [Peer(f"H{number:02d}", level, count) for number, (level, count) in enumerate(sizes)]
    groups = peer_groups(peers, least)
    members = [member for group in groups for member in group.members]
    assert sorted(members) == ([peer.institution_id for peer in peers] if len(peers) >= least else [])
    levels = {peer.institution_id: peer.level for peer in peers}
    for group in groups:
        assert least <= len(group.members) < 2 * least
        assert ({group.level} if group.level else set()) <= {levels[each] for each in group.members}
        assert not group.level or {levels[each] for each in group.members} == {group.level}
        assert not group.level or sum(level == group.level for level in levels.values()) >= least
    if all(sum(level == each for level in levels.values()) in {0, *range(least, 31)} for each in levels.values()):
        assert all(group.level for group in groups)  # nothing is put together without need


def test_the_order_of_masked_institutions_is_not_that_of_their_ids(shared_place: Workplace, run_id: str) -> None:
    lines = institutions_of(shared_place, as_role(shared_place, "hospital"), run_id)
    shown = [line.figures.institution_id for line in lines if line.institutions > 1]
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


def test_purposes_that_pages_name_and_demo_accounts_have_names_in_both_languages(shared_place: Workplace) -> None:
    sources = Path(tongchou.__file__).parent / "workplace"
    words = {
        word
        for path in sources.glob("*.py")
        for word in re.findall(r'PersonRead\(\s*(?:purpose\.strip\(\) or )?"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert words == set(reading_purposes())
    assert all(name.zh != name.en for name in reading_purposes().values())
    assert as_role(shared_place, "supervisor").called == Text("演示·基金监管人员", "Demo · fund supervisor")
    assert purpose_title("special review").zh == "特例单议"
    assert purpose_title("复核本院病例") == Text.plain("复核本院病例")  # what somebody wrote himself


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
        assert all(line.sums.case_count >= 5 and line.name.zh.startswith("机构组 ") for line in masked)
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
