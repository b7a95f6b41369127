"""Code lists: exact codes, prefixes, ranges and exceptions."""

from tongchou.grouping.schemes.codes import CodeCells


def _cells_of(code: str, *cells: str, match: str = "prefix") -> list[int]:
    return [hit.cell for hit in CodeCells(cells, match).hits(code)]  # type: ignore[arg-type]


def test_a_prefix_takes_every_code_that_begins_with_it() -> None:
    assert _cells_of("I21.900x001", "I21", "I2", "I22") == [0, 1]


def test_a_range_includes_both_ends() -> None:
    cells = CodeCells(["I20-I25"], "prefix")
    assert [bool(cells.hits(code)) for code in ("I19.9", "I20.0", "I25.900", "I26.0")] == [False, True, True, False]


def test_an_exception_takes_away_within_its_own_cell_only() -> None:
    assert _cells_of("I24.100", "I20-I25 !I24.1", "I24") == [1]


def test_an_exception_may_be_a_range() -> None:
    cells = CodeCells(["S !S13.0-S13.3"], "prefix")
    assert [bool(cells.hits(code)) for code in ("S12.900", "S13.000", "S13.301", "S13.400")] == [
        True,
        False,
        False,
        True,
    ]


def test_a_prefix_sign_takes_many_codes_in_exact_lists_and_leaves_some_out() -> None:
    cells = CodeCells(["33.24% !33.2402 40.1100 !40.11%"], "exact")
    codes = ("33.2400", "33.2402", "33.2403", "33.25", "40.1100")
    assert [bool(cells.hits(code)) for code in codes] == [True, False, True, False, False]


def test_everything_is_every_code_but_no_code() -> None:
    for match in ("exact", "prefix"):
        cells = CodeCells(["%"], match)
        assert cells.hits("A")
        assert not cells.hits("")


def test_exact_lists_match_whole_codes_only() -> None:
    assert _cells_of("I21.900", "I21", "I21.900", match="exact") == [1]


def test_the_longest_pattern_that_took_a_code_is_reported() -> None:
    assert CodeCells(["I2 I21.9"], "prefix").hits("I21.900")[0].length == 5
