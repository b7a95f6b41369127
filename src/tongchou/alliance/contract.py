"""An alliance's contract (医联体合同): what it is, what it packages, until when, and what its type allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import ALLIANCE_TYPE

OPEN_TERM = "open"
"""The term of a contract without a last day."""

PACKAGE_MECHANISMS = ("package_budget", "member_split")
"""What the settlement of a package makes use of."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms of an alliance's contract that decide how its year is settled.

    Attributes:
        alliance_id: The alliance.
        kind: How tight it is: `tight`, `half_tight`, `loose`, `mixed`.
        is_packaged: Whether the fund's payments are packaged in one budget; if not, each member is paid for itself.
        explanation: The contract, with every parameter read.
    """

    alliance_id: str
    kind: str
    is_packaged: bool
    explanation: Step


def read_contract(view: PolicyView, alliance_id: str) -> Contract:
    """Return an alliance's contract.

    A package must be allowed by the contract's type (`alliance/contract/allows`), count a population (and not what
    its providers did) and lie within the term. What becomes of a deficit (`alliance/deficit/rule`) is shown with the
    contract and applied by `tongchou.alliance.deficit`. Of a contract without a package only the type and that there
    is none is read: nothing is paid by it.

    Args:
        view: The policy of the alliance on the day the year is settled by.
        alliance_id: The alliance.

    Raises:
        TongchouError: `alliance.mechanism_not_allowed`, `alliance.package_of_providers`, `alliance.contract_over`,
            `alliance.contract_term` for a term that is no day.
    """
    with view.recording() as reads:
        kind = view.text("alliance/contract/type")
        is_packaged = view.text("alliance/contract/package") == "packaged"
        facts = _package(view, alliance_id, kind) if is_packaged else ()
    return Contract(alliance_id, kind, is_packaged, _step(alliance_id, kind, facts, reads, is_packaged=is_packaged))


def require_allowed(view: PolicyView, alliance_id: str, kind: str, mechanism: str) -> None:
    """Refuse a mechanism that contracts of a type do not have (`alliance.mechanism_not_allowed`).

    Args:
        view: The policy of the alliance.
        alliance_id: The alliance.
        kind: The type of its contract.
        mechanism: A value of the dimension `mechanism`.
    """
    parameter = "alliance/contract/allows"
    if view.text(parameter, contract_type=kind, mechanism=mechanism) == "allowed":
        return
    type_words, words = TYPES[kind], MECHANISMS[mechanism]
    raise TongchouError(
        "alliance.mechanism_not_allowed",
        what=Text(f"{type_words.zh}医联体不能用{words.zh}", f"a {type_words.en} alliance cannot have {words.en}"),
        where=f"{alliance_id}, {parameter} [contract_type={kind}, mechanism={mechanism}]",
        why=Text("政策不允许这一类型的合同采用该机制", "the policy does not allow it for contracts of this type"),
        remedy=Text(
            "更正 alliance/contract/type；不打包的，把 alliance/contract/package 写为 not_packaged",
            "correct alliance/contract/type, or write not_packaged into alliance/contract/package",
        ),
    )


TYPES = {**ALLIANCE_TYPE, "mixed": Text("混合型", "mixed")}
"""The types of contracts, for people: those of alliances, and one that has something of several."""

MECHANISMS = {
    "package_budget": Text("打包总额预算", "a package budget"),
    "member_split": Text("成员间结余分配", "a split among members"),
}
"""The mechanisms that a type may or may not have, for people."""


def _package(view: PolicyView, alliance_id: str, kind: str) -> tuple[Fact, ...]:
    for mechanism in PACKAGE_MECHANISMS:
        require_allowed(view, alliance_id, kind, mechanism)
    if view.text("alliance/contract/unit") != "population":
        raise _package_of_providers(alliance_id)
    term = view.text("alliance/contract/term")
    if term != OPEN_TERM and _last_day(alliance_id, term) < view.on:
        raise _over(alliance_id, term, view.on)
    timing, deficit = view.text("alliance/contract/timing"), view.text("alliance/deficit/rule")
    return (
        _fact(Text("打包对象", "what is packaged"), Text("人群（按人群而非按机构）", "a population, not providers")),
        _fact(Text("支付时点", "time of payment"), _TIMINGS[timing]),
        _fact(Text("超支约定", "clause on a deficit"), _DEFICITS[deficit]),
        Fact(Text("合同期限至", "last day of the contract"), term),
    )


_TIMINGS = {
    "pre_payment": Text("预付", "before care"),
    "mid_payment": Text("中付", "during care"),
    "post_payment": Text("后付", "after care"),
}
_DEFICITS = {
    "shared": Text("合理超支分担", "reasonable deficit shared"),
    "not_compensated": Text("超支不补", "deficit not compensated"),
    "self_borne": Text("超支自负", "deficit borne by the alliance"),
}


def _step(
    alliance_id: str, kind: str, facts: tuple[Fact, ...], reads: Sequence[ParameterRead], *, is_packaged: bool
) -> Step:
    words = TYPES[kind]
    package = Text("打包付费", "paid by a package") if is_packaged else Text("不打包", "no package")
    return Step(
        "alliance.contract",
        Text(f"医联体 {alliance_id} 的合同", f"Contract of alliance {alliance_id}"),
        Text(f"{words.zh}，{package.zh}", f"{words.en}, {package.en}"),
        facts=facts,
        parameters=tuple(reads),
        rejected=()
        if is_packaged
        else (
            Text(
                "没有打包预算，也就没有结余或超支：各成员各自清算",
                "without a package there is neither surplus nor deficit: each member is cleared for itself",
            ),
        ),
    )


def _fact(label: Text, value: Text) -> Fact:
    return Fact(label, str(value))


def _last_day(alliance_id: str, term: str) -> date:
    try:
        return date.fromisoformat(term)
    except ValueError as error:
        raise TongchouError(
            "alliance.contract_term",
            what=Text(f"合同期限“{term}”不是日期", f"the contract's term '{term}' is not a day"),
            where=f"{alliance_id}, alliance/contract/term",
            why=Text(f"写最后一日或 {OPEN_TERM}（无期限）", f"it is the last day, or {OPEN_TERM} where there is none"),
            remedy=Text("写作加引号的 '2027-12-31'", "write it in quotes: '2027-12-31'"),
        ) from error


def _over(alliance_id: str, term: str, on: date) -> TongchouError:
    return TongchouError(
        "alliance.contract_over",
        what=Text(f"合同已于 {term} 到期", f"the contract ended on {term}"),
        where=f"{alliance_id}, alliance/contract/term",
        why=Text(f"打包预算须有至 {on} 仍有效的合同", f"a package needs a contract that holds until {on}"),
        remedy=Text(
            "写入续签的期限；不再打包的，把 alliance/contract/package 写为 not_packaged",
            "write the renewed term, or not_packaged into alliance/contract/package",
        ),
    )


def _package_of_providers(alliance_id: str) -> TongchouError:
    return TongchouError(
        "alliance.package_of_providers",
        what=Text(
            "以机构为单位的合同不能按人群打包", "a contract of providers cannot be settled as a package of people"
        ),
        where=f"{alliance_id}, alliance/contract/unit",
        why=Text(
            "打包预算按人群计算，包括在外就医的支出",
            "the package counts a population, with what was spent on it elsewhere",
        ),
        remedy=Text(
            "把 alliance/contract/unit 写为 population，或把 alliance/contract/package 写为 not_packaged",
            "write population into alliance/contract/unit, or not_packaged into alliance/contract/package",
        ),
    )
