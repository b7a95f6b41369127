"""Each way to damage a list has the code that says what is wrong, and no other; what is no damage has none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from benchmarks.intake_line import make_region, take, write_line
from tests.intake.deliveries.test_damaged import Counter, counter, numbered  # noqa: F401  # a fixture

pytestmark = pytest.mark.slow
Said = dict[str, Any]
BOM = b"\xef\xbb\xbf"
BROKEN = {"intake.broken_document"}


def head(said: Said) -> Said:
    found: Said = said["input"]["setlinfo"]
    return found


def one_fen_more(row: Said, name: str) -> None:
    fen = int(row[name].replace(".", "")) + 1
    row[name] = f"{fen // 100}.{fen % 100:02d}"


def swapped(said: Said, one: str, other: str) -> None:
    head(said)[one], head(said)[other] = head(said)[other], head(said)[one]


def of_a_man_only(said: Said) -> None:
    said["input"]["diseinfo"][0] |= {"diag_code": "C61.x00", "diag_name": "前列腺恶性肿瘤"}
    head(said)["gend"] = "2"


def put(**values: Any) -> Callable[[Said], None]:
    return lambda said: head(said).update(values)


def of_fees(**values: Any) -> Callable[[Said], None]:
    return lambda said: said["input"]["iteminfo"][0].update(values)


TAKEN: Mapping[str, tuple[Callable[[Said], object], set[str]]] = {
    "none": (lambda said: None, set()),
    "the other sex than the identity number says": (
        lambda said: head(said).update(gend="12"[head(said)["gend"] == "1"]),
        {"Q14"},
    ),
    "a name in a number's place": (put(acp_optins_code="王龘靐"), {"intake.misplaced_identity"}),
    "a phone in words": (put(medins_fill_dept="医保办 13977530000"), {"intake.misplaced_identity"}),
}
"""What is taken for all that, and what is noted."""

SET_ASIDE: Mapping[str, tuple[Callable[[Said], object], set[str]]] = {
    "admission and discharge swapped": (lambda said: swapped(said, "adm_time", "dscg_time"), {"Q06"}),
    "begin and end of the settlement swapped": (
        put(setl_begn_date="2025-12-30", setl_end_date="2025-01-01"),
        {"Q08", "Q08b"},
    ),
    "born after the stay": (put(brdy="2030-01-01"), {"Q10", "Q13b"}),
    "a day that is none": (put(adm_time="2025-02-30 08:00:00"), {"Q02"}),
    "a fee off by a fen": (
        lambda said: one_fen_more(said["input"]["iteminfo"][0], "amt"),
        {"Q53", "Q55"},
    ),
    "a class of a fee off by a fen": (
        lambda said: one_fen_more(said["input"]["iteminfo"][0], "claa_sumfee"),
        {"Q53"},
    ),
    "a fund off by a fen": (lambda said: one_fen_more(said["input"]["payinfo"][0], "fund_payamt"), {"Q55"}),
    "the cash off by a fen": (lambda said: one_fen_more(head(said), "psn_cashpay"), {"Q56"}),
    "a negative fee": (of_fees(amt="-1.00"), {"Q53", "Q53b", "Q55"}),
    "a negative share": (put(psn_selfpay="-1.00"), {"Q55", "Q56"}),
    "a tenth of a fen": (put(psn_selfpay="1.001"), {"Q02"}),
    "no such sex": (put(gend="7"), {"Q03", "intake.person_unknown"}),
    "a disease of men of a woman": (of_a_man_only, {"Q33"}),
    "a wrong digit in the identity number": (
        lambda said: head(said).update(certno=head(said)["certno"][:17] + "10"[head(said)["certno"][17] == "1"]),
        {"Q13"},
    ),
    "no settlement number": (lambda said: head(said).pop("setl_id"), {"Q01", "intake.nameless_document"}),
    "somebody's number for that of the settlement": (
        put(setl_id="110101195001011234"),
        {"Q01", "intake.nameless_document", "intake.misplaced_identity"},
    ),
    "a name in the place of a number that must be filled": (
        put(bill_no="王龘靐"),
        {"Q01", "intake.misplaced_identity"},
    ),
    "no diagnosis": (lambda said: said["input"].update(diseinfo=[]), {"Q41"}),
    "a diagnosis twice, both the principal one": (
        lambda said: said["input"]["diseinfo"].append(dict(said["input"]["diseinfo"][0])),
        {"Q21", "Q24", "Q41"},
    ),
    "a node of the wrong type": (lambda said: said["input"].update(iteminfo=1), BROKEN),
}
"""What is not taken, with every code that says why."""

WRITING: Mapping[str, tuple[Callable[[bytes], bytes], set[str]]] = {
    "a byte-order mark before the line": (lambda line: BOM + line, set()),
    "blanks around the line": (lambda line: b" \t" + line + b"  ", set()),
    "cut off": (lambda line: line[:-30], BROKEN),
    "begun late": (lambda line: line[40:], BROKEN),
    "binary noise": (lambda line: bytes(each for each in range(256) if each != 10), BROKEN),
    "no object": (lambda line: b"[1]", BROKEN),
    "an object of nothing": (lambda line: b"{}", BROKEN),
    "two values under one name": (
        lambda line: line.replace(b'"gend":', b'"gend":"9","gend":', 1),
        {"intake.key_given_twice"},
    ),
    "two values under one name, written otherwise": (
        lambda line: line.replace(b'"gend":', b'"\\u0067end" :"9","gend":', 1),
        {"intake.key_given_twice"},
    ),
    "one value twice under one name": (
        lambda line: line.replace(b'"ntly":"CHN"', b'"ntly":"CHN","ntly":"CHN"', 1),
        set(),
    ),
}
"""Damages of how a list is written; those without a code are taken."""


@dataclass(frozen=True)
class Outcome:
    """What became of a list."""

    is_taken: bool
    codes: set[str]


@pytest.fixture(scope="module")
def outcomes(counter: Counter, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:  # noqa: F811
    """Hand in a file of lists, a damage each, and return what became of each."""
    folder = tmp_path_factory.mktemp("each")
    names, lines = [], []
    for name, (damage, _) in {**TAKEN, **SET_ASIDE}.items():
        said = orjson.loads(numbered(counter.lines[0], len(lines)))
        damage(said)
        names.append(name)
        lines.append(orjson.dumps(said))
    for name, (written, _) in WRITING.items():
        sound = numbered(counter.lines[0], len(lines))
        names.append(name)
        lines.append(written(sound))
        assert lines[-1] != sound
    (folder / "lists.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    report, lake = counter.take(folder, folder / "lists.ndjson")
    assert report.count.received == len(lines)
    found = pl.read_parquet(lake.files("findings", lake.snapshot()))
    taken = set(pl.read_parquet(lake.files("settlement_lists", lake.snapshot()))["settlement_number"])
    made = {}
    for number, name in enumerate(names):
        codes = set(found.filter(pl.col("source") == f"lists.ndjson:line {number + 1}")["code"])
        made[name] = Outcome(f"D-{number}" in taken, codes)
    return made


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_no_fault_is_taken_and_noted(name: str, outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes[name] == Outcome(is_taken=True, codes=TAKEN[name][1])


@pytest.mark.parametrize("name", SET_ASIDE)
def test_a_damaged_list_is_set_aside_with_its_codes(name: str, outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes[name] == Outcome(is_taken=False, codes=SET_ASIDE[name][1])


@pytest.mark.parametrize("name", WRITING)
def test_a_badly_written_list_is_told_from_one_that_only_looks_so(name: str, outcomes: Mapping[str, Outcome]) -> None:
    codes = WRITING[name][1]
    assert outcomes[name] == Outcome(is_taken=not codes, codes=codes)


def codes_of(counter: Counter, folder: Path, *files: list[bytes]) -> list[set[str]]:  # noqa: F811
    """Hand in files of lists together, and return the codes of each file's second and later lists."""
    for number, lines in enumerate(files):
        (folder / f"lists-{number}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    told = []
    for number in range(len(files)):
        report, lake = counter.take(folder, folder / f"lists-{number}.ndjson")
        assert report.count.received == len(files[number])
        found = pl.read_parquet(lake.files("findings", lake.snapshot()))
        told.append(set(found.filter(pl.col("source").str.starts_with(f"lists-{number}."))["code"]))
    return told


def test_a_list_twice_is_told_as_the_same_or_as_a_contradiction(counter: Counter, tmp_path: Path) -> None:  # noqa: F811
    sound = numbered(counter.lines[0], 1)
    other = sound.replace(b'"bill_no":"', b'"bill_no":"9')
    assert other != sound
    (tmp_path / "same").mkdir()
    assert codes_of(counter, tmp_path / "same", [sound, sound]) == [{"intake.repeated_list"}]
    (tmp_path / "other").mkdir()
    (codes,) = codes_of(counter, tmp_path / "other", [sound, other])
    assert "intake.list_given_twice" in codes


def test_a_list_in_two_files_is_told_as_the_same(counter: Counter, tmp_path: Path) -> None:  # noqa: F811
    sound, second = (numbered(counter.lines[number], number) for number in (1, 2))
    files: list[Path] = []
    for number, lines in enumerate(([sound], [second, sound])):
        files.append(tmp_path / f"lists-{number}.ndjson")
        files[-1].write_bytes(b"\n".join(lines) + b"\n")
    report, lake = counter.take_all(tmp_path, files)
    assert (report.count.received, report.count.accepted, report.count.repeated) == (3, 2, 1)
    assert set(pl.read_parquet(lake.files("findings", lake.snapshot()))["code"]) == {"intake.repeated_list"}


@pytest.fixture
def region(tmp_path: Path) -> Path:
    make_region(tmp_path)
    return tmp_path


def test_a_line_of_200_mb_goes_through_the_whole_command_in_bounded_memory(counter: Counter, region: Path) -> None:  # noqa: F811
    file = region / "lists.ndjson"
    sound = numbered(counter.lines[0], 1)
    write_line(file, 200, sound + b"\n")
    done = take(file, region / "region", region / "keys.yaml")
    assert done.exit_code == 1
    assert done.report["documents"] == {"received": 2, "accepted": 1, "set_aside": 1, "repeated": 0}
    assert done.report["files"][0]["findings"]["intake.broken_document"] == 1  # type: ignore[index]
    assert done.peak_mb < 700
