"""The client: every endpoint as a method, lists as iterators, errors as sentences."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import httpx

from tongchou.client.asking import part
from tongchou.client.calling import Caller, Sleep
from tongchou.client.ledger_calls import LedgerCalls
from tongchou.client.notice_calls import NoticeCalls
from tongchou.client.policy_calls import PolicyCalls
from tongchou.client.referral_calls import ReferralCalls
from tongchou.client.results import CaseGroup, FinishedRun, Outcome, RunOrder, Trial, Upload
from tongchou.client.review_calls import ReviewCalls
from tongchou.client.uploading import Advance, send_file, send_rest

Case = Mapping[str, Any]
_MOVING = frozenset({"planned", "running", "posting"})
_TYPES = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}


class Client(LedgerCalls, ReferralCalls, PolicyCalls, ReviewCalls, NoticeCalls):
    """The API of a working place; close it, or use it in a `with`.

    Args:
        address: Where the place is, such as `https://tongchou.example.org`.
        token: A token of one's own, made on the page "My account and tokens".
        attempts: How often a call is tried that is told to come again (429, 503), or whose connection broke.
        timeout: Seconds to wait for an answer.
        http: A client to use instead of one of our own.
        sleep: Waits some seconds between attempts.

    Every method raises TongchouError, with its words in Chinese and English, as the API says it.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        attempts: int = 4,
        timeout: float = 60,
        http: httpx.Client | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._http = http or httpx.Client(base_url=address, timeout=timeout)
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._caller = Caller(self._http, attempts, sleep)
        self._sleep = sleep

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def call(self, method: str, path: str, body: object | None = None, **query: object) -> Any:  # noqa: ANN401
        """Return the data of any endpoint, such as `call("GET", "/scenarios")`, that has no method of its own."""
        return self._caller.data(method, path, body=body, query=query)

    def me(self) -> Mapping[str, Any]:
        """Return who the token is for, and what it may do."""
        return self._mapping("GET", "/me")

    # Grouping and trials

    def group(self, case: Case, *, scheme: str | None = None, explain: bool = False) -> CaseGroup:
        """Return the group of one case.

        Args:
            case: Its fields, such as `sex`, `age_years`, `diagnoses` and `procedures` (principal first).
            scheme: A scheme; that of today's policy if not given.
            explain: Whether to say why.
        """
        said = self._caller.data("POST", "/group", body={**case, "scheme": scheme, "explain": explain})
        return CaseGroup.of(said)

    def group_many(self, cases: Sequence[Case], *, scheme: str | None = None) -> list[CaseGroup]:
        """Return the groups of up to 1,000 cases, in their order."""
        said = self._caller.data("POST", "/group/batch", body={"scheme": scheme, "cases": list(cases)})
        return [CaseGroup.of(each) for each in said["groups"]]

    def group_file(self, cases: Path, out: Path, *, scheme: str | None = None) -> Mapping[str, int]:
        """Group a case file (`.csv` or `.parquet`) into a result file (likewise); return how many have each status."""
        answer = self._caller.answer(
            "POST",
            "/group/file",
            content=cases.read_bytes(),
            query={"scheme": scheme, "to": out.suffix.lower().removeprefix(".")},
            headers={"Content-Type": _TYPES.get(cases.suffix.lower(), "text/csv")},
        )
        draft = out.with_name(out.name + ".draft")
        draft.write_bytes(answer.content)
        draft.replace(out)
        names = ("grouped", "ambiguous", "ungrouped", "invalid")
        return {name: int(answer.headers[f"X-{name.title()}"]) for name in names}

    def what_if(self, case: Case, changes: Sequence[Mapping[str, Any]], *, scheme: str | None = None) -> list[Outcome]:
        """Return the case as it is, then a variant for each change, e.g. `{"kind": "diagnosis_added", "code": …}`."""
        said = self._caller.data("POST", "/what-if", body={"scheme": scheme, "case": case, "changes": list(changes)})
        return [Outcome.of(each) for each in said["outcomes"]]

    def settle_trial(self, care: Mapping[str, Any]) -> Trial:
        """Return who would pay what for a stay or visit; nothing is booked. Amounts in fen."""
        return Trial.of(self._caller.data("POST", "/trial-settlements", body=dict(care)))

    # Reference data and schemes

    def schemes(self) -> list[Mapping[str, Any]]:
        """Return the schemes at hand."""
        return self._list("/schemes")

    def scheme(self, name: str) -> Mapping[str, Any]:
        """Return a scheme from MDC to ADRG to DRG."""
        return self._mapping("GET", f"/schemes/{part(name)}")

    def search_scheme(self, name: str, words: str) -> Mapping[str, Any]:
        """Return the groups and the code lists in which a word or a code stands."""
        return self._mapping("GET", f"/schemes/{part(name)}/search", query={"words": words})

    def code_lists(self, name: str, owner: str = "") -> list[Mapping[str, Any]]:
        """Return the code lists of an MDC or ADRG, or of the whole scheme."""
        return self._list(f"/schemes/{part(name)}/lists", owner=owner)

    def institutions(self) -> list[Mapping[str, Any]]:
        """Return the institutions of today."""
        return self._list("/reference/institutions")

    def alliances(self) -> list[Mapping[str, Any]]:
        """Return the alliances with their members of today."""
        return self._list("/reference/alliances")

    def dictionaries(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Return every list of states, fee categories among them."""
        return self._mapping("GET", "/reference/dictionaries")

    def codes(self, kind: Literal["dx", "op"], words: str, most: int = 20) -> list[Mapping[str, Any]]:
        """Return codes of diagnoses or procedures by a part of the code or name."""
        return self._list(f"/reference/codes/{part(kind)}", words=words, most=most)

    # Uploads

    def upload(
        self,
        file: Path,
        *,
        institution_id: str = "",
        part_bytes: int = 8 << 20,
        advance: Advance = lambda done, total: None,
    ) -> Upload:
        """Upload a file part by part and have it examined; a part that is cut off goes on from where it stopped.

        Args:
            file: The file.
            institution_id: Whose data it is; empty: the region's.
            part_bytes: Bytes of a part; the place says in its settings how many it takes at most.
            advance: Called with how many bytes are there, and how many there are in all.
        """
        return send_file(self._caller, file, institution_id, part_bytes, advance)

    def resume_upload(
        self, upload_id: str, file: Path, *, part_bytes: int = 8 << 20, advance: Advance = lambda done, total: None
    ) -> Upload:
        """Let an upload go on, in this program or a later one."""
        return send_rest(self._caller, self.upload_of(upload_id), file, part_bytes, advance)

    def upload_of(self, upload_id: str) -> Upload:
        """Return an upload and how far it is."""
        return Upload.of(self._caller.data("GET", f"/uploads/{part(upload_id)}"))

    def take_in(self, upload_id: str) -> Mapping[str, Any]:
        """Order that a whole file be taken in; the same file again is recognised."""
        return self._mapping("POST", f"/uploads/{part(upload_id)}/intake")

    def intake_of(self, upload_id: str) -> Mapping[str, Any] | None:
        """Return how far the intake of a file is, and what it brought."""
        found: Mapping[str, Any] | None = self._caller.data("GET", f"/uploads/{part(upload_id)}/intake")
        return found

    # Runs

    def order_run(self, period: str, *, scheme: str | None = None) -> RunOrder:
        """Order that a year be settled; it is computed as a shadow run and waits for review."""
        return RunOrder.of(self._caller.data("POST", "/run-orders", body={"period": period, "scheme": scheme}))

    def run_orders(self, state: str | None = None) -> list[RunOrder]:
        """Return orders, the newest first."""
        return [RunOrder.of(each) for each in self._list("/run-orders", state=state)]

    def run_order(self, order_id: str) -> RunOrder:
        """Return an order."""
        return RunOrder.of(self._caller.data("GET", f"/run-orders/{part(order_id)}"))

    def wait_for(self, order_id: str, *, seconds: float = 3_600, pause: float = 2) -> RunOrder:
        """Return an order once it is no longer under way, or as it is after some seconds."""
        end = time.monotonic() + seconds
        while True:
            order = self.run_order(order_id)
            if order.state not in _MOVING or time.monotonic() >= end:
                return order
            self._sleep(pause)

    def cancel_run(self, order_id: str) -> RunOrder:
        """Cancel an order that is not posted."""
        return RunOrder.of(self._caller.data("POST", f"/run-orders/{part(order_id)}/cancel"))

    def resume_run(self, order_id: str) -> RunOrder:
        """Let an order go on that was interrupted or has failed."""
        return RunOrder.of(self._caller.data("POST", f"/run-orders/{part(order_id)}/resume"))

    def review_run(self, order: RunOrder) -> RunOrder:
        """Say that a computed run is right; refused if it has changed since it was looked at."""
        return self._versioned(order, "review")

    def post_run(self, order: RunOrder) -> RunOrder:
        """Let a reviewed run be posted; refused if it has changed since it was looked at."""
        return self._versioned(order, "post")

    def runs(self) -> list[FinishedRun]:
        """Return the finished runs, the latest period first."""
        return [FinishedRun.of(each) for each in self._list("/runs")]

    def run_institutions(self, run_id: str) -> list[Mapping[str, Any]]:
        """Return the institutions of a run, with what is due to each."""
        return self._list(f"/runs/{part(run_id)}/institutions")

    def run_groups(self, run_id: str, *, institution_id: str | None = None, by: str = "drg") -> list[Mapping[str, Any]]:
        """Return gain and loss by group, kind, month or insurance type."""
        return self._list(f"/runs/{part(run_id)}/groups", institution_id=institution_id, by=by)

    def cases(
        self,
        run_id: str,
        *,
        institution_id: str | None = None,
        drg: str | None = None,
        order: str = "result",
        size: int = 500,
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the cases of a run that one sees, page after page."""
        query = {"institution_id": institution_id, "drg": drg, "order": order, "size": size}
        yield from self._caller.pages(f"/runs/{part(run_id)}/cases", query)

    def explanation(
        self, run_id: str, kind: Literal["case", "member", "event", "referral"], key: str
    ) -> Mapping[str, Any]:
        """Return why a case, a member, a service event or a referral is as it is."""
        return self._mapping("GET", f"/runs/{part(run_id)}/explanations/{part(kind)}/{part(key)}")

    def _versioned(self, order: RunOrder, act: str) -> RunOrder:
        return RunOrder.of(self._step(f"/run-orders/{part(order.order_id)}/{act}", order.version))
