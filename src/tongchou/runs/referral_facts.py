"""The referrals of a settled period with the stays that they name, from the lake and the priced cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import narwhals as nw
import polars as pl
import pyarrow as pa

from tongchou.core.money import E4, divide_half_up
from tongchou.payment.referral.stay import GroupReference, Referral, Stay, StayPrice
from tongchou.payment.referral.up_reward import SenderYear
from tongchou.runs.frames import Facts, institutions_of
from tongchou.runs.region import Period
from tongchou.schema.tables import CASES, INSTITUTIONS, REFERRALS
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class NamedReferral:
    """A referral with the stays that it names, as far as they are known."""

    referral: Referral
    sender: Stay | None
    receiver: Stay | None


def referrals_of(facts: Facts, deciding_date: str, period: Period, priced: Frame) -> list[NamedReferral]:
    """Return the referrals of a period, by id.

    A referral is of the period in which the stay after it is settled; where no such stay is known, of that in which it
    was filed.

    Args:
        facts: The region's tables.
        deciding_date: The column of a case that decides its period.
        period: The settled period.
        priced: Its priced cases.
    """
    known = facts.table(CASES).select("case_id", known_case=nw.col("case_id"))
    settled = priced.select("case_id", settled_case=nw.col("case_id"))
    named = (
        facts.table(REFERRALS)
        .join(known, left_on="to_case_id", right_on="case_id", how="left")
        .join(settled, left_on="to_case_id", right_on="case_id", how="left")
        .join(_sender_levels(facts), on="referral_id", how="left")
    )
    filed_inside = (nw.col("requested_on") >= period.start) & (nw.col("requested_on") <= period.end)
    is_of_period = ~nw.col("settled_case").is_null() | (nw.col("known_case").is_null() & filed_inside)
    rows = _rows(facts, named.filter(is_of_period).select(*_READ).sort("referral_id"))
    case_ids = sorted({row[name] for row in rows for name in ("from_case_id", "to_case_id") if row[name]})
    stays = _stays(facts, deciding_date, priced, case_ids)
    return [
        NamedReferral(_referral(row), stays.get(row["from_case_id"] or ""), stays.get(row["to_case_id"] or ""))
        for row in rows
    ]


_READ = (
    "referral_id",
    "person_id",
    "direction",
    "from_institution_id",
    "from_level",
    "from_case_id",
    "to_institution_id",
    "to_case_id",
    "requested_on",
    "state",
)
"""What is read of a referral."""


def sender_years(
    facts: Facts, period: Period, priced: Frame, up_referrals: Mapping[str, int]
) -> tuple[SenderYear, ...]:
    """Return what every institution with priced cases sent on in a period, by its id.

    Args:
        facts: The region's tables.
        period: The period.
        priced: Its priced cases.
        up_referrals: Valid up-referrals by sender.
    """
    sums = priced.group_by("institution_id").agg(
        nw.len().cast(nw.Int64).alias("discharges"), nw.col("standard_fen").sum().cast(nw.Int64)
    )
    records = institutions_of(facts, period)
    return tuple(
        SenderYear(
            institution_id=row["institution_id"],
            level=records[row["institution_id"]]["level"],
            discharges=row["discharges"],
            up_referrals=up_referrals.get(row["institution_id"], 0),
            standards_fen=row["standard_fen"],
        )
        for row in facts.engine.collect(sums.sort("institution_id")).to_pylist()
    )


def _sender_levels(facts: Facts) -> Frame:
    """Return the level of each referral's sender on the day of filing, where it has a record valid then."""
    institutions = facts.table(INSTITUTIONS).select("institution_id", "valid_from", "valid_until", from_level="level")
    filed = facts.table(REFERRALS).select("referral_id", "from_institution_id", "requested_on")
    return (
        filed.join(institutions, left_on="from_institution_id", right_on="institution_id", how="inner")
        .filter(
            (nw.col("valid_from") <= nw.col("requested_on"))
            & (nw.col("valid_until").is_null() | (nw.col("valid_until") >= nw.col("requested_on")))
        )
        .select("referral_id", "from_level")
    )


def _stays(facts: Facts, deciding_date: str, priced: Frame, case_ids: list[str]) -> dict[str, Stay]:
    wanted = facts.engine.local(pa.table({"case_id": pa.array(case_ids, pa.string())}))
    cases = _cases_with_level(facts, deciding_date)
    prices = priced.select("case_id", "drg", "weight_source", "standard_fen", "payable_fen", "fund_fen")
    references = _references(facts, cases, priced)
    named = cases.join(wanted, on="case_id", how="inner").join(prices, on="case_id", how="left")
    rows = _rows(facts, named.sort("case_id"))
    return {row["case_id"]: _stay(row, references) for row in rows}


def _rows(facts: Facts, frame: Frame) -> list[dict[str, Any]]:
    """Return the rows of a frame; Polars makes them several times faster than Arrow."""
    return cast("pl.DataFrame", pl.from_arrow(facts.engine.collect(frame))).to_dicts()


def _references(facts: Facts, cases: Frame, priced: Frame) -> dict[tuple[str, str], GroupReference]:
    """Return what the period's stays of each group and level are like; ungrouped cases are like nothing."""
    grouped = priced.filter(nw.col("weight_source") != "none").select("case_id", "drg")
    sums = (
        cases.select("case_id", "level", "los_days", "total_fen")
        .join(grouped, on="case_id", how="inner")
        .group_by("drg", "level")
        .agg(
            nw.len().cast(nw.Int64).alias("n"),
            nw.col("los_days").sum().cast(nw.Int64),
            nw.col("total_fen").sum().cast(nw.Int64),
        )
    )
    return {
        (row["drg"], row["level"]): GroupReference(
            cost_fen=divide_half_up(row["total_fen"], row["n"]), los_e4=divide_half_up(row["los_days"] * E4, row["n"])
        )
        for row in facts.engine.collect(sums.sort("drg", "level")).to_pylist()
    }


def _cases_with_level(facts: Facts, deciding_date: str) -> Frame:
    """Return the cases whose institution has a record valid on the deciding date, with its level."""
    institutions = facts.table(INSTITUTIONS).select("institution_id", "valid_from", "valid_until", "level")
    names = ("case_id", "person_id", "institution_id", "admitted_on", "discharged_on", "los_days", "total_fen")
    return (
        facts.table(CASES)
        .select(*names, decided_on=nw.col(deciding_date))
        .join(institutions, on="institution_id", how="inner")
        .filter(
            (nw.col("valid_from") <= nw.col("decided_on"))
            & (nw.col("valid_until").is_null() | (nw.col("valid_until") >= nw.col("decided_on")))
        )
        .select(*names, "decided_on", "level")
    )


def _stay(row: Mapping[str, Any], references: Mapping[tuple[str, str], GroupReference]) -> Stay:
    is_priced, is_grouped = row["payable_fen"] is not None, row["weight_source"] not in (None, "none")
    return Stay(
        case_id=row["case_id"],
        person_id=row["person_id"],
        institution_id=row["institution_id"],
        level=row["level"],
        admitted_on=_day(row["admitted_on"]),
        discharged_on=_day(row["discharged_on"]),
        decided_on=_day(row["decided_on"]),
        los_days=row["los_days"],
        cost_fen=row["total_fen"],
        price=StayPrice(row["standard_fen"], row["payable_fen"], row["fund_fen"]) if is_priced else None,
        reference=references.get((row["drg"], row["level"])) if is_grouped else None,
    )


def _referral(row: Mapping[str, Any]) -> Referral:
    return Referral(
        referral_id=row["referral_id"],
        person_id=row["person_id"],
        direction=row["direction"],
        from_institution_id=row["from_institution_id"],
        from_level=row["from_level"],
        is_of_stay=row["from_case_id"] is not None,
        to_institution_id=row["to_institution_id"],
        requested_on=_day(row["requested_on"]),
        state=row["state"],
    )


def _day(value: date) -> date:
    return date(value.year, value.month, value.day)
