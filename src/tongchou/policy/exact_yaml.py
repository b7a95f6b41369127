"""YAML read exactly: numbers as Decimal, dates as dates, every other scalar as the text that stands there."""

import re
from collections.abc import Hashable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

Raw = None | str | Decimal | date | list["Raw"] | dict[str, "Raw"]
"""What a policy file can hold."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NULL = re.compile(r"null|~|")


def read_yaml(file: Path) -> Raw:
    """Return the content of a YAML file.

    Mapping keys are always text, so an institution code `007` stays `007`. There is no `yes` or `on` that
    turns into a truth value, no octal or base-60 number, no alias: a value stands where it is read.

    Raises:
        TongchouError: `policy.bad_yaml` if the file is not UTF-8 or not YAML, repeats a key, uses an alias or
            names a day that does not exist.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _bad_yaml(file, f"byte {error.start}", Text("不是 UTF-8 编码", "it is not UTF-8")) from error
    return parse_yaml(content, file)


def parse_yaml(content: str, file: Path) -> Raw:
    """Return what a text says, by the rules of `read_yaml`.

    Args:
        content: The text.
        file: Where it stands, for the error.

    Raises:
        TongchouError: `policy.bad_yaml`.
    """
    try:
        parsed: Raw = _ExactLoader(content).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}" if mark else "-"
        why = error.why if isinstance(error, _NotAllowed) else _library_says(error.problem or str(error))
        raise _bad_yaml(file, place, why) from error
    except yaml.YAMLError as error:
        raise _bad_yaml(file, "-", _library_says(str(error).splitlines()[0])) from error
    except RecursionError as error:
        raise _bad_yaml(file, "-", Text("嵌套过深", "it is nested too deeply")) from error
    return parsed


class _NotAllowed(yaml.MarkedYAMLError):
    """Something that YAML knows and a policy file may not hold."""

    def __init__(self, why: Text, mark: yaml.Mark | None) -> None:
        super().__init__(problem=why.en, problem_mark=mark)
        self.why = why


class _ExactLoader(yaml.SafeLoader):
    """A safe loader that knows null, numbers, dates, text, lists and mappings, and nothing else."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            why = Text("政策文件中不允许使用别名（*）", "an alias (*) is not allowed in a policy file")
            raise _NotAllowed(why, self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - the signature of PyYAML
    ) -> dict[Hashable, Any]:
        mapping: dict[Hashable, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _NotAllowed(Text("键须为一个词", "a key must be one word"), key.start_mark)
            if key.value in mapping:
                why = Text(f"键“{key.value}”出现两次", f"the key '{key.value}' stands twice")
                raise _NotAllowed(why, key.start_mark)
            mapping[key.value] = self.construct_object(value, deep=True)
        return mapping

    def construct_day(self, node: yaml.ScalarNode) -> date:
        try:
            return date.fromisoformat(node.value)
        except ValueError as error:
            why = Text(f"没有 {node.value} 这一天", f"there is no day {node.value}")
            raise _NotAllowed(why, node.start_mark) from error

    def construct_list(self, node: yaml.SequenceNode) -> list[Any]:
        return self.construct_sequence(node, deep=True)

    def refuse_tag(self, node: yaml.Node) -> None:
        why = Text(f"政策文件中不允许使用标签 {node.tag}", f"the tag {node.tag} is not allowed in a policy file")
        raise _NotAllowed(why, node.start_mark)


def _install() -> None:
    _ExactLoader.yaml_constructors = {}
    _ExactLoader.yaml_implicit_resolvers = {}
    null, number, day = "tongchou:null", "tongchou:number", "tongchou:day"
    for tag, pattern, first in (
        (null, _NULL, ["n", "~", ""]),
        (number, _NUMBER, list("-0123456789")),
        (day, _DATE, list("0123456789")),
    ):
        _ExactLoader.add_implicit_resolver(tag, re.compile(f"(?:{pattern.pattern})$"), first)
    _ExactLoader.add_constructor(null, lambda loader, node: None)
    _ExactLoader.add_constructor(number, lambda loader, node: Decimal(node.value))
    _ExactLoader.add_constructor(day, _ExactLoader.construct_day)
    standard = "tag:yaml.org,2002:"
    _ExactLoader.add_constructor(standard + "str", lambda loader, node: node.value)
    _ExactLoader.add_constructor(standard + "seq", _ExactLoader.construct_list)
    _ExactLoader.add_constructor(standard + "map", _ExactLoader.construct_mapping)
    _ExactLoader.add_constructor(None, _ExactLoader.refuse_tag)


_install()


def _library_says(problem: str) -> Text:
    return Text(f"YAML 写法有误（{problem}）", f"it is not YAML ({problem})")


def _bad_yaml(file: Path, place: str, why: Text) -> TongchouError:
    return TongchouError(
        "policy.bad_yaml",
        what=Text("政策文件无法读取", "the policy file cannot be read"),
        where=f"{file}, {place}",
        why=why,
        remedy=Text("按所指位置改正 YAML 写法", "correct the YAML at the place named"),
    )
