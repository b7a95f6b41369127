"""Dated policy parameters: read from packs, resolved along the chain of regions, every reading recorded."""

from tongchou.policy.policy import Policy
from tongchou.policy.value import Bands
from tongchou.policy.view import PolicyView

__all__ = ["Bands", "Policy", "PolicyView"]
