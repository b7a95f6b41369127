"""Errors are sentences in both languages and travel whole between processes."""

import pickle

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text


def _error(code: str = "a.b") -> TongchouError:
    return TongchouError(
        code, what=Text("费用为负", "a fee is negative"), where="row 3", why=Text("不允许", "not allowed"),
        remedy=Text("改正", "correct it"),
    )  # fmt: skip


def test_a_sentence_says_what_where_why_and_what_to_do() -> None:
    assert _error().sentence("zh") == "[a.b] 费用为负（row 3）：不允许。请改正。"
    assert _error().sentence("en") == "[a.b] a fee is negative (row 3): not allowed. To mend it: correct it."


def test_chinese_comes_first() -> None:
    assert str(_error()).splitlines()[0].startswith("[a.b] 费用为负")


def test_an_error_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(_error()))
    assert str(again) == str(_error())


def test_problems_are_reported_together_and_survive_pickling() -> None:
    problems = Problems([_error("a.b"), _error("c.d")])
    again = pickle.loads(pickle.dumps(problems))
    assert [problem.code for problem in again.problems] == ["a.b", "c.d"]
    assert len(str(again).splitlines()) == 4
    assert [problem["code"] for problem in again.as_json()["problems"]] == ["a.b", "c.d"]
