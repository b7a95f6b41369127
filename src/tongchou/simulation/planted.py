"""Which institutions the truths are planted in."""

from dataclasses import dataclass

import numpy as np

from tongchou.simulation.roster import Roster


@dataclass(frozen=True, slots=True)
class Planted:
    """Institutions by their index in the roster."""

    over_coder: int
    splitter: int
    false_down_referrer: int
    low_standard_township: int


def choose_planted(roster: Roster, rng: np.random.Generator) -> Planted:
    """Return one institution for each kind; the over-coder and the splitter are two different hospitals.

    False down-referrals come from the lead hospital or the city, where patients can be referred down from.
    """
    hospitals = np.concatenate([roster.by_place[place][0] for place in ("lead", "tcm", "city")])
    over_coder, splitter = rng.choice(hospitals, 2, replace=False)
    upper = np.concatenate([roster.by_place[place][0] for place in ("lead", "city")])
    return Planted(
        int(over_coder),
        int(splitter),
        int(rng.choice(upper)),
        int(rng.choice(roster.by_place["township"][0])),
    )
