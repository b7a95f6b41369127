"""From a check to SQL: its parameters put in, its expressions bound to the rows that it looks at."""

import re
from collections.abc import Iterable, Mapping
from itertools import product

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.checks.check import CARES, Check, Plain
from tongchou.intake.checks.problems import pack_problem
from tongchou.schema.list_fields import list_fields

LISTS = "settlement_lists"
"""The table of which a document has one row: its own facts."""

_PLACEHOLDER = re.compile(r"\{(\w+)(?:\(([\w.]+)\))?\}")
_WHOLE_ROW = re.compile(r"\b(select|columns|unpivot|lambda)\b|\b[lr]\b(?!\s*\.)|\*\s*(,|\)|$)", re.IGNORECASE)
_RANGE = re.compile(r"([A-Z]?[0-9][0-9.]*)-([A-Z]?[0-9][0-9.]*)")


def column_problems(checks: Iterable[Check]) -> list[TongchouError]:
    """Return what is wrong with the columns and placeholders of checks."""
    problems = []
    for check in checks:
        known = {field.column for field in list_fields(check.table)} | {""}
        for column in check.columns:
            if column not in known:
                why = Text(
                    f"{check.id}：表 {check.table} 没有列 {column}", f"{check.id}: {check.table} has no {column}"
                )
                problems.append(pack_problem(check.where, why))
        texts = " ".join((check.when, check.rows, check.fails, check.value, check.expected))
        for name in sorted({name for name, _ in _PLACEHOLDER.findall(texts)} - set(check.parameters) - {"column"}):
            why = Text(f"{check.id}：没有参数 {name}", f"{check.id}: there is no parameter {name}")
            problems.append(pack_problem(check.where, why))
        if check.place == "sql" and not check.columns:
            why = Text(f"{check.id}：缺少 columns", f"{check.id}: columns are missing")
            problems.append(pack_problem(check.where, why))
    return problems


def applies_sql(check: Check, tables: frozenset[str], kind: str) -> str:
    """Return SQL over a row of `lists`: whether a check applies to a document of a kind.

    Args:
        check: The check.
        tables: The reference tables at hand.
        kind: The kind of the documents.
    """
    if kind not in check.documents or not tables.issuperset(check.needs) or check.off is not None:
        return "false"
    care = "" if len(check.care) == len(CARES) else f"care in ({', '.join(map(_literal, check.care))}) and "
    return f"coalesce({care}({_filled(check, check.when, '')}), false)"


def findings_sql(check: Check, lists: str = "lists") -> tuple[str, ...]:
    """Return the SQL of a check's findings, a question for each of its columns.

    Args:
        check: The check.
        lists: The table of the documents, with a column `applied(check.id)`.

    Returns:
        Questions whose answers have the columns of `FOUND`, a row per fault.
    """
    return tuple(_of_column(check, column, lists) for column in check.columns)


def _of_column(check: Check, column: str, lists: str) -> str:
    value, expected = (_shown(check, column, each) for each in (check.value, check.expected))
    is_whole = bool(check.seq) or (check.table == LISTS and not check.rows)
    rows = _filled(check, check.rows, column)
    looked_at = f"({rows})" if rows else check.table
    source = f"{lists} as l" if is_whole else f"{looked_at} as r join {lists} as l on r.document = l.document"
    # The column of a row and of its list may have the same name: without a prefix, the row's is meant by `r`.
    document, seq = ("l.document", check.seq or "null") if is_whole else ("r.document", "r.seq")
    return (
        f'select {document} as _document, {_literal(check.id)} as "check", {_literal(check.table)} as "table", '
        f'cast({seq} as bigint) as _seq, {_literal(column)} as "column", '
        f"cast({value} as varchar) as value, cast({expected} as varchar) as expected "
        f'from {source} where l."{applied(check.id)}" and ({_filled(check, check.fails, column)})'
    )


def applied(check: str) -> str:
    """Return the column of `lists` that says whether a check applies."""
    return f"applies {check}"


def _shown(check: Check, column: str, expression: str) -> str:
    """Return an expression of a finding, or nothing where it would show what is identity.

    What names such a column shows nothing, nor does what speaks of a whole row, of all columns, or asks anew.
    """
    said = re.sub(r"'[^']*'", "", expression)
    words = {*re.findall(r"\w+", said.lower()), *re.findall(r"\w+", check.rows.lower())}
    is_hidden = bool(words & _identity_columns()) or (column in _identity_columns() and "{column}" in expression)
    return "null" if is_hidden or _WHOLE_ROW.search(said) else _filled(check, expression, column)


def _identity_columns() -> frozenset[str]:
    tables = ("settlement_lists", "list_operations", "list_fee_lines", "settlement_replies", "referral_filings")
    return frozenset(field.column for table in tables for field in list_fields(table) if field.grade == "identity")


def _filled(check: Check, sql: str, column: str) -> str:
    def put_in(found: re.Match[str]) -> str:
        name, over = found.groups()
        if name == "column":
            return column
        value = check.parameters[name].value
        return _in_ranges(over, value) if over else _sql_value(value)

    return _PLACEHOLDER.sub(put_in, sql)


def _sql_value(value: Plain) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _literal(value)
    if value and isinstance(value[0], Mapping):
        return _rows_sql([row for row in value if isinstance(row, Mapping)])
    return f"cast([{', '.join(_literal(each) for each in value if isinstance(each, str))}] as varchar[])"


def _rows_sql(rows: list[Mapping[str, str | tuple[str, ...]]]) -> str:
    """Return rows as a table: a list of code ranges becomes a row each, with `NAME_from` and `NAME_to`."""
    names: list[str] = []
    for name, cell in rows[0].items():
        names += [f"{name}_from", f"{name}_to"] if isinstance(cell, tuple) else [name]
    lines = []
    for row in rows:
        cells = [[_bounds(each) for each in cell] if isinstance(cell, tuple) else [(cell,)] for cell in row.values()]
        lines += [
            f"({', '.join(_literal(part) for parts in parts_of for part in parts)})" for parts_of in product(*cells)
        ]
    return f"(select * from (values {', '.join(lines)}) as given ({', '.join(names)}))"


def _bounds(codes: str) -> tuple[str, str]:
    found = _RANGE.fullmatch(codes)
    return (found[1], found[2]) if found else (codes, codes)


def _in_ranges(column: str, value: Plain) -> str:
    """Return SQL: whether a code begins with one of some codes, or with one between two of them."""
    codes = [each for each in value if isinstance(each, str)] if isinstance(value, tuple) else [str(value)]
    tests = []
    for low, high in map(_bounds, codes):
        if low == high:
            tests.append(f"starts_with({column}, {_literal(low)})")
        else:
            tests.append(f"left({column}, {len(low)}) between {_literal(low)} and {_literal(high)}")
    return f"({' or '.join(tests) or 'false'})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
