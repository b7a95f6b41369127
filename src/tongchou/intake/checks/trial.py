"""Trying every check on no documents at all: SQL that cannot run is found before any list is looked at."""

from collections.abc import Iterable

import duckdb
import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.intake.checks.check import Check
from tongchou.intake.checks.compiling import applied, applies_sql, findings_sql
from tongchou.intake.checks.database import open_database, put_documents
from tongchou.intake.checks.problems import sql_problem
from tongchou.intake.checks.reference import REFERENCE_TABLES

_ALL = frozenset(REFERENCE_TABLES) | {"received_at"}


def sql_problems(checks: Iterable[Check]) -> list[TongchouError]:
    """Return a problem for each check whose SQL is not one question that can be asked."""
    problems = []
    with open_database({}) as base:
        put_documents(base, pl.DataFrame({"_document": []}, schema={"_document": pl.Int64}), {}, ("", "", None), {})
        for check in checks:
            if check.place != "sql":
                continue
            condition = applies_sql(check, _ALL, check.documents[0])
            # In the database of the checks, this column is made for all of them at once.
            listed = f'(select *, {condition} as "{applied(check.id)}" from lists as l)'
            try:
                _ask(base, f"select {condition} from lists as l")
                for question in findings_sql(check, listed):
                    _ask(base, question)
            except duckdb.Error as error:
                problems.append(sql_problem(check.where, check.id, str(error)))
    return problems


def _ask(base: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = base.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise duckdb.ParserException("有且只有一个查询 / one question, and nothing else")
    base.execute(sql)
