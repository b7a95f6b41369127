"""The tables of the workbook of money beside cases: their columns, and their rows from a settled year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongchou.alliance.grants import Award
from tongchou.alliance.risk_claim import Grant
from tongchou.alliance.risk_pool import RiskPool
from tongchou.core.text import Text
from tongchou.payment.cases.reviews import Review
from tongchou.payment.events.registry import known_methods
from tongchou.payment.events.router import RoutedTransfer
from tongchou.payment.referral.deduction import FAULT, STATE
from tongchou.payment.referral.top_up import RULE as TOP_UP
from tongchou.payment.transfer import Party
from tongchou.runs.beside_words import party_name, purpose_name
from tongchou.runs.referrals import LossRow, ReferralMoney
from tongchou.schema.states import GRANT_PURPOSE
from tongchou.statements.sheet import Cell, Column

Names = Mapping[str, Text]
"""Institution -> its name."""
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet that holds one table.

    Attributes:
        name: The sheet's name.
        columns: Its columns.
        rows: Its rows.
        notice: What must be known to read it.
    """

    name: Text
    columns: Sequence[Column]
    rows: Rows
    notice: Text | None = None


CLAIM_COLUMNS = (
    Column(Text("申请号", "Claim")),
    Column(Text("机构", "Institution")),
    Column(Text("损失（元）", "Loss, yuan"), "money", is_summed=True),
    Column(Text("上限（元）", "Cap, yuan"), "money", is_summed=True),
    Column(Text("补助（元）", "Granted, yuan"), "money", is_summed=True),
    Column(Text("自担（元）", "Borne by the member, yuan"), "money", is_summed=True),
    Column(Text("未足额的原因", "Why not more")),
)
CONTRIBUTION_COLUMNS = (
    Column(Text("成员", "Member")),
    Column(Text("缴纳（元）", "Paid in, yuan"), "money", is_summed=True),
    Column(Text("返还（元）", "Returned, yuan"), "money", is_summed=True),
)
AWARD_COLUMNS = (
    Column(Text("申请号", "Application")),
    Column(Text("位次", "Rank"), "count"),
    Column(Text("县区", "County")),
    Column(Text("机构", "Institution")),
    Column(Text("用途", "Purpose")),
    Column(Text("申请（元）", "Applied for, yuan"), "money", is_summed=True),
    Column(Text("获得（元）", "Granted, yuan"), "money", is_summed=True),
    Column(Text("未足额的原因", "Why not more")),
)


def event_table(events: Sequence[RoutedTransfer], names: Names) -> Table:
    """Return what each institution is owed and owes for service events and heads, by method."""
    owed: dict[tuple[str, Party], list[int]] = {}
    owes: dict[tuple[str, Party], list[int]] = {}
    for each in events:
        transfer = each.transfer
        owed.setdefault((each.method, transfer.payee), []).append(transfer.amount_fen)
        owes.setdefault((each.method, transfer.payer), []).append(transfer.amount_fen)
    methods = known_methods()
    keys = sorted(owed.keys() | owes.keys(), key=lambda key: (key[0], key[1].kind, key[1].party_id))
    rows: list[list[Cell]] = []
    for method, party in keys:
        received, paid = owed.get((method, party), []), owes.get((method, party), [])
        net = sum(received) - sum(paid)
        title = methods[method].title if method in methods else Text.plain(method)
        rows.append([_party(party, names), title, len(received), sum(received), len(paid), sum(paid), net])
    columns = (
        Column(Text("机构或其他一方", "Institution or other party")),
        Column(Text("支付方法", "Payment method")),
        Column(Text("应收笔数", "Amounts owed to it"), "count", is_summed=True),
        Column(Text("应收（元）", "Owed to it, yuan"), "money", is_summed=True),
        Column(Text("应付笔数", "Amounts that it owes"), "count", is_summed=True),
        Column(Text("应付（元）", "Owed by it, yuan"), "money", is_summed=True),
        Column(Text("净额（元）", "Net, yuan"), "money", is_summed=True),
    )
    # The fund stands among the parties, so what is owed and what is owed to somebody come to the same total.
    return Table(Text("服务事件", "Service events"), columns, rows)


def referral_table(money: ReferralMoney, names: Names) -> Table:
    """Return every split, top-up, reward and posted deduction; a top-up with what its cap cut."""
    top_ups: list[list[Cell]] = [
        [
            each.referral_id,
            purpose_name("referral_top_up"),
            _party(Party("fund"), names),
            _institution(each.institution_id, names),
            each.month,
            each.earned_fen,
            each.paid_fen,
        ]
        for each in money.top_ups
    ]
    others: list[list[Cell]] = [
        [
            each.subject,
            purpose_name(each.purpose),
            _party(each.payer, names),
            _party(each.payee, names),
            each.month,
            each.amount_fen,
            each.amount_fen,
        ]
        for each in money.transfers
        if each.rule != TOP_UP
    ]
    columns = (
        Column(Text("转诊单号（分段支付为首张）", "Referral (a split: the first of its episode)")),
        Column(Text("项目", "Item")),
        Column(Text("付款方", "Payer")),
        Column(Text("收款方", "Payee")),
        Column(Text("月份", "Month")),
        Column(Text("应得（元）", "Earned, yuan"), "money", is_summed=True),
        Column(Text("实计（元）", "Due, yuan"), "money", is_summed=True),
    )
    return Table(Text("转诊款项", "Referrals"), columns, [*others, *top_ups])


def deduction_table(money: ReferralMoney, names: Names) -> Table:
    """Return every deduction, posted or waiting for review, and the faults without a stay to take a rate of."""
    rows: list[list[Cell]] = [
        [
            each.event.referral_id,
            _institution(each.event.institution_id, names),
            FAULT[each.event.fault],
            each.event.found_on.isoformat(),
            STATE[each.state],
            each.amount_fen,
        ]
        for each in money.deductions
    ]
    rows += [
        [
            each.referral_id,
            _institution(each.institution_id, names),
            FAULT[each.fault],
            each.found_on.isoformat(),
            Text("相关住院不在本结算期，无法按比例扣减", "the stay is not priced in the period: no rate to take"),
            None,
        ]
        for each in money.without_basis
    ]
    columns = (
        Column(Text("转诊单号", "Referral")),
        Column(Text("机构", "Institution")),
        Column(Text("事由", "Fault")),
        Column(Text("认定日期", "Found on")),
        Column(Text("状态", "State")),
        Column(Text("金额（元）", "Amount, yuan"), "money", is_summed=True),
    )
    notice = Text("只有“已入账”的金额计入本次结算", "only what is posted counts in this settlement")
    return Table(Text("转诊扣减", "Deductions"), columns, rows, notice)


def review_table(reviews: Sequence[Review], names: Names) -> Table:
    """Return every application for a special review, granted or refused, in the order in which they were decided."""
    rows: list[list[Cell]] = [
        [
            each.application.review_id,
            each.application.case_id,
            _institution(each.application.institution_id, names),
            each.application.applied_on.isoformat(),
            len(each.application.opinions),
            DECISION[each.decision],
            each.amount_fen if each.decision == "adjusted" else None,
            each.step.outcome,
        ]
        for each in reviews
    ]
    columns = (
        Column(Text("申请号", "Application")),
        Column(Text("结算清单号", "Case")),
        Column(Text("机构", "Institution")),
        Column(Text("申请日期", "Applied on")),
        Column(Text("专家意见数", "Opinions"), "count", is_summed=True),
        Column(Text("决定", "Decision")),
        Column(Text("调整后金额（元）", "Adjusted amount, yuan"), "money", is_summed=True),
        Column(Text("理由", "Reason")),
    )
    return Table(Text("特例单议", "Special reviews"), columns, rows)


DECISION = {
    "by_item": Text("按项目支付", "paid by item"),
    "adjusted": Text("调整支付标准", "paid an adjusted amount"),
    "refused": Text("不予单议", "refused"),
}


def loss_table(losses: Sequence[LossRow]) -> Table:
    """Return the members that lose by a valid referral."""
    rows: list[list[Cell]] = [
        [
            row.episode_id,
            row.referral_id,
            Text(row.institution_zh, row.institution_en),
            Text(row.role_zh, row.role_en),
            row.income_fen,
            row.cost_fen,
            row.without_fen,
            row.amount_fen,
            Text(row.reason_zh, row.reason_en),
        ]
        for row in losses
    ]
    columns = (
        Column(Text("转诊过程", "Episode")),
        Column(Text("转诊单号", "Referral")),
        Column(Text("机构", "Institution")),
        Column(Text("角色", "Role")),
        Column(Text("收入（元）", "Income, yuan"), "money"),
        Column(Text("成本（元）", "Cost, yuan"), "money"),
        Column(Text("不转诊的结余（元）", "Left without the referral, yuan"), "money"),
        Column(Text("损失（元）", "Loss, yuan"), "money", is_summed=True),
        Column(Text("原因", "Reason")),
    )
    return Table(Text("转诊损失", "Losses by referrals"), columns, rows)


def claim_cells(grant: Grant, names: Names) -> list[Cell]:
    """Return a claim on a risk pool as a row of `CLAIM_COLUMNS`."""
    return [
        grant.claim_id,
        _institution(grant.institution_id, names),
        grant.loss_fen,
        grant.cap_fen,
        grant.grant_fen,
        grant.borne_fen,
        _joined(grant.refused),
    ]


def contribution_cells(pool: RiskPool, names: Names) -> list[list[Cell]]:
    """Return what members paid in and got back, as rows of `CONTRIBUTION_COLUMNS`; who did neither is left out."""
    both = {member: (fen, pool.returned_fen.get(member, 0)) for member, fen in pool.contributions_fen.items()}
    return [[_institution(member, names), *amounts] for member, amounts in both.items() if any(amounts)]


def award_cells(award: Award, names: Names) -> list[Cell]:
    """Return an application to a fund as a row of `AWARD_COLUMNS`."""
    each = award.application
    return [
        each.application_id,
        award.rank or None,
        each.area_id,
        _institution(each.institution_id, names),
        GRANT_PURPOSE[each.purpose],
        each.amount_fen,
        award.granted_fen,
        _joined(award.refused),
    ]


def _party(party: Party, names: Names) -> Text:
    return _institution(party.party_id, names) if party.kind == "institution" else party_name(party)


def _institution(institution_id: str, names: Names) -> Text:
    """Return an institution's name with its id; names may be alike."""
    name = names.get(institution_id)
    return Text(f"{name.zh} {institution_id}", name.en) if name else Text.plain(institution_id)


def _joined(texts: Sequence[Text]) -> Text:
    return Text("；".join(each.zh for each in texts), "; ".join(each.en for each in texts))
