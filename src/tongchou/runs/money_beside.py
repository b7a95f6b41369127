"""Money due beside the price of cases in a year: service events, referrals, risk pools, funds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongchou.alliance.grants import GrantRound, grant_applications
from tongchou.alliance.risk_pool import RiskPool, settle_risk_pool
from tongchou.core.explanation import ParameterRead
from tongchou.payment.transfer import Transfer
from tongchou.policy import PolicyView
from tongchou.runs.alliance_records import fund_applications, risk_claims
from tongchou.runs.events import EventMoney, event_money
from tongchou.runs.frames import Facts
from tongchou.runs.referrals import ReferralMoney, referral_money
from tongchou.runs.region import Period, RegionPolicy
from tongchou.runs.year import Alliance, case_incomes
from tongchou.schema.states import GRANT_FUND
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class MoneyBeside:
    """What a year's institutions, pools and funds owe each other beside the price of cases.

    Attributes:
        events: Service events and heads, with the method that paid each.
        referrals: Splits, top-ups, and who loses by a referral.
        pools: Each alliance's risk pool, of the alliances that keep one.
        grants: Each fund's round, of the funds that the region keeps.
    """

    events: EventMoney
    referrals: ReferralMoney
    pools: tuple[RiskPool, ...]
    grants: tuple[GrantRound, ...]

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        """All that is due."""
        return (
            *(each.transfer for each in self.events.transfers),
            *self.referrals.transfers,
            *(transfer for pool in self.pools for transfer in pool.transfers),
            *(transfer for grant in self.grants for transfer in grant.transfers),
        )

    @property
    def reads(self) -> tuple[ParameterRead, ...]:
        """Every parameter that was read for what is due, each once."""
        rest = (
            *(transfer for pool in self.pools for transfer in pool.transfers),
            *(transfer for grant in self.grants for transfer in grant.transfers),
        )
        of_rest = (read for each in rest for step in each.explanation.walk() for read in step.parameters)
        return tuple(dict.fromkeys((*self.events.reads, *self.referrals.reads, *of_rest)))


def money_beside(
    facts: Facts,
    policy: RegionPolicy,
    period: Period,
    priced: Frame,
    alliances: Sequence[Alliance],
    views: Mapping[str, PolicyView],
    events: EventMoney | None = None,
) -> MoneyBeside:
    """Find what is due beside the price of a year's cases.

    An alliance keeps a risk pool where its policy gives the pool's opening balance, a region a fund where its policy
    gives the fund's budget and somebody has applied.

    Args:
        facts: The region's tables.
        policy: Its policy.
        period: The settled year.
        priced: Its priced cases.
        alliances: The year's alliances.
        views: Each alliance's policy on the last day of the year.
        events: What is due for service events and heads, where it is known already.
    """
    return MoneyBeside(
        events=events or event_money(facts, policy, period, priced),
        referrals=referral_money(facts, policy, period, priced),
        pools=tuple(
            settle_risk_pool(
                views[each.alliance_id],
                each.alliance_id,
                period.year,
                case_incomes(facts, each, priced),
                risk_claims(facts, each.alliance_id, period),
            )
            for each in alliances
            if views[each.alliance_id].has("alliance/risk_pool/opening_balance")
        ),
        grants=_grants(facts, policy.at(period.end), period),
    )


def _grants(facts: Facts, view: PolicyView, period: Period) -> tuple[GrantRound, ...]:
    applications = fund_applications(facts, period)
    if not applications or not view.has("alliance/grants/yearly_budget"):
        return ()
    asked = {each.fund for each in applications}
    return tuple(grant_applications(view, fund, f"{period}-12", applications) for fund in GRANT_FUND if fund in asked)
