"""A thousand people are planted where none belong; nothing written below the region, or said, names one of them."""

import csv
import io
import random
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.intake import take_in
from tongchou.intake.examples import finding_kinds
from tongchou.schema.tables import CASES
from tongchou.store.duckdb_engine import DuckDBEngine
from tongchou.store.lake import Lake

COUNT = 1_000
_RARE = "龘靐齉爩鱻麤虋厵灪滟籱纞鸾骉驫羴犇猋焱燚淼垚森磊晶鑫"
CASE_COLUMNS = [column.name for column in CASES.columns if column.name not in {"age_days", "birth_weight_g"}]
_PLACES = (
    "person", "person_name", "department", "department_phone", "sex", "born", "amount", "case_id", "area", "extra",
    "broken", "long", "quote", "institution", "los", "way",
)  # fmt: skip


class Planted:
    """One person, unmistakable: a name of rare characters, an id number, a phone number."""

    def __init__(self, number: int, draw: random.Random) -> None:
        self.place = _PLACES[number % len(_PLACES)]
        surname = "王李张刘陈杨赵黄周吴"[number // 676 % 10]
        self.name = surname + _RARE[number // 26 % 26] + _RARE[number % 26]
        self.card = f"{draw.randint(110000, 659999)}19{draw.randint(40, 99)}{draw.randint(1, 12):02d}" + (
            f"{draw.randint(1, 28):02d}{number:04d}"[:6] + "X" * (number % 3 == 0)
        )
        self.card = (self.card + "0000")[:18] if len(self.card) != 18 else self.card
        self.phone = f"1{draw.choice('3456789')}{draw.randint(0, 99999):05d}{number:04d}"

    @property
    def words(self) -> tuple[str, ...]:
        return self.name, self.card, self.phone


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    draw = random.Random(20250101)
    return [Planted(number, draw) for number in range(COUNT)]


def hand_in(folder: Path, people: list[Planted]) -> Path:
    landing = folder / "landing"
    landing.mkdir()
    (landing / "institutions.csv").write_text(
        "institution_id,valid_from,name_zh,name_en,level,kind,area_id,bed_count\n"
        "H1,2020-01-01,甲县人民医院,County Hospital,secondary,general_hospital,A1,500\n",
        encoding="utf-8",
    )
    persons, cases, others = io.StringIO(), io.StringIO(), io.StringIO()
    person, case, other = (csv.writer(stream, lineterminator="\n") for stream in (persons, cases, others))
    person.writerow(["person_id", "sex", "born_on", "insurance_type", "area_id", "chronic_diseases", "姓名", "certno"])
    case.writerow([*CASE_COLUMNS, "患者姓名", "联系电话"])
    other.writerow(["case_id", "seq", "code"])
    for number, who in enumerate(people):
        place = who.place
        own = {"person": who.card, "person_name": who.name}.get(place, f"P{number}")
        sex = who.name if place == "sex" else "male"
        born = who.name + who.phone if place == "born" else "1950-03-01"
        area = who.phone if place == "area" else "A1"
        person.writerow([own, sex, born, "employee", area, "", who.name, who.card])
        department = {
            "department": who.name,
            "department_phone": f"内科（{who.name}电话{who.phone}）",
            "long": "记事" * 300 + who.name + who.card,
        }.get(place, "内科")
        row = [
            who.card if place == "case_id" else f"C{number}",
            own,
            who.card if place == "institution" else "H1",
            "employee", "male", "74", department, "emergency", "2025-01-01", "2025-01-05", "2025-01-06",
            who.name if place == "los" else "4",
            f"{who.name} {who.phone}" if place == "way" else "home",
            "0", "0",
            who.phone if place == "amount" else "30000",
            "0", "0", "0", who.name, who.phone,
        ]  # fmt: skip
        case.writerow(row[:-4] if place == "broken" else row)
        other.writerow([row[0], who.card if place == "los" else "1", who.name if place == "way" else "I63.900"])
        if place == "broken":
            others.write(f"{who.name},{who.card},{who.phone},1,I63.900\n")
    quote = next(who for who in people if who.place == "quote")
    persons.write(f'P{COUNT},male,1950-01-01,employee,A1,"{quote.name}\nP{COUNT + 1},{quote.card},{quote.phone},,,\n')
    (landing / "persons.csv").write_text(persons.getvalue(), encoding="utf-8")
    (landing / "cases.csv").write_text(cases.getvalue(), encoding="gb18030")
    (landing / "diagnoses.csv").write_text(others.getvalue(), encoding="utf-8")
    return landing


def everything_written(folder: Path) -> bytes:
    """Return the bytes of every file below a folder, and those of every value of a Parquet file as text."""
    texts = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            texts += [file.name.encode(), file.read_bytes()]
            if file.suffix == ".parquet":
                for column in pq.read_table(file).columns:
                    texts.append("\n".join(map(str, column.cast(pa.string()).to_pylist())).encode())
    return b"\n".join(texts)


def test_nobody_planted_is_found_in_anything_written_or_said(tmp_path, planted):
    assert len({word for who in planted for word in who.words}) == 3 * COUNT
    landing = hand_in(tmp_path, planted)
    region = tmp_path / "region"
    region.mkdir()
    engine = DuckDBEngine("500MB")
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        report = take_in([landing], Lake(region / "lake"), engine)
        kinds = finding_kinds(Lake(region / "lake"), engine, report.batch_id)
    engine.close()
    for table in report.tables:
        assert table.row_count == table.taken_count + table.set_aside_count
    assert report.findings["intake.identity_value"] > 300
    assert report.findings["intake.broken_line"] > 50
    written = everything_written(region)
    spoken = "\n".join([said.getvalue(), str(report.as_json()), str(report.notices), str(kinds)])
    assert b"C7" in written  # the search can find what is there
    for who in planted:
        for word in who.words:
            assert word.encode() not in written, (who.place, word)
            assert word not in spoken, (who.place, word)


def test_a_file_without_a_header_is_refused_without_naming_who_stands_in_its_place(tmp_path, planted):
    who = planted[0]
    (tmp_path / "region.yaml").write_text("{id: r, name: {zh: 县, en: county}, pack: p}", encoding="utf-8")
    for number, line in enumerate([f"{who.name},{who.name},{who.card}", f"{who.card},{who.card}", f"{who.phone},1"]):
        file = tmp_path / f"persons-{number}.csv"
        file.write_text(line + "\n", encoding="utf-8")
        result = CliRunner().invoke(app, ["intake", str(file), "--region", str(tmp_path)])
        assert result.exit_code == 1
        assert not any(word in result.output for word in who.words), result.output
