"""Service events and outcome records of a region, laid out for the payment methods."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import narwhals as nw

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.payment.events.event import Event
from tongchou.runs.frames import Facts, count
from tongchou.runs.region import Period
from tongchou.schema.service_tables import OUTCOMES, SERVICE_EVENTS
from tongchou.schema.tables import CASES, INSTITUTIONS, PERSONS


def service_events(facts: Facts, start: date, end: date, kinds: Collection[str] | None = None) -> list[Event]:
    """Return the events of a range of days, both inclusive, with levels, insurance types and outcomes filled in.

    Args:
        facts: The region's tables.
        start: First day.
        end: Last day.
        kinds: The kinds wanted; all where none are named.

    Raises:
        Problems: `runs.institution_not_valid` for every institution without a record valid on the day of an event.
    """
    day = nw.col("occurred_on")
    insured = facts.table(PERSONS).select("person_id", nw.col("insurance_type").alias("_insured_as"))
    chosen = facts.table(SERVICE_EVENTS).filter((day >= start) & (day <= end))
    if kinds is not None:
        chosen = chosen.filter(nw.col("kind").is_in(sorted(kinds)))
    frame = chosen.join(insured, on="person_id", how="left")
    rows = facts.engine.collect(frame.sort("event_id")).to_pylist()
    if not rows:
        return []
    levels = _Levels(facts)
    outcomes = _event_outcomes(facts)
    events = [_event(row, levels, outcomes.get(row["event_id"], {})) for row in rows]
    if levels.problems:
        raise Problems(list(levels.problems.values()))
    return events


def has_events(facts: Facts, start: date, end: date) -> bool:
    """Return whether there are events in a range of days, both inclusive."""
    day = nw.col("occurred_on")
    return count(facts.engine, facts.table(SERVICE_EVENTS).filter((day >= start) & (day <= end))) > 0


def ended_persons(facts: Facts, period: Period) -> dict[str, date]:
    """Return the day from which a person is no longer paid for: death in hospital or recorded, or departure.

    A departure that ended before the period is none: the person is back.
    """
    records = facts.table(OUTCOMES).filter(
        (nw.col("measure") == "death")
        | (
            (nw.col("measure") == "departure")
            & (nw.col("valid_until").is_null() | (nw.col("valid_until") >= period.start))
        )
    )
    deaths = facts.table(CASES).filter(nw.col("discharge_way") == "death")
    ended: dict[str, date] = {}
    for frame, day in ((records, "valid_from"), (deaths, "discharged_on")):
        for row in facts.engine.collect(frame.select("person_id", day)).to_pylist():
            if row["person_id"] is not None:
                ended[row["person_id"]] = min(row[day], ended.get(row["person_id"], date.max))
    return ended


def values_in_force(facts: Facts, measure: str, whose: str, start: date, end: date) -> dict[str, int]:
    """Return the latest value of a measure that holds in a range of days, x 10,000, by person or institution.

    Args:
        facts: The region's tables.
        measure: A state of `OUTCOME_MEASURE`.
        whose: The column that names whose it is.
        start: First day.
        end: Last day, inclusive.

    Raises:
        TongchouError: `runs.outcomes_differ` if two records of one of them begin on the same day.
    """
    records = facts.table(OUTCOMES).filter(
        (nw.col("measure") == measure)
        & ~nw.col(whose).is_null()
        & (nw.col("valid_from") <= end)
        & (nw.col("valid_until").is_null() | (nw.col("valid_until") >= start))
    )
    rows = facts.engine.collect(records.select(whose, "valid_from", "value_e4", "outcome_id")).to_pylist()
    return _latest(rows, whose, measure)


def _event_outcomes(facts: Facts) -> dict[str, dict[str, int]]:
    by_event: dict[str, dict[str, int]] = defaultdict(dict)
    for measure in ("functional_gain", "functional_gain_predicted"):
        records = facts.table(OUTCOMES).filter((nw.col("measure") == measure) & ~nw.col("event_id").is_null())
        rows = facts.engine.collect(records.select("event_id", "valid_from", "value_e4", "outcome_id")).to_pylist()
        for event_id, value in _latest(rows, "event_id", measure).items():
            by_event[event_id][measure] = value
    return by_event


def _latest(rows: Iterable[dict[str, Any]], whose: str, measure: str) -> dict[str, int]:
    latest: dict[str, dict[str, Any]] = {}
    for row in rows:
        found = latest.get(row[whose])
        if found is None or row["valid_from"] > found["valid_from"]:
            latest[row[whose]] = row
    for row in rows:
        found = latest[row[whose]]
        if row["valid_from"] == found["valid_from"] and row["value_e4"] != found["value_e4"]:
            raise TongchouError(
                "runs.outcomes_differ",
                what=Text("同一指标同日有两个不同数值", "a measure has two values of the same day"),
                where=f"{measure}: {row[whose]}, {', '.join(sorted((row['outcome_id'], found['outcome_id'])))}",
                why=Text("不能判断哪个是准的", "which of them is right cannot be known"),
                remedy=Text("更正结果与风险记录", "correct the outcome and risk records"),
            )
    return {key: row["value_e4"] for key, row in latest.items()}


class _Levels:
    """The levels of institutions by day; what cannot be found is kept as a problem."""

    def __init__(self, facts: Facts) -> None:
        records = facts.table(INSTITUTIONS).select("institution_id", "valid_from", "valid_until", "level")
        self._by_id: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in facts.engine.collect(records.sort("institution_id", "valid_from")).to_pylist():
            self._by_id[row["institution_id"]].append(row)
        self.problems: dict[str, TongchouError] = {}

    def on(self, institution_id: str, day: date) -> str | None:
        for row in reversed(self._by_id.get(institution_id, [])):
            if row["valid_from"] <= day and (row["valid_until"] is None or row["valid_until"] >= day):
                return str(row["level"])
        self.problems.setdefault(institution_id, _not_valid(institution_id, day))
        return None


def _not_valid(institution_id: str, day: date) -> TongchouError:
    return TongchouError(
        "runs.institution_not_valid",
        what=Text("有服务事件的机构在当日没有有效记录", "a service event's institution has no record valid on its day"),
        where=f"{institution_id} {day.isoformat()}",
        why=Text("没有机构等级就不能定价", "without a level the event cannot be priced"),
        remedy=Text("补充机构表的有效期", "complete the periods of validity in the table of institutions"),
    )


def _event(row: dict[str, Any], levels: _Levels, outcomes: dict[str, int]) -> Event:
    day, partner = row["occurred_on"], row["partner_institution_id"]
    return Event(
        event_id=row["event_id"],
        kind=row["kind"],
        occurred_on=day,
        institution_id=row["institution_id"],
        level=levels.on(row["institution_id"], day),
        partner_id=partner,
        partner_level=None if partner is None else levels.on(partner, day),
        person_id=row["person_id"],
        insurance_type=row["insurance_type"] or row["_insured_as"],
        case_id=row["case_id"],
        disease=row["disease"],
        item=row["item"],
        units=row["units"],
        days=row["days"],
        days_before=row["days_before"],
        total_fen=row["total_fen"],
        in_scope_fen=row["in_scope_fen"],
        cost_price_fen=row["cost_price_fen"],
        actual_e4=outcomes.get("functional_gain"),
        predicted_e4=outcomes.get("functional_gain_predicted"),
    )
