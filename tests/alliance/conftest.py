"""Alliances for the tests of this room."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tongchou.alliance.facts import AllianceFacts, FundUse, Measure, MemberFacts

FactsOf = Callable[..., AllianceFacts]
MemberOf = Callable[..., MemberFacts]


@pytest.fixture(scope="session")
def member() -> MemberOf:
    """Return a function that makes a member whose measures are zero unless given."""

    def make(institution_id: str, role: str, **measures: int) -> MemberFacts:
        return MemberFacts(institution_id, role, {measure.value: 0 for measure in Measure} | measures)

    return make


@pytest.fixture(scope="session")
def facts(member: MemberOf) -> FactsOf:
    """Return a function that makes an alliance of three centres and two hospitals with some fund use."""
    members = (
        member("C1", "primary", primary_visits=41_333, contracted_heads=30_000, case_weight_e4=9_000_000),
        member("C2", "primary", primary_visits=28_779, contracted_heads=21_000, case_weight_e4=5_000_000),
        member("C3", "primary", primary_visits=9_888, contracted_heads=9_000, case_weight_e4=0),
        member("H1", "lead", down_referrals=300, recognised_exams=1_500, case_weight_e4=90_000_000),
        member("H2", "hospital", down_referrals=100, recognised_exams=500, case_weight_e4=30_000_000),
    )

    def make(inpatient_inside_fen: int = 0, **changes: Any) -> AllianceFacts:
        plain = AllianceFacts("A1", 100_000, FundUse(inpatient_inside_fen, 0, 0, 0), members)
        return replace(plain, **changes)

    return make
