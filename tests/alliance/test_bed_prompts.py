"""Prompts about beds, by rules of which both readings of the source are settings."""

from tests.worked import Worked, worked

from tongchou.alliance.bed_prompts import BedCensus, bed_prompts
from tongchou.core.money import format_e4


@worked("alliance/bed_prompts.yaml")
def test_full_beds_push_and_empty_beds_are_offered_at_the_levels_that_the_rule_names(case: Worked) -> None:
    census = [
        BedCensus(row["institution"], row["level"], row["bed_type"], int(row["beds"]), int(row["occupied"]))
        for row in case.given
    ]
    found = bed_prompts(case.view, census)
    assert [
        {
            "kind": each.kind,
            "institution": each.institution_id,
            "from": each.from_level,
            "to": each.to_level,
            "share": format_e4(each.share_e4),
        }
        for each in found
    ] == case.expect
    assert bed_prompts(case.view, census[::-1]) == found
    assert all(len(each.step.parameters) == 5 for each in found)
