"""The groups and rules of a bureau's grouping workbook, made into the tables of a scheme.

Of the sheet of rules each row is a DRG; a row whose ADRG is `MDC` sends cases to the MDC that its third column names,
and there they stay. MDCs without such a row are tried one after the other, in the order of the rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from python_calamine import CalamineWorkbook

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.exchange.table_import import standard_checks
from tongchou.grouping.exchange.workbook_cells import (
    Fault,
    FaultBook,
    read_sheet,
    row_fault,
    text_rows,
)
from tongchou.grouping.exchange.workbook_lists import (
    CC_SHEET,
    EMPTY,
    EXCLUSION_SHEET,
    LIST_SHEETS,
    MCC_SHEET,
    WorkbookLists,
    read_severity,
    unknown_group,
)
from tongchou.grouping.exchange.workbook_rules import ALWAYS, RuleText, all_of, one_test, translate_rule
from tongchou.grouping.schemes.tables import TABLES, Row

_MDC_SHEET, _ADRG_SHEET, _DRG_SHEET, _RULE_SHEET = "MDC信息", "ADRG信息", "DRG信息", "DRG分组规则"
BUREAU_SHEETS = (
    _MDC_SHEET,
    _ADRG_SHEET,
    _DRG_SHEET,
    *(sheet for sheet, _ in LIST_SHEETS.values()),
    MCC_SHEET,
    CC_SHEET,
    EXCLUSION_SHEET,
    _RULE_SHEET,
)
_RULE_COLUMNS = ("mdc_code", "adrg_code", "drg_code", "mdc_rule", "adrg_rule", "drg_rule", "op", "mcc", "cc")
_NOT_A_GROUP = "0000"
_ROUTES = "MDC"
_UNUSED = "-1"
_AMBIGUOUS = "QY"
_MULTIPLE_WOUNDS = "multi_wound"
_ANY_OPERATION = "any_op("
_OPERATION = {"1": one_test("any_op(listed)"), "0": one_test("no_op(listed)"), "-1": ALWAYS}
# With MCC the workbook's CC flag is 0; so a CC flag of 1 says that there is no MCC.
_SEVERITY = {
    ("1", "0"): "mcc",
    ("1", "-1"): "mcc",
    ("0", "1"): "cc",
    ("-1", "1"): "cc",
    ("0", "0"): "none",
    ("-1", "-1"): "always",
}


@dataclass(slots=True)
class _RuleRow:
    """A row of the sheet of rules."""

    number: int
    cells: dict[str, str]

    @property
    def adrg(self) -> str:
        return self.cells["adrg_code"]

    @property
    def drg(self) -> str:
        return self.cells["drg_code"]


class WorkbookGroups:
    """Makes the tables of a scheme of a workbook that has all its sheets."""

    def __init__(self, book: CalamineWorkbook, faults: FaultBook) -> None:
        self._book = book
        self._faults = faults
        self._mdc_names = self._groups(_MDC_SHEET, "mdc_code", "mdc_name", "")
        self._adrg_names = self._groups(_ADRG_SHEET, "adrg_code", "adrg_name", "mdc_code")
        self._drg_names = self._groups(_DRG_SHEET, "drg_code", "drg_name", "adrg_code")
        self._mdc_of = {adrg: mdc for adrg, (_, mdc, _) in self._adrg_names.items()}
        rows = self._rule_rows()
        self._routes = [row for row in rows if row.adrg == _ROUTES]
        self._groups_of: dict[str, dict[str, list[_RuleRow]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            if row.adrg != _ROUTES:
                self._groups_of[row.cells["mdc_code"]][row.adrg].append(row)
        self._sites = [row.drg for row in self._routes if _MULTIPLE_WOUNDS in row.cells["mdc_rule"]]
        self._sites += [
            mdc
            for mdc, adrgs in self._groups_of.items()
            if mdc not in self._sites
            and any(_MULTIPLE_WOUNDS in row.cells["mdc_rule"] for many in adrgs.values() for row in many)
        ]
        self._lists = WorkbookLists(book, self._mdc_of, self._mdc_names, self._sites, faults)
        self._check_rows(rows)
        self._check_groups(rows)
        self._check_order(rows)

    def tables(self) -> dict[str, list[Row]]:
        """Return the rows of every table."""
        found: dict[str, list[Row]] = {name: [] for name in TABLES}
        found["checks.csv"] = standard_checks()
        found["mdc.csv"] = list(self._mdcs())
        for mdc, adrgs in self._groups_of.items():
            for number, (adrg, rows) in enumerate(adrgs.items(), start=1):
                self._add_adrg(found, mdc, number, adrg, rows)
        found["mdc_codes.csv"] = self._lists.mdc_codes()
        found["adrg_codes.csv"] = self._lists.adrg_codes()
        return found | read_severity(self._book, self._faults)

    def _groups(self, name: str, code: str, title: str, above: str) -> dict[str, tuple[str, str, int]]:
        """Return name, group above and row of each group of a sheet."""
        sheet = read_sheet(self._book, name, [column for column in (code, title, above) if column], self._faults)
        found: dict[str, tuple[str, str, int]] = {}
        if code not in sheet.columns:
            return found
        for number, row in text_rows(sheet, self._faults):
            if row[code] == _NOT_A_GROUP:
                continue
            if not row[code]:
                self._faults.add(EMPTY, name, number, code)
            elif row[code] in found:
                self._faults.add(_twice(row[code]), name, number, code)
            found.setdefault(row[code], (row.get(title, ""), row.get(above, ""), number))
        return found

    def _rule_rows(self) -> list[_RuleRow]:
        sheet = read_sheet(self._book, _RULE_SHEET, _RULE_COLUMNS, self._faults)
        numeric = _RULE_COLUMNS[3:]
        if len(sheet.columns) < len(_RULE_COLUMNS):
            return []
        return [_RuleRow(number, row) for number, row in text_rows(sheet, self._faults, may_be_number=numeric)]

    def _check_rows(self, rows: list[_RuleRow]) -> None:
        """Note the rows that name groups which are not there, or are there twice."""
        seen: set[str] = set()
        for row in rows:
            cells = row.cells
            if cells["mdc_code"] not in self._mdc_names:
                self._at(row, "mdc_code", unknown_group(_MDC_SHEET, cells["mdc_code"]))
            if row.drg in seen:
                self._at(row, "drg_code", _twice(row.drg))
            seen.add(row.drg)
            if row.adrg == _ROUTES:
                if row.drg not in self._mdc_names:
                    self._at(row, "drg_code", unknown_group(_MDC_SHEET, row.drg))
                continue
            if self._mdc_of.get(row.adrg) != cells["mdc_code"]:
                self._at(row, "adrg_code", unknown_group(f"{_ADRG_SHEET} {cells['mdc_code']}", row.adrg))
            if row.drg not in self._drg_names or self._drg_names[row.drg][1] != row.adrg:
                self._at(row, "drg_code", unknown_group(f"{_DRG_SHEET} {row.adrg}", row.drg))

    def _check_groups(self, rows: list[_RuleRow]) -> None:
        """Note the groups whose own group is not there, and those that no rule leads to."""
        adrgs, drgs = {row.adrg for row in rows}, {row.drg for row in rows}
        for adrg, (_, mdc, number) in self._adrg_names.items():
            if mdc not in self._mdc_names:
                self._faults.add(unknown_group(_MDC_SHEET, mdc), _ADRG_SHEET, number, "mdc_code")
            if adrg and adrg not in adrgs:
                self._faults.add(_without_rule(adrg), _ADRG_SHEET, number, "adrg_code")
        for drg, (_, adrg, number) in self._drg_names.items():
            if adrg not in self._adrg_names:
                self._faults.add(unknown_group(_ADRG_SHEET, adrg), _DRG_SHEET, number, "adrg_code")
            if drg and drg not in drgs:
                self._faults.add(_without_rule(drg), _DRG_SHEET, number, "drg_code")

    def _check_order(self, rows: list[_RuleRow]) -> None:
        """Note rows that interrupt the rows of a group: which of them is tried first would be lost."""
        closed: set[tuple[str, str]] = set()
        before: tuple[str, str] | None = None
        for row in rows:
            place = row.cells["mdc_code"], row.adrg
            if place != before and place in closed and row.adrg != _ROUTES:
                self._at(row, "adrg_code", _SCATTERED)
            closed.add(place)
            before = place
        first_mdcs = {row.cells["mdc_code"] for row in self._routes}
        if len(first_mdcs) > 1:
            self._at(self._routes[-1], "mdc_code", _TWO_FIRST)
        last = max(
            (row.number for mdc in first_mdcs for rows in self._groups_of[mdc].values() for row in rows), default=0
        )
        for row in self._routes:
            if row.number < last:
                self._at(row, "adrg_code", _ROUTE_TOO_EARLY)

    def _mdcs(self) -> Iterable[Row]:
        """Yield the rows of `mdc.csv`: the MDC of the routes, those that they lead to, the others."""
        routes = {row.drg: row for row in self._routes}
        first = dict.fromkeys(row.cells["mdc_code"] for row in self._routes)
        for number, mdc in enumerate(dict.fromkeys([*first, *routes, *self._groups_of]), start=1):
            rows = [row for many in self._groups_of[mdc].values() for row in many]
            gates = {routes[mdc].cells["mdc_rule"]: routes[mdc]} if mdc in routes else {}
            for row in rows:
                if row.cells["mdc_rule"] != _UNUSED:
                    gates.setdefault(row.cells["mdc_rule"], row)
            yield {
                "order": str(number),
                "mdc": mdc,
                "rule": self._gate(mdc, gates, rows, is_first=mdc in first),
                "if_none": "stop" if mdc in routes else "next",
                "name_zh": self._mdc_names.get(mdc, ("", "", 0))[0],
                "name_en": "",
            }

    def _gate(self, mdc: str, gates: dict[str, _RuleRow], rows: list[_RuleRow], *, is_first: bool) -> str:
        if not gates and is_first:
            # An MDC that only procedures lead to: its groups say which; a case without any never gets there.
            return str(_OPERATION["1"] if all(row.cells["op"] == "1" for row in rows) else ALWAYS)
        if len(gates) != 1:
            for row in [*gates.values()][1:] or rows[:1]:
                self._at(row, "mdc_rule", _TWO_GATES if gates else _NO_GATE)
            return str(ALWAYS)
        (row,) = gates.values()
        # What a row of MDC says in the other columns restricts the way there too.
        more = [*(self._rule(row, column, mdc) for column in ("adrg_rule", "drg_rule")), self._operation(row)]
        return str(all_of([self._rule(row, "mdc_rule", mdc), *(more if row.adrg == _ROUTES else ())]))

    def _add_adrg(self, found: dict[str, list[Row]], mdc: str, number: int, adrg: str, rows: list[_RuleRow]) -> None:
        rules = [self._with_operation(self._rule(row, "adrg_rule", adrg), row) for row in rows]
        # Rules that differ from DRG to DRG are tested at the DRG.
        is_shared = len(set(rules)) == 1
        found["adrg.csv"].append(
            {
                "mdc": mdc,
                "order": str(number),
                "adrg": adrg,
                "outcome": "ambiguous" if adrg.endswith(_AMBIGUOUS) else "grouped",
                "rule": str(rules[0] if is_shared else ALWAYS),
                "name_zh": self._adrg_names.get(adrg, ("", "", 0))[0],
                "name_en": "",
            }
        )
        for place, (row, rule) in enumerate(zip(rows, rules, strict=True), start=1):
            rest = self._rule(row, "drg_rule", adrg)
            whole = rest if is_shared else all_of([rule, rest])
            severity = _SEVERITY.get((row.cells["mcc"], row.cells["cc"]))
            if severity is None:
                self._at(row, "mcc cc", _bad_flags(row.cells["mcc"], row.cells["cc"]))
            found["drg.csv"].append(
                {
                    "adrg": adrg,
                    "order": str(place),
                    "drg": row.drg,
                    "severity": severity or "always",
                    "rule": "" if whole == ALWAYS else str(whole),
                    "name_zh": self._drg_names.get(row.drg, ("", "", 0))[0],
                    "name_en": "",
                }
            )

    def _with_operation(self, rule: RuleText, row: _RuleRow) -> RuleText:
        operation = self._operation(row)
        names_one = rule.joint == "&" and any(part.startswith(_ANY_OPERATION) for part in rule.parts)
        # A procedure in a list of the rule is in a list of an ADRG.
        return rule if names_one and operation == _OPERATION["1"] else all_of([rule, operation])

    def _operation(self, row: _RuleRow) -> RuleText:
        if row.cells["op"] not in _OPERATION:
            self._at(row, "op", _bad_operation(row.cells["op"]))
        return _OPERATION.get(row.cells["op"], ALWAYS)

    def _rule(self, row: _RuleRow, column: str, owner: str) -> RuleText:
        if not row.cells[column]:
            self._at(row, column, EMPTY)
            return ALWAYS
        if column != "mdc_rule" and _MULTIPLE_WOUNDS in row.cells[column]:
            self._at(row, column, _WOUNDS_BELOW_MDC)
            return ALWAYS
        try:
            return translate_rule(row.cells[column], lambda place, name: self._lists.name_for(place, name, owner))
        except TongchouError as error:
            self._faults.add_error(error, _RULE_SHEET, row.number, column)
            return ALWAYS

    def _at(self, row: _RuleRow, column: str, fault: Fault) -> None:
        self._faults.add(fault, _RULE_SHEET, row.number, column)


def _twice(code: str) -> Fault:
    return row_fault(Text(f"“{code}”出现两次", f"'{code}' is there twice"), Text("只留一行", "keep one row"))


def _without_rule(code: str) -> Fault:
    return row_fault(
        Text(f"{_RULE_SHEET} 中没有“{code}”的规则", f"sheet {_RULE_SHEET} has no rule for '{code}'"),
        Text("补上规则，或删去该组", "add its rule, or delete the group"),
        leans_on=_RULE_SHEET,
    )


def _bad_flags(mcc: str, cc: str) -> Fault:
    return row_fault(
        Text(f"mcc={mcc or '空'} 与 cc={cc or '空'} 不能并存", f"mcc={mcc!r} and cc={cc!r} do not go together"),
        Text(
            "MCC 写 1、0，CC 写 0、1，都没有写 0、0，不区分写 -1、-1",
            "write 1, 0 for MCC; 0, 1 for CC; 0, 0 for neither; -1, -1 where severity does not matter",
        ),
    )


def _bad_operation(written: str) -> Fault:
    return row_fault(
        Text(f"op 为“{written}”", f"op is '{written}'"),
        Text("有手术写 1，无手术写 0，不论写 -1", "write 1 for with, 0 for without a procedure, -1 for either"),
    )


_SCATTERED = row_fault(
    Text("同一组的各行不相邻，先后次序无法保留", "the rows of one group are apart, and their order would be lost"),
    Text("把它们移到一起", "move them together"),
)
_TWO_FIRST = row_fault(
    Text("各 MDC 行写在不同的 mdc_code 之下", "the rows of MDC stand under different values of mdc_code"),
    Text("写在同一个 mdc_code 之下", "put them under one mdc_code"),
)
_ROUTE_TOO_EARLY = row_fault(
    Text("它后面还有同一 mdc_code 的组", "groups of the same mdc_code follow it"),
    Text("把 MDC 行移到这些组之后", "move the rows of MDC below those groups"),
)
_TWO_GATES = row_fault(
    Text("同一 MDC 有两种 mdc_rule", "one MDC has two different rules in mdc_rule"),
    Text("统一为一种；已由 MDC 行指定的写 -1", "make them one; write -1 where a row of MDC says it"),
)
_WOUNDS_BELOW_MDC = row_fault(
    Text("multi_wound 说的是整个 MDC 的病例", "multi_wound speaks of the cases of a whole MDC"),
    Text("把它写在 mdc_rule 中", "write it into mdc_rule"),
)
_NO_GATE = row_fault(
    Text("没有一行说明哪些病例进入该 MDC", "no row says which cases enter the MDC"),
    Text("在 mdc_rule 中写明规则", "write the rule into mdc_rule"),
)
