"""A scheme written as a small difference over its base: the base's tables with the changes made.

Groups and checks are set or removed row by row; patterns are added to lists or taken out of them.
"""

from collections.abc import Mapping

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.tables import CHANGE, TABLES, Row, SchemeTables

_CODE_OF_GROUP = {"checks.csv": "check", "mdc.csv": "mdc", "adrg.csv": "adrg", "drg.csv": "drg"}
_LIST_OF_CODES = {
    "lists.csv": ("list", "kind"),
    "mdc_codes.csv": ("mdc", "list"),
    "adrg_codes.csv": ("adrg", "list", "part"),
    "mcc.csv": ("exclusion",),
    "cc.csv": ("exclusion",),
    "exclusions.csv": ("exclusion",),
}
_HANGING = {"mdc.csv": ("adrg.csv", "mdc_codes.csv"), "adrg.csv": ("drg.csv", "adrg_codes.csv")}
_ANY_EXCLUSION = ("mcc.csv", "cc.csv")


def apply_changes(base: SchemeTables, difference: SchemeTables) -> SchemeTables:
    """Return the tables of a whole scheme: the base's, changed, under the difference's manifest.

    Raises:
        Problems: `grouping.scheme_change` for each change that cannot be made.
    """
    problems: list[TongchouError] = []
    tables = {name: [dict(row) for row in base.tables[name]] for name in TABLES}
    for name, key in _CODE_OF_GROUP.items():
        tables[name] = _change_groups(name, key, tables[name], difference.tables.get(name, []), problems)
    _drop_orphans(tables, base.tables, difference.tables)
    for name, keys in _LIST_OF_CODES.items():
        tables[name] = _change_codes(name, keys, tables[name], difference.tables.get(name, []), problems)
    manifest = difference.manifest
    if manifest.get("code_match") != base.manifest.get("code_match"):
        why = Text("code_match 须与基础方案相同", "code_match must be that of the base")
        problems.append(_problem("scheme.yaml code_match", why))
    if problems:
        raise Problems(problems)
    return SchemeTables(manifest, tables)


def _change_groups(
    name: str, key: str, rows: list[Row], changes: list[Row], problems: list[TongchouError]
) -> list[Row]:
    by_code = {row[key]: row for row in rows}
    for change in changes:
        code = change[key]
        if change[CHANGE] == "set":
            by_code[code] = {column: change[column] for column in TABLES[name]}
        elif change[CHANGE] == "remove" and code in by_code:
            del by_code[code]
        elif change[CHANGE] == "remove":
            problems.append(_problem(f"{name} {key}={code}", _not_there(code)))
        else:
            problems.append(_problem(f"{name} {key}={code}", _unknown(change[CHANGE], "set, remove")))
    return list(by_code.values())


def _drop_orphans(
    tables: dict[str, list[Row]], base: Mapping[str, list[Row]], difference: Mapping[str, list[Row]]
) -> None:
    """Take away what hung on groups of the base that are gone; what a change sets itself stays, to be reported."""
    for owner, dependants in _HANGING.items():
        key = _CODE_OF_GROUP[owner]
        gone = {row[key] for row in base[owner]} - {row[key] for row in tables[owner]}
        for name in dependants:
            code = _CODE_OF_GROUP.get(name)
            is_set = {row[code] for row in difference.get(name, ()) if row[CHANGE] == "set"} if code else set()
            tables[name] = [row for row in tables[name] if row[key] not in gone or (code and row[code] in is_set)]


def _change_codes(
    name: str, keys: tuple[str, ...], rows: list[Row], changes: list[Row], problems: list[TongchouError]
) -> list[Row]:
    for change in changes:
        where = f"{name} {' '.join(change[key] for key in keys)}".rstrip()
        if change[CHANGE] == "add":
            rows.append({column: change[column] for column in TABLES[name]})
        elif change[CHANGE] == "remove":
            rows, missing = _without(name, keys, rows, change)
            problems.extend(_problem(where, _not_there(pattern)) for pattern in missing)
        else:
            problems.append(_problem(where, _unknown(change[CHANGE], "add, remove")))
    return rows


def _without(name: str, keys: tuple[str, ...], rows: list[Row], change: Row) -> tuple[list[Row], list[str]]:
    """Return the rows without a change's patterns in the list that it names, and the patterns that were not there."""
    everywhere = name in _ANY_EXCLUSION and not change["exclusion"]
    unwanted = dict.fromkeys(change["codes"].split())
    found: set[str] = set()
    left: list[Row] = []
    for row in rows:
        patterns = row["codes"].split()
        hit = unwanted.keys() & patterns
        if not hit or not (everywhere or all(row[key] == change[key] for key in keys)):
            left.append(row)
            continue
        found |= hit
        kept = [each for each in patterns if each not in hit]
        if kept:
            left.append(row | {"codes": " ".join(kept)})
    return left, [pattern for pattern in unwanted if pattern not in found]


def _not_there(code: str) -> Text:
    return Text(f"基础方案中没有 {code}", f"the base does not have {code}")


def _unknown(written: str, allowed: str) -> Text:
    return Text(f"change 为“{written}”，须为 {allowed} 之一", f"change is '{written}'; it is one of {allowed}")


def _problem(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.scheme_change",
        what=Text("对基础方案的改动无法实现", "a change of the base scheme cannot be made"),
        where=where,
        why=why,
        remedy=Text("对照基础方案改正该行", "correct the row against the base scheme"),
    )
