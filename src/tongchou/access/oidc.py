"""Signing in by an OpenID Connect provider: authorization code with PKCE, and an id token that is checked in full."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import delete
from sqlalchemy.orm import Session

from tongchou.access.oidc_provider import Provider, oidc_refused
from tongchou.access.rules import SignInRules
from tongchou.access.secret_words import secret_hash
from tongchou.access.sign_in import SignedIn, begin_sign_in
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.database import Records
from tongchou.records.models import OidcFlow, User, UserIdentity
from tongchou.records.users import find_user


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """How this system is known to a provider.

    Attributes:
        issuer: The provider's issuer, an https address.
        client_id: Our id there.
        client_secret: Our secret there; empty of a public client.
        redirect_uri: Where the provider sends the browser back.
        scopes: What is asked for; `openid` among it.
        name_claim: The claim that holds our user name, for the first sign-in; empty where the administrator links
            identities by hand.
    """

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser is sent, and the state that it keeps in a cookie and must bring back."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody signed in by the provider, and the page that he wanted."""

    signed_in: SignedIn
    return_to: str


def depart(records: Records, settings: OidcSettings, provider: Provider, return_to: str, at: datetime) -> Departure:
    """Begin a sign-in by the provider.

    Args:
        records: Where the flow is kept, so that any process can end it.
        settings: How we are known there.
        provider: The provider.
        return_to: The page wanted; anything but a path of ours becomes `/`.
        at: Now.

    Raises:
        TongchouError: `access.oidc_unavailable`.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    with records.writing() as session:
        session.add(
            OidcFlow(
                state_hash=secret_hash(state),
                nonce=nonce,
                verifier=verifier,
                return_to=_own_path(return_to),
                began_at=at,
            )
        )
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_uri,
        "scope": " ".join(settings.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint = provider.authorization_endpoint()
    return Departure(endpoint + ("&" if "?" in endpoint else "?") + urlencode(query), state)


def arrive(
    records: Records,
    rules: SignInRules,
    settings: OidcSettings,
    provider: Provider,
    *,
    state: str,
    browser_state: str,
    code: str,
    at: datetime,
) -> Arrival:
    """End a sign-in that the provider sent back.

    Args:
        records: Where the flow is kept.
        rules: How long a flow and a sign-in last.
        settings: How we are known there.
        provider: The provider.
        state: The state in the address that the browser came with.
        browser_state: The state in the browser's cookie: nobody can be made to end somebody else's sign-in.
        code: The code in the address.
        at: Now.

    Raises:
        TongchouError: `access.oidc_refused` with what is wrong; `access.oidc_unavailable`; `access.oidc_nobody` if
            the person has no account here.
    """
    try:
        flow = _flow(records, rules, state, browser_state, at)
        id_token = provider.exchange(settings, code, flow.verifier)
        claims = provider.claims_of(id_token, settings, flow.nonce, at, rules.oidc_leeway)
    except TongchouError as problem:
        with records.writing() as session:
            note(session, _failure(problem.code), at)
        raise
    with records.writing() as session:
        user = _user_of(session, settings, claims, at)
        if user is None:
            note(session, _failure("access.oidc_nobody"), at)
        else:
            signed_in = begin_sign_in(session, rules, user, "oidc", at)
    if user is None:
        raise TongchouError(
            "access.oidc_nobody",
            what=Text("您在本系统没有账号", "you have no account here"),
            where=settings.issuer,
            why=Text(
                "统一身份认证成功，但没有对应的可用账号", "the provider knows you; no account here is linked to it"
            ),
            remedy=Text("请管理员开通或关联账号", "ask the administrator for an account, or to link yours"),
        )
    return Arrival(signed_in, flow.return_to)


def link_identity(session: Session, user: User, issuer: str, subject: str, by: str, at: datetime) -> None:
    """Link a user to an identity at a provider; he has one there."""
    session.add(UserIdentity(issuer=issuer, subject=subject, user_id=user.user_id, linked_at=at))
    session.flush()
    event = Event("", by, "users.link", object_kind="users", object_id=user.user_id, details={"issuer": issuer})
    note(session, event, at)


def _flow(records: Records, rules: SignInRules, state: str, browser_state: str, at: datetime) -> OidcFlow:
    if not hmac.compare_digest(secret_hash(state), secret_hash(browser_state)):
        raise oidc_refused(Text("不是这个浏览器发起的登录", "this browser did not begin the sign-in"))
    with records.writing() as session:
        # Taken out as it is read: a flow serves once, even if two come with it at the same moment.
        taken = delete(OidcFlow).where(OidcFlow.state_hash == secret_hash(state)).returning(OidcFlow)
        flow = session.scalars(taken).one_or_none()
        if flow is not None:
            session.expunge(flow)
    if flow is None or at - flow.began_at >= rules.oidc_flow:
        raise oidc_refused(Text("登录流程已用过或已过期", "the sign-in was used already, or took too long"))
    return flow


def _user_of(session: Session, settings: OidcSettings, claims: dict[str, Any], at: datetime) -> User | None:
    identity = session.get(UserIdentity, (settings.issuer, claims["sub"]))
    if identity is not None:
        linked = session.get_one(User, identity.user_id)
        return linked if linked.state == "active" else None
    name = claims.get(settings.name_claim) if settings.name_claim else None
    user = find_user(session, name) if isinstance(name, str) else None
    if user is None or user.state != "active" or _is_linked(session, user, settings.issuer):
        return None
    link_identity(session, user, settings.issuer, claims["sub"], "oidc", at)
    return user


def _is_linked(session: Session, user: User, issuer: str) -> bool:
    return session.query(UserIdentity).filter_by(user_id=user.user_id, issuer=issuer).first() is not None


def _failure(why: str) -> Event:
    return Event("", "", "sign_in", outcome="failed", details={"method": "oidc", "why": why})


def _own_path(path: str) -> str:
    own = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if own else "/"
