"""Recognising who sends a request by its secret word, fast: what was read of it a moment ago still holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tongchou.access.rules import SignInRules
from tongchou.access.secret_words import SIGN_IN, TOKEN, secret_hash
from tongchou.access.subject import Subject, subject_of
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.database import Records
from tongchou.records.models import ApiToken, SignIn, User

Clock = Callable[[], datetime]

_MOST_KEPT = 20_000
_NOT_SIGNED_IN = "access.not_signed_in"


@dataclass(frozen=True, slots=True)
class _Known:
    subject: Subject
    read_at: datetime
    ends_at: datetime


class Recogniser:
    """Turns secret words of sign-ins and tokens into who asks.

    What was read is used again for `rules.fresh`; within that time a revocation by another process, and a change of
    roles, are seen. The last use is written at most every `rules.noted_every`, so idleness is told that exactly.
    """

    def __init__(self, records: Records, rules: SignInRules, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._records = records
        self._rules = rules
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._refused: dict[str, datetime] = {}
        self._expected: set[str] = set()

    def recognise(self, secret: str) -> Subject:
        """Return who a secret word belongs to.

        Raises:
            TongchouError: `access.not_signed_in` if it is nobody's, or its time is over.
        """
        remembered = self.remembered(secret)
        if remembered is not None:
            return remembered
        self.require_possible(secret)
        now, key = self._clock(), secret_hash(secret)
        self._known.pop(key, None)
        self._expected.discard(key)
        try:
            known, last_use = self._read(secret, key, now)
        except TongchouError as problem:
            if problem.code == _NOT_SIGNED_IN:
                if len(self._refused) >= _MOST_KEPT:
                    self._refused.clear()
                self._refused[key] = now
            raise
        if last_use is None or now - last_use >= self._rules.noted_every:
            self._note_use(secret, known, now)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[key] = known
        return known.subject

    def require_possible(self, secret: str) -> None:
        """Refuse a word that is none of ours, or was found to be nobody's a moment ago, without asking the database.

        Raises:
            TongchouError: `access.not_signed_in`.
        """
        refused_at = self._refused.get(secret_hash(secret))
        if not secret.startswith((SIGN_IN, TOKEN)) or (
            refused_at is not None and self._clock() - refused_at < self._rules.fresh
        ):
            raise _not_signed_in()

    def is_stranger(self, secret: str) -> bool:
        """Return whether nothing was ever read of a secret word here: it may be a guess, and costs a look to tell."""
        key = secret_hash(secret)
        return key not in self._known and key not in self._expected

    def expect(self, secret: str) -> None:
        """Note that a secret word was just given to somebody, who will come with it."""
        if len(self._expected) >= _MOST_KEPT:
            self._expected.clear()
        self._expected.add(secret_hash(secret))

    def look_again(self, secret: str) -> Subject:
        """Return who a secret word belongs to, without counting it as a use: a page that nobody touches asks so.

        Raises:
            TongchouError: As `recognise`.
        """
        known, _ = self._read(secret, secret_hash(secret), self._clock())
        return known.subject

    def remembered(self, secret: str) -> Subject | None:
        """Return who a secret word belongs to if it was read a moment ago, without asking the database.

        A server that must not wait asks this first, and `recognise` in a thread where it is None.
        """
        known = self._known.get(secret_hash(secret))
        if known is None:
            return None
        now = self._clock()
        return known.subject if now - known.read_at < self._rules.fresh and now < known.ends_at else None

    def sign_out(self, secret: str) -> None:
        """End the sign-in of a secret word, in this process at once."""
        now, key = self._clock(), secret_hash(secret)
        with self._records.writing() as session:
            row = session.scalars(select(SignIn).where(SignIn.token_hash == key)).one_or_none()
            if row is not None and row.ended_at is None:
                row.ended_at = now
                user = session.get_one(User, row.user_id)
                note(session, Event(user.user_id, user.user_name, "sign_out"), now)
        self._known.pop(key, None)

    def forget(self) -> None:
        """Forget what was read: a token was revoked, a role changed, and this process is to see it at once."""
        self._known.clear()
        self._refused.clear()

    def _read(self, secret: str, key: str, now: datetime) -> tuple[_Known, datetime | None]:
        last_use: datetime | None
        with self._records.reading() as session:
            if secret.startswith(SIGN_IN):
                known, last_use = self._read_sign_in(session, key, now)
            elif secret.startswith(TOKEN):
                known, last_use = self._read_token(session, key, now)
            else:
                raise _not_signed_in()
        if now >= known.ends_at:
            raise _not_signed_in()
        return known, last_use

    def _read_sign_in(self, session: Session, key: str, now: datetime) -> tuple[_Known, datetime]:
        row = session.scalars(select(SignIn).where(SignIn.token_hash == key)).one_or_none()
        if row is None or row.ended_at is not None or now - row.last_seen_at >= self._rules.idle:
            raise _not_signed_in()
        subject = _subject(session, row.user_id, now, row.sign_in_id)
        return _Known(subject, now, row.expires_at), row.last_seen_at

    def _read_token(self, session: Session, key: str, now: datetime) -> tuple[_Known, datetime | None]:
        row = session.scalars(select(ApiToken).where(ApiToken.token_hash == key)).one_or_none()
        if row is None or row.revoked_at is not None:
            raise _not_signed_in()
        subject = _subject(session, row.user_id, now, row.token_id, frozenset(row.actions.split()))
        return _Known(subject, now, row.expires_at), row.last_used_at

    def _note_use(self, secret: str, known: _Known, now: datetime) -> None:
        try:
            self._write_use(secret, known, now)
        except TongchouError as problem:
            # Who is known is let in; the use is written with a later request.
            if problem.code != "records.unavailable":
                raise

    def _write_use(self, secret: str, known: _Known, now: datetime) -> None:
        with self._records.writing() as session:
            if secret.startswith(SIGN_IN):
                mine = SignIn.sign_in_id == known.subject.sign_in_id
                session.execute(update(SignIn).where(mine, SignIn.last_seen_at < now).values(last_seen_at=now))
            else:
                mine = ApiToken.token_id == known.subject.sign_in_id
                session.execute(update(ApiToken).where(mine).values(last_used_at=now))


def _subject(
    session: Session, user_id: str, now: datetime, sign_in_id: str, actions: frozenset[str] | None = None
) -> Subject:
    user = session.get_one(User, user_id)
    if user.state != "active":
        raise _not_signed_in()
    return subject_of(session, user, now.date(), sign_in_id=sign_in_id, actions=actions)


def _not_signed_in() -> TongchouError:
    return TongchouError(
        "access.not_signed_in",
        what=Text("尚未登录，或登录已过期", "you are not signed in, or no longer"),
        where="-",
        why=Text("没有有效的登录或令牌", "there is no valid sign-in or token"),
        remedy=Text("重新登录，或换用有效的令牌", "sign in again, or use a valid token"),
    )
