"""Charts: one palette for all, readable by the colour-blind, each downloadable as PNG, each with words for a reader."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web.chart_colours import FONT, INK, LOSS, MUTED, PALETTE, PANEL, RULE
from tongchou.web.preferences import UNIT_NAMES, Preferences


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


def money_over_months(
    months: Sequence[str], summed: Sequence[Line], monthly: Sequence[Line], shown: Preferences, *, name: Text
) -> ui.echart:
    """Show amounts (fen) over a year: sums since January above, the months below, each to its own scale.

    Args:
        months: The months.
        summed: What was summed since January.
        monthly: What belongs to each month alone.
        shown: How the page is shown.
        name: What is shown, with its year.
    """
    lines, divisor = (*summed, *monthly), shown.fen_in_unit
    data = [[None if value is None else value / divisor for value in line.values] for line in lines]
    titled = _with_unit(name, UNIT_NAMES[shown.unit])
    series = [_series(line, values, shown) for line, values in zip(lines, data, strict=True)]
    for each in series[len(summed) :]:
        each |= {"xAxisIndex": 1, "yAxisIndex": 1}
    options = {
        **_base(shown, titled),
        "legend": {"left": 0, "bottom": 0, "textStyle": {"color": INK[shown.theme]}},
        "grid": [
            {"left": _MARK_ROOM, "right": 20, "top": 34, "height": 170},
            {"left": _MARK_ROOM, "right": 20, "top": 246, "height": 80},
        ],
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": {"trigger": "axis", ":valueFormatter": _two_decimals(shown)},
        "xAxis": [
            {**_month_axis(months, shown), "gridIndex": 0, "axisLabel": {"show": False}, "axisTick": {"show": False}},
            {**_month_axis(months, shown), "gridIndex": 1},
        ],
        "yAxis": [
            {"type": "value", **_value_axis(shown), **_axis_name(_SUMMED, shown), "gridIndex": 0},
            {"type": "value", **_value_axis(shown), **_axis_name(_MONTHLY, shown), "gridIndex": 1, "splitNumber": 2},
        ],
        "series": series,
    }
    return _placed(options, shown, titled, height=400)


_MARK_ROOM = 84
"""Pixels for the marks of an axis of amounts: in yuan they have eleven signs."""
_SUMMED, _MONTHLY = Text("累计", "since January"), Text("当月", "month by month")


def _axis_name(words: Text, shown: Preferences) -> dict[str, Any]:
    style = {"color": MUTED[shown.theme], "align": "left", "padding": [0, 0, 0, 8 - _MARK_ROOM]}
    return {"name": shown.say(words), "nameLocation": "end", "nameGap": 12, "nameTextStyle": style}


def _month_axis(months: Sequence[str], shown: Preferences) -> dict[str, Any]:
    return {
        "type": "category",
        "data": list(months),
        "axisLabel": {"color": MUTED[shown.theme]},
        "axisLine": {"lineStyle": {"color": RULE[shown.theme]}},
    }


def counts_over_months(
    months: Sequence[str], lines: Sequence[Line], shown: Preferences, *, name: Text, unit: Text
) -> ui.echart:
    """Show counts by month."""
    values = [list(line.values) for line in lines]
    return _categories(months, lines, values, shown, _with_unit(name, unit), _whole())


def gains_and_losses(
    rows: Sequence[tuple[Text, int]],
    shown: Preferences,
    *,
    name: Text,
    on_click: Callable[[int], None] | None = None,
) -> ui.echart:
    """Show signed amounts (fen) as bars, gains to the right, losses to the left, the first row on top."""
    gain, loss = PALETTE[shown.theme][0], LOSS[shown.theme]
    divisor = shown.fen_in_unit
    titled = _with_unit(name, UNIT_NAMES[shown.unit])
    options = {
        **_base(shown, titled),
        "grid": {"left": 8, "right": 30, "top": 6, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, ":valueFormatter": _two_decimals(shown)},
        "xAxis": {"type": "value", **_value_axis(shown)},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [two_lines(shown.say(words)) for words, _ in rows],
            "axisLabel": {
                "color": INK[shown.theme],
                "width": 250,
                "lineHeight": 13,
                "overflow": "truncate",
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
    return _placed(options, shown, titled, on_click=chosen, height=max(110, 30 * len(rows) + 36))


_IN_A_LINE = 38
"""Latin letters of a label's line; a Chinese sign counts as two."""


def two_lines(words: str) -> str:
    """Return a label in two lines of about one length where it is too long for one, parted where words part."""
    lengths = [1 if sign < "\u2e80" else 2 for sign in words]
    if sum(lengths) <= _IN_A_LINE:
        return words
    parts = [place for place, sign in enumerate(words, 1) if sign in " ，、；,;" and place < len(words)]
    cuts = parts or list(range(1, len(words)))
    cut = min(cuts, key=lambda place: abs(2 * sum(lengths[:place]) - sum(lengths)))
    return f"{words[:cut].rstrip()}\n{words[cut:].lstrip()}"


def streams(flows: Sequence[Stream], shown: Preferences, *, name: Text, unit: Text) -> ui.echart:
    """Show streams between places as a Sankey picture; a place that sends and receives stands on both sides."""
    ends = [(shown.say(flow.origin), shown.say(flow.destination)) for flow in flows]
    # A Sankey picture has no circles: the same words on both sides are two nodes.
    order = list(dict.fromkeys(end for flow in ends for end in flow))
    sources = [end for end in order if any(origin == end for origin, _ in ends)]
    targets = [end for end in order if any(destination == end for _, destination in ends)]
    nodes = {f"{end} ": end for end in sources} | {f" {end}": end for end in targets}
    words = _with_unit(name, unit)
    options = {
        **_base(shown, words),
        "tooltip": {"trigger": "item", "valueFormatter": None},
        "series": [
            {
                "type": "sankey",
                "left": 150,
                "right": 150,
                "top": 10,
                "bottom": 10,
                "nodeGap": 16,
                # The places keep the order in which they are given.
                "layoutIterations": 0,
                "label": {
                    "color": INK[shown.theme],
                    "fontFamily": FONT[shown.language],
                    "fontSize": 13,
                    "lineHeight": 15,
                    "width": 140,
                    "overflow": "break",
                },
                "lineStyle": {"color": "source", "opacity": 0.35},
                "data": [
                    {
                        "name": node,
                        "itemStyle": {"color": PALETTE[shown.theme][order.index(end) % 7]},
                        # Names stand outside: over a stream they cannot be read.
                        "label": {"position": "left" if node.endswith(" ") else "right"},
                    }
                    for node, end in nodes.items()
                ],
                "links": [
                    {"source": f"{origin} ", "target": f" {destination}", "value": flow.count}
                    for flow, (origin, destination) in zip(flows, ends, strict=True)
                ],
            }
        ],
    }
    return _placed(options, shown, words, height=max(240, 46 * len(nodes)))


def _categories(
    categories: Sequence[str],
    lines: Sequence[Line],
    data: Sequence[Sequence[float | int | None]],
    shown: Preferences,
    name: Text,
    formatter: str,
) -> ui.echart:
    options = {
        **_base(shown, name),
        "legend": {"left": 0, "bottom": 0, "textStyle": {"color": INK[shown.theme]}},
        "grid": {"left": 8, "right": 20, "top": 12, "bottom": 34, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            ":valueFormatter": formatter,
        },
        "xAxis": _month_axis(categories, shown),
        "yAxis": {"type": "value", **_value_axis(shown)},
        "series": [_series(line, values, shown) for line, values in zip(lines, data, strict=True)],
    }
    return _placed(options, shown, name, height=280)


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
        "axisLabel": {"color": MUTED[shown.theme], ":formatter": "value => value.toLocaleString('en-US')"},
        "splitLine": {"lineStyle": {"color": RULE[shown.theme]}},
    }


def _base(shown: Preferences, name: Text) -> dict[str, Any]:
    return {
        "color": list(PALETTE[shown.theme]),
        "textStyle": {"fontFamily": FONT[shown.language]},
        "animation": False,
        "aria": {"enabled": True, "label": {"description": shown.say(name)}},
    }


def _with_unit(name: Text, unit: Text) -> Text:
    # The unit stays in one line.
    english = unit.en.replace(" ", "\N{NO-BREAK SPACE}")
    return Text(f"{name.zh}（{unit.zh}）", f"{name.en} ({english})")


def _two_decimals(shown: Preferences) -> str:
    return (
        "value => value == null ? '' : value.toLocaleString('en-US', {minimumFractionDigits: 2, "
        f"maximumFractionDigits: 2}}) + ' {shown.unit_name}'"
    )


def _whole() -> str:
    return "value => value == null ? '' : value.toLocaleString('en-US')"


_SAVE = """() => {
  const shown = getElement(CHART).chart.getRenderedCanvas({pixelRatio: 2, backgroundColor: PANEL});
  const picture = document.createElement('canvas'), pen = picture.getContext('2d');
  picture.width = shown.width; picture.height = shown.height + 80;
  pen.fillStyle = PANEL; pen.fillRect(0, 0, picture.width, picture.height);
  pen.fillStyle = INK; pen.font = '600 30px ' + FONT; pen.fillText(NAME, 16, 50, picture.width - 32);
  pen.drawImage(shown, 0, 80);
  const link = document.createElement('a');
  link.href = picture.toDataURL('image/png'); link.download = NAME + '.png'; link.click();
}"""
"""Saves a chart as a picture that has its name above it."""


def _placed(
    options: dict[str, Any],
    shown: Preferences,
    name: Text,
    *,
    height: int,
    on_click: Callable[[Any], None] | None = None,
) -> ui.echart:
    """Show a chart below its name and the button that saves it, as tables stand below theirs."""
    with ui.element("div").classes("bar table-bar"):
        ui.html(f'<h2 class="table-name">{escape(shown.say(name))}</h2>', sanitize=False).classes("grow")
        words = shown.say(Text("下载 PNG", "Download PNG"))
        save = ui.button(words, icon="download").props("flat dense no-caps").classes("no-print")
    chart = ui.echart(options, on_point_click=on_click)
    chart.style(f"width: 100%; height: {height}px").props('role="img"')
    chart.props["aria-label"] = shown.say(name)
    said = {
        "CHART": chart.id,
        "PANEL": PANEL[shown.theme],
        "INK": INK[shown.theme],
        "FONT": FONT[shown.language],
        "NAME": shown.say(name),  # last: a name may hold any of these words
    }
    script = _SAVE
    for word, value in said.items():
        script = script.replace(word, json.dumps(value, ensure_ascii=True))
    save.on("click", js_handler=script)
    return chart
