"""The table of rights: role by action by whose it is by grade of the data, as the built-in pack writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.states import ROLE

Scope = Literal["region", "own_alliance", "own_institution", "other_institution"]
Outcome = Literal["allowed", "masked", "refused"]

SCOPE: Mapping[Scope, Text] = {
    "region": Text("全区", "the region"),
    "own_alliance": Text("本医联体", "own alliance"),
    "own_institution": Text("本机构", "own institution"),
    "other_institution": Text("其他机构", "other institutions"),
}


@dataclass(frozen=True, slots=True)
class Grade:
    """How close data comes to a person; `masked` says what is hidden where it is given masked."""

    grade: str
    title: Text
    meaning: Text
    masked: Text


@dataclass(frozen=True, slots=True)
class Rule:
    """One right: a role may do an action on what is in a scope, for a grade of data."""

    role: str
    action: str
    scope: Scope
    grade: str
    outcome: Outcome

    @property
    def rule_id(self) -> str:
        """Return `role/action/scope/grade`."""
        return f"{self.role}/{self.action}/{self.scope}/{self.grade}"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done, the grades of data it shows or changes, and whose second person it needs.

    Attributes:
        action: Its name.
        title: What people call it.
        grades: The grades that it can show or change.
        other_than: Parts in the same object (author, orderer, ...) whose persons may not do it.
    """

    action: str
    title: Text
    grades: tuple[str, ...]
    other_than: tuple[str, ...]


@dataclass(frozen=True)
class Rights:
    """The whole table; what no rule allows is refused."""

    actions: Mapping[str, Action]
    grades: Mapping[str, Grade]
    rules: tuple[Rule, ...]
    by_key: Mapping[tuple[str, str, str], tuple[Rule, ...]]
    """The rules of a role, an action and a grade, those that allow before those that mask."""

    def action(self, name: str) -> Action:
        """Return an action.

        Raises:
            TongchouError: `access.unknown_action`; a name that is not in the table is never quietly refused.
        """
        if name not in self.actions:
            raise TongchouError(
                "access.unknown_action",
                what=Text(f"权限表中没有操作 {name!r}", f"the rights know no action {name!r}"),
                where=name,
                why=Text("权限只按表中所列判定", "a right is decided by the table only"),
                remedy=Text("改用表中的名称，或补入权限表", "use a name of the table, or add it there"),
            )
        return self.actions[name]

    def grade(self, name: str) -> Grade:
        """Return a grade.

        Raises:
            TongchouError: `access.unknown_grade`.
        """
        if name not in self.grades:
            raise TongchouError(
                "access.unknown_grade",
                what=Text(f"权限表中没有数据级别 {name!r}", f"the rights know no grade {name!r}"),
                where=name,
                why=Text("权限只按表中所列判定", "a right is decided by the table only"),
                remedy=Text("改用表中的名称，或补入权限表", "use a name of the table, or add it there"),
            )
        return self.grades[name]

    def roles_that_may(self, action: str, grade: str) -> tuple[str, ...]:
        """Return the roles that may do an action with a grade of data somewhere, in the order of roles."""
        return tuple(role for role in ROLE if (role, action, grade) in self.by_key)


@cache
def built_in_rights() -> Rights:
    """Return the rights of the built-in pack `access/rights.yaml`."""
    pack = files("tongchou").joinpath("packs", "access", "rights.yaml")
    return read_rights(yaml.safe_load(pack.read_text(encoding="utf-8")))


def read_rights(content: Mapping[str, Any]) -> Rights:
    """Read a table of rights.

    Raises:
        TongchouError: `access.rights_table` if it names a role, a scope or a grade that there is not.
    """
    grades = {
        name: Grade(name, _text(entry["title"]), _text(entry["meaning"]), _text(entry["masked"]))
        for name, entry in content["grades"].items()
    }
    actions: dict[str, Action] = {}
    rules: list[Rule] = []
    for name, entry in content["actions"].items():
        action = Action(name, _text(entry["title"]), tuple(entry["grades"]), tuple(entry.get("other_than", ())))
        _known(name, action.grades, grades)
        _known(name, entry["rights"], ROLE)
        actions[name] = action
        for role, scopes in entry["rights"].items():
            masked = scopes.get("masked", {})
            allowed = {scope: listed for scope, listed in scopes.items() if scope != "masked"}
            rules += _rules(action, role, allowed, "allowed")
            rules += _rules(action, role, masked, "masked")
    by_key: dict[tuple[str, str, str], tuple[Rule, ...]] = {}
    for rule in sorted(rules, key=lambda rule: rule.outcome == "masked"):
        key = rule.role, rule.action, rule.grade
        by_key[key] = (*by_key.get(key, ()), rule)
    return Rights(actions, grades, tuple(rules), by_key)


def _rules(action: Action, role: str, scopes: Mapping[Scope, list[str]], outcome: Outcome) -> list[Rule]:
    _known(f"{action.action}/{role}", scopes, SCOPE)
    for listed in scopes.values():
        _known(f"{action.action}/{role}", listed, action.grades)
    return [Rule(role, action.action, scope, grade, outcome) for scope, listed in scopes.items() for grade in listed]


def _known(where: str, names: Any, known: Any) -> None:  # noqa: ANN401  # any collections of names
    strange = [name for name in names if name not in known]
    if strange:
        raise TongchouError(
            "access.rights_table",
            what=Text(f"权限表有不认识的名称：{'、'.join(strange)}", f"the rights name what there is not: {strange}"),
            where=where,
            why=Text(f"此处可用：{'、'.join(known)}", f"known here: {', '.join(known)}"),
            remedy=Text("改正权限表", "correct the table of rights"),
        )


def _text(entry: Mapping[str, str]) -> Text:
    return Text(entry["zh"], entry["en"])
