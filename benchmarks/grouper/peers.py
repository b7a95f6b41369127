"""Other groupers, on the same machine in the same run: `msdrg` and `drgpy` from PyPI, and our naive second one.

The two peers group by the American scheme (MS-DRG), which asks for as much; their cases are as long as ours.
"""

import random
from pathlib import Path

from benchmarks.grouper.cases import MEAN_PROCEDURES, MEAN_SECONDARY, SEED, random_cases
from benchmarks.grouper.figures import Figure, best_of
from tongchou.grouping.grouper import Grouper

PEER_CASES = 5_000
NAIVE_CASES = 20_000
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

# Codes of ICD-10-CM and ICD-10-PCS that occur in every American hospital.
_DIAGNOSES = (
    "I5020 I5033 I214 I2510 I480 I10 I639 J189 J441 J9601 K3580 K5732 K8000 K922 N179 N390 E1165 E119 E785 D649 A419 "
    "R6521 S72001A S06330A M1711 M4806 C3490 C189 Z5111 G4733 F329 L03115 O80 Z370 P0739 T814XXA"
).split()
_PROCEDURES = (
    "0DTJ4ZZ 0SRC0J9 0SR9019 02703DZ 5A1955Z 0BH17EZ 0FT44ZZ 0DB80ZZ 30233N1 3E0G76Z 10E0XZZ 0W9G3ZZ 027034Z 0JH604Z"
).split()


def american(scheme: str, count: int) -> list[Figure]:
    """Group American cases by the peers that are installed."""
    cases = _american_cases(min(count, PEER_CASES))
    return [_msdrg(cases), _drgpy(cases)]


def naive(scheme: str, count: int) -> list[Figure]:
    """Group our cases row by row with the naive second implementation of the tests."""
    name = "naive (tests/grouping/naive)"
    if scheme != "chs-drg-1.1" or not (SHARED / "chs-drg").is_dir():
        return [Figure(name, 0, 0.0, "needs the tables of CHS-DRG 1.1")]
    from tests.grouping.naive.tables import NaiveTables

    tables = NaiveTables(SHARED / "chs-drg" / "chs-drg-1.1", SHARED / "codes")
    cases = random_cases(Grouper.find(scheme), min(count, NAIVE_CASES)).to_pylist()
    seconds = best_of(lambda: [tables.group(case) for case in cases], 2)
    return [Figure(name, len(cases), seconds)]


def _american_cases(count: int) -> list[tuple[list[str], list[str]]]:
    chance = random.Random(SEED)
    return [
        (
            chance.choices(_DIAGNOSES, k=1 + round(chance.uniform(0, 2 * MEAN_SECONDARY))),
            chance.choices(_PROCEDURES, k=round(chance.uniform(0, 2 * MEAN_PROCEDURES))),
        )
        for _ in range(count)
    ]


def _msdrg(cases: list[tuple[list[str], list[str]]]) -> Figure:
    try:
        import msdrg
    except ImportError:
        return Figure("msdrg", 0, 0.0, "not installed: pip install 'tongchou[bench]'")
    claims = [
        {
            "version": 431,
            "age": 65,
            "sex": 0,
            "discharge_status": 1,
            "pdx": {"code": diagnoses[0]},
            "sdx": [{"code": code} for code in diagnoses[1:]],
            "procedures": [{"code": code} for code in procedures],
        }
        for diagnoses, procedures in cases
    ]
    with msdrg.MsdrgGrouper() as grouper:
        seconds = best_of(lambda: [grouper.group(claim) for claim in claims], 2)
    return Figure("msdrg (Zig)", len(claims), seconds)


def _drgpy(cases: list[tuple[list[str], list[str]]]) -> Figure:
    try:
        from drgpy.msdrg import DRGEngine
    except ImportError:
        return Figure("drgpy", 0, 0.0, "not installed: pip install 'tongchou[bench]'")
    engine = DRGEngine()
    seconds = best_of(lambda: [engine.get_drg(*case) for case in cases], 2)
    return Figure("drgpy (Python)", len(cases), seconds)
