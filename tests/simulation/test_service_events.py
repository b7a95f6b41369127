"""The generated service events: possible, priced by the demonstration policy, and drawn beside the rest."""

from tongchou.simulation import generate_region

NONE = [(0,)]


def test_there_is_a_modest_number_of_each_kind(region, ask):
    kinds = dict(ask("SELECT kind, count(*) FROM service_events GROUP BY kind"))
    assert kinds.keys() == {"two_disease_drugs", "remote_reading", "exam_reuse", "expert_visit"}
    assert kinds["expert_visit"] == 14 * 12
    assert sum(kinds.values()) < region.rows["visits"] // 2
    assert min(kinds.values()) > 10


def test_nobody_has_an_event_before_birth_after_death_or_in_hospital(ask):
    events = "service_events JOIN persons USING (person_id)"
    assert ask(f"SELECT count(*) FROM {events} WHERE occurred_on < born_on") == NONE
    stays = "service_events AS e JOIN cases AS c USING (person_id)"
    assert ask(f"SELECT count(*) FROM {stays} WHERE discharge_way = 'death' AND occurred_on > discharged_on") == NONE
    inside = "e.kind <> 'exam_reuse' AND occurred_on BETWEEN admitted_on AND discharged_on"
    assert ask(f"SELECT count(*) FROM {stays} WHERE {inside}") == NONE


def test_drugs_are_for_a_disease_that_the_person_has(ask):
    has = "list_contains(string_split(chronic_diseases, '|'), disease)"
    events = "service_events JOIN persons USING (person_id)"
    bad = f"SELECT count(*) FROM {events} WHERE kind = 'two_disease_drugs' AND ({has}) IS NOT TRUE"
    assert ask(bad) == NONE


def test_reused_results_come_from_the_city(ask):
    events = "service_events AS e JOIN institutions AS i ON i.institution_id = e.partner_institution_id"
    assert ask(f"SELECT DISTINCT i.level FROM {events} WHERE e.kind = 'exam_reuse'") == [("tertiary",)]


def test_the_same_seed_gives_the_same_events(region, tmp_path):
    again = generate_region(tmp_path / "county", seed=11, cases=3_000)
    name = "landing/service_events.parquet"
    assert (again.folder / name).read_bytes() == (region.folder / name).read_bytes()
