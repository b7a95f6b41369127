"""Answers of endpoints that are asked hundreds of times a second: written once, not checked again on their way out.

Their shape is that of the model that describes them, which a test holds them to.
"""

from typing import Any

import orjson
from fastapi import Response


def fast_answer(data: Any) -> Response:  # noqa: ANN401  # whatever JSON holds
    """Return a success as `Answer` describes it."""
    content = orjson.dumps({"ok": True, "data": data, "next_cursor": None})
    return Response(content, media_type="application/json")
