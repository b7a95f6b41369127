"""`tongchou ledger key | head | prove | prove-growth`: signing the log, and proofs that others check alone."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from tongchou.cli.console import console, print_json, speaks_errors
from tongchou.cli.ledger_key import KEY_VARIABLE, make_key, signing_key
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.cli.whole_file import whole_file
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.log import TreeHead, newest_head, newest_signed
from tongchou.runs.books import Books
from tongchou.runs.region import open_region
from tongchou.store.engines import open_engine

OutOption = Annotated[
    Path, typer.Option("--out", help="写入的文件 / file to write.", dir_okay=False, show_default=False)
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="日期，缺省为今天 / day, today if not given.", show_default=False),
]


@speaks_errors
def key(out: OutOption, as_json: JsonOption = False) -> None:
    """生成签名密钥（私钥仅本人可读） / make a signing key, readable by its owner only.

    例 / example:  tongchou ledger key --out ~/ledger.key
    """
    public_path, key_id = make_key(out)
    if as_json:
        print_json({"ok": True, "key": str(out), "public_key": str(public_path), "key_id": key_id})
        return
    console.print(f"私钥 private key: {out}\n公钥 public key: {public_path}\n编号 id: {key_id}", markup=False)


@speaks_errors
def head(
    region: RegionOption,
    key_file: Annotated[
        Path | None,
        typer.Option("--key", help=f"私钥文件，缺省取 {KEY_VARIABLE} / private key.", show_default=False),
    ] = None,
    on: OnOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="另存为文件，供机构保存 / also as a file to keep.", dir_okay=False, show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """签署账本树头；没有私钥时只显示 / sign the head of the log; without a key, show the newest.

    例 / example:  tongchou ledger head --region demo/county --key ~/ledger.key --out head.json
    """
    own_key = signing_key(key_file)
    place = open_region(region)
    with open_engine("duckdb") as engine:
        books = Books(place.lake, engine, place.region_id)
        if own_key is None:
            found = newest_signed(books.heads()) or newest_head(books.heads())
        else:
            day = on.date() if on else date.today()  # noqa: DTZ011  # the signer's calendar day
            algorithm = place.policy().at(day).text("ledger/hash_algorithm")
            found = books.sign(own_key, day, algorithm)
    if found is None or (out is not None and found.signature is None):
        raise TongchouError(
            "cli.head_not_signed",
            what=Text("还没有签名的树头", "no head was signed yet"),
            where=str(region),
            why=Text("没有给出私钥", "no private key was given"),
            remedy=Text(
                f"用 --key 或环境变量 {KEY_VARIABLE} 给出私钥", f"name the private key by --key or {KEY_VARIABLE}"
            ),
        )
    if out is not None:
        _write(found.record(), out)
    if as_json:
        print_json({"ok": True, "head": found.record()})
        return
    console.print(_words(found), markup=False, highlight=False, soft_wrap=True)


@speaks_errors
def prove(
    entry: Annotated[str, typer.Argument(help="分录号 / entry id.", show_default=False)],
    region: RegionOption,
    out: OutOption,
    as_json: JsonOption = False,
) -> None:
    """给出一笔分录在账本中的证明 / write the proof that an entry is in the signed log.

    例 / example:  tongchou ledger prove ENTRY --region demo/county --out proof.json
    """
    place = open_region(region)
    with open_engine("duckdb") as engine:
        proof = Books(place.lake, engine, place.region_id).prove(entry)
    _write(proof, out)
    _tell(proof, proof["head"], out, as_json=as_json)


@speaks_errors
def prove_growth(
    old: Annotated[int, typer.Argument(help="较早树头的笔数 / size of the earlier head.", min=1, show_default=False)],
    region: RegionOption,
    out: OutOption,
    new: Annotated[
        int | None,
        typer.Argument(help="较晚树头的笔数，缺省为最新 / size of the later; the newest.", min=1, show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """证明两个树头之间只增不改 / write the proof that the log only grew between two signed heads.

    例 / example:  tongchou ledger prove-growth 120 --region demo/county --out growth.json
    """
    place = open_region(region)
    with open_engine("duckdb") as engine:
        proof = Books(place.lake, engine, place.region_id).prove_growth(old, new)
    _write(proof, out)
    _tell(proof, proof["new"], out, as_json=as_json)


def _write(document: dict[str, Any], out: Path) -> None:
    with whole_file(out) as draft:
        draft.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _tell(proof: dict[str, Any], head: dict[str, Any], out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "proof": proof})
        return
    words = (
        f"{out}：{head['size']:,} 笔，{head['signed_on']} 签名，密钥 {head['key_id']}\n"
        f"核对 / to check it:  python -m tongchou.ledger.verify {out} --key PUBKEY"
    )
    console.print(words, markup=False, highlight=False, soft_wrap=True)


def _words(head: TreeHead) -> str:
    signed = f"{head.signed_on} 由 {head.key_id} 签名 / signed" if head.signature else "未签名 / not signed"
    return f"{head.log}: {head.size:,} 笔分录 / entries, {head.algorithm}\n{head.root}\n{signed}"
