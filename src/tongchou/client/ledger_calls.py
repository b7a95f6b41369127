"""The client's part for the ledger: accounts, entries, proofs, heads, periods."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tongchou.client.asking import Asks, part


class LedgerCalls(Asks):
    """The ledger; amounts in fen, debit positive."""

    def ledger_accounts(self, period: str) -> Mapping[str, Any]:
        """Return the accounts that one sees over a month (`2025-06`) or a year, and their sum."""
        return self._mapping("GET", "/ledger/accounts", query={"period": period})

    def ledger_account(self, code: str, period: str, *, size: int = 500) -> Iterator[Mapping[str, Any]]:
        """Yield what was booked on an account, leg by leg, each with the balance after it."""
        query = {"period": period, "size": size}
        yield from self._caller.pages(f"/ledger/accounts/{part(code)}", query, rows="legs")

    def ledger_entry(self, entry_id: str) -> Mapping[str, Any]:
        """Return an entry with its legs; legs on other members' accounts stand together."""
        return self._mapping("GET", "/ledger/entry", query={"entry_id": entry_id})

    def ledger_proof(self, entry_id: str) -> Mapping[str, Any]:
        """Return the proof that an entry is in the signed log; `tongchou.ledger.verify` checks it without the place."""
        return self._mapping("GET", "/ledger/proof", query={"entry_id": entry_id})

    def ledger_heads(self) -> list[Mapping[str, Any]]:
        """Return the signed heads of the log, the newest first; keep them, they are evidence."""
        return self._list("/ledger/heads")

    def ledger_growth(self, old: int, new: int | None = None) -> Mapping[str, Any]:
        """Return the proof that between two signed heads, by their sizes, the log only grew."""
        return self._mapping("GET", "/ledger/growth", query={"old": old, "new": new})

    def check_ledger(self) -> Mapping[str, Any]:
        """Return whether balance, accounts, reversals, log and heads are sound, and what is not."""
        return self._mapping("GET", "/ledger/check")

    def ledger_periods(self) -> Mapping[str, Any]:
        """Return the periods with their states, and every change of them."""
        return self._mapping("GET", "/ledger/periods")

    def change_period(
        self, period: str, state: Literal["open", "locked", "closed"], reason: str
    ) -> list[Mapping[str, Any]]:
        """Open, lock or close a period; another person closes it than locked it. Return the changes made."""
        body = {"state": state, "reason": reason}
        found: list[Mapping[str, Any]] = self._caller.data("POST", f"/ledger/periods/{part(period)}", body=body)
        return found
