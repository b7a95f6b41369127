"""The manuals of formats: their examples are read, and what they list is all there is."""

import re
from pathlib import Path

from tongchou.intake.mappings.mapping_file import TABLES, read_mapping
from tongchou.schema.list_fields import list_fields

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "own-tables-mapping.md"


def test_the_example_of_a_mapping_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "example.yaml"
    file.write_text(example, encoding="utf-8")
    mapping = read_mapping(file)
    assert len([column for column in mapping.columns if column.table == "list_diagnoses"]) == 16
    assert mapping.details[0].columns[0].values == {"西药": "09", "床位": "01"}


def test_every_field_that_can_be_mapped_is_listed() -> None:
    listed = re.findall(r"^\| `(\w+\.\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [f"{table}.{field.column}" for table in TABLES for field in list_fields(table)]
