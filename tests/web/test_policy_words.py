"""What values of the policy are called on pages: every choice has words in both languages, there where it is used."""

from importlib.resources import files
from typing import Any

import pytest
import yaml

from tongchou.core.text import Text
from tongchou.policy import Policy
from tongchou.policy.parameter import Dimension, Parameter, Unit
from tongchou.policy.value import Scalar
from tongchou.web.policy_words import choice_words, key_words, value_words
from tongchou.web.preferences import Preferences

ZH, EN = Preferences(language="zh"), Preferences(language="en")


@pytest.fixture(scope="module")
def chosen() -> dict[str, tuple[str, ...]]:
    """Return the choices of every national parameter that has some."""
    parameters = Policy.load().chains["national"].parameters
    return {name: each.choices for name, each in parameters.items() if each.choices}


def packed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(files("tongchou").joinpath("packs", "policy_words.yaml").read_text("utf-8"))
    return found


def test_every_choice_has_words_in_both_languages(chosen: dict[str, tuple[str, ...]]) -> None:
    assert len(chosen) > 100
    for name, choices in chosen.items():
        for choice in choices:
            zh, en = choice_words(name, choice, ZH), choice_words(name, choice, EN)
            assert any(sign > "\u2e80" for sign in zh) or choice in {"sm3", "sha256"}, (name, choice)
            assert en
            assert "_" not in en, (name, choice)
        assert len({choice_words(name, each, ZH) for each in choices}) == len(choices), name


def test_no_words_are_kept_for_what_is_no_choice(chosen: dict[str, tuple[str, ...]]) -> None:
    words = packed()
    assert {(name, each) for name, own in words["parameters"].items() for each in own} <= {
        (name, each) for name, choices in chosen.items() for each in choices
    }
    used = {
        each for name, choices in chosen.items() for each in choices if each not in words["parameters"].get(name, {})
    }
    assert set(words["everywhere"]) == used


def test_every_key_of_a_dimension_that_is_no_number_has_words_in_both_languages() -> None:
    folder = files("tongchou").joinpath("packs", "policies", "national", "dimensions.yaml")
    dimensions = yaml.safe_load(folder.read_text("utf-8"))
    keys = {str(key) for each in dimensions.values() if each["values"] != "any" for key in each["values"]}
    written = {key for key in keys if not key.lstrip("-").isdecimal()}
    assert len(written) > 100
    assert not {key for key in written if key_words(key, ZH) == key and key != "cmi"}
    assert not {key for key in written if "_" in key_words(key, EN)}
    assert set(packed()["keys"]) <= written


def test_a_value_by_dimensions_is_said_key_by_key_and_a_number_stays() -> None:
    title = Text("机制", "mechanism")
    parameter = Parameter("alliance/contract/allows", title, title, Unit.TEXT, (), None, None, ("allowed",), None)
    value = {"tertiary": Scalar("allowed", "allowed"), "default": Scalar("0.95", 9500)}
    assert value_words(parameter, value, ZH) == "三级：允许；其余：0.95"
    assert value_words(parameter, value, EN) == "tertiary: allowed; all others: 0.95"


def test_a_key_is_called_as_its_dimension_calls_it() -> None:
    title = Text("分担", "parts")
    payer = Dimension("fee_payer", title, ("insurance", "resident"))
    parameter = Parameter("payment/events/contract_fee/parts", title, title, Unit.YUAN, (payer,), None, None, (), None)
    value = {"insurance": Scalar("30", 3000), "resident": Scalar("10", 1000)}
    assert value_words(parameter, value, ZH) == "医保：30；居民个人：10"
    assert key_words("resident", EN, ["fee_payer"]) == "the resident"
    assert key_words("other, resident", ZH, ["entry"]) == f"非首诊 · {key_words('resident', ZH)}"
