"""A run, a trial or an intake in its own process: `python -m tongchou.workplace.computing`.

The place answers meanwhile. It reads its order from its first line of input and says its stages as lines of JSON. It
ends when its input is closed: nothing computes for a place that is gone. A run that posts is booked as a whole or not
at all.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import orjson

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.run_orders import INTAKE, SCENARIO
from tongchou.runs.order import POSTED, Order, prepare
from tongchou.runs.record import RunRecord, read_record
from tongchou.runs.region import Period, open_region
from tongchou.runs.settle import settle
from tongchou.store.engines import open_engine
from tongchou.workplace.scenario_trying import try_scenario
from tongchou.workplace.taking_uploads import take_upload_in


def main() -> None:
    """Compute, post, try or take in what the first line of input orders."""
    said = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        outcome = _outcome(said)
    except TongchouError as error:
        _say({"problem": error.as_json()})
    else:
        _say(outcome)


def _outcome(said: dict[str, Any]) -> dict[str, Any]:
    if said["kind"] == INTAKE:
        return take_upload_in(Path(said["region"]), said, _announce)
    return {"run_id": _record(said).run_id}


def _record(said: dict[str, Any]) -> RunRecord:
    if said["kind"] == SCENARIO:
        return try_scenario(Path(said["region"]), said["scenario"], _announce)
    return _post(said) if said["reviewed"] else _compute(said)


def _compute(said: dict[str, Any]) -> RunRecord:
    order = Order(
        open_region(Path(said["region"])), Period.parse(said["period"]), scheme=said.get("scheme"), is_shadow=True
    )
    with open_engine("duckdb") as engine:
        return settle(order, engine, _announce)


def _post(said: dict[str, Any]) -> RunRecord:
    """Book what was reviewed.

    Raises:
        TongchouError: `workplace.changed_since_review` if data, policy, scheme or program are no longer those of the
            run that was reviewed.
    """
    region = open_region(Path(said["region"]))
    reviewed = read_record(region.run_folder(said["reviewed"]))
    order = Order(region, Period.parse(said["period"]), scheme=said.get("scheme"))
    with open_engine("duckdb") as engine:
        inputs = prepare(order, engine, POSTED).inputs
        now = {**_comparable(inputs)}
        then = {**_comparable(reviewed.inputs)}
        if now != then:
            raise _changed(said["reviewed"], [name for name, value in now.items() if value != then[name]])
        return settle(order, engine, _announce)


def _comparable(inputs: Any) -> dict[str, Any]:  # noqa: ANN401  # a dataclass with slots
    return {name: getattr(inputs, name) for name in inputs.__slots__ if name != "is_shadow"}


def _changed(run_id: str, names: list[str]) -> TongchouError:
    listed = ", ".join(names)
    return TongchouError(
        "workplace.changed_since_review",
        what=Text("复核之后依据有变，未入账", "what the run follows from has changed since the review; not posted"),
        where=run_id,
        why=Text(f"变动的有：{listed}", f"changed: {listed}"),
        remedy=Text("重新下达结算，复核后再入账", "order the run again, review it, and post that"),
    )


def _announce(stage: str) -> None:
    _say({"stage": stage})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(what) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(3)


if __name__ == "__main__":
    main()
