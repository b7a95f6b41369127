"""Signing in: one answer for every failure, a lock after too many, an end by time and by will."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from tests.access.conftest import NOW, PASSWORD, Audited, Clock

from tongchou.access.api_tokens import make_token, revoke_token, tokens_of
from tongchou.access.passwords import is_outdated
from tongchou.access.recognising import Recogniser
from tongchou.access.rules import SignInRules, built_in_rules
from tongchou.access.sign_in import change_password, disable, forget_old, set_password, sign_in, unlock
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import verify
from tongchou.records.database import Records
from tongchou.records.models import ApiToken, SignIn, SignInFailures, User
from tongchou.records.users import Grant, set_grants


@pytest.fixture
def at_the_door(records: Records, rules: SignInRules, clock: Clock) -> Recogniser:
    return Recogniser(records, rules, clock)


def code_of(call, *arguments, **named) -> str:
    with pytest.raises(TongchouError) as refused:
        call(*arguments, **named)
    return refused.value.code


def test_who_signs_in_is_recognised_with_roles_and_alliance(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser, audited: Audited
) -> None:
    signed_in = sign_in(records, rules, " Clerk ", PASSWORD, NOW)
    subject = at_the_door.recognise(signed_in.secret)
    assert (subject.user_id, subject.roles) == (people["clerk"], ("hospital",))
    assert (subject.institution_ids, subject.alliance_ids) == ({"H1"}, {"A1"})
    assert audited("sign_in") == [("clerk", "done")]
    with records.reading() as session:
        kept = session.get_one(SignIn, subject.sign_in_id)
        assert signed_in.secret not in {kept.token_hash, kept.sign_in_id}
        assert verify(session) == ()


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    records: Records, rules: SignInRules, people: dict[str, str], audited: Audited
) -> None:
    answers = []
    for name, password in (("clerk", "wrong wrong"), ("nobody", PASSWORD), ("clerk", ""), ("\ud800\0", "\ud800")):
        with pytest.raises(TongchouError) as refused:
            sign_in(records, rules, name, password, NOW)
        answers.append(refused.value.as_json())
    assert all(answer == answers[0] for answer in answers)
    # A name that nobody has may be a password typed too early: it is not kept in words.
    assert audited("sign_in") == [("clerk", "failed"), ("", "failed"), ("clerk", "failed"), ("", "failed")]


def test_a_disabled_account_and_one_without_a_password_are_refused_alike(
    records: Records, rules: SignInRules, people: dict[str, str]
) -> None:
    with records.writing() as session:
        session.get_one(User, people["clerk"]).state = "disabled"
        session.get_one(User, people["wang_officer"]).password_hash = ""
    assert code_of(sign_in, records, rules, "clerk", PASSWORD, NOW) == "access.sign_in_refused"
    assert code_of(sign_in, records, rules, "wang_officer", "", NOW) == "access.sign_in_refused"


@pytest.mark.parametrize("name", ["clerk", "nobody"])
def test_too_many_failures_lock_a_name_for_a_while_whoever_has_it(
    records: Records, rules: SignInRules, people: dict[str, str], name: str
) -> None:
    for _ in range(rules.failures):
        assert code_of(sign_in, records, rules, name, "wrong", NOW) == "access.sign_in_refused"
    assert code_of(sign_in, records, rules, name, PASSWORD, NOW) == "access.locked"
    later = NOW + rules.locked_for
    assert code_of(sign_in, records, rules, name, PASSWORD, later - timedelta(seconds=1)) == "access.locked"
    if name == "clerk":
        assert sign_in(records, rules, name, PASSWORD, later).user_id == people["clerk"]
    else:
        assert code_of(sign_in, records, rules, name, PASSWORD, later) == "access.sign_in_refused"


def test_a_success_forgets_failures_and_an_administrator_unlocks(
    records: Records, rules: SignInRules, people: dict[str, str]
) -> None:
    for _ in range(3):
        for _ in range(rules.failures - 1):
            code_of(sign_in, records, rules, "clerk", "wrong", NOW)
        sign_in(records, rules, "clerk", PASSWORD, NOW)
    for _ in range(rules.failures):
        code_of(sign_in, records, rules, "clerk", "wrong", NOW)
    with records.writing() as session:
        unlock(session, "clerk", "admin", NOW)
    assert sign_in(records, rules, "clerk", PASSWORD, NOW)


def test_many_guesses_at_once_get_no_further_than_one_by_one(
    records: Records, rules: SignInRules, people: dict[str, str]
) -> None:
    def guess(number: int) -> str:
        return code_of(sign_in, records, rules, "clerk", f"guess {number}", NOW)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(guess, range(18)))
    assert answers.count("access.sign_in_refused") == rules.failures
    assert answers.count("access.locked") == 18 - rules.failures


def test_a_sign_in_ends_when_idle_and_lasts_while_used_but_not_for_ever(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser, clock: Clock
) -> None:
    idle = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    used = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    while clock.move(minutes=20) < NOW + rules.longest_sign_in:
        assert at_the_door.recognise(used).user_name == "clerk"
    assert code_of(at_the_door.recognise, idle) == "access.not_signed_in"
    assert code_of(at_the_door.recognise, used) == "access.not_signed_in"


def test_an_end_by_time_holds_even_within_what_was_just_read(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser, clock: Clock
) -> None:
    secret = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    while clock.now < NOW + rules.longest_sign_in - timedelta(seconds=5):
        at_the_door.recognise(secret)
        clock.now = min(clock.now + timedelta(minutes=20), NOW + rules.longest_sign_in - timedelta(seconds=5))
    at_the_door.recognise(secret)
    clock.move(seconds=5)
    assert code_of(at_the_door.recognise, secret) == "access.not_signed_in"


def test_signing_out_holds_here_at_once_and_elsewhere_soon(
    records: Records,
    rules: SignInRules,
    people: dict[str, str],
    at_the_door: Recogniser,
    clock: Clock,
    audited: Audited,
) -> None:
    elsewhere = Recogniser(records, rules, clock)
    secret = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    at_the_door.recognise(secret)
    elsewhere.recognise(secret)
    at_the_door.sign_out(secret)
    at_the_door.sign_out(secret)
    assert code_of(at_the_door.recognise, secret) == "access.not_signed_in"
    clock.move(seconds=rules.fresh.total_seconds())
    assert code_of(elsewhere.recognise, secret) == "access.not_signed_in"
    assert audited("sign_out") == [("clerk", "done")]


@pytest.mark.parametrize("secret", ["", "tcs_", "tct_x", "Bearer", "tcs_" + "0" * 43, "\ud800"])
def test_what_is_nobodys_is_refused(at_the_door: Recogniser, secret: str) -> None:
    assert code_of(at_the_door.recognise, secret) == "access.not_signed_in"


def test_a_changed_role_and_a_disabled_account_are_seen_within_the_time(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser, clock: Clock
) -> None:
    secret = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    at_the_door.recognise(secret)
    with records.writing() as session:
        set_grants(session, session.get_one(User, people["clerk"]), [Grant("supervisor")], "admin", NOW)
    assert at_the_door.recognise(secret).roles == ("hospital",)
    clock.move(seconds=rules.fresh.total_seconds())
    assert at_the_door.recognise(secret).roles == ("supervisor",)
    with records.writing() as session:
        session.get_one(User, people["clerk"]).state = "disabled"
    at_the_door.forget()
    assert code_of(at_the_door.recognise, secret) == "access.not_signed_in"


def test_a_new_password_ends_what_the_old_one_began(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser
) -> None:
    old = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    new = change_password(records, rules, "clerk", PASSWORD, "梧桐 更兼 细雨 0415 dusk", NOW).secret
    assert code_of(at_the_door.recognise, old) == "access.not_signed_in"
    assert at_the_door.recognise(new).user_id == people["clerk"]
    assert code_of(sign_in, records, rules, "clerk", PASSWORD, NOW) == "access.sign_in_refused"
    assert code_of(change_password, records, rules, "clerk", "梧桐 更兼 细雨 0415 dusk", "short", NOW) == (
        "access.password_length"
    )


def test_a_hash_of_older_figures_is_made_anew_when_its_owner_signs_in(records: Records, people: dict[str, str]) -> None:
    sign_in(records, built_in_rules(), "clerk", PASSWORD, NOW)
    with records.reading() as session:
        assert not is_outdated(built_in_rules(), session.get_one(User, people["clerk"]).password_hash)


def test_a_token_is_kept_as_a_hash_holds_until_its_end_and_can_be_revoked(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser, clock: Clock
) -> None:
    with records.writing() as session:
        user = session.get_one(User, people["clerk"])

        def make(days: int, *actions: str):
            return make_token(session, rules, user, "HIS", actions, timedelta(days=days), by="clerk", at=NOW)

        ending, revoked = make(1, "grouping.group"), make(30, "grouping.group", "trial.settle")
        assert code_of(make, 0, "grouping.group") == "access.token_lasts"
        assert code_of(make, 10_000, "grouping.group") == "access.token_lasts"
        assert code_of(make, 1) == "access.token_actions"
        assert code_of(make, 1, "everything") == "access.unknown_action"
    subject = at_the_door.recognise(ending.secret)
    assert (subject.actions, subject.user_name) == ({"grouping.group"}, "clerk")
    with records.writing() as session:
        kept = session.get_one(ApiToken, ending.token_id)
        assert kept.last_used_at == NOW
        assert ending.secret not in {kept.token_hash, kept.token_id}
        assert len(tokens_of(session, people["clerk"])) == 2
        revoke_token(session, session.get_one(ApiToken, revoked.token_id), "admin", NOW)
    assert code_of(at_the_door.recognise, revoked.secret) == "access.not_signed_in"
    clock.move(days=1)
    assert code_of(at_the_door.recognise, ending.secret) == "access.not_signed_in"


def test_the_last_use_is_written_seldom(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser, clock: Clock
) -> None:
    secret = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    seen = []
    for _ in range(12):
        clock.move(seconds=20)
        sign_in_id = at_the_door.recognise(secret).sign_in_id
        with records.reading() as session:
            seen.append(session.get_one(SignIn, sign_in_id).last_seen_at)
    assert 3 <= len(set(seen)) <= 4
    assert all(later >= earlier for earlier, later in pairwise(seen))


def test_who_is_known_is_let_in_though_the_use_cannot_be_written(
    records: Records, rules: SignInRules, people: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    clock.move(minutes=5)

    def busy():
        raise TongchouError("records.unavailable", what=_T, where="", why=_T, remedy=_T)

    monkeypatch.setattr(records, "writing", busy)
    assert Recogniser(records, rules, clock).recognise(secret).user_id == people["clerk"]


def test_only_what_was_read_a_moment_ago_is_remembered(
    records: Records, rules: SignInRules, people: dict[str, str], at_the_door: Recogniser, clock: Clock
) -> None:
    secret = sign_in(records, rules, "clerk", PASSWORD, NOW).secret
    assert at_the_door.remembered(secret) is None
    subject = at_the_door.recognise(secret)
    assert at_the_door.remembered(secret) is subject
    clock.move(seconds=rules.fresh.total_seconds())
    assert at_the_door.remembered(secret) is None


@pytest.mark.parametrize("happened", ["password_reset", "disabled"])
def test_tokens_end_with_a_password_that_was_reset_and_with_the_account(
    records: Records,
    rules: SignInRules,
    people: dict[str, str],
    at_the_door: Recogniser,
    audited: Audited,
    happened: str,
) -> None:
    lasts = timedelta(days=1)
    with records.writing() as session:
        clerk = session.get_one(User, people["clerk"])
        secret = make_token(session, rules, clerk, "HIS", ["grouping.group"], lasts, by="clerk", at=NOW).secret
        other = session.get_one(User, people["wang_officer"])
        others = make_token(session, rules, other, "HIS", ["grouping.group"], lasts, by="wang", at=NOW).secret
    with records.writing() as session:
        clerk = session.get_one(User, people["clerk"])
        if happened == "disabled":
            disable(session, rules, clerk, "li", NOW)
            clerk.state = "active"  # the account comes back; its tokens do not
        else:
            set_password(session, rules, clerk, "梧桐 更兼 细雨 0415 dusk", "li", NOW)
    assert code_of(at_the_door.recognise, secret) == "access.not_signed_in"
    assert at_the_door.recognise(others).user_id == people["wang_officer"]
    assert audited("tokens.revoke") == [("li", "done")]


def test_ones_own_change_of_password_ends_tokens_only_where_the_rules_say_so(
    records: Records, rules: SignInRules, people: dict[str, str], clock: Clock
) -> None:
    second, third = "梧桐 更兼 细雨 0415 dusk", "芭蕉 夜雨 秋池 0923 dawn"
    with records.writing() as session:
        clerk = session.get_one(User, people["clerk"])
        lasts = timedelta(days=1)
        secret = make_token(session, rules, clerk, "HIS", ["grouping.group"], lasts, by="clerk", at=NOW).secret
    change_password(records, rules, "clerk", PASSWORD, second, NOW)
    assert Recogniser(records, rules, clock).recognise(secret).user_id == people["clerk"]
    strict = replace(rules, tokens_revoked_by=frozenset({"password_changed"}))
    change_password(records, strict, "clerk", second, third, NOW)
    assert code_of(Recogniser(records, rules, clock).recognise, secret) == "access.not_signed_in"


def test_a_misspelt_rule_on_tokens_is_refused(rules: SignInRules) -> None:
    assert code_of(replace, rules, tokens_revoked_by=frozenset({"password"})) == "access.sign_in_rules"


def test_what_is_long_over_is_forgotten(records: Records, rules: SignInRules, people: dict[str, str]) -> None:
    sign_in(records, rules, "clerk", PASSWORD, NOW)
    code_of(sign_in, records, rules, "nobody", "wrong", NOW)
    with records.writing() as session:
        forget_old(session, rules, NOW + timedelta(minutes=1))
        assert session.query(SignIn).count() == 1
        assert session.query(SignInFailures).count() == 1
        forget_old(session, rules, NOW + timedelta(days=3))
        assert session.query(SignIn).count() == 0
        assert session.query(SignInFailures).count() == 0


_T = Text("甲", "a")
