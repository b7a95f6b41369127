"""The operation expressions of a catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.grouping.dip.expression import parse_expression


def _ways(text: str) -> set[str]:
    return {" ".join(sorted(way)) for way in parse_expression(text)}


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("", {""}),
        ("47.01", {"47.01"}),
        ("47.01+54.21", {"47.01 54.21"}),
        ("47.01/47.09", {"47.01", "47.09"}),
        ("47.01+54.21/54.51", {"47.01 54.21", "47.01 54.51"}),
        (" 47.01 / ( 54.21 + 54.51 ) ", {"47.01", "54.21 54.51"}),
        ("(47.01/47.09)+(54.21/54.51)", {"47.01 54.21", "47.01 54.51", "47.09 54.21", "47.09 54.51"}),
        ("47.01+47.01", {"47.01"}),
        ("47.01/47.01+54.21", {"47.01 54.21"}),
        ("47.01/(47.01+54.21)", {"47.01"}),
        ("74.1x+36.0601", {"36.0601 74.1x"}),
    ],
)
def test_an_expression_is_the_ways_to_meet_it(text: str, ways: set[str]) -> None:
    assert _ways(text) == ways


@pytest.mark.parametrize("text", ["+", "47.01+", "/47.01", "(47.01", "47.01)", "47.01 54.21", "47.01;54.21", "()"])
def test_a_broken_expression_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(TongchouError) as refused:
        parse_expression(text)
    assert refused.value.code == "grouping.dip_expression"
    assert "手术操作表达式无法读懂" in str(refused.value)
    assert "cannot be read" in str(refused.value)


def test_an_expression_that_can_be_met_in_too_many_ways_is_refused() -> None:
    with pytest.raises(TongchouError, match="dip_expression"):
        parse_expression("+".join(f"({n}1.0/{n}2.0)" for n in range(10, 19)))


CODES = st.sampled_from(["1.1", "2.2", "3.3", "4.4"])
TREES = st.recursive(CODES, lambda inner: st.tuples(st.sampled_from("+/"), inner, inner), max_leaves=6)


def _text(tree: object) -> str:
    return tree if isinstance(tree, str) else f"({_text(tree[1])}{tree[0]}{_text(tree[2])})"  # type: ignore[index]


def _holds(tree: object, done: frozenset[str]) -> bool:
    if isinstance(tree, str):
        return tree in done
    sign, left, right = tree  # type: ignore[misc]
    return all((_holds(left, done), _holds(right, done))) if sign == "+" else _holds(left, done) or _holds(right, done)


@given(TREES, st.frozensets(CODES))
def test_the_ways_mean_what_the_expression_says(tree: object, done: frozenset[str]) -> None:
    assert any(way <= done for way in parse_expression(_text(tree))) == _holds(tree, done)
