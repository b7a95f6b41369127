"""YAML whose mappings know their lines, so that a fault can be shown where it stands."""

import re
from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from tongchou.core.text import Text
from tongchou.intake.checks.problems import pack_problem


class Lined(dict[str, Any]):
    """A mapping with the line of each of its names."""

    lines: Mapping[str, int] = {}
    line: int = 1


def read_lined(text: str, where: str) -> Lined:
    """Return the whole of a YAML file.

    Raises:
        TongchouError: `intake.check_pack` if it is not YAML, is no mapping, or says a name twice.
    """
    try:
        content = yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise pack_problem(f"{where}:{line}", Text.plain(str(error.problem))) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = Text("不是 YAML", "it is not YAML")
        raise pack_problem(where, why) from error
    if not isinstance(content, Lined):
        raise pack_problem(f"{where}:1", Text("须为一组“名称: 值”", "names with values must stand here"))
    return content


class _Loader(yaml.SafeLoader):
    """A safe loader without dates and decimals: money and bounds are whole, codes are texts."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="不可使用别名 / an alias (*) is not allowed", problem_mark=self.get_mark()
            )
        return super().compose_node(parent, index)

    def construct_yaml_map(self, node: yaml.MappingNode) -> Any:  # noqa: ANN401 - a generator, as PyYAML wants it
        made = Lined()
        yield made
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name = str(key.value)
            if name in lines:
                raise yaml.MarkedYAMLError(
                    problem=f"“{name}”出现两次 / '{name}' stands twice", problem_mark=key.start_mark
                )
            lines[name] = key.start_mark.line + 1
        content: dict[Hashable, Any] = self.construct_mapping(node, deep=True)
        made.update({str(name): value for name, value in content.items()})
        made.lines, made.line = lines, node.start_mark.line + 1


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_yaml_map)
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("int", r"^-?(0|[1-9][0-9]*)$", "-0123456789"),
    ("bool", r"^(true|false)$", "tf"),
    ("null", r"^(null|~|)$", ["n", "~", ""]),
):
    # Only these: 0501 stays a code, 62.4 a code, 2025-01-31 a text, and `off` a name.
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
