"""A clearing as an account: what the months left open, and what is due at clearing."""

from collections.abc import Iterator, Mapping

from tongchou.core.explanation import AccountLine
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.clearing.lines import DUE_PARTS, MONTH_SOURCES, Line

_NONE = Text("", "")


def clearing_account(amounts_fen: Mapping[Line, int]) -> tuple[AccountLine, ...]:
    """Return the account of a clearing: in each of its two parts the lines add up to the sum and the total below them.

    Args:
        amounts_fen: Every line of the clearing with its amount, fen, signed as the institution sees it; lines of zero
            are left out of the account.
    """
    return (*_months(amounts_fen), *_due(amounts_fen))


def _months(amounts: Mapping[Line, int]) -> Iterator[AccountLine]:
    sources = [line for line in MONTH_SOURCES if amounts.get(line)]
    for line in sources:
        yield AccountLine(line.label, _NONE, amounts[line])
    settled = sum(amounts[line] for line in sources)
    if len(sources) > 1:
        yield AccountLine(Line.MONTHS_DUE.label, _NONE, settled, "sum")
    paid = amounts[Line.PREPAID]
    yield AccountLine(Text("减：按月已拨付", "less what was paid month by month"), _NONE, -paid)
    withheld, carried = (format_yuan(amounts[line]) for line in (Line.DEPOSIT_WITHHELD, Line.CARRIED_OVER))
    words = Text(f"质量保证金 {withheld} + 结转 {carried}", f"quality deposit {withheld} + carried over {carried}")
    yield AccountLine(Text("各月未拨付", "Left open by the months"), words, settled - paid, "total")


def _due(amounts: Mapping[Line, int]) -> Iterator[AccountLine]:
    for line in DUE_PARTS:
        if amounts.get(line):
            yield AccountLine(line.label, _reckoning(line, amounts), amounts[line])
    yield AccountLine(Line.DUE_AT_CLEARING.label, _NONE, amounts[Line.DUE_AT_CLEARING], "total")


def _reckoning(line: Line, amounts: Mapping[Line, int]) -> Text:
    if line is not Line.DEPOSIT_RETURNED:
        return _NONE
    deposit = format_yuan(amounts[Line.DEPOSIT_RETURNED] + amounts[Line.DEPOSIT_FORFEITED])
    lost = format_yuan(amounts[Line.DEPOSIT_FORFEITED])
    return Text(
        f"质量保证金 {deposit} − 考核扣减 {lost}", f"quality deposit {deposit} − forfeited by assessment {lost}"
    )
