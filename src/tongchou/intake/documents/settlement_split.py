"""How a list's amounts hold the first self-pay: a setting of the region, a pack by default."""

from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

FirstSelfPay = Literal["own_pay", "self_pay"]
"""In which amount of a list the first self-pay is: in 个人自费, or in 个人自付."""

SPLIT_FILE = "settlement_split.yaml"


def first_self_pay_in(region: Path | None = None) -> FirstSelfPay:
    """Return the setting of a region's folder, else that of the built-in pack.

    Raises:
        TongchouError: `intake.settlement_split` where the file says something else.
    """
    own = region / SPLIT_FILE if region is not None else None
    if own is not None and own.is_file():
        text, where = own.read_text(encoding="utf-8"), str(own)
    else:
        text = files("tongchou").joinpath("packs", "intake", SPLIT_FILE).read_text(encoding="utf-8")
        where = f"packs/intake/{SPLIT_FILE}"
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _unknown(where) from error
    said = content.get("first_self_pay_in") if isinstance(content, dict) else None
    if said not in get_args(FirstSelfPay):
        raise _unknown(where)
    return "own_pay" if said == "own_pay" else "self_pay"


def _unknown(where: str) -> TongchouError:
    return TongchouError(
        "intake.settlement_split",
        what=Text("先行自付的归属没有写明", "it is not said in which amount the first self-pay is"),
        where=where,
        why=Text(
            "first_self_pay_in 须为 own_pay 或 self_pay",
            "first_self_pay_in is own_pay or self_pay",
        ),
        remedy=Text("改写该文件", "correct the file"),
    )
