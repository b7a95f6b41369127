"""The data dictionary is the table contracts, written out."""

from pathlib import Path

from tongchou.schema.dictionary import DICTIONARY_FILE, dictionary_page
from tongchou.schema.results import RESULT_TABLES
from tongchou.schema.tables import INPUT_TABLES

PROJECT = Path(__file__).parents[2]


def test_committed_dictionary_is_up_to_date():
    assert (PROJECT / DICTIONARY_FILE).read_text(encoding="utf-8") == dictionary_page()


def test_every_table_has_a_section_with_every_column():
    page = dictionary_page()
    for table in (*INPUT_TABLES, *RESULT_TABLES):
        section = page.split(f"### `{table.name}` ")[1].split("\n### ")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == [
            column.name for column in table.columns
        ]


def test_row_of_a_column_says_everything_the_contract_says():
    line = next(line for line in dictionary_page().splitlines() if line.startswith("| `los_days`"))
    assert line == (
        "| `los_days` | 实际住院天数（当日出入院计 1 天） / days in hospital (same day counts 1) | 整数 / whole number "
        "| 诊疗 / clinical "
        "| 是 / yes | ≥ 1<br>≤ 3,660 |  |  |"
    )


def test_references_values_and_bars_are_written_out():
    page = dictionary_page()
    assert "| `alliances.alliance_id` |" in page
    assert "`up` 上转 / up<br>`down` 下转 / down" in page
    assert "多个以 \\| 分隔 / several joined by \\|" in page
