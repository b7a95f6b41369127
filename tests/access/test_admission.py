"""Refusals and reads of persons' rows leave an event; demo accounts are no door into a real region."""

import pytest
from tests.access.conftest import NOW, PASSWORD, Audited

from tongchou.access.admission import PersonRead, admit, note_deed, record_read
from tongchou.access.demo_accounts import DemoPlaces, make_demo_accounts
from tongchou.access.rules import SignInRules
from tongchou.access.sign_in import sign_in
from tongchou.access.subject import REGION, Whose, subject_of, whose_institution
from tongchou.core.errors import TongchouError
from tongchou.records.audit import AuditSearch, search
from tongchou.records.database import Records
from tongchou.records.models import User
from tongchou.records.states import ROLE
from tongchou.records.users import find_user

PLACES = DemoPlaces("A1", "H1", "H2", "C1")


@pytest.fixture
def clerk(records: Records, people: dict[str, str]):
    with records.reading() as session:
        return subject_of(session, session.get_one(User, people["clerk"]), NOW.date())


def test_a_refusal_is_noted_and_says_who_could(records: Records, clerk, audited: Audited) -> None:
    with pytest.raises(TongchouError) as refused:
        admit(records, clerk, "statements.read", Whose(("H2",)), "cost", NOW, where="R1/H2")
    assert refused.value.code == "access.refused"
    assert "医保经办人员" in str(refused.value)
    assert audited("statements.read") == [("clerk", "refused")]
    assert admit(records, clerk, "policy.read", REGION, "open", NOW).outcome == "allowed"
    assert audited("policy.read") == []


def test_the_alliance_of_an_institution_is_the_one_of_the_day(records: Records, clerk) -> None:
    with records.reading() as session:
        whose = whose_institution(session, "H1", "H2", on=NOW.date())
        before = whose_institution(session, "H1", on=NOW.date().replace(year=2024))
    assert (whose.institution_ids, whose.alliance_ids) == (("H1", "H2"), ("A1",))
    assert before.alliance_ids == ()


def test_a_read_of_persons_rows_is_noted_with_its_purpose(records: Records, clerk, audited: Audited) -> None:
    with records.writing() as session:
        record_read(session, clerk, PersonRead("核对申诉 12 号", "cases R1", "H1", 37), NOW)
        note_deed(session, clerk, "uploads.create", "uploads", "U1", NOW, whose=Whose(("H1",)))
    with pytest.raises(TongchouError) as refused, records.writing() as session:
        record_read(session, clerk, PersonRead("  ", "cases R1", "H1", 37), NOW)
    assert refused.value.code == "access.purpose_needed"
    with records.reading() as session:
        (event,) = search(session, AuditSearch(action="cases.person_read"))
    assert (event.purpose, event.institution_id, '"rows":37' in event.details) == ("核对申诉 12 号", "H1", True)
    assert audited("uploads.create") == [("clerk", "done")]


def test_a_demo_has_one_account_for_each_role_that_can_sign_in(records: Records, rules: SignInRules) -> None:
    made = make_demo_accounts(records, rules, PLACES, NOW)
    assert [account.role for account in made] == list(ROLE)
    assert len({account.password for account in made}) == len(ROLE)
    for account in made:
        assert sign_in(records, rules, account.user_name, account.password, NOW)
    with records.reading() as session:
        lead = find_user(session, "demo_lead_hospital")
        assert lead is not None
        assert [(role.institution_id, role.alliance_id) for role in lead.roles] == [("H1", "A1")]
    assert make_demo_accounts(records, rules, PLACES, NOW) == ()


def test_a_demo_password_may_be_given(records: Records, rules: SignInRules) -> None:
    made = make_demo_accounts(records, rules, PLACES, NOW, password=PASSWORD)
    assert {account.password for account in made} == {PASSWORD}


def test_no_demo_accounts_are_made_beside_real_ones(
    records: Records, rules: SignInRules, people: dict[str, str]
) -> None:
    with pytest.raises(TongchouError) as refused:
        make_demo_accounts(records, rules, PLACES, NOW)
    assert refused.value.code == "access.not_a_demo"
    with records.reading() as session:
        assert find_user(session, "demo_hospital") is None
