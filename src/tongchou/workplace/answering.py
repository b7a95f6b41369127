"""Answers to "why": those that are at hand at once, the others in a process of their own.

To explain an event or a referral, the whole year is settled again. That takes a while and as much memory as a run;
the place shall not carry it, so it is done apart, for one asker at a time.
"""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Literal

from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.runs.collector import collector_paused
from tongchou.runs.explain import Explainer, open_run, question
from tongchou.runs.kept_reasons import has_reasons
from tongchou.runs.region import open_region
from tongchou.store.engines import open_engine
from tongchou.workplace.engines import busy
from tongchou.workplace.place import Workplace

Kind = Literal["case", "member", "alliance", "event", "referral"]

_KEPT = ("member", "alliance")
_WAIT_SECONDS = 60
_one_at_a_time = threading.Lock()


def answer(place: Workplace, run_id: str, kind: Kind, key: str) -> Step:
    """Return why something of a run is as it is.

    Raises:
        TongchouError: As `Explainer` says; `workplace.busy` if another's long question does not end in a minute.
    """
    record = place.shelf.record(run_id)
    if kind == "case" or (kind in _KEPT and has_reasons(record)):
        rules = place.at_hand.rules(record)
        with place.engines.engine() as engine:
            return _ask(question(rules, engine), kind, key)
    if not _one_at_a_time.acquire(timeout=_WAIT_SECONDS):
        raise busy("1", Text("正在为他人重算全年", "the year is being settled again for another's question"))
    try:
        apart = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=apart) as process:
            return process.submit(_settle_again, place.region.folder, run_id, kind, key).result()
    finally:
        _one_at_a_time.release()


def _settle_again(folder: Path, run_id: str, kind: Kind, key: str) -> Step:
    with open_engine("duckdb") as engine, collector_paused():
        return _ask(open_run(open_region(folder), run_id, engine), kind, key)


def _ask(explainer: Explainer, kind: Kind, key: str) -> Step:
    match kind:
        case "case":
            return explainer.case(key)
        case "member":
            return explainer.member(key)
        case "alliance":
            return explainer.alliance(key)
        case "event":
            return explainer.event(key)
        case "referral":
            return explainer.referral(key)
