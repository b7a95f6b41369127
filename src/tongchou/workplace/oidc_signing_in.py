"""Signing in by the OpenID Connect provider that the settings name."""

import httpx

from tongchou.access.oidc import Arrival, Departure, OidcSettings, arrive, depart
from tongchou.access.oidc_provider import Provider
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.workplace.place import Workplace

CALLBACK = "/api/v1/oidc/callback"
"""Where the provider sends browsers back to."""

_SECONDS = 10


class OidcDoor:
    """The way in by a provider; one of them serves a process.

    Args:
        place: The working place.
        http: What speaks to the provider; one of its own if not given.
    """

    def __init__(self, place: Workplace, http: httpx.Client | None = None) -> None:
        self._place = place
        settings = place.settings
        self._settings = OidcSettings(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.oidc_client_secret.get_secret_value(),
            settings.public_url.rstrip("/") + CALLBACK,
            name_claim=settings.oidc_name_claim,
        )
        self._provider = Provider(settings.oidc_issuer, http or httpx.Client(timeout=_SECONDS))

    def leave(self, return_to: str) -> Departure:
        """Begin a sign-in: where the browser goes, and the state that it keeps.

        Raises:
            TongchouError: `workplace.no_oidc`; `access.oidc_unavailable`.
        """
        self._require_settings()
        return depart(self._place.records, self._settings, self._provider, return_to, self._place.now())

    def come_back(self, state: str, browser_state: str, code: str) -> Arrival:
        """End a sign-in that the provider sent back.

        Raises:
            TongchouError: `workplace.no_oidc`; `access.oidc_refused`; `access.oidc_unavailable`; `access.oidc_nobody`.
        """
        self._require_settings()
        place = self._place
        return arrive(
            place.records,
            place.rules,
            self._settings,
            self._provider,
            state=state,
            browser_state=browser_state,
            code=code,
            at=place.now(),
        )

    def _require_settings(self) -> None:
        settings = self._place.settings
        if not (settings.oidc_issuer and settings.oidc_client_id and settings.public_url):
            raise TongchouError(
                "workplace.no_oidc",
                what=Text("没有启用统一身份认证", "sign-in by OpenID Connect is not set up"),
                where="oidc_issuer, oidc_client_id, public_url",
                why=Text("三项设置须都写明", "all three settings are needed"),
                remedy=Text("改用本地账号登录，或请管理员设置", "use a local account, or have it set up"),
            )
