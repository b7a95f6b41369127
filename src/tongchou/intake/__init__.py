"""Intake: files handed in, read, repaired, checked row by row and against each other, and taken into the lake."""

from tongchou.intake.report import IntakeReport, TableCount
from tongchou.intake.taking_in import Progress, take_in

__all__ = ["IntakeReport", "Progress", "TableCount", "take_in"]
