"""`tongchou policy effects`: what a region's policy does beyond any single case."""

from typing import Any

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption, RegionOption, RunOption
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up
from tongchou.core.text import Text
from tongchou.payment.neutrality import NeutralityReport
from tongchou.runs.explain import newest_run, open_run
from tongchou.runs.policy_effects import PolicyEffects, policy_effects
from tongchou.runs.region import open_region
from tongchou.store.engines import open_engine


@speaks_errors
def effects(region: RegionOption, run: RunOption = None, as_json: JsonOption = False) -> None:
    """比例倒挂、超出浮动范围的等级、系数是否保持总额 / inverted ratios, levels outside their bands, totals not kept.

    例 / example:  tongchou policy effects --region demo/county
    """
    opened = open_region(region)
    with open_engine("duckdb") as engine:
        explainer = open_run(opened, run or newest_run(opened), engine)
        found = policy_effects(explainer.view, explainer.facts, explainer.record.run_id)
    if as_json:
        print_json({"ok": True, "run": explainer.record.run_id, **_plain(found)})
        return
    _say([each.sentence for each in found.inversions], Text("没有比例倒挂", "no inverted ratio"))
    if found.bands is not None:
        _say(list(found.bands.explanation.rejected), Text("各等级均在浮动范围内", "every level keeps its band"))
    for report in found.neutrality:
        _show(report)


def _say(sentences: list[Text], nothing: Text) -> None:
    for sentence in sentences or [nothing]:
        console.print(str(sentence), style="yellow" if sentences else "green", markup=False, soft_wrap=True)


def _show(report: NeutralityReport) -> None:
    step = report.explanation
    console.print(f"{step.title}：{step.outcome}", markup=False, soft_wrap=True)
    if not report.difference_fen:
        return
    heads = ("机构 / institution", "调整前 / before", "调整后 / after", "中性化后 / made neutral")
    shown = table(str(step.title), *heads, numeric=3)
    for effect in report.effects:
        amounts = (effect.before_fen, effect.after_fen, effect.neutral_fen)
        shown.add_row(effect.institution_id, *(format_yuan(fen) for fen in amounts))
    console.print(shown)


def _plain(found: PolicyEffects) -> dict[str, Any]:
    return {
        "inversions": [{"zh": each.sentence.zh, "en": each.sentence.en} for each in found.inversions],
        "levels": None
        if found.bands is None
        else [
            {
                "level": each.level,
                "difference": format_e4(each.difference_e4),
                "band": [format_e4(each.lower_e4), format_e4(each.upper_e4)],
                "leaves_band": each.leaves_band,
            }
            for each in found.bands.differences
        ],
        "neutrality": [
            {
                "factor": {"zh": report.explanation.title.zh, "en": report.explanation.title.en},
                "before_fen": report.before_fen,
                "after_fen": report.after_fen,
                "neutral_factor": format_e4(round_half_up(report.neutral_factor * E4)),
                "institutions": {
                    each.institution_id: [each.before_fen, each.after_fen, each.neutral_fen] for each in report.effects
                },
            }
            for report in found.neutrality
        ],
    }
