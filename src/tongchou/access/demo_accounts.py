"""Accounts of the demonstration: one user for each role, never beside real ones."""

from dataclasses import dataclass
from datetime import datetime

from tongchou.access.passwords import check_password, hash_password, new_password
from tongchou.access.rules import SignInRules
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.database import Records
from tongchou.records.states import ROLE
from tongchou.records.users import Grant, add_user, users

PASSWORD_VARIABLE = "TONGCHOU_DEMO_PASSWORD"  # noqa: S105  # the name of a variable
"""The environment variable that holds the one password of all demo accounts, where one is wanted."""


@dataclass(frozen=True, slots=True)
class DemoPlaces:
    """The institutions of a region that demo users work in: the ids of an alliance, its lead, a hospital, a centre."""

    alliance_id: str
    lead_id: str
    hospital_id: str
    centre_id: str


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A demo user just made; the password is known here and nowhere else."""

    user_name: str
    role: str
    password: str


def make_demo_accounts(
    records: Records, rules: SignInRules, places: DemoPlaces, at: datetime, *, password: str | None = None
) -> tuple[DemoAccount, ...]:
    """Make a user `demo_ROLE` for each role that has none yet.

    Args:
        records: The record database of a demo region.
        rules: What passwords must be like.
        places: Where the users work.
        at: Now.
        password: The password of all of them; where None, each gets one of its own.

    Raises:
        TongchouError: `access.not_a_demo` if anybody else has an account: a demo is no door into a real region.
    """
    made: list[DemoAccount] = []
    with records.writing() as session:
        there = users(session)
        present = {user.user_name for user in there}
        real = sorted(present - {_name(role) for role in ROLE})
        if real:
            raise TongchouError(
                "access.not_a_demo",
                what=Text("这里已有正式账号，不能建演示账号", "there are real accounts here: no demo ones are made"),
                where=", ".join(real[:3]),
                why=Text("演示账号会成为正式数据的入口", "demo accounts would be a door to real data"),
                remedy=Text("在演示用的统筹区中建立", "make them in a demo region"),
            )
        for role in ROLE:
            english = f"Demo · {ROLE[role].en}"
            if _name(role) in present:
                next(user for user in there if user.user_name == _name(role)).english_name = english
                continue
            chosen = password or new_password()
            check_password(rules, chosen, _name(role))
            grants = [_grant(role, places)]
            title = f"演示·{ROLE[role].zh}"
            hashed = hash_password(rules, chosen)
            user = add_user(
                session, _name(role), title, grants, password_hash=hashed, by="demo", at=at, english_name=english
            )
            note(session, Event("", "demo", "users.add", object_kind="users", object_id=user.user_id), at)
            made.append(DemoAccount(user.user_name, role, chosen))
    return tuple(made)


def _name(role: str) -> str:
    return f"demo_{role}"


def _grant(role: str, places: DemoPlaces) -> Grant:
    match role:
        case "lead_hospital":
            return Grant(role, places.lead_id, places.alliance_id)
        case "hospital":
            return Grant(role, places.hospital_id)
        case "primary_centre":
            return Grant(role, places.centre_id)
        case _:
            return Grant(role)
