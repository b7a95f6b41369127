"""Write docs/errors.md: every error code of the source, where it is raised and what it says.

`python tools/errors_page.py` writes the page; with `--check` it fails if the page is not what the source says.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tongchou"
PAGE = ROOT / "docs" / "errors.md"
ROOMS = tuple(sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()))
CODE = re.compile(rf"(?:{'|'.join((*ROOMS, 'money'))})\.[a-z0-9_]+")
HEAD = """# Errors 错误码

Every problem is a sentence: what, where, why, and what to do, in Chinese and English. The code before it is stable.
Texts in braces are filled in.

每个问题都用中英文说明：什么、在哪里、为什么、怎么办。代码保持不变，花括号处填入具体内容。

Written by `tools/errors_page.py` from the source.

| code | room | 中文 | English |
| --- | --- | --- | --- |
"""


def main() -> None:
    """Write or check the page."""
    page = HEAD + "".join(f"| `{code}` | {room} | {zh} | {en} |\n" for code, room, zh, en in sorted(_rows()))
    if "--check" not in sys.argv:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page:
        sys.exit("docs/errors.md is not what the source says: run python tools/errors_page.py")


def _rows() -> set[tuple[str, str, str, str]]:
    found: dict[str, tuple[str, str, str, str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        room = path.relative_to(SOURCE).parts[0]
        for code, zh, en in _errors(ast.parse(path.read_text(encoding="utf-8"))):
            # The same code in two places: the one that has words stands for both.
            if code not in found or (zh and not found[code][2]):
                found[code] = (code, room, zh, en)
    return set(found.values())


def _errors(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield the codes that are built with words: in a call, or as the key of an entry that holds them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not _is_call_of(node, "Step"):
            yield from _coded([*node.args, *(keyword.value for keyword in node.keywords)], node)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None:
                    yield from _coded([key], value)


def _coded(values: list[ast.expr], words: ast.AST) -> Iterator[tuple[str, str, str]]:
    codes = [code for code in map(_code, values) if code]
    texts = [node for node in ast.walk(words) if isinstance(node, ast.Call) and _is_call_of(node, "Text")]
    # The texts of an error come in the order what, why, remedy.
    for code in codes if texts else ():
        yield code, *_words(texts[0])


def _code(node: ast.AST) -> str:
    is_code = isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    return node.value if is_code else ""  # type: ignore[attr-defined]


def _is_call_of(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == name


def _words(call: ast.Call) -> tuple[str, str]:
    words = [_spoken(value) for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    return (words[0], words[1]) if len(words) == 2 else ("", "")


def _spoken(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value).replace("|", "\\|")
    if isinstance(node, ast.JoinedStr):
        return "".join(_spoken(part) for part in node.values)
    return "{…}"


if __name__ == "__main__":
    main()
