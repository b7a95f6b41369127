"""Write the table of rights of docs/access.md from `packs/access/rights.yaml`.

`python tools/access_page.py` writes it; with `--check` it fails if the page is not what the rights say.
"""

import sys
from pathlib import Path

from tongchou.access.rights import Action, Rights, built_in_rights
from tongchou.access.two_persons import PART
from tongchou.records.states import ROLE

PAGE = Path(__file__).parents[1] / "docs" / "access.md"
BEGIN, END = "<!-- rights: written by tools/access_page.py -->\n", "<!-- /rights -->\n"
LETTER = {"region": "R", "own_alliance": "A", "own_institution": "I", "other_institution": "O"}


def main() -> None:
    """Write or check the tables."""
    page = PAGE.read_text(encoding="utf-8")
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        sys.exit("docs/access.md has no place for the rights")
    written = head + BEGIN + "\n" + _tables(built_in_rights()) + "\n" + END + tail
    if "--check" not in sys.argv:
        PAGE.write_text(written, encoding="utf-8")
    elif written != page:
        sys.exit("docs/access.md is not what the rights say: run python tools/access_page.py")


def _tables(rights: Rights) -> str:
    grades = [
        "| 数据级别 grade | 含义 meaning | 隐去 masked |",
        "| --- | --- | --- |",
        *(f"| {g.title.zh} `{g.grade}` | {g.meaning.zh} {g.meaning.en} | {g.masked} |" for g in rights.grades.values()),
    ]
    titles = " | ".join(f"{title.zh} {title.en}" for title in ROLE.values())
    actions = [f"| 操作 action | 级别 grade | {titles} |", "| --- | --- |" + " --- |" * len(ROLE)]
    for action in rights.actions.values():
        for number, grade in enumerate(action.grades):
            name = f"{action.title.zh} {action.title.en} `{action.action}`" if number == 0 else ""
            cells = " | ".join(_cell(rights, role, action, grade) for role in ROLE)
            actions.append(f"| {name} | `{grade}` | {cells} |")
    two = [
        "| 操作 action | 不得是 not by |",
        "| --- | --- |",
        *(
            f"| {action.title.zh} {action.title.en} | {'、'.join(str(PART[part]) for part in action.other_than)} |"
            for action in rights.actions.values()
            if action.other_than
        ),
    ]
    return "\n".join([*grades, "", *actions, "", *two]) + "\n"


def _cell(rights: Rights, role: str, action: Action, grade: str) -> str:
    rules = rights.by_key.get((role, action.action, grade), ())
    rules = sorted(rules, key=lambda rule: list(LETTER).index(rule.scope))
    letters = (LETTER[rule.scope] if rule.outcome == "allowed" else f"({LETTER[rule.scope]})" for rule in rules)
    return " ".join(letters) or "–"


if __name__ == "__main__":
    main()
