"""An OpenID Connect provider, spoken to over HTTP: discovery, the exchange of a code, and its keys."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

if TYPE_CHECKING:
    from tongchou.access.oidc import OidcSettings

_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures by a key that only the provider has; never `none`, never one with a shared secret."""


class Provider:
    """A provider by its issuer; what it publishes of itself is read once, its keys anew when it signs with others."""

    def __init__(self, issuer: str, http: httpx.Client) -> None:
        self.issuer = issuer
        self._http = http
        self._published: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    def authorization_endpoint(self) -> str:
        """Return where browsers are sent.

        Raises:
            TongchouError: `access.oidc_unavailable`.
        """
        return self._said("authorization_endpoint")

    def exchange(self, settings: "OidcSettings", code: str, verifier: str) -> str:
        """Return the id token that a code stands for.

        Raises:
            TongchouError: `access.oidc_refused` if the provider does not take the code; `access.oidc_unavailable`.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.redirect_uri,
            "code_verifier": verifier,
            "client_id": settings.client_id,
        }
        secret = (settings.client_id, settings.client_secret) if settings.client_secret else None
        try:
            answer = self._http.post(self._said("token_endpoint"), data=form, auth=secret or httpx.USE_CLIENT_DEFAULT)
            content = answer.json() if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR else None
        except (httpx.HTTPError, ValueError) as error:
            raise self._unavailable(str(error)) from error
        if content is None:
            raise self._unavailable(f"HTTP {answer.status_code}")
        if answer.status_code != httpx.codes.OK or not isinstance(content.get("id_token"), str):
            raise oidc_refused(Text("认证中心不接受这个授权码", "the provider does not take the code"))
        return content["id_token"]

    def claims_of(
        self, id_token: str, settings: "OidcSettings", nonce: str, at: datetime, leeway: timedelta
    ) -> dict[str, Any]:
        """Return what an id token says, its signature, issuer, audience, times and nonce checked.

        Raises:
            TongchouError: `access.oidc_refused`; `access.oidc_unavailable`.
        """
        token = self._decoded(id_token)
        checks = jwt.JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=int(leeway.total_seconds()),
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            checks.validate(token.claims)
        except JoseError as error:
            raise oidc_refused(Text(f"身份令牌不合规（{error}）", f"the id token does not hold ({error})")) from error
        audience = token.claims["aud"]
        party = token.claims.get("azp", settings.client_id if not _is_several(audience) else None)
        if party != settings.client_id or not isinstance(token.claims["sub"], str):
            raise oidc_refused(Text("身份令牌是发给别的系统的", "the id token is for another system"))
        return token.claims

    def _decoded(self, id_token: str) -> jwt.Token:
        fresh = self._keys is None
        try:
            return jwt.decode(id_token, self._key_set(), algorithms=list(_ALGORITHMS))
        except (JoseError, ValueError) as error:
            if fresh:
                raise _bad_signature() from error
        self._keys = None
        try:
            return jwt.decode(id_token, self._key_set(), algorithms=list(_ALGORITHMS))
        except (JoseError, ValueError) as error:
            raise _bad_signature() from error

    def _key_set(self) -> KeySet:
        if self._keys is None:
            try:
                self._keys = KeySet.import_key_set(self._get(self._said("jwks_uri")))  # type: ignore[arg-type]
            except (JoseError, KeyError, TypeError, ValueError) as error:
                raise self._unavailable(str(error)) from error
        return self._keys

    def _said(self, name: str) -> str:
        if self._published is None:
            published = self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if published.get("issuer") != self.issuer:
                raise self._unavailable(f"issuer {published.get('issuer')!r}")
            self._published = published
        if not isinstance(self._published.get(name), str):
            raise self._unavailable(f"{name}?")
        return self._published[name]

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = self._http.get(url)
            answer.raise_for_status()
            content = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._unavailable(str(error)) from error
        if not isinstance(content, dict):
            raise self._unavailable(url)
        return content

    def _unavailable(self, why: str) -> TongchouError:
        return TongchouError(
            "access.oidc_unavailable",
            what=Text("统一身份认证暂时不可用", "the OpenID Connect provider cannot be used at present"),
            where=self.issuer,
            why=Text.plain(why),
            remedy=Text(
                "检查网络与设置，或改用本地账号登录", "see to the network and the settings, or use a local account"
            ),
        )


def oidc_refused(why: Text) -> TongchouError:
    """Return the error of a sign-in by the provider that does not hold."""
    return TongchouError(
        "access.oidc_refused",
        what=Text("统一身份认证登录未通过", "the sign-in by the provider does not hold"),
        where="-",
        why=why,
        remedy=Text("从登录页重新开始", "begin again from the sign-in page"),
    )


def _bad_signature() -> TongchouError:
    return oidc_refused(Text("身份令牌的签名不对", "the signature of the id token is wrong"))


def _is_several(audience: object) -> bool:
    return isinstance(audience, list) and len(audience) > 1
