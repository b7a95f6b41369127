"""One call of the API: retried where that is safe, its errors raised in both languages."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text

PREFIX = "/api/v1"
_AGAIN = frozenset({429, 503})
_LONGEST_WAIT = 30.0

Sleep = Callable[[float], None]


class Caller:
    """Calls the API of a place with a token.

    A call that is told to come again (429, 503), or whose connection broke before an answer, is repeated; what changes
    something carries an `Idempotency-Key`, the same at each attempt, so that it is done once.

    Args:
        http: A client with the place's address and the token.
        attempts: How often a call is tried.
        sleep: Waits some seconds.
    """

    def __init__(self, http: httpx.Client, attempts: int, sleep: Sleep = time.sleep) -> None:
        self._http = http
        self._attempts = attempts
        self._sleep = sleep

    def data(self, method: str, path: str, **given: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
        """Return the data of an answer."""
        return self.answer(method, path, **given).json()["data"]

    def answer(
        self,
        method: str,
        path: str,
        *,
        body: object | None = None,
        content: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Return a success.

        Raises:
            TongchouError: What the API says is wrong; `client.unreachable` if it cannot be reached;
                `client.not_understood` if what answers is no such API.
            Problems: Several such errors.
        """
        keyed = {} if method in {"GET", "HEAD"} else {"Idempotency-Key": uuid.uuid4().hex}
        sent = {name: value for name, value in (query or {}).items() if value is not None}
        for attempt in range(1, self._attempts + 1):
            is_last = attempt == self._attempts
            try:
                answer = self._http.request(
                    method,
                    PREFIX + path,
                    json=body,
                    content=content,
                    params=sent,
                    headers={**keyed, **(headers or {})},
                )
            except httpx.TransportError as error:
                if is_last:
                    raise _unreachable(str(self._http.base_url), error) from error
                self._sleep(_wait(None, attempt))
                continue
            if answer.status_code not in _AGAIN or is_last:
                return _success(answer)
            self._sleep(_wait(answer, attempt))
        raise AssertionError("the last attempt returns or raises")

    def pages(self, path: str, query: Mapping[str, Any], *, rows: str | None = None) -> Iterator[Any]:
        """Yield the rows of a list, page after page; `rows` is where they stand in the data that is no list itself."""
        cursor: str | None = None
        while True:
            answer = self.answer("GET", path, query={**query, "cursor": cursor}).json()
            yield from answer["data"] if rows is None else answer["data"][rows]
            cursor = answer["next_cursor"]
            if cursor is None:
                return


def _wait(answer: httpx.Response | None, attempt: int) -> float:
    said = answer.headers.get("Retry-After", "") if answer is not None else ""
    return min(_LONGEST_WAIT, float(said) if said.isdigit() else 0.2 * 2 ** (attempt - 1))


def _success(answer: httpx.Response) -> httpx.Response:
    if answer.is_success or answer.status_code == 304:
        return answer
    try:
        errors = [_error(each) for each in answer.json()["errors"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _not_understood(answer) from error
    raise errors[0] if len(errors) == 1 else Problems(errors)


def _error(said: Mapping[str, Any]) -> TongchouError:
    what, why, remedy = (Text(said[name]["zh"], said[name]["en"]) for name in ("what", "why", "remedy"))
    return TongchouError(said["code"], what=what, where=said["where"], why=why, remedy=remedy)


def _unreachable(address: str, error: Exception) -> TongchouError:
    said = type(error).__name__
    return TongchouError(
        "client.unreachable",
        what=Text("无法连接工作平台", "the working place cannot be reached"),
        where=address,
        why=Text(f"网络故障或平台未运行（{said}）", f"the network failed, or the place is not running ({said})"),
        remedy=Text("核对地址，稍后重试", "check the address, and try again later"),
    )


def _not_understood(answer: httpx.Response) -> TongchouError:
    return TongchouError(
        "client.not_understood",
        what=Text("应答无法理解", "the answer cannot be understood"),
        where=str(answer.url.copy_with(query=None)),
        why=Text(
            f"状态 {answer.status_code}，内容不是本接口的", f"status {answer.status_code}, and no body of this API"
        ),
        remedy=Text("核对地址，以及中间的代理", "check the address, and any proxy on the way"),
    )
