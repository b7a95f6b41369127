"""Administration: users and their roles, institutions' scopes, the audit."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from tongchou.access.reading_purposes import purpose_title
from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.etags import version_asked
from tongchou.api.paging import Cursor, Size
from tongchou.api.refusals import bad_value
from tongchou.records.audit import AuditSearch, Head
from tongchou.records.models import User
from tongchou.records.states import USER_STATE
from tongchou.records.users import Grant, grant_of
from tongchou.workplace import auditing, user_managing

router = APIRouter(tags=["系统管理 / administration"])

Version = Annotated[int, Depends(version_asked)]
Outcome = Literal["done", "failed", "refused", "masked"]


class GrantBody(BaseModel):
    """A role and what it is for."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(min_length=1, max_length=40)
    institution_id: str = Field(default="", max_length=60)
    alliance_id: str = Field(default="", max_length=60)

    def grant(self) -> Grant:
        """Return what it grants."""
        return Grant(self.role, self.institution_id, self.alliance_id)


class NewUserBody(BaseModel):
    """A user to be made; `oidc`: signs in by the provider only."""

    model_config = ConfigDict(extra="forbid")

    user_name: str = Field(min_length=2, max_length=64)
    display_name: str = Field(default="", max_length=100)
    english_name: str = Field(default="", max_length=100, description="英文页面上的姓名 / name on English pages")
    roles: list[GrantBody] = Field(max_length=50)
    signs_in: Literal["local", "oidc"] = "local"


class RolesBody(BaseModel):
    """Exactly these roles."""

    model_config = ConfigDict(extra="forbid")

    roles: list[GrantBody] = Field(max_length=50)


class UserBody(BaseModel):
    """A user; nothing of the password."""

    user_id: str
    user_name: str
    display_name: str
    english_name: str
    state: str
    state_title: Words
    created_at: datetime
    version: int
    roles: list[GrantBody]

    @classmethod
    def of(cls, user: User) -> "UserBody":
        """Return a user as the API says it."""
        grants = [grant_of(role) for role in user.roles]
        return cls(
            user_id=user.user_id,
            user_name=user.user_name,
            display_name=user.display_name,
            english_name=user.called.en,
            state=user.state,
            state_title=Words.of(USER_STATE[user.state]),
            created_at=user.created_at,
            version=user.version,
            roles=[
                GrantBody(role=each.role, institution_id=each.institution_id, alliance_id=each.alliance_id)
                for each in grants
            ],
        )


class MadeUserBody(BaseModel):
    """A user with a password that is shown this once; empty where there is none."""

    user: UserBody
    password: str


class ScopeBody(BaseModel):
    """An institution and its alliance, by which rights are decided."""

    institution_id: str
    title: str
    level: str
    alliance_id: str
    valid_from: date
    valid_until: date | None


class EventBody(BaseModel):
    """An event of the audit."""

    sequence: int
    at: datetime
    user_id: str
    user_name: str
    action: str
    outcome: str
    object_kind: str
    object_id: str
    institution_id: str
    purpose: str
    purpose_title: Words
    details: dict[str, object]
    hash: str


class FaultBody(BaseModel):
    """A place where the audit is not as it was written."""

    sequence: int
    what: Words


class VerifiedBody(BaseModel):
    """What a check of the whole audit found; keep the head elsewhere."""

    is_sound: bool
    sequence: int
    hash: str
    faults: list[FaultBody]


@router.get("/users", summary="用户 / users")
def get_users(place: Place, subject: Asking) -> Answer[list[UserBody]]:
    """Return every user, by name."""
    return Answer(data=[UserBody.of(user) for user in user_managing.list_users(place, subject)])


@router.get("/users/{user_id}", summary="一名用户 / one user")
def get_user(place: Place, subject: Asking, user_id: str, response: Response) -> Answer[UserBody]:
    """Return a user; the ETag is what a change hands back as If-Match."""
    user = user_managing.one_user(place, subject, user_id)
    response.headers["ETag"] = f'"{user.version}"'
    return Answer(data=UserBody.of(user))


@router.post("/users", status_code=status.HTTP_201_CREATED, summary="新增用户 / make a user")
def post_user(place: Place, subject: Asking, asked: NewUserBody) -> Answer[MadeUserBody]:
    """Make a user; the password is shown this once. A name is made once, so no idempotency key is needed."""
    grants = [each.grant() for each in asked.roles]
    names = {"signs_in": asked.signs_in, "english_name": asked.english_name}
    made = user_managing.make_user(place, subject, asked.user_name, asked.display_name, grants, **names)
    return Answer(data=MadeUserBody(user=UserBody.of(made.user), password=made.password))


@router.put("/users/{user_id}/roles", summary="设置角色 / give roles")
def put_roles(place: Place, subject: Asking, user_id: str, version: Version, asked: RolesBody) -> Answer[UserBody]:
    """Give a user exactly these roles."""
    grants = [each.grant() for each in asked.roles]
    return Answer(data=UserBody.of(user_managing.give_roles(place, subject, user_id, version, grants)))


@router.post("/users/{user_id}/disabling", summary="停用 / disable")
def post_disabling(place: Place, subject: Asking, user_id: str, version: Version) -> Answer[UserBody]:
    """Disable a user; sign-ins and tokens no longer hold."""
    return Answer(data=UserBody.of(user_managing.disable_user(place, subject, user_id, version)))


@router.post("/users/{user_id}/enabling", summary="恢复并解锁 / enable and unlock")
def post_enabling(place: Place, subject: Asking, user_id: str, version: Version) -> Answer[UserBody]:
    """Enable a user, and let the name sign in at once."""
    return Answer(data=UserBody.of(user_managing.enable_user(place, subject, user_id, version)))


@router.post("/users/{user_id}/password", summary="重置密码 / set a new password")
def post_password(place: Place, subject: Asking, user_id: str, version: Version) -> Answer[MadeUserBody]:
    """Give a user a new password, shown this once; every sign-in and token of the user ends."""
    made = user_managing.reset_password(place, subject, user_id, version)
    return Answer(data=MadeUserBody(user=UserBody.of(made.user), password=made.password))


@router.get("/institution-scopes", summary="机构与医联体归属 / institutions' scopes")
def get_scopes(place: Place, subject: Asking) -> Answer[list[ScopeBody]]:
    """Return today's institutions with their alliances."""
    rows = user_managing.scopes_of(place, subject)
    return Answer(data=[ScopeBody(**{name: getattr(row, name) for name in ScopeBody.model_fields}) for row in rows])


@router.get("/audit", summary="查询审计 / search the audit")
def get_audit(
    place: Place,
    subject: Asking,
    user_name: Annotated[str | None, Query(max_length=64)] = None,
    action: Annotated[str | None, Query(max_length=60)] = None,
    outcome: Outcome | None = None,
    object_kind: Annotated[str | None, Query(max_length=60)] = None,
    object_id: Annotated[str | None, Query(max_length=200)] = None,
    institution_id: Annotated[str | None, Query(max_length=60)] = None,
    since: datetime | None = None,
    until: datetime | None = None,
    size: Size = 100,
    cursor: Cursor = None,
) -> Answer[list[EventBody]]:
    """Return events, the newest first; `until` is not included. A time without a zone is the place's own."""
    wanted = AuditSearch(
        action=action,
        outcome=outcome,
        object_kind=object_kind,
        object_id=object_id,
        institution_id=institution_id,
        since=_moment("since", since),
        until=_moment("until", until),
    )
    page = auditing.audit_page(place, subject, wanted, user_name, size, cursor)
    events = [
        EventBody(
            details=orjson.loads(each.details),
            purpose_title=Words.of(purpose_title(each.purpose)),
            **{
                name: getattr(each, name) for name in EventBody.model_fields if name not in {"details", "purpose_title"}
            },
        )
        for each in page.events
    ]
    return Answer(data=events, next_cursor=page.cursor)


@router.get("/audit/verification", summary="核验审计链 / verify the audit")
def get_verification(
    place: Place,
    subject: Asking,
    sequence: Annotated[int | None, Query(ge=0, le=10**15)] = None,
    head_hash: Annotated[str | None, Query(alias="hash", pattern="^[0-9a-f]{64}$")] = None,
) -> Answer[VerifiedBody]:
    """Check the audit from its first event to its last, and against a head kept elsewhere where one is given."""
    known = Head(sequence, head_hash) if sequence is not None and head_hash is not None else None
    found = auditing.verify_audit(place, subject, known)
    faults = [FaultBody(sequence=each.sequence, what=Words.of(each.what)) for each in found.faults[:100]]
    return Answer(
        data=VerifiedBody(is_sound=not found.faults, sequence=found.head.sequence, hash=found.head.hash, faults=faults)
    )


def _moment(name: str, given: datetime | None) -> datetime | None:
    """Return a moment with its zone: the place's own where none is said."""
    try:
        return None if given is None else given.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise bad_value(name, str(error)) from error
