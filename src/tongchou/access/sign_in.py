"""Signing in with a local account, and out; the same answer whether the name or the password is wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tongchou.access.api_tokens import end_tokens
from tongchou.access.passwords import check_password, hash_password, is_outdated, password_fits
from tongchou.access.rules import SignInRules
from tongchou.access.secret_words import SIGN_IN, new_secret, secret_hash
from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.database import Records
from tongchou.records.models import OidcFlow, SignIn, SignInFailures, User
from tongchou.records.users import find_user, user_name_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is signed in: the secret word goes to the browser, and nowhere else."""

    secret: str
    user_id: str
    expires_at: datetime


def sign_in(records: Records, rules: SignInRules, user_name: str, password: str, at: datetime) -> SignedIn:
    """Sign somebody in with name and password.

    Every attempt counts before the password is looked at, so that many at once get no further than one by one.

    Raises:
        TongchouError: `access.sign_in_refused`; `access.locked` after too many failures under the name, whether or
            not somebody has it.
    """
    name = user_name_of(user_name)
    _count_attempt(records, rules, name, at)
    with records.reading() as session:
        user = find_user(session, name)
        password_hash = user.password_hash if user is not None and user.state == "active" else ""
    if not password_fits(rules, password_hash, password) or user is None:
        with records.writing() as session:
            note(session, _failure(user, name, "password"), at)
        raise _refused()
    with records.writing() as session:
        session.execute(delete(SignInFailures).where(SignInFailures.name_hash == _name_hash(name)))
        # Read anew: meanwhile the account may have been disabled, or its password changed.
        present = session.get(User, user.user_id, with_for_update=True)
        if present is None or present.state != "active" or present.password_hash != password_hash:
            raise _refused()
        if is_outdated(rules, password_hash):
            present.password_hash = hash_password(rules, password)
        return begin_sign_in(session, rules, present, "local", at)


def begin_sign_in(session: Session, rules: SignInRules, user: User, method: str, at: datetime) -> SignedIn:
    """Begin a sign-in of a user who has shown who he is."""
    secret = new_secret(SIGN_IN)
    row = SignIn(
        token_hash=secret_hash(secret),
        user_id=user.user_id,
        method=method,
        began_at=at,
        last_seen_at=at,
        expires_at=at + rules.longest_sign_in,
    )
    session.add(row)
    note(session, Event(user.user_id, user.user_name, "sign_in", details={"method": method}), at)
    return SignedIn(secret, user.user_id, row.expires_at)


def disable(session: Session, rules: SignInRules, user: User, by: str, at: datetime, *, by_id: str = "") -> None:
    """Let an account do nothing any more: its sign-ins and tokens end, and do not come back with the account.

    `by_id` is the id of who does it, where it is a user.
    """
    user.state = "disabled"
    end_sign_ins(session, user.user_id, at)
    end_tokens(session, rules, user, "disabled", by, at, by_id=by_id)


def end_sign_ins(session: Session, user_id: str, at: datetime) -> None:
    """End every sign-in of a user: the password changed, or the account was disabled."""
    session.execute(update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).values(ended_at=at))


def set_password(
    session: Session, rules: SignInRules, user: User, password: str, by: str, at: datetime, *, by_id: str = ""
) -> None:
    """Give a user a new password, and end his sign-ins and tokens: who had the old one keeps no way in.

    `by_id` is the id of who does it, where it is a user.

    Raises:
        TongchouError: what `check_password` raises.
    """
    _replace_password(session, rules, user, password, by, at, by_id=by_id)
    end_tokens(session, rules, user, "password_reset", by, at, by_id=by_id)


def change_password(
    records: Records, rules: SignInRules, user_name: str, password: str, new_password: str, at: datetime
) -> SignedIn:
    """Change one's own password; it ends every sign-in and begins a new one. Tokens stay, unless the rules end them.

    Raises:
        TongchouError: what `sign_in` and `check_password` raise.
    """
    signed_in = sign_in(records, rules, user_name, password, at)
    with records.writing() as session:
        user = session.get_one(User, signed_in.user_id)
        _replace_password(session, rules, user, new_password, user.user_name, at, by_id=user.user_id)
        end_tokens(session, rules, user, "password_changed", user.user_name, at, by_id=user.user_id)
        return begin_sign_in(session, rules, user, "local", at)


def unlock(session: Session, user_name: str, by: str, at: datetime, *, by_id: str = "") -> None:
    """Let a name sign in again before its time; `by_id` is the id of who does it, where it is a user."""
    name = user_name_of(user_name)
    session.execute(delete(SignInFailures).where(SignInFailures.name_hash == _name_hash(name)))
    note(session, Event(by_id, by, "users.unlock", object_kind="users", object_id=name), at)


def forget_old(session: Session, rules: SignInRules, at: datetime) -> None:
    """Remove sign-ins, failures and flows whose time is long over; the audit keeps that they were."""
    session.execute(delete(SignIn).where(SignIn.expires_at < at - timedelta(days=1)))
    session.execute(delete(SignInFailures).where(SignInFailures.last_at < at - rules.locked_for))
    session.execute(delete(OidcFlow).where(OidcFlow.began_at < at - rules.oidc_flow))


def _replace_password(
    session: Session, rules: SignInRules, user: User, password: str, by: str, at: datetime, *, by_id: str
) -> None:
    check_password(rules, password, user.user_name)
    user.password_hash = hash_password(rules, password)
    end_sign_ins(session, user.user_id, at)
    session.execute(delete(SignInFailures).where(SignInFailures.name_hash == _name_hash(user.user_name)))
    note(session, Event(by_id, by, "users.password", object_kind="users", object_id=user.user_id), at)


def _count_attempt(records: Records, rules: SignInRules, name: str, at: datetime) -> None:
    key = _name_hash(name)
    with records.writing() as session:
        _put_failures(session, key, at)
        row = session.get_one(SignInFailures, key, with_for_update=True, populate_existing=True)
        locked = row.locked_until is not None and at < row.locked_until
        if not locked:
            if at - row.last_at >= rules.locked_for:
                row.failures = 0
            row.failures, row.last_at = row.failures + 1, at
            row.locked_until = at + rules.locked_for if row.failures >= rules.failures else None
        else:
            note(session, _failure(find_user(session, name), name, "locked"), at)
    if locked:
        minutes = round(rules.locked_for / timedelta(minutes=1))
        raise TongchouError(
            "access.locked",
            what=Text("登录失败次数过多，暂时锁定", "too many failures to sign in: locked for a while"),
            where="-",
            why=Text(
                f"连续失败 {rules.failures} 次，锁定 {minutes} 分钟",
                f"{rules.failures} failures in a row lock a name for {minutes} minutes",
            ),
            remedy=Text("稍后再试，或请管理员解锁", "try again later, or ask the administrator to unlock it"),
        )


def _put_failures(session: Session, key: str, at: datetime) -> None:
    # Two attempts at once under a new name: one makes the row, both then wait for it.
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
    row = {"name_hash": key, "failures": 0, "last_at": at}
    session.execute(insert(SignInFailures).values(row).on_conflict_do_nothing())


def _failure(user: User | None, name: str, why: str) -> Event:
    # A name that nobody has may be a password typed into the wrong field: only its hash is kept.
    user_id, known = (user.user_id, user.user_name) if user is not None else ("", "")
    details = {"why": why} if user is not None else {"why": why, "name_hash": _name_hash(name)[:16]}
    return Event(user_id, known, "sign_in", outcome="failed", details=details)


def _name_hash(name: str) -> str:
    return hash_text(name)


def _refused() -> TongchouError:
    return TongchouError(
        "access.sign_in_refused",
        what=Text("用户名或密码不对", "the user name or the password is wrong"),
        where="-",
        why=Text("两者不相符，或账号不可用", "they do not fit, or the account cannot be used"),
        remedy=Text("核对后再试，或请管理员重置", "try again, or ask the administrator to reset it"),
    )
