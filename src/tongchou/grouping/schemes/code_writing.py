"""The ways in which one code is written, and how each is read.

Hospitals write lower case, full-width characters, blanks, dots at the end, and dagger-asterisk pairs as `A01.002+G01*`,
`A01.002†G01*`, `A01.002+`, `A01.002†` or by their dagger part alone. A code that a scheme knows as it is written is
never read as another.
"""

import re
import unicodedata
from collections.abc import Mapping

_DAGGERS = str.maketrans({"†": "+", "‡": "+", "＊": "*", "∗": "*", "﹡": "*"})
# The insurance editions write letters large, but the x that opens an extension small.
_EXTENSION = re.compile(r"(?<=.)X")
_LONGEST = 64


def readings(written: str, by_dagger: Mapping[str, str]) -> list[str]:
    """Return the codes that a written one may stand for, the closest first.

    Args:
        written: The code as it came; longer than any code of an edition, it is read as nothing.
        by_dagger: The whole dagger-asterisk code by its dagger part, empty where several have it.
    """
    if len(written) > _LONGEST:
        return []
    text = unicodedata.normalize("NFKC", written).translate(_DAGGERS)
    text = "".join(text.split()).rstrip(".。·").upper()
    text = _EXTENSION.sub("x", text)
    if not text:
        return []
    dagger, plus, asterisk = text.partition("+")
    found = [text]
    if plus:
        found.append(f"{dagger}+{asterisk.rstrip('*')}*")
    whole = by_dagger.get(dagger)
    if whole and not asterisk.strip("*"):
        found.append(whole)
    if plus:
        found.append(dagger)
    return list(dict.fromkeys(found))
