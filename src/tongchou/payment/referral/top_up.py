"""The top-up of a validly referred case (双向转诊补助, payment formulas §10.2), capped by institution and year."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tongchou.core.explanation import Deferred, Explanation, Fact, ParameterRead, Step, told
from tongchou.core.money import E4, format_e4, format_yuan, scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.referral.episodes import Arrival, Link
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView

RULE = "payment.referral.top_up"
PURPOSE = "referral_top_up"


@dataclass(frozen=True, slots=True)
class TopUpTerms:
    """How a valid referral is topped up (`payment/referral/top_up`).

    Attributes:
        rate_e4: Part of the amount x 10,000.
        amount: `standard`, `payable` or `fund`.
        stay: `sender` or `receiver`: whose stay's amount.
        direction: `up`, `down` or `both`.
        payee: `sender`, `receiver` or `both`.
        sender_share_e4: The sender's part where both are paid x 10,000; else zero.
        cap_by: `none` or `yearly`.
        reads: The parameters read.
        view: Where an institution's cap is read.
    """

    rate_e4: int
    amount: str
    stay: str
    direction: str
    payee: str
    sender_share_e4: int
    cap_by: str
    reads: tuple[ParameterRead, ...]
    view: PolicyView


@dataclass(frozen=True, slots=True)
class TopUp:
    """What one institution gets for one referral.

    Attributes:
        referral_id: The referral.
        institution_id: Who gets it.
        month: The month it counts in.
        earned_fen: What the referral gives, fen.
        paid_fen: What the year's cap leaves of it, fen.
        why: The explanation.
    """

    referral_id: str
    institution_id: str
    month: str
    earned_fen: int
    paid_fen: int
    why: Explanation

    @property
    def step(self) -> Step:
        """The explanation, written out."""
        return told(self.why)


def read_top_up(view: PolicyView) -> TopUpTerms | None:
    """Read the terms; None where the policy gives no rate."""
    place = "payment/referral/top_up"
    if not view.has(f"{place}/rate"):
        return None
    with view.recording() as reads:
        payee = view.text(f"{place}/payee")
        return TopUpTerms(
            rate_e4=view.e4(f"{place}/rate"),
            amount=view.text(f"{place}/amount"),
            stay=view.text(f"{place}/stay"),
            direction=view.text(f"{place}/direction"),
            payee=payee,
            sender_share_e4=view.e4(f"{place}/sender_share") if payee == "both" else 0,
            cap_by=view.text(f"{place}/cap_by"),
            reads=tuple(reads),
            view=view,
        )


def top_ups(
    links: Iterable[Link | Arrival], terms_of: Callable[[Link | Arrival], TopUpTerms | None]
) -> tuple[TopUp, ...]:
    """Return the top-ups of valid referrals.

    Rate x the stay's own amount (before any split), rounded once to the fen; two payees share it by largest
    remainder. An institution's cap is used up in the order of admission at the receiver, then of the referrals' ids,
    so the order in which they are given does not matter.

    Args:
        links: Valid referrals; there is none without validity.
        terms_of: The terms that hold for a referral, None where there is no top-up.
    """
    used: dict[tuple[str, str], int] = {}
    result = []
    for link in sorted(links, key=lambda each: (each.receiver.admitted_on, each.referral.referral_id)):
        terms = terms_of(link)
        if terms is None or terms.direction not in ("both", link.referral.direction):
            continue
        stay = {"sender": link.sender, "receiver": link.receiver}[terms.stay]
        price = stay.price if stay else None
        amount = max(0, price.amount(terms.amount)) if price else None
        for institution_id, earned in _payees(terms, link, scale(amount or 0, terms.rate_e4)).items():
            key = (institution_id, link.month[:4])
            left, reads = _left(terms, institution_id, used.get(key, 0))
            paid = earned if left is None else min(earned, left)
            used[key] = used.get(key, 0) + paid
            why = Deferred(_step, (terms, link, amount, (earned, paid), reads))
            result.append(TopUp(link.referral.referral_id, institution_id, link.month, earned, paid, why))
    return tuple(result)


def top_up_transfers(granted: Iterable[TopUp]) -> tuple[Transfer, ...]:
    """Return what the fund owes for top-ups; one that a cap left nothing of gives none."""
    return tuple(
        Transfer(
            RULE, PURPOSE, FUND, Party("institution", each.institution_id), each.month, each.paid_fen,
            each.referral_id, each.why,
        )
        for each in granted
        if each.paid_fen
    )  # fmt: skip


def _payees(terms: TopUpTerms, link: Link | Arrival, total: int) -> dict[str, int]:
    sender, receiver = link.referral.from_institution_id, link.referral.to_institution_id
    share = {"sender": E4, "receiver": 0, "both": terms.sender_share_e4}[terms.payee]
    shares = {sender: share, receiver: E4 - share}
    parts = split_largest_remainder(total, shares)
    return {institution_id: part for institution_id, part in parts.items() if shares[institution_id]}


def _left(terms: TopUpTerms, institution_id: str, used: int) -> tuple[int | None, tuple[ParameterRead, ...]]:
    if terms.cap_by == "none":
        return None, ()
    with terms.view.recording() as reads:
        cap = terms.view.fen("payment/referral/top_up/cap", institution_id=institution_id)
    return max(0, cap - used), tuple(reads)


def _step(
    terms: TopUpTerms,
    link: Link | Arrival,
    amount: int | None,
    earned_and_paid: tuple[int, int],
    reads: tuple[ParameterRead, ...],
) -> Step:
    earned, paid = earned_and_paid
    rejected: tuple[Text, ...] = ()
    if amount is None:
        rejected = (Text("没有补助所依据的、在本结算期的住院", "the stay that it is taken of is none of this period"),)
    elif paid < earned:
        shown = format_yuan(earned)
        rejected = (Text(f"应补 {shown} 元，受年度封顶限制", f"{shown} yuan earned, cut by the year's cap"),)
    referral_id = link.referral.referral_id
    return Step(
        RULE,
        Text(f"转诊 {referral_id} 的补助", f"Top-up of referral {referral_id}"),
        Text(f"{format_yuan(paid)} 元", f"{format_yuan(paid)} yuan"),
        facts=(
            Fact(Text("补助基数（元）", "taken of, yuan"), format_yuan(amount or 0)),
            Fact(Text("补助比例", "rate"), format_e4(terms.rate_e4)),
        ),
        parameters=(*terms.reads, *reads),
        rejected=rejected,
        children=(link.step,),
    )
