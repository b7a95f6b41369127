"""Every construct that the national editions and the cities' editions ask of the scheme language.

Each file of `constructs/` is a small scheme of our own with cases and the groups that they belong to. Every case is
grouped by both doors: alone, and in a batch.
"""

from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from tests.grouping.cases import batch, case
from tests.grouping.small_schemes import MANIFEST, rows_of, small_tables

from tongchou.core.errors import TongchouError
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.reading import build_scheme, whole_tables
from tongchou.grouping.schemes.scheme import Scheme
from tongchou.grouping.schemes.tables import SchemeTables

FOLDER = Path(__file__).parent / "constructs"
FILES = sorted(FOLDER.glob("*.yaml"))
EDITIONS = {"1.0", "1.1", "2.0", "3.0", "local"}
BASE = "base"


class _Loader(yaml.SafeLoader):
    """Reads 38.8100 as the code that it is, not as a number."""

    yaml_implicit_resolvers: ClassVar = {
        start: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":float")]
        for start, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _read(path: Path) -> dict[str, Any]:
    content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    assert isinstance(content, dict)
    return content


def _scheme(content: dict[str, Any]) -> Scheme:
    manifest = MANIFEST | content.get("manifest", {})
    whole = small_tables(content["tables"], manifest)
    if "changes" not in content:
        return build_scheme(whole)
    changes = {f"{name}.csv": list(rows_of(f"{name}.csv", text)) for name, text in content["changes"].items()}
    difference = SchemeTables(manifest | {"base": BASE} | content.get("difference", {}), changes)
    return build_scheme(whole_tables(difference, {BASE: whole}.__getitem__))


def _case(written: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in written.items() if name not in ("dx", "op", "is")}
    return case(written.get("dx", ""), str(written.get("op", "")), **fields)


def _spoken(status: str, drg: str, decided_by: str) -> str:
    if status == "grouped":
        return drg
    return f"{status} {drg if status == 'ambiguous' else decided_by}"


GROUPING = [path for path in FILES if "cases" in _read(path)]
REFUSED = [path for path in FILES if "refused" in _read(path)]


@pytest.mark.parametrize("path", GROUPING, ids=lambda path: path.stem)
def test_the_construct_groups_its_cases_alone_and_in_a_batch(path: Path) -> None:
    content = _read(path)
    grouper = Grouper(_scheme(content))
    written = content["cases"]
    cases = [_case(each) for each in written]
    expected = [(number, each["is"]) for number, each in enumerate(written)]
    alone = [grouper.group_one(each) for each in cases]
    assert [(n, _spoken(each.status, each.drg, each.decided_by)) for n, each in enumerate(alone)] == expected
    together = grouper.group(batch(*cases)).to_pylist()
    assert [(n, _spoken(row["status"], row["drg"], row["decided_by"])) for n, row in enumerate(together)] == expected
    assert [(each.mdc, each.adrg) for each in alone] == [(row["mdc"], row["adrg"]) for row in together]


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_what_cannot_be_meant_is_refused_with_sentences(path: Path) -> None:
    content = _read(path)
    with pytest.raises(TongchouError) as caught:
        _scheme(content)
    problems = getattr(caught.value, "problems", (caught.value,))
    assert [[problem.code, problem.where] for problem in problems] == content["refused"]


def test_every_file_says_what_it_shows_and_which_editions_ask_for_it() -> None:
    for path in FILES:
        content = _read(path)
        assert content["construct"], path.name
        assert set(content["editions"]) <= EDITIONS, path.name
        assert len(content.get("cases", ())) >= 2 or content.get("refused"), path.name
    asked = {edition for path in FILES for edition in _read(path)["editions"]}
    assert asked == EDITIONS
