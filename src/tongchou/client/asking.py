"""What all parts of the client share: how an endpoint is asked."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tongchou.client.calling import Caller


class Asks:
    """Asks endpoints through a caller."""

    _caller: Caller

    def _list(self, path: str, **query: object) -> list[Any]:
        found: list[Any] = self._caller.data("GET", path, query=query)
        return found

    def _mapping(self, method: str, path: str, **given: Any) -> Mapping[str, Any]:  # noqa: ANN401
        found: Mapping[str, Any] = self._caller.data(method, path, **given)
        return found

    def _step(self, path: str, version: int, body: object | None = None) -> Mapping[str, Any]:
        """Take a step with what was seen in a version; refused if it has changed since."""
        return self._mapping("POST", path, body=body, headers=seen(version))


def seen(version: int) -> Mapping[str, str]:
    """Return the header that says which version of a record was seen."""
    return {"If-Match": f'"{version}"'}


def part(value: str) -> str:
    """Return a value as a part of an address: whatever it holds, it stays one part."""
    return quote(value, safe="")
