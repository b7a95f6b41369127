"""The pages of people's work: opened by roles of every kind, each sees them or is told why not."""

import pytest
from nicegui import ElementFilter, ui
from nicegui.testing import User
from tests.people_work.conftest import HOSPITAL, PASSWORD, County, client, county  # noqa: F401
from tests.people_work.test_special_reviews import cases_of
from tests.web.visiting import Visit, stands

from tongchou.access.admission import PersonRead, record_read
from tongchou.access.subject import subject_of
from tongchou.records.users import the_user

WORK = ("/referrals", "/special-cases", "/ledger", "/administration", "/audit", "/me", "/notices")
ROLES = {
    "approver": {"/referrals", "/special-cases", "/ledger", "/me", "/notices"},
    "hospital": {"/referrals", "/special-cases", "/ledger", "/me", "/notices"},
    "supervisor": {"/referrals", "/special-cases", "/ledger", "/audit", "/me", "/notices"},
    "researcher": {"/referrals", "/me", "/notices"},
    "administrator": {"/administration", "/audit", "/me", "/notices"},
}


@pytest.fixture
def visit(county: County) -> Visit:  # noqa: F811
    return Visit(county)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROLES)
def test_a_role_sees_its_pages_and_is_told_why_not_of_others(visit: Visit, name: str) -> None:
    async def look(user: User) -> None:
        for path in WORK:
            await user.open(path)
            if path in ROLES[name]:
                assert await stands(user), (name, path)
                with user:
                    icons = {each.props["name"] for each in ElementFilter(kind=ui.icon)}
                assert not icons & {"lock", "error_outline"}, (name, path)
            else:
                await user.should_see("您不能查看这一页")

    visit.run(name, look)


def test_a_trial_balance_and_an_entry_are_shown_in_english(visit: Visit) -> None:
    async def look(user: User) -> None:
        await user.open("/ledger?period=2025")
        rows = (await stands(user, ui.aggrid))[0].options["rowData"]
        assert rows[-1]["title"] == "sum"
        assert rows[-1]["debits"] == rows[-1]["credits"] == sum(row["debits"] for row in rows[:-1])
        await user.should_see("Trial balance")
        await user.open("/ledger?account=fund.cash&period=2025")
        booked = (await stands(user, ui.aggrid))[0].options["rowData"]
        await user.open(f"/ledger?entry={booked[0]['entry']}")
        await stands(user, ui.aggrid)
        await user.should_see("Download the proof (JSON)")

    visit.run("officer", look, "en")


def test_a_hospital_is_led_from_a_case_to_its_special_review(visit: Visit) -> None:
    run_id, case_id = visit.place_of.run_id, cases_of(visit.place_of, HOSPITAL)[40]

    async def look(user: User) -> None:
        await user.open(f"/settlement?run={run_id}&case={case_id}")
        assert await stands(user)
        await user.should_see("为此病例申请特例单议", retries=50)
        with user:
            links = {each.text: each.props["href"] for each in ElementFilter(kind=ui.link)}
        assert links["为此病例申请特例单议"] == f"/special-cases?run={run_id}&case={case_id}"

    visit.run("hospital", look)


def test_english_pages_call_people_and_purposes_in_english(visit: Visit) -> None:
    place = visit.place_of.place
    with place.records.writing() as session:
        supervisor = the_user(session, "supervisor")
        supervisor.display_name, supervisor.english_name = "演示·基金监管人员", "Demo · fund supervisor"
        person = subject_of(session, supervisor, place.today)
        for purpose in ("special review", "抽查"):
            record_read(session, person, PersonRead(purpose, "case", "", 1), place.now())

    async def look(user: User, name: str, purposes: set[str]) -> None:
        await user.open("/audit?action=cases.person_read&user=supervisor")
        rows = (await stands(user, ui.aggrid))[0].options["rowData"]
        assert {row["purpose"] for row in rows} >= purposes
        await user.should_see(name)

    visit.run("supervisor", lambda user: look(user, "Demo · fund supervisor", {"special review", "抽查"}), "en")
    visit.run("supervisor", lambda user: look(user, "演示·基金监管人员", {"特例单议", "抽查"}))


def test_an_english_page_of_administration_calls_institutions_in_english(visit: Visit) -> None:
    async def look(user: User) -> None:
        await user.open("/administration")
        scopes = next(each for each in await stands(user, ui.aggrid) if "alliance" in str(each.options["columnDefs"]))
        titles = [row["title"] for row in scopes.options["rowData"]]
        assert titles
        assert not [each for each in titles if any(sign > "\u2e80" for sign in each)]

    visit.run("administrator", look, "en")
