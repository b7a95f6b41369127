"""Packs of checks: a region's changes, and every fault of them told before any document is looked at."""

import json
import pickle
import re
from pathlib import Path

import pytest
from tests.intake.checks.clean import one, reference
from typer import Typer
from typer.testing import CliRunner

from tongchou.cli.intake_checks import checks
from tongchou.core.errors import Problems, TongchouError
from tongchou.intake.checks.catalogue import Catalogue, load_catalogue, own_catalogue
from tongchou.intake.checks.compiling import column_problems
from tongchou.intake.checks.page import page
from tongchou.intake.checks.running import Checker, check_documents
from tongchou.intake.checks.trial import sql_problems

ROOT = Path(__file__).parents[3]


def _pack(tmp_path: Path, text: str, name: str = "own.yaml") -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _load(tmp_path: Path, text: str) -> Catalogue:
    return load_catalogue((_pack(tmp_path, text),))


def _problems(tmp_path: Path, text: str) -> list[TongchouError]:
    with pytest.raises(TongchouError) as raised:
        _load(tmp_path, text)
    return list(raised.value.problems) if isinstance(raised.value, Problems) else [raised.value]


NEW = """
checks:
  X01:
    title: {zh: 住院不超过上限, en: not too long}
    level: warns
    sentence: {zh: "住院 {value} 天", en: "{value} days"}
    remedy: {zh: 核对, en: check it}
    harms: [supervision]
    source: own
    documents: [settlement_list]
    when: los_days is not null
    table: settlement_lists
    columns: [los_days]
    fails: FAILS
    value: los_days
    parameters: {most: {value: 4, source: own}}
"""


def test_all_70_checks_of_the_national_list_are_there_with_texts_source_and_range() -> None:
    catalogue = own_catalogue()
    numbers = {int(check[1:3]) for check in catalogue.checks if check.startswith("Q")}
    assert numbers == set(range(1, 71))
    for check in catalogue.checks.values():
        assert check.source
        assert check.harms
        assert check.documents
        for text in (check.title, check.sentence, check.remedy):
            assert re.search(r"[\u4e00-\u9fff]", text.zh), check.id
            assert not re.search(r"[\u4e00-\u9fff]", text.en), check.id
        for name, parameter in check.parameters.items():
            assert parameter.source, (check.id, name)
    assert [check.id for check in catalogue.checks.values() if check.place == "conversion"] == ["Q01", "Q02", "Q03"]


def test_the_sql_of_every_own_check_can_be_run() -> None:
    own = own_catalogue().checks.values()
    assert column_problems(own) == []
    assert sql_problems(own) == []


def test_a_region_changes_level_bound_range_and_points_and_switches_off_with_a_reason(tmp_path: Path) -> None:
    catalogue = _load(
        tmp_path,
        """
changes:
  Q63: {level: blocks, parameters: {strict: {value: true, source: notice 1}}}
  Q62: {off: {zh: 本地不查, en: not checked here}}
  Q07: {weight: 20}
accuracy:
  records: {at_least_e4: 9900, source: notice 2}
""",
    )
    assert catalogue.checks["Q63"].level == "blocks"
    assert catalogue.checks["Q63"].parameters["strict"].source == "notice 1"
    assert catalogue.checks["Q63"].parameters["extra_days"].value == 1
    assert catalogue.checks["Q07"].weight == 20
    assert catalogue.scoring.records_e4.value == 9900
    assert catalogue.scoring.fields_e4.value == 9800
    changes = {"settlement_lists": {"nursing_1_days": 1, "discharge_way": "other"}}
    found = check_documents(one("list", changes), reference(), catalogue)
    assert found["check"].to_list() == ["Q63"]
    own = check_documents(one("list", changes), reference(), own_catalogue())
    assert own["check"].to_list() == ["Q62"]


def test_a_later_pack_has_the_last_word(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, level in ((first, "blocks"), (second, "warns")):
        folder.mkdir()
        _pack(folder, f"changes: {{Q07: {{level: {level}}}}}")
    assert load_catalogue((first, second)).checks["Q07"].level == "warns"
    assert load_catalogue((second, first)).checks["Q07"].level == "blocks"


def test_a_region_adds_a_check_of_its_own(tmp_path: Path) -> None:
    catalogue = _load(tmp_path, NEW.replace("FAILS", "los_days > {most}"))
    found = check_documents(one("list"), reference(), catalogue)
    assert found.select("check", "value").rows() == [("X01", "5")]


def test_a_strict_region_with_one_day_surgery_and_mothers_lists(tmp_path: Path) -> None:
    catalogue = _load(
        tmp_path,
        """
changes:
  Q69: {parameters: {most_days: {value: 1, source: notice}}}
  Q18: {parameters: {on_mothers_lists: {value: true, source: notice}}}
  Q46: {parameters: {without_anaesthetist: {value: [local], source: notice}}}
""",
    )
    two_days = one("day_surgery", {"settlement_lists": {"discharged_at": "2025-03-03 08:00:00"}})
    assert "Q69" in check_documents(two_days, reference(), catalogue)["check"].to_list()
    mother = {
        "settlement_lists": {"sex": "female", "birth_weight_g": 3000},
        "list_diagnoses": {1: {"code": "O80.000"}},
        "list_operations": {1: {"anaesthesia": "local", "anaesthetist_code": None, "anaesthetist_name": None}},
    }
    assert not {"Q18", "Q46"} & set(check_documents(one("list", mother), reference(), catalogue)["check"])
    assert {"Q18", "Q46"} <= set(check_documents(one("list", mother), reference(), own_catalogue())["check"])


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ("changes:\n  Q7: {level: warns}", "intake.unknown_check", 2, "Q70"),
        ("changes:\n  Q07: {levl: warns}", "intake.check_pack", 2, "levl"),
        ("changes:\n  Q07:\n    level: warn", "intake.check_pack", 3, "blocks, warns"),
        ("changes:\n  Q07:\n    parameters: {most: {value: 1, source: x}}", "intake.check_pack", 3, "least_days"),
        ("changes:\n  Q07:\n    parameters: {least_days: {value: one, source: x}}", "intake.check_pack", 3, "kind"),
        ("changes:\n  Q07:\n    parameters: {least_days: {value: 1.5, source: x}}", "intake.check_pack", 3, "kind"),
        ("changes:\n  Q07:\n    parameters:\n      least_days: {value: 1}", "intake.check_pack", 4, "source"),
        ("changes:\n  Q07:\n    off: no reason", "intake.check_pack", 3, "zh"),
        ("changes:\n  Q07: {weight: -1}", "intake.check_pack", 2, "weight"),
        ("chekcs: {}", "intake.check_pack", 1, "chekcs"),
        ("changes:\n  Q07: {level: warns}\n  Q07: {level: blocks}", "intake.check_pack", 3, "twice"),
        ("changes: [", "intake.check_pack", 1, ""),
        ("- a", "intake.check_pack", 1, "names with values"),
        ("changes: &a {}\nchecks: *a", "intake.check_pack", 2, "alias"),
        ("accuracy:\n  records: {at_least_e4: 98000, source: x}", "intake.check_pack", 2, "10000"),
        ("accuracy:\n  record: {at_least_e4: 9800, source: x}", "intake.check_pack", 2, "record"),
        (NEW.replace("FAILS", "los_days > "), "intake.check_sql", 4, "X01"),
        (NEW.replace("FAILS", "length_of_stay > {most}"), "intake.check_sql", 4, "length_of_stay"),
        (NEW.replace("FAILS", "los_days > {least}"), "intake.check_pack", 4, "least"),
        (NEW.replace("FAILS", "true); drop table lists; select (1"), "intake.check_sql", 4, "X01"),
        (NEW.replace("[los_days]", "[los_day]"), "intake.check_pack", 4, "los_day"),
        (NEW.replace("table: settlement_lists", "table: lists"), "intake.check_pack", 12, "lists"),
        (NEW.replace("X01", "Q07"), "intake.check_pack", 4, "changes"),
        (NEW.replace("FAILS", "exists (select 1 from read_csv('/etc/hosts'))"), "intake.check_sql", 4, "X01"),
    ],
)
def test_a_fault_of_a_pack_is_told_with_file_line_and_remedy(
    tmp_path: Path, text: str, code: str, line: int, said: str
) -> None:
    problem = _problems(tmp_path, text)[0]
    assert problem.code == code
    assert problem.where == f"{tmp_path / 'own.yaml'}:{line}"
    assert said in problem.sentence("en")
    assert problem.remedy.zh
    assert problem.remedy.en


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "changes:\n  Q7: {level: warns}\n  Q08: {level: warn}\n  Q09: {of: {zh: 一, en: a}}"
    assert len(_problems(tmp_path, text)) == 3


def test_a_folder_without_packs_is_told(tmp_path: Path) -> None:
    with pytest.raises(TongchouError) as raised:
        load_catalogue((tmp_path / "none",))
    assert raised.value.code == "intake.no_check_pack"


def test_a_pack_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes("changes: {Q07: {off: {zh: 停用, en: off}}}".encode("gbk"))
    with pytest.raises(TongchouError) as raised:
        load_catalogue((tmp_path,))
    assert raised.value.code == "intake.check_pack"


def test_sql_that_fails_on_the_data_is_told_without_showing_them(tmp_path: Path) -> None:
    catalogue = _load(tmp_path, NEW.replace("FAILS", "cast(person_name as integer) > {most}"))
    with pytest.raises(TongchouError) as raised, Checker(reference(), catalogue) as checker:
        checker.check(one("list"))
    assert raised.value.code == "intake.check_sql"
    assert "张三丰" not in str(raised.value)


def test_a_catalogue_reaches_a_worker_whole() -> None:
    assert pickle.loads(pickle.dumps(own_catalogue())) == own_catalogue()


def test_the_page_of_the_checks_is_what_the_packs_say() -> None:
    written = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert written == page(own_catalogue()), "python -m tongchou.intake.checks.page docs/checks.md"


def test_the_page_names_every_column_that_checks_may_ask_for(tmp_path: Path) -> None:
    import polars as pl

    from tongchou.intake.checks.database import open_database, put_documents
    from tongchou.intake.checks.page import derived_columns
    from tongchou.schema.list_fields import list_fields

    with open_database({}) as base:
        put_documents(base, pl.DataFrame(schema={"_document": pl.Int64}), {}, ("", "", None), {})
        columns = [row[0] for row in base.execute("describe lists").fetchall()]
    own = {field.column for field in list_fields("settlement_lists")}
    assert list(derived_columns()) == [column for column in columns if column not in own]


def test_the_examples_of_the_page_are_packs_that_can_be_read(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "checks.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    for number, example in enumerate(examples):
        folder = tmp_path / str(number)
        folder.mkdir()
        load_catalogue((_pack(folder, example.replace("needs: []", "needs: [items]")),))


def _run(*arguments: str) -> str:
    app = Typer(add_completion=False)
    app.command("checks")(checks)
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code in (0, 1), result.output
    return result.output


def test_the_command_lists_the_checks(tmp_path: Path) -> None:
    listed = json.loads(_run("--json"))["checks"]
    assert [each["id"] for each in listed] == list(own_catalogue().checks)
    assert "| `Q07` |" in _run("--markdown")
    assert "Q07" in _run()
    pack = _pack(tmp_path, "changes: {Q07: {off: {zh: 停用, en: off here}}}")
    assert next(e for e in json.loads(_run("--json", "--pack", str(pack)))["checks"] if e["id"] == "Q07")["off"]
    _pack(tmp_path, "changes: {Q7: {level: warns}}")
    problems = json.loads(_run("--json", "--pack", str(pack)))["problems"]
    assert [problem["code"] for problem in problems] == ["intake.unknown_check"]
