"""The comparison as one web page that needs nothing but itself."""

import json
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from tongchou.scenarios.behaviour import Behaviour
from tongchou.scenarios.comparison import Comparison
from tongchou.scenarios.tables import Section, shown
from tongchou.statements.echarts import echarts_script
from tongchou.statements.html import page_environment

_BARS = 12
_MOST_LINES = 40
"""A table of the page shows so many lines; the workbook has all of them."""


def render_page(comparison: Comparison, behaviour: Behaviour | None) -> str:
    """Return the page: changes, assumptions, a picture of winners and losers, and every table; Chinese first.

    Raises:
        TongchouError: `statements.no_charts` if the chart library is not installed as expected.
    """
    environment = page_environment("tongchou.scenarios")
    environment.filters["shown"] = shown
    return environment.get_template("comparison.html.j2").render(
        comparison=comparison,
        scenario=comparison.trial.scenario,
        behaviour=behaviour,
        most=_MOST_LINES,
        data=_as_json(_bars(comparison.section("ranking"))),
        echarts=Markup(echarts_script()),  # noqa: S704 - an installed library, not data
    )


def _bars(ranking: Section) -> dict[str, Any]:
    """Return the institutions that gain or lose most, in ten thousand yuan."""
    by_size = sorted(ranking.lines, key=lambda line: (-abs(line.difference[0] or 0), line.key))[:_BARS]
    chosen = [line for line in ranking.lines if line in by_size]
    return {
        "names": [line.name.zh for line in reversed(chosen)],
        "values": [float(Decimal(line.difference[0] or 0).scaleb(-6)) for line in reversed(chosen)],
    }


def _as_json(data: object) -> Markup:
    # "<" is escaped so that no name in the data can close the script element.
    return Markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704
