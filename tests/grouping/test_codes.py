"""Code lists: exact codes, prefixes, ranges and exceptions."""

from tongchou.grouping.codes import CodeCells


def _cells_of(code: str, *cells: str, match: str = "prefix") -> list[int]:
    return [hit.cell for hit in CodeCells(cells, match).hits(code)]  # type: ignore[arg-type]


def test_a_prefix_takes_every_code_that_begins_with_it() -> None:
    assert _cells_of("I21.900x001", "I21", "I2", "I22") == [0, 1]


def test_a_range_includes_both_ends() -> None:
    cells = CodeCells(["I20-I25"], "prefix")
    assert [bool(cells.hits(code)) for code in ("I19.9", "I20.0", "I25.900", "I26.0")] == [False, True, True, False]


def test_an_exception_takes_away_within_its_own_cell_only() -> None:
    assert _cells_of("I24.100", "I20-I25 !I24.1", "I24") == [1]


def test_exact_lists_match_whole_codes_only() -> None:
    assert _cells_of("I21.900", "I21", "I21.900", match="exact") == [1]


def test_the_longest_pattern_that_took_a_code_is_reported() -> None:
    assert CodeCells(["I2 I21.9"], "prefix").hits("I21.900")[0].length == 5
