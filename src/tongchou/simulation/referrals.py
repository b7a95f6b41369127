"""Referrals up and down, with the stays they link, and those that only say that treatment moved down."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.schema.tables import REFERRALS
from tongchou.simulation.chunk import Chunk, World
from tongchou.simulation.county import BANDS, PLACES
from tongchou.simulation.flow import WAYS, Course
from tongchou.simulation.identifiers import coded, dates, numbered, numbered_or_null
from tongchou.simulation.stay_tables import CASE_DIGITS, case_ids, person_ids
from tongchou.simulation.truths import truth_rows

Integers = npt.NDArray[np.int64]

_SEQUENCE = 10**7
_DIGITS = 12
_STATES = ("completed", "arrived", "rejected")
_DIRECTIONS = ("up", "down")
_LONGEST_WAIT = 5


def referrals(rng: np.random.Generator, chunk: Chunk, world: World) -> tuple[pa.Table, pa.Table]:
    """Return the table `referrals` and the truths about false down-referrals."""
    parts = [_at_discharge(rng, chunk), _from_outpatients(rng, chunk, world)]
    parts.append(_rejected(rng, chunk, world, sum(part["row"].size for part in parts)))
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    count = whole["row"].size
    ids = numbered("R", chunk.number * _SEQUENCE + np.arange(count), _DIGITS)
    first_case = chunk.first_case

    def case_or_null(rows: Integers) -> pa.Array:
        return numbered_or_null("C", np.where(rows >= 0, rows + first_case, -1), CASE_DIGITS)

    columns = {
        "referral_id": ids,
        "person_id": person_ids(chunk, chunk.of_stay[whole["row"]]),
        "direction": coded(_DIRECTIONS, whole["direction"]),
        "from_institution_id": coded(world.roster.ids, whole["from_institution"]),
        "to_institution_id": coded(world.roster.ids, whole["to_institution"]),
        "from_case_id": case_or_null(whole["from_row"]),
        "to_case_id": case_or_null(whole["to_row"]),
        "requested_on": dates(whole["requested"]),
        "accepted_on": dates(whole["accepted"], whole["accepted"] >= 0),
        "state": coded(_STATES, whole["state"]),
    }
    false = np.flatnonzero(chunk.flow.course[whole["row"]] == Course.FALSE_DOWN)
    false = false[whole["from_row"][false] == whole["row"][false]]
    false = false[whole["state"][false] != _STATES.index("rejected")]
    stays = whole["row"][false]
    goes_on = case_ids(chunk, chunk.flow.after[stays])
    truths = truth_rows("false_down_referral", chunk, world, stays, related=ids.take(false), note=goes_on)
    return pa.table(columns, schema=REFERRALS.arrow_schema), truths


def _at_discharge(rng: np.random.Generator, chunk: Chunk) -> dict[str, Integers]:
    """The referrals with which stays end; where a stay follows elsewhere it is accepted on its first day."""
    flow, stay = chunk.flow, chunk.dates
    row = np.flatnonzero(flow.referred_to >= 0)
    has_stay = np.isin(flow.course[row], (Course.UP, Course.DOWN))
    to_row = np.where(has_stay, flow.after[row], -1)
    later = stay.discharged[row] + rng.integers(0, 3, row.size)
    return {
        "row": row,
        "direction": np.where(flow.course[row] == Course.UP, 0, 1),
        "from_institution": flow.institution[row],
        "to_institution": flow.referred_to[row],
        "from_row": row,
        "to_row": to_row,
        "requested": stay.discharged[row],
        "accepted": np.where(has_stay, stay.admitted[to_row], later),
        "state": np.where(flow.course[row] == Course.DOWN_WITHOUT_STAY, 1, 0),
    }


def _from_outpatients(rng: np.random.Generator, chunk: Chunk, world: World) -> dict[str, Integers]:
    """Referrals by a township's outpatients that lead to a stay in a hospital."""
    flow, stay = chunk.flow, chunk.dates
    odds = np.zeros(len(PLACES))
    for place, share in world.county.care.referrals.up_from_outpatients.items():
        odds[PLACES.index(place)] = share
    fits = (flow.before < 0) & (flow.band >= BANDS.index("child"))
    row = np.flatnonzero(fits & (rng.random(flow.count) < odds[flow.place]))
    requested = stay.admitted[row] - rng.integers(0, _LONGEST_WAIT + 1, row.size)
    return {
        "row": row,
        "direction": np.zeros(row.size, dtype=np.int64),
        "from_institution": _home_townships(chunk, world, row),
        "to_institution": flow.institution[row],
        "from_row": np.full(row.size, -1),
        "to_row": row,
        "requested": requested,
        "accepted": stay.admitted[row],
        "state": np.zeros(row.size, dtype=np.int64),
    }


def _rejected(rng: np.random.Generator, chunk: Chunk, world: World, others: int) -> dict[str, Integers]:
    """Down-referrals of ordinary stays that the township did not take."""
    flow = chunk.flow
    is_upper = np.isin(flow.place, [PLACES.index(place) for place in ("lead", "city")])
    is_home = flow.way == WAYS.index("home")
    pool = np.flatnonzero(is_upper & is_home & (flow.course == Course.ORDINARY))
    wished = round(others * world.county.care.referrals.rejected_share)
    row = np.sort(rng.permutation(pool)[:wished])
    return {
        "row": row,
        "direction": np.ones(row.size, dtype=np.int64),
        "from_institution": flow.institution[row],
        "to_institution": _home_townships(chunk, world, row),
        "from_row": row,
        "to_row": np.full(row.size, -1),
        "requested": chunk.dates.discharged[row],
        "accepted": np.full(row.size, -1),
        "state": np.full(row.size, _STATES.index("rejected")),
    }


def _home_townships(chunk: Chunk, world: World, row: Integers) -> Integers:
    townships: Integers = world.roster.by_place["township"][0][chunk.people.home[chunk.of_stay[row]]]
    return townships
