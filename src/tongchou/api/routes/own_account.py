"""One's own account: notices, tokens, password, rights, and why something is not seen."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from tongchou.access.rights import built_in_rights
from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.routes.signing_in import set_cookie
from tongchou.core.text import Text
from tongchou.records.models import ApiToken, Notice
from tongchou.workplace import noticing, own_account

router = APIRouter(tags=["我的账号 / my account"])


class NoticeBody(BaseModel):
    """A notice, and the page that it leads to."""

    notice_id: str
    kind: str
    words: Words
    page: str
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, notice: Notice) -> "NoticeBody":
        """Return a notice as the API says it."""
        plain = {name: getattr(notice, name) for name in cls.model_fields if name != "words"}
        return cls(words=Words.of(Text(notice.words_zh, notice.words_en)), **plain)


class NewTokenBody(BaseModel):
    """A token to be made: what it is for, the actions it may do at most, and the days that it lasts."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=100)
    actions: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(min_length=1, max_length=100)
    days: int = Field(ge=1, le=3_650)


class MadeTokenBody(BaseModel):
    """A token just made: its secret word is shown this once."""

    secret: str
    token_id: str
    expires_at: datetime


class TokenBody(BaseModel):
    """A token; its secret word is not kept."""

    token_id: str
    title: str
    actions: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: ApiToken) -> "TokenBody":
        """Return a token as the API says it."""
        plain = {name: getattr(token, name) for name in cls.model_fields if name != "actions"}
        return cls(actions=token.actions.split(), **plain)


class NewPassword(BaseModel):
    """The present password and the new one."""

    model_config = ConfigDict(extra="forbid")

    password: str = Field(min_length=1, max_length=1_000)
    new_password: str = Field(min_length=1, max_length=1_000)


class RightBody(BaseModel):
    """A right of one's roles."""

    role: str
    action: str
    title: Words
    scope: str
    grade: str
    outcome: str


class WhyBody(BaseModel):
    """What is decided for one grade of data, and why."""

    grade: str
    grade_title: Words
    outcome: str
    reason: Words
    rule: str
    could: list[str]


@router.get("/notices", summary="通知 / notices")
def get_notices(
    place: Place, subject: Asking, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Answer[list[NoticeBody]]:
    """Return one's own notices, the newest first."""
    return Answer(data=[NoticeBody.of(each) for each in noticing.own_notices(place, subject, limit)])


@router.get("/notices/unread", summary="未读数 / how many are unread")
def get_unread(place: Place, subject: Asking) -> Answer[int]:
    """Return how many notices one has not read."""
    return Answer(data=noticing.unread_count(place, subject))


@router.post("/notices/read", summary="全部已读 / mark all read")
def post_read(place: Place, subject: Asking) -> Answer[int]:
    """Mark all notices so far as read; return how many are left."""
    return Answer(data=noticing.mark_read(place, subject))


@router.post("/notices/{notice_id}/read", summary="已读 / mark read")
def post_one_read(place: Place, subject: Asking, notice_id: str) -> Answer[int]:
    """Mark one notice as read; return how many are left."""
    return Answer(data=noticing.mark_read(place, subject, notice_id))


@router.get("/me/tokens", summary="我的令牌 / my tokens")
def get_tokens(place: Place, subject: Asking) -> Answer[list[TokenBody]]:
    """Return one's own tokens, the newest first."""
    return Answer(data=[TokenBody.of(each) for each in own_account.own_tokens(place, subject)])


@router.post("/me/tokens", status_code=status.HTTP_201_CREATED, summary="申领令牌 / make a token")
def post_token(place: Place, subject: Asking, asked: NewTokenBody) -> Answer[MadeTokenBody]:
    """Make a token; its secret word is shown this once and kept nowhere, so that no idempotency key is taken."""
    made = own_account.make_own_token(place, subject, asked.title, asked.actions, asked.days)
    return Answer(data=MadeTokenBody(secret=made.secret, token_id=made.token_id, expires_at=made.expires_at))


@router.delete("/me/tokens/{token_id}", summary="撤销令牌 / revoke a token")
def delete_token(place: Place, subject: Asking, token_id: str) -> Answer[TokenBody]:
    """End a token at once."""
    return Answer(data=TokenBody.of(own_account.revoke_own_token(place, subject, token_id)))


@router.post("/me/password", summary="修改密码 / change one's password")
def post_own_password(place: Place, subject: Asking, response: Response, asked: NewPassword) -> Answer[bool]:
    """Change one's own password; every sign-in ends, this browser's begins anew."""
    signed_in = own_account.change_own_password(place, subject, asked.password, asked.new_password)
    set_cookie(place, response, signed_in.secret)
    return Answer(data=True)


@router.get("/me/rights", summary="我的权限 / my rights")
def get_rights(place: Place, subject: Asking) -> Answer[list[RightBody]]:
    """Return the rights of one's roles, in the order of the table."""
    place.admit(subject, "rights.read", "open")
    actions = built_in_rights().actions
    return Answer(
        data=[
            RightBody(
                role=rule.role,
                action=rule.action,
                title=Words.of(actions[rule.action].title),
                scope=rule.scope,
                grade=rule.grade,
                outcome=rule.outcome,
            )
            for rule in own_account.own_rights(subject)
        ]
    )


@router.get("/me/why", summary="为什么看不到 / why something is not seen")
def get_why(
    place: Place,
    subject: Asking,
    action: Annotated[str, Query(min_length=1, max_length=60)],
    institution_id: Annotated[str, Query(max_length=60)] = "",
) -> Answer[list[WhyBody]]:
    """Return what is decided on an action for each grade of data, and why."""
    return Answer(
        data=[
            WhyBody(
                grade=each.grade,
                grade_title=Words.of(each.title),
                outcome=each.decision.outcome,
                reason=Words.of(each.decision.reason),
                rule=each.decision.rule,
                could=list(each.decision.could),
            )
            for each in own_account.why(place, subject, action, institution_id)
        ]
    )
