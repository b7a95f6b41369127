"""Answers that change seldom: with the hash of their content as ETag, so that who has it already is told so."""

from hashlib import sha256

from fastapi import Request, Response
from pydantic import BaseModel

_KEPT = "private, no-cache"


def unless_known(request: Request, answer: BaseModel) -> Response:
    """Return an answer with its ETag; 304 where the caller names it in If-None-Match."""
    content = answer.model_dump_json().encode()
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": _KEPT, "Vary": "Authorization, Cookie"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")
