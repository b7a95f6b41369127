"""Pages against who means harm: an address that was made up, and a page that stays open when its right is gone."""

import asyncio

import pytest
from nicegui import ElementFilter, ui
from nicegui.testing import User
from tests.people_work.conftest import County, county  # noqa: F401
from tests.web.simulated import simulated_user

from tongchou.access.recognising import Recogniser
from tongchou.access.sign_in import sign_in
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.models import SignIn
from tongchou.records.users import Grant, set_grants, the_user
from tongchou.web import tables
from tongchou.web.frame import PageView
from tongchou.web.preferences import Preferences
from tongchou.web.signing_in import _own_address
from tongchou.workplace.ledger_reading import accounts_of
from tongchou.workplace.noticing import own_notices

PASSWORD = "Yunqi-cloud-7291-county"  # of made-up people


def code_of(wanted) -> str:
    with pytest.raises(TongchouError) as refused:
        asyncio.run(wanted)
    return refused.value.code


def view_of(county: County, name: str) -> PageView:  # noqa: F811
    place = county.place
    secret = sign_in(place.records, place.rules, name, PASSWORD, place.now()).secret
    return PageView(place, place.recogniser.recognise(secret), Preferences(), {}, secret)


def test_a_page_that_stays_open_does_nothing_after_its_user_has_signed_out(county: County) -> None:  # noqa: F811
    view = view_of(county, "officer2")
    assert asyncio.run(view.ask(accounts_of, "2025")).lines
    county.place.recogniser.sign_out(view.secret)
    assert code_of(view.ask(accounts_of, "2025")) == "access.not_signed_in"
    assert code_of(view.unread()) == "access.not_signed_in"


def test_a_page_that_stays_open_does_what_its_user_may_now(county: County) -> None:  # noqa: F811
    place, view = county.place, view_of(county, "supervisor")
    assert asyncio.run(view.ask(accounts_of, "2025")).lines
    try:
        with place.records.writing() as session:
            set_grants(session, the_user(session, "supervisor"), [Grant("researcher")], "test", place.now())
        place.recogniser.forget()
        assert code_of(view.ask(accounts_of, "2025")) == "access.refused"
        assert asyncio.run(view.ask(own_notices)) == []
    finally:
        with place.records.writing() as session:
            set_grants(session, the_user(session, "supervisor"), [Grant("supervisor")], "test", place.now())
        place.recogniser.forget()


def test_a_page_that_nobody_touches_is_not_kept_signed_in_by_its_bell(county: County) -> None:  # noqa: F811
    place, view = county.place, view_of(county, "approver2")
    with place.records.reading() as session:
        before = session.get_one(SignIn, view.subject.sign_in_id).last_seen_at
    later = Recogniser(place.records, place.rules, lambda: place.now() + place.rules.noted_every * 2)
    assert later.look_again(view.secret).user_name == "approver2"
    with place.records.reading() as session:
        assert session.get_one(SignIn, view.subject.sign_in_id).last_seen_at == before
    later.recognise(view.secret)
    with place.records.reading() as session:
        assert session.get_one(SignIn, view.subject.sign_in_id).last_seen_at > before


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/ledger?period=2025", "/ledger?period=2025"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_site(asked: str, given: str) -> None:
    assert _own_address(asked) == given


def test_a_name_from_the_address_becomes_no_script() -> None:
    words = Text.plain('x" :onclick="alert(1)" y="')

    async def draw() -> None:
        async with simulated_user() as user:
            await look(user)

    async def look(user: User) -> None:
        shown = Preferences()

        @ui.page("/named")
        def named() -> None:
            tables.table([tables.Column("a", Text.plain("a"))], [{"a": "b"}], shown, name=words)

        await user.open("/named")
        with user:
            (grid,) = ElementFilter(kind=ui.aggrid)
        assert grid.props["aria-label"] == words.zh
        assert not [key for key in grid.props if key.startswith(":") or key == "y"]

    asyncio.run(draw())
