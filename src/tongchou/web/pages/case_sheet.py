"""A case as experts review it."""

from collections.abc import Sequence

from nicegui import ui

from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.schema.states import CASE_KIND, DISCHARGE_WAY, INSURANCE_TYPE, SEX
from tongchou.web.frame import PageView
from tongchou.web.pages.forms import facts, heading
from tongchou.workplace.one_case import CaseSheet

_MONEY = {
    "total_fen": Text("医疗费总额", "charges"),
    "standard_fen": Text("支付标准", "payment standard"),
    "payable_fen": Text("应支付", "payable"),
    "patient_fen": Text("个人负担", "patient's part"),
    "fund_fen": Text("基金支付", "fund's part"),
    "hospital_result_fen": Text("医院盈亏", "hospital's result"),
}


def case_sheet(view: PageView, sheet: CaseSheet) -> None:
    """Show what the run made of a case, its diagnoses and procedures."""
    figures, shown = sheet.figures, view.shown
    with ui.element("section").classes("panel"):
        heading(view, Text("病例", "The case"))
        with ui.element("div").classes("columns"):
            case_facts(view, sheet)
            unit = view.say("元", "yuan")
            facts(
                [
                    (view.say("病组", "group"), f"{figures['drg'] or '–'} {shown.say(figures['group'])}"),
                    (view.say("权重", "weight"), f"{figures['weight_e4'] / 10_000:.4f}"),
                    (view.say("病例类型", "kind of case"), shown.say(CASE_KIND[figures["case_kind"]])),
                    *((shown.say(title), f"{format_yuan(figures[name])} {unit}") for name, title in _MONEY.items()),
                ]
            )


def case_facts(view: PageView, sheet: CaseSheet) -> None:
    """Show who was treated, where and of what; each code with its name, where one is known."""
    figures, shown = sheet.figures, view.shown
    between = view.say("，", ", ")
    stayed = view.say(f"{figures['los_days']} 天", f"{figures['los_days']}")
    facts(
        [
            (view.say("主要诊断", "principal diagnosis"), _named(view, sheet, sheet.diagnoses[:1])),
            (view.say("其他诊断", "other diagnoses"), _named(view, sheet, sheet.diagnoses[1:])),
            (view.say("手术操作", "procedures"), _named(view, sheet, sheet.procedures)),
            (
                view.say("性别、年龄", "sex, age"),
                between.join(
                    (shown.say(SEX[figures["sex"]]), view.say(f"{figures['age_years']} 岁", str(figures["age_years"])))
                ),
            ),
            (view.say("险种", "insurance"), shown.say(INSURANCE_TYPE[figures["insurance_type"]])),
            (
                view.say("月份、科室", "month, department"),
                between.join(filter(None, (str(figures["month"]), figures["department"]))),
            ),
            (
                view.say("住院天数", "days in hospital"),
                between.join((stayed, shown.say(DISCHARGE_WAY[figures["discharge_way"]]))),
            ),
            *(
                [(view.say("重症监护（小时）", "intensive care, hours"), str(figures["icu_hours"]))]
                if figures["icu_hours"]
                else []
            ),
        ]
    )


def _named(view: PageView, sheet: CaseSheet, codes: Sequence[str]) -> str:
    """Return codes a line each, with their names."""
    lines = (
        " ".join(filter(None, (code, view.shown.say(sheet.names[code]) if code in sheet.names else "")))
        for code in codes
    )
    return "\n".join(lines) or "–"
