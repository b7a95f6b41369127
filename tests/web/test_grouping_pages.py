"""The pages of grouping where the region pays by DIP: a case, what is tried with it, and the groups there are."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from nicegui import ElementFilter, ui
from nicegui.testing import User
from tests.dip_county import dip_place, say
from tests.people_work.conftest import PASSWORD, County, county  # noqa: F401
from tests.settled_county import SettledCounty
from tests.web.visiting import Visit, stands

from tongchou.access.passwords import hash_password
from tongchou.records.users import Grant, add_user
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings


class DipCounty:
    """The county where it pays by DIP, with an officer."""

    def __init__(self, place: Workplace) -> None:
        self.place = place


@pytest.fixture(scope="module")
def by_dip(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DipCounty]:
    place = dip_place(settled_county, tmp_path_factory.mktemp("pages") / "county")
    word = hash_password(place.rules, PASSWORD)
    with place.records.writing() as session:
        add_user(session, "officer", "x", [Grant("insurer_officer")], password_hash=word, by="test", at=place.now())
        add_user(session, "hospital", "y", [Grant("hospital", "H1")], password_hash=word, by="test", at=place.now())
    yield DipCounty(place)
    place.close()


@pytest.fixture
def visit(county: County) -> Visit:  # noqa: F811
    return Visit(county)


async def pressed(user: User, words: str) -> None:
    user.find(kind=ui.button, content=words).click()


async def tried(user: User) -> list[dict[str, object]]:
    """Return the rows of the table of variants."""
    for _ in range(200):
        with user:
            found = [
                each for each in ElementFilter(kind=ui.aggrid) if each.options["columnDefs"][0]["field"] == "change"
            ]
        if found:
            rows: list[dict[str, object]] = found[0].options["rowData"]
            return rows
        await asyncio.sleep(0.05)
    raise AssertionError("no table of variants")


def test_a_case_gets_its_points_its_variants_and_the_reason(by_dip: DipCounty) -> None:
    async def look(user: User) -> None:
        await user.open("/grouping")
        await stands(user)
        await user.should_see("DIP 病种目录库")
        await user.should_not_see("出生体重（克）")
        await pressed(user, "填入示例")
        rows = await tried(user)
        assert rows[0]["change"] == "原病例"
        assert str(rows[0]["group"]).startswith("J")
        points = rows[0]["points"]
        assert isinstance(points, int)
        await user.should_see(f"{points / 100:,.2f}")
        assert any(row["differs"] and row["points"] != points for row in rows)
        await user.should_see("费用偏差系数")
        with user:
            (why,) = [each.content for each in ElementFilter(kind=ui.html) if "why" in each.classes]
        assert "DIP 分组" in why
        assert str(rows[0]["group"]) in why

    Visit(by_dip).run("officer", look)


def test_an_amount_that_is_none_is_told_and_nothing_is_grouped(by_dip: DipCounty) -> None:
    async def look(user: User) -> None:
        await user.open("/grouping")
        await stands(user)
        await pressed(user, "填入示例")
        await tried(user)
        with user:
            (cost,) = [each for each in ElementFilter(kind=ui.input) if each.props.get("label") == "总费用（元）"]
            cost.set_value("12.345")
        await pressed(user, "分组")
        await user.should_see("金额无法识别")
        with user:
            assert not list(ElementFilter(kind=ui.aggrid))

    Visit(by_dip).run("officer", look)


def test_the_catalogue_is_looked_through(by_dip: DipCounty) -> None:
    async def look(user: User) -> None:
        await user.open("/schemes")
        every = (await stands(user, ui.aggrid))[0].options["rowData"]
        assert len(every) == by_dip.place.at_hand.dip.ready().grouper.catalogue.groups.height
        await user.open(f"/schemes?scheme=dip&words={every[-1]['group'].lower()}")
        found = (await stands(user, ui.aggrid))[0].options["rowData"]
        assert every[-1] in found
        assert len(found) < len(every)
        await user.open("/schemes?scheme=dip&words=no-such-words")
        await user.should_see("没有找到")
        await user.open("/schemes?scheme=chs-drg-category")
        await stands(user, ui.aggrid)
        await user.should_see("主要诊断大类（MDC）")

    Visit(by_dip).run("officer", look)


def test_a_region_without_a_catalogue_still_shows_its_schemes_and_says_what_is_missing(
    settled_county: SettledCounty, tmp_path: Path
) -> None:
    place = dip_place(settled_county, tmp_path / "county")
    say(tmp_path / "county", {"payment/dip/catalogue": "missing_one"})
    word = hash_password(place.rules, PASSWORD)
    with place.records.writing() as session:
        add_user(session, "officer", "x", [Grant("hospital", "H1")], password_hash=word, by="test", at=place.now())
    place.close()
    place = open_workplace(Settings(region=tmp_path / "county"))

    async def look(user: User) -> None:
        await user.open("/schemes")
        await user.should_see("没有病种目录库 missing_one")
        with user:
            (schemes,) = [each for each in ElementFilter(kind=ui.select) if each.props.get("label") == "分组方案"]
            said = [each.text for each in ElementFilter(kind=ui.label)]
        assert "chs-drg-category" in schemes.options
        assert not [each for each in said if str(tmp_path) in each]

    Visit(DipCounty(place)).run("officer", look)
    place.close()


def test_where_cases_are_paid_by_rate_there_is_no_catalogue_to_ask_for(visit: Visit) -> None:
    async def look(user: User) -> None:
        await user.open("/schemes?scheme=dip")
        await user.should_see("there is no such scheme")
        await user.open("/grouping")
        await stands(user)
        await user.should_see("birth weight, g")
        await user.should_not_see("DIP catalogue")

    visit.run("hospital", look, "en")


def test_a_hospital_reads_its_points_in_english(by_dip: DipCounty) -> None:
    async def look(user: User) -> None:
        await user.open("/grouping")
        await stands(user)
        await pressed(user, "Fill in an example")
        rows = await tried(user)
        assert rows[0]["change"] == "as it is" or str(rows[0]["change"]).isascii()
        await user.should_see("points of the case")

    Visit(by_dip).run("hospital", look, "en")
