"""The figures of a run that its command prints, kept in the run's record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw

from tongchou.core.money import round_half_up
from tongchou.core.text import Text
from tongchou.payment.cases.points_value import PointValue
from tongchou.payment.clearing import Line
from tongchou.payment.transfer import Transfer
from tongchou.runs.beside_words import purpose_name
from tongchou.runs.frames import Facts, set_aside_rows
from tongchou.runs.report_parts import Part
from tongchou.statements.model import AllianceStatement, InstitutionStatement
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class AllianceFigures:
    """An alliance's year; amounts in fen, negative in a deficit."""

    alliance_id: str
    name: Text
    base_fen: int
    actual_fen: int
    surplus_fen: int
    rate_e4: int
    kept_fen: int
    returned_fen: int
    reserve_fen: int


@dataclass(frozen=True, slots=True)
class InstitutionFigures:
    """An institution's year; amounts in fen."""

    institution_id: str
    name: Text
    case_count: int
    cmi_e4: int
    charges_fen: int
    fund_fen: int
    result_fen: int
    share_fen: int
    due_fen: int


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """What the points of a pool were worth, and whether the pool covers what the fund pays for them.

    Attributes:
        pool: Insurance type, or `joint`.
        source: How the value was found: `settlement`, `fixed`, `corridor_low`, `corridor_high`.
        value_e4: Yuan of a point x 10,000, half up.
        pool_fen: What there was to share, fund and others together, fen.
        payable_fen: What the points come to, fen.
        left_fen: What the pool has left over; negative: what it lacks, fen.
    """

    pool: str
    source: str
    value_e4: int
    pool_fen: int
    payable_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class PurposeFigures:
    """What is due beside cases for a purpose, from one kind of party to another.

    Attributes:
        purpose: What the payer spends it on.
        name: The same for people.
        payer_kind: Kind of party that pays: `fund`, `institution`, `risk_pool`, …
        payee_kind: Kind of party that is paid.
        count: Number of amounts, those of nothing included.
        amount_fen: Their sum, fen.
    """

    purpose: str
    name: Text
    payer_kind: str
    payee_kind: str
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to.

    Attributes:
        case_count: Cases priced.
        ungrouped_count: Of these, without a group.
        alliances: In the order of their reports.
        institutions: By id.
        weight_sources: Cases by the source of their weight.
        set_aside: Rows set aside at intake, by table.
        sample_case: The grouped case on which its hospital lost most: worth a first question.
        beside: What is due beside cases, by purpose and by who pays whom; runs of earlier editions have none.
        pools: What points were worth, where points are paid.
    """

    case_count: int
    ungrouped_count: int
    alliances: tuple[AllianceFigures, ...]
    institutions: tuple[InstitutionFigures, ...]
    weight_sources: Mapping[str, int]
    set_aside: Mapping[str, int]
    sample_case: str
    beside: tuple[PurposeFigures, ...] = ()
    pools: tuple[PoolFigures, ...] = ()


def summarise(
    facts: Facts,
    parts: Sequence[Part],
    priced: Frame,
    transfers: Sequence[Transfer],
    values: Iterable[PointValue],
) -> RunSummary:
    """Return the figures of a run from its parts, its priced cases, what is due beside them and its point values."""
    institutions = {each.institution_id: each for part in parts for each in part.institutions}
    by_source = priced.group_by("weight_source").agg(nw.len().cast(nw.Int64).alias("n")).sort("weight_source")
    sources = {row["weight_source"]: row["n"] for row in facts.engine.collect(by_source).to_pylist()}
    by_loss = priced.filter(nw.col("weight_source") != "none").sort("hospital_result_fen", "case_id").head(1)
    sample = facts.engine.collect(by_loss.select("case_id"))["case_id"].to_pylist()
    return RunSummary(
        case_count=sum(each.case_count for each in institutions.values()),
        ungrouped_count=sum(each.ungrouped_count for each in institutions.values()),
        alliances=tuple(_alliance(part.alliance) for part in parts if part.alliance),
        institutions=tuple(_institution(each) for _, each in sorted(institutions.items())),
        weight_sources=sources,
        set_aside=set_aside_rows(facts),
        sample_case=sample[0] if sample else "",
        beside=by_purpose(transfers),
        pools=tuple(_pool(value) for value in values),
    )


def _pool(value: PointValue) -> PoolFigures:
    payable = sum(value.gross_fen.values())
    # Fen of a point x 100 is yuan of a point x 10,000.
    yuan_e4 = round_half_up(value.fen_per_point * 100)
    return PoolFigures(value.pool, value.source, yuan_e4, value.pool_fen, payable, value.left_fen)


def by_purpose(transfers: Sequence[Transfer]) -> tuple[PurposeFigures, ...]:
    """Return the sums of transfers by purpose and by the kinds of who pays whom, in that order."""
    amounts: dict[tuple[str, str, str], list[int]] = {}
    for each in transfers:
        amounts.setdefault((each.purpose, each.payer.kind, each.payee.kind), []).append(each.amount_fen)
    return tuple(
        PurposeFigures(purpose, purpose_name(purpose), payer, payee, len(own), sum(own))
        for (purpose, payer, payee), own in sorted(amounts.items())
    )


def _alliance(alliance: AllianceStatement) -> AllianceFigures:
    return AllianceFigures(
        alliance_id=alliance.alliance_id,
        name=alliance.name,
        base_fen=alliance.base_fen,
        actual_fen=alliance.actual.total_fen,
        surplus_fen=alliance.surplus_fen,
        rate_e4=alliance.rate_e4,
        kept_fen=alliance.kept_fen,
        returned_fen=alliance.returned_fen,
        reserve_fen=alliance.reserve_fen,
    )


def _institution(each: InstitutionStatement) -> InstitutionFigures:
    lines = {line.line: line.amount_fen for line in each.lines}
    return InstitutionFigures(
        institution_id=each.institution_id,
        name=each.name,
        case_count=each.case_count,
        cmi_e4=each.cmi_e4,
        charges_fen=each.charges_fen,
        fund_fen=each.fund_fen,
        result_fen=each.hospital_result_fen,
        share_fen=lines[Line.SURPLUS_SHARE],
        due_fen=lines[Line.DUE_AT_CLEARING],
    )
