"""The ledger: accounts, entries, proofs, heads, periods."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, status
from pydantic import BaseModel, ConfigDict, Field

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, ErrorBody, Words
from tongchou.api.idempotency import Once
from tongchou.api.paging import Cursor, Size
from tongchou.ledger.periods import PeriodChange
from tongchou.ledger.statement import TrialLine
from tongchou.schema.states import PERIOD_STATE
from tongchou.workplace import ledger_periods, ledger_reading
from tongchou.workplace.ledger_reading import OpenEntry

router = APIRouter(tags=["账目 / ledger"])

PeriodName = Annotated[str, Query(pattern=r"^\d{4}(-\d{2})?$", description="月份或年度 / month or year")]
PeriodPath = Annotated[str, Path(pattern=r"^\d{4}(-\d{2})?$")]


class AccountBody(BaseModel):
    """An account over a range of days, fen: opening + debits - credits = closing."""

    account: str
    title: Words
    opening_fen: int
    debits_fen: int
    credits_fen: int
    closing_fen: int

    @classmethod
    def of(cls, line: TrialLine) -> "AccountBody":
        """Return a line of the trial balance as the API says it."""
        amounts = {name: getattr(line, name) for name in cls.model_fields if name.endswith("_fen")}
        return cls(account=line.account, title=Words.of(line.title), **amounts)


class BalanceBody(BaseModel):
    """The accounts that one sees, with their sum; for who sees all of them it is the trial balance."""

    start: date
    end: date
    accounts: list[AccountBody]
    total: AccountBody


class LegBody(BaseModel):
    """A leg of a statement, debit positive, fen."""

    booked_on: date
    entry_id: str
    memo: str
    amount_fen: int
    balance_fen: int


class AccountPageBody(BaseModel):
    """A page of an account."""

    account: str
    title: Words
    start: date
    end: date
    opening_fen: int
    closing_fen: int
    legs: list[LegBody]


class EntryLegBody(BaseModel):
    """A leg of an entry; without an account it stands for others' legs together."""

    account: str
    title: Words
    amount_fen: int


class EntryBody(BaseModel):
    """An entry with its legs; they sum to zero."""

    entry_id: str
    booked_on: date
    run_id: str
    rule: str
    memo: str
    reverses: str | None
    is_whole: bool
    legs: list[EntryLegBody]

    @classmethod
    def of(cls, entry: OpenEntry) -> "EntryBody":
        """Return an entry as the API says it."""
        legs = [
            EntryLegBody(account=leg.account, title=Words.of(leg.title), amount_fen=leg.amount_fen)
            for leg in entry.legs
        ]
        plain = {name: getattr(entry, name) for name in cls.model_fields if name != "legs"}
        return cls(legs=legs, **plain)


class PeriodChangeBody(BaseModel):
    """A change of a period's state."""

    sequence: int
    period: str
    state: str
    state_title: Words
    changed_on: date
    changed_by: str
    reason: str

    @classmethod
    def of(cls, change: PeriodChange) -> "PeriodChangeBody":
        """Return a change as the API says it."""
        return cls(
            sequence=change.sequence,
            period=change.period,
            state=change.state.value,
            state_title=Words.of(PERIOD_STATE[change.state.value]),
            changed_on=change.changed_on,
            changed_by=change.changed_by,
            reason=change.reason,
        )


class PeriodsBody(BaseModel):
    """The periods with their states, and every change."""

    states: dict[str, str]
    changes: list[PeriodChangeBody]


class NewState(BaseModel):
    """The next state of a period, and why."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "locked", "closed"]
    reason: str = Field(min_length=1, max_length=500)


class CheckedBody(BaseModel):
    """What a check of the books found."""

    is_sound: bool
    problems: list[ErrorBody]


@router.get("/ledger/accounts", summary="科目余额（试算平衡） / accounts")
def get_accounts(place: Place, subject: Asking, period: PeriodName) -> Answer[BalanceBody]:
    """Return the accounts that one sees over a month or a year."""
    found = ledger_reading.accounts_of(place, subject, period)
    return Answer(
        data=BalanceBody(
            start=found.start,
            end=found.end,
            accounts=[AccountBody.of(line) for line in found.lines],
            total=AccountBody.of(ledger_reading.sums_of(found.lines)),
        )
    )


@router.get("/ledger/accounts/{code}", summary="一个科目的分录 / what was booked on an account")
def get_account(
    place: Place,
    subject: Asking,
    code: Annotated[str, Path(max_length=200)],
    period: PeriodName,
    size: Size = 100,
    cursor: Cursor = None,
) -> Answer[AccountPageBody]:
    """Return a page of an account, each leg with the balance after it."""
    page = ledger_reading.account_page(place, subject, code, period, size, cursor)
    legs = [LegBody(**{name: getattr(leg, name) for name in LegBody.model_fields}) for leg in page.legs]
    plain = {name: getattr(page, name) for name in ("account", "start", "end", "opening_fen", "closing_fen")}
    return Answer(data=AccountPageBody(title=Words.of(page.title), legs=legs, **plain), next_cursor=page.cursor)


@router.get("/ledger/entry", summary="一笔分录 / an entry")
def get_entry(
    place: Place, subject: Asking, entry_id: Annotated[str, Query(min_length=1, max_length=300)]
) -> Answer[EntryBody]:
    """Return an entry; legs on other members' accounts stand together."""
    return Answer(data=EntryBody.of(ledger_reading.open_entry(place, subject, entry_id)))


@router.get("/ledger/proof", summary="分录证明 / proof of an entry")
def get_proof(
    place: Place, subject: Asking, entry_id: Annotated[str, Query(min_length=1, max_length=300)]
) -> Answer[dict[str, Any]]:
    """Return the proof that an entry is in the signed log: keep `data` as a file and check it with
    `python -m tongchou.ledger.verify FILE --key PUBLIC_KEY`, which needs nothing of this system.
    """  # noqa: D205
    return Answer(data=ledger_reading.prove_entry(place, subject, entry_id))


@router.get("/ledger/heads", summary="签名树头 / signed heads")
def get_heads(place: Place, subject: Asking) -> Answer[list[dict[str, Any]]]:
    """Return the signed heads of the log, the newest first; keep them, they are evidence."""
    return Answer(data=[head.record() for head in ledger_reading.signed_heads(place, subject)])


@router.get("/ledger/growth", summary="增长证明 / proof of growth")
def get_growth(
    place: Place,
    subject: Asking,
    old: Annotated[int, Query(ge=1, le=10**12, description="较早树头的笔数 / size of the earlier head")],
    new: Annotated[int | None, Query(ge=1, le=10**12)] = None,
) -> Answer[dict[str, Any]]:
    """Return the proof that between two signed heads the log only grew."""
    return Answer(data=ledger_reading.prove_growth(place, subject, old, new))


@router.get("/ledger/check", summary="核对总账 / check the books")
def get_check(place: Place, subject: Asking) -> Answer[CheckedBody]:
    """Check balance, accounts, reversals, log and heads."""
    problems = ledger_reading.check_books(place, subject)
    return Answer(data=CheckedBody(is_sound=not problems, problems=[ErrorBody.of(each) for each in problems[:100]]))


@router.get("/ledger/periods", summary="会计期间 / periods")
def get_periods(place: Place, subject: Asking) -> Answer[PeriodsBody]:
    """Return the periods and every change of them."""
    found = ledger_periods.periods_of(place, subject)
    states = {period: state.value for period, state in found.states().items()}
    return Answer(data=PeriodsBody(states=states, changes=[PeriodChangeBody.of(each) for each in found.changes]))


@router.post(
    "/ledger/periods/{period}", status_code=status.HTTP_201_CREATED, summary="开放、锁定、关闭期间 / change a period"
)
def post_period(
    place: Place, subject: Asking, once: Once, period: PeriodPath, asked: NewState
) -> Answer[list[PeriodChangeBody]]:
    """Open, lock or close a period; another person closes it than locked it."""
    acts = {
        "open": ledger_periods.open_period,
        "locked": ledger_periods.lock_period,
        "closed": ledger_periods.close_period,
    }
    return once.answer(
        Answer[list[PeriodChangeBody]],
        lambda: Answer(
            data=[PeriodChangeBody.of(each) for each in acts[asked.state](place, subject, period, asked.reason)]
        ),
    )
