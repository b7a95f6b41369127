"""Settling a person's care: who pays what, in the order of payers, and the position afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.benefit.account import AccountPart, account_part
from tongchou.payment.benefit.basic import BasicPart, basic_part, pot_of
from tongchou.payment.benefit.burden import Burden
from tongchou.payment.benefit.facts import Care, Person
from tongchou.payment.benefit.layers import LayerPart, catastrophic_part, layer_part
from tongchou.payment.benefit.position import Position
from tongchou.payment.benefit.states import AID_CATEGORY, CARE_KIND, SUPPLEMENT
from tongchou.payment.benefit.terms import BenefitTerms
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE


class Payer(StrEnum):
    """Who pays for care, in the order in which they are asked."""

    BASIC = "basic"
    CATASTROPHIC = "catastrophic"
    SUPPLEMENTARY = "supplementary"
    AID = "aid"
    ACCOUNT = "account"
    CASH = "cash"

    @property
    def label(self) -> Text:
        """The payer's name for people."""
        return _LABELS[self]


_LABELS = {
    Payer.BASIC: Text("基本医保统筹基金", "Basic insurance fund"),
    Payer.CATASTROPHIC: Text("大病保险", "Catastrophic insurance"),
    Payer.SUPPLEMENTARY: Text("公务员补助与补充保险", "Supplementary cover"),
    Payer.AID: Text("医疗救助", "Medical aid"),
    Payer.ACCOUNT: Text("个人账户", "Personal account"),
    Payer.CASH: Text("个人现金", "Cash"),
}


@dataclass(frozen=True, slots=True)
class BenefitResult:
    """A settled care.

    Attributes:
        person: Whose it is.
        care: The care.
        parts_fen: What each payer pays; the parts sum to the total cost, to the fen.
        position: The person's position afterwards.
        basic: How the basic part was found.
        layers: How the payers between basic insurance and the account came to their parts; those that the person
            has nothing to do with are absent.
        account: How the personal account was used; None where it is empty.
    """

    person: Person
    care: Care
    parts_fen: Mapping[Payer, int]
    position: Position
    basic: BasicPart
    layers: Mapping[Payer, LayerPart]
    account: AccountPart | None

    @property
    def patient_fen(self) -> int:
        """All that basic insurance does not pay: the patient's part (个人负担) as the price of a case knows it."""
        return self.care.total_fen - self.parts_fen[Payer.BASIC]

    def explanation(self) -> Step:
        """Return who pays what and why, with every parameter read."""
        return _explained(self)


def settle_benefit(terms: BenefitTerms, person: Person, care: Care, position: Position) -> BenefitResult:
    """Settle a person's care.

    Basic insurance pays first; catastrophic insurance, supplementary cover and medical aid each pay of what is left
    of the burden that counts for them; then the personal account, then cash.

    Args:
        terms: The terms on the care's day.
        person: The person as insured on that day.
        care: The stay or visit.
        position: The person's position in the year before it.

    Raises:
        TongchouError: `benefit.wrong_year` if the position is of another year than the care;
            `policy.no_value` for a parameter that the care needs and the policy does not give.
    """
    if care.decided_on.year != position.year:
        raise _wrong_year(care, position)
    basic = basic_part(terms, person, care, position)
    burden = Burden.after_basic(care, basic.fund_fen)
    layers = _layers(terms, person, care, burden, position)
    burden = burden.after(sum(part.paid_fen for part in layers.values()))
    account = account_part(terms, burden, position.account_fen) if position.account_fen else None
    burden = burden.after(account.paid_fen if account else 0)
    parts = {
        Payer.BASIC: basic.fund_fen,
        **{payer: layers[payer].paid_fen if payer in layers else 0 for payer in _LAYERS},
        Payer.ACCOUNT: account.paid_fen if account else 0,
        Payer.CASH: burden.left_fen,
    }
    after = _position_after(position, care, basic, layers, parts[Payer.ACCOUNT])
    return BenefitResult(person, care, parts, after, basic, layers, account)


_LAYERS = (Payer.CATASTROPHIC, Payer.SUPPLEMENTARY, Payer.AID)


def _layers(
    terms: BenefitTerms, person: Person, care: Care, burden: Burden, position: Position
) -> dict[Payer, LayerPart]:
    layers = {Payer.CATASTROPHIC: catastrophic_part(terms, person, care.kind, burden, position.catastrophic)}
    burden = burden.after(layers[Payer.CATASTROPHIC].paid_fen)
    if person.supplement != "none":
        covering = (Payer.SUPPLEMENTARY.value, person.supplement)
        part = layer_part(terms, terms.supplementary, covering, care.kind, burden, position.supplementary)
        layers[Payer.SUPPLEMENTARY] = part
        burden = burden.after(part.paid_fen)
    if person.aid_category != "none":
        covering = (Payer.AID.value, person.aid_category)
        layers[Payer.AID] = layer_part(terms, terms.aid, covering, care.kind, burden, position.aid)
    return layers


def _position_after(
    position: Position, care: Care, basic: BasicPart, layers: Mapping[Payer, LayerPart], account_fen: int
) -> Position:
    if care.is_stay:
        position = position.with_stay(care.episode_id, basic.deductible_paid_fen)
    else:
        position = position.with_visit(pot_of(care), basic.deductible_paid_fen, basic.fund_fen)
    used = {payer: layers[payer].use for payer in _LAYERS if payer in layers}
    return replace(
        position,
        basic_fund_fen=position.basic_fund_fen + (basic.fund_fen if basic.counts_to_cap else 0),
        catastrophic=used.get(Payer.CATASTROPHIC, position.catastrophic),
        supplementary=used.get(Payer.SUPPLEMENTARY, position.supplementary),
        aid=used.get(Payer.AID, position.aid),
        account_fen=position.account_fen - account_fen,
    )


def _explained(result: BenefitResult) -> Step:
    person, care = result.person, result.care
    insurance, level, kind = INSURANCE_TYPE[person.insurance_type], INSTITUTION_LEVEL[care.level], CARE_KIND[care.kind]
    paid = {payer: amount for payer, amount in result.parts_fen.items() if amount or payer is Payer.CASH}
    steps = [result.basic.step()]
    steps += [part.step(f"payment.benefit.{payer}", _title(payer, person)) for payer, part in result.layers.items()]
    if result.account:
        steps.append(result.account.step(f"payment.benefit.{Payer.ACCOUNT}", Payer.ACCOUNT.label))
    return Step(
        "payment.benefit",
        Text(
            f"待遇结算 {care.care_id}（{insurance.zh}，{level.zh}，{kind.zh}）",
            f"Benefit of {care.care_id} ({insurance.en}, {level.en}, {kind.en})",
        ),
        Text(
            "，".join(f"{payer.label.zh} {format_yuan(amount)} 元" for payer, amount in paid.items()),
            ", ".join(f"{payer.label.en} {format_yuan(amount)}" for payer, amount in paid.items()) + " yuan",
        ),
        facts=tuple(
            Fact(Text(f"{payer.label.zh}（元）", f"{payer.label.en}, yuan"), format_yuan(amount))
            for payer, amount in result.parts_fen.items()
        ),
        children=tuple(steps),
    )


def _title(payer: Payer, person: Person) -> Text:
    state = {Payer.SUPPLEMENTARY: SUPPLEMENT[person.supplement], Payer.AID: AID_CATEGORY[person.aid_category]}
    label = payer.label
    return Text(f"{label.zh}（{state[payer].zh}）", f"{label.en} ({state[payer].en})") if payer in state else label


def _wrong_year(care: Care, position: Position) -> TongchouError:
    return TongchouError(
        "benefit.wrong_year",
        what=Text("待遇累计不属于该年度", "the running position is not of the care's year"),
        where=f"{care.care_id}: {care.decided_on}, {position.year}",
        why=Text(
            "起付线、限额与累计负担都按年度计算",
            "deductibles, caps and burdens count by the year",
        ),
        remedy=Text("先转入新年度的累计", "open the position of the new year first"),
    )
