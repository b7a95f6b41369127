"""Care that crosses alliances (跨医联体就医): whose people were treated by whose members, and what it comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text


@dataclass(frozen=True, slots=True)
class CrossingUse:
    """What the fund paid an alliance's members for the people of another alliance's package.

    It counts as care elsewhere against the budget of the people's own alliance.

    Attributes:
        home: The alliance whose package the people belong to.
        treating: The alliance whose members treated them.
        inpatient_fen: The fund's part of their stays.
        outpatient_fen: The fund's part of their outpatient settlements.
    """

    home: str
    treating: str
    inpatient_fen: int
    outpatient_fen: int

    def __post_init__(self) -> None:
        """Refuse what does not cross.

        Raises:
            TongchouError: `alliance.no_crossing`.
        """
        if self.home == self.treating:
            raise TongchouError(
                "alliance.no_crossing",
                what=Text("两个医联体相同，不是跨医联体就医", "care inside one alliance does not cross"),
                where=f"{self.home}: {format_yuan(self.total_fen)}",
                why=Text("本医联体内的支出已计入成员机构", "it is counted as care at members already"),
                remedy=Text("只列其他医联体的成员", "list the members of other alliances only"),
            )

    @property
    def total_fen(self) -> int:
        """Stays and outpatient settlements together."""
        return self.inpatient_fen + self.outpatient_fen


@dataclass(frozen=True, slots=True)
class CrossingBalance:
    """One alliance's side of all crossing care; `received_fen - paid_fen = net_fen`.

    Attributes:
        alliance_id: The alliance.
        paid_fen: Its people's care at other alliances' members: what left its package.
        received_fen: Other alliances' people's care at its members: what came to its members.
        net_fen: The difference; over all alliances it sums to zero.
    """

    alliance_id: str
    paid_fen: int
    received_fen: int
    net_fen: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """All crossing care of a year: a row for each pair of alliances, and each alliance's balance.

    Attributes:
        rows: One a pair that has any, by home and treating alliance.
        balances: One an alliance, by id, also those without any.
    """

    rows: tuple[CrossingUse, ...]
    balances: tuple[CrossingBalance, ...]


def settle_crossing(alliances: Sequence[str], uses: Iterable[CrossingUse]) -> Crossing:
    """Sum crossing care by pair and alliance.

    The fund has paid the treating institutions already; the rows say between which packages the money went, and are
    no further payment.

    Args:
        alliances: The ids of the region's alliances.
        uses: The care, in any order; pairs may repeat.
    """
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for use in uses:
        pair = (use.home, use.treating)
        inpatient, outpatient = sums.get(pair, (0, 0))
        sums[pair] = (inpatient + use.inpatient_fen, outpatient + use.outpatient_fen)
    rows = tuple(CrossingUse(*pair, *sums[pair]) for pair in sorted(sums) if any(sums[pair]))
    ids = sorted({*alliances, *(each for pair in sums for each in pair)})
    balances = []
    for alliance in ids:
        paid = sum(row.total_fen for row in rows if row.home == alliance)
        received = sum(row.total_fen for row in rows if row.treating == alliance)
        balances.append(CrossingBalance(alliance, paid, received, received - paid))
    return Crossing(rows, tuple(balances))
