"""What money beside cases is called: its purposes, its rules, its parties."""

from collections.abc import Mapping

from tongchou.core.text import Text
from tongchou.ledger.accounts import chart_of_accounts
from tongchou.payment.transfer import Party

_PURPOSES: Mapping[str, Text] = {
    "reading_share": Text("远程诊断费分给诊断机构", "Share of a reading for who read it"),
    "sender_subsidy": Text("联合病房转出医院补助", "Subsidy for the hospital that sends to a joint ward"),
    "dispatch_subsidy": Text("联合病房派驻补助", "Subsidy for dispatch to a joint ward"),
    "risk_pool": Text("风险共济", "Risk pool"),
    "incentive_grant": Text("激励基金补助", "Grants of the incentive fund"),
    "special_grant": Text("专项资金补助", "Grants of special funds"),
}
"""Purposes that no account of the fund is named after, or that are more than the fund's."""

_RULES: Mapping[str, Text] = {
    "alliance.risk_pool.contribution": Text("缴纳", "paid in"),
    "alliance.risk_pool.grant": Text("补助", "granted"),
    "alliance.risk_pool.returned": Text("返还", "returned"),
    "payment.events.capitation.pooled": Text("与实际费用比较", "against actual cost"),
    "payment.referral.deduction.refusal": Text("拒收", "refusals"),
    "payment.referral.deduction.false_referral": Text("虚假转诊", "false referrals"),
}
"""Rules that share a purpose with others of their kind."""

PARTY_KINDS: Mapping[str, Text] = {
    "fund": Text("统筹基金", "pooled fund"),
    "institution": Text("医疗机构", "institution"),
    "alliance_reserve": Text("医联体储备", "alliance's reserve"),
    "risk_pool": Text("风险共济资金", "risk pool"),
    "incentive_fund": Text("激励基金", "incentive fund"),
    "finance": Text("财政", "public finances"),
}


def purpose_name(purpose: str) -> Text:
    """Return what a purpose is called: by its own name, else by the fund's account for it, else as it is written.

    A payment method of another package may bring a purpose that no name is known of.
    """
    if purpose in _PURPOSES:
        return _PURPOSES[purpose]
    for account in chart_of_accounts():
        if account.code.startswith(("fund.expense.", "fund.income.")) and account.code.endswith(f".{purpose}"):
            return Text(account.title.zh.removesuffix("支出").removesuffix("收入"), account.title.en)
    return Text.plain(purpose)


def rule_name(rule: str, purposes: tuple[str, ...]) -> Text:
    """Return what a rule's money is called: its purposes, and which of the rules that pay for them it is."""
    names = [purpose_name(each) for each in purposes]
    words = Text("、".join(each.zh for each in names), ", ".join(each.en for each in names))
    part = _RULES.get(rule)
    return Text(f"{words.zh}（{part.zh}）", f"{words.en} ({part.en})") if part else words


def party_name(party: Party) -> Text:
    """Return a party by its kind and id; an institution by its id alone."""
    if party.kind == "institution":
        return Text.plain(party.party_id)
    kind = PARTY_KINDS[party.kind]
    return Text(f"{kind.zh} {party.party_id}".rstrip(), f"{kind.en} {party.party_id}".rstrip())
