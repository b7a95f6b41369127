"""What a scenario says of the fund's risk: its money, the shocks that may come, how many draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from tongchou.core.explanation import Source
from tongchou.core.money import E4
from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor
from tongchou.scenarios.places import fen, ratio_e4, source, whole

InpatientPays = Literal["fixed_rate", "fixed_budget"]
"""Whether more stays cost the fund more (the rate holds), or lower the rate (the budget holds, as with points)."""

TARGETS = ("income", "inpatient", "outpatient", "other")
"""The amounts that a shock can change."""

FIGURES: Mapping[str, tuple[str, ...]] = {
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
    "triangular": ("least", "mode", "most"),
    "beta": ("alpha", "beta", "least", "most"),
    "discrete": (),
}
"""The figures of each distribution of a relative change; `discrete` has outcomes instead."""

DEFAULT_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Shock:
    """A relative change that may come: 0.05 is five per cent more.

    Attributes:
        name: Its name, e.g. `epidemic`.
        applies_to: The amounts that it changes, of `TARGETS`.
        distribution: Of `FIGURES`.
        figures_e4: The distribution's figures x 10,000.
        outcomes_e4: Of a discrete one: (change, probability), both x 10,000; the probabilities sum to 1.
        source: Where the figures come from.
    """

    name: str
    applies_to: tuple[str, ...]
    distribution: str
    figures_e4: Mapping[str, int]
    outcomes_e4: tuple[tuple[int, int], ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Correlation:
    """Two shocks that tend to come together: the rank correlation aimed at, x 10,000."""

    one: str
    other: str
    rank_e4: int


@dataclass(frozen=True, slots=True)
class FundMoney:
    """The fund's year besides what the run pays; fen.

    Attributes:
        income_fen: Its income of the year.
        balance_fen: What it held when the year began.
        other_fen: What it pays besides stays and outpatient care.
        source: Where the figures come from.
    """

    income_fen: int
    balance_fen: int
    other_fen: int
    source: Source


@dataclass(frozen=True, slots=True)
class RiskOrder:
    """What is to be drawn.

    Attributes:
        seed: Seed of the generator.
        draws: How many years are drawn.
        fund: The fund's money.
        inpatient_pays: Whether the rate or the budget holds for stays.
        shocks: The shocks, by name.
        correlations: Of pairs of them.
    """

    seed: int
    draws: int
    fund: FundMoney
    inpatient_pays: InpatientPays
    shocks: tuple[Shock, ...]
    correlations: tuple[Correlation, ...]


def read_risk_order(place: Cursor) -> RiskOrder | None:
    """Return the part `risk` of a scenario file; None where it has problems (noted at their places)."""
    places = place.mapping(("seed", "fund", "inpatient_pays", "shocks"), ("draws", "correlations"))
    if places is None:
        return None
    seed = whole(places["seed"], 0, 2**63 - 1)
    draws = whole(places["draws"], 1, 1_000_000) if "draws" in places else DEFAULT_DRAWS
    fund = _fund(places["fund"])
    pays = places["inpatient_pays"].one_of(("fixed_rate", "fixed_budget"))
    shocks = _shocks(places["shocks"])
    names = [shock.name for shock in shocks]
    correlations = _correlations(places["correlations"], names) if "correlations" in places else ()
    if seed is None or draws is None or fund is None or pays is None:
        return None
    return RiskOrder(seed, draws, fund, cast("InpatientPays", pays), shocks, correlations)


def _fund(place: Cursor) -> FundMoney | None:
    places = place.mapping(("income", "balance", "other_expenditure", "source"))
    if places is None:
        return None
    income, balance, other = (fen(places[name]) for name in ("income", "balance", "other_expenditure"))
    origin = source(places["source"])
    if income is None or balance is None or other is None or origin is None:
        return None
    return FundMoney(income, balance, other, origin)


def _shocks(place: Cursor) -> tuple[Shock, ...]:
    found: dict[str, Shock] = {}
    for item in place.items() or ():
        shock = _shock(item)
        if shock is None:
            continue
        if shock.name in found:
            _note_twice(item, shock.name)
        found[shock.name] = shock
    return tuple(found[name] for name in sorted(found))


def _shock(item: Cursor) -> Shock | None:
    entries = item.entries() or {}
    kind = entries["distribution"].one_of(tuple(FIGURES)) if "distribution" in entries else None
    if kind is None:
        item.mapping(("name", "applies_to", "distribution", "source"), tuple(entries))
        return None
    own = FIGURES[kind] or ("outcomes",)
    places = item.mapping(("name", "applies_to", "distribution", "source", *own))
    if places is None:
        return None
    name, origin = places["name"].words(), source(places["source"])
    targets = [each.one_of(TARGETS) for each in places["applies_to"].items() or ()]
    figures = {figure: ratio_e4(places[figure], *_RANGES[figure]) for figure in FIGURES[kind]}
    outcomes = _outcomes(places["outcomes"]) if kind == "discrete" else ()
    if name is None or origin is None or outcomes is None or None in targets or None in figures.values():
        return None
    exact = {figure: value for figure, value in figures.items() if value is not None}
    if not _ascend([exact[figure] for figure in ("least", "mode", "most") if figure in exact]):
        item.note(
            "scenarios.distribution",
            Text(f"冲击“{name}”的范围次序不对", f"the range of the shock '{name}' is out of order"),
            Text("least ≤ mode ≤ most", "least ≤ mode ≤ most"),
            Text("改正数值", "correct the figures"),
        )
        return None
    return Shock(name, tuple(target for target in targets if target), kind, exact, outcomes, origin)


_RANGES: Mapping[str, tuple[int, int]] = {
    "mean": (-E4 + 1, 10 * E4),
    "sd": (0, 10 * E4),
    "least": (-E4, 10 * E4),
    "mode": (-E4, 10 * E4),
    "most": (-E4, 10 * E4),
    "alpha": (1, 1_000 * E4),
    "beta": (1, 1_000 * E4),
}


def _ascend(values: list[int]) -> bool:
    return values == sorted(values)


def _outcomes(place: Cursor) -> tuple[tuple[int, int], ...] | None:
    outcomes = []
    for item in place.items() or ():
        places = item.mapping(("value", "probability"))
        if places is None:
            return None
        value, probability = ratio_e4(places["value"], -E4, 10 * E4), ratio_e4(places["probability"], 0, E4)
        if value is None or probability is None:
            return None
        outcomes.append((value, probability))
    if sum(probability for _, probability in outcomes) != E4:
        place.note(
            "scenarios.distribution",
            Text("各结果的概率之和不等于 1", "the probabilities of the outcomes do not sum to 1"),
            Text("必有一种结果发生", "one of the outcomes comes about"),
            Text("改正概率", "correct the probabilities"),
        )
        return None
    return tuple(outcomes)


def _correlations(place: Cursor, names: list[str]) -> tuple[Correlation, ...]:
    found = []
    for item in place.items() or ():
        places = item.mapping(("between", "rank"))
        if places is None:
            continue
        pair = [each.one_of(names) for each in places["between"].items() or ()]
        rank = ratio_e4(places["rank"], -E4 + 1, E4 - 1)
        if len(pair) != 2 or pair[0] == pair[1]:
            places["between"].note(
                "scenarios.correlation",
                Text("相关须写两个不同的冲击", "a correlation is between two different shocks"),
                Text("一项相关只涉及一对冲击", "each entry is about one pair"),
                Text("写成 between: [名称一, 名称二]", "write between: [one, other]"),
            )
        elif pair[0] and pair[1] and rank is not None:
            found.append(Correlation(pair[0], pair[1], rank))
    return tuple(found)


def _note_twice(item: Cursor, name: str) -> None:
    item.note(
        "scenarios.shock_twice",
        Text(f"冲击“{name}”出现两次", f"the shock '{name}' stands twice"),
        Text("名称用于相关与贡献，须唯一", "correlations and contributions go by the name"),
        Text("改名或合并", "rename or merge them"),
    )
