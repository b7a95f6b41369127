"""The reader of FHIR R4."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DocumentBatch
from tongchou.intake.documents.gathering import ReadDocument, UnreadableDocument, gather
from tongchou.intake.readers.fhir.collection import Collection, parts
from tongchou.intake.readers.fhir.files import collections
from tongchou.intake.readers.fhir.referrals import referral_document
from tongchou.intake.readers.fhir.resources import REFERRAL_TYPE, InvalidResourceError
from tongchou.intake.readers.fhir.stays import stay_document
from tongchou.intake.readers.reader import ReadingTerms

_TITLE = Text("FHIR R4 资源包", "FHIR R4 bundles")


@dataclass(frozen=True, slots=True)
class FhirReader:
    """Reads bundles and resources of FHIR R4: a document of kind `claim` for each encounter, `referral` for a referral.

    Only resources that something is taken from are held against the models of FHIR: the others (observations, images)
    are counted. A resource that is not valid breaks the documents that are made of it, and no other.
    """

    name: str = "fhir"
    title: Text = _TITLE
    suffixes: Sequence[str] = (".json", ".ndjson", ".jsonl")

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the file's beginning is that of a FHIR resource."""
        begun = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return path.suffix.lower() in self.suffixes and begun.startswith(b"{") and b'"resourceType"' in head

    def read(self, path: Path, name: str, terms: ReadingTerms) -> Iterator[DocumentBatch]:
        """Read a file; see `Reader.read`.

        Raises:
            TongchouError: `intake.fhir_not_json`, `intake.fhir_too_large`.
        """
        ignored: Counter[str] = Counter()
        found = _documents(path, name, terms.institution_id, ignored)
        return gather(found, ignored, transaction="fhir", kind="claim", limit=terms.batch_documents)


def _documents(
    path: Path, name: str, institution_id: str | None, ignored: Counter[str]
) -> Iterator[ReadDocument | UnreadableDocument]:
    for each in collections(path, name, ignored):
        if isinstance(each, UnreadableDocument):
            yield each
        else:
            yield from _of_collection(each, institution_id, ignored)


def _of_collection(
    collection: Collection, institution_id: str | None, ignored: Counter[str]
) -> Iterator[ReadDocument | UnreadableDocument]:
    for part in parts(collection, ignored):
        try:
            document = stay_document(collection, part, institution_id, ignored)
        except InvalidResourceError as error:
            yield UnreadableDocument(error.place, error.reason)
        else:
            if document is not None:
                yield document
    for index, entry in enumerate(collection.entries):
        if entry.type == REFERRAL_TYPE:
            try:
                document = referral_document(collection, index, institution_id, ignored)
            except InvalidResourceError as error:
                yield UnreadableDocument(error.place, error.reason)
            else:
                if document is not None:
                    yield document


READER = FhirReader()
