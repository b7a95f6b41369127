"""The months of a year: what each settles, what is paid of it, withheld, carried, and set off against an advance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.clearing.facts import InstitutionYear
from tongchou.payment.clearing.lines import PREPAY, Line


@dataclass(frozen=True, slots=True)
class ClearedMonth:
    """One month's settlement with an institution.

    `carried_in_fen + total_fen = prepaid_fen + deposit_fen + carried_out_fen`; the carried amounts are never
    positive, and `0 <= set_off_fen <= prepaid_fen`.

    Attributes:
        month: `YYYY-MM`.
        due_fen: The fund's part of the month's cases.
        outpatient_paid_fen: Outpatient part, paid at once.
        carried_in_fen: What earlier months in the red left to be set off.
        prepaid_fen: Settled with the institution for the month: paid out, or set off against its advance.
        deposit_fen: Withheld until clearing.
        carried_out_fen: What is left to be set off against later months.
        transfers_fen: Owed to it beside its cases, less what it owes.
        late_lists_fen: Late lists of an earlier year.
        after_clearing_fen: Corrections of a year that was cleared already.
        set_off_fen: The part of `prepaid_fen` that is not paid out but set off against the advance.
    """

    month: str
    due_fen: int
    outpatient_paid_fen: int
    carried_in_fen: int
    prepaid_fen: int
    deposit_fen: int
    carried_out_fen: int
    transfers_fen: int = 0
    late_lists_fen: int = 0
    after_clearing_fen: int = 0
    set_off_fen: int = 0

    @property
    def total_fen(self) -> int:
        """All that the month settles, before what is carried in."""
        return self.due_fen + self.transfers_fen + self.late_lists_fen + self.after_clearing_fen


def clear_months(
    facts: InstitutionYear, entries_fen: Mapping[Line, Mapping[str, int]], prepay_e4: int
) -> tuple[ClearedMonth, ...]:
    """Settle the months of a year, in order.

    Args:
        facts: The institution's year.
        entries_fen: Late lists and corrections by line and month.
        prepay_e4: The ratio that is paid at once; rounded half up, the rest is withheld.

    Raises:
        TongchouError: `payment.month_outside_year` if a month is not one of the year's.
    """
    late, after = entries_fen.get(Line.LATE_LISTS, {}), entries_fen.get(Line.AFTER_CLEARING, {})
    sources = (facts.inpatient_due_fen, facts.outpatient_paid_fen, facts.transfers_fen, late, after)
    months = sorted({month for source in sources for month in source})
    _require_of_year(facts, months)
    cleared: list[ClearedMonth] = []
    carried = 0
    for month in months:
        due, outpatient, transfers, late_fen, after_fen = (source.get(month, 0) for source in sources)
        open_fen = due + transfers + late_fen + after_fen + carried
        payable = max(0, open_fen)
        prepaid = scale(payable, prepay_e4)
        carried_out = min(0, open_fen)
        deposit = payable - prepaid
        cleared.append(
            ClearedMonth(month, due, outpatient, carried, prepaid, deposit, carried_out, transfers, late_fen, after_fen)
        )
        carried = carried_out
    return tuple(cleared)


def set_off_advance(months: Sequence[ClearedMonth], schedule_fen: Mapping[str, int]) -> tuple[ClearedMonth, ...]:
    """Set an advance off against the months' payments.

    Args:
        months: The months, in order.
        schedule_fen: Month -> what is to be set off by then, fen. What a month cannot bear is left to the next ones.
    """
    result: list[ClearedMonth] = []
    done = 0
    for month in months:
        wanted = sum(amount for scheduled, amount in schedule_fen.items() if scheduled <= month.month) - done
        set_off = min(month.prepaid_fen, wanted)
        done += set_off
        result.append(replace(month, set_off_fen=set_off))
    return tuple(result)


def months_step(months: Sequence[ClearedMonth], reads: Sequence[ParameterRead]) -> Step:
    """Explain what was paid and withheld month by month."""
    prepaid = format_yuan(sum(month.prepaid_fen for month in months))
    deposit = format_yuan(sum(month.deposit_fen for month in months))
    return Step(
        PREPAY,
        Text("按月拨付与预留", "Monthly payment and deposit"),
        Text(
            f"拨付 {prepaid} 元，预留质量保证金 {deposit} 元",
            f"{prepaid} yuan paid, {deposit} yuan withheld as deposit",
        ),
        facts=tuple(_month_fact(month) for month in months),
        parameters=tuple(reads),
    )


def _month_fact(month: ClearedMonth) -> Fact:
    zh = f"{month.month}（元：应付 / 拨付 / 预留 / 结转）"
    en = f"{month.month} (yuan: due / paid / withheld / carried)"
    amounts = (month.total_fen, month.prepaid_fen, month.deposit_fen, month.carried_out_fen)
    return Fact(Text(zh, en), " / ".join(format_yuan(amount) for amount in amounts))


def _require_of_year(facts: InstitutionYear, months: Sequence[str]) -> None:
    of_year = {f"{facts.year:04d}-{number:02d}" for number in range(1, 13)}
    strangers = [month for month in months if month not in of_year]
    if strangers:
        raise TongchouError(
            "payment.month_outside_year",
            what=Text("月份不属于清算年度", "a month does not belong to the year that is cleared"),
            where=f"{facts.institution_id}, {facts.year}: {', '.join(strangers)}",
            why=Text(
                "清算按自然年度、月份写作 YYYY-MM",
                "a clearing covers a calendar year, months written YYYY-MM",
            ),
            remedy=Text("把该月金额归入其所属年度", "count the month's amount in its own year"),
        )
