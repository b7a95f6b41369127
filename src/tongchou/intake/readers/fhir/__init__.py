"""FHIR R4: bundles, and files of bundles or of resources in lines."""

from tongchou.intake.readers.fhir.reader import READER

__all__ = ["READER"]
