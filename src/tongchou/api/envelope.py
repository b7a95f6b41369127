"""What every answer looks like: `{"ok": true, "data": ...}` or `{"ok": false, "errors": [...]}`."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text

_Data = TypeVar("_Data")


class Words(BaseModel):
    """The same words in Chinese and in English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "Words":
        """Return a text as an answer says it."""
        return cls(zh=text.zh, en=text.en)


class ErrorBody(BaseModel):
    """One problem, as `docs/errors.md` lists it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    what: Words
    where: str
    why: Words
    remedy: Words

    @classmethod
    def of(cls, error: TongchouError) -> "ErrorBody":
        """Return an error as an answer says it."""
        return cls(
            code=error.code,
            what=Words.of(error.what),
            where=error.where,
            why=Words.of(error.why),
            remedy=Words.of(error.remedy),
        )


class Answer(BaseModel, Generic[_Data]):
    """A success.

    `next_cursor` stands where a list goes on: hand it back as `cursor` for the next page.
    """

    model_config = ConfigDict(extra="forbid")

    ok: Literal[True] = True
    data: _Data
    next_cursor: str | None = Field(default=None, description="下一页从此处开始 / where the next page begins")


class Refusal(BaseModel):
    """A failure: every problem that was found."""

    model_config = ConfigDict(extra="forbid")

    ok: Literal[False] = False
    errors: list[ErrorBody]


def refusal(error: TongchouError) -> Refusal:
    """Return the body that says what is wrong."""
    each = error.problems if isinstance(error, Problems) else (error,)
    return Refusal(errors=[ErrorBody.of(one) for one in each])


ERROR_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": words}
    for status, words in {
        400: "请求无法理解 / the request cannot be understood",
        401: "未登录 / not signed in",
        403: "无权 / no right",
        404: "没有该对象 / there is no such thing",
        405: "该地址不支持此方法 / the address does not know this method",
        409: "与现有状态冲突 / against the present state",
        412: "已被他人修改 / changed meanwhile",
        413: "过大 / too large",
        415: "类型不受支持 / this type is not read",
        422: "内容有误 / the content is not right",
        429: "过于频繁 / too often",
        503: "暂不可用 / not available now",
    }.items()
}
"""What may come instead of a success, for the description of every endpoint."""
