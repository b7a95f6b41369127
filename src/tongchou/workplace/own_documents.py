"""What an institution hands in is its own: rows and documents of another are not taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.intake.deliveries.document_file import Sorted
from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.typed_batch import FOUND, TypedBatch
from tongchou.intake.documents.words import DocumentChecks, FindingWords
from tongchou.intake.files import names_a_table, open_files
from tongchou.intake.raw import TableFile

OTHER = "intake.other_institution"
OWN_TABLES = ("cases", "visits", "exam_results", "service_events")
"""The tables whose rows each name the institution that made them; the others are the insurer's to hand in."""

_INSTITUTION = "institution_id"
_WORDS = FindingWords(
    "blocks",
    Text(
        "文书的机构是 {value}，不是上传的机构 {expected}", "the document is of {value}, not of {expected}, who sent it"
    ),
    Text("由该机构自己上传，或更正机构代码", "let that institution upload it, or mend the code of the institution"),
)


@dataclass(frozen=True, slots=True)
class OwnDocuments:
    """Checks, and one more: that a document is of the institution that sends it.

    Attributes:
        checks: The others.
        institution_id: Who sends.
    """

    checks: DocumentChecks
    institution_id: str

    @property
    def fingerprint(self) -> str:
        """The others', and who sends."""
        return hash_text(self.checks.fingerprint, self.institution_id)

    def find(self, batch: TypedBatch, among: frozenset[str] | None = None) -> pl.DataFrame:
        """Return the findings of the others, and the documents of another institution."""
        others = self.checks.find(batch, among)
        if among is not None and OTHER not in among:
            return others
        strange = [
            _strange(table, rows, self.institution_id)
            for table, rows in batch.frames.items()
            if _INSTITUTION in rows.columns
        ]
        found = pl.concat(strange) if strange else pl.DataFrame(schema=FOUND)
        return pl.concat([others, found.unique(DOCUMENT, keep="first", maintain_order=True)])

    def words(self, check: str) -> FindingWords | None:
        """Return what a check's finding says."""
        return _WORDS if check == OTHER else self.checks.words(check)


def _strange(table: str, rows: pl.DataFrame, institution_id: str) -> pl.DataFrame:
    sequence = pl.lit(None, pl.Int64) if table == HEAD else pl.col(SEQUENCE)
    return rows.filter(pl.col(_INSTITUTION) != institution_id).select(
        DOCUMENT,
        pl.lit(OTHER).alias("check"),
        pl.lit(table).alias("table"),
        sequence.cast(pl.Int64).alias(SEQUENCE),
        pl.lit(_INSTITUTION).alias("column"),
        pl.col(_INSTITUTION).alias("value"),
        pl.lit(institution_id).alias("expected"),
    )


def check_own_tables(found: Sorted, institution_id: str) -> None:
    """Check that files of our own tables hold rows of one institution alone.

    Raises:
        TongchouError: `workplace.not_own_table` for a table that is the insurer's to hand in, and for rows of another
            institution; what a file of a table is refused for.
    """
    if found.registers:
        raise _not_own(found.registers[0].name, _OF_THE_REGION)
    for path in found.tables:
        # Before it is opened: what is wrong with a table that is not theirs is no matter of theirs.
        if names_a_table(path) and not path.name.startswith(OWN_TABLES):
            raise _not_own(path.name, _OF_THE_REGION)
    for file in open_files(found.tables) if found.tables else ():
        lines = _lines_of_others(file, institution_id)
        if lines:
            listed = ", ".join(map(str, lines))
            raise _not_own(file.name, Text(f"第 {listed} 行是别的机构的", f"rows of other institutions: {listed}"))


def _lines_of_others(file: TableFile, institution_id: str, most: int = 5) -> Sequence[int]:
    names = [source.name for source in file.layout.sources if source.column.name == _INSTITUTION]
    lines: list[int] = []
    for batch in file.batches():
        if not names or len(lines) >= most:
            break
        is_other = batch.rows.get_column(names[0]).cast(pl.String).str.strip_chars() != institution_id
        lines += batch.row_numbers.filter(is_other.fill_null(value=False)).head(most - len(lines)).to_list()
    return lines


_OF_THE_REGION = Text("这张表由医保经办机构交入", "the insurer hands this table in")


def _not_own(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "workplace.not_own_table",
        what=Text("不是本机构自己的数据", "this is not the institution's own data"),
        where=Path(where).name,
        why=why,
        remedy=Text("只上传本机构的数据；其他数据请医保经办机构交入", "upload your own; the insurer hands in the rest"),
    )
