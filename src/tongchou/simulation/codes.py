"""Diagnoses and operations of stays, and how severe they make them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.simulation.codebook import CodeBook
from tongchou.simulation.county import BANDS, County
from tongchou.simulation.flow import Course, Flow
from tongchou.simulation.planted import Planted

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OwnCodes:
    """What the reason for a chunk's stays brings: one principal diagnosis and operation list a stay (index).

    Attributes:
        row, code: One element a secondary diagnosis.
    """

    principal: Integers
    operation: Integers
    row: Integers
    code: Integers

    def all_diagnoses(self) -> tuple[Integers, Integers]:
        """Return stay and code of every diagnosis, the principal ones first."""
        rows = np.concatenate([np.arange(self.principal.size), self.row])
        return rows, np.concatenate([self.principal, self.code])


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a chunk's stays.

    Attributes:
        principal: Principal diagnosis of each stay (index).
        row, seq, code: One element a diagnosis, by stay and order; seq 1 is the principal one.
        added_row, added_code: The codes that were added without a disease, by stay.
        operation: Operation list of each stay (index).
        has_major, has_minor: Whether a stay had an effective MCC or CC before anything was added.
    """

    principal: Integers
    row: Integers
    seq: Integers
    code: Integers
    added_row: Integers
    added_code: Integers
    operation: Integers
    has_major: Flags
    has_minor: Flags


def draw_own_codes(rng: np.random.Generator, flow: Flow, book: CodeBook) -> OwnCodes:
    """Draw the codes that every stay has from its profile.

    A stay that follows another has its principal diagnosis. Of two stays that belong together only one has the
    operation: the upper one of a referral up, else the first.
    """
    principal = np.empty(flow.count, dtype=np.int64)
    operation = np.zeros(flow.count, dtype=np.int64)
    rows: list[Integers] = []
    found: list[Integers] = []
    by_profile = np.argsort(flow.profile, kind="stable")
    bounds = np.searchsorted(flow.profile[by_profile], np.arange(len(book.principal) + 1))
    for number in range(len(book.principal)):
        members = by_profile[bounds[number] : bounds[number + 1]]
        if not members.size:
            continue
        codes, sums = book.principal[number]
        principal[members] = codes[np.searchsorted(sums, rng.random(members.size), "right")]
        lists, sums = book.operation[number]
        operation[members] = lists[np.searchsorted(sums, rng.random(members.size), "right")]
        codes, chances = book.secondary[number]
        at, which = np.nonzero(rng.random((members.size, codes.size)) < chances)
        rows.append(members[at])
        found.append(codes[which])
    follows = flow.before >= 0
    principal[follows] = principal[flow.before[follows]]
    is_up = flow.course == Course.UP
    two_stays = follows | (flow.after >= 0)
    operation[(two_stays & (is_up != follows)) | (flow.course == Course.LOW_STANDARD)] = 0
    row, code = np.concatenate(rows), np.concatenate(found)
    kept = (flow.course[row] != Course.LOW_STANDARD) & (book.category[code] != book.category[principal[row]])
    kept &= book.fits[flow.cell[row], code]
    return OwnCodes(principal, operation, row[kept], code[kept])


def complete_codes(
    rng: np.random.Generator,
    flow: Flow,
    own: OwnCodes,
    besides: tuple[Integers, Integers],
    book: CodeBook,
    county: County,
    planted: Planted,
) -> Codes:
    """Put the profiles' codes and the comorbidities (stay, code) in order and let the over-coder add its own."""
    row = np.concatenate([own.row, besides[0]])
    code = np.concatenate([own.code, besides[1]])
    order = np.lexsort((rng.random(row.size), row))
    row, code = row[order], code[order]
    is_major, is_minor = book.severity.effective(own.principal[row], code)
    added_row, added_code = _added(rng, flow, book, county, planted, own.principal, row, code)
    all_rows = np.concatenate([np.arange(flow.count), row, added_row])
    all_codes = np.concatenate([own.principal, code, added_code])
    order = np.argsort(all_rows, kind="stable")
    all_rows = all_rows[order]
    starts = np.searchsorted(all_rows, np.arange(flow.count))
    return Codes(
        principal=own.principal,
        row=all_rows,
        seq=np.arange(all_rows.size) - starts[all_rows] + 1,
        code=all_codes[order],
        added_row=added_row,
        added_code=added_code,
        operation=own.operation,
        has_major=_any(row[is_major], flow.count),
        has_minor=_any(row[is_minor], flow.count),
    )


def _added(
    rng: np.random.Generator,
    flow: Flow,
    book: CodeBook,
    county: County,
    planted: Planted,
    principal: Integers,
    row: Integers,
    code: Integers,
) -> tuple[Integers, Integers]:
    """Return one or two severe codes that the over-coding hospital adds to a share of its stays."""
    share = county.truths.over_coding.share_of_cases
    fits = (flow.institution == planted.over_coder) & (flow.band >= BANDS.index("adult"))
    chosen = np.flatnonzero(fits & (rng.random(flow.count) < share))
    rows = np.concatenate([chosen, chosen[rng.random(chosen.size) < 0.4]])
    codes = book.over_coded[rng.integers(book.over_coded.size, size=rows.size)]
    width = len(book.diagnoses)
    pairs = np.unique(rows * width + codes)
    pairs = pairs[~np.isin(pairs, row * width + code)]
    rows, codes = np.divmod(pairs, width)
    differs = book.category[codes] != book.category[principal[rows]]
    return rows[differs], codes[differs]


def _any(rows: Integers, count: int) -> Flags:
    flags = np.zeros(count, dtype=np.bool_)
    flags[rows] = True
    return flags
