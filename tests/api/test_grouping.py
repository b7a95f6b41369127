"""Grouping through the API: the library's results, bounded, refused without a right, in the form that is described."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.api.conftest import problems

from tongchou.api.envelope import Answer
from tongchou.api.routes.group_bodies import BatchBody, OneGroupBody, WhatIfBody
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.what_if import DiagnosisDropped, PrincipalSwapped, what_if
from tongchou.runs.frames import grouping_input
from tongchou.schema.tables import CASES, DIAGNOSES, PROCEDURES
from tongchou.workplace import case_bounds
from tongchou.workplace.place import Workplace

SCHEME = "chs-drg-category"
HEART = {"sex": "female", "age_years": 61, "diagnoses": ["I21.401", "I10.x05"], "procedures": []}


@pytest.fixture(scope="module")
def grouper() -> Grouper:
    return Grouper.find(SCHEME)


@pytest.fixture(scope="module")
def codes(grouping_place: Workplace) -> dict[str, list[str]]:
    """Codes that occur, and some that mean nothing."""
    with grouping_place.facts() as facts:
        found = {
            table.name: facts.engine.collect(facts.table(table).select("code").unique()).column("code").to_pylist()
            for table in (DIAGNOSES, PROCEDURES)
        }
    return {name: [*sorted(each), "XX", "0", "j18.9", "Z99.x"] for name, each in found.items()}


@pytest.fixture(scope="module")
def region_cases(grouping_place: Workplace) -> list[dict[str, Any]]:
    columns = ("case_id", "sex", "age_years", "age_days", "birth_weight_g", "diagnoses", "procedures")
    with grouping_place.facts() as facts:
        rows = facts.engine.collect(grouping_input(facts, facts.table(CASES), columns)).to_pylist()
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_case_has_the_group_that_the_library_gives_it(
    data: st.DataObject, officer: TestClient, grouper: Grouper, codes: dict[str, list[str]]
) -> None:
    case = data.draw(
        st.fixed_dictionaries(
            {"diagnoses": st.lists(st.sampled_from(codes["diagnoses"]), max_size=6)},
            optional={
                "procedures": st.lists(st.sampled_from(codes["procedures"]), max_size=4),
                "sex": st.sampled_from(["male", "female", "1", "2"]),
                "age_years": st.integers(0, 150),
                "age_days": st.integers(0, 366),
                "birth_weight_g": st.integers(1, 20_000),
                "los_days": st.integers(0, 400),
                "discharge_way": st.sampled_from(["home", "1", "death", "9"]),
                "ventilator_hours": st.integers(0, 900),
                "day_surgery": st.booleans(),
            },
        )
    )
    expected = grouper.group_one(case)
    got = officer.post("/group", json=case).json()["data"]
    assert [got[name] for name in ("status", "mdc", "adrg", "drg", "decided_by")] == [
        expected.status,
        expected.mdc,
        expected.adrg,
        expected.drg,
        expected.decided_by,
    ]


def test_a_batch_and_a_file_give_what_one_by_one_gives(
    officer: TestClient, region_cases: list[dict[str, Any]], tmp_path: Path
) -> None:
    cases = region_cases[:150]
    singly = [officer.post("/group", json=case).json()["data"] for case in cases]
    batch = officer.post("/group/batch", json={"cases": cases}).json()["data"]["groups"]
    assert batch == [{key: each[key] for key in batch[0]} for each in singly]
    expected = [(each["case_id"], each["status"], each["mdc"], each["adrg"], each["drg"]) for each in singly]
    sent = _as_csv(cases)
    answer = officer.post("/group/file", content=sent, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][:5] == ["case_id", "status", "mdc", "adrg", "drg"]
    assert [tuple(row[:5]) for row in rows[1:]] == expected
    assert int(answer.headers["X-Grouped"]) == sum(each["status"] == "grouped" for each in singly)
    path = tmp_path / "cases.parquet"
    pq.write_table(_table(cases), path)
    answer = officer.post(
        "/group/file?to=parquet",
        content=path.read_bytes(),
        headers={"Content-Type": "application/vnd.apache.parquet"},
    )
    table = pq.read_table(io.BytesIO(answer.content)).select(["case_id", "status", "mdc", "adrg", "drg"])
    assert [tuple(row.values()) for row in table.to_pylist()] == expected


def test_weight_and_standard_are_those_of_the_year_s_run(officer: TestClient, grouping_place: Workplace) -> None:
    record = grouping_place.shelf.record(grouping_place.shelf.newest())
    weight = max(record.weights, key=lambda each: each.case_count)
    found = officer.post("/group", json=HEART).json()["data"]
    assert found["prices"] == {"run_id": record.run_id, "period": "2025"}
    weights = {each.drg: each.weight_e4 for each in record.weights}
    assert found["weight_e4"] == weights.get(found["drg"])
    tree = officer.get(f"/schemes/{SCHEME}").json()["data"]
    drgs = {drg["code"]: drg for mdc in tree["mdcs"] for adrg in mdc["adrgs"] for drg in adrg["drgs"]}
    assert drgs[weight.drg]["weight_e4"] == weight.weight_e4
    prices = grouping_place.at_hand.ready(None).prices
    assert prices is not None
    assert set(prices.rates_fen) == {"employee", "resident"}
    assert all(rate > 0 for rate in prices.rates_fen.values())


def test_answers_have_the_form_that_is_described(officer: TestClient) -> None:
    one = officer.post("/group", json={**HEART, "explain": True})
    assert Answer[OneGroupBody].model_validate_json(one.text).data.explanation
    Answer[BatchBody].model_validate_json(officer.post("/group/batch", json={"cases": [HEART]}).text)
    tried = officer.post(
        "/what-if", json={"case": HEART, "changes": [{"kind": "diagnosis_dropped", "code": "I10.x05"}]}
    )
    Answer[WhatIfBody].model_validate_json(tried.text)


def test_what_if_gives_the_library_s_variants(officer: TestClient, grouper: Grouper) -> None:
    changes = [
        {"kind": "principal_swapped", "place": 1},
        {"kind": "diagnosis_dropped", "code": "I10.x05"},
        {
            "kind": "together",
            "changes": [
                {"kind": "procedure_added", "code": "36.0600"},
                {"kind": "field_set", "field": "age_years", "value": 5},
            ],
        },
    ]
    got = officer.post("/what-if", json={"case": HEART, "changes": changes}).json()["data"]["outcomes"]
    expected = what_if(grouper, HEART, [PrincipalSwapped(1), DiagnosisDropped("I10.x05")])
    assert [each["group"]["drg"] for each in got[:3]] == [each.grouped.drg for each in expected]
    assert len(got) == 4
    unfit = officer.post("/what-if", json={"case": HEART, "changes": [{"kind": "diagnosis_dropped", "code": "A00"}]})
    assert (unfit.status_code, problems(unfit.text)) == (422, ["grouping.what_if"])


@pytest.mark.parametrize(
    "body",
    [
        {**HEART, "age_years": 1_000},
        {**HEART, "age_years": -1},
        {**HEART, "sex": "both"},
        {**HEART, "diagnoses": ["A" * 41]},
        {**HEART, "diagnoses": ["I10"] * 201},
        {**HEART, "diagnoses": "I10"},
        {**HEART, "birth_weight_g": 10**30},
        {**HEART, "name": "somebody"},
        {**HEART, "scheme": "x" * 101},
    ],
)
def test_absurd_values_are_refused_with_sentences(officer: TestClient, body: dict[str, Any]) -> None:
    answer = officer.post("/group", json=body)
    assert answer.status_code == 422
    assert set(problems(answer.text)) == {"api.bad_value"}


def test_a_batch_beyond_its_bound_is_refused(officer: TestClient) -> None:
    for cases in ([], [HEART] * 1_001):
        answer = officer.post("/group/batch", json={"cases": cases})
        assert (answer.status_code, problems(answer.text)) == (422, ["api.bad_value"])
    assert officer.post("/group/batch", json={"cases": [HEART] * 1_000}).status_code == 200


def test_a_scheme_is_a_name_and_never_a_folder(officer: TestClient, tmp_path: Path) -> None:
    for name in ("nothing", "../../etc", str(tmp_path)):
        answer = officer.post("/group", json={**HEART, "scheme": name})
        assert (answer.status_code, problems(answer.text)) == (404, ["grouping.no_scheme"])


def test_files_that_are_no_case_files_are_refused(officer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = "application/vnd.apache.parquet"
    for content, kind, status, code in (
        (b"a,b\n1,2\n", "text/csv", 422, "grouping.case_file"),
        (b"PAR1 no parquet", parquet, 422, "grouping.case_file"),
        (b"\x00\xff" * 50, "text/csv", 422, "grouping.case_file"),
        (b"x", "application/zip", 415, "api.media_type"),
    ):
        answer = officer.post("/group/file", content=content, headers={"Content-Type": kind})
        assert (answer.status_code, problems(answer.text)) == (status, [code]), content
    monkeypatch.setattr(case_bounds, "MOST_FILE_CASES", 1)
    sent = _as_csv([{**HEART, "case_id": "1"}, {**HEART, "case_id": "2"}])
    answer = officer.post("/group/file", content=sent, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, problems(answer.text)) == (422, ["workplace.case_file_large"])
    monkeypatch.setattr(case_bounds, "MOST_UNPACKED_BYTES", 10)
    buffer = io.BytesIO()
    pq.write_table(_table([{**HEART, "case_id": "1"}]), buffer)
    answer = officer.post("/group/file", content=buffer.getvalue(), headers={"Content-Type": parquet})
    assert (answer.status_code, problems(answer.text)) == (422, ["workplace.case_file_large"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/group", HEART),
        ("/group/batch", {"cases": [HEART]}),
        ("/what-if", {"case": HEART, "changes": [{"kind": "diagnosis_added", "code": "J96"}]}),
    ],
)
def test_who_groups_is_signed_in_and_has_the_right(
    client_of: Callable[[str], TestClient], path: str, body: dict[str, Any]
) -> None:
    for role, status in (("", 401), ("administrator", 403), ("hospital", 200), ("researcher", 200)):
        assert client_of(role).post(path, json=body).status_code == status, role
    file = client_of("administrator").post("/group/file", content=b"x", headers={"Content-Type": "text/csv"})
    assert file.status_code == 403


def test_grouped_cases_are_counted(officer: TestClient, client_of: Callable[[str], TestClient]) -> None:
    def counted() -> float:
        page = client_of("administrator").get("/metrics").text
        (line,) = (each for each in page.splitlines() if each.startswith("tongchou_cases_grouped_total"))
        return float(line.split()[1])

    before = counted()
    officer.post("/group", json=HEART)
    officer.post("/group/batch", json={"cases": [HEART] * 5})
    assert counted() == before + 6


def _as_csv(cases: list[dict[str, Any]]) -> bytes:
    columns = ["case_id", "sex", "age_years", "age_days", "birth_weight_g", "diagnoses", "procedures"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for case in cases:
        cells = (case.get(name, "") for name in columns)
        writer.writerow(["|".join(cell) if isinstance(cell, list) else cell for cell in cells])
    return out.getvalue().encode()


def _table(cases: list[dict[str, Any]]) -> pa.Table:
    lists = pa.list_(pa.string())
    schema = pa.schema(
        [
            ("case_id", pa.string()),
            ("sex", pa.string()),
            ("age_years", pa.int64()),
            ("age_days", pa.int64()),
            ("birth_weight_g", pa.int64()),
            ("diagnoses", lists),
            ("procedures", lists),
        ]
    )
    return pa.Table.from_pylist(cases, schema)
