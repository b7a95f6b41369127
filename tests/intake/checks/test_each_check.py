"""Each check fires, is silent just inside its bound, and says nothing of what it does not apply to."""

import pytest
from tests.intake.checks.cases import CASES_BY_CHECK, CHECKS, PARTS, seen
from tests.intake.checks.clean import BASES, one, reference

from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.running import Checker


def test_every_check_has_all_three_cases() -> None:
    assert set(CASES_BY_CHECK) == set(CHECKS)
    assert {check: set(parts) for check, parts in CASES_BY_CHECK.items()} == {c: set(PARTS) for c in CHECKS}


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_fires(check: str) -> None:
    found, applies = seen(check, "fires")
    assert applies
    assert found.height >= 1
    expected = CASES_BY_CHECK[check]["fires"].get("finds", {})
    assert expected, "what is found must be said"
    told = found.rename({"_seq": "seq"}).to_dicts()
    assert any(expected.items() <= row.items() for row in told), told


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_is_silent_just_inside_its_bound(check: str) -> None:
    found, applies = seen(check, "inside")
    assert applies
    assert found.is_empty(), found.to_dicts()


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_says_nothing_of_what_it_does_not_apply_to(check: str) -> None:
    found, applies = seen(check, "not_for")
    assert not applies
    assert found.is_empty(), found.to_dicts()


@pytest.mark.parametrize("base", BASES)
def test_a_clean_document_has_no_findings(base: str) -> None:
    with Checker(reference(), own_catalogue()) as checker:
        assert checker.check(one(base)).to_dicts() == []
