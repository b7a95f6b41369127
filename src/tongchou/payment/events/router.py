"""The router (支付方法路由): which method pays for which kind of event, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import Deferred, Explanation, Fact, Step, told
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.method import PaymentMethod
from tongchou.payment.transfer import Transfer
from tongchou.policy import PolicyView
from tongchou.schema.service_states import HEAD_KIND, SERVICE_EVENT_KIND

PARAMETER = "payment/router/method"
FOLDER = "payment/events/"
"""Where the parameters of events and their methods are declared; a method's own are in a folder of its name."""
KINDS: Mapping[str, Text] = {**SERVICE_EVENT_KIND, **HEAD_KIND}
"""Every kind that can be routed, with its name."""


@dataclass(frozen=True, slots=True)
class Route:
    """A kind's method and why it is that one."""

    kind: str
    method: PaymentMethod
    explanation: Step


@dataclass(frozen=True, slots=True)
class RoutedTransfer:
    """A transfer with the kind it is due for and the method that found it; its explanation holds the route."""

    kind: str
    method: str
    transfer: Transfer


def route(view: PolicyView, kind: str, methods: Mapping[str, PaymentMethod]) -> Route:
    """Return the method that the policy names for a kind of event or head.

    Raises:
        TongchouError: `payment.no_method` if the policy names none, `payment.unknown_method` if nothing of that name is
            known, `payment.method_does_not_fit` if it prices heads and the kind is one of events, or the reverse.
    """
    with view.recording() as reads:
        name = _named(view, kind)
    if name not in methods:
        raise TongchouError(
            "payment.unknown_method",
            what=Text(f"没有名为 {name} 的支付方法", f"no payment method is called {name}"),
            where=f"{PARAMETER}: {kind}",
            why=Text(f"已知的方法有 {'、'.join(sorted(methods))}", f"those known are {', '.join(sorted(methods))}"),
            remedy=Text(
                "改正政策，或安装提供该方法的软件包", "correct the policy, or install the package that brings it"
            ),
        )
    method, label = methods[name], KINDS[kind]
    if (method.takes == "heads") != (kind in HEAD_KIND):
        raise TongchouError(
            "payment.method_does_not_fit",
            what=Text(f"方法 {name} 不能支付“{label.zh}”", f"the method {name} cannot pay for a {label.en}"),
            where=f"{PARAMETER}: {kind}",
            why=Text("按人头的方法只付人头，其他方法只付事件", "methods for heads pay heads, all others pay events"),
            remedy=Text("在政策中改用合适的方法", "name a method that fits in the policy"),
        )
    others = sorted(other for other in methods if other != name)
    explanation = Step(
        "payment.router",
        Text("支付方法路由", "Routing to a payment method"),
        Text(f"{label.zh}：{method.title.zh}（{name}）", f"{label.en}: {method.title.en} ({name})"),
        (Fact(Text("事件类别", "kind"), kind),),
        tuple(reads),
        (Text(f"政策未指定：{'、'.join(others)}", f"not named by the policy: {', '.join(others)}"),),
    )
    return Route(kind, method, explanation)


def price_batch(view: PolicyView, batch: Batch, methods: Mapping[str, PaymentMethod]) -> tuple[RoutedTransfer, ...]:
    """Send a batch to its method and return what is due, each explanation with the route below it.

    Raises:
        Problems: `payment.event_lacks` for every event that lacks what the method needs.
        TongchouError: As `route`; `payment.foreign_parameter` if the method reads what is another's; whatever the
            method refuses.
    """
    chosen = route(view, batch.kind, methods)
    name = chosen.method.name
    problems = [
        event.lacks(name) for event in batch.events for name in chosen.method.needs if getattr(event, name) is None
    ]
    if problems:
        raise Problems(problems)
    with view.recording() as reads:
        transfers = chosen.method.price(view, batch)
    foreign = sorted({read.name for read in reads if not may_read(name, read.name, methods)})
    if foreign:
        raise TongchouError(
            "payment.foreign_parameter",
            what=Text(f"支付方法 {name} 读取了别处的参数", f"the method {name} reads parameters not its own"),
            where=", ".join(foreign),
            why=Text(
                f"方法只读 {FOLDER}{name}/ 与各方法共用的参数，否则其变更不会另起一段",
                f"a method reads {FOLDER}{name}/ and what is shared; a change of others would go unseen",
            ),
            remedy=Text(f"把参数移到 {FOLDER}{name}/ 之下", f"move the parameters below {FOLDER}{name}/"),
        )
    return tuple(RoutedTransfer(batch.kind, name, _with_route(transfer, chosen)) for transfer in transfers)


def may_read(method: str, parameter: str, methods: Mapping[str, PaymentMethod]) -> bool:
    """Return whether a method may read a parameter: one below `payment/events/` that is no other method's."""
    if not parameter.startswith(FOLDER):
        return False
    folder = parameter.removeprefix(FOLDER).partition("/")[0]
    return folder == method or folder not in methods


def _with_route(transfer: Transfer, chosen: Route) -> Transfer:
    return Transfer(
        transfer.rule,
        transfer.purpose,
        transfer.payer,
        transfer.payee,
        transfer.month,
        transfer.amount_fen,
        transfer.subject,
        Deferred(_routed_step, (transfer.why, chosen.explanation)),
    )


def _routed_step(why: Explanation, routed: Step) -> Step:
    step = told(why)
    return replace(step, children=(routed, *step.children))


def _named(view: PolicyView, kind: str) -> str:
    try:
        return view.text(PARAMETER, event_kind=kind)
    except TongchouError as error:
        if not error.code.startswith("policy.no_value"):
            raise
        label = KINDS[kind]
        raise TongchouError(
            "payment.no_method",
            what=Text(f"“{label.zh}”没有支付方法", f"nothing says how to pay for a {label.en}"),
            where=f"{PARAMETER}: {kind} ({view.on.isoformat()})",
            why=Text(
                "政策没有为这类事件指定方法，不能按零支付", "the policy names no method, and nothing is paid by guess"
            ),
            remedy=Text(f"在政策 {PARAMETER} 中为 {kind} 指定方法", f"name a method for {kind} in {PARAMETER}"),
        ) from error
