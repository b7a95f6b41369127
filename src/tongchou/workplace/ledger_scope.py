"""Whose accounts somebody sees: those of the region, of alliances, of institutions, by the owner in their codes."""

from collections.abc import Collection, Mapping
from functools import cache

from tongchou.access.decision import decide
from tongchou.access.subject import REGION, Subject, Whose
from tongchou.ledger.accounts import account
from tongchou.records.users import alliances_of
from tongchou.workplace.place import Workplace

_OF_INSTITUTIONS = "{institution_id}"
_OF_ALLIANCES = "{alliance_id}"


def accounts_whose(place: Workplace, codes: Collection[str]) -> Mapping[str, Whose]:
    """Return whose each account is: an institution's, an alliance's, or the region's.

    Raises:
        TongchouError: `ledger.unknown_account`.
    """
    owners = {code: _owner(code) for code in codes}
    with place.records.reading() as session:
        alliances = alliances_of(session, {one for kind, one in owners.values() if kind == "institution"}, place.today)
    return {
        code: REGION
        if kind == "region"
        else Whose(alliance_ids=(one,))
        if kind == "alliance"
        else Whose((one,), tuple(filter(None, (alliances.get(one),))))
        for code, (kind, one) in owners.items()
    }


def seen_accounts(
    place: Workplace, subject: Subject, codes: Collection[str], action: str = "ledger.read"
) -> frozenset[str]:
    """Return the accounts that somebody sees; those of the region only where the rights are for the region."""
    return frozenset(
        code
        for code, whose in accounts_whose(place, codes).items()
        if decide(subject, action, whose, "cost").outcome == "allowed"
    )


@cache
def _owner(code: str) -> tuple[str, str]:
    known = account(code)
    owner = known.owner_of(code) or ""
    if known.code.endswith(_OF_INSTITUTIONS):
        return "institution", owner
    if known.code.endswith(_OF_ALLIANCES):
        return "alliance", owner
    return "region", owner
