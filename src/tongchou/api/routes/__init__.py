"""The routes of the API, a theme each."""

from fastapi import APIRouter

from tongchou.api.routes import (
    administration,
    health,
    ledger,
    oidc,
    own_account,
    referrals,
    runs,
    signing_in,
    special_cases,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    signing_in.router,
    oidc.router,
    own_account.router,
    runs.router,
    referrals.router,
    special_cases.router,
    ledger.router,
    administration.router,
)
"""Every theme, in the order of the description."""
