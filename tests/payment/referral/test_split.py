"""DRG follows the patient: one referral, and chains of them."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payment.referral.builders import episode, link, stay
from tests.worked import Worked, view_with, worked

from tongchou.core.money import yuan_to_fen
from tongchou.payment.referral.payments import EpisodePayments, pay_episode, split_transfers
from tongchou.payment.referral.split import split_link
from tongchou.payment.referral.split_terms import SplitTerms, read_split
from tongchou.payment.referral.stay import Stay
from tongchou.payment.transfer import FUND, Party, net_by_month

PLACE = "payment/referral/split"
METHODS = ("phase_split", "transfer_per_diem", "full_to_sender", "receiver_own")
COMMON = {
    f"{PLACE}/direction": "both",
    f"{PLACE}/amount": "standard",
    f"{PLACE}/limit": "sender",
    f"{PLACE}/over": "cap",
    f"{PLACE}/phase_costs": "actual",
    f"{PLACE}/receiver": "own_group",
    f"{PLACE}/contract_price": {"default": "4000"},
    f"{PLACE}/sender_floor": "0.6",
}


def made(of: Mapping[str, Any], **defaults: Any) -> Stay:
    values = {**defaults, **of}
    values["days"] = int(values.get("days", 5))
    values["priced"] = str(values.get("priced", "true")) == "true"
    return stay(**values)


@worked("payment/referral/split.yaml")
def test_worked_example(case: Worked) -> None:
    sender = made(case.given["sender"])
    receiver = made(case.given["receiver"], case_id="C2", institution_id="S9", level="secondary", admitted=5)
    found = split_link(
        read_split(case.view), link(sender, receiver, direction=str(case.given.get("direction", "down")))
    )
    expect = case.expect
    assert found.rule == f"payment.referral.split.{expect['rule']}"
    assert (found.sender_fen, found.receiver_fen) == (yuan_to_fen(expect["sender"]), yuan_to_fen(expect["receiver"]))
    assert found.limit_fen == yuan_to_fen(expect["limit"])
    assert found.passed_on_fen == yuan_to_fen(expect.get("passed_on", "0"))
    said = " ".join(text.zh for text in found.step.rejected)
    assert expect.get("said", "") in said
    assert bool(said) == (expect["rule"] == "own" or "said" in expect)


def terms(method: str, **changes: str) -> SplitTerms:
    return read_split(view_with({**COMMON, f"{PLACE}/method": method, **changes}))


def paid(method: str, *stays: Stay) -> EpisodePayments:
    pairs = itertools.pairwise(stays)
    order = {"primary": 0, "secondary": 1, "tertiary": 2}
    links = [
        link(a, b, referral_id=f"R{i}", direction="up" if order[b.level] > order[a.level] else "down")
        for i, (a, b) in enumerate(pairs)
    ]
    found = terms(method)
    return pay_episode(episode(*links), lambda _: found)


UP_AND_DOWN = (
    stay("C1", "S1", "secondary", admitted=0, standard="9000", cost="2000", mean_days="6"),
    stay("C2", "T1", "tertiary", admitted=5, standard="30000", cost="10000", mean_days="9"),
    stay("C3", "S1", "secondary", admitted=12, standard="7000", cost="3000", mean_days="6"),
)


def test_each_referral_of_a_chain_splits_what_its_sender_then_has() -> None:
    found = paid("phase_split", *UP_AND_DOWN)
    # 9,000 by 2,000 : 10,000 is 1,500 : 7,500; the second referral splits those 7,500 by 10,000 : 3,000.
    assert found.paid_fen == {"C1": 150_000, "C2": 576_923, "C3": 173_077}


def test_a_split_becomes_transfers_between_the_fund_and_both_institutions() -> None:
    sender = stay("C1", "T1", standard="16352.90", cost="11000")
    receiver = stay("C2", "S1", "secondary", admitted=30, standard="5000", cost="3600")
    found = split_transfers(paid("phase_split", sender, receiver))
    assert [(t.payer, t.payee, t.amount_fen, t.month, t.subject) for t in found] == [
        (Party("institution", "T1"), FUND, 403_222, "2025-04", "R0"),
        (Party("institution", "S1"), FUND, 96_778, "2025-04", "R0"),
    ]
    assert {t.purpose for t in found} == {"referral_split"}
    assert all("payment/referral/split/method" in {read.name for read in _reads(t.explanation)} for t in found)


def test_a_contract_price_goes_from_the_sender_to_the_receiver_and_the_fund_takes_back_the_receivers_own() -> None:
    sender = stay("C1", "T1", standard="16352.90")
    receiver = stay("C2", "S1", "secondary", admitted=5, standard="5000")
    found = split_transfers(paid("full_to_sender", sender, receiver))
    assert [(t.payer, t.payee, t.amount_fen) for t in found] == [
        (Party("institution", "T1"), Party("institution", "S1"), 400_000),
        (Party("institution", "S1"), FUND, 500_000),
    ]


def test_an_outlier_is_paid_its_part_of_the_split_and_no_more() -> None:
    sender = stay("C1", "T1", standard="10000", payable="26000", cost="3000")
    receiver = stay("C2", "S1", "secondary", admitted=5, standard="5000", cost="1000")
    found = split_transfers(paid("phase_split", sender, receiver))
    assert [(t.payer.party_id, t.amount_fen) for t in found] == [("T1", 1_850_000), ("S1", 250_000)]


def test_a_chains_transfers_all_count_in_the_month_of_its_last_stay() -> None:
    late = stay("C4", "Z1", "primary", admitted=32, standard="2000", cost="900")
    found = split_transfers(paid("phase_split", *UP_AND_DOWN, late))
    assert {each.month for each in found} == {"2025-04"}


def test_without_a_split_nothing_moves() -> None:
    assert split_transfers(paid("none", *UP_AND_DOWN)) == ()


def test_of_a_method_only_what_it_asks_is_read() -> None:
    view = view_with(
        {f"{PLACE}/{name}": value for name, value in
         {"method": "phase_split", "direction": "both", "amount": "standard", "limit": "sender",
          "phase_costs": "actual"}.items()}
    )  # fmt: skip
    assert {read.name.removeprefix(f"{PLACE}/") for read in read_split(view).reads} == {
        "method", "direction", "amount", "limit", "phase_costs",
    }  # fmt: skip


FEN = st.integers(0, 5_000_000)
STAY = st.fixed_dictionaries(
    {"standard": FEN, "payable": FEN, "cost": st.integers(1, 5_000_000), "days": st.integers(1, 60)}
)


def _made(figures: Mapping[str, int], position: int, level: str) -> Stay:
    yuan = {name: f"{figures[name] / 100:.2f}" for name in ("standard", "payable", "cost")}
    days = figures["days"]
    return stay(f"C{position}", f"I{position}", level, admitted=100 * position, days=days, mean_days="10.2", **yuan)


@pytest.fixture(scope="module")
def all_terms() -> dict[tuple[str, str], SplitTerms]:
    return {
        (method, limit): terms(method, **{f"{PLACE}/limit": limit})
        for method in METHODS
        for limit in ("sender", "higher")
    }


@given(
    method=st.sampled_from(METHODS), limit=st.sampled_from(["sender", "higher"]),
    first=STAY, second=STAY, third=STAY,
)  # fmt: skip
def test_no_split_pays_more_than_its_limit_and_transfers_come_to_what_is_paid(
    all_terms: dict[tuple[str, str], SplitTerms], method: str, limit: str, first: Any, second: Any, third: Any
) -> None:
    stays = [_made(first, 1, "tertiary"), _made(second, 2, "secondary"), _made(third, 3, "primary")]
    links = [link(stays[0], stays[1], referral_id="R1"), link(stays[1], stays[2], referral_id="R2")]
    found = pay_episode(episode(*links), lambda _: all_terms[method, limit])
    for split in found.splits:
        assert split.sender_fen >= 0
        assert split.receiver_fen >= 0
        assert not split.is_split or split.sender_fen + split.receiver_fen <= split.limit_fen
    if method == "phase_split" and found.splits[0].is_split:
        assert found.splits[0].sender_fen + found.splits[0].receiver_fen == found.splits[0].limit_fen
    if limit == "sender" and all(split.is_split for split in found.splits):
        assert sum(found.paid_fen.values()) <= stays[0].price.standard_fen  # type: ignore[union-attr]
    transfers = split_transfers(found)
    for each in stays:
        net = sum(net_by_month(transfers, each.institution_id).values())
        assert each.price is not None
        assert each.price.payable_fen + net == found.paid_fen[each.case_id]


@given(
    method=st.sampled_from(METHODS), limit=st.sampled_from(["sender", "higher"]),
    first=STAY, second=STAY, more=st.integers(1, 300_000), raised=st.sampled_from(["sender", "receiver"]),
)  # fmt: skip
def test_a_higher_standard_never_pays_its_own_member_less(
    all_terms: dict[tuple[str, str], SplitTerms],
    method: str, limit: str, first: dict[str, int], second: dict[str, int], more: int, raised: str,
) -> None:  # fmt: skip
    first = {**first, "standard": max(1, first["standard"]), "payable": max(1, first["standard"])}
    second = {**second, "payable": second["standard"]}

    def of(one: dict[str, int], other: dict[str, int]) -> tuple[int, int]:
        split = split_link(all_terms[method, limit], link(_made(one, 1, "tertiary"), _made(other, 2, "secondary")))
        return split.sender_fen, split.receiver_fen

    before = of(first, second)
    higher = {name: figures[name] + more for figures in [first if raised == "sender" else second]
              for name in ("standard", "payable")}  # fmt: skip
    if raised == "sender":
        assert of({**first, **higher}, second)[0] >= before[0]
    else:
        assert of(first, {**second, **higher})[1] >= before[1]


def _reads(step: Any) -> list[Any]:
    return [read for each in step.walk() for read in each.parameters]
