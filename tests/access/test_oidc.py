"""Signing in by an OpenID Connect provider: a small one, in process, that checks what it is sent."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from tests.access.conftest import NOW, Audited, Clock

from tongchou.access.oidc import Arrival, Departure, OidcSettings, arrive, depart, link_identity
from tongchou.access.oidc_provider import Provider
from tongchou.access.recognising import Recogniser
from tongchou.access.rules import SignInRules
from tongchou.core.errors import TongchouError
from tongchou.records.database import Records
from tongchou.records.models import User

ISSUER = "https://sso.example.cn/realm"
SETTINGS = OidcSettings(ISSUER, "tongchou", "s3cret", "https://yb.example.cn/sign-in/back", name_claim="employee")


class SmallProvider:
    """A provider of one client, which hands out a code for each departure and takes it once."""

    def __init__(self) -> None:
        self.keys = [RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})]
        self.codes: dict[str, dict[str, str]] = {}
        self.changes: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self._signed
        self.key_reads = 0
        self.published = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/realm/.well-known/openid-configuration":
                return httpx.Response(200, json=self.published)
            case "/realm/keys":
                self.key_reads += 1
                return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})
            case "/realm/token":
                return self._token(request)
            case _:
                return httpx.Response(404)

    def visit(self, url: str) -> tuple[str, str]:
        """Act as the browser at the provider: return the code and the state that it goes back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["redirect_uri"] == SETTINGS.redirect_uri
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        return code, query["state"]

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        asked = self.codes.pop(form["code"], None)
        client = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or client != "tongchou:s3cret" or challenge.decode() != asked["code_challenge"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        now = int(NOW.timestamp())
        claims = {
            "iss": ISSUER,
            "sub": "0815",
            "aud": "tongchou",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "employee": "Clerk",
            **self.changes,
        }
        return httpx.Response(200, json={"id_token": self.sign({k: v for k, v in claims.items() if v is not None})})

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.keys[-1].kid}, claims, self.keys[-1])


@pytest.fixture(scope="module")
def one_provider() -> SmallProvider:
    return SmallProvider()


@pytest.fixture
def small(one_provider: SmallProvider) -> SmallProvider:
    one_provider.changes, one_provider.sign, one_provider.key_reads = {}, one_provider._signed, 0
    one_provider.published["issuer"] = ISSUER
    return one_provider


@pytest.fixture
def provider(small: SmallProvider) -> Iterator[Provider]:
    with httpx.Client(transport=httpx.MockTransport(small)) as http:
        yield Provider(ISSUER, http)


@pytest.fixture
def come_back(records: Records, rules: SignInRules, small: SmallProvider, provider: Provider, clock: Clock):
    """Return a function that goes to the provider and back."""

    def through(return_to: str = "/runs", **changes: str) -> Arrival:
        departure = depart(records, SETTINGS, provider, return_to, clock.now)
        code, state = small.visit(departure.url)
        sent = {"state": state, "browser_state": departure.state, "code": code, **changes}
        return arrive(records, rules, SETTINGS, provider, **sent, at=clock.now)

    return through


def code_of(call, *arguments, **named) -> str:
    with pytest.raises(TongchouError) as refused:
        call(*arguments, **named)
    return refused.value.code


def test_who_the_provider_knows_is_signed_in_and_stays_linked(
    records: Records, rules: SignInRules, people: dict[str, str], come_back, small: SmallProvider, audited: Audited
) -> None:
    arrival = come_back()
    assert arrival.return_to == "/runs"
    assert Recogniser(records, rules, lambda: NOW).recognise(arrival.signed_in.secret).user_id == people["clerk"]
    # The person stays the same to us, whatever the claim says later.
    small.changes = {"employee": "wang_officer"}
    assert come_back().signed_in.user_id == people["clerk"]
    small.changes = {"sub": "another", "employee": "clerk"}
    assert code_of(come_back) == "access.oidc_nobody"
    assert audited("sign_in") == [("clerk", "done"), ("clerk", "done"), ("", "failed")]


def test_an_identity_linked_by_hand_needs_no_claim(
    records: Records, people: dict[str, str], come_back, small: SmallProvider
) -> None:
    small.changes = {"employee": None}
    assert code_of(come_back) == "access.oidc_nobody"
    with records.writing() as session:
        link_identity(session, session.get_one(User, people["wang_officer"]), ISSUER, "0815", "admin", NOW)
    assert come_back().signed_in.user_id == people["wang_officer"]
    with records.writing() as session:
        session.get_one(User, people["wang_officer"]).state = "disabled"
    assert code_of(come_back) == "access.oidc_nobody"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["tongchou", "another"]},
        {"aud": ["tongchou", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": int(NOW.timestamp()) - 3600},
        {"exp": None},
        {"iat": int(NOW.timestamp()) + 3600},
        {"nonce": "of another"},
        {"nonce": None},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
def test_an_id_token_that_does_not_hold_signs_nobody_in(
    people: dict[str, str], come_back, small: SmallProvider, audited: Audited, changes: dict[str, Any]
) -> None:
    small.changes = changes
    assert code_of(come_back) == "access.oidc_refused"
    assert audited("sign_in") == [("", "failed")]


def _unsigned(claims: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "none"}, claims))
    return b".".join(parts).decode() + "."


def _by_the_shared_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, OctKey.import_key("s3cret" * 8), algorithms=["HS256"])


def _by_another_key(claims: dict[str, Any]) -> str:
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)


@pytest.mark.parametrize("sign", [_unsigned, _by_the_shared_secret, _by_another_key, lambda _: "a.b.c", lambda _: ""])
def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(
    people: dict[str, str], come_back, small: SmallProvider, sign: Callable[[dict[str, Any]], str]
) -> None:
    small.sign = sign
    assert code_of(come_back) == "access.oidc_refused"


def test_a_provider_that_changes_its_key_is_asked_for_the_new_one(
    people: dict[str, str], come_back, small: SmallProvider
) -> None:
    come_back()
    come_back()
    assert small.key_reads == 1
    small.keys.append(RSAKey.generate_key(2048, {"kid": "k2", "use": "sig", "alg": "RS256"}))
    come_back()
    assert small.key_reads == 2
    del small.keys[-1]


def test_a_code_a_state_and_a_flow_serve_once_and_in_their_browser(
    records: Records, rules: SignInRules, people: dict[str, str], small: SmallProvider, provider: Provider, clock: Clock
) -> None:
    def back(departure: Departure, state: str, code: str, browser_state: str | None = None) -> Arrival:
        browser = departure.state if browser_state is None else browser_state
        return arrive(records, rules, SETTINGS, provider, state=state, browser_state=browser, code=code, at=clock.now)

    mine, yours = (depart(records, SETTINGS, provider, "/", clock.now) for _ in range(2))
    code, state = small.visit(mine.url)
    other_code, other_state = small.visit(yours.url)
    for browser in ("", yours.state):
        assert code_of(back, mine, state, code, browser) == "access.oidc_refused"
    assert code_of(back, mine, state, other_code) == "access.oidc_refused"  # the verifier is not that code's
    assert code_of(back, mine, state, code) == "access.oidc_refused"  # the flow is used up
    late = depart(records, SETTINGS, provider, "/", clock.now)
    late_code, late_state = small.visit(late.url)
    clock.move(seconds=rules.oidc_flow.total_seconds())
    assert code_of(back, late, late_state, late_code) == "access.oidc_refused"
    assert code_of(back, yours, other_state, "unknown") == "access.oidc_refused"


@pytest.mark.parametrize("page", ["https://evil.example", "//evil.example", "/\\evil", "runs", "/a\nb", ""])
def test_nobody_is_led_away_from_here(people: dict[str, str], come_back, page: str) -> None:
    assert come_back(page).return_to == "/"


@pytest.mark.parametrize("answer", [500, 404, "{}", "no json", "[]", "another issuer", "no network"])
def test_a_provider_that_does_not_answer_is_said(records: Records, small: SmallProvider, answer: int | str) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if answer == "no network":
            raise httpx.ConnectError("no route")
        if answer == "another issuer":
            return httpx.Response(200, json={**small.published, "issuer": "https://evil.example"})
        return httpx.Response(answer) if isinstance(answer, int) else httpx.Response(200, text=answer)

    with httpx.Client(transport=httpx.MockTransport(respond)) as http:
        refused = code_of(depart, records, SETTINGS, Provider(ISSUER, http), "/", NOW)
    assert refused == "access.oidc_unavailable"
