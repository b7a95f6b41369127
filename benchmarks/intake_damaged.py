"""Ten thousand damaged lists: each is accepted, set aside or repeated, with a code, and none is lost.

`python -m benchmarks.intake_damaged --lists 10000` prints the proof; with `--line-mb 200` a file of one line of that
size is among what is handed in.
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import polars as pl

from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.reference import Reference
from tongchou.intake.deliveries.catalogue_checks import CatalogueChecks
from tongchou.intake.deliveries.document_file import sort_files
from tongchou.intake.deliveries.report import DeliveryReport
from tongchou.intake.deliveries.sealed_pseudonyms import SealedPseudonyms
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.intake.readers.interface_json import READER
from tongchou.privacy.keys import find_ring, new_ring
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine
from tongchou.store.lake import Lake

_BOM = b"\xef\xbb\xbf"
_LISTS_A_FILE = 2_000


def damaged(line: bytes, earlier: bytes, random_: random.Random) -> tuple[str, bytes]:
    """Return a list with something wrong with it, and what: the damage is drawn."""
    said: dict[str, Any] = orjson.loads(line)
    head, fees = said["input"]["setlinfo"], said["input"]["iteminfo"]
    kind = random_.choice(DAMAGE)
    match kind:
        case "swapped dates":
            head["adm_time"], head["dscg_time"] = head["dscg_time"], head["adm_time"]
        case "negative money":
            fees[random_.randrange(len(fees))]["amt"] = "-1.00"
        case "wrong sex":
            head["gend"] = random_.choice(("7", "男", "9"))
        case "off by a fen":
            fee = fees[random_.randrange(len(fees))]
            fee["claa_sumfee"] = f"{float(fee['claa_sumfee']) + 0.01:.2f}"
        case "truncated":
            return kind, line[: random_.randrange(1, len(line) - 2)].replace(b"\n", b"")
        case "given twice":
            return kind, earlier
        case "byte-order mark":
            return kind, _BOM + line
        case "field removed":
            head.pop(random_.choice(sorted(head)))
        case "node of the wrong type":
            said["input"][random_.choice(sorted(said["input"]))] = random_.choice((1, "x", [[]], None))
        case "value of the wrong kind":
            head[random_.choice(sorted(head))] = random_.choice((None, True, 1e40, [], {"a": 1}, "9" * 400, "\u0000"))
        case "noise":
            return kind, bytes(random_.randrange(256) for _ in range(60)).replace(b"\n", b"")
        case _:
            return kind, line
    return kind, orjson.dumps(said)


DAMAGE = (
    "swapped dates",
    "negative money",
    "wrong sex",
    "off by a fen",
    "truncated",
    "given twice",
    "byte-order mark",
    "field removed",
    "node of the wrong type",
    "value of the wrong kind",
    "noise",
    "none",
)


def lay_out(folder: Path, lists: int, seed: int, line_mb: int = 0) -> Counter[str]:
    """Write damaged lists and what they need into a folder, and return how many there are of each damage."""
    random_ = random.Random(seed)
    generate_region(folder / "made", seed=1, cases=min(lists, 3_000))
    written = write_interface_files(folder / "made" / "landing", folder / "written", seed=1, transaction="4101")
    sound = [line for file in written.files for line in file.read_bytes().splitlines()]
    landing = folder / "landing"
    landing.mkdir()
    kinds: Counter[str] = Counter()
    for start in range(0, lists, _LISTS_A_FILE):
        lines = []
        for number in range(start, min(start + _LISTS_A_FILE, lists)):
            said = orjson.loads(sound[number % len(sound)])
            said["input"]["setlinfo"]["setl_id"] += f"-{number // len(sound)}"
            line = orjson.dumps(said)
            kind, broken = damaged(line, lines[-1] if lines else line, random_)
            kinds[kind] += 1
            # A blank line would be none at all.
            lines.append(broken if broken.strip(b" \t\r\x0b\x0c") else b"?")
        (landing / f"lists-{start:06d}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    if line_mb:
        with (landing / "one-line.ndjson").open("wb") as file:
            file.write(b'{"infno":"4101","input":{"setlinfo":{"psn_name":"')
            for _ in range(line_mb):
                file.write(b"9" * (1 << 20))
            file.write(b'"}}}\n')
        kinds["a line without end"] += 1
    new_ring(folder / "keys.yaml")
    return kinds


def take(folder: Path) -> tuple[DeliveryReport, Lake]:
    """Take the folder in."""
    terms = DeliveryTerms(
        SealedPseudonyms(folder, "made", find_ring(folder / "keys.yaml")),
        checks=CatalogueChecks(own_catalogue(), Reference()),
    )
    lake = Lake(folder / "lake")
    made = folder / "made" / "landing"
    paths = [made / "institutions.parquet", folder / "written" / "insured_persons.csv", folder / "landing"]
    with open_engine("duckdb") as engine:
        return take_deliveries(sort_files(paths, {READER.name: READER}), lake, engine, terms, jobs=1), lake


def prove(report: DeliveryReport, lake: Lake, handed_in: int) -> Counter[str]:
    """Check that every list is accounted for with a code, and return the codes of those that were not taken."""
    count = report.count
    assert all(file.refusal is None for file in report.files), [file.refusal for file in report.files if file.refusal]
    assert count.received == handed_in, (count, handed_in)
    assert count.received == count.accepted + count.set_aside + count.repeated, count
    findings = pl.read_parquet(lake.files("findings", lake.snapshot())).filter(pl.col("handling") == "set_aside")
    # Lists of one file and place: each that was not taken has at least one finding that says why.
    of_lists = findings.filter(pl.col("source").str.contains(r"\.ndjson:"))
    assert of_lists["source"].n_unique() == count.set_aside + count.repeated, count
    documents = pl.read_parquet(lake.files("documents", lake.snapshot()))
    # A list whose number was damaged into that of another is a correction of that one.
    corrected = sum(file.corrected for file in report.files)
    assert documents.height == documents["list_id"].n_unique() == count.accepted - corrected
    firsts = of_lists.group_by("source").agg(pl.col("code").first())
    return Counter(firsts["code"].to_list())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lists", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--line-mb", type=int, default=200)
    wanted = asked.parse_args()
    with TemporaryDirectory() as scratch:
        kinds = lay_out(Path(scratch), wanted.lists, wanted.seed, wanted.line_mb)
        began = time.perf_counter()
        report, lake = take(Path(scratch))
        print(f"{sum(kinds.values()):,} lists in {time.perf_counter() - began:.1f} s: {report.count.as_json()}")
        for kind, count in sorted(kinds.items()):
            print(f"  {count:>7,} {kind}")
        codes = prove(report, lake, sum(kinds.values()))
        print("not taken, by first code:", ", ".join(f"{code} {count:,}" for code, count in codes.most_common()))
        print("proven: every list is accepted, set aside or repeated, each with a code")


if __name__ == "__main__":
    sys.exit(main())
