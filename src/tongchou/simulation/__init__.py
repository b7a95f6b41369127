"""The region generator: a county with its people, stays, money and policy, all invented, the same for one seed."""

from tongchou.simulation.region import RegionSummary, generate_region

__all__ = ["RegionSummary", "generate_region"]
