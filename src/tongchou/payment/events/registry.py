"""The payment methods that are known: those of this package, and those that other packages bring."""

from collections.abc import Mapping
from importlib.metadata import entry_points

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.payment.events.capitation import CAPITATION
from tongchou.payment.events.contract_fee import CONTRACT_FEE
from tongchou.payment.events.exam_reuse import EXAM_REUSE
from tongchou.payment.events.expert_fee import EXPERT_FEE
from tongchou.payment.events.follow_up import FOLLOW_UP
from tongchou.payment.events.joint_ward import JOINT_WARD, WARD_DISPATCH
from tongchou.payment.events.method import PaymentMethod
from tongchou.payment.events.per_diem import PER_DIEM
from tongchou.payment.events.per_disease import PER_DISEASE
from tongchou.payment.events.remote_reading import REMOTE_READING
from tongchou.payment.events.service_unit import SERVICE_UNIT
from tongchou.payment.events.tele_service import TELE_SERVICE
from tongchou.payment.events.two_diseases import TWO_DISEASES
from tongchou.payment.events.value_factor import VALUE_FACTOR

ENTRY_POINTS = "tongchou.payment_methods"
"""The group of entry points under which an installed package names its methods."""

BUILT_IN: Mapping[str, PaymentMethod] = {
    method.name: method
    for method in (
        PER_DISEASE,
        PER_DIEM,
        SERVICE_UNIT,
        CAPITATION,
        CONTRACT_FEE,
        FOLLOW_UP,
        VALUE_FACTOR,
        TELE_SERVICE,
        REMOTE_READING,
        EXPERT_FEE,
        EXAM_REUSE,
        JOINT_WARD,
        WARD_DISPATCH,
        TWO_DISEASES,
    )
}
"""The methods of this package by name."""


def known_methods() -> dict[str, PaymentMethod]:
    """Return every method that can be routed to, by name.

    Raises:
        TongchouError: `payment.method_twice` if an installed package brings a method whose name is taken.
    """
    methods = dict(BUILT_IN)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: (point.name, point.value)):
        method: PaymentMethod = point.load()
        if method.name in methods:
            raise TongchouError(
                "payment.method_twice",
                what=Text(f"支付方法 {method.name} 重名", f"two payment methods are called {method.name}"),
                where=point.value,
                why=Text("路由按名称选择方法", "the router picks a method by its name"),
                remedy=Text("改名或卸载其中一个", "rename one of them, or uninstall it"),
            )
        methods[method.name] = method
    return methods
