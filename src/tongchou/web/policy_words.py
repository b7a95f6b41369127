"""Words of the policy for people: areas, units, and the keys of values."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, repeat
from typing import Any

import yaml

from tongchou.core.explanation import Source
from tongchou.core.text import Text
from tongchou.payment.benefit import states as benefit_states
from tongchou.policy.parameter import DEFAULT_KEY, Parameter, Unit
from tongchou.policy.value import Value
from tongchou.schema import service_states, states
from tongchou.web.preferences import Preferences

UNITS: Mapping[Unit, Text] = {
    Unit.RATIO: Text("比率", "ratio"),
    Unit.YUAN: Text("元", "yuan"),
    Unit.DAYS: Text("日", "days"),
    Unit.COUNT: Text("个数", "count"),
    Unit.POINTS: Text("分", "points"),
    Unit.TEXT: Text("选项", "choice"),
    Unit.WHOLE: Text("整数", "whole number"),
}

LEVEL_NAMES: Mapping[str, Text] = {
    "national": Text("国家", "national"),
    "province": Text("省", "province"),
    "city": Text("市", "city"),
    "county": Text("县", "county"),
    "alliance": Text("医联体", "alliance"),
    "hospital": Text("机构", "institution"),
}
_BY_DIMENSION: Mapping[str, Mapping[str, Text]] = {
    "entry": benefit_states.ENTRY,
    "contract": benefit_states.CONTRACT,
    "place_of_care": benefit_states.PLACE_OF_CARE,
    "aid_category": benefit_states.AID_CATEGORY,
    "supplement": benefit_states.SUPPLEMENT,
    "stay_rank": benefit_states.STAY_RANK,
    "two_disease": benefit_states.TWO_DISEASE,
    "care_kind": benefit_states.CARE_KIND,
    "event_kind": {**service_states.SERVICE_EVENT_KIND, **service_states.HEAD_KIND},
    "assessed_measure": states.ASSESSED_MEASURE,
    "deficit_reason": states.DEFICIT_REASON,
    "grant_fund": states.GRANT_FUND,
    "grouping_status": states.GROUPING_STATUS,
    "surplus_purpose": states.SURPLUS_PURPOSE,
    "risk_reason": states.RISK_REASON,
    "discharge_way": states.DISCHARGE_WAY,
    "insurance_type": states.INSURANCE_TYPE,
    "level": states.INSTITUTION_LEVEL,
}
"""What keys of values are called, by dimension; the others stand with the words of the policy."""


def unit_of(parameter: Parameter) -> Text:
    """Return a parameter's unit; of a banded one, what its bands are over beside it."""
    unit, over = UNITS[parameter.unit], parameter.bands_over
    if over is None:
        return unit
    return Text(f"{unit.zh}，按{over.zh}分档", f"{unit.en}, in bands over {over.en}")


def key_words(key: str, shown: Preferences, dimensions: Sequence[str] = ()) -> str:
    """Return the dimension keys of a single value; a dash for a value without any.

    Args:
        key: The keys, outermost first, parted by a comma.
        shown: How the page is shown.
        dimensions: Whose keys they are, in that order, where it is known: a key may mean something else in each.
    """
    if not key:
        return "—"
    whose = chain(dimensions, repeat(""))
    parts = ((part, _keys(dimension).get(part)) for part, dimension in zip(key.split(", "), whose, strict=False))
    return " · ".join(shown.say(words) if words else part for part, words in parts)


def source_words(source: Source, shown: Preferences) -> str:
    """Return a document in one line; titles that a policy file writes in both languages, in that of the page."""
    return " ".join(shown.one_of(part) for part in (source.title, source.number, source.article) if part)


def value_words(parameter: Parameter, value: Value, shown: Preferences) -> str:
    """Return a value in one line: choices by name, keys of dimensions by theirs, anything else as it is written."""
    return _value_words(parameter.name, value, shown, [each.name for each in parameter.dimensions])


def _value_words(name: str, value: Value, shown: Preferences, dimensions: Sequence[str]) -> str:
    if not isinstance(value, Mapping):
        return choice_words(name, value.written, shown)
    colon, between = shown.say(Text("：", ": ")), shown.say(Text("；", "; "))
    return between.join(
        f"{key_words(key, shown, dimensions)}{colon}{_value_words(name, inner, shown, dimensions[1:])}"
        for key, inner in value.items()
    )


def choice_words(name: str, written: str, shown: Preferences) -> str:
    """Return what a choice of a parameter is called; as it is written where it has no name, or is no choice."""
    words = _choices()
    found = words["parameters"].get(name, {}).get(written) or words["everywhere"].get(written)
    return shown.say(Text(found["zh"], found["en"])) if found else written


def area(path: str) -> Text:
    """Return the name of a path above parameters; the path itself where it has none."""
    return _areas().get(path, Text.plain(path.rpartition("/")[2]))


@cache
def _areas() -> Mapping[str, Text]:
    return _texts(_packed("policy_areas.yaml"))


@cache
def _keys(dimension: str) -> Mapping[str, Text]:
    """Return what keys are called: in the dimension, else wherever they stand."""
    return {
        **{key: words for each in _BY_DIMENSION.values() for key, words in each.items()},
        **_texts(_choices()["keys"]),
        **_BY_DIMENSION.get(dimension, {}),
        **_texts(_choices()["dimensions"].get(dimension, {})),
        DEFAULT_KEY: Text("其余", "all others"),
        "inpatient": Text("住院", "inpatient"),
        "outpatient": Text("门诊", "outpatient"),
    }


@cache
def _choices() -> Mapping[str, Any]:
    return _packed("policy_words.yaml")


def _texts(words: Mapping[str, Mapping[str, str]]) -> dict[str, Text]:
    return {key: Text(each["zh"], each["en"]) for key, each in words.items()}


def _packed(name: str) -> dict[str, Any]:
    content = files("tongchou").joinpath("packs", name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(content)
    return found
