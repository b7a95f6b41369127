"""The routes of the API, a theme each."""

from fastapi import APIRouter

from tongchou.api.routes import (
    grouping,
    health,
    policy,
    quality,
    reference,
    runs,
    scenarios,
    schemes,
    signing_in,
    trials,
    uploads,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    signing_in.router,
    runs.router,
    grouping.router,
    trials.router,
    schemes.router,
    reference.router,
    policy.router,
    scenarios.router,
    uploads.router,
    quality.router,
)
"""Every theme, in the order of the description."""
