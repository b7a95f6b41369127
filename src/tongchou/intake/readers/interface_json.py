"""Reader of the national interface's JSON: 4101, 4101A, 4102, 4103, 2301, 2304 and 2501."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import BrokenDocument, DocumentBatch
from tongchou.intake.readers.interface_document import InterfaceDocument, interface_documents
from tongchou.intake.readers.interface_names import TRANSACTIONS, Transaction
from tongchou.intake.readers.interface_rows import DocumentRows, GatheredRows, document_rows, joined_fee_lines
from tongchou.intake.readers.json_pieces import MOST_BYTES, Piece, pieces
from tongchou.intake.readers.json_values import NotExact, NotReadable, parse, parse_exactly
from tongchou.intake.readers.reader import ReadingTerms

_TITLE = Text(
    "国家医保接口 JSON（4101、4101A、4102、4103、2301、2304、2501）",
    "JSON of the national interface (4101, 4101A, 4102, 4103, 2301, 2304, 2501)",
)
_NODES = (b'"setlinfo"', b'"feedetail"', b'"refmedin"', b'"setldetail"', b'"stastinfo"', b'"infno"')
_BATCH_BYTES = 64 << 20
"""However few documents it holds, a batch ends here."""

_TOO_LARGE = Text(
    f"文档超过 {MOST_BYTES >> 20} MB，未读入", f"it is larger than {MOST_BYTES >> 20} MB and was not read"
)


@dataclass(frozen=True, slots=True)
class InterfaceJson:
    """The JSON of the national interface: with its envelope or bare; one object, an array, or an object a line."""

    name: str = "interface"
    title: Text = _TITLE
    suffixes: Sequence[str] = (".json", ".jsonl", ".ndjson", ".txt")

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether a file begins as JSON and names a node or transaction of the interface early on."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return text.startswith((b"{", b"[")) and any(node in text for node in _NODES)

    def read(self, path: Path, name: str, terms: ReadingTerms) -> Iterator[DocumentBatch]:
        """Read a file, as `Reader.read` says.

        Raises:
            TongchouError: `intake.json_file` if there is no JSON in the file.
        """
        reading = _Reading(terms)
        size = 0
        for piece in pieces(path, name):
            reading.take(piece)
            size += piece.size
            if reading.document_count >= terms.batch_documents or size >= _BATCH_BYTES:
                yield from reading.batches()
                size = 0
        reading.settle()
        yield from reading.batches()


READER = InterfaceJson()


class _Reading:
    """What of a file was read and not handed over yet."""

    def __init__(self, terms: ReadingTerms) -> None:
        self._terms = terms
        self._number = 0
        self._gathered: dict[str, GatheredRows] = {}
        self._broken: list[BrokenDocument] = []
        self._waiting: tuple[int, str, InterfaceDocument] | None = None
        self.document_count = 0

    def take(self, piece: Piece) -> None:
        try:
            documents = self._documents(piece.content)
        except NotReadable as problem:
            self.settle()
            self._broken.append(BrokenDocument(self._next(), piece.place, problem.reason, piece.size, problem.check))
            return
        for order, (document, rows) in enumerate(documents, 1):
            place = piece.place if len(documents) == 1 else f"{piece.place}[{order}]"
            self._place(place, document, rows)

    def settle(self) -> None:
        """Add the fee lines that were waiting for the platform's answer."""
        if self._waiting is not None:
            (number, place, document), self._waiting = self._waiting, None
            self._gather(number, place, document.transaction, document_rows(document, self._terms.institution_id))

    def batches(self) -> Iterator[DocumentBatch]:
        """Yield what was gathered, the documents that are none with the first of the batches."""
        if self._broken and not self._gathered:
            self._gathered["4101A"] = GatheredRows(TRANSACTIONS["4101A"])
        for gathered in self._gathered.values():
            yield gathered.batch(self._broken)
            self._broken = []
        self._gathered = {}
        self.document_count = 0

    def _documents(self, content: bytes | None) -> list[tuple[InterfaceDocument, DocumentRows]]:
        if content is None:
            raise NotReadable(_TOO_LARGE)
        try:
            return self._with_rows(parse(content))
        except NotExact:
            return self._with_rows(parse_exactly(content))

    def _with_rows(self, value: object) -> list[tuple[InterfaceDocument, DocumentRows]]:
        found = interface_documents(value)
        return [(document, document_rows(document, self._terms.institution_id)) for document in found]

    def _place(self, place: str, document: InterfaceDocument, rows: DocumentRows) -> None:
        answers = document.nodes.get("result") if document.is_reply else None
        if answers and self._waiting is not None and "feedetail" not in document.nodes:
            number, request_place, request = self._waiting
            lines = request.nodes["feedetail"]
            joined = joined_fee_lines(lines, answers)
            self._waiting = (number, request_place, replace(request, nodes={"feedetail": joined[: len(lines)]}))
            document = replace(document, nodes={"result": joined[len(lines) :]})
            rows = document_rows(document, self._terms.institution_id)
        self.settle()
        if "feedetail" in document.nodes and "result" not in document.nodes:
            self._waiting = (self._next(), place, document)
        else:
            self._gather(self._next(), place, document.transaction, rows)

    def _gather(self, number: int, place: str, transaction: Transaction, rows: DocumentRows) -> None:
        if transaction.name not in self._gathered:
            self._gathered[transaction.name] = GatheredRows(transaction)
        self._gathered[transaction.name].add(number, place, rows)

    def _next(self) -> int:
        self._number += 1
        self.document_count += 1
        return self._number
