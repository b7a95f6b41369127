"""The router: which method pays for a kind, why, and what it refuses; methods from elsewhere."""

from dataclasses import dataclass
from datetime import date
from importlib.metadata import EntryPoint, EntryPoints

import pytest
from tests.worked import view_with

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.payment.events import registry
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import PaymentMethod, Taken
from tongchou.payment.events.registry import BUILT_IN, known_methods
from tongchou.payment.events.router import price_batch, route
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView

FLAT_TITLE = Text("一口价", "flat fee")
VISIT = Event("E1", "expert_visit", date(2025, 3, 1), "T1", partner_id="H1", units=2)


@dataclass(frozen=True, slots=True)
class FlatFee:
    """A method of somebody else: one yuan for each event."""

    name: str = "flat_fee"
    title: Text = FLAT_TITLE
    needs: tuple[str, ...] = ()
    lasts_months: int = 0
    takes: Taken = "events"
    parameter: str = ""

    def price(self, view: PolicyView, batch: Batch, /) -> tuple[Transfer, ...]:
        with view.recording() as reads:
            if self.parameter:
                view.fen(self.parameter)
        step = Step("other.flat_fee", self.title, Text.plain("1.00"), parameters=tuple(reads))
        return tuple(
            Transfer(
                "other.flat_fee", "flat", FUND, Party("institution", e.institution_id), e.month, 100, e.event_id, step
            )
            for e in batch.events
        )


FLAT: PaymentMethod = FlatFee()


def test_the_route_names_method_source_and_what_was_not_named() -> None:
    view = view_with({"payment/router/method": {"expert_visit": "expert_fee"}})
    found = route(view, "expert_visit", BUILT_IN)
    assert found.method.name == "expert_fee"
    assert "专家下沉" in found.explanation.outcome.zh
    assert [(read.key, read.value, read.source.title) for read in found.explanation.parameters] == [
        ("event_kind=expert_visit", "expert_fee", "example")
    ]
    assert "per_disease" in found.explanation.rejected[0].zh
    assert "expert_fee" not in found.explanation.rejected[0].zh


@pytest.mark.parametrize("policy", [{}, {"payment/router/method": {"exam_reuse": "exam_reuse"}}])
def test_a_kind_without_a_method_is_refused_with_a_sentence(policy: dict[str, object]) -> None:
    with pytest.raises(TongchouError) as refused:
        price_batch(view_with(policy), Batch("expert_visit", (VISIT,)), BUILT_IN)
    assert refused.value.code == "payment.no_method"
    assert "专家下沉" in refused.value.sentence("zh")
    assert "expert_visit" in refused.value.sentence("en")


def test_a_method_that_nobody_brings_is_refused_and_those_known_are_named() -> None:
    view = view_with({"payment/router/method": {"expert_visit": "by_the_weather"}})
    with pytest.raises(TongchouError) as refused:
        route(view, "expert_visit", BUILT_IN)
    assert refused.value.code == "payment.unknown_method"
    assert "expert_fee" in refused.value.sentence("en")


@pytest.mark.parametrize(("kind", "method"), [("disease_case", "capitation"), ("disease_head", "per_disease")])
def test_heads_and_events_are_not_sent_to_each_others_methods(kind: str, method: str) -> None:
    with pytest.raises(TongchouError, match=r"payment\.method_does_not_fit"):
        route(view_with({"payment/router/method": {kind: method}}), kind, BUILT_IN)


def test_a_method_from_elsewhere_pays_where_the_policy_names_it() -> None:
    view = view_with({"payment/router/method": {"expert_visit": "flat_fee"}})
    (due,) = price_batch(view, Batch("expert_visit", (VISIT,)), {**BUILT_IN, "flat_fee": FLAT})
    assert (due.method, due.transfer.amount_fen) == ("flat_fee", 100)
    assert [child.rule for child in due.transfer.explanation.children] == ["payment.router"]


def test_a_method_that_reads_another_methods_parameter_is_refused() -> None:
    policy = {"payment/router/method": {"expert_visit": "flat_fee"}, "payment/events/expert_fee/fee": "500"}
    own = FlatFee(parameter="payment/events/expert_fee/fee")
    with pytest.raises(TongchouError) as refused:
        price_batch(view_with(policy), Batch("expert_visit", (VISIT,)), {**BUILT_IN, "flat_fee": own})
    assert (refused.value.code, refused.value.where) == (
        "payment.foreign_parameter",
        "payment/events/expert_fee/fee",
    )


def test_an_installed_package_adds_its_method_and_cannot_take_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(*values: str) -> None:
        points = EntryPoints(EntryPoint(f"m{n}", value, registry.ENTRY_POINTS) for n, value in enumerate(values))
        monkeypatch.setattr(registry, "entry_points", lambda group: points.select(group=group))

    installed("tests.payment.events.test_router:FLAT")
    assert known_methods().keys() - BUILT_IN.keys() == {"flat_fee"}
    installed("tongchou.payment.events.per_diem:PER_DIEM")
    with pytest.raises(TongchouError, match=r"payment\.method_twice"):
        known_methods()


def test_an_event_that_is_there_twice_is_refused() -> None:
    with pytest.raises(TongchouError) as refused:
        Batch("expert_visit", (VISIT, VISIT))
    assert (refused.value.code, refused.value.where) == ("payment.event_twice", "E1")
