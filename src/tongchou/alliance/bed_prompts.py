"""Prompts about beds: push patients where beds are full, offer beds where they stand empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, round_half_up
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.policy import PolicyView
from tongchou.schema.states import INSTITUTION_LEVEL

BedPromptKind = Literal["push", "vacancy"]
KINDS: tuple[BedPromptKind, ...] = ("push", "vacancy")


@dataclass(frozen=True, slots=True)
class BedCensus:
    """The beds of one type at one institution.

    Attributes:
        institution_id: The institution.
        level: Its level: `tertiary`, `secondary`, `primary`.
        bed_type: The type of beds, e.g. `acute`, `rehabilitation`.
        beds: How many there are.
        occupied: How many are taken; added beds may make it more than `beds`.
    """

    institution_id: str
    level: str
    bed_type: str
    beds: int
    occupied: int


@dataclass(frozen=True, slots=True)
class BedPrompt:
    """A prompt to move patients.

    Attributes:
        kind: `push` where beds are full, `vacancy` where they stand empty.
        institution_id: Whose beds call for it.
        from_level: The level that patients leave.
        to_level: The level that takes them.
        bed_type: The type of beds looked at; `all` for every type together.
        share_e4: Beds in use (push) or empty (vacancy) over all beds x 10,000, rounded half up.
        step: The explanation.
    """

    kind: BedPromptKind
    institution_id: str
    from_level: str
    to_level: str
    bed_type: str
    share_e4: int
    step: Step


def bed_prompts(view: PolicyView, census: Sequence[BedCensus]) -> tuple[BedPrompt, ...]:
    """Return the prompts that a census calls for, pushes first, by institution.

    For each kind `alliance/bed_prompts/…` says from which level to which patients go, which type of beds is looked at,
    the threshold and its operator. A push looks at the use of beds at the from-level, a vacancy at the empty beds of
    the to-level. The share is compared exactly; an institution without such beds is left out.
    """
    return tuple(prompt for kind in KINDS for prompt in _prompts(view, kind, census))


def _prompts(view: PolicyView, kind: BedPromptKind, census: Sequence[BedCensus]) -> list[BedPrompt]:
    with view.recording() as reads:
        from_level = view.text("alliance/bed_prompts/from_level", bed_prompt=kind)
        to_level = view.text("alliance/bed_prompts/to_level", bed_prompt=kind)
        bed_type = view.text("alliance/bed_prompts/bed_type", bed_prompt=kind)
        threshold = Fraction(view.e4("alliance/bed_prompts/threshold", bed_prompt=kind), E4)
        operator = view.text("alliance/bed_prompts/operator", bed_prompt=kind)
    watched = from_level if kind == "push" else to_level
    beds: dict[str, int] = {}
    occupied: dict[str, int] = {}
    for row in census:
        if row.level == watched and bed_type in ("all", row.bed_type):
            beds[row.institution_id] = beds.get(row.institution_id, 0) + row.beds
            occupied[row.institution_id] = occupied.get(row.institution_id, 0) + row.occupied
    prompts = []
    for institution_id in sorted(beds):
        if not beds[institution_id]:
            continue
        use = Fraction(occupied[institution_id], beds[institution_id])
        share = use if kind == "push" else 1 - use
        if not holds(operator, share, threshold):
            continue
        share_e4 = round_half_up(share * E4)
        moved = Text(
            f"{INSTITUTION_LEVEL[from_level].zh} → {INSTITUTION_LEVEL[to_level].zh}", f"{from_level} → {to_level}"
        )
        step = Step(
            f"alliance.bed_prompts.{kind}",
            _TITLES[kind],
            moved,
            facts=(
                Fact(Text("机构", "institution"), institution_id),
                Fact(Text("床位类型", "type of beds"), bed_type),
                Fact(Text("床位数", "beds"), str(beds[institution_id])),
                Fact(Text("占用床位", "beds in use"), str(occupied[institution_id])),
                Fact(_SHARES[kind], format_e4(share_e4)),
            ),
            parameters=tuple(reads),
        )
        prompts.append(BedPrompt(kind, institution_id, from_level, to_level, bed_type, share_e4, step))
    return prompts


_TITLES: dict[BedPromptKind, Text] = {
    "push": Text("床位紧张，建议转出患者", "Beds are full: push patients"),
    "vacancy": Text("床位空闲，提示可接收患者", "Beds are empty: offer them"),
}
_SHARES: dict[BedPromptKind, Text] = {"push": Text("使用率", "use"), "vacancy": Text("空床率", "vacancy")}
