"""Under what terms documents are taken in: whose they are, who guards identity, what they are checked by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tongchou.core.hashing import hash_file, hash_text
from tongchou.intake.code_maps.applying import MappedBatch, apply_code_maps
from tongchou.intake.documents.document_batch import DocumentBatch
from tongchou.intake.documents.pseudonymiser import Pseudonymiser
from tongchou.intake.documents.settlement_split import FirstSelfPay
from tongchou.intake.documents.words import ConversionAlone, DocumentChecks
from tongchou.intake.readers.reader import ReadingTerms

BUNDLE_BYTES = 1_000_000
"""Beyond it the cost of a bundle as a whole is small beside that of its documents."""

MAKING = "1"
"""The version of how documents are converted, completed and derived; a new one takes files in anew."""


class CodeMaps(Protocol):
    """Local codes put into national ones before conversion. Sent to worker processes."""

    @property
    def fingerprint(self) -> str:
        """The hash of the maps."""

    def mapped(self, batch: DocumentBatch) -> MappedBatch:
        """Return documents with national codes; what no map knows stays as it is and is told."""


@dataclass(frozen=True, slots=True)
class NoCodeMaps:
    """Codes are national as they come."""

    fingerprint: str = "none"

    def mapped(self, batch: DocumentBatch) -> MappedBatch:
        """Return the documents as they are."""
        return apply_code_maps(batch, ())


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """Under what terms parts that came late reach documents that were there: no key is needed for that.

    Attributes:
        checks: What documents are checked by, whoever handed the late part in.
        split: In which amount of a list the first self-pay is.
        merged: Ids of persons that turned out to be another's, with the id that stands.
    """

    checks: DocumentChecks = field(default_factory=ConversionAlone)
    split: FirstSelfPay = "own_pay"
    merged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What holds for all files of a call.

    Attributes:
        pseudonymiser: Replaces identity.
        institution_id: Whose documents they are, where a format leaves it out.
        mapping: A file that says which of a hospital's own columns hold which field.
        checks: What documents are checked by.
        code_maps: Local codes to national ones.
        split: In which amount of a list the first self-pay is.
        batch_documents: Documents worked on at once, about.
        bundle_bytes: The size up to which small files are taken in together.
    """

    pseudonymiser: Pseudonymiser
    institution_id: str | None = None
    mapping: Path | None = None
    checks: DocumentChecks = field(default_factory=ConversionAlone)
    code_maps: CodeMaps = field(default_factory=NoCodeMaps)
    split: FirstSelfPay = "own_pay"
    batch_documents: int = 5_000
    bundle_bytes: int = BUNDLE_BYTES

    @property
    def reading(self) -> ReadingTerms:
        """What readers are told."""
        return ReadingTerms(self.institution_id, self.mapping, self.batch_documents)

    def file_id(self, digest: str, reader: str) -> str:
        """Return the id of a file under these terms; the same bytes under the same terms have the same."""
        mapping = hash_file(self.mapping) if self.mapping else ""
        made = (self.checks.fingerprint, self.code_maps.fingerprint, self.split, MAKING)
        return hash_text("documents", digest, reader, self.institution_id or "", mapping, *made)
