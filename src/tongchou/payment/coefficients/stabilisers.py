"""What keeps coefficients from jumping: a limit on the yearly change, and a phased way to 1."""

from fractions import Fraction

from tongchou.core.explanation import Fact
from tongchou.core.money import E4, format_e4
from tongchou.core.text import Text
from tongchou.payment.coefficients.coefficient import Coefficient, explained
from tongchou.policy import PolicyView


def limit_change(view: PolicyView, measured_e4: int, last_year_e4: int) -> Coefficient:
    """Return the measured coefficient, at most `payment/drg/coefficient/yearly_change` of last year's away from it.

    Args:
        view: The policy.
        measured_e4: This year's coefficient as measured x 10,000.
        last_year_e4: Last year's x 10,000.
    """
    with view.recording() as reads:
        change_e4 = view.e4("payment/drg/coefficient/yearly_change")
    last, measured = Fraction(last_year_e4, E4), Fraction(measured_e4, E4)
    reach = last * Fraction(change_e4, E4)
    value = max(last - reach, min(measured, last + reach))
    limited = Text(
        f"算得 {format_e4(measured_e4)}，超过年度变动上限",
        f"measured {format_e4(measured_e4)}: more than the year may change",
    )
    facts = (
        Fact(Text("上年系数", "last year's"), format_e4(last_year_e4)),
        Fact(Text("本年测算", "as measured"), format_e4(measured_e4)),
    )
    title = Text("年度变动限制", "Limit of the yearly change")
    return explained("limit_change", title, value, facts, reads, () if value == measured else (limited,))


def converge(view: PolicyView, start_e4: int, years_since: int) -> Coefficient:
    """Return a coefficient on its way to 1 in equal steps over `payment/drg/coefficient/convergence_years`.

    Args:
        view: The policy.
        start_e4: The coefficient before the first step x 10,000.
        years_since: Steps taken: 0 in the year before the first; after the last one it stays 1.
    """
    with view.recording() as reads:
        years = view.whole("payment/drg/coefficient/convergence_years")
    start = Fraction(start_e4, E4)
    taken = min(max(years_since, 0), years)
    value = start + (1 - start) * Fraction(taken, years)
    facts = (
        Fact(Text("起点系数", "at the start"), format_e4(start_e4)),
        Fact(Text("已过步数 / 总步数", "steps taken / in all"), f"{taken} / {years}"),
    )
    return explained("converge", Text("逐步归一", "Phased convergence to 1"), value, facts, reads)
