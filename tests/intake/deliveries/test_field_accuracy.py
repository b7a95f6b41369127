"""The accuracy of fields: what each batch brought, by institution and month, whatever came beside it and when."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest
import yaml
from tests.intake.deliveries.conftest import Desk
from tests.intake.deliveries.plain import INSTITUTION, Document, HashPseudonymiser, settlement_reply, write
from tests.worked import CASES

from tongchou.browse.accuracy import Threshold, accuracy_lines, summed
from tongchou.browse.handed_in import handed_in
from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.deliveries.catalogue_checks import CatalogueChecks
from tongchou.intake.deliveries.terms import DeliveryTerms, LinkTerms

CATALOGUE = own_catalogue()
WORKED = yaml.load((CASES / "intake" / "field_accuracy.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
CHECKS = CatalogueChecks(CATALOGUE)
NUMBERS = (1, 2, 3, 4, 5)


def _desk(root: Path, engine) -> Desk:
    """Return a counter with the checks that come with the software."""
    return Desk(root, engine, DeliveryTerms(HashPseudonymiser(), checks=CHECKS), lambda: LinkTerms(CHECKS))


def _counter(root: Path, engine) -> Desk:
    return _desk(root, engine).open()


def _lines(desk):
    return accuracy_lines(handed_in(desk.lake), CATALOGUE)


def _register(desk) -> Path:
    path = desk.root / "landing" / "insured_persons-1.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["person_number,sex,born_on,insurance_type,area_id,chronic_diseases"]
    lines += [f"32{number:010d},male,1960-03-09,resident,320381," for number in NUMBERS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _replies(desk) -> Path:
    return write(desk.root / "landing" / "replies.ndjson", [settlement_reply(number) for number in NUMBERS])


def _written(changes: dict[str, Any]) -> Document:
    number = int(changes["number"])
    named = {
        "person_number": f"32{number:010d}",
        "visit_number": f"V{number}",
        "settlement_number": f"S{number}",
        "receipt_number": f"{number}",
    }
    own = {name: value for name, value in changes.items() if name not in ("number", "diagnoses")}
    head = {name: value for name, value in {**WORKED["list"], **named, **own}.items() if value != "null"}
    rows = [WORKED[name] for name in changes.get("diagnoses", ["principal"])]
    tables = {"settlement_lists": [head], "list_diagnoses": rows}
    return {"kind": "settlement_list", "transaction": "4101A", "tables": tables}


@pytest.fixture(scope="module")
def with_parts(tmp_path_factory, duckdb_engine) -> Path:
    """A region where the register and the replies of five lists have come."""
    desk = _counter(tmp_path_factory.mktemp("parts") / "region", duckdb_engine)
    desk.take(_register(desk), _replies(desk))
    return desk.root


@pytest.mark.parametrize("case", WORKED["cases"], ids=lambda case: case["name"])
def test_worked_examples(tmp_path, duckdb_engine, with_parts, case) -> None:
    desk = _desk(copytree(with_parts, tmp_path / "region"), duckdb_engine)
    reports = [
        desk.hand_in([_written(each) for each in lists], f"lists-{place}") for place, lists in enumerate(case["files"])
    ]
    lines = _lines(desk)
    assert [
        {
            "institution": line.institution_id,
            "month": line.month,
            "records": str(line.records),
            "fields": str(line.fields),
            "sound": str(line.fields_sound),
            "e4": str(line.fields_e4),
            "met": "yes" if line.fields_met else "no",
        }
        for line in lines
    ] == case["expect"]
    of_files = (sum(r.fields.counted for r in reports), sum(r.fields.sound for r in reports))
    total = summed(lines, Threshold.of(CATALOGUE))
    assert of_files == (total.fields, total.fields_sound)
    batches = handed_in(desk.lake).fields.group_by("batch_id").agg(pl.col("fields", "fields_sound").sum())
    came = {(r.files[0].batch_id, r.fields.counted, r.fields.sound) for r in reports if r.fields.counted}
    assert set(batches.iter_rows()) == came


def _mixed() -> dict[str, list[Document | str]]:
    """Lists of men, one of them with a birth; twins, a list that waits on, a broken one."""
    birth = _written({"number": 3})
    birth["tables"]["list_diagnoses"].append({**WORKED["other"], "code": "O80.900", "name": "顺产"})
    return {
        "lists": [_written({"number": 1}), _written({"number": 2, "receipt_number": "null"}), birth],
        "twins": [
            _written({"number": 4}),
            _written({"number": 4}),
            _written({"number": 9}),
            '{"kind": ',
        ],
    }


@pytest.mark.slow
def test_what_comes_beside_a_list_and_when_changes_no_count(tmp_path, duckdb_engine, with_parts) -> None:
    early = _desk(copytree(with_parts, tmp_path / "early"), duckdb_engine)
    late = _counter(tmp_path / "late", duckdb_engine)
    for desk in (early, late):
        paths = [write(desk.root / "landing" / f"{name}.ndjson", each) for name, each in _mixed().items()]
        report = desk.take(*paths)
    # List 3 is known to be a man's by the register alone.
    assert {row["case_id"] for row in early.rows("findings").filter(code="Q32").to_dicts()} == {f"{INSTITUTION}-S3"}
    assert set(late.rows("waiting_documents")["list_id"]) == {f"{INSTITUTION}-S{number}" for number in (1, 3, 4, 9)}
    assert "Q32" not in late.rows("findings")["code"]
    late.take(_register(late), _replies(late))
    assert late.rows("waiting_documents").height == early.rows("waiting_documents").height

    counted = early.rows("field_counts").sort("received_batch")
    assert counted.equals(late.rows("field_counts").sort("received_batch"))
    assert counted["documents"].sum() == 5, "a broken document has no fields, one that is repeated brings none"
    # Three lists, one without its receipt's number, and the birth's five; the second twin says the same as the first.
    assert (report.fields.counted, report.fields.sound) == (3 * 29 + 5 + 2 * 29, 3 * 29 + 5 - 1 + 2 * 29)
    records = [
        [(line.month, line.records, line.fields, line.fields_sound) for line in _lines(d)] for d in (early, late)
    ]
    assert records[0] == records[1]


@pytest.mark.slow
def test_several_files_bring_what_one_file_of_all_does(tmp_path, duckdb_engine, with_parts) -> None:
    apart = _desk(copytree(with_parts, tmp_path / "apart"), duckdb_engine)
    apart = replace(apart, terms=replace(apart.terms, bundle_bytes=0))
    paths = [write(apart.root / "landing" / f"{name}.ndjson", each) for name, each in _mixed().items()]
    report = apart.take(*paths)
    one = _desk(copytree(with_parts, tmp_path / "one"), duckdb_engine)
    whole = one.hand_in([each for documents in _mixed().values() for each in documents])
    assert report.fields == whole.fields
    assert report.as_json()["fields"] == {
        "counted": whole.fields.counted,
        "sound": whole.fields.sound,
        "accuracy_e4": whole.fields.sound * 10_000 // whole.fields.counted,
    }
    assert _lines(apart) == _lines(one)


def test_a_list_that_only_waited_counts_once_when_its_part_has_come(tmp_path, duckdb_engine) -> None:
    desk = _counter(tmp_path / "region", duckdb_engine)
    desk.hand_in([_written({"number": 1})], "list")
    (waiting,) = _lines(desk)
    assert (waiting.records, waiting.set_aside, waiting.accuracy_e4) == (1, 1, 0)
    desk.take(_register(desk), _replies(desk))
    (line,) = _lines(desk)
    assert (line.records, line.taken, line.set_aside, line.is_met) == (1, 1, 0, True)
    assert (line.fields, line.fields_sound) == (waiting.fields, waiting.fields_sound) == (29, 29)
