"""The report as one web page that needs nothing but itself."""

import json
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tongchou.core.money import divide_half_up, fen_to_yuan, format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.schema.states import INSTITUTION_LEVEL, MEMBER_ROLE
from tongchou.statements.echarts import echarts_script
from tongchou.statements.excel_region import band
from tongchou.statements.model import AllianceStatement, RegionReport
from tongchou.statements.pictures import pictures, ranked_members

_HUNDREDTH = Decimal("0.01")


def page_environment(package: str) -> Environment:
    """Return the environment of a package's page templates: text is escaped, an unknown name is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_report(report: RegionReport) -> str:
    """Return the report as one HTML page, pictures and chart library inside, Chinese first.

    Args:
        report: The run's report, checked.

    Raises:
        TongchouError: `statements.no_charts` if the chart library is not installed as expected.
    """
    environment = page_environment("tongchou.statements")
    environment.filters |= {
        "yuan": format_yuan,
        "wan": ten_thousands,
        "percent": percent,
        "e4": format_e4,
        "measure": lambda number: f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}",
        "decimal": lambda number: f"{number.normalize():,f}",
        "signed": lambda shown: shown if shown.startswith("-") else f"+{shown}",
    }
    figures = pictures(report)
    return environment.get_template("report.html.j2").render(
        report=report,
        tiles=_tiles(report),
        burnt=_burnt(report),
        members=ranked_members(report.alliance) if report.alliance else ((), ()),
        measures=report.measure_names(),
        levels=INSTITUTION_LEVEL,
        roles=MEMBER_ROLE,
        band=band,
        pictures=figures,
        data=_as_json(figures),
        style=_file("report.css"),
        script=_file("report.js"),
        echarts=Markup(echarts_script()),  # noqa: S704 - an installed library, not data
    )


def ten_thousands(fen: int) -> str:
    """Return an amount in ten thousand yuan (万元), two decimals, half up: `1,234.57`."""
    return f"{fen_to_yuan(fen).scaleb(-4).quantize(_HUNDREDTH, ROUND_HALF_UP):,}"


def percent(ratio_e4: int) -> str:
    """Return a ratio x 10,000 in per cent with two decimals: `8.05%`."""
    return f"{Decimal(ratio_e4).scaleb(-2):.2f}%"


def _tiles(report: RegionReport) -> list[dict[str, object]]:
    """Return the figures of the first row: the alliance's settlement, or the region's sums without one."""
    if report.alliance is not None:
        return _alliance_tiles(report.alliance)
    ones = report.institutions
    result = sum(one.hospital_result_fen for one in ones)
    return [
        _money_tile(Text("医疗费总额", "Charges"), sum(one.charges_fen for one in ones)),
        _money_tile(Text("应支付总额", "Payable"), sum(one.payable_fen for one in ones)),
        _money_tile(Text("统筹基金支付", "Fund's part"), sum(one.fund_fen for one in ones)),
        _money_tile(Text("医院盈亏", "Hospitals' gain or loss"), result, tone=_tone(result)),
        {
            "title": Text("结算病例", "Cases settled"),
            "value": Text.plain(f"{sum(one.case_count for one in ones):,}"),
            "exact": Text(
                f"未入组 {sum(one.ungrouped_count for one in ones):,}",
                f"{sum(one.ungrouped_count for one in ones):,} ungrouped",
            ),
            "tone": "",
        },
    ]


def _alliance_tiles(alliance: AllianceStatement) -> list[dict[str, object]]:
    is_deficit = alliance.surplus_fen < 0
    tone = _tone(alliance.surplus_fen)
    if is_deficit:
        surplus, rate = Text("超支", "Deficit"), Text("超支率", "Deficit rate")
        kept = Text("医联体承担", "Borne by the alliance")
        against = Text("总额预算", "the global budget")
    else:
        surplus, rate = Text("结余", "Surplus"), Text("结余率", "Surplus rate")
        kept = Text("医联体留用", "Kept by the alliance")
        against = alliance.comparison_name
    return [
        _money_tile(Text("总额预算", "Global budget"), alliance.base_fen),
        _money_tile(Text("实际支出", "Actual use"), alliance.actual.total_fen),
        _money_tile(surplus, abs(alliance.surplus_fen), tone=tone),
        {
            "title": rate,
            "value": Text.plain(percent(abs(alliance.rate_e4))),
            "exact": Text(f"比较基数：{against.zh}", f"measured against: {against.en}"),
            "tone": tone,
        },
        _money_tile(kept, abs(alliance.kept_fen), tone=_tone(alliance.kept_fen)),
    ]


def _money_tile(title: Text, fen: int, *, tone: str = "") -> dict[str, object]:
    millions = fen_to_yuan(fen).scaleb(-6).quantize(_HUNDREDTH, ROUND_HALF_UP)
    return {
        "title": title,
        "value": Text(f"{ten_thousands(fen)} 万元", f"¥{millions:,}m"),
        "exact": Text(f"{format_yuan(fen)} 元", f"{format_yuan(fen)} yuan"),
        "tone": tone,
    }


def _tone(fen: int) -> str:
    return "gain" if fen > 0 else "loss" if fen < 0 else ""


def _burnt(report: RegionReport) -> str | None:
    """Return the part of the budget used by the end of the last month; None without a budget."""
    used = sum(month.inpatient_fund_fen + month.outpatient_fund_fen for month in report.months)
    budget = sum(month.budget_fen for month in report.months)
    return percent(divide_half_up(used * 10_000, budget)) if budget > 0 else None


def _as_json(data: object) -> Markup:
    # "<" is escaped so that no name in the data can close the script element.
    return Markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704


def _file(name: str) -> Markup:
    # Our own files, not data.
    return Markup((files("tongchou.statements") / "templates" / name).read_text(encoding="utf-8"))  # noqa: S704
