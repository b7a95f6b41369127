"""Data quality: numbers add up, a hospital sees its own, and nobody's name is in what is sent back."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from tests.counter_place import (  # noqa: F401
    OTHER,
    OWN,
    TABLES,
    Counter,
    counter,
    counter_folder,
    open_counter,
    take_in_here,
)

from tongchou.browse.accuracy import Threshold, accuracy_lines, catalogue_of, summed
from tongchou.browse.handed_in import HandedIn, handed_in
from tongchou.browse.quality_report import quality_report, render_quality_page
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.uploads import Announced
from tongchou.schema.contract import Grade
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.workplace.quality_reading import batches_of, finding_rows_of, quality_of
from tongchou.workplace.quality_reporting import quality_report_of
from tongchou.workplace.upload_intake import order_intake
from tongchou.workplace.uploading import begin_upload, complete_upload, open_part

PLANTED = ("欧阳测试甲", "Zzyzx Planted", "110101199003078812", "13912345678", "PERSON-PLANTED-77")


def _take_in(at: Counter, data: bytes, who: str, institution: str, name: str = "lists.ndjson") -> None:
    subject = at.people[who]
    upload = begin_upload(at.place, subject, Announced(name, len(data)), institution)
    with open_part(at.place, subject, upload.upload_id, 0) as part:
        part.write(data)
    complete_upload(at.place, subject, upload.upload_id)
    order_intake(at.place, subject, upload.upload_id)
    take_in_here(at.place)


def _planted(lists: bytes) -> bytes:
    """Put names and numbers of persons into every list, and a fault into each second one."""
    lines = []
    for number, line in enumerate(lists.splitlines()):
        document: dict[str, Any] = orjson.loads(line)
        info = next(each for each in _objects(document) if "medcasno" in each)
        info |= {"psn_name": PLANTED[0], "certno": PLANTED[2], "coner_name": PLANTED[1], "coner_tel": PLANTED[3]}
        info |= {"medcasno": f"{PLANTED[4]}-{number}"}
        if number % 2:
            info |= {"dscg_time": "1990-01-01 00:00:00", "gend": f"{PLANTED[0]}"}
        lines.append(orjson.dumps(document))
    return b"\n".join(lines)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


@pytest.fixture
def full(counter: Counter) -> Counter:  # noqa: F811
    """A counter where two hospitals have handed in replies and lists, one of them with faults."""
    for institution, who in ((OWN, "hospital"), (OTHER, "other")):
        for kind in ("2304", "4101A"):
            data = b"".join(each.read_bytes() for each in sorted(counter.lists.glob(f"{institution}-*-0[1-3]-{kind}*")))
            _take_in(counter, _planted(data) if kind == "4101A" and institution == OWN else data, who, institution)
    return counter


@pytest.mark.slow
def test_what_is_shown_adds_up_each_sees_its_own_and_nobody_is_named(full: Counter) -> None:
    place, people = full.place, full.people
    every = quality_of(place, people["officer"])
    own = quality_of(place, people["hospital"])
    assert {line.institution_id for line in own.lines} == {OWN}
    assert {line.institution_id for line in every.lines} >= {OWN, OTHER}
    for line in every.lines:
        assert line.records == line.taken + line.set_aside
        assert line.is_met == (line.taken * 10_000 >= line.records * every.threshold.records_e4)
        assert (line.fields_e4 is None) == (line.fields_met is None) == (not line.fields)
        assert 0 <= line.corrected <= line.set_aside
        assert 0 <= line.points_e2 <= 10_000
    assert every.threshold == Threshold(9_800, 9_800)
    mine = sum(line.set_aside for line in own.lines)
    assert mine, "each second list has a fault"
    assert sum(line.taken for line in every.lines) == _rows(full, "cases")

    batches = batches_of(place, people["hospital"])
    assert {batch.institution_id for batch in batches} == {OWN}
    of_batches = batches_of(place, people["officer"])
    for batch in of_batches:
        assert batch.received == batch.taken + batch.set_aside + batch.repeated
    for name in ("fields", "fields_sound"):
        assert sum(getattr(line, name) for line in every.lines) == sum(getattr(batch, name) for batch in of_batches) > 0
    assert any(line.fields_sound < line.fields for line in own.lines), "each second list has a fault"
    with pytest.raises(TongchouError) as refused:
        quality_of(place, people["hospital"], OTHER)
    assert refused.value.code == "access.refused"

    rows, after = finding_rows_of(place, people["hospital"], size=3)
    assert len(rows) == 3
    assert after == rows[-1].finding_id
    seen, cursor = [*rows], after
    while cursor:
        more, cursor = finding_rows_of(place, people["hospital"], size=50, cursor=cursor)
        seen += more
    assert len({row.finding_id for row in seen}) == len(seen) == sum(kind.count for kind in own.kinds)
    # The two faults of each second list are about its sex and the day it left.
    assert {"sex", "discharged_at"} <= {row.column_name for row in seen}
    assert {row.field.zh for row in seen if row.column_name == "discharged_at"} == {"出院时间"}
    assert not [row for row in seen if {"person_id", "doctor_id", "case_number_id"} & row.row.keys()]

    told = [repr(own), repr(every), repr(seen), repr(batches)]
    page = quality_report_of(place, people["hospital"], OWN, "html").decode()
    book = quality_report_of(place, people["hospital"], OWN, "xlsx")
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        told += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    assert f"{sum(line.records for line in own.lines):,}" in page
    persons = set(_column(full, "persons", "person_id"))
    for text in (*told, page):
        assert not [name for name in PLANTED if name in text]
        assert not [person for person in persons if person and person in text]
    for asked in (None, OWN):
        masked = quality_of(place, people["researcher"], asked)
        assert not {line.institution_id for line in masked.lines} & {OWN, OTHER}
        assert not [name for name in (OWN, OTHER, "云栖县人民医院") if name in repr(masked)]
    assert all(line.records >= 5 for line in masked.lines)
    _sheets(book, own.lines, len(seen))


@pytest.mark.slow
def test_an_example_of_another_members_row_shows_a_lead_hospital_no_clinical_value(counter: Counter) -> None:  # noqa: F811
    place, people = counter.place, counter.people
    for kind in ("2304", "4101A"):
        data = b"".join(each.read_bytes() for each in sorted(counter.lists.glob(f"{OTHER}-*-0[1-3]-{kind}*")))
        _take_in(counter, _planted(data) if kind == "4101A" else data, "other", OTHER)
    checks = catalogue_of(place.region.folder).checks
    seen, told = ({each.code: each for each in quality_of(place, people[who]).kinds} for who in ("other", "lead"))
    assert seen.keys() == told.keys() != set()
    values = {
        str(value)
        for row in finding_rows_of(place, people["other"], size=500)[0]
        for name, value in row.row.items()
        if LIST_TABLES[row.table_name].grade_of(name) in {Grade.CLINICAL, Grade.COST} and len(str(value)) > 3
    }
    assert [code for code, each in seen.items() if any(value in each.what.zh for value in values)]
    for code, each in told.items():
        assert each.count == seen[code].count
        assert not [value for value in values if value in each.what.zh + each.what.en + each.remedy.zh], each
        assert each.what in {checks[code].title, seen[code].what} if code in checks else each.what == Text.plain(code)


def _sheets(book: bytes, lines: Any, findings: int) -> None:
    opened = CalamineWorkbook.from_filelike(io.BytesIO(book))
    summary, kinds, records = (opened.get_sheet_by_index(number).to_python() for number in range(3))
    total = next(row for row in summary if str(row[0]).startswith("合计"))
    # Formulas hold the value that they give.
    assert [int(float(each)) for each in total[1:4]] == [
        sum(getattr(line, name) for line in lines) for name in ("records", "taken", "set_aside")
    ]
    assert int(float(next(row for row in kinds if str(row[0]).startswith("合计"))[3])) == findings
    assert len(records) - 2 == findings


def _rows(at: Counter, table: str) -> int:
    return len(_column(at, table, "case_id"))


def _column(at: Counter, table: str, column: str) -> list[str]:
    lake = at.place.region.lake
    files = lake.files(table, lake.snapshot())
    return pl.read_parquet(files, columns=[column]).get_column(column).to_list() if files else []


@dataclass(frozen=True)
class Found:
    """A finding for the tests."""

    table: str = "cases"
    handling: str = "set_aside"
    code: str = "intake.x"
    batch: str = "b"
    source: str = "f:1"
    institution: str | None = OWN
    month: str | None = "2025-03"
    corrected: bool = False


def _facts(*found: Found, taken: int = 0, fields: tuple[int, int] | None = None) -> HandedIn:
    rows = [
        (
            f"n{number}",
            each.batch,
            each.table,
            each.source,
            None,
            each.handling,
            each.code,
            each.institution,
            each.month,
            each.corrected,
            False,
        )
        for number, each in enumerate(found)
    ]
    schema = {
        **dict.fromkeys(
            (
                "finding_id",
                "batch_id",
                "table_name",
                "source",
                "case_id",
                "handling",
                "code",
                "institution_id",
                "month",
            ),
            pl.String,
        ),
        "is_corrected": pl.Boolean,
        "counts_elsewhere": pl.Boolean,
    }
    known = pl.DataFrame([(OWN, "2025-03", taken)], schema=["institution_id", "month", "taken"], orient="row")
    return HandedIn(pl.DataFrame(rows, schema=schema, orient="row"), known, _fields(fields))


def _fields(counted: tuple[int, int] | None) -> pl.DataFrame:
    schema = {**dict.fromkeys(("batch_id", "institution_id", "month"), pl.String), "fields": pl.Int64}
    rows = [] if counted is None else [("b", OWN, "2025-03", *counted)]
    return pl.DataFrame(rows, schema={**schema, "fields_sound": pl.Int64}, orient="row")


@pytest.mark.parametrize(
    ("taken", "aside", "is_met"), [(98, 2, True), (97, 3, False), (49, 1, True), (979, 20, False), (980, 20, True)]
)
def test_the_threshold_is_reached_exactly(tmp_path: Path, taken: int, aside: int, is_met: bool) -> None:
    found = [Found(source=f"f:{number}") for number in range(aside)]
    (line,) = accuracy_lines(_facts(*found, taken=taken), catalogue_of(tmp_path))
    assert (line.records, line.is_met) == (taken + aside, is_met)
    assert line.accuracy_e4 == taken * 10_000 // (taken + aside)


@pytest.mark.parametrize(
    ("fields", "share", "is_met"),
    [((50, 49), 9_800, True), ((10_000, 9_799), 9_799, False), ((3, 2), 6_666, False), (None, None, None)],
)
def test_the_threshold_of_fields_is_its_own_and_reached_exactly(tmp_path: Path, fields, share, is_met) -> None:
    (line,) = accuracy_lines(_facts(taken=1, fields=fields), catalogue_of(tmp_path))
    assert (line.fields_e4, line.fields_met, line.is_met) == (share, is_met, True)
    lax = summed((line, line), Threshold(9_800, 5_000))
    assert lax.fields_met == (None if fields is None else True)
    assert lax.fields_e4 == share


def test_a_record_counts_once_however_much_was_found_in_it(tmp_path: Path) -> None:
    catalogue = catalogue_of(tmp_path)
    check = next(each for each in catalogue.in_force() if each.level == "warns" and each.weight is None)
    weight = catalogue.scoring.weights["warns"].value
    noted = Found(table="settlement_lists", handling="noted", code=check.id)
    facts = _facts(noted, noted, Found(table="list_diagnoses", handling="noted", code=check.id), taken=4)
    (line,) = accuracy_lines(facts, catalogue)
    assert (line.records, line.set_aside) == (4, 0)
    assert line.points_lost == weight
    both = accuracy_lines(_facts(Found(), Found(code="intake.y"), Found(table="fees"), taken=1), catalogue)
    assert summed(both, Threshold(9_800, 9_800)).set_aside == 1, "rows of other tables are no records of their own"


def test_a_batch_is_of_who_sent_it_whatever_its_rows_say() -> None:
    facts = _facts(Found(institution=OTHER), Found(institution=None, batch="c")).sent_by({"b": OWN})
    assert facts.findings.get_column("institution_id").to_list() == [OWN, None]


def test_a_region_where_nothing_was_handed_in_has_an_empty_page(counter: Counter) -> None:  # noqa: F811
    quality = quality_of(counter.place, counter.people["officer"])
    assert (quality.lines, quality.kinds) == ((), ())
    report = quality_report(
        counter.place.region, handed_in(counter.place.region.lake), OWN, Text.plain("医院"), counter.place.today
    )
    assert "没有问题" in render_quality_page(report)


@pytest.mark.parametrize(
    "who", ["officer", "approver", "lead", "hospital", "other", "centre", "supervisor", "researcher", "administrator"]
)
def test_each_role_reads_the_quality_of_whom_it_may(counter: Counter, who: str) -> None:  # noqa: F811
    client = counter.client(who)
    status = {
        path: client.get(f"/api/v1/{path}").status_code
        for path in (
            "quality",
            f"quality?institution_id={OWN}",
            f"quality?institution_id={OTHER}",
            "batches",
            "findings",
            f"quality-reports/{OWN}?format=html",
            f"quality-reports/{OTHER}?format=html",
        )
    }
    all_of_it = who in {"officer", "approver", "supervisor"}
    reads = all_of_it or who in {"lead", "hospital", "other", "centre"}
    own, other = all_of_it or (reads and who != "other"), all_of_it or who == "other"
    expected = {
        "quality": reads or who == "researcher",
        f"quality?institution_id={OWN}": own or who == "researcher",
        f"quality?institution_id={OTHER}": other or who in {"lead", "researcher"},
        "batches": reads,
        "findings": reads,
        f"quality-reports/{OWN}?format=html": own,
        f"quality-reports/{OTHER}?format=html": other,
    }
    assert status == {path: 200 if may else 403 for path, may in expected.items()}
    assert {counter.client("").get(f"/api/v1/{path}").status_code for path in status} == {401}
