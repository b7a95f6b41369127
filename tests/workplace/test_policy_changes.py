"""A change of policy from its draft to the settlement that follows it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.settled_place import County, county, finished  # noqa: F401

from tongchou.access.subject import Subject
from tongchou.core.errors import Problems, TongchouError
from tongchou.policy.findings import Severity
from tongchou.policy.lint import lint
from tongchou.records.models import PolicyChange, RunOrder
from tongchou.runs.order import Order
from tongchou.runs.region import Period
from tongchou.runs.trials import try_out
from tongchou.workplace.noticing import own_notices
from tongchou.workplace.policy_applying import apply_change
from tongchou.workplace.policy_measuring import effects_of_change, measure_change
from tongchou.workplace.policy_proposals import (
    WantedChange,
    approve_change,
    change_of_policy,
    changes_of_policy,
    draft_change,
    edit_change,
    preview_change,
    reject_change,
    submit_change,
    take_back_change,
)
from tongchou.workplace.policy_reading import policy_parameter, policy_tree

FACTOR = "payment/drg/level_factor"
WANTED = WantedChange(
    FACTOR,
    ((date(2025, 1, 1), "{tertiary: 1.05, secondary: 1, primary: 0.95}"),),
    "云医保发〔2025〕1号",
    "缩小等级系数差距",
)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(TongchouError) as caught:
        act()
    return caught.value.code


def approved(county: County, wanted: WantedChange = WANTED) -> PolicyChange:  # noqa: F811
    drafted = draft_change(county.place, county.officer, wanted)
    submitted = submit_change(county.place, county.officer, drafted.change_id, drafted.version)
    return approve_change(county.place, county.approver, submitted.change_id, submitted.version, "同意")


@pytest.mark.slow
def test_the_whole_life_of_a_change(
    county: County,  # noqa: F811
    finished: Callable[[RunOrder], RunOrder],  # noqa: F811
) -> None:
    place = county.place
    drafted = draft_change(place, county.officer, WANTED)
    leaves = {each["key"]: (each["before"], each["after"]) for each in drafted.diff["compared"][0]["values"]}
    assert leaves == {"tertiary": ("1.1", "1.05"), "secondary": ("1", "1"), "primary": ("0.85", "0.95")}

    submitted = submit_change(place, county.officer, drafted.change_id, drafted.version)
    assert finished(measure_change(place, county.approver, submitted.change_id)).state == "computed"
    effects = effects_of_change(place, county.approver, submitted.change_id)
    assert effects.is_current
    assert effects.result is not None
    fund = effects.result["sections"]["fund"]["total"]["fund_fen"]
    assert fund["difference"] == fund["scenario"] - fund["base"] != 0
    assert effects.result["base_run"] == place.shelf.newest()  # what was really settled, not computed anew

    change = approve_change(place, county.approver, submitted.change_id, submitted.version, "同意")
    applied = apply_change(place, county.officer, change.change_id, change.version)
    assert applied.state == "applied"

    view = place.region.policy().at(date(2025, 12, 31))
    assert view.e4(FACTOR, level="primary") == 9_500
    assert change.change_id in str(view.reads[0].source)
    found = lint(place.region.policy_folders, place.today)
    assert not [each for each in found if each.severity is Severity.ERROR]
    # A year that is settled now comes to what was foreseen, to the fen.
    with place.engines.engine() as engine:
        record = try_out(Order(place.region, Period(2025)), engine)
    assert sum(each.fund_fen for each in record.summary.institutions) == fund["scenario"]


def test_what_the_author_or_an_editor_made_another_approves(county: County) -> None:  # noqa: F811
    place = county.place
    both = replace(county.officer, parts=(*county.officer.parts, *county.approver.parts))
    colleague = replace(county.colleague, parts=both.parts)
    change = draft_change(place, both, WANTED)
    edited = edit_change(place, colleague, change.change_id, change.version, replace(WANTED, reason="另一理由"))
    submitted = submit_change(place, both, edited.change_id, edited.version)
    for author in (both, colleague):
        given = (place, author, submitted.change_id, submitted.version)
        assert code_of(lambda given=given: approve_change(*given)) == "access.second_person"
        assert code_of(lambda given=given: reject_change(*given, "不")) == "access.second_person"
    assert approve_change(place, county.approver, submitted.change_id, submitted.version).state == "approved"


def test_approvers_are_told_of_what_waits_and_the_author_of_what_was_decided(county: County) -> None:  # noqa: F811
    place = county.place

    def told(who: Subject) -> list[tuple[str, str]]:
        return [(each.kind, each.page) for each in own_notices(place, who)]

    change = draft_change(place, county.officer, WANTED)
    submitted = submit_change(place, county.officer, change.change_id, change.version)
    page = f"/policy?change={change.change_id}"
    assert told(county.approver) == [("policy.submitted", page)]
    assert told(county.officer) == told(county.colleague) == []
    rejected = reject_change(place, county.approver, submitted.change_id, submitted.version, "再议")
    assert told(county.officer) == [("policy.rejected", page)]
    assert rejected.state == "rejected"


def test_the_second_of_two_editors_is_told(county: County) -> None:  # noqa: F811
    place = county.place
    change = draft_change(place, county.officer, WANTED)
    edit_change(place, county.officer, change.change_id, change.version, replace(WANTED, reason="先改"))
    late = (place, county.colleague, change.change_id, change.version, replace(WANTED, reason="后改"))
    assert code_of(lambda: edit_change(*late)) == "records.changed_meanwhile"
    assert change_of_policy(place, county.officer, change.change_id).reason == "先改"


def test_rights_are_those_of_the_table(county: County) -> None:  # noqa: F811
    place = county.place
    for other in (county.approver, county.supervisor, county.hospital, county.researcher):
        assert code_of(lambda other=other: draft_change(place, other, WANTED)) == "access.refused"
    change = draft_change(place, county.officer, WANTED)
    change = submit_change(place, county.officer, change.change_id, change.version)
    given = (change.change_id, change.version)
    assert code_of(lambda: approve_change(place, county.colleague, *given)) == "access.refused"
    assert code_of(lambda: measure_change(place, county.hospital, change.change_id)) == "access.refused"
    assert code_of(lambda: apply_change(place, county.hospital, *given)) == "access.refused"
    # A hospital reads the policy, and learns of a change when it is approved.
    assert policy_tree(place, county.hospital).lines
    assert changes_of_policy(place, county.hospital) == []
    assert code_of(lambda: change_of_policy(place, county.hospital, change.change_id)) == "records.not_found"
    change = approve_change(place, county.approver, *given)
    assert [each.change_id for each in changes_of_policy(place, county.hospital)] == [change.change_id]


def test_only_what_was_approved_is_applied_and_only_once(county: County) -> None:  # noqa: F811
    place = county.place
    change = draft_change(place, county.officer, WANTED)
    given = (place, county.officer, change.change_id, change.version)
    assert code_of(lambda: apply_change(*given)) == "records.step_not_possible"
    change = approved(county)
    applied = apply_change(place, county.officer, change.change_id, change.version)
    again = (place, county.officer, change.change_id, applied.version)
    assert code_of(lambda: apply_change(*again)) == "records.step_not_possible"


def test_a_change_made_against_what_stands_no_more_is_neither_approved_nor_applied(
    county: County,  # noqa: F811
) -> None:
    place = county.place
    first, second = approved(county), approved(county, replace(WANTED, values=((date(2026, 1, 1), "{default: 1}"),)))
    third = draft_change(place, county.officer, replace(WANTED, values=((date(2027, 1, 1), "{default: 1.2}"),)))
    third = submit_change(place, county.officer, third.change_id, third.version)
    other = approved(county, WantedChange("alliance/quality/score", ((date(2025, 1, 1), "80"),), "文", "因"))
    apply_change(place, county.officer, first.change_id, first.version)
    late = (place, county.officer, second.change_id, second.version)
    assert code_of(lambda: apply_change(*late)) == "records.policy_moved"
    judged = (place, county.approver, third.change_id, third.version)
    assert code_of(lambda: approve_change(*judged)) == "records.policy_moved"
    # It goes back to a draft; a change of another parameter is not hindered.
    assert take_back_change(*late).state == "drafted"
    assert apply_change(place, county.officer, other.change_id, other.version).state == "applied"


def test_all_that_is_wrong_with_values_is_told_and_nothing_kept(county: County) -> None:  # noqa: F811
    wrong = replace(WANTED, values=((date(2025, 1, 1), "{tertiary: 95, nowhere: 1}"), (date(2026, 1, 1), "[")))
    with pytest.raises(Problems) as caught:
        draft_change(county.place, county.officer, wrong)
    codes = sorted(each.code for each in caught.value.problems)
    assert codes == ["policy.bad_yaml", "policy.out_of_bounds", "policy.wrong_shape"]
    same = replace(WANTED, values=((date(2025, 1, 1), "{tertiary: 1.10, secondary: 1.0, primary: 0.85}"),))
    assert code_of(lambda: draft_change(county.place, county.officer, same)) == "workplace.changes_nothing"
    deep = replace(WANTED, values=((date(2025, 1, 1), "[" * 5_000),))
    assert code_of(lambda: preview_change(county.place, county.officer, deep)) == "policy.bad_yaml"
    unknown = replace(WANTED, parameter="payment/drg/level_factors")
    assert code_of(lambda: draft_change(county.place, county.officer, unknown)) == "policy.unknown_parameter"
    assert changes_of_policy(county.place, county.officer) == []


def test_nothing_broken_is_put_in_place(county: County) -> None:  # noqa: F811
    """A pack that somebody broke by hand after the approval stays as it is, and the change stays approved."""
    place = county.place
    change = approved(county)
    stray = place.region.policy_folder / "parameters" / "payment" / "drg" / "Level.yaml"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_text("values: []\n", encoding="utf-8")
    files = sorted(place.region.policy_folder.rglob("*"))
    given = (place, county.officer, change.change_id, change.version)
    assert code_of(lambda: apply_change(*given)) == "policy.unread_file"
    assert sorted(place.region.policy_folder.rglob("*")) == files
    stray.unlink()
    assert apply_change(*given).state == "applied"


def test_an_applied_change_is_one_more_line_of_the_history(county: County) -> None:  # noqa: F811
    place = county.place
    score = "alliance/quality/score"
    before = policy_parameter(place, county.supervisor, score, date(2025, 6, 1))
    change = approved(county, WantedChange(score, ((date(2026, 1, 1), "88.5"),), "考核通知", "年度考核"))
    apply_change(place, county.officer, change.change_id, change.version)
    after = policy_parameter(place, county.supervisor, score, date(2026, 6, 1))
    assert [each.dated.valid_from for each in after.written][:2] == [date(2025, 1, 1), date(2026, 1, 1)]
    assert after.values[""].written == str(Decimal("88.5"))
    assert after.written[0].dated.value == before.written[0].dated.value
    assert "考核通知" in str(after.standing.answers[0].dated.source)


def test_the_tree_is_searched_by_words_of_both_languages(county: County) -> None:  # noqa: F811
    names = [
        {line.parameter.name for line in policy_tree(county.place, county.officer, None, words).lines}
        for words in ("等级系数", "LEVEL factor", "payment/drg/level_factor", "no such thing")
    ]
    assert all(FACTOR in each for each in names[:3])
    assert names[3] == set()
