"""A client of the API for hospitals' systems: `Client(address, token)`; see docs/api.md."""

from tongchou.client.client import Client
from tongchou.client.results import CaseGroup, FinishedRun, Outcome, RunOrder, Trial, Upload, Words
from tongchou.client.work_results import Application, Notice, PolicyChange, Referral

__all__ = [
    "Application",
    "CaseGroup",
    "Client",
    "FinishedRun",
    "Notice",
    "Outcome",
    "PolicyChange",
    "Referral",
    "RunOrder",
    "Trial",
    "Upload",
    "Words",
]
