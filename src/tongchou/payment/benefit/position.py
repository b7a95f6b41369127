"""A person's running position (待遇累计): what was paid and used so far in the year."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class LayerUse:
    """What a payer beyond basic insurance has counted and paid in the year, fen.

    Attributes:
        burden_fen: Burden that counted for it.
        paid_fen: What it paid.
    """

    burden_fen: int = 0
    paid_fen: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """A person's position before a settlement, or after it; amounts in fen.

    Attributes:
        year: The year it counts for.
        stay_count: Stays settled in the year.
        episode_count: Episodes of stays begun in the year; a stay without an episode is one of its own.
        episode_number: Which episode of the year each is, from 1.
        deductible_fen: Deductibles of stays paid in the year.
        episode_deductible_fen: The same by episode, also of episodes that began in the year before.
        basic_fund_fen: Basic fund used in the year, as far as it counts towards the yearly cap.
        pot_deductible_fen: Deductibles paid in the year by pot of outpatient care (see `basic.pot_of`).
        pot_fund_fen: Fund used in the year by pot.
        catastrophic: Catastrophic insurance (大病保险).
        supplementary: Supplementary cover (补充保障).
        aid: Medical aid (医疗救助).
        account_fen: Balance of the personal account (个人账户).
    """

    year: int
    stay_count: int = 0
    episode_count: int = 0
    episode_number: Mapping[str, int] = field(default_factory=dict)
    deductible_fen: int = 0
    episode_deductible_fen: Mapping[str, int] = field(default_factory=dict)
    basic_fund_fen: int = 0
    pot_deductible_fen: Mapping[str, int] = field(default_factory=dict)
    pot_fund_fen: Mapping[str, int] = field(default_factory=dict)
    catastrophic: LayerUse = LayerUse()
    supplementary: LayerUse = LayerUse()
    aid: LayerUse = LayerUse()
    account_fen: int = 0

    def opening(self, year: int) -> "Position":
        """Return the position at the beginning of a later year.

        Sums of the year begin anew. The account's balance and what was paid in each episode go on, since an
        episode may cross the turn of the year.
        """
        return Position(year, episode_deductible_fen=self.episode_deductible_fen, account_fen=self.account_fen)

    def with_stay(self, episode_id: str, deductible_fen: int) -> "Position":
        """Return the position after a stay whose deductible was paid."""
        paid, numbers, count = self.episode_deductible_fen, self.episode_number, self.episode_count
        if episode_id not in paid:
            count += 1
            numbers = {**numbers, episode_id: count} if episode_id else numbers
        return replace(
            self,
            stay_count=self.stay_count + 1,
            episode_count=count,
            episode_number=numbers,
            deductible_fen=self.deductible_fen + deductible_fen,
            episode_deductible_fen=_plus(paid, episode_id, deductible_fen) if episode_id else paid,
        )

    def with_visit(self, pot: str, deductible_fen: int, fund_fen: int) -> "Position":
        """Return the position after outpatient care of a pot."""
        return replace(
            self,
            pot_deductible_fen=_plus(self.pot_deductible_fen, pot, deductible_fen),
            pot_fund_fen=_plus(self.pot_fund_fen, pot, fund_fen),
        )


def _plus(amounts: Mapping[str, int], key: str, amount: int) -> Mapping[str, int]:
    return {**amounts, key: amounts.get(key, 0) + amount}
