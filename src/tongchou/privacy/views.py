"""Views by purpose: what of a table is shown as it is, coarser, under another pseudonym, masked, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import polars as pl
import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.privacy.generalising import Level
from tongchou.privacy.pseudonyms import Pseudonymiser
from tongchou.privacy.redaction import MASK
from tongchou.schema.contract import Kind, Table

Treatment = Literal["plain", "rekeyed", "year", "month", "quarter", "rounded", "masked", "refused"]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data may be read for.

    Attributes:
        name: `settlement`, `supervision`, `research`.
        title: Name for people.
        grades: Grade to how its columns are treated.
        columns: Columns that are treated otherwise.
        round_to_fen: What amounts are rounded to where they are.
    """

    name: str
    title: Text
    grades: Mapping[str, Treatment]
    columns: Mapping[str, Treatment]
    round_to_fen: int

    def treatment(self, table: Table, column: str) -> Treatment:
        """Return how a column is treated; only dates and amounts can be made coarser, other columns are masked."""
        own = self.columns.get(column, self.grades[table.grade_of(column)])
        kind = table.column(column).kind
        if own in {"year", "month", "quarter"} and kind is not Kind.DATE:
            return "masked"
        return "plain" if own == "rounded" and kind is not Kind.FEN else own


@dataclass(frozen=True, slots=True)
class View:
    """Rows as a purpose may see them.

    Attributes:
        rows: The columns that are shown; dates made coarser are text, amounts stay whole fen.
        treated: Column to how it was treated, those refused too.
    """

    rows: pl.DataFrame
    treated: Mapping[str, Treatment]


@cache
def purposes() -> Mapping[str, Purpose]:
    """Return the purposes of the built-in pack `privacy/purposes.yaml`, by name."""
    pack = files("tongchou").joinpath("packs", "privacy", "purposes.yaml")
    content: dict[str, Any] = yaml.safe_load(pack.read_text(encoding="utf-8"))
    return {
        name: Purpose(name, Text(**own["title"]), own["grades"], own["columns"], own.get("round_to_fen", 1))
        for name, own in content["purposes"].items()
    }


def purpose_named(name: str) -> Purpose:
    """Return a purpose.

    Raises:
        TongchouError: `privacy.unknown_purpose`.
    """
    if name in purposes():
        return purposes()[name]
    known = "、".join(f"{each.name}（{each.title.zh}）" for each in purposes().values())
    raise TongchouError(
        "privacy.unknown_purpose",
        what=Text(f"没有用途 {name}", f"there is no purpose {name}"),
        where="--purpose",
        why=Text(f"用途有：{known}", f"purposes are: {', '.join(purposes())}"),
        remedy=Text("选用其中之一", "use one of them"),
    )


def view(
    table: Table,
    rows: pl.DataFrame,
    purpose: Purpose,
    pseudonymiser: Pseudonymiser | None = None,
    columns: Sequence[str] | None = None,
) -> View:
    """Return rows of a table as a purpose may see them.

    Args:
        table: The contract.
        rows: Rows with columns of the contract, in its types.
        purpose: What they are read for.
        pseudonymiser: Makes the pseudonyms of the purpose, where it has its own.
        columns: The columns wanted; all that the purpose may see if not given.

    Raises:
        TongchouError: `privacy.refused` if a column is wanted that the purpose may not see; `privacy.no_key` if
            pseudonyms are to be made without a key.
    """
    wanted = list(columns if columns is not None else rows.columns)
    treated = {name: purpose.treatment(table, name) for name in wanted}
    refused = [name for name, treatment in treated.items() if treatment == "refused"]
    if columns is not None and refused:
        raise _refused(table, purpose, refused)
    shown = [
        _shown(table, rows.get_column(name), treatment, purpose, pseudonymiser)
        for name, treatment in treated.items()
        if treatment != "refused"
    ]
    return View(pl.DataFrame(shown), treated)


def _shown(
    table: Table, values: pl.Series, treatment: Treatment, purpose: Purpose, pseudonymiser: Pseudonymiser | None
) -> pl.Series:
    match treatment:
        case "plain":
            return values
        case "rekeyed":
            if pseudonymiser is None:
                raise _no_key(purpose)
            # The same person, list or institution has one pseudonym in all tables of one purpose.
            made = pseudonymiser.column(f"purpose {purpose.name}", values, purpose.name[0].upper())
            return made.alias(values.name)
        case "year" | "month" | "quarter":
            return (
                values.to_frame().select(Level(treatment).applied(pl.col(values.name)).alias(values.name)).to_series()
            )
        case "rounded":
            step = purpose.round_to_fen
            return ((values + step // 2) // step * step).alias(values.name)
        case _:
            is_text = table.column(values.name).kind is Kind.TEXT
            masked = pl.Series(values.name, [MASK if is_text else None], dtype=values.dtype)
            return masked.new_from_index(0, values.len())


def _refused(table: Table, purpose: Purpose, names: Sequence[str]) -> TongchouError:
    grades = sorted({table.grade_of(name).value for name in names})
    return TongchouError(
        "privacy.refused",
        what=Text(f"用途“{purpose.title.zh}”不提供这些列", f"these columns are not given for {purpose.title.en}"),
        where=f"{table.name}: {', '.join(names)}",
        why=Text(f"其分级为 {'、'.join(grades)}", f"their grade is {', '.join(grades)}"),
        remedy=Text("去掉这些列，或按规定用途申请", "leave them out, or ask for them for a purpose that may see them"),
    )


def _no_key(purpose: Purpose) -> TongchouError:
    return TongchouError(
        "privacy.no_key",
        what=Text("没有假名与对照表的密钥", "there are no keys for pseudonyms and their map"),
        where=purpose.name,
        why=Text("这一用途使用另一套假名", "this purpose has pseudonyms of its own"),
        remedy=Text("用 --keys 指明密钥文件", "name the key ring with --keys"),
    )
