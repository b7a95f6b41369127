"""People who are unmistakable: whatever is written of one of them can be nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

_SURNAMES = "王李张刘陈杨赵黄周吴"
_RARE = "龘靐齉爩鱻麤虋厵灪滟籱纞鸾骉驫羴犇猋焱燚淼垚森磊晶鑫"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_AREA = "659004"
BEGINNINGS = (
    *(surname + rare for surname in _SURNAMES for rare in _RARE),
    *(f"{_AREA}19", "1397753", "0997-87", "QWPSN0", "QWYB0", "QWBA0", "QWDR0", "绝密路", "绝密厂"),
)
"""What every word of theirs begins with, and nothing else does."""

PATTERN = (
    f"[{_SURNAMES}][{_RARE}]{{2}}|{_AREA}19\\d{{9}}[\\dX]|1397753\\d{{4}}|0997-87\\d{{5}}"
    "|QW(?:PSN|YB)\\d{8}|QW(?:BA|DR)\\d{6}|绝密[路厂]\\d{4}弄?"
)
"""A word of somebody's, as a pattern."""

_MOST = len(_SURNAMES) * len(_RARE) ** 2


@dataclass(frozen=True)
class Person:
    """Everything that says who somebody is."""

    name: str
    card: str
    phone: str
    landline: str
    number: str
    insurance: str
    record: str
    address: str
    employer: str
    doctor: str
    doctor_name: str
    contact: str

    @property
    def born_on(self) -> str:
        return f"{self.card[6:10]}-{self.card[10:12]}-{self.card[12:14]}"

    @property
    def sex(self) -> str:
        return "1" if int(self.card[16]) % 2 else "2"

    @property
    def age(self) -> int:
        """Full years at the stay that they all have, in the middle of January 2025."""
        return 2025 - int(self.card[6:10]) - (self.card[10:14] > "0110")

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


def person(number: int) -> Person:
    """Return somebody; another for every number below 2,253."""
    return Person(
        name=_name(number * 3),
        card=_card(number),
        phone=f"1397753{number:04d}",
        landline=f"0997-87{number:05d}",
        number=f"QWPSN{number:08d}",
        insurance=f"QWYB{number:08d}",
        record=f"QWBA{number:06d}",
        address=f"绝密路{number:04d}弄",
        employer=f"绝密厂{number:04d}",
        doctor=f"QWDR{number:06d}",
        doctor_name=_name(number * 3 + 1),
        contact=_name(number * 3 + 2),
    )


class Crowd:
    """Hands out people, each once, and remembers them."""

    def __init__(self) -> None:
        self.met: list[Person] = []

    def next(self) -> Person:
        self.met.append(person(len(self.met)))
        return self.met[-1]

    def words(self) -> Iterator[str]:
        for each in self.met:
            yield from each.words


def _name(number: int) -> str:
    assert number < _MOST
    pair = number // len(_SURNAMES)
    return _SURNAMES[number % len(_SURNAMES)] + _RARE[pair // len(_RARE)] + _RARE[pair % len(_RARE)]


def _card(number: int) -> str:
    day = f"19{45 + number % 50:02d}{1 + number % 12:02d}{1 + number % 28:02d}"
    head = f"{_AREA}{day}{number % 1000:03d}"
    return head + "10X98765432"[sum(int(d) * w for d, w in zip(head, _WEIGHTS, strict=True)) % 11]
