"""The generated tables keep their contracts and tell one consistent story."""

import pyarrow.parquet as pq
import pytest

from tongchou.schema.contract import Table
from tongchou.schema.tables import INPUT_TABLES
from tongchou.simulation import RegionSummary

NONE = [(0,)]


@pytest.mark.parametrize("table", INPUT_TABLES, ids=lambda table: table.name)
def test_every_table_keeps_its_contract(table: Table, region: RegionSummary, ask):
    file = region.folder / "landing" / f"{table.name}.parquet"
    assert pq.read_schema(file) == table.arrow_schema
    assert ask(f"SELECT count(*) FROM {table.name}") == [(region.rows[table.name],)]
    key = ", ".join(table.key)
    assert ask(f"SELECT count(*) FROM (FROM {table.name} SELECT 1 GROUP BY {key} HAVING count(*) > 1)") == NONE
    for column in table.columns:
        faults = [f"{column.name} IS NULL"] if column.is_required else ["false"]
        if column.values:
            listed = ", ".join(f"'{value}'" for value in column.values)
            faults.append(f"{column.name} NOT IN ({listed})")
        if column.minimum is not None:
            faults.append(f"{column.name} < {column.minimum}")
        if column.maximum is not None:
            faults.append(f"{column.name} > {column.maximum}")
        if column.pattern:
            faults.append(f"NOT regexp_full_match({column.name}, '{column.pattern}')")
        if column.references:
            target, referred = column.references.split(".")
            faults.append(f"{column.name} NOT IN (SELECT {referred} FROM {target})")
        assert ask(f"SELECT count(*) FROM {table.name} WHERE {' OR '.join(faults)}") == NONE, column.name


def test_people_and_stays_are_as_many_as_asked_for(region, ask):
    assert region.rows["cases"] == 3_000
    assert region.rows["persons"] == 20_000
    assert ask("SELECT sum(total_fen) FROM cases") == [(region.total_fen,)]


def test_fee_categories_sum_to_the_total_of_each_stay(ask):
    sums = "SELECT case_id, sum(amount_fen) AS amount FROM fees GROUP BY case_id"
    wrong = f"SELECT count(*) FROM cases LEFT JOIN ({sums}) USING (case_id) WHERE total_fen IS DISTINCT FROM amount"
    assert ask(wrong) == NONE


def test_fee_lines_sum_to_their_category_and_are_quantity_times_price(ask):
    sums = "SELECT case_id, category, sum(amount_fen) AS lines FROM fee_items GROUP BY ALL"
    assert (
        ask(
            f"SELECT count(*) FROM fees FULL JOIN ({sums}) USING (case_id, category) "
            "WHERE lines IS DISTINCT FROM amount_fen"
        )
        == NONE
    )
    assert ask("SELECT count(*) FROM fee_items WHERE quantity_e4 * unit_price_fen <> amount_fen * 10000") == NONE
    lines = "SELECT count(*) AS n FROM fee_items GROUP BY case_id"
    assert ask(f"SELECT count(*) FROM ({lines}) WHERE n NOT BETWEEN 3 AND 12") == NONE


def test_fees_are_charged_during_the_stay(ask):
    outside = "charged_on NOT BETWEEN admitted_on AND discharged_on"
    assert ask(f"SELECT count(*) FROM fee_items JOIN cases USING (case_id) WHERE {outside}") == NONE


def test_what_the_fund_does_not_cover_stays_below_the_total(ask):
    own = "self_paid_fen + first_self_pay_fen + over_limit_fen"
    assert ask(f"SELECT count(*) FROM cases WHERE {own} >= total_fen") == NONE


def test_nobody_is_in_two_stays_at_a_time(ask):
    overlap = "a.case_id < b.case_id AND a.admitted_on < b.discharged_on AND b.admitted_on < a.discharged_on"
    assert ask(f"SELECT count(*) FROM cases a JOIN cases b USING (person_id) WHERE {overlap}") == NONE
    ((repeated,),) = ask("SELECT count(*) FROM (SELECT 1 FROM cases GROUP BY person_id HAVING count(*) > 1)")
    assert repeated > 100


def test_every_stay_ends_in_the_year_and_lasts_its_days(ask):
    assert ask("SELECT count(*) FROM cases WHERE year(discharged_on) <> 2025") == NONE
    assert ask("SELECT count(*) FROM cases WHERE settled_on < discharged_on") == NONE
    days = "greatest(discharged_on - admitted_on, 1)"
    assert ask(f"SELECT count(*) FROM cases WHERE los_days <> {days}") == NONE


def test_sex_age_and_insurance_are_those_of_the_person(ask):
    faults = (
        "c.sex <> p.sex",
        "c.insurance_type <> p.insurance_type",
        "c.age_years <> date_sub('year', p.born_on, c.admitted_on)",
        "c.age_days IS DISTINCT FROM CASE WHEN c.age_years = 0 THEN c.admitted_on - p.born_on END",
        "(c.birth_weight_g IS NOT NULL) <> (c.admitted_on - p.born_on <= 28)",
    )
    for fault in faults:
        assert ask(f"SELECT count(*) FROM cases c JOIN persons p USING (person_id) WHERE {fault}") == NONE, fault
    ((newborns,),) = ask("SELECT count(*) FROM cases WHERE age_days <= 28")
    assert newborns > 20


def test_places_and_insurance_types_have_their_shares(ask):
    shares = dict(
        ask(
            "SELECT CASE WHEN kind = 'general_hospital' THEN level ELSE kind END, count(*) / 3000 "
            "FROM cases JOIN institutions USING (institution_id) GROUP BY 1"
        )
    )
    targets = {"secondary": 0.42, "tcm_hospital": 0.14, "township_centre": 0.24, "tertiary": 0.20}
    assert shares == pytest.approx(targets, abs=0.025)
    assert ask("SELECT round(avg((insurance_type = 'resident')::INT), 2) FROM persons")[0][0] == pytest.approx(
        0.75, abs=0.02
    )
    signed = "SELECT person_id FROM contracts"
    ((contracted,),) = ask(f"SELECT avg((person_id IN ({signed}))::INT) FROM persons WHERE insurance_type = 'resident'")
    assert contracted == pytest.approx(0.65, abs=0.02)


def test_the_dead_have_no_later_care(ask):
    dead = "cases c WHERE c.discharge_way = 'death' AND c.person_id = x.person_id AND c.discharged_on"
    assert ask(f"SELECT count(*) FROM visits x WHERE EXISTS (SELECT 1 FROM {dead} < x.visited_on)") == NONE
    assert ask(f"SELECT count(*) FROM cases x WHERE EXISTS (SELECT 1 FROM {dead} < x.discharged_on)") == NONE


def test_nobody_visits_while_in_hospital_or_before_birth(ask):
    inside = "v.visited_on BETWEEN c.admitted_on AND c.discharged_on"
    assert ask(f"SELECT count(*) FROM visits v JOIN cases c USING (person_id) WHERE {inside}") == NONE
    assert ask("SELECT count(*) FROM visits JOIN persons USING (person_id) WHERE visited_on < born_on") == NONE


def test_referrals_link_stays_of_one_person_in_order(ask):
    linked = (
        "SELECT count(*) FROM referrals r JOIN cases a ON a.case_id = r.from_case_id "
        "JOIN cases b ON b.case_id = r.to_case_id"
    )
    ((links,),) = ask(linked)
    assert links > 20
    consistent = (
        "a.person_id = b.person_id AND a.person_id = r.person_id AND a.institution_id = r.from_institution_id "
        "AND b.institution_id = r.to_institution_id AND r.requested_on = a.discharged_on "
        "AND r.accepted_on = b.admitted_on AND b.admitted_on - a.discharged_on BETWEEN 0 AND 1 "
        "AND a.discharge_way IN ('transfer', 'transfer_primary') AND b.admission_route = 'transferred_in'"
    )
    assert ask(f"{linked} WHERE {consistent}") == [(links,)]
    assert (
        ask(
            "SELECT count(*) FROM cases WHERE discharge_way IN ('transfer', 'transfer_primary') "
            "AND case_id NOT IN (SELECT from_case_id FROM referrals WHERE from_case_id IS NOT NULL)"
        )
        == NONE
    )


def test_recognised_results_are_earlier_ones_of_the_same_person_and_item(ask):
    pairs = "exam_results a JOIN exam_results b ON b.exam_id = a.recognised_exam_id"
    ((count,),) = ask(f"SELECT count(*) FROM {pairs}")
    assert count == ask("SELECT count(recognised_exam_id) FROM exam_results")[0][0] > 20
    right = (
        "a.person_id = b.person_id AND a.item_code = b.item_code AND b.is_recognisable AND a.price_fen = 0 "
        "AND a.institution_id <> b.institution_id AND a.examined_on - b.examined_on BETWEEN 1 AND 30"
    )
    assert ask(f"SELECT count(*) FROM {pairs} WHERE {right}") == [(count,)]
