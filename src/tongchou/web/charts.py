"""Charts: one palette for all, readable by the colour-blind, each downloadable as PNG, each with words for a reader."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web.preferences import UNIT_NAMES, Preferences

PALETTE: Mapping[str, Sequence[str]] = {
    "light": ("#1f6fb5", "#c65a00", "#5b6776", "#4f94cd", "#d08a3a", "#2f8f83", "#8b97a5"),
    "dark": ("#62aeea", "#f39a4b", "#a2afbd", "#9ccbf0", "#f7c48e", "#5cc2b4", "#7f8c9a"),
}
"""Blue against orange, told apart by every kind of colour-blindness; greys beside them."""

_INK = {"light": "#1b2430", "dark": "#e7ecf2"}
_MUTED = {"light": "#566273", "dark": "#a2afbd"}
_RULE = {"light": "#d9e0e8", "dark": "#303a45"}
_PANEL = {"light": "#ffffff", "dark": "#1a2027"}
_FONT = '"Noto Sans CJK SC","Source Han Sans SC","Noto Sans SC","Microsoft YaHei","PingFang SC",system-ui,sans-serif'
_FEN_IN = {"yuan": 100, "ten_thousand": 1_000_000}


@dataclass(frozen=True, slots=True)
class Line:
    """A series of a chart over categories; `values` may hold None where there is nothing yet.

    Attributes:
        name: Its name.
        values: One for each category; fen where the chart shows money.
        shape: `bar` or `line`.
        stack: Bars of one stack stand on each other; empty for none.
        is_dashed: Whether a line is a plan, not a fact.
    """

    name: Text
    values: Sequence[int | None]
    shape: str = "bar"
    stack: str = ""
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of a Sankey picture: from where, to where, how many."""

    origin: Text
    destination: Text
    count: int


def money_over_months(months: Sequence[str], lines: Sequence[Line], shown: Preferences, *, name: Text) -> ui.echart:
    """Show amounts (fen) by month."""
    divisor = _FEN_IN[shown.unit]
    data = [[None if value is None else value / divisor for value in line.values] for line in lines]
    return _categories(months, lines, data, shown, name, shown.unit_name)


def counts_over_months(
    months: Sequence[str], lines: Sequence[Line], shown: Preferences, *, name: Text, unit: Text
) -> ui.echart:
    """Show counts by month."""
    return _categories(months, lines, [list(line.values) for line in lines], shown, name, shown.say(unit))


def gains_and_losses(
    rows: Sequence[tuple[Text, int]],
    shown: Preferences,
    *,
    name: Text,
    on_click: Callable[[int], None] | None = None,
) -> ui.echart:
    """Show signed amounts (fen) as bars, gains to the right, losses to the left, the first row on top."""
    gain, loss = PALETTE[shown.theme][0], PALETTE[shown.theme][1]
    divisor = _FEN_IN[shown.unit]
    titled = Text(f"{name.zh}（{UNIT_NAMES[shown.unit].zh}）", f"{name.en} ({UNIT_NAMES[shown.unit].en})")
    options = {
        **_base(shown, titled),
        "grid": {"left": 8, "right": 30, "top": 34, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, ":valueFormatter": _two_decimals(shown)},
        "xAxis": {"type": "value", **_value_axis(shown)},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [shown.say(words) for words, _ in rows],
            "axisLabel": {
                "color": _INK[shown.theme],
                "width": 230,
                "overflow": "break",
                "interval": 0,
            },
            "axisTick": {"show": False},
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 20,
                "data": [
                    {"value": fen / divisor, "itemStyle": {"color": gain if fen >= 0 else loss}} for _, fen in rows
                ],
            }
        ],
    }
    chosen = None if on_click is None else (lambda event: on_click(event.data_index))
    chart = ui.echart(options, on_point_click=chosen)
    return _placed(chart, shown, name, height=max(150, 30 * len(rows) + 70))


def streams(flows: Sequence[Stream], shown: Preferences, *, name: Text, unit: Text) -> ui.echart:
    """Show streams between places as a Sankey picture; a place that sends and receives stands on both sides."""
    ends = [(shown.say(flow.origin), shown.say(flow.destination)) for flow in flows]
    # A Sankey picture has no circles: the same words on both sides are two nodes.
    order = list(dict.fromkeys(end for flow in ends for end in flow))
    sources = [end for end in order if any(origin == end for origin, _ in ends)]
    targets = [end for end in order if any(destination == end for _, destination in ends)]
    nodes = {f"{end} ": end for end in sources} | {f" {end}": end for end in targets}
    words = Text(f"{name.zh}（{unit.zh}）", f"{name.en} ({unit.en})")
    options = {
        **_base(shown, words),
        "tooltip": {"trigger": "item", "valueFormatter": None},
        "series": [
            {
                "type": "sankey",
                "left": 8,
                "right": 150,
                "top": 38,
                "bottom": 10,
                "nodeGap": 16,
                # The places keep the order in which they are given.
                "layoutIterations": 0,
                "label": {
                    "color": _INK[shown.theme],
                    "fontFamily": _FONT,
                    "fontSize": 13,
                    "width": 140,
                    "overflow": "break",
                },
                "lineStyle": {"color": "source", "opacity": 0.35},
                "data": [
                    {"name": node, "itemStyle": {"color": PALETTE[shown.theme][order.index(end) % 7]}}
                    for node, end in nodes.items()
                ],
                "links": [
                    {"source": f"{origin} ", "target": f" {destination}", "value": flow.count}
                    for flow, (origin, destination) in zip(flows, ends, strict=True)
                ],
            }
        ],
    }
    return _placed(ui.echart(options), shown, words, height=max(240, 46 * len(nodes)))


def _categories(
    categories: Sequence[str],
    lines: Sequence[Line],
    data: Sequence[Sequence[float | int | None]],
    shown: Preferences,
    name: Text,
    unit: str,
) -> ui.echart:
    options = {
        **_base(shown, name),
        "legend": {"left": 0, "bottom": 0, "textStyle": {"color": _INK[shown.theme], "fontFamily": _FONT}},
        "grid": {"left": 8, "right": 20, "top": 58, "bottom": 34, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            ":valueFormatter": _two_decimals(shown) if unit == shown.unit_name else _whole(),
        },
        "xAxis": {
            "type": "category",
            "data": list(categories),
            "axisLabel": {"color": _MUTED[shown.theme]},
            "axisLine": {"lineStyle": {"color": _RULE[shown.theme]}},
        },
        "yAxis": {"type": "value", "name": unit, **_value_axis(shown)},
        "series": [_series(line, values, shown) for line, values in zip(lines, data, strict=True)],
    }
    return _placed(ui.echart(options), shown, name, height=330)


def _series(line: Line, values: Sequence[float | int | None], shown: Preferences) -> dict[str, Any]:
    said: dict[str, Any] = {"name": shown.say(line.name), "type": line.shape, "data": list(values)}
    if line.stack:
        said["stack"] = line.stack
    if line.shape == "line":
        said |= {"symbolSize": 6, "lineStyle": {"width": 2.5, "type": "dashed" if line.is_dashed else "solid"}}
    else:
        said["barMaxWidth"] = 34
    return said


def _value_axis(shown: Preferences) -> dict[str, Any]:
    return {
        "nameTextStyle": {"color": _MUTED[shown.theme], "fontFamily": _FONT},
        "axisLabel": {"color": _MUTED[shown.theme], ":formatter": "value => value.toLocaleString('en-US')"},
        "splitLine": {"lineStyle": {"color": _RULE[shown.theme]}},
    }


def _base(shown: Preferences, name: Text) -> dict[str, Any]:
    return {
        "color": list(PALETTE[shown.theme]),
        "textStyle": {"fontFamily": _FONT},
        "animation": False,
        "aria": {"enabled": True, "label": {"description": shown.say(name)}},
        "toolbox": {
            "right": 0,
            "top": 0,
            "padding": 0,
            "itemSize": 16,
            "feature": {
                "saveAsImage": {
                    "title": shown.say(Text("保存为 PNG", "Save as PNG")),
                    "name": shown.say(name),
                    "backgroundColor": _PANEL[shown.theme],
                    "pixelRatio": 2,
                }
            },
            "iconStyle": {"borderColor": _MUTED[shown.theme]},
        },
        "title": {
            "text": shown.say(name),
            "left": 0,
            "top": 0,
            "padding": [2, 0],
            "textStyle": {"color": _INK[shown.theme], "fontSize": 15, "fontWeight": 600, "fontFamily": _FONT},
        },
    }


def _two_decimals(shown: Preferences) -> str:
    return (
        "value => value == null ? '' : value.toLocaleString('en-US', {minimumFractionDigits: 2, "
        f"maximumFractionDigits: 2}}) + ' {shown.unit_name}'"
    )


def _whole() -> str:
    return "value => value == null ? '' : value.toLocaleString('en-US')"


def _placed(chart: ui.echart, shown: Preferences, name: Text, *, height: int) -> ui.echart:
    chart.style(f"width: 100%; height: {height}px").props('role="img"')
    chart.props["aria-label"] = shown.say(name)
    return chart
