"""The accounts that entries may be booked on (会计科目), as the built-in pack lists them."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text


class AccountKind(StrEnum):
    """What an account holds; debits raise assets and expenses, credits raise the others."""

    ASSET = "asset"
    LIABILITY = "liability"
    EXPENSE = "expense"
    INCOME = "income"
    FUND = "fund"


@dataclass(frozen=True, slots=True)
class Account:
    """One account, or one account for each institution or alliance.

    Attributes:
        code: Dotted code; may end in a name in braces, e.g. `payable.hospital.{institution_id}`.
        title: Name for people.
        kind: What it holds.
    """

    code: str
    title: Text
    kind: AccountKind

    def holds(self, code: str) -> bool:
        """Return whether a code as booked is this account."""
        stem, brace, _ = self.code.partition("{")
        return code.startswith(stem) and len(code) > len(stem) if brace else code == self.code

    def owner_of(self, code: str) -> str | None:
        """Return whose account a code as booked is: an institution, an alliance; None of an account that is one."""
        stem, brace, _ = self.code.partition("{")
        return code.removeprefix(stem) if brace else None


@cache
def chart_of_accounts() -> tuple[Account, ...]:
    """Return the accounts of the built-in pack `ledger/accounts.yaml`, in its order."""
    pack = files("tongchou").joinpath("packs", "ledger", "accounts.yaml")
    rows = yaml.safe_load(pack.read_text(encoding="utf-8"))["accounts"]
    return tuple(Account(row["code"], Text(row["zh"], row["en"]), AccountKind(row["kind"])) for row in rows)


def account(code: str) -> Account:
    """Return the account that a code as booked belongs to.

    Raises:
        TongchouError: `ledger.unknown_account`; an amount is never booked beside the chart.
    """
    for known in chart_of_accounts():
        if known.holds(code):
            return known
    raise TongchouError(
        "ledger.unknown_account",
        what=Text(f"科目 {code!r} 不存在", f"there is no account {code!r}"),
        where=code,
        why=Text("金额只能记入科目表中的科目", "amounts are booked only on accounts of the chart"),
        remedy=Text("改用科目表中的科目", "use an account of the chart"),
    )
