"""Versions of records: the ETag that was given comes back as If-Match, so that the second of two editors is told."""

import re
from typing import Annotated

from fastapi import Header

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def version_asked(if_match: Annotated[str, Header(alias="If-Match", max_length=40)]) -> int:
    """Return the version that a caller saw.

    Raises:
        TongchouError: `api.if_match` if the header holds no version of ours.
    """
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise TongchouError(
            "api.if_match",
            what=Text("If-Match 不是本接口给出的版本", "If-Match is not a version that the API gave"),
            where="If-Match",
            why=Text("改动须写明所见的版本", "a change names the version that was seen"),
            remedy=Text("先读取，再把 ETag 原样带回", "read it first, and hand its ETag back"),
        )
    return int(found[1])
