"""What is left out or put together where institutions are not seen by name."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text


@dataclass(frozen=True, slots=True)
class Masking:
    """The figures of masking.

    Attributes:
        least_cases: A sum of fewer cases or records is left out.
        least_institutions: So many institutions at least stand together where others are compared with.

    Raises:
        TongchouError: `access.masking_rules` if one of them is below 1.
    """

    least_cases: int
    least_institutions: int

    def __post_init__(self) -> None:
        if min(self.least_cases, self.least_institutions) < 1:
            raise TongchouError(
                "access.masking_rules",
                what=Text("隐去的设置不对", "the settings of masking are not right"),
                where=f"least_cases {self.least_cases}, least_institutions {self.least_institutions}",
                why=Text("两项都须为正整数", "both are whole numbers from 1 on"),
                remedy=Text("改正 masking.yaml", "correct masking.yaml"),
            )


@cache
def built_in_masking() -> Masking:
    """Return the figures of the built-in pack."""
    pack = files("tongchou").joinpath("packs", "access", "masking.yaml")
    return Masking(**yaml.safe_load(pack.read_text(encoding="utf-8")))
