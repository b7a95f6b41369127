"""The routes of the API, a theme each."""

from fastapi import APIRouter

from tongchou.api.routes import health, policy, quality, runs, scenarios, signing_in, uploads

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    signing_in.router,
    runs.router,
    policy.router,
    scenarios.router,
    uploads.router,
    quality.router,
)
"""Every theme, in the order of the description."""
