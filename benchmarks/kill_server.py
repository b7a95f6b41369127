"""`python -m benchmarks.kill_server`: the server killed again and again while it computes and posts a run.

After each kill it is started anew. What was being computed must say that it was interrupted and go on when it is told
to; what was being posted must be taken up by itself. In the end the books hold everything once, and books and
statements are those of a county whose server nobody killed.
"""

import random
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.killed_place import KilledPlace, add_users, scratch
from tongchou.core.hashing import hash_file, hash_text
from tongchou.intake import take_in
from tongchou.runs.books import Books
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.region import open_region
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

_STEP_SECONDS = 180


@dataclass(frozen=True, slots=True)
class End:
    """What a county looks like when its run is posted.

    Attributes:
        run_id: The run that stands.
        journal: Hash of every leg of the journal.
        statements: Hash of each statement.
        problems: What verifying the books found.
    """

    run_id: str
    journal: str
    statements: Mapping[str, str]
    problems: tuple[str, ...]


@dataclass(slots=True)
class Kills:
    """Kills that hit while something was under way, by what it was; `missed` came after it had ended."""

    hit: dict[str, int] = field(default_factory=lambda: {"run": 0, "posting": 0})
    missed: int = 0


def make_county(folder: Path, cases: int) -> None:
    """Make a county whose year is taken in and not settled, with a user for each role."""
    generate_region(folder, seed=5, cases=cases)
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine)
    add_users(folder)


def settle_through(folder: Path, log: Path, kills: Mapping[str, int], chance: random.Random) -> tuple[End, Kills]:
    """Order, review and post a run through the server, killing it so often while it computes and while it posts."""
    told = Kills()
    server = _Server(folder, log)
    try:
        order = server.post("insurer_officer", "/run-orders", {"period": "2025"})["order_id"]
        for _ in range(kills.get("run", 0)):
            server.wait(order, "running", "computed")
            time.sleep(chance.uniform(0.2, 3))
            server.kill_while(order, "running", "run", told)
            if server.wait(order, "interrupted", "computed")["state"] == "interrupted":
                server.post("insurer_officer", f"/run-orders/{order}/resume")
        version = server.wait(order, "computed")["version"]
        version = server.post("insurer_approver", f"/run-orders/{order}/review", version=version)["version"]
        server.post("insurer_approver", f"/run-orders/{order}/post", version=version)
        for _ in range(kills.get("posting", 0)):
            server.wait(order, "posting", "posted")
            time.sleep(chance.uniform(0.5, 4))
            server.kill_while(order, "posting", "posting", told)
        server.wait(order, "posted")
    finally:
        server.kill()
    return end_of(folder), told


def end_of(folder: Path) -> End:
    """Return what a county's books and statements hold."""
    region = open_region(folder)
    (run_id,) = standing_runs(region.lake).values()
    with open_engine("duckdb") as engine:
        books = Books(region.lake, engine, region.region_id)
        problems = tuple(str(each) for each in books.problems(books.heads(), None))
        legs = sorted(str(sorted(leg.items())) for leg in books.journal().to_pylist())
    files = sorted((region.run_folder(run_id) / "statements").glob("*.xlsx"))
    return End(run_id, hash_text(*legs), {path.name: hash_file(path) for path in files}, problems)


class _Server(KilledPlace):
    """A county's place to which runs are ordered."""

    def post(self, role: str, path: str, body: object = None, version: int | None = None) -> dict[str, Any]:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        answer = self.client(role).post(f"/api/v1{path}", json=body, headers=headers)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()["data"]
        return told

    def state(self, order: str) -> dict[str, Any]:
        answer = self.client("insurer_officer").get(f"/api/v1/run-orders/{order}")
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()["data"]
        return told

    def wait(self, order: str, *states: str) -> dict[str, Any]:
        until = time.monotonic() + _STEP_SECONDS
        while time.monotonic() < until:
            told = self.state(order)
            if told["state"] in states:
                return told
            if told["state"] == "failed" or told["problem"]:
                raise SystemExit(f"the run failed: {told['problem']}")
            time.sleep(0.1)
        raise SystemExit(f"{order} is {told['state']} and not {states}: {self.log.read_text(encoding='utf-8')}")

    def kill_while(self, order: str, state: str, kind: str, told: Kills) -> None:
        """Kill the server, count whether it hit, and start it anew."""
        if self.state(order)["state"] == state:
            told.hit[kind] += 1
        else:
            told.missed += 1
        self.kill()
        self.start()


def main(
    times: Annotated[int, typer.Option(min=1, help="Kills of each kind.")] = 20,
    cases: Annotated[int, typer.Option(min=100, help="Cases of the county.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Decides the moments of the kills.")] = 1,
) -> None:
    """Kill the server so often of each kind, and print what came of it."""
    chance = random.Random(seed)
    with scratch() as folder:
        make_county(folder / "county", cases)
        shutil.copytree(folder / "county", folder / "undisturbed")
        expected, _ = settle_through(folder / "undisturbed", folder / "log", {}, chance)
        print(f"undisturbed: run {expected.run_id}, journal {expected.journal[:16]}, {len(expected.problems)} problems")
        hit = {"run": 0, "posting": 0}
        rounds = same = 0
        while min(hit.values()) < times:
            rounds += 1
            shutil.copytree(folder / "county", folder / "killed")
            wanted = {kind: min(2, times - count) for kind, count in hit.items()}
            end, kills = settle_through(folder / "killed", folder / "log", wanted, chance)
            hit = {kind: count + kills.hit[kind] for kind, count in hit.items()}
            same += end == expected
            print(
                f"round {rounds}: {kills.hit}, missed {kills.missed}, {'the same' if end == expected else 'OTHER'} end"
            )
            shutil.rmtree(folder / "killed")
        print(f"{hit['run']} kills while computing, {hit['posting']} while posting: {same} of {rounds} ends the same")
        if same != rounds or expected.problems:
            raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
