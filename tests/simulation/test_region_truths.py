"""The planted truths stand in the data as they are told."""

import numpy as np
import pytest

from tongchou.simulation.county import load_county
from tongchou.simulation.visits import township_shares

NONE = [(0,)]


def test_every_kind_of_truth_is_planted_and_each_in_one_institution(ask):
    planted = dict(ask("SELECT truth, count(DISTINCT institution_id) FROM truths GROUP BY truth"))
    assert planted.pop("repeated_exam") > 1
    assert planted == {
        "over_coding": 1,
        "split_stay": 1,
        "false_down_referral": 1,
        "low_standard_admission": 1,
        "policy_change": 0,
    }


def test_truths_about_stays_name_stays_of_their_person_and_institution(ask):
    assert (
        ask(
            "SELECT count(*) FROM truths t LEFT JOIN cases c ON c.case_id = t.case_id AND c.person_id = t.person_id "
            "AND c.institution_id = t.institution_id WHERE t.case_id IS NOT NULL AND c.case_id IS NULL"
        )
        == NONE
    )


def test_added_codes_are_secondary_diagnoses_of_the_over_coded_stay(ask):
    added = "SELECT case_id, unnest(string_split(note, '|')) AS code FROM truths WHERE truth = 'over_coding'"
    ((count,),) = ask(f"SELECT count(*) FROM ({added})")
    assert ask(f"SELECT count(*) FROM ({added}) JOIN diagnoses USING (case_id, code) WHERE seq > 1") == [(count,)]


def test_a_split_stay_is_two_stays_within_days_with_one_diagnosis(ask):
    pairs = (
        "truths t JOIN cases a USING (case_id) JOIN cases b ON b.case_id = t.related_id "
        "JOIN diagnoses x ON x.case_id = a.case_id AND x.seq = 1 "
        "JOIN diagnoses y ON y.case_id = b.case_id AND y.seq = 1 WHERE t.truth = 'split_stay'"
    )
    ((count,),) = ask("SELECT count(*) FROM truths WHERE truth = 'split_stay'")
    right = (
        "a.person_id = b.person_id AND a.institution_id = b.institution_id AND x.code = y.code "
        "AND b.admitted_on - a.discharged_on BETWEEN 1 AND 5"
    )
    assert ask(f"SELECT count(*) FROM {pairs} AND {right}") == [(count,)]


def test_after_a_false_down_referral_treatment_goes_on_above(ask):
    ((count,),) = ask("SELECT count(*) FROM truths WHERE truth = 'false_down_referral'")
    right = (
        "r.direction = 'down' AND r.state = 'completed' AND r.from_case_id = t.case_id AND r.to_case_id IS NULL "
        "AND b.institution_id = t.institution_id AND b.person_id = t.person_id "
        "AND b.admitted_on - r.requested_on BETWEEN 1 AND 3"
    )
    rows = "truths t JOIN referrals r ON r.referral_id = t.related_id JOIN cases b ON b.case_id = t.note"
    assert ask(f"SELECT count(*) FROM {rows} WHERE t.truth = 'false_down_referral' AND {right}") == [(count,)]


def test_a_low_standard_admission_has_one_diagnosis_no_operation_and_few_days(ask):
    stays = "SELECT case_id FROM truths WHERE truth = 'low_standard_admission'"
    assert ask(f"SELECT count(*) FROM procedures WHERE case_id IN ({stays})") == NONE
    assert ask(f"SELECT count(*) FROM diagnoses WHERE seq > 1 AND case_id IN ({stays})") == NONE
    assert ask(f"SELECT min(los_days) >= 3 AND max(los_days) <= 5 FROM cases WHERE case_id IN ({stays})") == [(True,)]
    assert ask(
        "SELECT DISTINCT i.kind FROM truths JOIN institutions i USING (institution_id) "
        "WHERE truth = 'low_standard_admission'"
    ) == [("township_centre",)]


def test_every_repeat_of_a_recognisable_result_is_a_truth_and_no_other(ask):
    repeats = (
        "SELECT DISTINCT b.exam_id FROM exam_results a JOIN exam_results b USING (person_id, item_code) "
        "WHERE a.is_recognisable AND a.recognised_exam_id IS NULL AND b.recognised_exam_id IS NULL "
        "AND a.institution_id <> b.institution_id AND b.examined_on - a.examined_on BETWEEN 1 AND 30"
    )
    told = "SELECT related_id FROM truths WHERE truth = 'repeated_exam'"
    assert ask(f"({repeats}) EXCEPT ({told})") == []
    assert ask(f"({told}) EXCEPT ({repeats})") == []
    assert ask(f"SELECT count(*) FROM ({told})")[0][0] > 20


def test_the_policy_change_is_a_jump_and_a_growth_from_its_month_on(ask):
    change = load_county().truths.first_visits_to_townships
    shares = township_shares(change, np.arange(1, 13))
    assert np.diff(shares) == pytest.approx([0.002] * 5 + [0.062] + [0.012] * 5)
    assert ask("SELECT note, value_e4, from_on::VARCHAR FROM truths WHERE truth = 'policy_change' ORDER BY note") == [
        ("added_monthly_growth", 100, "2025-07-01"),
        ("jump", 600, "2025-07-01"),
    ]
    halves = dict(
        ask(
            "SELECT month(visited_on) >= 7, avg((kind = 'township_centre')::INT) FROM "
            "(SELECT person_id, institution_id, visited_on FROM visits WHERE insurance_type = 'resident') "
            "JOIN (SELECT person_id, valid_from AS signed_on FROM contracts) USING (person_id) "
            "JOIN institutions USING (institution_id) WHERE visited_on >= signed_on GROUP BY 1"
        )
    )
    assert halves[True] - halves[False] == pytest.approx(shares[6:].mean() - shares[:6].mean(), abs=0.045)
