"""Grouping through the API where the region pays by DIP: the catalogue's groups, points, reasons and what-ifs."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from starlette.testclient import TestClient
from tests.api.conftest import problems
from tests.dip_county import PARAMETERS, cases_of, dip_place, say
from tests.settled_county import SettledCounty

from tongchou.access.api_tokens import make_token
from tongchou.access.subject import Part, Subject
from tongchou.api.app import make_api
from tongchou.api.envelope import Answer
from tongchou.api.routes import ROUTERS
from tongchou.api.routes.group_bodies import BatchBody, OneGroupBody, WhatIfBody
from tongchou.grouping.dip.brought import BROUGHT_FIELDS
from tongchou.grouping.dip.grouper import GROUPED_COLUMNS, DipGrouper
from tongchou.records.users import Grant, add_user
from tongchou.workplace import case_bounds, dip_grouping
from tongchou.workplace.case_sheets import Sheet, propose_columns, read_sheet
from tongchou.workplace.dip_grouping import group_dip_cases
from tongchou.workplace.dip_reading import group_names, groups_of
from tongchou.workplace.dip_sheets import group_dip_sheet
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

_PARQUET = "application/vnd.apache.parquet"


@pytest.fixture(scope="module")
def place(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    place = dip_place(settled_county, tmp_path_factory.mktemp("dip") / "county")
    yield place
    place.close()


@pytest.fixture(scope="module")
def officer(place: Workplace) -> TestClient:
    with place.records.writing() as session:
        user = add_user(
            session, "officer", "x", [Grant("insurer_officer")], password_hash="-", by="test", at=place.now()
        )
        actions = ["grouping.group", "grouping.what_if"]
        made = make_token(
            session, place.rules, user, "t", actions, place.rules.longest_token, by="test", at=place.now()
        )
    headers = {"Authorization": f"Bearer {made.secret}"}
    return TestClient(make_api(place, ROUTERS), base_url="http://place/api/v1", headers=headers)


@pytest.fixture(scope="module")
def bodies(place: Workplace) -> list[dict[str, Any]]:
    columns = ["case_id", "diagnoses", "procedures", *BROUGHT_FIELDS]
    rows = cases_of(place).select(each for each in columns if each in cases_of(place).columns).to_dicts()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_cases_have_the_groups_and_points_that_the_catalogue_gives_them(
    place: Workplace, officer: TestClient, bodies: list[dict[str, Any]]
) -> None:
    expected = DipGrouper(place.at_hand.dip.ready().grouper.catalogue).group(cases_of(place)).to_dicts()
    answer = officer.post("/group/batch", json={"cases": bodies})
    assert answer.status_code == 200, answer.text
    got = Answer[BatchBody].model_validate_json(answer.text).data
    assert (got.scheme, got.prices) == ("dip", None)
    assert got.notice is not None
    assert [(each.case_id, each.drg, each.status) for each in got.groups] == [
        (row["case_id"], row["group"] or "", row["status"]) for row in expected
    ]
    assert [(each.dip.points_e2, each.dip.band, each.weight_e4) for each in got.groups if each.dip] == [
        (row["points_e2"], row["band"], row["rw_e4"]) for row in expected
    ]
    for body, in_batch in zip(bodies[:3], answer.json()["data"]["groups"], strict=False):
        one = officer.post("/group", json=body)
        assert {name: one.json()["data"][name] for name in in_batch} == in_batch


def test_a_file_gets_the_groups_and_points_that_its_cases_get_alone(
    place: Workplace, officer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = cases_of(place)
    monkeypatch.setattr(dip_grouping, "_AT_ONCE", cases.height // 3)
    expected = DipGrouper(place.at_hand.dip.ready().grouper.catalogue).group(cases)
    written = io.BytesIO()
    cases.write_parquet(written)
    asked: dict[str, Any] = {"content": written.getvalue(), "headers": {"content-type": _PARQUET}}
    answer = officer.post("/group/file", params={"to": "parquet"}, **asked)
    assert answer.status_code == 200, answer.text
    assert_frame_equal(pl.read_parquet(io.BytesIO(answer.content)), expected)
    counts = dict(expected.get_column("status").value_counts().iter_rows())
    assert [answer.headers[f"x-{name}"] for name in ("grouped", "ungrouped", "invalid")] == [
        str(counts.get("grouped", 0)),
        str(counts.get("ungrouped", 0)),
        "0",
    ]
    as_csv = officer.post("/group/file", **asked)
    read = pl.read_csv(io.BytesIO(as_csv.content), schema=expected.schema)
    assert_frame_equal(read, expected)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"case_id,diagnoses,procedures,los_days\n1,J18.900,,nine\n", "runs.dip_case_file"),
        (b"case_id,diagnoses\n1,J18.900\n", "grouping.dip_cases"),
        (b"case_id,diagnoses,procedures,los_days\n1,J18.900,,7.5\n", "runs.dip_case_file"),
        (b"case_id,diagnoses,procedures,total_fen\n1,J18.900,,-5\n", "grouping.dip_cases"),
        ("case_id,diagnoses,procedures\n1,J18.900,,张三 110101199001011234\n".encode(), "runs.dip_case_file"),
        (gzip.compress(b"case_id,diagnoses,procedures\n1,J18.900,\n"), "runs.dip_case_file"),
        ("case_id,diagnoses,procedures\n张三,J18.900,\n".encode("gbk"), "runs.dip_case_file"),
    ],
)
def test_a_file_that_is_none_for_dip_is_refused_and_names_no_folder(
    officer: TestClient, content: bytes, code: str
) -> None:
    answer = officer.post("/group/file", content=content, headers={"content-type": "text/csv"})
    assert (answer.status_code, problems(answer.text)) == (422, [code])
    assert "/" not in answer.json()["errors"][0]["where"]
    assert not {"nine", "张三", "1101"} & {word for word in ("nine", "张三", "1101") if word in answer.text}


@pytest.mark.parametrize(
    ("column", "is_read"),
    [
        (pl.Series("total_fen", [680_000.0, None]), True),
        (pl.Series("total_fen", [680_000.7, None]), False),
        (pl.Series("total_fen", ["6800.55", None]).cast(pl.Decimal(12, 2)), False),
        (pl.Series("age_years", [True, False]), False),
        (pl.Series("age_years", ["61.0", ""]), True),
        (pl.Series("diagnoses", [1, 2]), False),
    ],
)
def test_a_number_that_is_not_whole_refuses_the_file_and_is_never_cut_off(
    officer: TestClient, column: pl.Series, is_read: bool
) -> None:
    cases = pl.DataFrame({"case_id": ["1", "1"], "diagnoses": ["J18.900", "I10"], "procedures": ["", None]})
    written = io.BytesIO()
    cases.with_columns(column).write_parquet(written)
    answer = officer.post("/group/file", content=written.getvalue(), headers={"content-type": _PARQUET})
    if is_read:
        # An id that stands twice stays in its rows.
        assert pl.read_csv(io.BytesIO(answer.content), infer_schema=False).get_column("case_id").to_list() == ["1", "1"]
    else:
        assert (answer.status_code, problems(answer.text)) == (422, ["runs.dip_case_file"])
        assert column.name in answer.text


def test_a_file_without_rows_has_a_result_without_rows(officer: TestClient) -> None:
    content = "case_id,diagnoses,procedures\n"
    answer = officer.post("/group/file", content=content, headers={"content-type": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.text.splitlines() == [",".join(f'"{name}"' for name in GROUPED_COLUMNS)]


def test_a_file_larger_than_one_may_be_is_refused(officer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_bounds, "MOST_FILE_CASES", 1)
    content = "case_id,diagnoses,procedures\n1,J18.900,\n2,J18.900,\n"
    answer = officer.post("/group/file", content=content, headers={"content-type": "text/csv"})
    assert problems(answer.text) == ["workplace.case_file_large"]


def test_codes_are_read_however_they_are_written(officer: TestClient, bodies: list[dict[str, Any]]) -> None:
    case = next(each for each in bodies if each.get("procedures"))
    written = {name: [f" {code.lower()} " for code in case[name]] for name in ("diagnoses", "procedures")}
    as_it_is, otherwise = (officer.post("/group", json=each).json()["data"] for each in (case, {**case, **written}))
    assert as_it_is["status"] == "grouped"
    assert otherwise == as_it_is


def test_a_sheet_gives_the_points_of_its_cases(place: Workplace, tmp_path: Path) -> None:
    cases = cases_of(place).filter(pl.col("total_fen") % 100 != 0).head(40)
    yuan = [f"{fen // 100:,}.{fen % 100:02d}" for fen in cases.get_column("total_fen")]
    rows = cases.select(
        pl.col("case_id").alias("病案号"),
        pl.col("age_years").alias("年龄"),
        pl.col("age_days").alias("日龄"),
        pl.col("los_days").alias("住院天数"),
        pl.col("discharge_way").alias("离院方式"),
        pl.Series("总费用", yuan),
        pl.col("drug_fen"),
        pl.col("treatment_fen"),
        pl.col("diagnoses").list.join("|").alias("诊断"),
        pl.col("procedures").list.join(";").alias("手术"),
    )
    path = tmp_path / "sheet.csv"
    rows.write_csv(path)
    sheet = read_sheet(path, "sheet.csv")
    columns = {
        "case_id": ["病案号"],
        "age_years": ["年龄"],
        "age_days": ["日龄"],
        "los_days": ["住院天数"],
        "discharge_way": ["离院方式"],
        "total_fen": ["总费用"],
        "diagnoses": ["诊断"],
        "procedures": ["手术"],
        "drug_fen": ["drug_fen"],
        "treatment_fen": ["treatment_fen"],
    }
    assert propose_columns(sheet)["total_fen"] == ["总费用"]
    subject = Subject("u", "u", parts=(Part("hospital", "H1"),))
    seen: list[tuple[int, int]] = []
    found = group_dip_sheet(place, subject, sheet, columns, "secondary", lambda *done: seen.append(done))
    catalogue = place.at_hand.dip.ready().grouper.catalogue
    known = cases.drop("icu_hours", "consumable_fen", strict=False).with_columns(level=pl.lit("secondary"))
    assert_frame_equal(found.rows, DipGrouper(catalogue).group(known))
    assert found.rows.get_column("band").null_count() < cases.height
    assert (seen, found.unread) == ([(cases.height, cases.height)], {})


@pytest.mark.parametrize(
    ("head", "cost", "level", "is_read"),
    [
        ("总费用", "6800.50", "secondary", True),
        ("总费用", "￥6,800.5 元", "二级甲等", True),
        ("总费用", "6800.499999999999", "Secondary", True),
        ("总费用（分）", "680050", "二级", True),
        ("cost_fen", "680050.0", "二级", True),
        ("总费用", "6800.505", "二级", False),
        ("总费用", "many", "二级", False),
        ("总费用", "6800.50", "第二级", False),
    ],
)
def test_amounts_and_levels_are_read_as_hospitals_write_them_or_counted_as_unread(
    place: Workplace, head: str, cost: str, level: str, is_read: bool
) -> None:
    subject = Subject("u", "u", parts=(Part("hospital", "H1"),))
    ready = place.at_hand.dip.ready().grouper
    means = ready.catalogue.tables["level_means"].filter(level="secondary")
    group = ready.catalogue.groups.filter(pl.col("group").is_in(means.get_column("group").implode()), operations="")
    diagnosis = group.filter(kind="core").get_column("diagnosis")[0]
    rows = pl.DataFrame({"诊断": [diagnosis], head: [cost], "级别": [level]})
    columns = {"diagnoses": ["诊断"], "total_fen": [head], "level": ["级别"]}
    found = group_dip_sheet(place, subject, Sheet("a.csv", rows), columns)
    case = {"diagnoses": [diagnosis], "total_fen": 680_050, "level": "secondary"}
    _, (expected,) = group_dip_cases(place, subject, [case])
    assert expected["band"] is not None
    if is_read:
        assert found.rows.drop("case_id").to_dicts() == [{k: v for k, v in expected.items() if k != "case_id"}]
        assert found.unread == {}
    else:
        assert found.rows.get_column("band").to_list() == [None]
        assert sum(found.unread.values()) == 1


def test_the_groups_of_the_catalogue_are_found_by_code_and_by_name(place: Workplace) -> None:
    subject = Subject("u", "u", parts=(Part("hospital", "H1"),))
    every = groups_of(place, subject, "", 10_000)
    assert every.found == len(every.groups) == place.at_hand.dip.ready().grouper.catalogue.groups.height
    chosen = every.groups[len(every.groups) // 2]
    assert chosen in groups_of(place, subject, chosen["group"].lower(), 10_000).groups
    word = every.names[chosen["group"]].zh
    named = groups_of(place, subject, word, 10_000)
    assert chosen in named.groups
    first = groups_of(place, subject, word, 1)
    assert (len(first.groups), first.found) == (1, named.found)
    # No code set is at hand: the title of a DRG scheme's group that lists a code is no name of it.
    assert {name.zh for name in every.names.values()} <= {
        title.zh for title in every.ready.grouper.catalogue.rules.treatment_titles.values()
    }
    assert group_names(place, subject, [chosen["group"], None, "?"]) == {chosen["group"]: every.names[chosen["group"]]}


def test_a_case_is_explained_by_the_catalogue(officer: TestClient, bodies: list[dict[str, Any]]) -> None:
    answer = officer.post("/group", json={**bodies[0], "explain": True})
    found = Answer[OneGroupBody].model_validate_json(answer.text).data
    assert found.explanation is not None
    step = found.explanation["explanation"]
    assert step["rule"] == "grouping.dip"
    assert found.drg in step["outcome"]["zh"]


def test_another_coding_or_cost_is_tried_by_the_catalogue(officer: TestClient, bodies: list[dict[str, Any]]) -> None:
    groups = officer.post("/group/batch", json={"cases": bodies}).json()["data"]["groups"]
    of_level = [each for each, group in zip(bodies, groups, strict=True) if group["dip"]["band"] == "normal"]
    case = next(each for each in of_level if each.get("procedures"))
    changes = [
        *({"kind": "procedure_dropped", "code": code} for code in dict.fromkeys(case["procedures"])),
        {"kind": "field_set", "field": "total_fen", "value": 900_000_000},
        {"kind": "principal_replaced", "code": "?"},
    ]
    answer = officer.post("/what-if", json={"case": case, "changes": changes})
    tried = Answer[WhatIfBody].model_validate_json(answer.text).data.outcomes
    assert tried[0].differs_in == []
    assert tried[0].group.case_id == case["case_id"]
    costly, unknown = tried[-2:]
    assert "points_e2" in costly.differs_in
    assert costly.group.dip is not None
    assert costly.group.dip.band == "panel"
    assert (unknown.group.status, unknown.group.decided_by) == ("ungrouped", "unknown_diagnosis")
    assert {"status", "drg"} <= set(unknown.differs_in)
    unfit = {"case": case, "changes": [{"kind": "field_set", "field": "birth_weight_g", "value": 900}]}
    answer = officer.post("/what-if", json=unfit)
    assert (answer.status_code, problems(answer.text)) == (422, ["grouping.what_if"])


def test_a_drg_scheme_may_still_be_named(officer: TestClient, bodies: list[dict[str, Any]]) -> None:
    found = officer.post("/group", json={**bodies[0], "scheme": "chs-drg-category"}).json()["data"]
    assert found["scheme"] == "chs-drg-category"
    assert found["mdc"]
    assert found["dip"] is None


def test_a_catalogue_that_is_yet_to_be_measured_is_not_guessed(settled_county: SettledCounty, tmp_path: Path) -> None:
    folder = settled_county.copied(tmp_path / "county")
    say(folder, {**PARAMETERS, "payment/dip/catalogue": "measured"})
    place = open_workplace(Settings(region=folder))
    with place.records.writing() as session:
        user = add_user(
            session, "officer", "x", [Grant("insurer_officer")], password_hash="-", by="test", at=place.now()
        )
        lasting = place.rules.longest_token
        made = make_token(session, place.rules, user, "t", ["grouping.group"], lasting, by="test", at=place.now())
    client = TestClient(make_api(place, ROUTERS), headers={"Authorization": f"Bearer {made.secret}"})
    answer = client.post("/api/v1/group", json={"diagnoses": ["I10"]})
    assert (answer.status_code, problems(answer.text)) == (409, ["workplace.no_dip_catalogue"])
    place.close()
