"""Users and their roles, and which alliance an institution belongs to."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.keepable import keepable
from tongchou.records.models import InstitutionScope, User, UserRole
from tongchou.records.states import ROLE

_OF_MEMBERS = {"lead_hospital", "hospital", "primary_centre"}
_NAME = re.compile(r"[\w.@-]{2,64}")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, for an institution, an alliance, or, where both are empty, the region."""

    role: str
    institution_id: str = ""
    alliance_id: str = ""


def user_name_of(words: str) -> str:
    """Return a user name as it is kept, whatever capitals it was typed with."""
    return keepable(unicodedata.normalize("NFKC", words).strip().casefold())


def add_user(
    session: Session,
    user_name: str,
    display_name: str,
    grants: Iterable[Grant],
    *,
    password_hash: str,
    by: str,
    at: datetime,
    english_name: str | None = None,
) -> User:
    """Add a user; `english_name` is what English pages call him, where that is another name.

    Raises:
        TongchouError: `records.user_name` if the name is not one; `records.user_exists`; `records.role_scope`.
    """
    name = user_name_of(user_name)
    if not _NAME.fullmatch(name):
        raise TongchouError(
            "records.user_name",
            what=Text("用户名不合规则", "this cannot be a user name"),
            where=user_name,
            why=Text("用户名为 2–64 个字母、数字、. _ - @", "it has 2 to 64 letters, digits, dots, dashes, _ or @"),
            remedy=Text("换一个用户名", "choose another one"),
        )
    if find_user(session, name) is not None:
        raise TongchouError(
            "records.user_exists",
            what=Text("用户名已有人使用", "somebody has this user name"),
            where=name,
            why=Text("用户名不能重复", "a user name is one person's"),
            remedy=Text("换一个用户名", "choose another one"),
        )
    user = User(
        user_name=name,
        display_name=display_name,
        english_name=english_name or None,
        password_hash=password_hash,
        created_at=at,
    )
    user.roles = [_role(grant, by, at) for grant in dict.fromkeys(grants)]
    session.add(user)
    session.flush()
    return user


def set_grants(session: Session, user: User, grants: Iterable[Grant], by: str, at: datetime) -> None:
    """Give a user exactly these roles; what is the same keeps who gave it, and when."""
    wanted = dict.fromkeys(grants)
    kept = [role for role in user.roles if grant_of(role) in wanted]
    present = {grant_of(role) for role in kept}
    user.roles = [*kept, *(_role(grant, by, at) for grant in wanted if grant not in present)]
    session.flush()


def grant_of(role: UserRole) -> Grant:
    """Return a row of `user_roles` as what it grants."""
    return Grant(role.role, role.institution_id, role.alliance_id)


def find_user(session: Session, user_name: str) -> User | None:
    """Return the user of a name; None where there is none."""
    return session.scalars(select(User).where(User.user_name == user_name_of(user_name))).one_or_none()


def the_user(session: Session, user_name: str) -> User:
    """Return the user of a name.

    Raises:
        TongchouError: `records.no_user`.
    """
    user = find_user(session, user_name)
    if user is None:
        raise TongchouError(
            "records.no_user",
            what=Text("没有这个用户", "there is no such user"),
            where=user_name,
            why=Text("用户名不存在", "nobody has this user name"),
            remedy=Text("用 tongchou users list 查看", "see tongchou users list"),
        )
    return user


def users(session: Session) -> list[User]:
    """Return every user, by name."""
    return list(session.scalars(select(User).order_by(User.user_name)))


def users_in_role(session: Session, role: str) -> list[User]:
    """Return the active users in a role, by name: whom a notice goes to."""
    query = select(User).join(UserRole).where(UserRole.role == role, User.state == "active").distinct()
    return list(session.scalars(query.order_by(User.user_name)))


def users_of(session: Session, institution_ids: Iterable[str]) -> list[User]:
    """Return the active users who work at some institutions, by name: whom a notice to them goes to."""
    there = UserRole.institution_id.in_(list(institution_ids))
    query = select(User).join(UserRole).where(there, User.state == "active")
    return list(session.scalars(query.distinct().order_by(User.user_name)))


def names_of(session: Session, user_ids: Iterable[str]) -> dict[str, Text]:
    """Return what people call users, by id."""
    query = select(User.user_id, User.display_name, User.english_name).where(User.user_id.in_(set(user_ids)))
    return {row.user_id: Text(row.display_name, row.english_name or row.display_name) for row in session.execute(query)}


def alliances_of(session: Session, institution_ids: Iterable[str], on: date) -> dict[str, str]:
    """Return the alliance of each institution on a day; those in none are left out."""
    query = select(InstitutionScope.institution_id, InstitutionScope.alliance_id).where(
        InstitutionScope.institution_id.in_(list(institution_ids)),
        InstitutionScope.alliance_id != "",
        InstitutionScope.valid_from <= on,
        or_(InstitutionScope.valid_until.is_(None), InstitutionScope.valid_until >= on),
    )
    return {row.institution_id: row.alliance_id for row in session.execute(query)}


def put_institutions(session: Session, scopes: Iterable[InstitutionScope]) -> None:
    """Keep the region's institutions and their alliances, by institution and first day."""
    for scope in scopes:
        session.merge(scope)
    session.flush()


def hold_institution(session: Session, institution_id: str) -> None:
    """Let others who hold the institution wait until this transaction ends: what is counted in it stays so.

    SQLite lets one writer in at a time anyhow.
    """
    rows = select(InstitutionScope.valid_from).where(InstitutionScope.institution_id == institution_id)
    session.execute(rows.order_by(InstitutionScope.valid_from).with_for_update()).all()


def institutions(session: Session, on: date) -> list[InstitutionScope]:
    """Return the institutions of a day, by id."""
    query = select(InstitutionScope).where(
        InstitutionScope.valid_from <= on,
        or_(InstitutionScope.valid_until.is_(None), InstitutionScope.valid_until >= on),
    )
    return list(session.scalars(query.order_by(InstitutionScope.institution_id)))


def _role(grant: Grant, by: str, at: datetime) -> UserRole:
    needs_alliance = grant.role == "lead_hospital" and not grant.alliance_id
    needs_institution = grant.role in {"hospital", "primary_centre"} and not grant.institution_id
    # A role for the region that names an institution would be read as less than it is.
    names_needlessly = grant.role not in _OF_MEMBERS and bool(grant.institution_id or grant.alliance_id)
    if grant.role not in ROLE or needs_alliance or needs_institution or names_needlessly:
        raise TongchouError(
            "records.role_scope",
            what=Text("角色或其范围不完整", "the role, or what it is for, is not complete"),
            where=grant.role,
            why=Text(
                "牵头医院须写明医联体，医院和基层机构须写明机构，其余角色为全区",
                "a lead hospital's is for an alliance, a hospital's for an institution, others for the region",
            ),
            remedy=Text(f"角色为 {'、'.join(ROLE)} 之一", f"the role is one of {', '.join(ROLE)}"),
        )
    return UserRole(
        role=grant.role,
        institution_id=grant.institution_id,
        alliance_id=grant.alliance_id,
        granted_by=by,
        granted_at=at,
    )
