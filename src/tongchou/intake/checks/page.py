"""The page of the checks: `docs/checks.md`, made from the packs.

`python -m tongchou.intake.checks.page docs/checks.md` writes it.
"""

import csv
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from tongchou.core.text import Text
from tongchou.intake.checks.catalogue import Catalogue, own_catalogue
from tongchou.intake.checks.check import CARE_TITLES, KIND_TITLES, LEVEL_TITLES, USE_TITLES, Check, Plain

_TABLE = (
    "| 编号<br>id | 检查<br>check | 级别<br>level | 说明<br>sentence | 处理<br>remedy | 危及<br>endangers "
    "| 适用<br>for | 参数<br>parameters | 来源<br>source |\n|---|---|---|---|---|---|---|---|---|\n"
)


def page(catalogue: Catalogue) -> str:
    """Return the page as Markdown, in Chinese and English."""
    head = files("tongchou").joinpath("packs", "intake", "checks", "page.md").read_text(encoding="utf-8")
    return head.replace("{columns}", _columns()).replace("{scoring}", _scoring(catalogue)) + table(catalogue)


def table(catalogue: Catalogue) -> str:
    """Return the checks as one Markdown table, those switched off with their reason."""
    return _TABLE + "".join(f"| {' | '.join(_cells(check))} |\n" for check in catalogue.checks.values())


def derived_columns() -> dict[str, Text]:
    """Return what `lists` has beyond the columns of `settlement_lists`, by name."""
    text = files("tongchou").joinpath("packs", "intake", "checks", "lists.csv").read_text(encoding="utf-8")
    return {row["column"]: Text(row["zh"], row["en"]) for row in csv.DictReader(text.splitlines())}


def shown(value: Plain) -> str:
    """Return the value of a parameter as it is read by people."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, tuple):
        return str(value)
    return ", ".join(each if isinstance(each, str) else _row(each) for each in value) or "–"


def _row(row: object) -> str:
    cells = row.values() if isinstance(row, dict) else ()
    return " → ".join(cell if isinstance(cell, str) else " ".join(cell) for cell in cells)


def _cells(check: Check) -> Iterator[str]:
    off = f"<br>停用 / off: {check.off}" if check.off else ""
    note = f"<br>{check.note}" if check.note else ""
    yield f"`{check.id}`"
    yield _cell(check.title) + off
    yield _cell(LEVEL_TITLES[check.level])
    yield _cell(check.sentence) + note
    yield _cell(check.remedy)
    yield ", ".join(_cell(USE_TITLES[use]) for use in check.harms)
    care = (
        "" if len(check.care) == len(CARE_TITLES) else f"<br>{', '.join(str(CARE_TITLES[each]) for each in check.care)}"
    )
    needs = f"<br>需要 / needs: {', '.join(check.needs)}" if check.needs else ""
    yield ", ".join(str(KIND_TITLES[kind]) for kind in check.documents) + care + needs
    yield "<br>".join(f"`{name}` = {_escaped(shown(each.value))}" for name, each in check.parameters.items())
    yield _escaped(check.source)


def _cell(text: Text) -> str:
    return f"{_escaped(text.zh)}<br>{_escaped(text.en)}" if len(text.zh) > 8 else _escaped(str(text))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("\n", " ")


def _columns() -> str:
    lines = "".join(f"| `{name}` | {_escaped(str(title))} |\n" for name, title in derived_columns().items())
    return f"| 列 / column | 含义 / meaning |\n|---|---|\n{lines}"


def _scoring(catalogue: Catalogue) -> str:
    scoring = catalogue.scoring
    shares = (("记录 / records", scoring.records_e4), ("字段 / fields", scoring.fields_e4))
    lines = [f"- {name} ≥ {share.value} / 10000 ({share.source})" for name, share in shares]
    lines += [
        f"- {LEVEL_TITLES[level]}: −{points.value} ({points.source})" for level, points in scoring.weights.items()
    ]
    bands = ", ".join(f"{band.title} ≥ {band.from_points}" for band in scoring.grades)
    return "\n".join([*lines, f"- {bands} ({scoring.grades_source})"])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(own_catalogue()), encoding="utf-8")
