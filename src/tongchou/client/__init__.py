"""A client of the API for hospitals' systems: `Client(address, token)`; see docs/api.md."""

from tongchou.client.client import Client
from tongchou.client.results import CaseGroup, FinishedRun, Outcome, RunOrder, Trial, Upload, Words

__all__ = ["CaseGroup", "Client", "FinishedRun", "Outcome", "RunOrder", "Trial", "Upload", "Words"]
