"""Words of the policy for people: areas, units, and the keys of values."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
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
_STATES: tuple[Mapping[str, Text], ...] = (
    benefit_states.ENTRY,
    benefit_states.CONTRACT,
    benefit_states.PLACE_OF_CARE,
    benefit_states.AID_CATEGORY,
    benefit_states.SUPPLEMENT,
    benefit_states.STAY_RANK,
    benefit_states.TWO_DISEASE,
    benefit_states.CARE_KIND,
    service_states.SERVICE_EVENT_KIND,
    service_states.HEAD_KIND,
    states.ASSESSED_MEASURE,
    states.DEFICIT_REASON,
    states.GRANT_FUND,
    states.GROUPING_STATUS,
    states.SURPLUS_PURPOSE,
    states.RISK_REASON,
    states.DISCHARGE_WAY,
    states.INSURANCE_TYPE,
    states.INSTITUTION_LEVEL,
)
"""Names of states that are keys of values; of one that stands in several, the last holds."""


def unit_of(parameter: Parameter) -> Text:
    """Return a parameter's unit; of a banded one, what its bands are over beside it."""
    unit, over = UNITS[parameter.unit], parameter.bands_over
    if over is None:
        return unit
    return Text(f"{unit.zh}，按{over.zh}分档", f"{unit.en}, in bands over {over.en}")


def key_words(key: str, shown: Preferences) -> str:
    """Return the dimension keys of a single value; a dash for a value without any."""
    known = _keys()
    return " · ".join(shown.say(known[part]) if part in known else part for part in key.split(", ")) if key else "—"


def source_words(source: Source, shown: Preferences) -> str:
    """Return a document in one line; titles that a policy file writes in both languages, in that of the page."""
    return " ".join(shown.one_of(part) for part in (source.title, source.number, source.article) if part)


def value_words(parameter: Parameter, value: Value, shown: Preferences) -> str:
    """Return a value in one line: choices by name, keys of dimensions by theirs, anything else as it is written."""
    if isinstance(value, Mapping):
        parts = ((key_words(key, shown), value_words(parameter, inner, shown)) for key, inner in value.items())
        return shown.say(Text("；", "; ")).join(
            shown.say(Text(f"{key}：{each}", f"{key}: {each}")) for key, each in parts
        )
    return choice_words(parameter.name, value.written, shown)


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
    return {path: Text(words["zh"], words["en"]) for path, words in _packed("policy_areas.yaml").items()}


@cache
def _keys() -> Mapping[str, Text]:
    own = {key: Text(words["zh"], words["en"]) for key, words in _choices()["keys"].items()}
    return {
        **own,
        **{key: words for each in _STATES for key, words in each.items()},
        DEFAULT_KEY: Text("其余", "all others"),
        "inpatient": Text("住院", "inpatient"),
        "outpatient": Text("门诊", "outpatient"),
    }


@cache
def _choices() -> Mapping[str, Any]:
    return _packed("policy_words.yaml")


def _packed(name: str) -> dict[str, Any]:
    content = files("tongchou").joinpath("packs", name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(content)
    return found
