"""The one place where it is decided whether somebody may do something, and what to say where not."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from tongchou.access.rights import SCOPE, Outcome, Rights, Rule, Scope, built_in_rights
from tongchou.access.subject import Part, Subject, Whose
from tongchou.core.text import Text
from tongchou.records.states import ROLE


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may do something.

    Attributes:
        outcome: `allowed`, `masked` (given with something hidden) or `refused`.
        reason: Why, for people.
        rule: The rule that decided, `role/action/scope/grade`; for a refusal, what was missing.
        could: The roles that could, where this one cannot or gets it masked.
    """

    outcome: Outcome
    reason: Text
    rule: str
    could: tuple[str, ...] = ()


def decide(subject: Subject, action: str, whose: Whose, grade: str) -> Decision:
    """Decide by the built-in rights whether somebody may do an action on an object, for a grade of its data.

    Args:
        subject: Who asks.
        action: The action's name in the table of rights.
        whose: Whose the object is.
        grade: The grade of the data that would be shown or changed.

    Raises:
        TongchouError: `access.unknown_action`, `access.unknown_grade`.
    """
    return decide_by(built_in_rights(), subject, action, whose, grade)


def may_do_some(subject: Subject, action: str, grade: str) -> bool:
    """Return whether somebody may do an action on anything, for a grade of its data."""
    if subject.actions is not None and action not in subject.actions:
        return False
    return any((role, action, grade) in built_in_rights().by_key for role in subject.roles)


def decide_by(rights: Rights, subject: Subject, action: str, whose: Whose, grade: str) -> Decision:
    """Decide by given rights: the widest right that a role has; refused where none has one."""
    rights.action(action)
    rights.grade(grade)
    if subject.actions is not None and action not in subject.actions:
        return _beyond_the_token(rights, action)
    masked: Rule | None = None
    for part in subject.parts:
        for rule in rights.by_key.get((part.role, action, grade), ()):
            if not _within(rule, part, whose):
                continue
            if rule.outcome == "allowed":
                return _allowed(rule)
            masked = masked or rule
    if masked is not None:
        return _masked(rights, masked)
    return _refused(rights, subject, action, grade)


def _within(rule: Rule, part: Part, whose: Whose) -> bool:
    match rule.scope:
        case "region":
            return True
        case "own_alliance":
            return not part.alliance_ids.isdisjoint(whose.alliance_ids)
        case "own_institution":
            return part.institution_id != "" and part.institution_id in whose.institution_ids
        case "other_institution":
            return bool(whose.institution_ids) and part.institution_id not in whose.institution_ids


@cache
def _allowed(rule: Rule) -> Decision:
    role, scope = ROLE[rule.role], SCOPE[rule.scope]
    reason = Text(f"{role.zh}对{scope.zh}有此权限", f"{role.en} may, for {scope.en}")
    return Decision("allowed", reason, rule.rule_id)


def _masked(rights: Rights, rule: Rule) -> Decision:
    hidden, could = rights.grades[rule.grade].masked, _allowing(rights, rule.action, rule.grade)
    zh, en = _listed(could)
    reason = Text(
        f"{ROLE[rule.role].zh}看到的内容有所隐去：{hidden.zh}" + (f"；看全的角色：{zh}" if could else ""),
        f"{ROLE[rule.role].en} gets it with this hidden: {hidden.en}" + (f"; in full: {en}" if could else ""),
    )
    return Decision("masked", reason, rule.rule_id, could)


def _beyond_the_token(rights: Rights, action: str) -> Decision:
    title = rights.actions[action].title
    reason = Text(f"此接口令牌不含“{title.zh}”", f"this token does not hold: {title.en}")
    return Decision("refused", reason, f"token/{action}")


def _refused(rights: Rights, subject: Subject, action: str, grade: str) -> Decision:
    wanted, title = rights.actions[action], rights.grades[grade].title
    could = rights.roles_that_may(action, grade)
    zh, en = _listed(could)
    who = Text(f"；可以的角色：{zh}", f"; who could: {en}") if could else Text("", "")
    roles_zh, roles_en = _listed(subject.roles)
    if not subject.parts:
        said, rule = Text("您还没有任何角色", "you have no role yet"), f"none/{action}"
    elif scopes := _scopes(rights, subject, action, grade):
        names = [SCOPE[scope] for scope in scopes]
        said = Text(
            f"您（{roles_zh}）只能对{'、'.join(name.zh for name in names)}做“{wanted.title.zh}”",
            f"as {roles_en} you may {wanted.title.en} for {', '.join(name.en for name in names)} only",
        )
        rule = f"{subject.roles[0]}/{action}/other_scope/{grade}"
    elif any((role, action, other) in rights.by_key for role in subject.roles for other in wanted.grades):
        said = Text(
            f"您（{roles_zh}）可以“{wanted.title.zh}”，但不含“{title.zh}”级数据",
            f"as {roles_en} you may {wanted.title.en}, but not with data of the grade: {title.en}",
        )
        rule = f"{subject.roles[0]}/{action}/other_grade/{grade}"
    else:
        said = Text(f"您的角色（{roles_zh}）不能“{wanted.title.zh}”", f"as {roles_en} you may not {wanted.title.en}")
        rule = f"{subject.roles[0]}/{action}/no_rule"
    return Decision("refused", Text(said.zh + who.zh, said.en + who.en), rule, could)


def _scopes(rights: Rights, subject: Subject, action: str, grade: str) -> tuple[Scope, ...]:
    keys = ((role, action, grade) for role in subject.roles)
    return tuple(dict.fromkeys(rule.scope for key in keys for rule in rights.by_key.get(key, ())))


def _allowing(rights: Rights, action: str, grade: str) -> tuple[str, ...]:
    return tuple(
        role
        for role in rights.roles_that_may(action, grade)
        if any(rule.outcome == "allowed" for rule in rights.by_key[role, action, grade])
    )


def _listed(roles: Iterable[str]) -> tuple[str, str]:
    titles = [ROLE[role] for role in roles]
    return "、".join(title.zh for title in titles), ", ".join(title.en for title in titles)
