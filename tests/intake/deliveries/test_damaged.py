"""Ten thousand damaged lists: each is taken, set aside or repeated, with a code that says why, and none is lost."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from benchmarks.intake_damaged import DAMAGE, lay_out, prove, take
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.deliveries.damages import KINDS, Damage, written

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
from tongchou.store.engine import Engine
from tongchou.store.engines import open_engine
from tongchou.store.lake import Lake

pytestmark = pytest.mark.slow
EXAMPLES, LISTS = 25, 400
"""Together 10,000 lists: so many a file, a lake for each file."""

_NUMBERS = st.integers(0, 255)
_DAMAGE = st.tuples(st.sampled_from(KINDS), _NUMBERS, _NUMBERS)
_TWO_AT_MOST = st.tuples(_DAMAGE, st.one_of(st.none(), _DAMAGE))
Damages = tuple[Damage, Damage | None]


class Counter:
    """A counter that has taken nothing yet but its institutions and insured persons, to be copied."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._folder, self._engine = folder, engine
        generate_region(folder / "made", seed=1, cases=LISTS)
        made = folder / "made" / "landing"
        files = write_interface_files(made, folder / "written", seed=1, transaction="4101").files
        lines = [line for file in files for line in file.read_bytes().splitlines()]
        self.lines = [line for line in lines if b'"setlinfo"' in line][:LISTS]
        new_ring(folder / "keys.yaml")
        (folder / "empty").mkdir()
        self._take(folder / "empty", [made / "institutions.parquet", folder / "written" / "insured_persons.csv"])

    def take(self, folder: Path, file: Path) -> tuple[DeliveryReport, Lake]:
        return self.take_all(folder, [file])

    def take_all(self, folder: Path, files: list[Path]) -> tuple[DeliveryReport, Lake]:
        if not (folder / "lake").is_dir():
            shutil.copytree(self._folder / "empty", folder, dirs_exist_ok=True)
        return self._take(folder, files)

    def _take(self, folder: Path, paths: list[Path]) -> tuple[DeliveryReport, Lake]:
        terms = DeliveryTerms(
            SealedPseudonyms(folder, "made", find_ring(self._folder / "keys.yaml")),
            checks=CatalogueChecks(own_catalogue(), Reference()),
        )
        lake = Lake(folder / "lake")
        return take_deliveries(sort_files(paths, {READER.name: READER}), lake, self._engine, terms, jobs=1), lake


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with open_engine("duckdb") as engine:
        yield Counter(tmp_path_factory.mktemp("damaged"), engine)


def numbered(line: bytes, number: int) -> bytes:
    said = orjson.loads(line)
    said["input"]["setlinfo"]["setl_id"] = f"D-{number}"
    return orjson.dumps(said)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    damages=st.lists(_TWO_AT_MOST, min_size=LISTS, max_size=LISTS),
    encoding=st.sampled_from(("utf-8", "gb18030")),
    mark=st.booleans(),
    end=st.sampled_from((b"\n", b"\r\n")),
)
def test_ten_thousand_damaged_lists_are_each_accounted_for(
    counter: Counter, damages: list[Damages], encoding: str, mark: bool, end: bytes
) -> None:
    lines: list[bytes] = []
    for number, both in enumerate(damages):
        line = numbered(counter.lines[number % len(counter.lines)], number)
        lines.append(written(line, [each for each in both if each], lines, encoding))
    begin = b"\xef\xbb\xbf" if mark and encoding == "utf-8" else b""
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "lists.ndjson"
        # The first line says what the file is; without any sound one the file as a whole would be refused.
        file.write_bytes(begin + end.join([numbered(counter.lines[0], 99_999), *lines]) + end)
        report, lake = counter.take(Path(scratch), file)
        prove(report, lake, LISTS + 1)


def test_damaged_lists_of_several_files_are_all_accounted_for(tmp_path: Path) -> None:
    kinds = lay_out(tmp_path, 300, seed=3, line_mb=1)
    assert {*DAMAGE, "a line without end"} == kinds.keys()
    report, lake = take(tmp_path)
    codes = prove(report, lake, 301)
    assert codes["intake.broken_document"] > kinds["truncated"]
