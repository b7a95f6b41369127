"""Which column of a file holds which column of the contract."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.privacy.redaction import said_names
from tongchou.schema.contract import Column, Kind, Table

_FEN = "_fen"
_YUAN = "_yuan"


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Where the values of one column of the contract come from.

    Attributes:
        column: The column of the contract.
        name: The column of the file.
        is_yuan: Whether the file gives an amount in yuan (`<x>_yuan` for `<x>_fen`).
    """

    column: Column
    name: str
    is_yuan: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's columns stand to its table's.

    Attributes:
        sources: The columns that the file gives, in the contract's order; others are empty in every row.
        notices: What a reader should know: columns ignored, columns not given.
    """

    sources: tuple[ColumnSource, ...]
    notices: tuple[Text, ...]


def layout(table: Table, header: Sequence[str], where: str) -> Layout:
    """Match a file's header with its table.

    Raises:
        TongchouError: `intake.repeated_column` for a header with repeated or blank names, `intake.missing_column`
            where a required column is not given.
    """
    repeated = sorted(name for name, count in Counter(header).items() if count > 1 or not name)
    if repeated:
        raise refusals.repeated_columns(where, repeated)
    found = [source for column in table.columns if (source := _source(column, header)) is not None]
    given = {source.column.name for source in found}
    missing = [column.name for column in table.columns if column.is_required and column.name not in given]
    if missing:
        raise refusals.missing_columns(where, table, missing)
    used = {source.name for source in found}
    return Layout(
        tuple(found),
        (
            *_notice(where, "忽略了多余的列", "columns ignored", [name for name in header if name not in used]),
            *_notice(
                where,
                "未提供的可选列",
                "optional columns not given",
                [c.name for c in table.columns if c.name not in given],
            ),
        ),
    )


def _source(column: Column, header: Sequence[str]) -> ColumnSource | None:
    if column.name in header:
        return ColumnSource(column, column.name, is_yuan=False)
    in_yuan = column.name.removesuffix(_FEN) + _YUAN
    if column.kind is Kind.FEN and in_yuan in header:
        return ColumnSource(column, in_yuan, is_yuan=True)
    return None


def _notice(where: str, zh: str, en: str, names: Sequence[str]) -> tuple[Text, ...]:
    if not names:
        return ()
    said = said_names(names)
    return (Text(f"{where}：{zh} {'、'.join(said)}", f"{where}: {en}: {', '.join(said)}"),)
