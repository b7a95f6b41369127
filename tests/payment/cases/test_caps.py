"""The cap on extremely costly cases."""

from datetime import date

import pyarrow as pa
from tests.worked import Worked, worked

from tongchou.core.money import ratio_to_e4
from tongchou.payment.cases.caps import over_cap


def cases(*rows: tuple[str, str, str, int]) -> pa.Table:
    """Rows of hospital, kind, case and cost over a reference of 1,000."""
    return pa.Table.from_pylist(
        [
            {
                "case_id": case,
                "institution_id": hospital,
                "discharged_on": date(2025, 1, 1 + number % 28),
                "case_kind": kind,
                "total_fen": cost,
                "excluded_fen": 0,
                "reference_fen": 1_000,
            }
            for number, (hospital, kind, case, cost) in enumerate(rows)
        ]
    )


@worked("payment/high_cap.yaml")
def test_so_many_costly_cases_are_paid_as_such_those_of_largest_excess(case: Worked) -> None:
    high, discharges = int(case.given["high"]), int(case.given["discharges"])
    rows = [
        ("H1", "high" if number < high else "normal", f"C{number:04}", 4_000 + number) for number in range(discharges)
    ]
    beyond = over_cap(cases(*rows), ratio_to_e4(case.given["cap"]))
    over = int(case.expect["paid_the_standard"])
    assert high - int(beyond.sum()) == int(case.expect["paid_as_high"])
    assert beyond.sum() == beyond[:over].sum() == over


def test_ties_go_to_the_earlier_discharge_and_then_to_the_case_s_number() -> None:
    rows = [("H1", "high", "B", 9_000), ("H1", "high", "A", 9_000), *[("H1", "normal", f"N{n}", 1) for n in range(18)]]
    assert over_cap(cases(*rows), 500).tolist()[:2] == [False, True]


def test_each_hospital_has_its_own_cap_and_none_of_few_discharges_is_allowed() -> None:
    rows = [("H1", "high", "A", 9_000), ("H2", "high", "B", 9_000), *[("H2", "normal", f"N{n}", 1) for n in range(19)]]
    assert over_cap(cases(*rows), 500).tolist()[:2] == [True, False]
