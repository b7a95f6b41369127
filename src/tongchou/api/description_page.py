"""The description of the API as one page of plain HTML: no script, nothing from outside, for closed networks."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_STYLE = """
body { font: 15px/1.6 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 0 auto; max-width: 64rem;
  padding: 1.5rem; color-scheme: light dark; }
h2 { border-bottom: 1px solid #8886; margin-top: 2.5rem; }
details { border: 1px solid #8884; border-radius: 4px; margin: .4rem 0; padding: .3rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
code { font-family: ui-monospace, Consolas, monospace; }
.method { display: inline-block; font-weight: 600; min-width: 4.2rem; }
table { border-collapse: collapse; margin: .4rem 0 .8rem; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
"""
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "default", "format")


def description_page(description: Schema, address: str) -> str:
    """Return the page.

    Args:
        description: The OpenAPI description.
        address: Where the description itself is, for programs.
    """
    info = description["info"]
    by_tag: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            lines = by_tag.setdefault(operation.get("tags", ["-"])[0], [])
            lines.append(_operation(description, method.upper(), path, operation))
    links = " · ".join(f'<a href="#{_id(tag)}">{escape(tag)}</a>' for tag in by_tag)
    parts = "".join(f'<h2 id="{_id(tag)}">{escape(tag)}</h2>{"".join(lines)}' for tag, lines in by_tag.items())
    schemas = "".join(
        f'<details id="{_id(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<p>{escape(schema.get('description', ''))}</p>{_fields(schema)}</details>"
        for name, schema in sorted(description.get("components", {}).get("schemas", {}).items())
    )
    title = escape(info["title"])
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title} {escape(info['version'])}</h1>"
        f"<p>{escape(info.get('summary', ''))}</p>"
        "<p>成功的回答是 <code>{ok: true, data, next_cursor}</code>，失败的是 <code>{ok: false, errors}</code>，"
        "每个错误用中英文说明什么、在哪里、为什么、怎么办。 / A success is <code>{ok: true, data, next_cursor}</code>, "
        "a failure <code>{ok: false, errors}</code>; every error says what, where, why and what to do.</p>"
        f'<p>程序读取 / for programs: <a href="{escape(address)}">openapi.json</a></p>'
        f"<nav>{links}</nav>{parts}<h2>数据结构 / data structures</h2>{schemas}</main></body></html>"
    )


def _operation(description: Schema, method: str, path: str, operation: Schema) -> str:
    given = [_resolved(description, each) for each in operation.get("parameters", ())]
    rows = "".join(
        _row(each["name"], each["in"], each["schema"], each.get("description", ""), is_needed=each.get("required"))
        for each in given
    )
    parameters = _table("参数 / parameter", "位置 / in", rows) if rows else ""
    body = "".join(
        f"<p>请求内容 / body: <code>{escape(kind)}</code> {_kind(content.get('schema', {}))}</p>"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    )
    answers = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer.get('description', ''))}</td><td>{_answer(answer)}</td></tr>"
        for status, answer in sorted(operation["responses"].items())
    )
    return (
        f'<details><summary><span class="method">{method}</span><code>{escape(path)}</code> '
        f"{escape(operation.get('summary', ''))}</summary><p>{escape(operation.get('description', ''))}</p>"
        f"{parameters}{body}<table><thead><tr><th>状态 / status</th><th>含义 / meaning</th><th>内容 / content</th></tr>"
        f"</thead><tbody>{answers}</tbody></table></details>"
    )


def _answer(answer: Schema) -> str:
    return ", ".join(
        f"<code>{escape(kind)}</code> {_kind(content.get('schema', {}))}"
        for kind, content in answer.get("content", {}).items()
    )


def _fields(schema: Schema) -> str:
    needed = schema.get("required", ())
    rows = "".join(
        _row(name, "", each, each.get("description", ""), is_needed=name in needed)
        for name, each in schema.get("properties", {}).items()
    )
    return _table("字段 / field", "", rows) if rows else f"<p>{_kind(schema)}</p>"


def _row(name: str, where: str, schema: Schema, words: str, *, is_needed: bool | None) -> str:
    bounds = ", ".join(f"{key} {schema[key]}" for key in _BOUNDS if key in schema)
    return (
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(where)}</td><td>{_kind(schema)}</td>"
        f"<td>{'必填 / needed' if is_needed else ''}</td><td>{escape(words)} {escape(bounds)}</td></tr>"
    )


def _table(first: str, second: str, rows: str) -> str:
    return (
        f"<table><thead><tr><th>{first}</th><th>{second}</th><th>类型 / type</th><th></th>"
        f"<th>说明 / meaning</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _kind(schema: Schema) -> str:
    """Return what kind of value a schema takes, named structures as links."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{_id(name)}"><code>{escape(name)}</code></a>'
    several = [each for key in ("anyOf", "oneOf", "allOf") for each in schema.get(key, ())]
    if several:
        return " | ".join(_kind(each) for each in several)
    if "enum" in schema or "const" in schema:
        return " | ".join(f"<code>{escape(str(each))}</code>" for each in _values(schema))
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return escape(str(schema.get("type", "any")))


def _values(schema: Schema) -> Iterator[object]:
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]


def _resolved(description: Schema, schema: Schema) -> Schema:
    """Return a parameter itself where it is given by its name."""
    while "$ref" in schema:
        found: Any = description
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _id(name: str) -> str:
    return escape("-".join(name.split()), quote=True)
