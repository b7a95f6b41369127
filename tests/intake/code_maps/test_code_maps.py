"""Codes become those that the settlement is made by: by date, in order, on record, and what is unknown is listed."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.core.errors import Problems
from tongchou.core.text import Text
from tongchou.intake.code_maps.applying import apply_code_maps, sum_unmapped
from tongchou.intake.code_maps.checking import check_code_maps
from tongchou.intake.code_maps.code_map import PAIRS, CodeMap
from tongchou.intake.code_maps.reading import read_code_maps
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch, documents_frame

HEAD = """
id: {id}
kind: {kind}
step: {step}
from: {start}
to: {end}
title: {{zh: 对照, en: map}}
publisher: 甲市医疗保障局
source: 甲医保发〔2025〕1号
valid_from: 2025-01-01
"""


def code_map(
    pairs: list[tuple[str, ...]],
    map_id: str = "m",
    kind: str = "diagnosis",
    step: int = 1,
    systems: tuple[str, str] = ("local", "yb"),
    until: date | None = None,
    institution: str | None = None,
) -> CodeMap:
    rows = [dict(zip(PAIRS, pair, strict=False)) for pair in pairs]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(PAIRS, pl.String)).with_columns(
        pl.col(name).str.to_date() for name in ("valid_from", "valid_until")
    )
    return CodeMap(
        map_id, kind, step, *systems, Text("对照", "map"), "局", "文", date(2025, 1, 1), until, institution, frame
    )


def batch(*codes: tuple[int, str, str], days: tuple[str, ...] = ("2025-03-01 08:00:00",) * 9) -> DocumentBatch:
    count = max(each[0] for each in codes)
    numbers = list(range(1, count + 1))
    heads = pl.DataFrame(
        {
            DOCUMENT: numbers,
            SEQUENCE: [1] * count,
            "discharged_at": days[:count],
            "institution_id": [f"H{number}" for number in numbers],
            "discharge_department": ["内科"] * count,
        }
    )
    rows = [(number, seq, code, name) for seq, (number, code, name) in enumerate(codes, 1)]
    diagnoses = pl.DataFrame(rows, schema=[DOCUMENT, SEQUENCE, "code", "name"], orient="row")
    fees = pl.DataFrame(
        {
            DOCUMENT: numbers * 2,
            SEQUENCE: [1] * count + [2] * count,
            "amount_fen": ["100.10"] * count + ["0.05"] * count,
        }
    )
    frames = {"settlement_lists": heads, "list_diagnoses": diagnoses, "list_fees": fees}
    return DocumentBatch("settlement_list", "4101", documents_frame(numbers, ["x"] * count), frames)


def codes_of(mapped: DocumentBatch) -> list[str | None]:
    return mapped.frames["list_diagnoses"]["code"].to_list()


def test_maps_are_applied_in_the_order_of_their_steps_and_on_record() -> None:
    national = code_map([("N1", "Y1", "", "医保名")], "national", step=2, systems=("national", "yb"))
    local = code_map([("L1", "N1")], "local", systems=("local", "national"))
    mapped = apply_code_maps(batch((1, "L1", "甲"), (1, "N1", "乙"), (1, "Y1", "丙")), [national, local])
    assert codes_of(mapped.batch) == ["Y1", "Y1", "Y1"]
    assert mapped.batch.frames["list_diagnoses"]["name"].to_list() == ["医保名", "医保名", "丙"]
    assert mapped.mapped.rows() == [
        (1, "list_diagnoses", 1, "code", "L1", "N1", "local"),
        (1, "list_diagnoses", 1, "code", "N1", "Y1", "national"),
        (1, "list_diagnoses", 2, "code", "N1", "Y1", "national"),
    ]
    assert mapped.unmapped.height == 0


def test_the_day_of_discharge_chooses_the_row() -> None:
    dated = code_map(
        [("A", "OLD", "", "", "2025-01-01", "2025-06-30"), ("A", "NEW", "", "", "2025-07-01")], until=date(2025, 12, 31)
    )
    days = ("2024-12-31", "20250101", "2025/06/30 23:59", "2025-07-01 00:00:00", "2025-12-31", "2026-01-01", "never")
    found = apply_code_maps(batch(*((n, "A", "") for n in range(1, 8)), days=days), [dated])
    assert codes_of(found.batch) == ["A", "OLD", "OLD", "NEW", "NEW", "A", "A"]
    open_ended = code_map([("A", "NEW")])
    assert codes_of(apply_code_maps(batch((1, "A", ""), days=("never",)), [open_ended]).batch) == ["NEW"]


def test_a_map_of_one_institution_leaves_the_others_alone() -> None:
    own = code_map([("A", "B")], institution="H2")
    assert codes_of(apply_code_maps(batch((1, "A", ""), (2, "A", "")), [own]).batch) == ["A", "B"]


def test_an_institution_is_meant_by_the_code_that_it_became() -> None:
    place = code_map([("H2", "H90010100002")], "places", kind="institution")
    own = code_map([("A", "B")], institution="H90010100002")
    found = apply_code_maps(batch((1, "A", ""), (2, "A", "")), [own, place])
    assert codes_of(found.batch) == ["A", "B"]
    assert found.batch.frames["settlement_lists"]["institution_id"].to_list() == ["H1", "H90010100002"]


def test_departments_go_by_their_code_list() -> None:
    mapped = apply_code_maps(batch((1, "A", "")), [code_map([("内科", "A03")], kind="department")])
    assert mapped.batch.frames["settlement_lists"]["discharge_department"].to_list() == ["A03"]


def test_fee_items_are_put_only_where_no_catalogue_code_stands() -> None:
    lines = pl.DataFrame(
        {DOCUMENT: [1, 1, 1], SEQUENCE: [1, 2, 3], "local_code": ["a", "a", "b"], "catalogue_code": [None, "C9", None]},
        schema_overrides={"catalogue_code": pl.String},
    )
    fees = DocumentBatch("fee_lines", "2301", documents_frame([1], ["x"]), {"list_fee_lines": lines})
    mapped = apply_code_maps(fees, [code_map([("a", "C1")], kind="fee_item")])
    assert mapped.batch.frames["list_fee_lines"]["catalogue_code"].to_list() == ["C1", "C9", None]
    assert mapped.batch.frames["list_fee_lines"]["local_code"].to_list() == ["a", "a", "b"]
    assert mapped.unmapped.select("code", "case_count").rows() == [("b", 1)]


def test_unknown_codes_are_listed_with_cases_and_money() -> None:
    first = apply_code_maps(
        batch((1, "X", "名"), (1, "X", ""), (2, "X", ""), (2, "Z", ""), (3, "A", "")), [code_map([("A", "B")])]
    )
    assert first.unmapped.rows() == [("diagnosis", "X", "名", 2, 20030), ("diagnosis", "Z", "", 1, 10015)]
    both = sum_unmapped([first.unmapped, first.unmapped])
    assert both.rows()[0] == ("diagnosis", "X", "名", 4, 40060)
    known = apply_code_maps(batch((1, "X", "名")), [], {"diagnosis": {"X"}})
    assert known.unmapped.height == 0


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=12),
    st.dictionaries(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), max_size=4),
)
def test_mapping_keeps_every_row_and_records_every_change(codes: list[str], pairs: dict[str, str]) -> None:
    before = batch(*((1, code, "") for code in codes))
    after = apply_code_maps(before, [code_map(list(pairs.items()))])
    expected = [pairs.get(code, code) for code in codes]
    assert codes_of(after.batch) == expected
    changed = [(a, b) for a, b in zip(codes, expected, strict=True) if a != b]
    assert after.mapped.select("from_code", "to_code").rows() == changed
    assert set(after.unmapped["code"]) == set(expected) - set(pairs.values())


@pytest.mark.parametrize(
    ("pairs", "checks"),
    [
        ([("A", "Y1"), ("A", "Y2")], {("doubled", "error")}),
        ([("A", "Y1"), ("A", "Y1")], {("doubled", "warning")}),
        ([("A", "Y1", "", "", "", "2025-06-30"), ("A", "Y2", "", "", "2025-07-01")], set()),
        ([("A", "Y1", "", "", "", "2025-07-01"), ("A", "Y2", "", "", "2025-07-01")], {("doubled", "error")}),
        ([("A", "Y1", "", "", "2025-07-01", "2025-06-30")], {("days", "error")}),
        ([("A", "Y9")], {("unknown_target", "error")}),
        ([("Y1", "Y2"), ("Y2", "Y1")], {("circle", "error")}),
        ([("Y1", "Y1"), ("A", "Y2")], set()),
    ],
)
def test_what_is_wrong_with_a_map_is_found(pairs: list[tuple[str, ...]], checks: set[tuple[str, str]]) -> None:
    rows = [tuple(part or None for part in pair) for pair in pairs]
    found = check_code_maps([code_map(rows)], {"yb": {"Y1", "Y2"}})  # type: ignore[arg-type]
    assert {(each.check, each.severity) for each in found} == checks


def test_maps_that_do_not_go_together_are_found() -> None:
    first, second = code_map([("A", "Y1")], "first"), code_map([("A", "Y2")], "second")
    assert [each.check for each in check_code_maps([first, second], {})] == ["overlap"]
    back = code_map([("Y1", "A")], "back", step=2, systems=("yb", "local"))
    assert [each.check for each in check_code_maps([first, back], {})] == ["chain"]


def pack(folder: Path, rows: str = "from_code,to_code\nL1,N1\n", **head: str) -> Path:
    folder.mkdir(exist_ok=True)
    said = {"id": "m", "kind": "diagnosis", "step": "1", "start": "local", "end": "yb"} | head
    (folder / f"{said['id']}.yaml").write_text(HEAD.format(**said), encoding="utf-8")
    (folder / f"{said['id']}.csv").write_text(rows, encoding="utf-8")
    return folder


def test_a_pack_is_read_as_it_is_written(tmp_path: Path) -> None:
    rows = "from_code,to_code,from_name,to_name,valid_from,valid_until,note\n007 , I10.x00,,高血压,2025-02-01,,\n"
    (read,) = read_code_maps(pack(tmp_path / "maps", rows))
    assert (read.valid_from, read.valid_until, read.publisher) == (date(2025, 1, 1), None, "甲市医疗保障局")
    assert read.pairs.rows() == [("007", "I10.x00", None, "高血压", date(2025, 2, 1), None, None)]


@pytest.mark.parametrize(
    ("rows", "head"),
    [
        ("from_code\nA\n", {}),
        ("from_code,to_code\nA,\n", {}),
        ("from_code,to_code,colour\nA,B,red\n", {}),
        ("from_code,to_code\nA,B,C\n", {}),
        ("from_code,to_code,valid_from\nA,B,2025-02-30\n", {}),
        ("from_code,to_code\nA,B\n", {"kind": "colours"}),
        ("from_code,to_code\nA,B\n", {"step": "1.5"}),
        ("from_code,to_code\nA,B\n", {"end": ""}),
        ("from_code,to_code\nA,B\n", {"step": "1\nstrange: 1"}),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, rows: str, head: dict[str, str]) -> None:
    with pytest.raises(Problems) as caught:
        read_code_maps(pack(tmp_path / "maps", rows, **head))
    assert [each.code for each in caught.value.problems] == ["intake.code_map_file"]


def test_two_maps_of_one_id_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    folder = pack(tmp_path / "maps")
    for suffix in (".yaml", ".csv"):
        (folder / f"again{suffix}").write_bytes((folder / f"m{suffix}").read_bytes())
    with pytest.raises(Problems, match=r"intake\.code_map_id"):
        read_code_maps(folder)
    with pytest.raises(Problems, match=r"intake\.code_map_file"):
        read_code_maps(tmp_path)


def test_the_commands_list_and_examine(tmp_path: Path) -> None:
    folder = pack(tmp_path / "code_maps")
    pack(tmp_path / "code_maps", "from_code,to_code\n内科,99\n", id="d", kind="insurance_type", end="insurance_type")
    listed = CliRunner().invoke(app, ["codes", "map", "list", "--region", str(tmp_path), "--json"])
    assert [each["map_id"] for each in json.loads(listed.stdout)["maps"]] == ["m", "d"]
    assert "对照" in CliRunner().invoke(app, ["codes", "map", "list", "--region", str(tmp_path)]).stdout
    examined = CliRunner().invoke(app, ["codes", "map", "check", str(folder), "--json"])
    assert examined.exit_code == 1
    assert [each["check"] for each in json.loads(examined.stdout)["findings"]] == ["unknown_target"]
    assert CliRunner().invoke(app, ["codes", "map", "check", str(folder / "m.yaml")]).exit_code == 0
