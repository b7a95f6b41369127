"""Making a scheme of its tables: every value read, every rule parsed, every list found, all problems at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import get_args

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.changes import apply_changes
from tongchou.grouping.schemes.lists import ListBook, Owner
from tongchou.grouping.schemes.manifest import manifest_faults, one_of, read_manifest, value_problem
from tongchou.grouping.schemes.rule_parser import parse_rule
from tongchou.grouping.schemes.rules import Constant, Rule
from tongchou.grouping.schemes.scheme import (
    SCHEME_WIDE,
    SEVERITIES,
    Adrg,
    Check,
    Drg,
    ExclusionCell,
    IfNone,
    Kind,
    Mdc,
    Outcome,
    Scheme,
    SeverityCell,
)
from tongchou.grouping.schemes.tables import MANIFEST, TABLES, Row, SchemeTables, read_tables, tables_fingerprint

_CLOSED = {
    ("mdc.csv", "mdc", "if_none"): ("", *get_args(IfNone)),
    ("adrg.csv", "adrg", "outcome"): ("", *get_args(Outcome)),
    ("drg.csv", "drg", "severity"): SEVERITIES,
    ("lists.csv", "list", "kind"): get_args(Kind),
}
_NEEDED_CELLS = {
    "lists.csv": ("list", "codes"),
    "mdc_codes.csv": ("mdc", "list", "codes"),
    "adrg_codes.csv": ("adrg", "list", "codes"),
    "mcc.csv": ("codes",),
    "cc.csv": ("codes",),
    "exclusions.csv": ("exclusion", "codes"),
}
_ORDERED = (("checks.csv", "check"), ("mdc.csv", "mdc"), ("adrg.csv", "adrg"), ("drg.csv", "drg"))
_OWNERS = (
    ("adrg.csv", "mdc", "mdc.csv"),
    ("mdc_codes.csv", "mdc", "mdc.csv"),
    ("adrg_codes.csv", "adrg", "adrg.csv"),
    ("drg.csv", "adrg", "adrg.csv"),
)
_ALWAYS = Constant(is_met=True)
_MOST_GROUPS = 30_000
"""Checks and groups that a scheme can have together: results are numbered with 16 bits."""

FindBase = Callable[[str], SchemeTables]


def load_scheme(folder: Path, find_base: FindBase | None = None) -> Scheme:
    """Read a scheme's folder, with the base that it may be a difference over.

    Raises:
        Problems: Everything that is wrong; see `build_scheme`, `read_tables` and `apply_changes`.
        TongchouError: `grouping.no_scheme` if the base is not at hand; `grouping.scheme_base` if it is not the
            one that the manifest names by its fingerprint.
    """
    return build_scheme(whole_tables(read_tables(folder), find_base))


def whole_tables(tables: SchemeTables, find_base: FindBase | None, above: frozenset[str] = frozenset()) -> SchemeTables:
    """Return the tables of a whole scheme: a difference applied to its base, other schemes as they are.

    Args:
        tables: The scheme as written.
        find_base: Returns a base as written, by its name.
        above: The bases that are being looked up already.
    """
    if not tables.base:
        return tables
    if find_base is None:
        raise _base_problem(tables.base, Text("这里无法查找基础方案", "no base can be looked up here"))
    if tables.base in above:
        raise _base_problem(tables.base, Text("基础方案互相引用", "the schemes are bases of one another"))
    base = whole_tables(find_base(tables.base), find_base, above | {tables.base})
    wanted = tables.manifest.get("base_fingerprint") or ""
    found = tables_fingerprint(base)
    if wanted and not found.startswith(str(wanted)):
        why = Text(f"要求 {wanted}，现有 {found}", f"{wanted} is asked for, {found} is at hand")
        raise _base_problem(tables.base, why)
    return apply_changes(base, tables)


def build_scheme(tables: SchemeTables) -> Scheme:
    """Make a scheme of its tables.

    Raises:
        Problems: Everything that is wrong: `grouping.scheme_value` (a value is not one that a scheme can have),
            `grouping.rule` (a rule cannot be read), `grouping.scheme_list` (a rule names a list without codes),
            `grouping.scheme_group` (a row names a group that does not exist, or a group is there twice).
    """
    problems = [
        *manifest_faults(tables.manifest),
        *_bad_cells(tables),
        *_empty_cells(tables),
        *_twice(tables),
        *_strangers(tables),
    ]
    count = sum(len(tables.tables[name]) for name, _ in _ORDERED)
    if count > _MOST_GROUPS:
        problems.append(_too_many(count))
    if count > _MOST_GROUPS or any(problem.where.startswith(MANIFEST) for problem in problems):
        raise Problems(problems)
    manifest = read_manifest(tables.manifest)
    groups = _Groups(tables, ListBook(tables, principal_list_stands_in=manifest.principal_list_stands_in))
    checks, mdcs = groups.checks(), groups.mdcs()
    problems += [*groups.problems, *groups.book.problems]
    if problems:
        raise Problems(problems)
    return Scheme(
        manifest=manifest,
        checks=checks,
        mdcs=mdcs,
        lists=groups.book.lists(),
        severity=tuple(
            SeverityCell(level, row["exclusion"], row["codes"])
            for level in ("mcc", "cc")
            for row in tables.tables[f"{level}.csv"]
        ),
        exclusions=tuple(ExclusionCell(row["exclusion"], row["codes"]) for row in tables.tables["exclusions.csv"]),
        fingerprint=tables_fingerprint(tables),
    )


class _Groups:
    """Builds the checks and groups of a scheme, in order, with their rules read and resolved."""

    def __init__(self, tables: SchemeTables, book: ListBook) -> None:
        self._tables = tables.tables
        self.book = book
        self.problems: list[TongchouError] = []

    def checks(self) -> tuple[Check, ...]:
        nobody = Owner(SCHEME_WIDE, SCHEME_WIDE)
        return tuple(
            Check(row["check"], self._rule(row, nobody, row["check"]), row["rule"], name_of(row))
            for row in in_order(self._tables["checks.csv"])
        )

    def mdcs(self) -> tuple[Mdc, ...]:
        adrgs, drgs = _by("mdc", self._tables["adrg.csv"]), _by("adrg", self._tables["drg.csv"])
        return tuple(
            Mdc(
                code=row["mdc"],
                rule=self._rule(row, Owner(row["mdc"], row["mdc"]), row["mdc"]),
                rule_text=row["rule"],
                if_none=row["if_none"] or "next",  # type: ignore[arg-type]
                name=name_of(row),
                adrgs=tuple(self._adrg(adrg, drgs[adrg["adrg"]]) for adrg in adrgs[row["mdc"]]),
            )
            for row in in_order(self._tables["mdc.csv"])
        )

    def _adrg(self, row: Row, drgs: list[Row]) -> Adrg:
        owner = Owner(row["adrg"], row["mdc"])
        return Adrg(
            code=row["adrg"],
            outcome=row["outcome"] or "grouped",  # type: ignore[arg-type]
            rule=self._rule(row, owner, row["adrg"]),
            rule_text=row["rule"],
            name=name_of(row),
            drgs=tuple(
                Drg(
                    code=drg["drg"],
                    severity=drg["severity"],  # type: ignore[arg-type]
                    rule=self._rule(drg, owner, drg["drg"]) if drg["rule"] else _ALWAYS,
                    rule_text=drg["rule"],
                    name=name_of(drg),
                )
                for drg in drgs
            ),
        )

    def _rule(self, row: Row, owner: Owner, where: str) -> Rule:
        try:
            rule = parse_rule(row["rule"], where)
        except TongchouError as error:
            self.problems.append(error)
            return _ALWAYS
        return self.book.resolve(rule, owner, f"{where}: {row['rule'][:200]}")


def in_order(rows: list[Row]) -> list[Row]:
    """Return rows by their `order`; rows of the same order as they are written."""
    return sorted(rows, key=lambda row: _order(row["order"]) or Decimal(0))


def name_of(row: Row) -> Text:
    """Return the name of a row's group; the other language stands in for one that is not given."""
    zh = row["name_zh"] or row["name_en"]
    return Text(zh, row["name_en"] or zh)


def _by(column: str, rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in in_order(rows):
        grouped[row[column]].append(row)
    return grouped


def _order(written: str) -> Decimal | None:
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _bad_cells(tables: SchemeTables) -> Iterator[TongchouError]:
    number = Text("须为不小于 0 的数", "it is a number from 0 upwards")
    for name, column in _ORDERED:
        for row in tables.tables[name]:
            if _order(row["order"]) is None:
                yield value_problem(f"{name} {column}={row[column]} order", row["order"], number)
            if not row[column]:
                yield value_problem(f"{name} order={row['order']} {column}", "", Text("须有代码", "it has a code"))
    for (name, column, closed), choices in _CLOSED.items():
        for row in tables.tables[name]:
            if row[closed] not in choices:
                yield value_problem(f"{name} {column}={row[column]} {closed}", row[closed], one_of(choices))
    for row in tables.tables["adrg_codes.csv"]:
        if row["part"] and not (row["part"].isascii() and row["part"].isdecimal() and len(row["part"]) < 10):
            whole = Text("须为整数", "it is a whole number")
            yield value_problem(f"adrg_codes.csv adrg={row['adrg']} part", row["part"], whole)


def _empty_cells(tables: SchemeTables) -> Iterator[TongchouError]:
    for name, needed in _NEEDED_CELLS.items():
        for row in tables.tables[name]:
            for column in needed:
                if not row[column]:
                    where = " ".join([name, *(row[each] for each in TABLES[name] if row[each])])
                    yield value_problem(f"{where[:120]} {column}", "", Text("须填写", "it has to be given"))


def _twice(tables: SchemeTables) -> Iterator[TongchouError]:
    for name, column in _ORDERED:
        seen: set[str] = set()
        for row in tables.tables[name]:
            if row[column] in seen:
                yield _group_problem(f"{name} {column}={row[column]}", Text("代码出现两次", "the code is there twice"))
            seen.add(row[column])


def _strangers(tables: SchemeTables) -> Iterator[TongchouError]:
    for name, column, owner_name in _OWNERS:
        known = {row[column] for row in tables.tables[owner_name]}
        for code in sorted({row[column] for row in tables.tables[name]} - known):
            why = Text(f"{owner_name} 中没有它", f"{owner_name} does not have it")
            yield _group_problem(f"{name} {column}={code}", why)


def _group_problem(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.scheme_group",
        what=Text("方案表中的分组不一致", "the scheme's tables disagree about a group"),
        where=where,
        why=why,
        remedy=Text("在表中补充或删除该行", "add or remove the row"),
    )


def _too_many(count: int) -> TongchouError:
    return TongchouError(
        "grouping.scheme_group",
        what=Text("方案的分组过多", "the scheme has too many groups"),
        where=", ".join(name for name, _ in _ORDERED),
        why=Text(f"共 {count:,} 行，最多 {_MOST_GROUPS:,} 行", f"there are {count:,} rows; {_MOST_GROUPS:,} are read"),
        remedy=Text("删除不用的分组", "remove the groups that are not used"),
    )


def _base_problem(base: str, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.scheme_base",
        what=Text(f"基础方案 {base} 不能用", f"the base scheme {base} cannot be used"),
        where=f"{MANIFEST} base",
        why=why,
        remedy=Text(
            "导入所要求的基础方案，或改正 base_fingerprint", "import the base asked for, or correct base_fingerprint"
        ),
    )
