"""The ledger: accounts of a period, what was booked on them, entries with their proofs, heads and periods."""

import orjson
from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.core.text import Text
from tongchou.ledger.accounts import account
from tongchou.ledger.statement import TrialLine
from tongchou.web import states, tables
from tongchou.web.addresses import address, go
from tongchou.web.frame import Page, PageView
from tongchou.web.names import Names, names_of
from tongchou.web.pages.forms import act_button, choice, facts, heading
from tongchou.web.pages.groups import MONEY
from tongchou.web.pages.ledger_periods import periods_panel
from tongchou.web.tiles import figure_tile
from tongchou.workplace import ledger_reading
from tongchou.workplace.ledger_reading import OpenEntry

_PAGE = 500


async def _build(view: PageView) -> None:
    if "entry" in view.query:
        await _entry(view, view.query["entry"])
    elif "account" in view.query:
        await _account(view, view.query["account"], view.query.get("period", ""))
    else:
        await _balance(view)
        await periods_panel(view)
        await _heads(view)


async def _balance(view: PageView) -> None:
    waiting = states.loading(view.shown)
    years = await view.ask(ledger_reading.booked_years)
    if not years:
        waiting.delete()
        remedy = Text("结算入账后在此显示", "they are shown once a run is posted")
        states.empty(view.shown, Text("还没有分录", "nothing is booked yet"), remedy)
        return
    period = view.query.get("period") or years[0]
    found = await view.ask(ledger_reading.accounts_of, period)
    waiting.delete()
    sees_all = decide(view.subject, "ledger.read", REGION, "cost").outcome == "allowed"
    with ui.element("section").classes("panel"):
        title = Text("试算平衡表", "Trial balance") if sees_all else Text("本机构账户", "Own accounts")
        heading(view, title, f"{found.start} – {found.end}")
        with ui.element("div").classes("bar"):
            options = [name for year in years for name in (year, *(f"{year}-{month:02d}" for month in range(1, 13)))]
            chosen = choice(view, Text("期间", "period"), {each: each for each in options}, period, width=160)
            chosen.on_value_change(lambda event: go("/ledger", period=event.value))
            if sees_all:
                act_button(view, Text("核对总账", "Check the books"), "rule", lambda: _check(view), look="outline")
        if not found.lines:
            words = Text("该期间没有本机构的账", "nothing of yours is booked up to this period")
            states.empty(view.shown, words, Text("换一个期间", "choose another period"))
            return
        names = await names_of(view)
        lines = list(found.lines)
        if sees_all:
            lines.append(ledger_reading.sums_of(found.lines))
            debits, credited = (view.shown.money(fen) for fen in (lines[-1].debits_fen, lines[-1].credits_fen))
            words = Text(f"借方合计 {debits}，贷方合计 {credited}", f"debits {debits}, credits {credited}")
            ui.label(view.shown.with_unit(words))
        tables.table(
            [
                tables.Column("title", Text("科目", "account"), width=215),
                tables.Column("owner", Text("户", "holder"), width=175),
                tables.Column("opening", Text("期初余额", "opening"), "money", width=110),
                tables.Column("debits", Text("借方", "debits"), "money", width=110),
                tables.Column("credits", Text("贷方", "credits"), "money", width=110),
                tables.Column("closing", Text("期末余额", "closing"), "money", width=110),
                tables.Column("code", Text("科目代码", "code"), width=230),
            ],
            [_balance_row(view, line, names) for line in lines],
            view.shown,
            name=Text(f"{period} 科目余额", f"{period}: accounts"),
            on_row=lambda row: go("/ledger", account=row["code"], period=period) if row["code"] else None,
        )
        ui.label(view.say("余额借正贷负", "balances: debit positive, credit negative")).classes("is-muted")


def _balance_row(view: PageView, line: TrialLine, names: Names) -> dict[str, object]:
    owner = account(line.account).owner_of(line.account) or "" if line.account else ""
    return {
        "title": view.shown.say(line.title),
        "owner": names.of(owner),
        "opening": line.opening_fen,
        "debits": line.debits_fen,
        "credits": line.credits_fen,
        "closing": line.closing_fen,
        "code": line.account,
    }


async def _check(view: PageView) -> None:
    problems = await view.ask(ledger_reading.check_books)
    if not problems:
        words = view.say("借贷、冲销、日志与树头核对无误", "balance, reversals, log and heads are as they should be")
        ui.notify(words, type="positive")
    for problem in problems[:5]:
        states.notify(view.shown, problem)


async def _account(view: PageView, code: str, period: str) -> None:
    page = await view.ask(ledger_reading.account_page, code, period, _PAGE, view.query.get("cursor"))
    names = await names_of(view)
    owner = names.of(account(code).owner_of(code) or "")
    ui.link(view.say(f"‹ {period} 全部科目", f"‹ all accounts of {period}"), address("/ledger", {"period": period}))
    with ui.element("section").classes("panel"):
        heading(view, page.title, " ".join(filter(None, (owner, code, f"{page.start} – {page.end}"))))
        with ui.element("div").classes("tiles"):
            for name, fen in (
                (Text("期初余额", "opening"), page.opening_fen),
                (Text("期末余额", "closing"), page.closing_fen),
            ):
                figure_tile(view.shown.with_unit(name), view.shown.money(fen))
        tables.table(
            [
                tables.Column("day", Text("日期", "day"), "date", width=110),
                tables.Column("memo", Text("摘要", "memo"), width=330),
                tables.Column("amount", Text("金额", "amount"), "money", width=110),
                tables.Column("balance", Text("余额", "balance"), "money", width=110),
                tables.Column("entry", Text("分录号", "entry"), width=330),
            ],
            [
                {
                    "day": leg.booked_on.isoformat(),
                    "memo": names.within(view.shown.one_of(leg.memo)),
                    "amount": leg.amount_fen,
                    "balance": leg.balance_fen,
                    "entry": leg.entry_id,
                }
                for leg in page.legs
            ],
            view.shown,
            name=Text(f"{period} {page.title.zh} 明细", f"{period} {page.title.en}: postings"),
            on_row=lambda row: go("/ledger", entry=row["entry"], account=code, period=period),
        )
        if page.cursor:
            further = address("/ledger", {"account": code, "period": period, "cursor": page.cursor})
            ui.link(view.say("下一页", "next page"), further)


async def _entry(view: PageView, entry_id: str) -> None:
    entry = await view.ask(ledger_reading.open_entry, entry_id)
    if "account" in view.query and "period" in view.query:
        back = address("/ledger", {"account": view.query["account"], "period": view.query["period"]})
        ui.link(view.say("‹ 返回科目", "‹ back to the account"), back)
    with ui.element("section").classes("panel"):
        heading(view, Text("分录", "Entry"), entry.booked_on.isoformat())
        facts(
            [
                (view.say("分录号", "id"), entry.entry_id),
                (view.say("摘要", "memo"), (await names_of(view)).within(view.shown.one_of(entry.memo))),
                (view.say("规则", "rule"), entry.rule),
                (view.say("结算批次", "run"), entry.run_id),
                *([(view.say("冲销", "reverses"), entry.reverses)] if entry.reverses else []),
            ]
        )
        tables.table(
            [
                tables.Column("title", Text("科目", "account"), width=320),
                tables.Column("code", Text("科目代码", "code"), width=280),
                tables.Column("debit", Text("借方", "debit"), "money", width=110),
                tables.Column("credit", Text("贷方", "credit"), "money", width=110),
            ],
            [
                {
                    "title": view.shown.say(leg.title),
                    "code": leg.account,
                    "debit": leg.amount_fen if leg.amount_fen > 0 else None,
                    "credit": -leg.amount_fen if leg.amount_fen < 0 else None,
                }
                for leg in entry.legs
            ],
            view.shown,
            name=Text("分录借贷", "legs of the entry"),
        )
        _proof(view, entry)


def _proof(view: PageView, entry: OpenEntry) -> None:
    if not entry.is_whole:
        words = "其他机构的金额合并显示；证明含整笔分录，请牵头医院或医保出具。"
        said = "Others' amounts stand together; a proof is of the whole entry: ask the lead hospital or the insurer."
        ui.label(view.say(words, said)).classes("is-muted")
        return

    async def give() -> None:
        proof = await view.ask(ledger_reading.prove_entry, entry.entry_id)
        content = orjson.dumps(proof, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        ui.download.content(content, "proof.json", "application/json")

    act_button(view, Text("下载证明（JSON）", "Download the proof (JSON)"), "verified", give)
    words = "证明此分录在签名的账本中，不依赖本系统即可核对："
    said = "It proves that the entry is in the signed log, and is checked without this system:"
    ui.label(view.say(words, said)).classes("is-muted")
    ui.label("python -m tongchou.ledger.verify proof.json --key ledger.key.pub").classes("secret")


async def _heads(view: PageView) -> None:
    heads = await view.ask(ledger_reading.signed_heads)
    with ui.element("section").classes("panel"):
        heading(view, Text("签名树头", "Signed heads"))
        if not heads:
            remedy = Text("签名人办理：tongchou ledger head", "the signer signs one: tongchou ledger head")
            states.empty(view.shown, Text("还没有签名的树头", "no head is signed yet"), remedy)
            return
        ui.label(
            view.say(
                "请各机构自行保存：日后可证明账本只增不改。",
                "Keep them: they prove later that the ledger only grew.",
            )
        ).classes("is-muted")
        tables.table(
            [
                tables.Column("signed", Text("签名日期", "signed"), "date", width=120),
                tables.Column("size", Text("笔数", "entries"), "count"),
                tables.Column("key", Text("密钥编号", "key"), width=200),
                tables.Column("root", Text("树根", "root"), width=420),
                tables.Column("signature", Text("签名", "signature"), width=420),
            ],
            [
                {
                    "signed": head.signed_on.isoformat() if head.signed_on else "",
                    "size": head.size,
                    "key": head.key_id,
                    "root": head.root,
                    "signature": head.signature,
                }
                for head in heads
            ],
            view.shown,
            name=Text("签名树头", "signed heads"),
        )
        newest = orjson.dumps(heads[0].record(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        ui.button(
            view.say("下载最新树头（JSON）", "Download the newest head (JSON)"),
            icon="download",
            on_click=lambda: ui.download.content(newest, "head.json", "application/json"),
        ).props("flat dense no-caps")


LEDGER = Page("/ledger", Text("账目", "Ledger"), MONEY, "menu_book", "ledger.read", "cost", _build)
"""The ledger."""
