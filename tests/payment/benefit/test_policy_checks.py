"""Inverted ratios and the price signal: what is said about the policy itself."""

import pytest
from tests.payment.benefit.given import terms_with
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_e4, ratio_to_e4
from tongchou.payment.benefit import Inversion, expected_shift, inverted_ratios, read_benefit_terms


def in_one_line(found: Inversion) -> str:
    ratios = f"{format_e4(found.lower_e4)} {format_e4(found.higher_e4)}"
    return f"{found.kind} {found.disease or '-'} {found.lower} {found.higher} {ratios} {len(found.persons)}"


@worked("payment/benefit/inversions.yaml")
def test_inverted_ratios(case: Worked) -> None:
    assert [in_one_line(each) for each in inverted_ratios(read_benefit_terms(case.view))] == list(case.expect)


@worked("payment/benefit/signal.yaml")
def test_expected_shift_of_visits(case: Worked) -> None:
    found = expected_shift(case.view, *(ratio_to_e4(case.given[name]) for name in ("before", "after")))
    assert (found.change_e4, found.shift_e4) == tuple(ratio_to_e4(case.expect[name]) for name in ("change", "shift"))
    assert [read.name for read in found.explanation.parameters] == [
        "benefit/signal/elasticity",
        "benefit/signal/change_in",
    ]


def test_a_relative_change_of_a_ratio_of_zero_is_refused() -> None:
    view = view_with({"benefit/signal/elasticity": 0.5, "benefit/signal/change_in": "percent"})
    with pytest.raises(TongchouError, match=r"benefit\.no_ratio_before"):
        expected_shift(view, 0, 1_000)


def test_an_inversion_is_a_sentence_that_names_levels_ratios_and_people() -> None:
    ratios = {
        "resident": {"tertiary": 0.70, "secondary": 0.60, "primary": 0.80},
        "employee": {"default": 0.9},
    }
    (found,) = inverted_ratios(terms_with(inpatient__ratio=ratios))
    assert found.sentence.zh.startswith("住院：三级支付比例 0.7000 高于二级 0.6000（差 0.1000）")
    assert "城乡居民基本医疗保险（390）、已签约、首诊" in found.sentence.zh
    assert found.sentence.en.startswith("inpatient stay: tertiary pays 0.7000, more than secondary with 0.6000")
    assert "employee" not in found.sentence.en
