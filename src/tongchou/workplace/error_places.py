"""Where an error is, as people know the place: what was handed in lay in a file of the server only for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from tongchou.core.errors import Problems, TongchouError


@contextmanager
def at_another_place(path: str, words: str) -> Iterator[None]:
    """Say `words` instead of a path of the server in the places of errors raised in the block."""
    try:
        yield
    except Problems as error:
        raise Problems([_moved(each, path, words) for each in error.problems]) from None
    except TongchouError as error:
        raise _moved(error, path, words) from None


def _moved(error: TongchouError, path: str, words: str) -> TongchouError:
    where = error.where.replace(path, words)
    return TongchouError(error.code, what=error.what, where=where, why=error.why, remedy=error.remedy)
