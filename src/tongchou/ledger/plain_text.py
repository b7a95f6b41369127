"""The journal as plain text that accounting programs read (hledger, ledger): a transaction for each entry.

```
2025-01-31 * (r2025-1/ledger.month.paid/H1/2025-01) H1 2025-01 住院月拨付
    ; run: r2025-1
    ; rule: ledger.month.paid
    payable:hospital:H1    95.00 CNY
    fund:cash    -95.00 CNY
```

Dots of an account's code become colons. Signs that the form keeps for itself are written as %XX of their UTF-8 bytes.
"""

import re
from collections.abc import Iterable, Iterator

from tongchou.core.money import fen_to_yuan
from tongchou.ledger.accounts import AccountKind, account
from tongchou.ledger.entry import Entry

_TYPE = {
    AccountKind.ASSET: "A",
    AccountKind.LIABILITY: "L",
    AccountKind.EXPENSE: "X",
    AccountKind.INCOME: "R",
    AccountKind.FUND: "E",
}
_KEPT_IN_TEXT = re.compile(r"[\x00-\x1f\x7f%;|()\u0085\u2028\u2029]")
_KEPT_IN_ACCOUNT = re.compile(r"[\x00-\x20\x7f%;|():\[\]\"*!\u0085\u2028\u2029]")


def plain_text(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the lines of the journal, each with its end: the accounts with their types first.

    Args:
        entries: In the order in which they are to stand.
    """
    booked = list(entries)
    yield "; 统筹区总账 / the ledger of a pooling region. Amounts in yuan, debit positive.\n\n"
    for code in sorted({leg.account for entry in booked for leg in entry.legs}):
        found = account(code)
        yield f"account {_account(code)}    ; type: {_TYPE[found.kind]}, {found.title.zh.replace(',', '，')}\n"
    for entry in booked:
        yield f"\n{entry.booked_on.isoformat()} * ({_text(entry.entry_id)}) {_text(entry.memo)}\n"
        yield f"    ; run: {_text(entry.run_id)}\n"
        yield f"    ; rule: {_text(entry.rule)}\n"
        if entry.reverses is not None:
            yield f"    ; reverses: {_text(entry.reverses)}\n"
        for leg in entry.legs:
            yield f"    {_account(leg.account)}    {fen_to_yuan(leg.amount_fen)} CNY\n"


def _text(words: str) -> str:
    return _KEPT_IN_TEXT.sub(_escaped, words)


def _account(code: str) -> str:
    return _KEPT_IN_ACCOUNT.sub(_escaped, code).replace(".", ":")


def _escaped(sign: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in sign[0].encode())
