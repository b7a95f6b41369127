"""Administration of users: made, given roles, disabled, unlocked, their passwords set anew; nobody's own account."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tongchou.access.admission import note_deed
from tongchou.access.passwords import hash_password, new_password
from tongchou.access.sign_in import disable, set_password, unlock
from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records import users
from tongchou.records.database import changed_meanwhile
from tongchou.records.held import held
from tongchou.records.models import InstitutionScope, User
from tongchou.records.users import Grant
from tongchou.workplace.place import Workplace, no_such

KIND = "users"


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user with a password that is shown this once; empty where the user signs in by OIDC only."""

    user: User
    password: str


def list_users(place: Workplace, subject: Subject) -> list[User]:
    """Return every user, by name.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "users.read", "account")
    with place.records.reading() as session:
        return users.users(session)


def one_user(place: Workplace, subject: Subject, user_id: str) -> User:
    """Return a user.

    Raises:
        TongchouError: `access.refused`; `records.not_found`.
    """
    place.admit(subject, "users.read", "account", where=user_id)
    with place.records.reading() as session:
        return held(session, User, user_id)


def make_user(
    place: Workplace,
    subject: Subject,
    user_name: str,
    display_name: str,
    grants: Sequence[Grant],
    *,
    signs_in: str = "local",
    english_name: str = "",
) -> NewUser:
    """Make a user.

    Args:
        place: The place.
        subject: Who does it.
        user_name: The name to sign in with.
        display_name: What people call the user.
        grants: The roles.
        signs_in: `local`: with a new password; `oidc`: by the provider only.
        english_name: What English pages call the user; empty where that is the same.

    Raises:
        TongchouError: `access.refused`; `records.user_name`; `records.user_exists`; `records.role_scope`;
            `workplace.no_institution`; `workplace.no_alliance`.
    """
    place.admit(subject, "users.manage", "account", where=user_name[:64])
    _require_known(place, grants)
    password = new_password() if signs_in == "local" else ""
    hashed = hash_password(place.rules, password) if password else ""
    by = subject.user_name
    with place.records.writing() as session:
        user = users.add_user(
            session,
            user_name,
            display_name.strip() or user_name,
            grants,
            password_hash=hashed,
            by=by,
            at=place.now(),
            english_name=english_name.strip(),
        )
        note_deed(session, subject, "users.add", KIND, user.user_id, place.now())
    return NewUser(user, password)


def give_roles(place: Workplace, subject: Subject, user_id: str, version: int, grants: Sequence[Grant]) -> User:
    """Give a user exactly these roles.

    Raises:
        TongchouError: `access.refused`; `workplace.own_account`; `workplace.last_administrator`; `records.role_scope`;
            `workplace.no_institution`; `workplace.no_alliance`; `records.changed_meanwhile`; `records.not_found`.
    """
    _require_known(place, grants)

    def change(session: Session, user: User) -> None:
        if not any(grant.role == "administrator" for grant in grants):
            _require_another_administrator(session, user)
        users.set_grants(session, user, grants, subject.user_name, place.now())
        note_deed(session, subject, "users.roles", KIND, user.user_id, place.now())

    return _changed(place, subject, user_id, version, change)


def disable_user(place: Workplace, subject: Subject, user_id: str, version: int) -> User:
    """Disable a user: sign-ins and tokens no longer hold, also once the user is enabled again.

    Raises:
        TongchouError: As `give_roles`.
    """

    def change(session: Session, user: User) -> None:
        _require_another_administrator(session, user)
        disable(session, place.rules, user, subject.user_name, place.now(), by_id=subject.user_id)
        note_deed(session, subject, "users.lock", KIND, user.user_id, place.now())

    return _changed(place, subject, user_id, version, change)


def enable_user(place: Workplace, subject: Subject, user_id: str, version: int) -> User:
    """Enable a user again, and let the name sign in at once.

    Raises:
        TongchouError: As `give_roles`.
    """

    def change(session: Session, user: User) -> None:
        user.state = "active"
        unlock(session, user.user_name, subject.user_name, place.now(), by_id=subject.user_id)

    return _changed(place, subject, user_id, version, change)


def reset_password(place: Workplace, subject: Subject, user_id: str, version: int) -> NewUser:
    """Give a user a new password, shown this once; every sign-in and token of the user ends.

    Raises:
        TongchouError: As `give_roles`.
    """
    password = new_password()

    def change(session: Session, user: User) -> None:
        set_password(session, place.rules, user, password, subject.user_name, place.now(), by_id=subject.user_id)

    return NewUser(_changed(place, subject, user_id, version, change), password)


def scopes_of(place: Workplace, subject: Subject) -> list[InstitutionScope]:
    """Return today's institutions with the alliances by which rights are decided, by id.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "reference.read", "open")
    with place.records.reading() as session:
        return users.institutions(session, place.today)


def _changed(
    place: Workplace,
    subject: Subject,
    user_id: str,
    version: int,
    change: Callable[[Session, User], None],
) -> User:
    place.admit(subject, "users.manage", "account", where=user_id)
    if user_id == subject.user_id:
        raise _own_account(subject)
    with place.records.writing() as session:
        user = held(session, User, user_id, version=version)
        change(session, user)
        # Roles stand in a table of their own: the user's version says that something of him has changed.
        if user.version == version and not session.is_modified(user):
            _count_up(session, user)
        session.flush()
    place.recogniser.forget()
    return user


def _count_up(session: Session, user: User) -> None:
    counted = session.query(User).filter_by(user_id=user.user_id, version=user.version)
    if not counted.update({"version": user.version + 1}):
        raise changed_meanwhile(f"{KIND} {user.user_id}")
    session.refresh(user)


def _require_known(place: Workplace, grants: Sequence[Grant]) -> None:
    with place.records.reading() as session:
        scopes = users.institutions(session, place.today)
    known, alliances = {scope.institution_id for scope in scopes}, {scope.alliance_id for scope in scopes}
    for grant in grants:
        if grant.institution_id and grant.institution_id not in known:
            what = Text("没有这家机构", "there is no such institution")
            raise no_such("workplace.no_institution", what, grant.institution_id)
        if grant.alliance_id and grant.alliance_id not in alliances:
            raise no_such(
                "workplace.no_alliance", Text("没有这个医联体", "there is no such alliance"), grant.alliance_id
            )


def _require_another_administrator(session: Session, user: User) -> None:
    others = [each for each in users.users_in_role(session, "administrator") if each.user_id != user.user_id]
    if not others and any(role.role == "administrator" for role in user.roles):
        raise TongchouError(
            "workplace.last_administrator",
            what=Text("这是最后一名管理员", "this is the last administrator"),
            where=user.user_name,
            why=Text("至少须有一名可用的管理员", "there must be one who can administer"),
            remedy=Text("先指定另一名管理员", "make another one first"),
        )


def _own_account(subject: Subject) -> TongchouError:
    return TongchouError(
        "workplace.own_account",
        what=Text("不能管理自己的账号", "nobody administers his own account"),
        where=subject.user_name,
        why=Text("角色与停用须由另一名管理员办理", "roles and states are another administrator's to change"),
        remedy=Text("请另一名管理员办理；自己的密码在“我的账号”中修改", "ask another; change your password on 'Me'"),
    )
