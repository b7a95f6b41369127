"""The manifest of a scheme: reading it and what can be wrong with it."""

from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.codes import CodeMatch
from tongchou.grouping.schemes.scheme import Manifest
from tongchou.grouping.schemes.tables import MANIFEST

_NEEDED = ("name", "title", "publisher", "edition", "valid_from", "purpose", "code_match")
_SETTINGS = {"day_surgery": ("severity", "no_severity"), "empty_other_list": ("error", "principal_list")}
_CHOICES = {"purpose": ("payment", "learning"), "code_match": get_args(CodeMatch)}


def read_manifest(content: dict[str, Any]) -> Manifest:
    """Make a manifest of its keys and values, in which `manifest_faults` found nothing wrong."""
    settings = content.get("settings") or {}
    until = content.get("valid_until")
    return Manifest(
        name=str(content["name"]),
        title=Text(**content["title"]),
        publisher=str(content["publisher"]),
        edition=str(content["edition"]),
        follows=str(content.get("follows") or ""),
        base=str(content.get("base") or ""),
        valid_from=date.fromisoformat(str(content["valid_from"])),
        valid_until=date.fromisoformat(str(until)) if until else None,
        purpose=content["purpose"],
        notice=Text(**content["notice"]) if content.get("notice") else Text("", ""),
        code_match=content["code_match"],
        code_edition=str(content.get("code_edition") or ""),
        day_surgery_has_severity=settings.get("day_surgery", "severity") == "severity",
        principal_list_stands_in=settings.get("empty_other_list", "error") == "principal_list",
    )


def manifest_faults(content: dict[str, Any]) -> Iterator[TongchouError]:
    """Yield everything that is wrong with a manifest."""
    for key in _NEEDED:
        if content.get(key) in (None, ""):
            yield value_problem(f"{MANIFEST} {key}", "", Text("须填写", "it has to be given"))
    both = Text("须写明 zh 和 en 两种文字", "the words are given as zh and en")
    if content.get("title") and not _is_text(content["title"]):
        yield value_problem(f"{MANIFEST} title", content["title"], both)
    if content.get("notice") and not _is_text(content["notice"]):
        yield value_problem(f"{MANIFEST} notice", content["notice"], both)
    for key in ("valid_from", "valid_until"):
        if content.get(key) and not _is_day(content[key]):
            rule = Text("须为日期，如 2025-01-01", "it is a date such as 2025-01-01")
            yield value_problem(f"{MANIFEST} {key}", content[key], rule)
    for key, choices in _CHOICES.items():
        if content.get(key) and content[key] not in choices:
            yield value_problem(f"{MANIFEST} {key}", content[key], one_of(choices))
    yield from _setting_faults(content.get("settings") or {})


def _setting_faults(settings: object) -> Iterator[TongchouError]:
    if not isinstance(settings, dict):
        rule = Text("须为“键: 值”的列表", "it is a list of keys with values")
        yield value_problem(f"{MANIFEST} settings", settings, rule)
        return
    for key, value in settings.items():
        if key not in _SETTINGS:
            yield value_problem(f"{MANIFEST} settings", key, one_of(tuple(_SETTINGS)))
        elif value not in _SETTINGS[key]:
            yield value_problem(f"{MANIFEST} settings {key}", value, one_of(_SETTINGS[key]))


def _is_text(content: object) -> bool:
    return (
        isinstance(content, dict)
        and content.keys() == {"zh", "en"}
        and all(isinstance(words, str) for words in content.values())
    )


def _is_day(content: object) -> bool:
    try:
        date.fromisoformat(str(content))
    except ValueError:
        return False
    return True


def one_of(choices: tuple[str, ...]) -> Text:
    """Say that a value is one of a closed set."""
    named = [choice or "''" for choice in choices]
    return Text("须为以下之一：" + "、".join(named), "it is one of: " + ", ".join(named))


def value_problem(where: str, value: object, rule: Text) -> TongchouError:
    """Return the problem of a value that a scheme cannot have; `rule` says what it can be."""
    return TongchouError(
        "grouping.scheme_value",
        what=Text(f"方案中的值“{value}”不能用", f"the scheme's value '{value}' cannot be used"),
        where=where,
        why=rule,
        remedy=Text("按方案手册改正", "correct it as the scheme manual says"),
    )
