"""A file that is there whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place to write to that becomes the file when the block ends well; otherwise an earlier file stays."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.touch()  # so that a place where nothing can be written is found before the work
        yield draft
        draft.replace(path)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(draft):
            error.filename = str(path)  # the user knows only the file that was asked for
        raise
