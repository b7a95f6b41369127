"""A made-up region as its hospitals would send it: files of lists, replies and fee lines a hospital and month."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.writers.interface_json import ListTransaction, write_lists
from tongchou.simulation.interface_identities import identities
from tongchou.simulation.interface_lists import complete_lists
from tongchou.simulation.interface_money import fee_lines
from tongchou.simulation.interface_replies import write_fee_lines, write_replies

_TABLES = ("cases", "diagnoses", "procedures", "fees", "fee_items", "persons", "institutions")
_DETAILS = ("diagnoses", "procedures", "fees", "fee_items")
_REGISTER = "insured_persons.csv"


@dataclass(frozen=True, slots=True)
class InterfaceFiles:
    """What was written.

    Attributes:
        folder: Where.
        files: The files of lists, by hospital and month; beside each stand those of the replies and fee lines.
        list_count: Settlement lists in all of them.
    """

    folder: Path
    files: tuple[Path, ...]
    list_count: int


def write_interface_files(
    landing: Path,
    folder: Path,
    *,
    seed: int,
    transaction: ListTransaction = "4101A",
    names: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> InterfaceFiles:
    """Write a generated region's stays as files `HOSPITAL-2025-03-4101A.ndjson`, replies of 2304, lines of 2301.

    Beside them stands the register of the insured by the platform's numbers. The same tables and seed give the same
    bytes. Persons have made-up names, document numbers and phones.

    Args:
        landing: The folder of the generated tables.
        folder: A new folder.
        seed: Any whole number from 0, for what the tables do not say.
        transaction: The version of the list.
        names: The name of each code; a code without one is named by itself.
        progress: Called with the lists written so far and all of them.

    Raises:
        TongchouError: `simulation.lists_folder` if the folder is there already; `simulation.no_landing` if a table
            that is needed is not.
    """
    _check(landing, folder)
    tables = {name: pl.read_parquet(landing / f"{name}.parquet") for name in _TABLES}
    persons = tables["persons"].filter(pl.col("person_id").is_in(tables["cases"]["person_id"].unique().implode()))
    tables["persons"] = persons
    people = identities(persons, seed)
    folder.mkdir(parents=True)
    tables["persons"].rename({"person_id": "person_number"}).write_csv(folder / _REGISTER)
    files: list[Path] = []
    done, total = 0, tables["cases"].height
    months = tables["cases"].with_columns(pl.col("discharged_on").dt.strftime("%Y-%m").alias("month"))
    for (month,), cases in sorted(months.partition_by("month", as_dict=True).items()):
        part = _part(tables, cases.drop("month").sort("institution_id", "case_id", maintain_order=True))
        lists = complete_lists(part, people, names or {}, seed)
        for (institution,), numbers in (
            part["cases"]
            .with_row_index(DOCUMENT, offset=1)
            .partition_by("institution_id", as_dict=True, maintain_order=True)
            .items()
        ):
            first, last = int(numbers[DOCUMENT][0]), int(numbers[DOCUMENT][-1])
            own = {table: rows.filter(pl.col(DOCUMENT).is_between(first, last)) for table, rows in lists.items()}
            file = folder / f"{institution}-{month}-{transaction}.ndjson"
            with file.open("wb") as stream:
                write_lists(own, transaction, stream)
            with file.with_name(f"{institution}-{month}-2304.ndjson").open("wb") as stream:
                write_replies(own["settlement_lists"], numbers, stream)
            with file.with_name(f"{institution}-{month}-2301.ndjson").open("wb") as stream:
                write_fee_lines(_lines(own["settlement_lists"], numbers, part), stream)
            files.append(file)
        done += cases.height
        if progress is not None:
            progress(done, total)
    return InterfaceFiles(folder, tuple(files), done)


def _lines(heads: pl.DataFrame, cases: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    names = heads.select(DOCUMENT, "visit_number", "person_number")
    known = cases.with_columns(pl.col(DOCUMENT).cast(pl.Int64)).join(names, on=DOCUMENT, maintain_order="left")
    wanted = known.select("case_id")
    fees, items = (tables[name].join(wanted, on="case_id", how="semi") for name in ("fees", "fee_items"))
    return fee_lines(known, fees, items)


def _part(tables: Mapping[str, pl.DataFrame], cases: pl.DataFrame) -> dict[str, pl.DataFrame]:
    wanted = cases.select("case_id")
    details = {name: tables[name].join(wanted, on="case_id", how="semi") for name in _DETAILS}
    return {**tables, **details, "cases": cases}


def _check(landing: Path, folder: Path) -> None:
    missing = [name for name in _TABLES if not (landing / f"{name}.parquet").is_file()]
    if missing:
        raise TongchouError(
            "simulation.no_landing",
            what=Text("不是生成的统筹区的表", "these are not the tables of a generated region"),
            where=str(landing),
            why=Text(f"缺少 {'、'.join(missing)}", f"there is no {', '.join(missing)}"),
            remedy=Text(
                "先用 tongchou region generate 生成", "generate the region first, with tongchou region generate"
            ),
        )
    if folder.exists():
        raise TongchouError(
            "simulation.lists_folder",
            what=Text("文件夹已经存在", "the folder is there already"),
            where=str(folder),
            why=Text("生成器不覆盖已有数据", "the generator does not overwrite data"),
            remedy=Text("换一个文件夹", "choose another folder"),
        )
