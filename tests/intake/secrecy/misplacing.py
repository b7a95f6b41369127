"""Identity values where none belongs: whatever a person has, put into a place for something else."""

from collections.abc import Callable, Mapping

from tests.intake.secrecy.people import Person

MISPLACED: Mapping[str, Callable[[Person], str]] = {
    "name": lambda who: who.name,
    "card": lambda who: who.card,
    "phone": lambda who: who.phone,
    "sentence": lambda who: f"患者{who.name}，{who.card}，电话{who.phone}",
    "words": lambda who: f"{who.name}要求复查，{who.contact}陪护",
    "numbers": lambda who: f"见病案{who.record}，{who.number}",
}
"""A way of writing somebody where nobody is due."""

WHOEVER = ("name", "card", "phone", "sentence")
"""Ways that are known whoever it is; the others where the document says who its person is."""
