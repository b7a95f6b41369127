"""API tokens of a user's own systems: made with the actions they may do and an end, shown once, revoked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tongchou.access.rights import built_in_rights
from tongchou.access.rules import SignInRules
from tongchou.access.secret_words import TOKEN, new_secret, secret_hash
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.models import ApiToken, User


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: the secret word is shown this once."""

    secret: str
    token_id: str
    expires_at: datetime


def make_token(
    session: Session,
    rules: SignInRules,
    user: User,
    title: str,
    actions: Collection[str],
    lasts: timedelta,
    *,
    by: str,
    at: datetime,
) -> NewToken:
    """Make a token that may do some actions at most, and never more than its user.

    Raises:
        TongchouError: `access.token_lasts` if it would last longer than is allowed; `access.token_actions` if it is
            for no action; `access.unknown_action`.
    """
    if not timedelta(0) < lasts <= rules.longest_token:
        raise TongchouError(
            "access.token_lasts",
            what=Text("令牌有效期不合规定", "the token would not last as is allowed"),
            where=f"{lasts.days} d",
            why=Text(f"最长 {rules.longest_token.days} 天", f"{rules.longest_token.days} days at most"),
            remedy=Text("缩短有效期，到期前换新", "let it end sooner, and make a new one before"),
        )
    if not actions:
        raise TongchouError(
            "access.token_actions",
            what=Text("令牌没有写明用途", "the token is for no action"),
            where=title,
            why=Text("令牌只能做写明的操作", "a token may do what it names, and nothing else"),
            remedy=Text("列出它要做的操作", "name the actions that it is for"),
        )
    for action in actions:
        built_in_rights().action(action)
    secret = new_secret(TOKEN)
    row = ApiToken(
        token_hash=secret_hash(secret),
        user_id=user.user_id,
        title=title,
        actions=" ".join(sorted(set(actions))),
        created_at=at,
        expires_at=at + lasts,
    )
    session.add(row)
    session.flush()
    _note(session, "tokens.make", row, row.user_id, by, at, _terms(row))
    return NewToken(secret, row.token_id, row.expires_at)


def revoke_token(session: Session, token: ApiToken, by: str, at: datetime) -> None:
    """End a token; other processes see it within `rules.fresh`."""
    if token.revoked_at is None:
        token.revoked_at = at
        _note(session, "tokens.revoke", token, token.user_id, by, at, _terms(token))


def end_tokens(
    session: Session, rules: SignInRules, user: User, happened: str, by: str, at: datetime, *, by_id: str = ""
) -> int:
    """Revoke every token of a user where what happened to the account does so by the rules; return how many.

    Args:
        session: A writing session, that of the deed.
        rules: Which deeds revoke (`tokens_revoked_by`).
        user: Whose tokens.
        happened: A word of `REVOKING`.
        by: Who did it, as people know him.
        at: Now.
        by_id: Id of who did it, where it is a user.
    """
    if happened not in rules.tokens_revoked_by:
        return 0
    standing = [each for each in tokens_of(session, user.user_id) if each.revoked_at is None and each.expires_at > at]
    for token in standing:
        token.revoked_at = at
        _note(session, "tokens.revoke", token, by_id, by, at, {"title": token.title, "why": happened})
    return len(standing)


def tokens_of(session: Session, user_id: str) -> list[ApiToken]:
    """Return a user's tokens, the newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id)
    return list(session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.token_id)))


def _terms(token: ApiToken) -> dict[str, str]:
    return {"title": token.title, "actions": token.actions, "expires": token.expires_at.isoformat()}


def _note(
    session: Session, action: str, token: ApiToken, by_id: str, by: str, at: datetime, details: dict[str, str]
) -> None:
    event = Event(
        user_id=by_id,
        user_name=by,
        action=action,
        object_kind="api_tokens",
        object_id=token.token_id,
        details=details,
    )
    note(session, event, at)
