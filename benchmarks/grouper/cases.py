"""Cases for the benchmark: five diagnoses and one and a half procedures each on average, codes of the scheme."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.grouping.grouper import Grouper
from tongchou.simulation.county import load_county
from tongchou.simulation.profiles import load_profiles

MEAN_SECONDARY = 4.0
MEAN_PROCEDURES = 1.5
SEED = 20250101

Generator = np.random.Generator


def random_cases(grouper: Grouper, count: int) -> pa.RecordBatch:
    """Return random cases, the same for the same scheme and count."""
    random = np.random.default_rng(SEED)
    diagnoses, procedures = _codes(grouper)
    age = random.integers(0, 95, count)
    is_infant = age == 0
    return pa.RecordBatch.from_pydict(
        {
            "case_id": pa.array(np.arange(count)).cast(pa.string()),
            "sex": pa.array(["male", "female"]).take(pa.array(random.integers(0, 2, count))),
            "age_years": pa.array(age),
            "age_days": pa.array(random.integers(0, 365, count), mask=~is_infant),
            "birth_weight_g": pa.array(random.integers(500, 5000, count), mask=~is_infant),
            "diagnoses": _lists(random, diagnoses, 1 + random.poisson(MEAN_SECONDARY, count)),
            "procedures": _lists(random, procedures, random.poisson(MEAN_PROCEDURES, count)),
        }
    )


def _codes(grouper: Grouper) -> tuple[list[str], list[str]]:
    """Return the codes that the scheme writes out, or those of the demo county where it has prefixes only."""
    compiled = grouper.compiled
    if compiled.diagnoses.is_closed:
        return sorted(filter(None, compiled.diagnoses.codes)), sorted(filter(None, compiled.procedures.codes))
    profiles = load_profiles(load_county("county")).profiles
    diagnoses = {code for profile in profiles for code in (*profile.principal, *profile.secondary)}
    procedures = {code for profile in profiles for codes in profile.operations for code in codes.split("|") if code}
    return sorted(diagnoses), sorted(procedures)


def _lists(random: Generator, codes: list[str], lengths: npt.NDArray[np.int64]) -> pa.ListArray:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    drawn = pa.array(codes).take(pa.array(random.integers(0, len(codes), int(offsets[-1]))))
    return pa.ListArray.from_arrays(pa.array(offsets), drawn)
