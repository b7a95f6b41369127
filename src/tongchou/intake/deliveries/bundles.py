"""Bundles: small files of one call that go their way together: most of what a file costs is the same whatever its size.

Only files whose documents have nothing to do with each other share a bundle, so that they end as they would one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from tongchou.core.hashing import hash_text
from tongchou.intake.deliveries.document_file import DocumentFile
from tongchou.intake.deliveries.members import Members
from tongchou.intake.documents.document_batch import DOCUMENT, DocumentBatch, DocumentKind

_STAY = ["institution_id", "admitted_on", "discharged_on"]


@dataclass(frozen=True, slots=True)
class FirstDocuments:
    """What a file begins with.

    Attributes:
        rank: When it is taken in; the lowest first.
        kind: What its documents are.
        transaction: As `DocumentBatch.transaction`.
    """

    rank: tuple[int, int]
    kind: DocumentKind
    transaction: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """One or several files that become one batch."""

    files: tuple[DocumentFile, ...]

    @property
    def digest(self) -> str:
        """The digest of a file alone is its own."""
        digests = [file.digest for file in self.files]
        return digests[0] if len(digests) == 1 else hash_text("bundle", *digests)

    @property
    def name(self) -> str:
        """The name under which something is told of the whole."""
        return self.files[0].name


def bundled(
    files: Sequence[tuple[DocumentFile, FirstDocuments]], size: int, alone: frozenset[str] = frozenset()
) -> Iterator[Bundle]:
    """Yield files in their order, small ones that begin alike and follow each other in one bundle.

    A call that goes on where another was ended makes the bundles that the other would have made.

    Args:
        files: Files of one rank.
        size: How many bytes a bundle has at most, unless one file has more.
        alone: Digests of files that share none.
    """
    together: list[DocumentFile] = []
    kin, bytes_ = None, 0
    for file, first in files:
        own = file.digest if file.digest in alone else ""
        here, kind = file.path.stat().st_size, (file.reader.name, first.kind, first.transaction, own)
        if together and (kind != kin or bytes_ + here > size):
            yield Bundle(tuple(together))
            together, bytes_ = [], 0
        together.append(file)
        kin, bytes_ = kind, bytes_ + here
    if together:
        yield Bundle(tuple(together))


def joined(parts: Sequence[Sequence[DocumentBatch]], names: Sequence[str]) -> tuple[DocumentBatch, Members] | None:
    """Return the documents of several files as one batch, numbered on; None where they are not of one kind.

    Args:
        parts: What each file holds.
        names: How the files are called.
    """
    if len({(batch.kind, batch.transaction) for part in parts for batch in part}) != 1:
        return None
    firsts, batches, before = [], [], 0
    for part in parts:
        firsts.append(before + 1)
        batches += [_numbered_on(batch, before) for batch in part]
        before += sum(batch.documents.height + len(batch.broken) for batch in part)
    frames = {
        name: pl.concat([batch.frames[name] for batch in batches if name in batch.frames], how="diagonal")
        for name in dict.fromkeys(name for batch in batches for name in batch.frames)
    }
    documents = pl.concat([batch.documents for batch in batches])
    broken = tuple(each for batch in batches for each in batch.broken)
    one = DocumentBatch(batches[0].kind, batches[0].transaction, documents, frames, broken)
    return one, Members(tuple(names), tuple(firsts))


def are_apart(register: pl.DataFrame, lines: pl.DataFrame, members: Members) -> bool:
    """Return whether the documents of files have nothing to do with each other: no name, stay or fee line in common.

    Args:
        register: All documents, of the schema `REGISTER`.
        lines: Their fee lines: `_document`, `line_number`.
        members: The files.
    """
    placed = register.with_columns(members.place().alias("_member"))
    is_stay = (pl.col("document") != "settlement_list") & pl.col("case_id").is_not_null()
    stays = placed.filter(is_stay)
    shared = [
        (placed, ["list_id"]),
        (stays, [*_STAY, "person_id"]),
        (stays, [*_STAY, "case_number_id"]),
        (lines.with_columns(members.place().alias("_member")), ["line_number"]),
    ]
    for rows, key in shared:
        files = rows.drop_nulls(key).group_by(key).agg(pl.col("_member").n_unique())
        if (files.get_column("_member") > 1).any():
            return False
    return True


def _numbered_on(batch: DocumentBatch, before: int) -> DocumentBatch:
    def moved(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(pl.col(DOCUMENT) + before)

    return DocumentBatch(
        batch.kind,
        batch.transaction,
        moved(batch.documents),
        {name: moved(rows) for name, rows in batch.frames.items()},
        tuple(replace(each, number=each.number + before) for each in batch.broken),
    )
