"""Pages of lists, as callers ask for them."""

from typing import Annotated

from fastapi import Query

Size = Annotated[int, Query(ge=1, le=1_000, description="每页行数 / rows of a page")]
Cursor = Annotated[
    str | None, Query(max_length=300, description="上一页给出的位置 / what the page before gave as next_cursor")
]
