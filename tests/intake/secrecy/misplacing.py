"""Identity values where none belongs: whatever a person has, put into a place for something else."""

from collections.abc import Callable, Mapping

from tests.intake.secrecy.people import Person

MISPLACED: Mapping[str, Callable[[Person], str]] = {
    "name": lambda who: who.name,
    "card": lambda who: who.card,
    "phone": lambda who: who.phone,
    "sentence": lambda who: f"患者{who.name}，{who.card}，电话{who.phone}",
}
"""A way of writing somebody where nobody is due."""
