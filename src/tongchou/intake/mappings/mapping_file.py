"""Mapping files: read with every fault in its line."""

import re
from collections.abc import Iterator
from pathlib import Path

from tongchou.core.text import Text
from tongchou.intake.documents.lists import KIND_COLUMNS
from tongchou.intake.mappings.mapping import (
    MAPPED_KINDS,
    UNITS,
    DetailTable,
    MappedColumn,
    MappedKind,
    TableMapping,
    Unit,
)
from tongchou.intake.mappings.marked_yaml import Marked, Notes, compose
from tongchou.schema.list_fields import ListField, dictionary, document_table_names, has_dictionary, list_fields

IGNORE = "ignore"
"""What is written for a column that holds nothing wanted."""

TABLES = tuple(
    name
    for name in document_table_names()
    if name.startswith("list_") or name in {"settlement_lists", "front_page_fees"}
)
"""The document tables that a mapping may fill."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_RANGE = re.compile(r"\{(\d{1,3})-(\d{1,3})\}")
_FORMAT = re.compile(r"yyyy|MM|dd|HH|mm|ss")
_COLUMN_KEYS = ("field", "place", "values", "split", "unit", "format")
_DETAIL_KEYS = ("sheet", "file", "key", "columns")
_KEYS = ("name", "document", "sheet", "header_row", "constants", "columns", "details")


def read_mapping(file: Path) -> TableMapping:
    """Read a mapping file.

    Raises:
        TongchouError: `intake.bad_mapping` if it cannot be read at all.
        Problems: Everything that is wrong with it, each with its line.
    """
    root = compose(file)
    notes = root.notes
    found = root.members(_KEYS)
    name = found["name"].text if "name" in found else file.stem.lower()
    if not _NAME.fullmatch(name):
        why = Text("name 须由小写字母、数字、- 与 _ 组成", "name is of lower-case letters, digits, - and _")
        notes.add(found["name"].line if "name" in found else 1, why, Text("改一个名称", "choose such a name"))
    columns, ignored = _columns(found["columns"], notes) if "columns" in found else ((), frozenset())
    if not columns:
        why = Text("没有写明任何一列", "no column is mapped")
        notes.add(root.line, why, Text("在 columns 下写“列名: 字段”", "write `column: field` below columns"))
    details = tuple(_detail(item, notes) for item in found["details"].items()) if "details" in found else ()
    _no_table_twice(found.get("details", root), columns, details, notes)
    mapping = TableMapping(
        name=name,
        document=_document(found.get("document"), notes),
        sheet=found["sheet"].text if "sheet" in found else "",
        header_row=_header_row(found.get("header_row"), notes),
        constants=dict(_constants(found["constants"], notes)) if "constants" in found else {},
        columns=columns,
        ignored=ignored,
        details=details,
    )
    notes.settle()
    return mapping


def mapped_field(name: str) -> ListField | None:
    """Return the field of `table.column`; None where a mapping can fill no such one."""
    table, _, column = name.partition(".")
    fields = list_fields(table) if table in TABLES else ()
    return next((each for each in fields if each.column == column), None)


def code_of(field: ListField, value: str) -> str | None:
    """Return the national code that a code or state stands for; None where the field's list has neither."""
    if not has_dictionary(field.dictionary):
        return value
    codes = dictionary(field.dictionary)
    if value in codes:
        return value
    return next((code for code, meaning in codes.items() if meaning.state == value), None)


def expanded(source: str, place: str) -> Iterator[tuple[str, str]]:
    """Yield the columns that a name with a range like `{1-15}` stands for, each with its place."""
    found = _RANGE.search(source)
    if found is None:
        yield source, place
        return
    first, last = found.groups()
    for number in range(int(first), int(last) + 1):
        shift = {"n": number, "n-1": number - 1, "": number}.get(place)
        written = _RANGE.sub(f"{number:0{len(first)}d}", source)
        yield written, place if shift is None else str(shift)


def _columns(node: Marked, notes: Notes) -> tuple[tuple[MappedColumn, ...], frozenset[str]]:
    columns: list[MappedColumn] = []
    ignored: set[str] = set()
    taken: dict[tuple[str, str, str], str] = {}
    for key, value in node.entries():
        if value.is_text and value.text == IGNORE:
            ignored.update(name for name, _ in expanded(key.text, ""))
            continue
        for column in _column(key, value, notes):
            slot = (column.table, column.column, column.place)
            if slot in taken:
                why = Text(
                    f"列“{column.source}”与列“{taken[slot]}”对到同一字段",
                    f"columns `{column.source}` and `{taken[slot]}` are mapped to the same field",
                )
                notes.add(key.line, why, Text("保留一列，另一列写 ignore", "keep one and write `ignore` for the other"))
            taken.setdefault(slot, column.source)
            columns.append(column)
    return tuple(columns), frozenset(ignored)


def _column(key: Marked, value: Marked, notes: Notes) -> Iterator[MappedColumn]:
    said = {"field": value} if value.is_text else value.members(_COLUMN_KEYS)
    written = said["field"].text if "field" in said else ""
    field = mapped_field(written)
    if field is None:
        why = Text(f"没有字段“{written}”", f"there is no field `{written}`")
        notes.add(value.line, why, Text("写作“表.列”，见文档的字段表", "write `table.column` as in the manual's list"))
        return
    place = said["place"].text if "place" in said else ""
    split = said["split"].node.value if "split" in said and said["split"].is_text else ""
    place = _checked_place(field, place, split, key, notes)
    unit = _unit(field, said.get("unit"), notes)
    values = dict(_values(field, said["values"], notes)) if "values" in said else {}
    date_format = said["format"].text if "format" in said else ""
    if date_format and (
        field.kind not in {"date", "moment"} or not {"yyyy", "MM", "dd"} <= set(_FORMAT.findall(date_format))
    ):
        why = Text(
            "format 只用于日期与时间，须含 yyyy、MM、dd", "format is for dates and times and has yyyy, MM and dd"
        )
        notes.add(said["format"].line, why, Text("例如 dd/MM/yyyy HH:mm", "for example dd/MM/yyyy HH:mm"))
        date_format = ""
    if split and not field.table.startswith("list_"):
        why = Text("只有诊断、手术等列表字段能拆分", "only fields of lists can be split")
        notes.add(said["split"].line, why, Text("删去 split", "leave split out"))
    for source, at in expanded(key.text, place):
        yield MappedColumn(source, field.table, field.column, at, values, split, unit, date_format)


def _checked_place(field: ListField, place: str, split: str, key: Marked, notes: Notes) -> str:
    if field.table == "settlement_lists":
        good = not place
        why = Text("该字段一份只有一个值，不写 place", "the field has one value a document, without place")
    elif field.table in KIND_COLUMNS:
        kind = next(each for each in list_fields(field.table) if each.column == KIND_COLUMNS[field.table])
        good = place in dictionary(kind.dictionary) or not place
        why = Text(f"place 须是{kind.title.zh}的代码", f"place is a code of: {kind.title.en}")
    else:
        good = place in {"", "n", "n-1"} or (place.isdecimal() and len(place) <= 3)
        why = Text("place 须是从 0 起的序号，0 为主要", "place is a number from 0, 0 being the principal one")
        if not place and not _RANGE.search(key.text):
            place = "0"
    if not good:
        notes.add(key.line, why, Text("改正 place", "mend the place"))
    return place


def _unit(field: ListField, node: Marked | None, notes: Notes) -> Unit:
    if node is None:
        return "yuan"
    for unit in UNITS:
        if node.text == unit and field.kind == "fen":
            return unit
    why = Text("unit 只用于金额：yuan、fen、ten_thousand_yuan", "unit is for amounts: yuan, fen, ten_thousand_yuan")
    notes.add(node.line, why, Text("改正或删去 unit", "mend it or leave it out"))
    return "yuan"


def _values(field: ListField, node: Marked, notes: Notes) -> Iterator[tuple[str, str]]:
    for key, value in node.entries():
        code = code_of(field, value.text)
        if code is None:
            why = Text(f"{field.title.zh}没有代码“{value.text}”", f"`{value.text}` is no code of: {field.title.en}")
            codes = ", ".join(f"{code} {meaning.title.zh}" for code, meaning in dictionary(field.dictionary).items())
            notes.add(value.line, why, Text(f"代码有 {codes}", f"codes are {codes}"))
        else:
            yield key.text, code


def _constants(node: Marked, notes: Notes) -> Iterator[tuple[tuple[str, str], str]]:
    for key, value in node.entries():
        field = mapped_field(key.text)
        code = code_of(field, value.text) if field else None
        if field is None or field.table != "settlement_lists" or code is None:
            why = Text(f"“{key.text}”不能写成常量", f"`{key.text}` cannot be constant with that value")
            remedy = Text(
                "写 settlement_lists 的字段与合法代码", "write a field of settlement_lists and a code it knows"
            )
            notes.add(key.line, why, remedy)
        else:
            yield (field.table, field.column), code


def _detail(node: Marked, notes: Notes) -> DetailTable:
    found = node.members(_DETAIL_KEYS)
    sheet, file = (found[name].text if name in found else "" for name in ("sheet", "file"))
    if bool(sheet) == bool(file) or "/" in file or "\\" in file:
        why = Text("须写 sheet 或 file 之一，file 只写文件名", "write either sheet or file, of a file only the name")
        notes.add(node.line, why, Text("改正其一", "mend it"))
    key = tuple((here.text, there.text) for here, there in found["key"].entries()) if "key" in found else ()
    if not key:
        why = Text("没有写关联列", "the key is not written")
        notes.add(node.line, why, Text("写 key: {此表列: 主表列}", "write key: {column here: column of the first}"))
    columns, ignored = _columns(found["columns"], notes) if "columns" in found else ((), frozenset())
    tables = {column.table for column in columns}
    if len(tables) != 1 or "settlement_lists" in tables or any(column.split for column in columns):
        why = Text("明细表的列须属于同一个列表，不拆分", "its columns are of one list, and are not split")
        notes.add(node.line, why, Text("一张明细表只写一种明细", "write one kind of detail a table"))
    return DetailTable(sheet, file, key, columns, ignored)


def _no_table_twice(
    node: Marked, columns: tuple[MappedColumn, ...], details: tuple[DetailTable, ...], notes: Notes
) -> None:
    taken = {column.table for column in columns}
    for detail in details:
        tables = {column.table for column in detail.columns}
        if tables & taken:
            why = Text("同一种明细写在两处", "one kind of detail is mapped in two places")
            notes.add(
                node.line, why, Text("只保留主表或一张明细表", "keep it in the first table or in one detail table")
            )
        taken |= tables


def _document(node: Marked | None, notes: Notes) -> MappedKind:
    for kind in MAPPED_KINDS:
        if node is not None and node.text == kind:
            return kind
    if node is not None:
        why = Text("document 须是 front_page 或 settlement_list", "document is front_page or settlement_list")
        notes.add(node.line, why, Text("写其中之一", "write one of them"))
    return "front_page"


def _header_row(node: Marked | None, notes: Notes) -> int:
    if node is None:
        return 1
    if node.text.isdecimal() and 1 <= int(node.text) <= 100:
        return int(node.text)
    why = Text("header_row 须是 1 至 100 的整数", "header_row is a whole number from 1 to 100")
    notes.add(node.line, why, Text("写表头所在的行", "write the row of the names"))
    return 1
