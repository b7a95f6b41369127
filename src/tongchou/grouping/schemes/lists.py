"""Which code list a rule's test looks at: its own group's, another group's, or one of the whole scheme."""

from collections import defaultdict
from dataclasses import dataclass, replace

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.rules import DIAGNOSIS_SUBJECTS, AllOf, AnyOf, CodeTest, Not, Rule, SiteTest
from tongchou.grouping.schemes.scheme import (
    LISTED_OPERATIONS,
    NOT_PRINCIPAL,
    SCHEME_WIDE,
    SITE_PREFIX,
    VALID_OPERATIONS,
    Kind,
    ListKey,
)
from tongchou.grouping.schemes.tables import Row, SchemeTables

OTHER_LIST = "other_"
"""Beginning of the names of lists of the codes beside the principal one."""
_LISTED = ListKey(SCHEME_WIDE, LISTED_OPERATIONS)
_MOST_SITES = 64
"""Lists of body sites that a scheme can have: the sites of a case are the bits of one word."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The group that a rule is for."""

    code: str
    mdc: str


class ListBook:
    """The code lists of a scheme, and which of them its rules have asked for so far.

    Args:
        tables: The scheme as written.
        principal_list_stands_in: Whether `other_op` without codes means `op`, and `other_dx` means `dx`.
    """

    def __init__(self, tables: SchemeTables, *, principal_list_stands_in: bool) -> None:
        self._stands_in = principal_list_stands_in
        self._cells, self._kinds = _written_lists(tables)
        self._adrgs = {row["adrg"] for row in tables.tables["adrg.csv"]}
        self._asked: dict[ListKey, Kind] = {}
        self.problems: list[TongchouError] = []
        if _LISTED in self._cells:
            self.problems.append(_reserved())
        sites = [key for key in self._cells if key.role.startswith(SITE_PREFIX)]
        if len(sites) > _MOST_SITES:
            self.problems.append(_many_sites(len(sites)))

    def resolve(self, rule: Rule, owner: Owner, where: str) -> Rule:
        """Return the rule with every test naming the list that it looks at; what is wrong goes to `problems`."""
        match rule:
            case AllOf(parts):
                return AllOf(tuple(self.resolve(part, owner, where) for part in parts))
            case AnyOf(parts):
                return AnyOf(tuple(self.resolve(part, owner, where) for part in parts))
            case Not(inner):
                return Not(self.resolve(inner, owner, where))
            case SiteTest():
                return replace(rule, owner=owner.mdc)
            case CodeTest():
                return self._resolved(rule, owner, where)
            case _:
                return rule

    def lists(self) -> dict[Kind, dict[ListKey, tuple[str, ...]]]:
        """Return the cells of the lists that rules look at, by kind of code."""
        found: dict[Kind, dict[ListKey, tuple[str, ...]]] = {"dx": {}, "op": {}}
        for key, kind in self._asked.items():
            if key != _LISTED:
                found[kind][key] = tuple(self._cells[key])
        for key, cells in self._cells.items():
            if key.role.startswith(SITE_PREFIX):
                found["dx"][key] = tuple(cells)
        for kind, name in NOT_PRINCIPAL.items():
            key = ListKey(SCHEME_WIDE, name)
            if key in self._cells:
                found[kind][key] = tuple(self._cells[key])
        if _LISTED in self._asked:
            listed = [key for key in found["op"] if key.owner in self._adrgs]
            found["op"][_LISTED] = tuple(cell for key in listed for cell in found["op"][key])
        return found

    def _resolved(self, test: CodeTest, owner: Owner, where: str) -> CodeTest:
        kind: Kind = "dx" if test.subject in DIAGNOSIS_SUBJECTS else "op"
        key = self._find(test, owner)
        if key is None:
            self.problems.append(_no_list(where, _spoken(test, owner)))
            return replace(test, owner=SCHEME_WIDE)
        known = self._asked.setdefault(key, self._kinds.get(key, kind))
        if known != kind:
            self.problems.append(_two_kinds(where, key))
        return replace(test, owner=key.owner, list_name=key.role)

    def _find(self, test: CodeTest, owner: Owner) -> ListKey | None:
        if test.owner is not None:
            named = ListKey(test.owner, test.list_name, test.part)
            return named if named in self._cells else None
        names = [test.list_name]
        if self._stands_in and test.list_name.startswith(OTHER_LIST):
            names.append(test.list_name.removeprefix(OTHER_LIST))
        for name in names:
            for key in (ListKey(owner.code, name, test.part), ListKey(SCHEME_WIDE, name)):
                if key in self._cells:
                    return key
        return _LISTED if test.list_name == LISTED_OPERATIONS else None


def _written_lists(tables: SchemeTables) -> tuple[dict[ListKey, list[str]], dict[ListKey, Kind]]:
    cells: dict[ListKey, list[str]] = defaultdict(list)
    kinds: dict[ListKey, Kind] = {ListKey(SCHEME_WIDE, VALID_OPERATIONS): "op", _LISTED: "op"}
    for row in tables.tables["lists.csv"]:
        key = ListKey(SCHEME_WIDE, row["list"])
        cells[key].append(row["codes"])
        kinds[key] = "dx" if row["kind"] == "dx" else "op"
    for row in tables.tables["mdc_codes.csv"]:
        cells[ListKey(row["mdc"], row["list"])].append(row["codes"])
    for row in tables.tables["adrg_codes.csv"]:
        cells[list_of_row(row)].append(row["codes"])
    return dict(cells), kinds


def list_of_row(row: Row) -> ListKey:
    """Return the list that a row of `adrg_codes.csv` belongs to."""
    return ListKey(row["adrg"], row["list"], int(row["part"]) if row["part"].isdecimal() else 0)


def _spoken(test: CodeTest, owner: Owner) -> str:
    return str(ListKey(owner.code if test.owner is None else test.owner, test.list_name, test.part))


def _no_list(where: str, spoken: str) -> TongchouError:
    return TongchouError(
        "grouping.scheme_list",
        what=Text("规则引用了没有编码的列表", "a rule names a list that has no codes"),
        where=where,
        why=Text(f"编码表中没有“{spoken}”", f"the code tables hold no list '{spoken}'"),
        remedy=Text("补充该列表或修改规则", "add the list or change the rule"),
    )


def _reserved() -> TongchouError:
    return TongchouError(
        "grouping.scheme_list",
        what=Text("列表名有固定含义，不能自行书写", "a list's name has a fixed meaning and is not to be written"),
        where=f"lists.csv {LISTED_OPERATIONS}",
        why=Text(
            "它由规则用到的各 ADRG 手术列表组成", "it is made of the procedures of the ADRGs' lists that rules use"
        ),
        remedy=Text("换一个列表名", "give the list another name"),
    )


def _many_sites(count: int) -> TongchouError:
    return TongchouError(
        "grouping.scheme_list",
        what=Text("部位列表过多", "there are too many lists of body sites"),
        where=f"{SITE_PREFIX}…",
        why=Text(f"共 {count} 个，最多 {_MOST_SITES} 个", f"there are {count}; a scheme can have {_MOST_SITES}"),
        remedy=Text("合并部位列表", "join some of them"),
    )


def _two_kinds(where: str, key: ListKey) -> TongchouError:
    return TongchouError(
        "grouping.scheme_list",
        what=Text("同一列表既用于诊断又用于手术", "one list is used for diagnoses and for procedures"),
        where=where,
        why=Text(f"“{key}”已用于另一类编码", f"'{key}' is already used for the other kind of codes"),
        remedy=Text("分成两个列表", "make two lists of it"),
    )
