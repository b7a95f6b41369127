"""HL7 v2: files of messages, framed or not, alone or in batches."""

from tongchou.intake.readers.hl7.reader import READER

__all__ = ["READER"]
