"""Words as every database can keep them."""


def keepable(words: str) -> str:
    """Return words without what a database cannot keep: NUL (PostgreSQL), half a character (all)."""
    return words.replace("\0", "�").encode("utf-8", "replace").decode()
