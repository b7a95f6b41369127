"""What a sheet of cases is asked for and what it is answered, by a DRG scheme or by the region's DIP catalogue."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tongchou.core.text import Text
from tongchou.grouping.dip.names import BAND_NAMES, KIND_NAMES, REASON_NAMES
from tongchou.grouping.reasons.rule_words import FIELD_NAMES
from tongchou.schema.states import GROUPING_STATUS, INSTITUTION_LEVEL
from tongchou.web.frame import PageView
from tongchou.web.tables import Column
from tongchou.workplace.case_sheets import Columns, Sheet, group_sheet
from tongchou.workplace.dip_sheets import AMOUNTS, GroupedSheet, group_dip_sheet

Advance = Callable[[int, int], None]

_CASE = {"case_id": Text("病例号", "case id")}
_OF_SCHEME = ("sex", "age_years", "age_days", "birth_weight_g", "department", "los_days", "discharge_way")
_OF_DIP = ("age_years", "age_days", "los_days", "icu_hours", "discharge_way")


@dataclass(frozen=True, slots=True)
class SheetKind:
    """How sheets of cases are grouped.

    Attributes:
        asked: The columns of a case beside its codes, with names.
        columns: The columns of the answer, by the language of the page.
        words: What states in the answer are called, by column.
        group: Groups a sheet, row for row, with a column `status`; raises what `group_sheet` or `group_dip_sheet` does.
        levels: What may be said of all cases of a sheet: the level of the hospital; empty where it does not matter.
    """

    asked: Mapping[str, Text]
    columns: Callable[[str], list[Column]]
    words: Mapping[str, Mapping[str, Text]]
    group: Callable[[PageView, Sheet, Columns, str | None, Advance], Awaitable[GroupedSheet]]
    levels: Mapping[str, Text] = field(default_factory=dict)


async def _by_scheme(view: PageView, sheet: Sheet, columns: Columns, _: str | None, advance: Advance) -> GroupedSheet:
    return GroupedSheet(await view.ask(group_sheet, sheet, columns, None, advance), {})


async def _by_dip(view: PageView, sheet: Sheet, columns: Columns, level: str | None, advance: Advance) -> GroupedSheet:
    return await view.ask(group_dip_sheet, sheet, columns, level, advance)


def _scheme_columns(language: str) -> list[Column]:
    return [
        Column("case_id", Text("病例号", "case"), width=140),
        Column("status", Text("结果", "status"), width=140),
        Column("mdc", Text("MDC", "MDC"), width=90),
        Column("adrg", Text("ADRG", "ADRG"), width=90),
        Column("drg", Text("病组", "group"), width=90),
        Column(f"name_{language}", Text("名称", "name"), width=300),
        Column("weight_e4", Text("权重", "weight"), "ratio"),
    ]


def _dip_columns(_: str) -> list[Column]:
    return [
        Column("case_id", Text("病例号", "case"), width=140),
        Column("status", Text("结果", "status"), width=110),
        Column("reason", Text("未入组原因", "why ungrouped"), width=200),
        Column("group", Text("病种", "group"), width=190),
        Column("kind", Text("类别", "kind"), width=110),
        Column("rw_e4", Text("RW", "RW"), "ratio"),
        Column("score_e2", Text("病种分值", "points of the group"), "points"),
        Column("factor_e4", Text("辅助目录系数", "auxiliary factor"), "ratio"),
        Column("band", Text("费用偏差", "deviation"), width=130),
        Column("coefficient_e4", Text("偏差系数", "coefficient"), "ratio"),
        Column("points_e2", Text("病例分值", "points of the case"), "points"),
    ]


BY_SCHEME = SheetKind(
    {**_CASE, **{name: FIELD_NAMES[name] for name in _OF_SCHEME}},
    _scheme_columns,
    {"status": GROUPING_STATUS},
    _by_scheme,
)
"""By the DRG scheme of today's policy."""

BY_DIP = SheetKind(
    {
        **_CASE,
        **{name: FIELD_NAMES[name] for name in _OF_DIP},
        "level": Text("医院等级（列）", "hospital's level (a column)"),
        **AMOUNTS,
    },
    _dip_columns,
    {"status": GROUPING_STATUS, "reason": REASON_NAMES, "kind": KIND_NAMES, "band": BAND_NAMES},
    _by_dip,
    INSTITUTION_LEVEL,
)
"""By the DIP catalogue of today's policy."""
