"""Write the list of fields at the end of docs/formats/own-tables-mapping.md, as `packs/intake/fields.csv` has them.

`python tools/mapping_page.py` writes it; with `--check` it fails if the page is not what the table of fields says.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tongchou.intake.mappings.mapping_file import TABLES
from tongchou.schema.list_fields import list_fields

PAGE = Path(__file__).parents[1] / "docs" / "formats" / "own-tables-mapping.md"
HEAD = "| `表.列` field | 名称 | name |\n| --- | --- | --- |\n"


def main() -> None:
    """Write or check the list."""
    text = PAGE.read_text(encoding="utf-8")
    whole = text[: text.index(HEAD)] + HEAD + "".join(_rows())
    if "--check" not in sys.argv:
        PAGE.write_text(whole, encoding="utf-8")
    elif text != whole:
        sys.exit(f"{PAGE.name} is not what the table of fields says: run python tools/mapping_page.py")


def _rows() -> Iterator[str]:
    for table in TABLES:
        for field in list_fields(table):
            zh, en = field.title.zh.replace("（分）", ""), field.title.en.removesuffix(", fen")
            yield f"| `{table}.{field.column}` | {zh} | {en} |\n"


if __name__ == "__main__":
    main()
