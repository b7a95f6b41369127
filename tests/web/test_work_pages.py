"""The pages of people's work: opened by roles of every kind, each sees them or is told why not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from nicegui import ElementFilter, ui
from nicegui.testing import User
from tests.people_work.conftest import HOSPITAL, PASSWORD, County, client, county  # noqa: F401
from tests.people_work.test_special_reviews import cases_of
from tests.web.simulated import simulated_user

from tongchou.access.admission import PersonRead, record_read
from tongchou.access.sign_in import sign_in
from tongchou.access.subject import subject_of
from tongchou.api.asking import COOKIE
from tongchou.api.limits import RateLimit
from tongchou.records.users import the_user
from tongchou.web.pages import PAGES
from tongchou.web.site import register_page

WORK = ("/referrals", "/special-cases", "/ledger", "/administration", "/audit", "/me", "/notices")
ROLES = {
    "approver": {"/referrals", "/special-cases", "/ledger", "/me", "/notices"},
    "hospital": {"/referrals", "/special-cases", "/ledger", "/me", "/notices"},
    "supervisor": {"/referrals", "/special-cases", "/ledger", "/audit", "/me", "/notices"},
    "researcher": {"/referrals", "/me", "/notices"},
    "administrator": {"/administration", "/audit", "/me", "/notices"},
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser in process: opens pages as somebody."""

    place_of: County

    def run(self, name: str, act: Callable[[User], Awaitable[None]], language: str = "zh") -> None:
        """Let somebody do something on the pages."""
        place = self.place_of.place
        secret = sign_in(place.records, place.rules, name, PASSWORD, place.now()).secret

        async def whole() -> None:
            async with simulated_user() as user:
                for page in PAGES:
                    register_page(place, PAGES, page, RateLimit(1_000, 1_000))
                user.http_client.cookies.set(COOKIE, secret)
                user.http_client.cookies.set("tongchou_language", language)
                await act(user)

        asyncio.run(whole())


@pytest.fixture
def visit(county: County) -> Visit:  # noqa: F811
    return Visit(county)


async def stands(user: User, kind: type[ui.element] | None = None) -> list[ui.element]:
    """Wait until a page stands; return its panels, or its elements of a kind."""
    for _ in range(200):
        with user:
            found = [each for each in ElementFilter() if (isinstance(each, kind) if kind else "panel" in each.classes)]
            reads = any(getattr(each, "text", "") in {"正在读取……", "reading …"} for each in ElementFilter())
        if found and not reads:
            return found
        await asyncio.sleep(0.05)
    return []


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
