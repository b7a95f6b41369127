"""Diagnoses and operations of stays, and how severe they make them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.simulation.county import BANDS, County
from tongchou.simulation.flow import Course, Flow
from tongchou.simulation.planted import Planted
from tongchou.simulation.profiles import ProfileSet, cumulative

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CodeBook:
    """Every diagnosis and operation that can occur.

    Attributes:
        diagnoses: Diagnosis codes; columns below refer to them by index.
        is_major: Whether a secondary diagnosis makes a stay much dearer; `is_minor`: somewhat dearer.
        chronic_bits: The chronic diseases that a diagnosis shows, one bit each.
        category: Number of the three-character category of each diagnosis.
        operations: Operation lists, principal first; the empty one is the first.
    """

    diagnoses: tuple[str, ...]
    is_major: Flags
    is_minor: Flags
    chronic_bits: Integers
    category: Integers
    operations: tuple[tuple[str, ...], ...]
    principal: tuple[tuple[Integers, npt.NDArray[np.float64]], ...]
    secondary: tuple[tuple[Integers, npt.NDArray[np.float64]], ...]
    operation: tuple[tuple[Integers, npt.NDArray[np.float64]], ...]
    over_coded: Integers


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a chunk's stays.

    Attributes:
        principal: Principal diagnosis of each stay (index).
        row, seq, code: One element a diagnosis, by stay and order; seq 1 is the principal one.
        added_row, added_code: The codes that were added without a disease, by stay.
        operation: Operation list of each stay (index).
        has_major, has_minor: Severity of each stay before anything was added.
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


def build_code_book(county: County, profiles: ProfileSet) -> CodeBook:
    """Gather the codes of all profiles and of the planted over-coding."""
    diagnoses: dict[str, int] = {}
    operations: dict[tuple[str, ...], int] = {(): 0}

    def diagnosis(code: str) -> int:
        return diagnoses.setdefault(code, len(diagnoses))

    def operation(codes: str) -> int:
        return operations.setdefault(tuple(codes.split("|")) if codes else (), len(operations))

    principal, secondary, operation_choices = [], [], []
    for profile in profiles.profiles:
        weights = np.array(list(profile.principal.values()))
        principal.append((np.array([diagnosis(code) for code in profile.principal]), cumulative(weights)))
        chances = np.array(list(profile.secondary.values()), dtype=np.float64)
        indices = np.array([diagnosis(code) for code in profile.secondary], dtype=np.int64)
        secondary.append((indices, chances))
        weights = np.array(list(profile.operations.values()))
        operation_choices.append((np.array([operation(codes) for codes in profile.operations]), cumulative(weights)))
    over_coded = np.array([diagnosis(code) for code in county.truths.over_coding.codes])
    codes = tuple(diagnoses)
    categories = {category: number for number, category in enumerate(dict.fromkeys(code[:3] for code in codes))}
    severity = county.care.severity
    bits = [
        sum(
            1 << number
            for number, disease in enumerate(county.population.chronic_diseases.values())
            if code.startswith(disease.code_prefixes)
        )
        for code in codes
    ]
    return CodeBook(
        diagnoses=codes,
        is_major=np.array([code.startswith(severity.major) for code in codes]),
        is_minor=np.array([code.startswith(severity.minor) for code in codes]),
        chronic_bits=np.array(bits),
        category=np.array([categories[code[:3]] for code in codes]),
        operations=tuple(operations),
        principal=tuple(principal),
        secondary=tuple(secondary),
        operation=tuple(operation_choices),
        over_coded=over_coded,
    )


def draw_codes(rng: np.random.Generator, flow: Flow, book: CodeBook, county: County, planted: Planted) -> Codes:
    """Draw the codes of every stay.

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
    row, code = row[kept], code[kept]
    order = np.lexsort((rng.random(row.size), row))
    row, code = row[order], code[order]
    added_row, added_code = _added(rng, flow, book, county, planted, principal, row, code)
    all_rows = np.concatenate([np.arange(flow.count), row, added_row])
    all_codes = np.concatenate([principal, code, added_code])
    order = np.argsort(all_rows, kind="stable")
    all_rows = all_rows[order]
    starts = np.searchsorted(all_rows, np.arange(flow.count))
    return Codes(
        principal=principal,
        row=all_rows,
        seq=np.arange(all_rows.size) - starts[all_rows] + 1,
        code=all_codes[order],
        added_row=added_row,
        added_code=added_code,
        operation=operation,
        has_major=_any(row[book.is_major[code]], flow.count),
        has_minor=_any(row[book.is_minor[code]], flow.count),
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
