"""What is wrong with the rows of a scheme's workbook, said with sheet and row before a scheme is made of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.exchange.sheets import CHOICES, GROUP_CODES, MANIFEST_SHEET, MAY_BE_EMPTY, NUMBER_COLUMNS
from tongchou.grouping.exchange.workbook_cells import Fault, FaultBook, cell_fault, row_fault
from tongchou.grouping.schemes.lists import ListBook, Owner
from tongchou.grouping.schemes.manifest import manifest_faults, one_of
from tongchou.grouping.schemes.rule_parser import parse_rule
from tongchou.grouping.schemes.scheme import SCHEME_WIDE
from tongchou.grouping.schemes.tables import CHANGE, MANIFEST, Row, SchemeTables

_OWNERS = (
    ("adrg.csv", "mdc", "mdc.csv"),
    ("mdc_codes.csv", "mdc", "mdc.csv"),
    ("adrg_codes.csv", "adrg", "adrg.csv"),
    ("drg.csv", "adrg", "adrg.csv"),
)
_LISTED = ("adrg.csv", "lists.csv", "mdc_codes.csv", "adrg_codes.csv")
"""Tables that say which lists there are."""


@dataclass(slots=True)
class ReadTable:
    """A table as read: the sheet's name, and the rows with their numbers in it."""

    sheet: str
    numbers: list[int]
    rows: list[Row]

    def numbered(self) -> Iterator[tuple[int, Row]]:
        """Yield the rows, each after its number."""
        yield from zip(self.numbers, self.rows, strict=True)


def check_rows(tables: SchemeTables, read: dict[str, ReadTable], faults: FaultBook) -> None:
    """Note everything that is wrong with the content of a workbook's sheets.

    Args:
        tables: The scheme as read.
        read: Its tables with the numbers of their rows; those whose sheets are there.
        faults: Where to note it; cells that were noted already are passed over.
    """
    if not faults.is_incomplete(MANIFEST_SHEET):
        for problem in manifest_faults(tables.manifest):
            faults.add_error(problem, MANIFEST_SHEET, 0, problem.where.removeprefix(MANIFEST).strip())
    for name, table in read.items():
        for number, column, fault in _cell_faults(name, table):
            # Row 1 is the heading, which may lack the column.
            if not faults.is_noted(table.sheet, number, column) and not faults.is_noted(table.sheet, 1, column):
                faults.add(fault, table.sheet, number, column)
    for name, column in GROUP_CODES.items():
        if name in read:
            _check_twice(read[name], column, faults)
    if not tables.base:
        _check_owners(read, faults)
    _check_rules(tables, read, faults)


def _check_twice(table: ReadTable, column: str, faults: FaultBook) -> None:
    seen: set[str] = set()
    for number, row in table.numbered():
        if row[column] and row[column] in seen:
            faults.add(_twice(row[column]), table.sheet, number, column)
        seen.add(row[column])


def _cell_faults(name: str, table: ReadTable) -> Iterator[tuple[int, str, Fault]]:
    """Yield row number, column and fault of the cells of a table."""
    for column in table.rows[0] if table.rows else ():
        choices = CHOICES.get((name, column))
        if (name, column) not in MAY_BE_EMPTY:
            for number, row in table.numbered():
                # To take a group away, its code says enough.
                if not row[column] and not (_takes_group_away(name, row) and column != GROUP_CODES[name]):
                    yield number, column, _EMPTY
        if choices or column in NUMBER_COLUMNS:
            for number, row in table.numbered():
                why = _why_not(row[column], column, choices) if row[column] else None
                if why:
                    yield number, column, _cell_fault(why)


def _takes_group_away(name: str, row: Row) -> bool:
    return name in GROUP_CODES and row.get(CHANGE) == "remove"


def _why_not(value: str, column: str, choices: tuple[str, ...] | None) -> Text | None:
    if choices:
        return None if value in choices else one_of(choices)
    if column == "order":
        return None if _is_order(value) else Text("须为不小于 0 的数", "it is a number from 0 upwards")
    is_whole = value.isascii() and value.isdecimal() and len(value) < 10
    return None if is_whole else Text("须为整数", "it is a whole number")


def _is_order(written: str) -> bool:
    try:
        number = Decimal(written)
    except InvalidOperation:
        return False
    return number.is_finite() and number >= 0


def _check_owners(read: dict[str, ReadTable], faults: FaultBook) -> None:
    for name, column, owner in _OWNERS:
        if name not in read or owner not in read:
            continue
        known = {row[column] for row in read[owner].rows}
        for number, row in read[name].numbered():
            if row[column] and row[column] not in known:
                faults.add(_stranger(row[column], read[owner].sheet), read[name].sheet, number, column)


def _check_rules(tables: SchemeTables, read: dict[str, ReadTable], faults: FaultBook) -> None:
    book = _list_book(tables, read, faults)
    mdc_of = {row["adrg"]: row["mdc"] for row in tables.tables.get("adrg.csv", ())}
    for name in GROUP_CODES:
        for number, row in read[name].numbered() if name in read else ():
            if not row["rule"]:
                continue
            try:
                rule = parse_rule(row["rule"], row[GROUP_CODES[name]])
            except TongchouError as error:
                faults.add_error(error, read[name].sheet, number, "rule")
                continue
            if book is not None:
                known = len(book.problems)
                book.resolve(rule, _owner(name, row, mdc_of), "")
                for problem in book.problems[known:]:
                    faults.add_error(problem, read[name].sheet, number, "rule")


def _list_book(tables: SchemeTables, read: dict[str, ReadTable], faults: FaultBook) -> ListBook | None:
    """Return the scheme's lists; `None` where they are not all here."""
    # The lists that a difference's rules name may be its base's.
    if tables.base or not all(name in read and not faults.is_incomplete(read[name].sheet) for name in _LISTED):
        return None
    settings = tables.manifest.get("settings")
    stands_in = isinstance(settings, dict) and settings.get("empty_other_list") == "principal_list"
    # Which lists there are is asked here, not which codes they hold: one row of each says it.
    named = {name: list({_without_codes(row): row for row in read[name].rows}.values()) for name in _LISTED}
    return ListBook(SchemeTables(tables.manifest, named), principal_list_stands_in=stands_in)


def _without_codes(row: Row) -> tuple[str, ...]:
    return tuple(value for column, value in row.items() if column != "codes")


def _owner(name: str, row: Row, mdc_of: dict[str, str]) -> Owner:
    if name == "checks.csv":
        return Owner(SCHEME_WIDE, SCHEME_WIDE)
    group = row["mdc"] if name == "mdc.csv" else row["adrg"]
    return Owner(group, mdc_of.get(group, group))


def _cell_fault(why: Text) -> Fault:
    return cell_fault(why, Text("对照说明页改正", "correct it by the sheet that explains"))


def _twice(code: str) -> Fault:
    return row_fault(Text(f"“{code}”出现两次", f"'{code}' is there twice"), Text("只留一行", "keep one row"))


def _stranger(code: str, sheet: str) -> Fault:
    return row_fault(
        Text(f"{sheet} 中没有“{code}”", f"sheet {sheet} does not have '{code}'"),
        Text("改正代码，或在该表中补上它", "correct the code, or add it to that sheet"),
        leans_on=sheet,
    )


_EMPTY = _cell_fault(Text("它是空的", "it is empty"))
