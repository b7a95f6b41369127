"""A password that is guessed first is refused; hashes say what they were made with."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.access.conftest import PASSWORD

from tongchou.access.passwords import check_password, hash_password, is_outdated, new_password, password_fits
from tongchou.access.rules import SignInRules, built_in_rules, read_rules
from tongchou.core.errors import TongchouError

RULES = built_in_rules()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("q7#k", "access.password_length"),
        ("x1" * 65, "access.password_length"),
        ("password1234", "access.password_common"),
        ("P@ssword1234!", "access.password_common"),
        ("1q2w3e4r5t6y", "access.password_common"),
        ("aaaaaaaaaaaaaa", "access.password_common"),
        ("abcdefghijklmn", "access.password_common"),
        ("woaini5201314", "access.password_common"),
        ("zhangsan1234567", "access.password_common"),
        ("Tongchou2025 ok", "access.password_of_name"),
        ("my.wang_li.pass", "access.password_of_name"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, code: str) -> None:
    name = "wang_li" if "wang_li" in password else "tongchou2025" if "2025" in password else "somebody"
    with pytest.raises(TongchouError) as refused:
        check_password(RULES, password, name)
    assert refused.value.code == code
    assert password not in str(refused.value)


def test_unrelated_words_will_do() -> None:
    for password in (PASSWORD, "correct horse battery", "一二三四 春眠不觉晓处处", new_password()):
        check_password(RULES, password, "li")


def test_made_passwords_are_fit_and_never_the_same() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(RULES, password, "demo_hospital")


@settings(max_examples=30)
@given(st.text(max_size=200), st.text(max_size=40))
def test_only_the_password_fits_its_hash_whatever_characters_it_has(password: str, other: str) -> None:
    quick = replace(RULES, argon2_memory_kib=64, argon2_passes=1)
    hashed = hash_password(quick, password)
    assert password_fits(quick, hashed, password) == (len(password) <= RULES.longest_password)
    assert not password_fits(quick, hashed, other + "x" + password)
    assert not password_fits(quick, "", password)
    assert not password_fits(quick, "not a hash", password)


def test_the_same_characters_fit_in_full_width(rules: SignInRules) -> None:
    assert password_fits(rules, hash_password(rules, "horse７７"), "horse77")


def test_a_hash_of_other_figures_is_outdated(rules: SignInRules, password_hash: str) -> None:
    assert not is_outdated(rules, password_hash)
    assert is_outdated(RULES, password_hash)


def test_figures_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(TongchouError) as refused:
        replace(RULES, idle=RULES.fresh)
    assert refused.value.code == "access.sign_in_rules"
    with pytest.raises(KeyError):
        read_rules({"password": {}, "argon2": {}, "sign_in": {}, "recognition": {}, "oidc": {}})
