"""The working place: a region, its records, and what every act needs of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from tongchou.access.admission import admit
from tongchou.access.decision import Decision, may_do_some
from tongchou.access.recognising import Recogniser
from tongchou.access.rules import SignInRules, built_in_rules
from tongchou.access.subject import REGION, Subject, Whose, whose_institution
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.database import Records, open_records, records_url
from tongchou.records.models import InstitutionScope
from tongchou.records.users import put_institutions
from tongchou.runs.frames import Facts
from tongchou.runs.region import Region, open_region
from tongchou.schema.tables import ALLIANCE_MEMBERS, INSTITUTIONS
from tongchou.workplace.at_hand import AtHand
from tongchou.workplace.engines import EnginePool
from tongchou.workplace.settings import Settings
from tongchou.workplace.shelf import Shelf


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workplace:
    """A region at work.

    Attributes:
        settings: What it was told at its start.
        region: The region.
        records: People's records.
        engines: Engines that read the lake.
        shelf: Figures of finished runs.
        rules: How people sign in.
        recogniser: Who a request comes from.
        at_hand: Policy, groupers and prices, kept loaded.
        now: The clock.
    """

    settings: Settings
    region: Region
    records: Records
    engines: EnginePool
    shelf: Shelf
    rules: SignInRules
    recogniser: Recogniser
    at_hand: AtHand
    now: Callable[[], datetime] = _now

    @property
    def today(self) -> date:
        """The day, where the place is."""
        return self.now().astimezone().date()

    def admit(self, subject: Subject, action: str, grade: str, whose: Whose = REGION, *, where: str = "") -> Decision:
        """Return the decision that lets somebody do an act.

        Raises:
            TongchouError: `access.refused`; the refusal is noted.
        """
        return admit(self.records, subject, action, whose, grade, self.now(), where=where)

    def admit_to_some(self, subject: Subject, action: str, grade: str, *, where: str = "") -> None:
        """Refuse who may do an act on nothing at all, before it is told whether the object is there.

        Raises:
            TongchouError: `access.refused`; the refusal is noted.
        """
        if not may_do_some(subject, action, grade):
            self.admit(subject, action, grade, where=where)

    def whose(self, *institution_ids: str) -> Whose:
        """Return what belongs to institutions and to the alliances that they are in today."""
        with self.records.reading() as session:
            return whose_institution(session, *institution_ids, on=self.today)

    @contextmanager
    def facts(self) -> Iterator[Facts]:
        """Give the region's tables as they are now."""
        lake = self.region.lake
        with self.engines.engine() as engine:
            yield Facts(engine, lake, lake.snapshot())

    def close(self) -> None:
        """Close the records and the engines."""
        self.records.close()
        self.engines.close()


def open_workplace(settings: Settings, now: Callable[[], datetime] = _now) -> Workplace:
    """Open the working place of a region.

    Raises:
        TongchouError: `runs.no_region`; `records.address`, `records.newer`, `records.unavailable`.
    """
    region = open_region(settings.region)
    records = open_records(settings.records or records_url(region.folder))
    engines = EnginePool()
    rules = built_in_rules()
    if settings.idle_minutes is not None:
        rules = replace(rules, idle=timedelta(minutes=settings.idle_minutes))
    recogniser = Recogniser(records, rules, now)
    shelf = Shelf(region, engines)
    at_hand = AtHand(region, shelf, engines, lambda: now().astimezone().date())
    place = Workplace(settings, region, records, engines, shelf, rules, recogniser, at_hand, now)
    enter_institutions(place)
    return place


def enter_institutions(place: Workplace) -> None:
    """Enter the lake's institutions and their alliances into the records, by which rights are decided."""
    with place.facts() as facts:
        members = facts.engine.collect(facts.table(ALLIANCE_MEMBERS).sort("institution_id", "valid_from")).to_pylist()
        rows = facts.engine.collect(facts.table(INSTITUTIONS).sort("institution_id", "valid_from")).to_pylist()
    names = {row["institution_id"]: row for row in rows}
    scopes = [
        InstitutionScope(
            institution_id=row["institution_id"],
            valid_from=row["valid_from"],
            valid_until=row["valid_until"],
            alliance_id=row["alliance_id"],
            title=names[row["institution_id"]]["name_zh"],
            level=names[row["institution_id"]]["level"],
        )
        for row in members
        if row["institution_id"] in names
    ]
    inside = {scope.institution_id for scope in scopes}
    scopes += [
        InstitutionScope(
            institution_id=row["institution_id"],
            valid_from=row["valid_from"],
            valid_until=row["valid_until"],
            alliance_id="",
            title=row["name_zh"],
            level=row["level"],
        )
        for row in rows
        if row["institution_id"] not in inside
    ]
    with place.records.writing() as session:
        put_institutions(session, scopes)


def no_such(code: str, what: Text, where: str) -> TongchouError:
    """Return the error for something that the place does not have."""
    return TongchouError(
        code,
        what=what,
        where=where,
        why=Text("编号可能写错，或已不存在", "the id may be misspelt, or it is gone"),
        remedy=Text("从列表中重新选择", "choose it anew from the list"),
    )
