"""The table of rights is complete, and what it does not allow is refused with the reason."""

import itertools
from copy import deepcopy
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tongchou.access.decision import decide
from tongchou.access.rights import SCOPE, built_in_rights, read_rights
from tongchou.access.subject import REGION, Part, Subject, Whose
from tongchou.access.two_persons import PART, check_two_persons
from tongchou.core.errors import TongchouError
from tongchou.records.states import ROLE

RIGHTS = built_in_rights()
CONTENT = yaml.safe_load(files("tongchou").joinpath("packs", "access", "rights.yaml").read_text(encoding="utf-8"))
PARTS = {
    role: Part(role, "H1" if role in {"lead_hospital", "hospital", "primary_centre"} else "", frozenset({"A1"}))
    for role in ROLE
}
OBJECTS = {
    "region": REGION,
    "own_institution": Whose(("H1",), ("A1",)),
    "own_alliance": Whose(("H2",), ("A1",)),
    "other_institution": Whose(("H9",), ("A9",)),
}


def one(role: str) -> Subject:
    return Subject("u", "li", "李", (PARTS[role],))


def may(role: str, action: str, whose: str, grade: str) -> str:
    return decide(one(role), action, OBJECTS[whose], grade).outcome


@pytest.mark.parametrize("role", ROLE)
def test_every_action_is_decided_for_every_role_as_the_table_says(role: str) -> None:
    for action, grade, (place, whose) in itertools.product(RIGHTS.actions, RIGHTS.grades, OBJECTS.items()):
        written = CONTENT["actions"][action]["rights"].get(role, {})
        own = PARTS[role].institution_id == "H1"
        fits = {
            "region": True,
            "own_institution": own and place == "own_institution",
            "own_alliance": place in {"own_institution", "own_alliance"},
            "other_institution": place in {"own_alliance", "other_institution"} or (not own and place != "region"),
        }
        wide = any(grade in written.get(scope, ()) for scope in SCOPE if fits[scope])
        veiled = any(grade in written.get("masked", {}).get(scope, ()) for scope in SCOPE if fits[scope])
        expected = "allowed" if wide else "masked" if veiled else "refused"
        decision = decide(one(role), action, whose, grade)
        assert decision.outcome == expected, (role, action, grade, place)
        assert decision.reason.zh
        assert decision.reason.en
        assert decision.rule


def test_what_each_role_comes_to_do_it_may() -> None:
    """Written by hand, not read from the table: the jobs that the roles are there for, and what they must not do."""
    allowed = [
        ("insurer_officer", "runs.order", "region", "cost"),
        ("insurer_officer", "policy.propose", "region", "open"),
        ("insurer_approver", "policy.approve", "region", "open"),
        ("insurer_approver", "runs.post", "region", "cost"),
        ("lead_hospital", "statements.read", "own_alliance", "cost"),
        ("hospital", "uploads.create", "own_institution", "person"),
        ("hospital", "cases.read", "own_institution", "person"),
        ("primary_centre", "referrals.create", "own_institution", "person"),
        ("supervisor", "audit.search", "region", "account"),
        ("administrator", "users.manage", "region", "account"),
    ]
    refused = [
        ("insurer_officer", "policy.approve", "region", "open"),
        ("insurer_officer", "runs.post", "region", "cost"),
        ("insurer_approver", "runs.order", "region", "cost"),
        ("lead_hospital", "statements.read", "other_institution", "cost"),
        ("lead_hospital", "cases.read", "own_alliance", "person"),
        ("hospital", "statements.read", "other_institution", "cost"),
        ("hospital", "cases.read", "own_alliance", "clinical"),
        ("hospital", "overview.read", "region", "aggregate"),
        ("hospital", "special_cases.opine", "own_institution", "clinical"),
        ("primary_centre", "special_cases.opine", "other_institution", "clinical"),
        ("supervisor", "runs.post", "region", "cost"),
        ("researcher", "cases.read", "region", "person"),
        ("administrator", "cases.read", "region", "person"),
        ("administrator", "statements.read", "region", "cost"),
        ("administrator", "runs.post", "region", "cost"),
    ]
    assert [row for row in allowed if may(*row) != "allowed"] == []
    assert [row for row in refused if may(*row) != "refused"] == []
    assert may("researcher", "cases.read", "region", "clinical") == "masked"
    assert may("insurer_approver", "cases.read", "region", "person") == "masked"


def test_persons_rows_are_never_given_to_whom_does_not_serve_them() -> None:
    givers = {rule.role for rule in RIGHTS.rules if rule.grade == "person" and rule.outcome == "allowed"}
    assert givers == {"insurer_officer", "lead_hospital", "hospital", "primary_centre", "supervisor"}


def test_every_grade_and_every_action_is_somebodys() -> None:
    for name, action in RIGHTS.actions.items():
        for grade in action.grades:
            assert RIGHTS.roles_that_may(name, grade), (name, grade)
        assert set(action.other_than) <= PART.keys()
    assert {grade for action in RIGHTS.actions.values() for grade in action.grades} == set(RIGHTS.grades)


@given(st.sampled_from(list(RIGHTS.actions)), st.sampled_from(list(RIGHTS.grades)), st.sampled_from(list(OBJECTS)))
def test_more_roles_never_take_a_right_away(action: str, grade: str, place: str) -> None:
    order = ("refused", "masked", "allowed")
    best = max((may(role, action, place, grade) for role in ROLE), key=order.index)
    everything = Subject("u", "li", "李", tuple(PARTS.values()))
    assert decide(everything, action, OBJECTS[place], grade).outcome == best


def test_a_referral_is_of_both_institutions() -> None:
    both = Whose(("H1", "C7"))
    assert decide(one("hospital"), "referrals.read", both, "person").outcome == "allowed"
    assert decide(one("hospital"), "referrals.read", Whose(("H2", "C7")), "person").outcome == "refused"


def test_a_refusal_says_why_and_who_could() -> None:
    no_rule = decide(one("hospital"), "policy.approve", REGION, "open")
    assert "不能“审批政策修改" in no_rule.reason.zh
    assert no_rule.could == ("insurer_approver",)
    assert "医保审批人员" in no_rule.reason.zh
    other_scope = decide(one("hospital"), "statements.read", OBJECTS["other_institution"], "cost")
    assert "只能对本机构" in other_scope.reason.zh
    assert "own institution only" in other_scope.reason.en
    other_grade = decide(one("researcher"), "cases.read", REGION, "person")
    assert "不含“个人（假名）”" in other_grade.reason.zh
    nobody = decide(Subject("u", "li"), "policy.read", REGION, "open")
    assert "没有任何角色" in nobody.reason.zh
    masked = decide(one("researcher"), "cases.read", REGION, "clinical")
    assert "日期只到月" in masked.reason.zh
    assert "researcher" not in masked.could


def test_a_token_does_no_more_than_it_names_and_than_its_user() -> None:
    token = Subject("u", "his", "", (PARTS["hospital"],), frozenset({"grouping.group", "policy.approve"}))
    assert decide(token, "grouping.group", REGION, "brought").outcome == "allowed"
    beyond = decide(token, "statements.read", OBJECTS["own_institution"], "cost")
    assert (beyond.outcome, beyond.rule) == ("refused", "token/statements.read")
    assert decide(token, "policy.approve", REGION, "open").outcome == "refused"


def test_a_name_that_the_table_does_not_know_is_an_error_and_no_quiet_refusal() -> None:
    for action, grade, code in (
        ("policy.burn", "open", "access.unknown_action"),
        ("policy.read", "secret", "access.unknown_grade"),
    ):
        with pytest.raises(TongchouError) as refused:
            decide(one("supervisor"), action, REGION, grade)
        assert refused.value.code == code


@pytest.mark.parametrize(
    "rights",
    [
        {"doctor": {"region": ["open"]}},
        {"hospital": {"everywhere": ["open"]}},
        {"hospital": {"region": ["person"]}},
        {"hospital": {"masked": {"region": ["secret"]}}},
    ],
)
def test_a_table_that_names_what_there_is_not_is_refused(rights: dict[str, object]) -> None:
    content = deepcopy(CONTENT)
    content["actions"]["policy.read"]["rights"] = rights
    with pytest.raises(TongchouError) as refused:
        read_rights(content)
    assert refused.value.code == "access.rights_table"


def test_who_made_something_does_not_approve_it() -> None:
    author, other = Subject("1", "li"), Subject("2", "wang")
    for action, part in (("policy.approve", "author"), ("runs.post", "orderer"), ("runs.review", "orderer")):
        with pytest.raises(TongchouError) as refused:
            check_two_persons(author, action, {part: ["1"]})
        assert refused.value.code == "access.second_person"
        check_two_persons(other, action, {part: ["1"]})
    check_two_persons(author, "policy.propose", {})
    with pytest.raises(TongchouError):
        check_two_persons(Subject("3", "zhao"), "special_cases.decide", {"applicant": ["1"], "expert": ["2", "3"]})
    with pytest.raises(KeyError):
        check_two_persons(other, "special_cases.decide", {"applicant": ["1"]})
