"""A settled year for the tests of the ledger."""

from collections.abc import Callable, Mapping

import pytest

from tongchou.alliance.settlement import AllianceSettlement
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.payment.clearing import Clearing, InstitutionYear, clear_year
from tongchou.policy import PolicyView

ClearOf = Callable[..., Clearing]


@pytest.fixture(scope="session")
def cleared(settlement_view: Callable[..., PolicyView]) -> ClearOf:
    """Return a function that clears an institution's 2025; H001 keeps its deposit, H002 loses 5% of it."""
    view = settlement_view()

    def clear(institution_id: str, due: Mapping[str, int], outpatient: Mapping[str, int], share: int) -> Clearing:
        return clear_year(view, InstitutionYear(institution_id, 2025, due, outpatient, share))

    return clear


@pytest.fixture(scope="session")
def settled() -> Callable[[Mapping[str, int], int], AllianceSettlement]:
    """Return a function that makes an alliance's settlement from the members' and the reserve's shares."""

    def make(members_fen: Mapping[str, int], reserve_fen: int) -> AllianceSettlement:
        total = sum(members_fen.values()) + reserve_fen
        return AllianceSettlement(
            alliance_id="A1",
            base_fen=10**12,
            comparison_fen=10**12,
            actual_fen=10**12 - total,
            surplus_fen=total,
            rate_e4=0,
            slices=(),
            alliance_fen=total,
            fund_fen=0,
            members_fen=members_fen,
            reserve_fen=reserve_fen,
            explanation=Step("test", Text.plain("-"), Text.plain("-")),
        )

    return make
