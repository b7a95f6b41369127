"""Secondary diagnoses: as many as a real case mix has, plausible for the person, told once, and paid for."""

import re
import shutil

import numpy as np
import pytest

from tongchou.core.errors import TongchouError
from tongchou.simulation.chunk import Chunk, World, build_world, draw_chunk
from tongchou.simulation.conditions import load_comorbidities
from tongchou.simulation.county import load_county
from tongchou.simulation.county_files import COUNTY
from tongchou.simulation.flow import Course

NONE = [(0,)]
COUNTS = "SELECT case_id, count(*) AS n FROM diagnoses GROUP BY case_id"


@pytest.fixture(scope="module")
def drawn() -> tuple[World, Chunk]:
    """A chunk of 4,000 stays with what it was drawn from."""
    world = build_world(4_000, np.random.default_rng(4), COUNTY)
    rng = np.random.default_rng(5)
    sizes = {"case_count": 4_000, "person_count": 26_667}
    return world, draw_chunk(rng, world, number=0, first_case=0, first_person=0, **sizes)


def test_stays_have_about_as_many_diagnoses_as_in_a_real_case_mix(ask):
    shares = dict(ask(f"SELECT least(n, 10), count(*) / 3000 FROM ({COUNTS}) GROUP BY 1"))
    real = {1: 0.151, 2: 0.183, 3: 0.182, 4: 0.136, 5: 0.105, 6: 0.088, 7: 0.056, 8: 0.038, 9: 0.021, 10: 0.040}
    assert shares == pytest.approx(real, abs=0.035)
    assert 0.15 <= shares[1] <= 0.22
    assert ask(f"SELECT avg(n) FROM ({COUNTS})")[0][0] == pytest.approx(3.6, abs=0.2)


def test_no_code_stands_twice_on_a_stay_and_the_first_is_the_principal_one(ask):
    assert ask("SELECT count(*) - count(DISTINCT (case_id, code)) FROM diagnoses") == NONE
    assert ask(f"SELECT count(*) FROM ({COUNTS}) JOIN diagnoses USING (case_id) WHERE seq > n OR seq < 1") == NONE
    principal = "SELECT case_id, code FROM diagnoses WHERE seq = 1"
    assert ask(f"SELECT count(*) FROM ({principal}) RIGHT JOIN cases USING (case_id) WHERE code IS NULL") == NONE
    same = "left(d.code, 3) = left(p.code, 3) AND d.seq > 1"
    assert ask(f"SELECT count(*) FROM diagnoses d JOIN ({principal}) p USING (case_id) WHERE {same}") == NONE


def test_the_principal_diagnosis_is_one_of_the_profile(drawn):
    world, chunk = drawn
    profiles = [world.profiles.profiles[number] for number in chunk.flow.profile[chunk.codes.row]]
    first = np.flatnonzero(chunk.codes.seq == 1)
    assert all(world.book.diagnoses[chunk.codes.code[at]] in profiles[at].principal for at in first)


def test_townships_code_fewer_diagnoses_than_the_city(ask):
    by_level = dict(
        ask(
            f"SELECT level, avg(n) FROM ({COUNTS}) JOIN cases USING (case_id) JOIN institutions USING (institution_id) "
            "GROUP BY level"
        )
    )
    assert by_level["primary"] + 0.7 < by_level["tertiary"]


def test_the_old_have_more_diagnoses_than_the_young(ask):
    means = dict(
        ask(
            f"SELECT CASE WHEN age_years < 18 THEN 'child' WHEN age_years < 60 THEN 'adult' ELSE 'old' END, avg(n) "
            f"FROM ({COUNTS}) JOIN cases USING (case_id) GROUP BY 1"
        )
    )
    assert means["child"] < 2.1
    assert means["child"] + 0.7 < means["adult"] < means["old"] - 1.2


@pytest.mark.parametrize(
    ("codes", "who"),
    [
        ("N40", "sex = 'male' AND age_years >= 44"),
        ("M81.000|N60|N72|N83|D25|O|Z37", "sex = 'female'"),
        ("I10|E11|I25|I69|I67|H25|F03|J43", "age_years >= 17"),
        ("P83|P38|L20.806", "age_days <= 28"),
    ],
)
def test_comorbidities_fit_sex_and_age(ask, codes, who):
    told = f"FROM diagnoses JOIN cases USING (case_id) WHERE seq > 1 AND regexp_matches(code, '^({codes})')"
    assert ask(f"SELECT count(*) {told}")[0][0] > 5
    assert ask(f"SELECT count(*) {told} AND NOT ({who})") == NONE


def test_chronic_diseases_of_a_person_are_told_in_other_stays_too(ask):
    told = "bool_or(regexp_matches(code, '^I1[012]'))"
    stays = (
        f"SELECT case_id, {told} AS is_told FROM diagnoses JOIN cases USING (case_id) "
        "JOIN persons USING (person_id) WHERE chronic_diseases LIKE '%hypertension%' GROUP BY case_id"
    )
    assert 0.65 < ask(f"SELECT avg(is_told::INT) FROM ({stays})")[0][0] < 0.95
    others = "SELECT case_id FROM cases JOIN persons USING (person_id) WHERE chronic_diseases LIKE '%hypertension%'"
    assert ask(f"SELECT count(*) FROM diagnoses WHERE code LIKE 'I10%' AND case_id NOT IN ({others})") == NONE


def test_no_comorbidity_is_an_injury_or_makes_a_newborn_preterm():
    codes = load_comorbidities(load_county()).all_codes()
    assert len(codes) > 150
    assert not [code for code in codes if code.startswith(("S", "T", "V", "W", "X", "Y", "P07", "B20"))]


def test_severity_and_cost_follow_the_schemes_cc_and_mcc_and_nothing_else(drawn):
    world, chunk = drawn
    book, codes = world.book, chunk.codes
    number = {code: at for at, code in enumerate(book.diagnoses)}
    pairs = [("I10.x00x002", "J18.900"), ("J18.900", "I10.x00x002"), ("I10.x00x002", "I50.900x007")]
    major, minor = book.severity.effective(*(np.array([number[c] for c in side]) for side in zip(*pairs, strict=True)))
    assert major.tolist() == [False, False, True]
    assert minor.tolist() == [True, False, False]
    is_secondary = (codes.seq > 1) & ~np.isin(
        codes.row * len(book.diagnoses) + codes.code, codes.added_row * len(book.diagnoses) + codes.added_code
    )
    row, code = codes.row[is_secondary], codes.code[is_secondary]
    major, minor = book.severity.effective(codes.principal[row], code)
    assert np.flatnonzero(codes.has_major).tolist() == np.unique(row[major]).tolist()
    assert np.flatnonzero(codes.has_minor).tolist() == np.unique(row[minor]).tolist()
    harmless = np.unique(row[~np.isin(row, np.concatenate([row[major], row[minor]]))])
    assert harmless.size > 1_000
    assert not (codes.has_major | codes.has_minor)[harmless].any()


def test_a_low_standard_admission_stays_with_one_diagnosis(drawn):
    _, chunk = drawn
    low = np.flatnonzero(chunk.flow.course == Course.LOW_STANDARD)
    assert low.size > 5
    assert (np.bincount(chunk.codes.row)[low] == 1).all()


def test_comorbidities_of_a_disease_that_nobody_has_are_refused(tmp_path):
    shutil.copytree(COUNTY, tmp_path / "data")
    file = tmp_path / "data" / "comorbidities.yaml"
    file.write_text(re.sub("^  kidney:", "  ckd:", file.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    with pytest.raises(TongchouError) as caught:
        load_comorbidities(load_county(), tmp_path / "data")
    assert caught.value.code == "simulation.bad_file"
    assert "ckd, kidney" in str(caught.value)
