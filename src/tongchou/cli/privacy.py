"""`tongchou privacy`: keys, re-identification, rotation, research exports and the log of access."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.privacy.access_log import AccessLog, Head
from tongchou.privacy.keys import KeyRing, find_ring, new_ring, renew_ring
from tongchou.privacy.research import ExportOrder, export
from tongchou.privacy.sealed_map import SealedMap
from tongchou.runs.region import Region, open_region

app = typer.Typer(no_args_is_help=True, help="个人信息：密钥、对照表、研究导出、访问日志 / privacy.")
key_app = typer.Typer(no_args_is_help=True, help="密钥 / keys.")
log_app = typer.Typer(no_args_is_help=True, help="访问日志 / the log of access.")
app.add_typer(key_app, name="key")
app.add_typer(log_app, name="log")

KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys", help="密钥文件，缺省取环境变量 / key ring; the environment if not given.", show_default=False
    ),
]
WhoOption = Annotated[str, typer.Option("--who", help="经办人 / who reads.", show_default=False)]
PurposeOption = Annotated[str, typer.Option("--purpose", help="事由 / what for.", show_default=False)]


@key_app.command()
@speaks_errors
def new(file: Annotated[Path, typer.Argument(help="新文件 / a new file.", show_default=False)]) -> None:
    """生成密钥文件，只有本人可读 / make a key ring that only its owner may read.

    例 / example:  tongchou privacy key new ~/tongchou.keys
    """
    _tell_versions(file, new_ring(file))


@key_app.command()
@speaks_errors
def renew(file: Annotated[Path, typer.Argument(help="密钥文件 / the key ring.", show_default=False)]) -> None:
    """加一版新密钥，旧版保留；随后运行 privacy rotate / add a version of each key; then run privacy rotate.

    例 / example:  tongchou privacy key renew ~/tongchou.keys
    """
    _tell_versions(file, renew_ring(file))


@app.command()
@speaks_errors
def reveal(
    pseudonyms: Annotated[list[str], typer.Argument(help="假名 / pseudonyms.", show_default=False)],
    region: RegionOption,
    purpose: PurposeOption,
    who: WhoOption,
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """凭密钥、经办人与事由查一个假名是谁，并留痕 / who a pseudonym is; it is logged who asked and what for.

    例 / example:  tongchou privacy reveal P7K... --region demo/county --purpose 稽核通知 --who 王芳
    """
    opened = open_region(region)
    found = _map(opened, keys).reveal(pseudonyms, purpose=purpose, who=who)
    missing = [each for each in pseudonyms if each not in found]
    if as_json:
        print_json({"ok": not missing, "found": found, "missing": missing})
    else:
        for pseudonym, identity in found.items():
            console.print(pseudonym, markup=False)
            for field, values in sorted(identity.items()):
                console.print(f"  {field}: {'、'.join(values)}", markup=False)
    if missing:
        raise TongchouError(
            "privacy.unknown_pseudonym",
            what=Text("对照表中没有这些假名", "the map does not know these pseudonyms"),
            where=", ".join(missing),
            why=Text(
                "它们不是本统筹区入库时所给，或来自研究导出", "they were not given here, or are those of an export"
            ),
            remedy=Text("核对假名与统筹区", "check the pseudonyms and the region"),
        )


@app.command()
@speaks_errors
def rotate(
    region: RegionOption,
    purpose: PurposeOption,
    who: WhoOption,
    keys: KeysOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="新旧假名对照 CSV / old and new pseudonyms.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """用最新密钥重新密封对照表，并登记新假名 / seal the map under the newest keys and note new pseudonyms.

    例 / example:  tongchou privacy rotate --region demo/county --purpose 年度换钥 --who 王芳 --keys ~/tongchou.keys
    """
    made = _map(open_region(region), keys).rotate(purpose=purpose, who=who)
    if out is not None:
        lines = ["person_id,alias,kind,key_version"]
        lines += [f"{each.person_id},{each.alias},{each.kind},{each.key_version}" for each in made]
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    persons = len({each.person_id for each in made})
    if as_json:
        print_json({"ok": True, "persons": persons, "aliases": len(made)})
    else:
        console.print(
            f"已重新密封 {persons:,} 人，登记假名 {len(made):,} 个 / {persons:,} persons sealed anew", markup=False
        )


@app.command(name="export")
@speaks_errors
def export_table(
    region: RegionOption,
    table_name: Annotated[str, typer.Option("--table", help="表 / table: cases | visits.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help=".csv 或 .parquet / file.", show_default=False)],
    who: WhoOption,
    purpose: Annotated[str, typer.Option("--purpose", help="用途 / purpose.")] = "research",
    k: Annotated[int | None, typer.Option("--k", help="每组至少几人 / persons in a class.", show_default=False)] = None,
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """导出 k-匿名的研究数据与隐去报告 / export k-anonymous rows, with a report of what was suppressed.

    例 / example:  tongchou privacy export --region demo/county --table cases --out cases.csv --who 王芳
    """
    opened = open_region(region)
    order = ExportOrder(opened.lake, opened.folder, opened.region_id, table_name, out, purpose, who, k)
    report = export(order, find_ring(keys))
    if as_json:
        print_json({"ok": True, "out": str(out), **report})
        return
    shown = table("研究导出 / export", "列 / column", "泛化到 / made coarser to")
    for column, level in report["levels"].items():
        shown.add_row(escape(column), escape(level))
    console.print(shown)
    console.print(
        f"k = {report['k']}：收到 {report['rows_in']:,} 行，导出 {report['rows_out']:,} 行，隐去 "
        f"{report['rows_suppressed']:,} 行 / rows in, out, suppressed；信息损失 / information lost "
        f"{report['information_loss_e4'] / 100:.2f} %",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"{out}, {out.name}.report.json", markup=False, soft_wrap=True)


@log_app.command()
@speaks_errors
def verify(
    region: RegionOption,
    head: Annotated[
        str | None, typer.Option("--head", help="以前记下的日志头 / a head noted before.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """核对访问日志未被改动，并给出日志头供记录 / check that the log was not changed; note the head that it prints.

    例 / example:  tongchou privacy log verify --region demo/county
    """
    found = AccessLog(open_region(region).folder).verify(Head.parse(head) if head else None)
    if as_json:
        print_json({"ok": True, "entries": found.size, "head": str(found)})
    else:
        console.print(f"{found.size:,} 条，未被改动 / entries, unchanged", markup=False)
        console.print(f"日志头 / head: {found}", markup=False, soft_wrap=True)


@log_app.command()
@speaks_errors
def show(region: RegionOption, as_json: JsonOption = False) -> None:
    """列出谁在何时为何查阅 / who read what, when and what for.

    例 / example:  tongchou privacy log show --region demo/county
    """
    entries = list(AccessLog(open_region(region).folder).entries())
    if as_json:
        print_json({"ok": True, "entries": entries})
        return
    shown = table(
        "访问日志 / access", "时间 / at", "经办人 / who", "用途 / purpose", "操作 / action", "表 / table", "行 / rows"
    )
    for entry in entries:
        cells = (entry["at"], entry["who"], entry["purpose"], entry["action"], entry["table"], entry["row_count"])
        shown.add_row(*(escape(str(cell)) for cell in cells))
    console.print(shown)


def _map(region: Region, keys: Path | None) -> SealedMap:
    return SealedMap(region.folder, region.region_id, find_ring(keys))


def _tell_versions(file: Path, ring: KeyRing) -> None:
    console.print(f"{file}: pseudonym {ring.pseudonym.newest}, map {ring.map.newest}", markup=False, soft_wrap=True)
    console.print(
        "另存一份并妥善保管；丢失后无法还原身份 / keep a copy apart: without it nobody can be told", markup=False
    )
