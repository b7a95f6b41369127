"""The model of a search for the split: how members' shares move with the parts that are fixed by the policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.alliance.facts import AllianceFacts, Measure, MemberFacts
from tongchou.alliance.settlement import settle_alliance
from tongchou.core.errors import TongchouError
from tongchou.core.money import E4, split_largest_remainder
from tongchou.core.text import Text
from tongchou.scenarios.model import Linear, Outcome, Values, stay_income
from tongchou.scenarios.results import RunResults
from tongchou.scenarios.search_order import UNKNOWNS

_NAME = "alliance/split/shares"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What one alliance keeps (negative: bears), and what each part of it is shared by."""

    fen: int
    bases: Mapping[str, Mapping[str, int]]

    def shares(self, values: Values) -> dict[str, int]:
        """Return each member's share, fen, by largest remainders as the settlement does."""
        parts = split_largest_remainder(self.fen, values)
        shares: dict[str, int] = {}
        for part, basis in self.bases.items():
            own = split_largest_remainder(parts[part], basis) if parts[part] else dict.fromkeys(basis, 0)
            shares |= own
        return shares


@dataclass(frozen=True, slots=True)
class SplitModel:
    """The model of the parts of the fixed split (primary, hospitals, reserve).

    Attributes:
        values: The parts of the scenario's policy x 10,000.
        fund_fen: The fund's part of all stays, which the split does not move.
        fixed_incomes_fen: Each institution's income from stays.
        kept: What each alliance keeps.
    """

    values: Values
    fund_fen: int
    fixed_incomes_fen: Mapping[str, int]
    kept: tuple[_Kept, ...]

    @property
    def present(self) -> Values:
        """The parts of the scenario's policy."""
        return self.values

    @property
    def fund(self) -> Linear:
        """The fund's part of all stays."""
        return Linear(Fraction(self.fund_fen), {})

    @property
    def incomes(self) -> Mapping[str, Linear]:
        """Each institution's income from stays and its share."""
        forms = {key: Linear(Fraction(fen), {}) for key, fen in self.fixed_incomes_fen.items()}
        for each in self.kept:
            for part, basis in each.bases.items():
                whole = max(1, sum(basis.values()))
                for member, amount in basis.items():
                    slope = Fraction(each.fen * amount, whole * E4)
                    forms[member] = forms[member] + Linear(Fraction(0), {part: slope})
        return forms

    def outcome(self, values: Values) -> Outcome:
        """Return what whole parts come to, by the settlement's own rounding."""
        incomes = dict(self.fixed_incomes_fen)
        for each in self.kept:
            for member, share in each.shares(values).items():
                incomes[member] += share
        return Outcome(values, self.fund_fen, incomes)


def split_model(run: RunResults) -> SplitModel:
    """Return the model of the split around a run.

    Raises:
        TongchouError: `scenarios.no_fixed_split` if the policy does not split by fixed parts;
            `scenarios.shares_differ` if the model's shares at the present parts are not the settlement's.
    """
    if run.view.text("alliance/split/mode") != "fixed":
        raise TongchouError(
            "scenarios.no_fixed_split",
            what=Text("分配方式不是固定比例", "the surplus is not split by fixed parts"),
            where="alliance/split/mode",
            why=Text("只有固定比例可以求解", "only fixed parts can be searched for"),
            remedy=Text(
                "在 changes 中把 alliance/split/mode 设为 fixed", "set alliance/split/mode to fixed among the changes"
            ),
        )
    values = {part: run.view.e4(_NAME, part=part) for part in UNKNOWNS["split"]}
    sums = run.by(lambda cell: cell.institution_id)
    incomes = {key: stay_income(each) for key, each in sums.items()}
    kept = []
    for alliance in run.alliances:
        for member in alliance.members:
            incomes.setdefault(member.institution_id, 0)
        kept.append(_checked(run, alliance, values))
    return SplitModel(values, run.total.fund_fen, dict(sorted(incomes.items())), tuple(kept))


def _checked(run: RunResults, alliance: AllianceFacts, values: Values) -> _Kept:
    settled = settle_alliance(run.view, alliance)
    members = sorted(alliance.members, key=lambda member: member.institution_id)
    primary = {m.institution_id: m.amount(Measure.PRIMARY_VISITS) for m in members if m.is_primary}
    hospitals = _help([member for member in members if not member.is_primary])
    kept = _Kept(settled.alliance_fen, {"primary": primary, "hospitals": hospitals})
    if kept.shares(values) != dict(settled.members_fen):
        raise TongchouError(
            "scenarios.shares_differ",
            what=Text("求解所用的分配与清算规则不一致", "the modelled shares differ from the settlement's"),
            where=alliance.alliance_id,
            why=Text("分配规则有模型未包含的部分", "the rule of the split has a part that the model leaves out"),
            remedy=Text("报告此问题", "report this problem"),
        )
    return kept


def _help(hospitals: Sequence[MemberFacts]) -> dict[str, int]:
    """Return technical help of each hospital, or case weight where none gave any, as the settlement does."""
    given = {
        hospital.institution_id: hospital.amount(Measure.DOWN_REFERRALS) + hospital.amount(Measure.RECOGNISED_EXAMS)
        for hospital in hospitals
    }
    if any(given.values()):
        return given
    return {hospital.institution_id: hospital.amount(Measure.CASE_WEIGHT) for hospital in hospitals}
