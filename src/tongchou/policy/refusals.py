"""The sentences with which a reading is refused."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from itertools import pairwise

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.chain import Answer, Chain
from tongchou.policy.parameter import Dimension, Parameter


def unknown_region(region_id: str, known: Collection[str]) -> TongchouError:
    """Return the refusal of a region without a pack."""
    return TongchouError(
        "policy.unknown_region",
        what=Text(f"没有地区“{region_id}”的政策包", f"there is no policy pack for the region '{region_id}'"),
        where=region_id,
        why=Text(f"已读入的政策包为 {'、'.join(sorted(known))}", f"the packs read are {', '.join(sorted(known))}"),
        remedy=Text("改正地区代码，或读入该地区的政策包", "correct the region, or load its policy pack"),
    )


def unknown_parameter(name: str, chain: Chain) -> TongchouError:
    """Return the refusal of a parameter that no pack of the chain declares."""
    near = get_close_matches(name, chain.parameters, n=3)
    return TongchouError(
        "policy.unknown_parameter",
        what=Text(f"没有名为 {name} 的参数", f"there is no parameter named {name}"),
        where=f"{name}, {_packs(chain)}",
        why=Text(
            f"这些政策包都没有声明它；相近的有 {'、'.join(near) or '无'}",
            f"none of these packs declares it; similar names: {', '.join(near) or 'none'}",
        ),
        remedy=Text("改正名称，或在政策包中声明该参数", "correct the name, or declare the parameter in a pack"),
    )


def wrong_dimensions(parameter: Parameter, asked: Mapping[str, str]) -> TongchouError:
    """Return the refusal of a reading with too few or too many dimensions."""
    names = ", ".join(dimension.name for dimension in parameter.dimensions)
    return TongchouError(
        "policy.wrong_dimensions",
        what=Text(
            f"读取“{parameter.title.zh}”时维度不对",
            f"'{parameter.title.en}' was read by the wrong dimensions",
        ),
        where=f"{parameter.name} [{', '.join(f'{key}={value}' for key, value in asked.items())}]",
        why=Text(f"它的维度为：{names or '无'}", f"its dimensions are: {names or 'none'}"),
        remedy=Text("按声明的维度读取", "read it by the declared dimensions"),
    )


def unknown_dimension_value(parameter: Parameter, dimension: Dimension, key: str) -> TongchouError:
    """Return the refusal of a value that the dimension cannot take."""
    values = dimension.values or ()
    return TongchouError(
        "policy.unknown_dimension_value",
        what=Text(f"{dimension.title.zh}没有“{key}”这个取值", f"{dimension.title.en} has no value '{key}'"),
        where=f"{parameter.name} [{dimension.name}={key}]",
        why=Text(f"取值为 {'、'.join(values)}", f"its values are {', '.join(values)}"),
        remedy=Text("改正取值", "correct the value"),
    )


def no_value_for_key(parameter: Parameter, answer: Answer, dimension: Dimension, key: str) -> TongchouError:
    """Return the refusal of a dimension value for which the answering pack gives nothing."""
    return TongchouError(
        "policy.no_value",
        what=Text(
            f"参数“{parameter.title.zh}”没有 {dimension.name}={key} 的值",
            f"the parameter '{parameter.title.en}' has no value for {dimension.name}={key}",
        ),
        where=f"{parameter.name}, {answer.pack.region_id}, {answer.dated.valid_from}",
        why=Text(
            f"{answer.pack.name.zh}的值既没有列出它，也没有 default",
            f"its value in {answer.pack.name.en} lists neither it nor a default",
        ),
        remedy=Text(f"在 parameters/{parameter.name}.yaml 中补上", f"add it in parameters/{parameter.name}.yaml"),
    )


def no_value(parameter: Parameter, chain: Chain, on: date) -> TongchouError:
    """Return the refusal of a day without a value in any pack, naming the nearest known days."""
    before, after = _nearest(parameter.name, chain, on)
    zh = [f"此前有效至 {before}" if before else "", f"之后自 {after} 起才有效" if after else ""]
    en = [
        f"it last had a value on {before}" if before else "",
        f"it next has one from {after}" if after else "",
    ]
    return TongchouError(
        "policy.no_value",
        what=Text(
            f"参数“{parameter.title.zh}”在 {on} 没有值",
            f"the parameter '{parameter.title.en}' has no value on {on}",
        ),
        where=f"{parameter.name}, {chain.packs[0].region_id}, {on}",
        why=Text(
            f"{_packs(chain)} 在该日都没有值；" + ("，".join(filter(None, zh)) or "任何日期都没有值"),
            f"none of {_packs(chain)} has a value on the day; "
            + (", ".join(filter(None, en)) or "there is none on any day"),
        ),
        remedy=Text(
            f"在其中一个政策包的 parameters/{parameter.name}.yaml 写入自该日或更早起的值及依据",
            f"write a value from that day or earlier, with its source, into parameters/{parameter.name}.yaml "
            "of one of these packs",
        ),
    )


def wrong_unit(parameter: Parameter, asked: str) -> TongchouError:
    """Return the refusal of a reading in a unit that is not the parameter's."""
    unit = f"{parameter.unit}{' (bands)' if parameter.bands_over else ''}"
    return TongchouError(
        "policy.wrong_unit",
        what=Text(
            f"不能把“{parameter.title.zh}”按 {asked} 读取",
            f"'{parameter.title.en}' cannot be read as {asked}",
        ),
        where=parameter.name,
        why=Text(f"它的单位是 {unit}", f"its unit is {unit}"),
        remedy=Text("按其单位读取", "read it in its unit"),
    )


def empty_range(start: date, end: date) -> TongchouError:
    """Return the refusal of a range of days that ends before it begins."""
    return TongchouError(
        "policy.empty_range",
        what=Text("日期范围内没有一天", "the range holds no day"),
        where=f"{start} - {end}",
        why=Text("结束日早于开始日", "it ends before it begins"),
        remedy=Text("改正起止日期", "correct its start and end"),
    )


def _packs(chain: Chain) -> str:
    return ", ".join(pack.region_id for pack in chain.packs)


def _nearest(name: str, chain: Chain, on: date) -> tuple[date | None, date | None]:
    ends: list[date] = []
    starts: list[date] = []
    for _, dated in chain.entries.get(name, ()):
        starts += [entry.valid_from for entry in dated if entry.value is not None and entry.valid_from > on]
        ends += [
            following.valid_from - timedelta(days=1)
            for entry, following in pairwise(dated)
            if entry.value is not None and following.valid_from <= on
        ]
    return max(ends, default=None), min(starts, default=None)
