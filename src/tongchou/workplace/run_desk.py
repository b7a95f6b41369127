"""The run desk: takes up ordered runs one after another, watches over them, and books what was reviewed."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
import structlog

from tongchou.core.errors import TongchouError
from tongchou.core.failing import kind_and_place
from tongchou.core.text import Text
from tongchou.records import run_orders
from tongchou.records.models import RunOrder
from tongchou.workplace.clearing import Clearing
from tongchou.workplace.handing_over import hand_over
from tongchou.workplace.noticing import tell_of_run
from tongchou.workplace.place import Workplace, enter_institutions
from tongchou.workplace.upload_intake import note_intake

_RUN = ("group", "weigh", "price", "settle")
STAGES: Mapping[str, Sequence[str]] = {
    run_orders.SETTLE: (*_RUN, "print", "post"),
    run_orders.SCENARIO: (*(f"{side} {stage}" for side in ("base", "scenario") for stage in _RUN), "compare"),
    run_orders.INTAKE: ("read", "relate", "write"),
}
"""The stages of each kind of order, in their order."""

_LOG = structlog.get_logger("tongchou.runs")
_BEAT_SECONDS = 1.0
_IDLE_SECONDS = 0.5


class RunDesk:
    """Computes ordered runs in processes of their own, as many at once as the settings say.

    Args:
        place: The working place.
        silence: After how long without a word a run counts as left by who computed it; it says one every second.
    """

    def __init__(self, place: Workplace, silence: timedelta = timedelta(seconds=6)) -> None:
        self._place = place
        self._silence = silence
        self._stop = threading.Event()
        self._clearing = Clearing(place)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._threads = [
            threading.Thread(target=self._work, name=f"run-desk-{number}", daemon=True)
            for number in range(place.settings.run_workers)
        ]

    def start(self) -> None:
        """Begin to take up orders; what a place that is gone left behind is noted as interrupted."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop: what is being computed is interrupted and can be taken up again."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._clearing.when_due()
                if self._one():
                    continue
            except TongchouError as error:
                _LOG.warning("run desk", code=error.code)
            except Exception as error:  # one order that nobody foresaw must not end the desk
                _LOG.error("run desk", exception=kind_and_place(error))  # its words may hold data
            self._stop.wait(_IDLE_SECONDS)

    def _one(self) -> bool:
        """Take up one order; return whether there was one."""
        place, now = self._place, self._place.now()
        with place.records.writing() as session:
            for abandoned in run_orders.interrupt_abandoned(session, silent_since=now - self._silence):
                _LOG.warning("run interrupted", order=abandoned.order_id)
            posting = run_orders.take_up_posting(session, self._name, now, silent_since=now - self._silence)
            order = posting or run_orders.take_up(session, self._name, now)
        if order is None:
            return False
        _LOG.info("run begins", order=order.order_id, state=order.state)
        outcome = self._run(order, reviewed=order.run_id if posting else None)
        if outcome is not None:
            self._note(order, outcome, is_posting=posting is not None)
        elif self._stop.is_set():
            with place.records.writing() as session:
                run_orders.let_go(session, order.order_id)
            _LOG.info("run given back", order=order.order_id)
        return True

    def _run(self, order: RunOrder, reviewed: str | None) -> dict[str, Any] | None:
        """Compute an order; return what its process said last, None where it was cancelled or the desk stops.

        What people decided here goes into the lake first, so that the run pays by it; not before a posting, which
        books what was reviewed.
        """
        if reviewed is None and run_orders.kind_of(order) == run_orders.SETTLE:
            try:
                hand_over(self._place)
            except TongchouError as error:
                return {"problem": error.as_json()}
        said = {
            **order.details,
            "kind": run_orders.kind_of(order),
            "region": str(self._place.region.folder.resolve()),
            "period": order.period,
            "reviewed": reviewed,
        }
        stages = STAGES[said["kind"]]
        command = [sys.executable, "-m", "tongchou.workplace.computing"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
            assert process.stdin is not None  # noqa: S101  # both are pipes
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(orjson.dumps(said) + b"\n")
            process.stdin.flush()
            ended = threading.Event()
            stage = [stages[0]]
            given = (order.order_id, stages, stage, ended, process.kill)
            beat = threading.Thread(target=self._beat, args=given, daemon=True)
            beat.start()
            outcome: dict[str, Any] | None = None
            for line in process.stdout:
                told = orjson.loads(line)
                if "stage" in told:
                    stage[0] = told["stage"]
                else:
                    outcome = told
            ended.set()
            beat.join()
            process.wait()
        if outcome is None and not self._stop.is_set() and process.returncode not in {0, -9}:
            return {"problem": None}
        return outcome

    def _beat(
        self,
        order_id: str,
        stages: Sequence[str],
        stage: list[str],
        ended: threading.Event,
        kill: Callable[[], None],
    ) -> None:
        """Say every second how far the run is; kill it where it was cancelled, or the desk stops."""
        while not ended.wait(_BEAT_SECONDS):
            if self._stop.is_set():
                kill()
                return
            done = stages.index(stage[0]) if stage[0] in stages else 0
            try:
                with self._place.records.writing() as session:
                    goes_on = run_orders.progress(session, order_id, stage[0], done, len(stages), self._place.now())
            except TongchouError:
                continue  # the records were busy: the next beat says it
            if not goes_on:
                kill()
                return

    def _note(self, order: RunOrder, outcome: dict[str, Any], *, is_posting: bool) -> None:
        place = self._place
        problem = None if "run_id" in outcome else _problem(outcome["problem"], order.order_id)
        if run_orders.kind_of(order) == run_orders.INTAKE:
            note_intake(place, order, outcome, problem)
            return
        with place.records.writing() as session:
            if problem is None and is_posting:
                noted = run_orders.posted(session, order.order_id, outcome["run_id"], place.now())
            elif problem is None:
                noted = run_orders.computed(session, order.order_id, outcome["run_id"], place.now())
            elif is_posting:
                noted = run_orders.not_posted(session, order.order_id, problem)
            else:
                noted = run_orders.failed(session, order.order_id, problem)
            if run_orders.kind_of(order) == run_orders.SETTLE:
                tell_of_run(place, session, noted)
        if problem is None and run_orders.kind_of(order) == run_orders.SETTLE:
            enter_institutions(place)
            place.shelf.run(outcome["run_id"])


def _problem(told: dict[str, Any] | None, order_id: str) -> TongchouError:
    """Return what a run's process said was wrong; where it said nothing, that it ended by itself."""
    first = told["problems"][0] if told and "problems" in told else told
    if first is None:
        return TongchouError(
            "workplace.run_ended",
            what=Text("计算进程意外结束", "the process that computed the run ended by itself"),
            where=order_id,
            why=Text("内存不足或被系统终止", "it ran out of memory, or the system ended it"),
            remedy=Text("查看日志后续算", "look at the log and let it go on"),
        )
    words = {name: Text(first[name]["zh"], first[name]["en"]) for name in ("what", "why", "remedy")}
    return TongchouError(first["code"], where=first["where"], **words)
