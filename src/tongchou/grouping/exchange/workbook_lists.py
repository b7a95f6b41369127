"""The code lists of a bureau's grouping workbook, and the names that the scheme gives them.

The workbook names lists over the whole book (`B00`, `Z01`, `FM1`, `AC1_02`); the scheme names them within their group
(`dx`, `site:Z01`, `op`, `op2`).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from python_calamine import CalamineWorkbook

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.exchange.workbook_cells import (
    Fault,
    FaultBook,
    SheetRows,
    cell_fault,
    read_sheet,
    row_fault,
    text_columns,
)
from tongchou.grouping.exchange.workbook_rules import ListPlace
from tongchou.grouping.schemes.scheme import SITE_PREFIX
from tongchou.grouping.schemes.tables import Row

LIST_SHEETS: dict[ListPlace, tuple[str, str]] = {
    "mdc_dx": ("MDC诊断表", "diagnosis_code"),
    "adrg_dx": ("ADRG诊断表", "diagnosis_code"),
    "adrg_op": ("ADRG手术表", "operation_code"),
}
MCC_SHEET, CC_SHEET, EXCLUSION_SHEET = "MCC", "CC", "排除诊断表"
SEVERITY_TABLES = {MCC_SHEET: "mcc.csv", CC_SHEET: "cc.csv"}

_NAME = {"mdc_dx": "dx", "adrg_dx": "dx", "adrg_op": "op"}
# In a scheme, a blank parts two patterns, ! excepts one and % ends a prefix.
_ONE_CODE = re.compile(r"(?!!)[!-~]+(?<!%)")
_LIST_OF_ADRG = re.compile(r"(\w+?)_(\d{1,4})", re.ASCII)


@dataclass(slots=True)
class CodeList:
    """A list of the workbook: the group that it belongs to, its name there, and its codes in their order."""

    place: ListPlace
    owner: str
    name: str
    codes: dict[str, None]


class WorkbookLists:
    """The lists of a workbook's three code sheets.

    Args:
        book: The workbook, whose sheets are all there.
        mdc_of: The MDC of each ADRG that the workbook knows.
        mdcs: The MDCs that it knows.
        site_mdcs: MDCs whose lists are body sites.
        faults: Where to note what is wrong with the sheets.
    """

    def __init__(
        self,
        book: CalamineWorkbook,
        mdc_of: Mapping[str, str],
        mdcs: Collection[str],
        site_mdcs: Collection[str],
        faults: FaultBook,
    ) -> None:
        self._mdc_of = mdc_of
        self._mdcs = mdcs
        self._faults = faults
        self._site_mdcs = site_mdcs
        self._lists: dict[tuple[ListPlace, str], CodeList] = {}
        for place, (sheet, column) in LIST_SHEETS.items():
            rows = read_sheet(book, sheet, ("mdc_code", "classification", column), faults)
            if len(rows.columns) == 3:
                self._read(place, rows, faults)
        self._give_names()

    def name_for(self, place: ListPlace, name: str, rule_owner: str) -> str:
        """Return how a rule of a group has to name a list.

        Raises:
            TongchouError: `grouping.workbook_list` if the list has no codes or is a body site.
        """
        found = self._lists.get((place, name))
        if found is None and self._faults.is_incomplete(LIST_SHEETS[place][0]):
            return _NAME[place]
        if found is None:
            raise _no_list(name, Text(f"{LIST_SHEETS[place][0]} 中没有它", f"sheet {LIST_SHEETS[place][0]} lacks it"))
        if found.name.startswith(SITE_PREFIX):
            raise _no_list(name, Text("它是 multi_wound 的一个部位", "it is a body site of multi_wound"))
        return found.name if found.owner == rule_owner else f"{found.owner}.{found.name}"

    def mdc_codes(self) -> list[Row]:
        """Return the rows of `mdc_codes.csv`, a code each; an MDC of body sites has all their codes as `dx` too."""
        rows = []
        for mdc in self._site_mdcs:
            together: dict[str, None] = {}
            for each in self._of_owner("mdc_dx", mdc):
                together |= each.codes
            rows += [{"mdc": mdc, "list": "dx", "codes": code} for code in together]
        for (place, _), each in self._lists.items():
            if place == "mdc_dx":
                rows += [{"mdc": each.owner, "list": each.name, "codes": code} for code in each.codes]
        return rows

    def adrg_codes(self) -> list[Row]:
        """Return the rows of `adrg_codes.csv`, a code each."""
        return [
            {"adrg": each.owner, "list": each.name, "part": "", "codes": code}
            for (place, _), each in self._lists.items()
            if place != "mdc_dx"
            for code in each.codes
        ]

    def _read(self, place: ListPlace, sheet: SheetRows, faults: FaultBook) -> None:
        met: dict[tuple[str, str], tuple[dict[str, None], tuple[Fault, str] | None]] = {}
        sites: dict[str, str] = {}
        mdcs, names, codes = text_columns(sheet, faults).values()
        for number, mdc, name, code in zip(sheet.numbers, mdcs, names, codes, strict=True):
            if not check_code(code, faults, sheet.sheet, number, LIST_SHEETS[place][1]):
                continue
            key = name, mdc
            if key not in met:
                met[key] = self._list_of(place, name, mdc)
            known, wrong = met[key]
            known[code] = None
            if place == "mdc_dx" and mdc in self._site_mdcs and sites.setdefault(code, name) != name:
                # One injury of two sites would count as two injuries.
                faults.add(_two_sites(code, sites[code]), sheet.sheet, number, LIST_SHEETS[place][1])
            if wrong:
                faults.add(wrong[0], sheet.sheet, number, wrong[1])

    def _list_of(self, place: ListPlace, name: str, mdc: str) -> tuple[dict[str, None], tuple[Fault, str] | None]:
        """Return the codes of a list so far, and what is wrong with its name beside this MDC, and in which column."""
        known = self._lists.get((place, name))
        if known is None:
            known = self._lists[place, name] = CodeList(place, self._owner(place, name, mdc), "", {})
        owner_mdc = known.owner if place == "mdc_dx" else self._mdc_of.get(known.owner)
        wrong = None
        if mdc not in self._mdcs:
            wrong = unknown_group("MDC信息", mdc), "mdc_code"
        elif owner_mdc is None or not name:
            wrong = unknown_group("ADRG信息", name), "classification"
        elif owner_mdc != mdc:
            wrong = _other_mdc(name, owner_mdc), "mdc_code"
        return known.codes, wrong

    def _owner(self, place: ListPlace, name: str, mdc: str) -> str:
        if place == "mdc_dx":
            return mdc
        numbered = _LIST_OF_ADRG.fullmatch(name)
        return name if name in self._mdc_of or not numbered else numbered[1]

    def _of_owner(self, place: ListPlace, owner: str) -> list[CodeList]:
        return [each for (where, _), each in self._lists.items() if where == place and each.owner == owner]

    def _give_names(self) -> None:
        by_owner: dict[tuple[ListPlace, str], list[str]] = defaultdict(list)
        for (place, name), each in self._lists.items():
            by_owner[place, each.owner].append(name)
        for (place, owner), names in by_owner.items():
            for number, name in enumerate(sorted(names), start=1):
                is_site = place == "mdc_dx" and owner in self._site_mdcs
                ordinary = _NAME[place] + (str(number) if number > 1 else "")
                self._lists[place, name].name = SITE_PREFIX + name if is_site else ordinary


def read_severity(book: CalamineWorkbook, faults: FaultBook) -> dict[str, list[Row]]:
    """Return the rows of `mcc.csv`, `cc.csv` and `exclusions.csv`, a code each."""
    tables: dict[str, list[Row]] = {}
    seen: dict[str, str] = {}
    for sheet, table in SEVERITY_TABLES.items():
        tables[table] = _read_pairs(book, sheet, ("excluded_table", "diagnosis_code"), seen, faults)
    tables["exclusions.csv"] = _read_pairs(book, EXCLUSION_SHEET, ("table_name", "diagnosis_code"), {}, faults)
    return tables


def _read_pairs(
    book: CalamineWorkbook, name: str, columns: Sequence[str], seen: dict[str, str], faults: FaultBook
) -> list[Row]:
    exclusion_column, code_column = columns
    sheet = read_sheet(book, name, columns, faults)
    rows: list[Row] = []
    if len(sheet.columns) < len(columns):
        return rows
    exclusions, codes = text_columns(sheet, faults).values()
    for number, exclusion, code in zip(sheet.numbers, exclusions, codes, strict=True):
        if not check_code(code, faults, name, number, code_column):
            continue
        if not exclusion and name == EXCLUSION_SHEET:
            faults.add(EMPTY, name, number, exclusion_column)
        if code in seen:
            if seen[code] != f"{name} {exclusion}":
                faults.add(_two_places(code, seen[code]), name, number, code_column)
            continue
        seen[code] = f"{name} {exclusion}"
        rows.append({"exclusion": exclusion, "codes": code})
    return rows


def check_code(code: str, faults: FaultBook, sheet: str, row: int, column: str) -> bool:
    """Return whether a cell holds one code; otherwise note why not."""
    if _ONE_CODE.fullmatch(code):
        return True
    if not faults.is_noted(sheet, row, column):
        faults.add(_NO_CODE if code else EMPTY, sheet, row, column)
    return False


def unknown_group(sheet: str, code: str) -> Fault:
    """Return the fault of a row that names a group which the sheet of groups does not have."""
    return row_fault(
        Text(f"{sheet} 中没有“{code}”", f"sheet {sheet} does not have '{code}'"),
        Text("改正代码，或在该表中补上它", "correct the code, or add it to that sheet"),
        leans_on=sheet.split(maxsplit=1)[0],
    )


def _other_mdc(name: str, mdc: str) -> Fault:
    return row_fault(
        Text(f"列表“{name}”属于 {mdc}", f"the list '{name}' belongs to {mdc}"),
        Text("改正 mdc_code 或列表名", "correct mdc_code or the list's name"),
        leans_on="ADRG信息",
    )


def _two_sites(code: str, first: str) -> Fault:
    return row_fault(
        Text(f"编码 {code} 已在部位 {first} 中", f"the code {code} is in the body site {first} already"),
        Text("每个损伤编码只留一个部位", "leave each injury in one body site"),
    )


def _two_places(code: str, first: str) -> Fault:
    return row_fault(
        Text(f"编码 {code} 已在“{first}”中", f"the code {code} is in '{first}' already"),
        Text("每个编码只留一行", "leave one row for each code"),
    )


def _no_list(name: str, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.workbook_list",
        what=Text(f"规则不能引用列表“{name}”", f"a rule cannot name the list '{name}'"),
        where=name,
        why=why,
        remedy=Text("在表中补上编码，或修改规则", "add its codes to the sheet, or change the rule"),
    )


EMPTY = cell_fault(
    Text("它是空的", "it is empty"),
    Text("填写它，或删去该行", "fill it in, or delete the row"),
)
_NO_CODE = cell_fault(
    Text(
        "它不是一个编码：含有空格、全角字符，或以 ! 开头、以 % 结尾",
        "it is not one code: it holds a blank or a full-width character, begins with ! or ends with %",
    ),
    Text("每行只写一个编码，用半角字符", "write one code a row, in half-width characters"),
)
