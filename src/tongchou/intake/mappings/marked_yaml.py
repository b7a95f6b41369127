"""YAML with the line of every value, for files that people write and that are told what is wrong in which line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text

_MOST_BYTES = 1 << 21


class Notes:
    """Collects what is wrong with a file, each with its line."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[TongchouError] = []

    def add(self, line: int, why: Text, remedy: Text) -> None:
        """Note a problem."""
        self.problems.append(_bad_mapping(self.file, line, why, remedy))

    def settle(self) -> None:
        """Raise `Problems` if there are any."""
        if self.problems:
            raise Problems(self.problems)


@dataclass(frozen=True, slots=True)
class Marked:
    """A value and where it stands."""

    node: yaml.Node
    notes: Notes

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return self.node.start_mark.line + 1

    @property
    def text(self) -> str:
        """The value as it is written; empty, and noted, where it is no single value."""
        if isinstance(self.node, yaml.ScalarNode):
            is_null = self.node.tag == "tag:yaml.org,2002:null"
            return "" if is_null else str(self.node.value).strip()
        self.notes.add(
            self.line, Text("这里须是单个值", "a single value belongs here"), Text("改为一个值", "write one value")
        )
        return ""

    @property
    def is_text(self) -> bool:
        """Whether it is a single value."""
        return isinstance(self.node, yaml.ScalarNode)

    def entries(self) -> Iterator[tuple["Marked", "Marked"]]:
        """Yield keys and values; nothing, and noted, where it is no mapping or a key repeats."""
        if not isinstance(self.node, yaml.MappingNode):
            why = Text("这里须是“键: 值”", "`key: value` belongs here")
            self.notes.add(self.line, why, Text("按文档的格式改写", "write it as the manual shows"))
            return
        seen: set[str] = set()
        for key, value in self.node.value:
            marked = Marked(key, self.notes)
            name = marked.text
            if name in seen:
                why = Text(f"“{name}”重复", f"`{name}` is repeated")
                self.notes.add(marked.line, why, Text("保留一处", "keep one of them"))
                continue
            seen.add(name)
            yield marked, Marked(value, self.notes)

    def items(self) -> Iterator["Marked"]:
        """Yield the values of a list; nothing, and noted, where it is none."""
        if not isinstance(self.node, yaml.SequenceNode):
            why = Text("这里须是列表", "a list belongs here")
            self.notes.add(self.line, why, Text("每项以“- ”开头", "begin each item with `- `"))
            return
        for item in self.node.value:
            yield Marked(item, self.notes)

    def members(self, allowed: tuple[str, ...]) -> dict[str, "Marked"]:
        """Return the values of a mapping by key; keys that are not allowed are noted."""
        found: dict[str, Marked] = {}
        for key, value in self.entries():
            if key.text in allowed:
                found[key.text] = value
            else:
                why = Text(f"没有名为“{key.text}”的键", f"there is no key `{key.text}`")
                remedy = Text("可用的键：" + "、".join(allowed), "keys are: " + ", ".join(allowed))
                self.notes.add(key.line, why, remedy)
        return found


def compose(file: Path) -> Marked:
    """Read a file.

    Raises:
        TongchouError: `intake.bad_mapping` if it cannot be read, is not UTF-8, not YAML, too large, or uses aliases.
    """
    notes = Notes(file)
    remedy = Text("按 YAML 格式改写，以 UTF-8 保存", "write it as YAML, in UTF-8")
    try:
        content = file.read_bytes()
    except OSError as error:
        why = Text("文件无法读取", "the file cannot be read")
        raise _bad_mapping(file, 0, why, Text("检查路径与权限", "check path and permission")) from error
    try:
        if len(content) > _MOST_BYTES:
            raise _bad_mapping(file, 0, Text("文件过大", "the file is too large"), remedy)
        text = content.decode("utf-8-sig")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise _bad_mapping(file, 0, Text("不允许使用别名（*）", "aliases (*) are not allowed"), remedy)
        node = yaml.compose(text, yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise _bad_mapping(file, 0, Text("不是 UTF-8 编码", "it is not UTF-8"), remedy) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _bad_mapping(file, line, Text("不是 YAML", "it is not YAML"), remedy) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _bad_mapping(file, 0, Text("不是 YAML", "it is not YAML"), remedy) from error
    if node is None:
        raise _bad_mapping(file, 0, Text("文件是空的", "the file is empty"), remedy)
    return Marked(node, notes)


def _bad_mapping(file: Path, line: int, why: Text, remedy: Text) -> TongchouError:
    return TongchouError(
        "intake.bad_mapping",
        what=Text("对照文件有误", "the mapping file is wrong"),
        where=f"{file}:{line}" if line else str(file),
        why=why,
        remedy=remedy,
    )
