"""`tongchou policy`: examine, show, compare and trace policy packs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from tongchou.cli.console import DATA_PROBLEM, console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.cli.policy_effects import effects
from tongchou.cli.policy_sides import Named, open_side, parse_side
from tongchou.policy import Policy
from tongchou.policy.chain import Answer, Dated
from tongchou.policy.comparison import Difference, Side, compare
from tongchou.policy.findings import Finding, Severity
from tongchou.policy.lint import lint as lint_folders
from tongchou.policy.pack import Pack
from tongchou.policy.timeline import Standing, Stretch, Written, history, names_below, standing, stretches
from tongchou.policy.value import written
from tongchou.runs.agreements import agreement_problems
from tongchou.runs.region import open_region

app = typer.Typer(no_args_is_help=True, help="政策参数 / policy parameters.")
app.command()(effects)

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.ASK: "cyan", Severity.HINT: "dim"}

DayOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="日期，缺省为今天 / day; today if not given.", show_default=False),
]
RegionOption = Annotated[
    Path | None,
    typer.Option("--region", help="统筹区目录 / the region's folder.", file_okay=False, show_default=False),
]
WithOption = Annotated[
    list[Path] | None,
    typer.Option("--with", help="一并读入的政策包目录 / folders of packs to read along.", show_default=False),
]
PackOption = Annotated[
    str | None, typer.Option("--pack", help="政策包代码或目录 / id or folder of a pack.", show_default=False)
]


@app.command()
@speaks_errors
def lint(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="政策包目录 / folders of packs.", show_default=False)
    ] = None,
    region: RegionOption = None,
    on: DayOption = None,
    hints: Annotated[bool, typer.Option("--hints", help="逐条列出提示 / list every hint.")] = False,
    as_json: JsonOption = False,
) -> None:
    """检查政策包：读不进的、有缺口的、可疑的、未复核的 / examine policy packs; exit status 1 if there are errors.

    例 / example:  tongchou policy lint my_county --on 2025-12-31
                   tongchou policy lint --region demo/county
    """
    if not folders and region is None:
        raise typer.BadParameter("给出政策包目录或 --region / name folders of packs, or --region", param_hint="folders")
    found = _findings(folders or [], region, _day(on))
    counts = {severity.value: sum(each.severity is severity for each in found) for severity in Severity}
    if as_json:
        findings = [each.as_json() for each in found]
        print_json({"ok": not counts[Severity.ERROR], "counts": counts, "findings": findings})
    else:
        for finding in found:
            if hints or finding.severity is not Severity.HINT:
                for language in ("zh", "en"):
                    console.print(
                        finding.sentence(language), style=_STYLES[finding.severity], markup=False, soft_wrap=True
                    )
        shown = ", ".join(f"{severity.label} {counts[severity.value]}" for severity in Severity)
        more = "" if hints or not counts[Severity.HINT] else "；加 --hints 逐条列出提示 / --hints lists the hints"
        console.print(f"{shown}{more}", markup=False, soft_wrap=True)
    if counts[Severity.ERROR]:
        raise typer.Exit(DATA_PROBLEM)


@app.command()
@speaks_errors
def show(
    name: Annotated[str, typer.Argument(help="参数名或其上级路径 / name, or a path above it.")] = "",
    region: RegionOption = None,
    pack: PackOption = None,
    on: DayOption = None,
    along: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """某日各参数的值、出处，以及上级本来的说法 / values on a day, who gives them, and what the packs above would say.

    例 / example:  tongchou policy show --region demo/county alliance/surplus --on 2025-12-31
                   tongchou policy show --pack demo_city payment/drg/low/threshold
    """
    side = _one_side(region, pack, on, along)
    found = [standing(side.chain, each, side.on) for each in names_below(side.chain, name)]
    if as_json:
        values = [_standing_json(each, side.on) for each in found]
        print_json({"ok": True, "pack": side.chain.packs[0].region_id, "on": side.on, "parameters": values})
        return
    shown = table(
        f"{escape(side.chain.packs[0].label)}, {side.on}",
        "参数 / parameter",
        "值 / value",
        "政策包 / pack",
        "自 / from",
        "依据 / source",
    )
    shown.columns[-1].min_width = 24  # a day of review is not to be broken
    for each in found:
        title = f"{escape(str(each.parameter.title))}\n{each.parameter.name} [dim]{each.parameter.unit.value}[/dim]"
        if not each.answers:
            shown.add_row(title, "— 没有值 / no value")
        for number, answer in enumerate(each.answers):
            words = [escape(part) for part in _cells(answer, side.on)]
            shown.add_row(*([title, *words] if number == 0 else ["", *(f"[dim]({part})[/dim]" for part in words)]))
    console.print(shown)
    console.print("括号内为被下级覆盖的值 / in brackets: what a pack below hides", markup=False)


@app.command()
@speaks_errors
def diff(
    left: Annotated[str, typer.Argument(help="政策包或统筹区，可加 @日期 / pack or region, with @day.")],
    right: Annotated[str, typer.Argument(help="同上 / likewise.")],
    on: DayOption = None,
    region: RegionOption = None,
    along: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """比较两个政策包、两个统筹区或两个日期 / compare two packs, two regions or two days.

    每一边写政策包代码、政策包目录或统筹区目录，后面可加 @日期。--region 读入该统筹区的政策包，供按代码引用。
    A side is a pack's id, a pack's folder or a region's folder, with @day where wanted.
    --region loads a region's packs, so that they can be named by their ids.

    例 / example:  tongchou policy diff national demo_city --on 2025-12-31
                   tongchou policy diff demo/county@2024-12-31 demo/county@2025-12-31
    """
    sides = [open_side(parse_side(each, _day(on)), region, along or []) for each in (left, right)]
    found = compare(*sides)
    if as_json:
        print_json({"ok": True, "differences": [_difference_json(each) for each in found]})
        return
    shown = table("差异 / differences", "参数 / parameter", "", *(escape(f"{each}") for each in (left, right)))
    for each in found:
        cells = (escape(_value_and_pack(answer)) for answer in (each.left, each.right))
        shown.add_row(f"{escape(str(each.parameter.title))}\n{each.parameter.name}", _CHANGES[each.change], *cells)
    console.print(shown)
    console.print(f"{len(found)} 项不同 / parameters differ", markup=False)


@app.command("history")
@speaks_errors
def history_(
    name: Annotated[str, typer.Argument(help="参数名 / name of the parameter.")],
    region: RegionOption = None,
    pack: PackOption = None,
    along: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """一个参数历来的值及依据，各级政策包都列出 / every dated value of a parameter with its source, in every pack.

    例 / example:  tongchou policy history settlement/prepay_ratio --region demo/county
    """
    side = _one_side(region, pack, None, along)
    entries, answers = history(side.chain, name), stretches(side.chain, name)
    if as_json:
        print_json(
            {
                "ok": True,
                "name": name,
                "written": [_written_json(each) for each in entries],
                "answers": [_stretch_json(each) for each in answers],
            }
        )
        return
    parameter = side.chain.parameters[name]
    said = table(
        f"{escape(str(parameter.title))} — 各级所写 / as written",
        "政策包 / pack",
        "自 / from",
        "至 / until",
        "值 / value",
        "依据 / source",
        "核对 / checked",
        "复核期限 / review by",
    )
    for entry in entries:
        dated = entry.dated
        cells = (_pack(entry.pack), str(dated.valid_from), _end(entry.last), _value(entry), str(dated.source))
        said.add_row(*(escape(each) for each in cells), str(dated.checked_on or "—"), str(dated.review_by or "—"))
    console.print(said)
    counted = table("实际适用 / what counts", "自 / from", "至 / until", "值 / value", "政策包 / pack")
    for stretch in answers:
        value, giver = _cells(stretch.answer, None)[:2] if stretch.answer else ("— 没有值 / no value", "")
        counted.add_row(str(stretch.first), _end(stretch.last), escape(value), escape(giver))
    console.print(counted)


_CHANGES = {"changed": "改变 / changed", "added": "新增 / added", "removed": "取消 / removed"}


def _findings(folders: Sequence[Path], region: Path | None, on: date) -> list[Finding]:
    if region is None:
        return lint_folders(folders, on)
    opened = open_region(region)
    found = lint_folders([*folders, *opened.policy_folders], on)
    policy, _ = Policy.load_what_can_be(*opened.policy_folders)
    problems = agreement_problems(policy, opened.pack, opened.policy_folder)
    return [*(Finding.of(each) for each in problems), *found]


def _day(on: datetime | None) -> date:
    return on.date() if on else datetime.now().astimezone().date()


def _one_side(region: Path | None, pack: str | None, on: datetime | None, along: Sequence[Path] | None) -> Side:
    if region is None and pack is None:
        message = "给出 --region 或 --pack / name --region or --pack"
        raise typer.BadParameter(message, param_hint="--region, --pack")
    return open_side(Named(pack or str(region), _day(on)), region, along or [])


def _cells(answer: Answer, on: date | None) -> list[str]:
    dated = answer.dated
    value = written(dated.value) if dated.value is not None else "—"
    late = on is not None and dated.is_overdue(on)
    source = f"{dated.source}" + (f"\n复核期限 {dated.review_by}\n已过 / review was due" if late else "")
    return [value, _pack(answer.pack), str(dated.valid_from), source]


def _pack(pack: Pack) -> str:
    return f"{pack.name.zh} {pack.region_id}"


def _value(entry: Written) -> str:
    return written(entry.dated.value) if entry.dated.value is not None else "— 终止 / ends"


def _end(last: date | None) -> str:
    return str(last) if last else "—"


def _value_and_pack(answer: Answer | None) -> str:
    if answer is None:
        return "—"
    value, pack, valid_from, _ = _cells(answer, None)
    return f"{value}\n{pack}, {valid_from}"


def _answer_json(answer: Answer | None, on: date | None = None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {**_dated_json(answer.pack, answer.dated), "review_missed": on is not None and answer.dated.is_overdue(on)}


def _dated_json(pack: Pack, dated: Dated) -> dict[str, Any]:
    return {
        "pack": pack.region_id,
        "level": pack.level,
        "from": dated.valid_from,
        "value": written(dated.value) if dated.value is not None else None,
        "source": asdict(dated.source),
        "checked_on": dated.checked_on,
        "review_by": dated.review_by,
    }


def _standing_json(each: Standing, on: date) -> dict[str, Any]:
    answers = [_answer_json(answer, on) for answer in each.answers]
    return {
        "name": each.parameter.name,
        "title": {"zh": each.parameter.title.zh, "en": each.parameter.title.en},
        "unit": each.parameter.unit.value,
        "answer": answers[0] if answers else None,
        "until": each.last,
        "above": answers[1:],
    }


def _difference_json(each: Difference) -> dict[str, Any]:
    sides = {"left": _answer_json(each.left), "right": _answer_json(each.right)}
    return {"name": each.parameter.name, "change": each.change, **sides}


def _written_json(each: Written) -> dict[str, Any]:
    return {**_dated_json(each.pack, each.dated), "until": each.last}


def _stretch_json(each: Stretch) -> dict[str, Any]:
    return {"from": each.first, "until": each.last, "answer": _answer_json(each.answer)}
