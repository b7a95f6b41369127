"""What a package covers: whose care, which kinds of it, where, and whether the patients' payments count."""

from dataclasses import dataclass
from fractions import Fraction

from tongchou.alliance.choices import unknown_choice
from tongchou.alliance.facts import AllianceFacts, FundUse
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class Package:
    """The rules of a package.

    Attributes:
        population: Whose care it covers, in words.
        kinds: `inpatient`, and `outpatient` where it is covered.
        outside: What becomes of care elsewhere: `counted` as use, `deducted_first` from the budget, `excluded` from
            both.
        controlled: What the budget limits: `fund_payment`, or the `total_cost`, patients' payments included.
        reads: The parameters read.
    """

    population: Text
    kinds: tuple[str, ...]
    outside: str
    controlled: str
    reads: tuple[ParameterRead, ...]

    def fund_inside_fen(self, facts: AllianceFacts) -> int:
        """Return what the fund paid members for covered care."""
        use = facts.fund_use
        return use.inpatient_inside_fen + ("outpatient" in self.kinds) * use.outpatient_inside_fen

    def fund_outside_fen(self, facts: AllianceFacts) -> int:
        """Return what the fund paid for covered kinds of care elsewhere, whether or not it counts."""
        use = facts.fund_use
        return use.inpatient_outside_fen + ("outpatient" in self.kinds) * use.outpatient_outside_fen

    def used_fen(self, facts: AllianceFacts) -> int:
        """Return the fund use that counts against the budget."""
        return self.fund_inside_fen(facts) + (self.outside == "counted") * self.fund_outside_fen(facts)

    def counted_use(self, facts: AllianceFacts) -> FundUse:
        """Return the fund use that counts, by place; what does not count is zero."""
        use, has_outpatient, has_outside = facts.fund_use, "outpatient" in self.kinds, self.outside == "counted"
        return FundUse(
            use.inpatient_inside_fen,
            has_outside * use.inpatient_outside_fen,
            has_outpatient * use.outpatient_inside_fen,
            has_outpatient * has_outside * use.outpatient_outside_fen,
        )

    def deducted_fen(self, facts: AllianceFacts) -> int:
        """Return what is taken off the budget first, in the money that the budget is stated in."""
        if self.outside != "deducted_first":
            return 0
        patients = self._patient_fen(facts)[1] if self.controlled == "total_cost" else 0
        return self.fund_outside_fen(facts) + patients

    def fund_part(self, facts: AllianceFacts) -> Fraction:
        """Return the fund's part of the money that the budget is stated in: 1, or the year's actual ratio.

        Raises:
            TongchouError: `alliance.no_patient_payments` if the total cost is controlled and what patients paid is
                not known, or there was no cost at all.
        """
        if self.controlled == "fund_payment":
            return Fraction(1)
        inside, outside = self._patient_fen(facts)
        fund = self.used_fen(facts)
        total = fund + inside + (self.outside == "counted") * outside
        if total <= 0:
            raise _no_patient_payments(facts.alliance_id)
        return Fraction(fund, total)

    def _patient_fen(self, facts: AllianceFacts) -> tuple[int, int]:
        paid, has_outpatient = facts.patient_payments, "outpatient" in self.kinds
        if paid is None:
            raise _no_patient_payments(facts.alliance_id)
        return (
            paid.inpatient_inside_fen + has_outpatient * paid.outpatient_inside_fen,
            paid.inpatient_outside_fen + has_outpatient * paid.outpatient_outside_fen,
        )


def read_package(view: PolicyView) -> Package:
    """Read what the package covers.

    Raises:
        TongchouError: `alliance.unknown_choice` if a value names no rule.
    """
    with view.recording() as reads:
        population = _population(view)
        kinds = _kinds(view)
        outside = view.text("alliance/package/outside")
        controlled = view.text("alliance/budget/controlled")
    if outside not in ("counted", "deducted_first", "excluded"):
        raise unknown_choice("alliance/package/outside", outside)
    if controlled not in ("fund_payment", "total_cost"):
        raise unknown_choice("alliance/budget/controlled", controlled)
    return Package(population, kinds, outside, controlled, tuple(reads))


def measure_fund_use(view: PolicyView, facts: AllianceFacts) -> tuple[int, Step]:
    """Return the fund use that counts against the budget, fen, with its explanation.

    Care elsewhere counts where `alliance/package/outside` is `counted`; outpatient care where
    `alliance/package/outpatient` is `included`.
    """
    package = read_package(view)
    use, actual = facts.fund_use, package.used_fen(facts)
    rejected = [_NO_OUTPATIENT] if "outpatient" not in package.kinds else []
    if package.outside != "counted":
        rejected.append(_OUTSIDE[package.outside])
    step = Step(
        "alliance.fund_use",
        Text("打包人群的基金支出", "Fund use of the package's people"),
        Text(f"实际支出 {format_yuan(actual)} 元", f"{format_yuan(actual)} yuan used"),
        facts=(
            Fact(package.population, str(facts.heads)),
            Fact(
                Text("住院：成员机构（元）", "inpatient at members, yuan"),
                format_yuan(use.inpatient_inside_fen),
            ),
            Fact(
                Text("住院：其他机构（元）", "inpatient elsewhere, yuan"),
                format_yuan(use.inpatient_outside_fen),
            ),
            Fact(
                Text("门诊：成员机构（元）", "outpatient at members, yuan"),
                format_yuan(use.outpatient_inside_fen),
            ),
            Fact(
                Text("门诊：其他机构（元）", "outpatient elsewhere, yuan"),
                format_yuan(use.outpatient_outside_fen),
            ),
        ),
        parameters=package.reads,
        rejected=tuple(rejected),
    )
    return actual, step


_NO_OUTPATIENT = Text("门诊不在打包范围内，未计入", "outpatient care is not in the package")
_OUTSIDE = {
    "deducted_first": Text(
        "在其他机构的支出已先从预算中扣除，不再计入", "care elsewhere was deducted from the budget first"
    ),
    "excluded": Text("在其他机构的支出不在打包范围内，未计入", "care elsewhere is not in the package"),
}


def _population(view: PolicyView) -> Text:
    match view.text("alliance/package/population"):
        case "insured_in_area":
            return Text("辖区参保人数", "heads insured in the area")
        case "contracted":
            return Text("签约人数", "heads contracted with the alliance")
        case other:
            raise unknown_choice("alliance/package/population", other)


def _kinds(view: PolicyView) -> tuple[str, ...]:
    match view.text("alliance/package/outpatient"):
        case "included":
            return ("inpatient", "outpatient")
        case "excluded":
            return ("inpatient",)
        case other:
            raise unknown_choice("alliance/package/outpatient", other)


def _no_patient_payments(alliance_id: str) -> TongchouError:
    return TongchouError(
        "alliance.no_patient_payments",
        what=Text("缺少个人负担数据，无法按总费用控制", "the total cost cannot be controlled"),
        where=alliance_id,
        why=Text(
            "按总费用控制时，结余须按当年实际补偿比折算为基金金额",
            "a surplus in total cost becomes the fund's money by the year's actual compensation ratio",
        ),
        remedy=Text(
            "补齐个人负担数据，或将 alliance/budget/controlled 设为 fund_payment",
            "supply what patients paid, or set alliance/budget/controlled to fund_payment",
        ),
    )
