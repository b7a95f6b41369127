"""Grouping a file from the command line: what goes in, what comes out, what is refused, and what would be otherwise."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tests.cli.test_commands import tongchou
from tests.grouping.conftest import write_scheme

from tongchou.grouping.exchange import case_file

HEADER = "case_id,sex,age_years,age_days,birth_weight_g,diagnoses,procedures"
ROWS = {
    "1": "1,1,69,,,J15.900|I10.x00,",
    "2": "2,2,30,,,j12.000,33.5100",
    "3": "3,2,0,3,,P07.3,",
    "4": "4,男,8,,,,",
}
GROUPS = [("grouped", "ES13"), ("grouped", "AA19"), ("invalid", "0000"), ("ungrouped", "0000")]


@pytest.fixture(scope="module")
def scheme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scheme(tmp_path_factory.mktemp("schemes") / "tiny")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text("\n".join([HEADER, *ROWS.values()]) + "\n", encoding="utf-8")
    return path


def _read(path: Path) -> list[tuple[Any, ...]]:
    match path.suffix:
        case ".parquet":
            table = pq.read_table(path)
        case ".arrow":
            table = pa.ipc.open_file(path).read_all()
        case _:
            table = pa_csv.read_csv(path, convert_options=pa_csv.ConvertOptions(column_types={"drg": pa.string()}))
    return list(zip(table["status"].to_pylist(), table["drg"].to_pylist(), strict=True))


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_results_come_in_the_order_of_the_cases_in_every_kind_of_file(scheme: Path, cases: Path, kind: str) -> None:
    out = cases.with_name(f"out.{kind}")
    result = tongchou("group", cases, "--scheme", scheme, "--out", out, "--json")
    assert result.exit_code == 1  # the newborn has no weight
    answer = json.loads(result.stdout)
    assert (answer["ok"], answer["status"]) == (False, {"grouped": 2, "invalid": 1, "ungrouped": 1})
    assert _read(out) == GROUPS
    assert sorted(path.name for path in cases.parent.iterdir()) == ["cases.csv", out.name]


def _lists(joined: str) -> list[str]:
    return joined.split("|") if joined else []


@pytest.mark.parametrize("as_lists", [True, False])
def test_parquet_is_read_with_lists_or_with_joined_codes(
    scheme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_lists: bool
) -> None:
    monkeypatch.setattr(case_file, "BATCH_ROWS", 3)
    columns = dict(zip(HEADER.split(","), zip(*(row.split(",") for row in ROWS.values()), strict=True), strict=True))
    table = {name: list(values) for name, values in columns.items()}
    if as_lists:
        table |= {name: [_lists(joined) for joined in table[name]] for name in ("diagnoses", "procedures")}  # type: ignore[misc]
    pq.write_table(pa.table(table | {"remark": ["x"] * 4}), tmp_path / "cases.parquet")
    assert tongchou("group", tmp_path / "cases.parquet", "--scheme", scheme, "--out", tmp_path / "o.csv").exit_code == 1
    assert _read(tmp_path / "o.csv") == GROUPS


def test_a_file_of_several_batches_and_blocks_loses_no_row(
    scheme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_file, "_BLOCK_BYTES", 2_000)
    lines = [row.replace(case_id, str(number), 1) for number in range(500) for case_id, row in list(ROWS.items())[:2]]
    (tmp_path / "cases.csv").write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    assert tongchou("group", tmp_path / "cases.csv", "--scheme", scheme, "--out", tmp_path / "o.parquet").exit_code == 0
    found = pq.read_table(tmp_path / "o.parquet")
    assert found["case_id"].to_pylist() == [str(number) for number in range(500) for _ in range(2)]
    assert _read(tmp_path / "o.parquet") == GROUPS[:2] * 500


def test_a_file_without_cases_gives_a_file_without_results(scheme: Path, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(HEADER + "\n", encoding="utf-8")
    result = tongchou("group", tmp_path / "cases.csv", "--scheme", scheme, "--out", tmp_path / "o.parquet")
    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 0


def test_further_columns_are_read_where_the_scheme_asks_for_them(tmp_path: Path) -> None:
    rows = "ES1,1,ES11,always,los_days>60,长,long\nES1,2,ES15,always,,短,short\n"
    drg = f"adrg,order,drg,severity,rule,name_zh,name_en\n{rows}"
    folder = write_scheme(tmp_path / "long", drg_csv=drg)
    text = f"los_days,{HEADER},ward\n61,{ROWS['1']},7\n60,{ROWS['1']},7\n"
    (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
    tongchou("group", tmp_path / "cases.csv", "--scheme", folder, "--out", tmp_path / "o.csv")
    assert _read(tmp_path / "o.csv") == [("grouped", "ES11"), ("grouped", "ES15")]


def _without_sex(path: Path) -> None:
    path.write_text("case_id\n1\n", encoding="utf-8")


def _twice(path: Path) -> None:
    path.write_text(HEADER + ",sex\n", encoding="utf-8")


def _not_utf8(path: Path) -> None:
    path.write_bytes(f"{HEADER}\n1,1,9,,,Ｊ15,\n".encode("gb18030"))


def _uneven(path: Path) -> None:
    path.write_text(f"{HEADER}\n{ROWS['1']}\n1,2\n", encoding="utf-8")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("spoil", [_without_sex, _twice, _not_utf8, _uneven, _empty, _nothing])
def test_a_file_that_cannot_be_used_is_a_sentence_and_leaves_nothing(
    scheme: Path, tmp_path: Path, spoil: Callable[[Path], None], kind: str
) -> None:
    spoil(tmp_path / f"cases.{kind}")
    before = sorted(tmp_path.iterdir())
    result = tongchou("group", tmp_path / f"cases.{kind}", "--scheme", scheme, "--out", tmp_path / "out.csv")
    assert result.exit_code == 1, result.output
    assert "[grouping.case_file]" in result.output
    assert "Traceback" not in result.output
    assert sorted(tmp_path.iterdir()) == before


def test_codes_that_are_numbers_are_refused_with_a_sentence(scheme: Path, tmp_path: Path) -> None:
    columns = {name: ["1"] for name in HEADER.split(",")} | {"diagnoses": [389], "procedures": [["389"]]}
    pq.write_table(pa.table(columns), tmp_path / "cases.parquet")
    result = tongchou("group", tmp_path / "cases.parquet", "--scheme", scheme, "--out", tmp_path / "o.csv")
    assert result.exit_code == 1
    assert "[grouping.case_column]" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["cases.parquet"]


@pytest.mark.parametrize("arguments", [(), ("--out", "o.txt"), ("--out", "o"), ("--explain", "1", "--language", "fr")])
def test_wrong_use_exits_with_2(scheme: Path, cases: Path, arguments: tuple[str, ...]) -> None:
    assert tongchou("group", cases, "--scheme", scheme, *arguments).exit_code == 2


def test_one_case_is_explained_in_the_languages_asked_for(scheme: Path, cases: Path) -> None:
    both = tongchou("group", cases, "--scheme", scheme, "--explain", "1")
    assert both.exit_code == 0
    assert "分组（小方案）：ES13 肺炎伴并发症" in both.output
    assert "Grouping (tiny scheme): ES13 pneumonia with CC" in both.output
    assert "分组" not in tongchou("group", cases, "--scheme", scheme, "--explain", "1", "--language", "en").output
    answer = json.loads(tongchou("group", cases, "--scheme", scheme, "--explain", "2", "--json").stdout)
    assert answer["explanation"]["outcome"]["zh"] == "AA19 移植"


def test_a_case_that_is_not_there_or_there_twice_is_not_explained(scheme: Path, cases: Path) -> None:
    cases.write_text("\n".join([HEADER, ROWS["1"], ROWS["1"]]), encoding="utf-8")
    for case_id, rows in (("1", "2 rows"), ("9", "0 rows")):
        result = tongchou("group", cases, "--scheme", scheme, "--explain", case_id)
        assert result.exit_code == 1
        assert f"{rows} have case_id {case_id}" in result.output


def _what_if(scheme: Path, cases: Path, *arguments: object) -> dict[str, Any]:
    result = tongchou("what-if", cases, "--scheme", scheme, "--case", "1", "--json", *arguments)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_variants_stand_beside_each_other_with_weight_and_price(scheme: Path, cases: Path) -> None:
    weights = cases.with_name("w.csv")
    weights.write_text("drg,weight\nES13,0.8345\nES11,1.5\n", encoding="utf-8")
    money = ("--weights", weights, "--rate", "9600.01")
    answer = _what_if(scheme, cases, "--add-diagnosis", "R57.0", "--drop-diagnosis", "I10.x00", *money)
    found = [(each["drg"], each["weight"], each["price_fen"], each["differs_in"]) for each in answer["variants"]]
    # 9,600.01 yuan x 0.8345 = 8,011.208345 yuan; x 1.5 = 14,400.015, half up.
    assert found == [
        ("ES13", "0.8345", 801_121, []),
        ("ES11", "1.5000", 1_440_002, ["drg"]),
        ("ES15", None, None, ["drg"]),
    ]
    shown = tongchou("what-if", cases, "--scheme", scheme, "--case", "1", "--drop-diagnosis", "I10.x00", *money)
    assert "8,011.21" in shown.output
    assert "表中没有" in shown.output
    assert "≠ ES15" in shown.output
    assert "≠ ES13" not in shown.output


def test_a_case_in_no_group_has_no_weight_even_if_the_table_has_one(scheme: Path, cases: Path) -> None:
    cases.with_name("w.csv").write_text("drg,weight\n0000,1\n", encoding="utf-8")
    answer = _what_if(scheme, cases, "--principal", "Q00", "--weights", cases.with_name("w.csv"))
    assert [(each["drg"], each["weight"], each["price_fen"]) for each in answer["variants"]] == [
        ("ES13", None, None),
        ("0000", None, None),
    ]


def test_every_change_can_be_asked_for_alone_and_all_together(scheme: Path, cases: Path) -> None:
    changes = ("--principal", "J12.0", "--swap", "1", "--add-procedure", "33.5", "--set", "age_years=0")
    alone = _what_if(scheme, cases, *changes)["variants"]
    assert [each["drg"] for each in alone] == ["ES13", "ES13", "0000", "AA19", "0000"]
    assert alone[4]["status"] == "invalid"
    assert "weight" not in alone[0]
    together = _what_if(scheme, cases, "--add-procedure", "33.5", "--principal-procedure", "33.5", "--together")
    assert [each["drg"] for each in together["variants"]] == ["ES13", "AA19"]
    dropped = tongchou(
        "what-if", cases, "--scheme", scheme, "--case", "2", "--drop-procedure", "33.5100", "--json"
    ).stdout
    assert [each["drg"] for each in json.loads(dropped)["variants"]] == ["AA19", "ES15"]


def test_severity_options_come_with_their_warning(scheme: Path, cases: Path) -> None:
    options = _what_if(scheme, cases, "--severity-options")["severity_options"]
    assert options["options"] == [{"code": "R57", "level": "mcc", "drg": "ES11"}]
    assert "高套编码" in options["warning"]["zh"]
    assert _what_if(scheme, cases, "--severity-options", "--beginning", "J")["severity_options"]["found"] == 0
    shown = tongchou("what-if", cases, "--scheme", scheme, "--case", "1", "--severity-options")
    assert "up-coding" in shown.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 2),
        (("--set", "age_years"), 2),
        (("--swap", "1", "--rate", "9"), 2),
        (("--swap", "1", "--weights", "{cases}", "--rate", "-1"), 1),
        (("--swap", "9"), 1),
        (("--drop-diagnosis", "A00"), 1),
        (("--set", "colour=1"), 1),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(
    scheme: Path, cases: Path, arguments: tuple[str, ...], status: int
) -> None:
    said = tuple(each.format(cases=cases) for each in arguments)
    result = tongchou("what-if", cases, "--scheme", scheme, "--case", "1", *said)
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("rate", ["-1", "0", "NaN", "x", "Infinity"])
def test_a_rate_that_is_no_positive_number_is_wrong_use(scheme: Path, cases: Path, rate: str) -> None:
    weights = cases.with_name("w.csv")
    weights.write_text("drg,weight\nES13,1\n", encoding="utf-8")
    money = ("--weights", weights, "--rate", rate)
    assert tongchou("what-if", cases, "--scheme", scheme, "--case", "1", "--swap", "1", *money).exit_code == 2


def test_the_file_of_cases_is_never_written_over(scheme: Path, cases: Path) -> None:
    before = cases.read_bytes()
    alias = cases.with_name("alias.csv")
    alias.symlink_to(cases)
    for out in (cases, alias):
        assert tongchou("group", cases, "--scheme", scheme, "--out", out).exit_code == 2
    assert cases.read_bytes() == before


def test_a_case_without_an_id_is_written_without_one(scheme: Path, tmp_path: Path) -> None:
    row = {"case_id": None, "sex": "1", "age_years": 40, "age_days": 1, "birth_weight_g": 1}
    table = pa.Table.from_pylist([row | {"diagnoses": ["J15.900"], "procedures": [""]}])
    pq.write_table(table.set_column(0, "case_id", pa.nulls(1, pa.string())), tmp_path / "cases.parquet")
    result = tongchou("group", tmp_path / "cases.parquet", "--scheme", scheme, "--out", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "out.parquet").column("case_id").to_pylist() == [None]


@pytest.mark.parametrize("dictionary_bytes", [1 << 20, 64])
def test_row_groups_whose_dictionaries_differ_are_read_on(
    scheme: Path, tmp_path: Path, dictionary_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongchou.grouping.exchange.case_file.BATCH_ROWS", 300)
    table = pa.table(
        {
            "case_id": [str(number) for number in range(1_000)],
            "sex": [1] * 1_000,
            "age_years": [40] * 1_000,
            "age_days": [1] * 1_000,
            "birth_weight_g": [1] * 1_000,
            "diagnoses": [["J15.900", f"X{number}"] for number in range(1_000)],
            "procedures": [[f"{number}"] for number in range(1_000)],
        }
    )
    source, out = tmp_path / "cases.parquet", tmp_path / "out.parquet"
    pq.write_table(table, source, row_group_size=450, dictionary_pagesize_limit=dictionary_bytes)
    result = tongchou("group", source, "--scheme", scheme, "--out", out)
    assert result.exit_code == 0, result.output
    assert pq.read_table(out).column("case_id").to_pylist() == table.column("case_id").to_pylist()
