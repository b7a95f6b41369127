"""The routes of the API, a theme each."""

from fastapi import APIRouter

from tongchou.api.routes import (
    administration,
    grouping,
    health,
    ledger,
    oidc,
    own_account,
    policy,
    quality,
    reference,
    referrals,
    runs,
    scenarios,
    schemes,
    signing_in,
    special_cases,
    trials,
    uploads,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    signing_in.router,
    oidc.router,
    runs.router,
    ledger.router,
    grouping.router,
    trials.router,
    schemes.router,
    reference.router,
    uploads.router,
    quality.router,
    referrals.router,
    special_cases.router,
    policy.router,
    scenarios.router,
    administration.router,
    own_account.router,
)
"""Every theme, in the order of the description."""
