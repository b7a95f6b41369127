"""An explanation that is written when it is asked for."""

from tongchou.core.explanation import Deferred, Step, told
from tongchou.core.text import Text


def _write(rule: str, fen: int) -> Step:
    return Step(rule, Text.plain("-"), Text.plain(str(fen)))


def _other(rule: str, fen: int) -> Step:
    return _write(rule, fen)


def test_it_says_what_its_step_says_and_a_step_says_itself() -> None:
    step = _write("test", 5)
    assert told(Deferred(_write, ("test", 5))) == step
    assert told(step) is step


def test_two_are_equal_where_they_say_the_same_whoever_writes_it() -> None:
    one = Deferred(_write, ("test", 5))
    assert one == Deferred(_other, ("test", 5))
    assert hash(one) == hash(Deferred(_other, ("test", 5)))
    assert one != Deferred(_write, ("test", 6))
    assert one != _write("test", 5)


def test_nothing_is_written_before_it_is_asked_for() -> None:
    written: list[int] = []

    def write(number: int) -> Step:
        written.append(number)
        return _write("test", number)

    later = Deferred(write, (7,))
    assert written == []
    assert told(later).outcome.zh == "7"
    assert written == [7]
