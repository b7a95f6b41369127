"""Why one case is in its DIP group: the same layout, matches and figures as for a million, one case, spoken aloud."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.catalogue_folder import fingerprint
from tongchou.grouping.dip.classes import classify
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.grouping.dip.layout import Layout
from tongchou.grouping.dip.matching import MIXED, match_patterns, rung_key
from tongchou.grouping.dip.names import BAND_NAMES, KIND_NAMES, REASON_NAMES
from tongchou.grouping.dip.rules import UNCOUNTED, DipRules

_MOST_REJECTED = 20


def explain_dip(grouper: DipGrouper, case: pl.DataFrame) -> Step:
    """Explain the group, points, auxiliary factor and deviation of one case.

    Args:
        grouper: Of the catalogue to group by.
        case: One row of `cases.COLUMNS`.
    """
    catalogue, rules = grouper.catalogue, grouper.catalogue.rules
    layout = grouper.layout(case)
    result = grouper.group(case).row(0, named=True)
    pattern = layout.patterns.row(0, named=True)
    diagnoses, procedures = (case.get_column(name).to_list()[0] or [] for name in ("diagnoses", "procedures"))
    children = [_diagnosis(diagnoses, pattern), _operations(procedures, pattern, rules)]
    if pattern["reason"] is None:
        children.append(_core(catalogue, layout, result))
        if result["kind"] in {MIXED, None}:
            children.append(_ladder(catalogue, layout, result))
    if result["group"] is not None:
        children += [_score(catalogue, result), _auxiliary(catalogue, layout, result), _deviation(catalogue, result)]
    return Step(
        rule="grouping.dip",
        title=Text(f"DIP 分组（{rules.title.zh}）", f"DIP grouping ({rules.title.en})"),
        outcome=_outcome(result),
        facts=(
            Fact(Text("诊断", "diagnoses"), " | ".join(diagnoses) or "-"),
            Fact(Text("手术操作", "procedures"), " | ".join(procedures) or "-"),
            Fact(Text("费用（元）", "cost, yuan"), _yuan(layout.cases.get_column("total_fen")[0])),
            Fact(Text("目录库指纹", "fingerprint of the catalogue"), fingerprint(catalogue)[:16]),
            Fact(Text("声明", "notice"), str(rules.notice)),
        ),
        children=tuple(children),
    )


def _outcome(result: Mapping[str, Any]) -> Text:
    if result["group"] is None:
        why = REASON_NAMES[result["reason"]]
        return Text(f"未入组：{why.zh}", f"ungrouped: {why.en}")
    kind = KIND_NAMES[result["kind"]]
    points = _hundredths(result["points_e2"])
    return Text(f"{result['group']}（{kind.zh}），{points} 分", f"{result['group']} ({kind.en}), {points} points")


def _diagnosis(diagnoses: list[str], pattern: Mapping[str, Any]) -> Step:
    key = pattern["diagnosis"] or pattern["category"]
    outcome = Text.plain(key) if key else REASON_NAMES[pattern["reason"]]
    facts = (
        Fact(Text("主要诊断", "principal diagnosis"), diagnoses[0] if diagnoses else "-"),
        Fact(Text("章", "chapter"), pattern["chapter"] or "-"),
    )
    return Step("grouping.dip.diagnosis", Text("诊断亚目", "Key of the diagnosis"), outcome, facts)


def _operations(procedures: list[str], pattern: Mapping[str, Any], rules: DipRules) -> Step:
    facts, rejected = [], []
    for code in dict.fromkeys(procedures):
        kind = rules.treatments.closest(code[: rules.operation_characters] if rules.operation_characters else code)
        if kind is None or kind == UNCOUNTED:
            rejected.append(Text(f"{code} 不参与分组", f"{code} does not count"))
        else:
            facts.append(Fact(rules.treatment_titles[kind], code))
    return Step(
        "grouping.dip.treatment",
        Text("治疗方式", "Way of treatment"),
        rules.treatment_titles[pattern["treatment"]],
        tuple(facts),
        rejected=tuple(rejected),
    )


def _core(catalogue: Catalogue, layout: Layout, result: Mapping[str, Any]) -> Step:
    own = catalogue.groups.filter((pl.col("diagnosis") == layout.patterns["diagnosis"][0]) & (pl.col("kind") != MIXED))
    met = dict(match_patterns(layout, own).select("group", "matched").iter_rows())
    cost = layout.cases.get_column("total_fen")[0]
    facts, rejected = [], []
    for row in own.iter_rows(named=True):
        group, expression = row["group"], row["operations"] or "∅"
        if group not in met:
            rejected.append(
                Text(f"{group}：手术不符（{expression}）", f"{group}: its operations ({expression}) are not")
            )
            continue
        apart = _yuan(abs(cost - row["choice_mean_fen"]) if cost is not None else None)
        label = Text(
            f"{group}，匹配手术数、与均费 {_yuan(row['choice_mean_fen'])} 之差",
            f"{group}, operations matched and distance to its mean {_yuan(row['choice_mean_fen'])}",
        )
        facts.append(Fact(label, f"{met[group]}, {apart}"))
    is_taken = result["kind"] not in {MIXED, None}
    outcome = (
        Text.plain(result["group"]) if is_taken else Text("无一符合，转入综合病种", "none fits; on to mixed groups")
    )
    more = len(rejected) - _MOST_REJECTED
    if more > 0:
        rejected = [*rejected[:_MOST_REJECTED], Text(f"另有 {more} 个", f"and {more} more")]
    return Step(
        "grouping.dip.core",
        Text(
            "核心病种（匹配手术多者先，其次费用近者，再次核心先于基本，最后按编码）",
            "Core groups (most operations matched, then nearest cost, then core before basic, then code)",
        ),
        outcome,
        tuple(facts),
        rejected=tuple(rejected),
    )


def _ladder(catalogue: Catalogue, layout: Layout, result: Mapping[str, Any]) -> Step:
    known = set(catalogue.groups.filter(pl.col("kind") == MIXED).get_column("group").to_list())
    rejected = []
    for rung in catalogue.rules.ladder:
        key = layout.patterns.select(rung_key(rung)).item()
        group = f"{key}:{layout.patterns['treatment'][0]}"
        if group == result["group"] or (group in known and result["group"] is not None):
            break
        rejected.append(Text(f"没有 {group}", f"there is no {group}"))
    outcome = Text.plain(result["group"]) if result["group"] else REASON_NAMES["no_group"]
    title = Text(
        "综合病种（诊断类目由细到粗，同治疗方式）", "Mixed groups (diagnosis from fine to coarse, same treatment)"
    )
    return Step("grouping.dip.mixed", title, outcome, rejected=tuple(rejected))


def _score(catalogue: Catalogue, result: Mapping[str, Any]) -> Step:
    row = catalogue.groups.row(by_predicate=pl.col("group") == result["group"], named=True)
    method = catalogue.rules.score.method
    return Step(
        "grouping.dip.score",
        Text("病种分值", "Points of the group"),
        Text.plain(_hundredths(row["score_e2"])),
        (
            Fact(Text("病种均费（元）", "mean of the group, yuan"), format_yuan(row["mean_fen"])),
            Fact(Text("全部病例均费（元）", "mean of all cases, yuan"), format_yuan(catalogue.mean_fen)),
            Fact(Text("相对权重 RW", "relative weight RW"), format_e4(row["rw_e4"])),
            Fact(Text("分值方法", "method"), method),
            Fact(Text("病例数", "cases"), str(row["cases"])),
        ),
    )


def _auxiliary(catalogue: Catalogue, layout: Layout, result: Mapping[str, Any]) -> Step:
    rules = catalogue.rules
    factors = catalogue.tables["auxiliaries"].filter(pl.col("group") == result["group"])
    mean = catalogue.groups.filter(pl.col("group") == result["group"]).select("mean_fen").item()
    classes = classify(
        layout.cases.with_columns(pl.lit(mean, dtype=pl.Int64).alias("mean_fen")), layout.diagnoses, rules
    ).row(0, named=True)
    facts, rejected = [], []
    for auxiliary in rules.auxiliaries:
        name = classes[auxiliary.name]
        stated = (
            factors.filter((pl.col("auxiliary") == auxiliary.name) & (pl.col("class") == name)) if name else factors
        )
        titles = {each.name: each.title for each in auxiliary.classes}
        title = titles[name] if name else Text("不属任何一类", "no class")
        label = Text(f"{auxiliary.title.zh}：{title.zh}", f"{auxiliary.title.en}: {title.en}")
        if name and stated.height:
            facts.append(Fact(label, format_e4(stated.get_column("factor_e4")[0])))
        else:
            rejected.append(Text(f"{label.zh}，本病种未设", f"{label.en}; not open for the group"))
    outcome = (
        Text(f"取最高 {format_e4(result['factor_e4'])}", f"the highest, {format_e4(result['factor_e4'])}")
        if facts
        else Text("不调整", "no correction")
    )
    title = Text("辅助目录", "Auxiliary catalogues")
    return Step("grouping.dip.auxiliary", title, outcome, tuple(facts), rejected=tuple(rejected))


def _deviation(catalogue: Catalogue, result: Mapping[str, Any]) -> Step:
    title = Text("费用偏差", "Cost deviation")
    if result["band"] is None:
        unknown = Text(
            "不判断：费用、医院级别或同级均费未知",
            "not judged: the cost, the hospital's level or the mean at that level is not known",
        )
        return Step("grouping.dip.deviation", title, unknown)
    bounds = catalogue.rules.deviation
    coefficient = format_e4(result["coefficient_e4"])
    band = BAND_NAMES[result["band"]]
    return Step(
        "grouping.dip.deviation",
        title,
        Text(f"{band.zh}，系数 {coefficient}", f"{band.en}, coefficient {coefficient}"),
        (
            Fact(Text("同级医院上年均费（元）", "last year's mean at that level"), _yuan(result["level_mean_fen"])),
            Fact(Text("倍数 x", "x"), format_e4(result["ratio_e4"])),
            *(
                Fact(label, f"{_SIGNS[bound.operator]} {format_e4(bound.bound_e4)}")
                for label, bound in (
                    (Text("偏低", "low"), bounds.low),
                    (Text("偏高", "high"), bounds.high),
                    (Text("专家评议", "panel"), bounds.panel),
                )
            ),
        ),
    )


_SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥"}


def _yuan(fen: int | None) -> str:
    return "-" if fen is None else format_yuan(fen)


def _hundredths(points: int) -> str:
    # Points have two decimals, as yuan have.
    return format_yuan(points)
