"""What a change makes different, as a table for each day."""

from collections.abc import Mapping, Sequence
from typing import Any

from tongchou.core.text import Text
from tongchou.web import tables
from tongchou.web.frame import PageView
from tongchou.web.pages.wrapping import wrapped
from tongchou.web.policy_words import choice_words, key_words


def diff_tables(view: PageView, parameter: str, compared: Sequence[Mapping[str, Any]]) -> None:
    """Show before and after; each element has `from`, `until` and `values` of `key`, `before`, `after`."""
    rows = []
    for each in compared:
        for leaf in each["values"]:
            is_same = leaf["before"] == leaf["after"]
            rows.append(
                {
                    "from": each["from"],
                    "until": each["until"] or view.say("无截止日", "no end"),
                    "key": key_words(leaf["key"], view.shown),
                    "before": _said(view, parameter, leaf["before"]),
                    "after": _said(view, parameter, leaf["after"]),
                    "mark": view.say("不变", "the same") if is_same else view.say("改变", "changed"),
                }
            )
    grid = tables.table(
        [
            tables.Column("from", Text("自", "from"), "date", width=115),
            tables.Column("until", Text("至", "until"), "date", width=115),
            tables.Column("key", Text("维度", "dimension"), width=180),
            tables.Column("before", Text("改动前", "before"), width=150),
            tables.Column("after", Text("改动后", "after"), width=150),
            tables.Column("mark", Text("改变与否", "changed"), width=100),
        ],
        rows,
        view.shown,
        name=Text("改动前后", "before and after"),
    )
    wrapped(grid, "key", "before", "after")


def _said(view: PageView, parameter: str, value: str | None) -> str:
    return view.say("没有值", "no value") if value is None else choice_words(parameter, value, view.shown)
