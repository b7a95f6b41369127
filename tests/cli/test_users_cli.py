"""`tongchou users`: the first administrator, roles, tokens, and what goes wrong."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongchou.access.recognising import Recogniser
from tongchou.access.rules import built_in_rules
from tongchou.access.sign_in import sign_in
from tongchou.cli.main import app
from tongchou.cli.users import DATABASE_VARIABLE, PASSWORD_VARIABLE
from tongchou.core.errors import TongchouError
from tongchou.records.audit import AuditSearch, search, verify
from tongchou.records.database import open_records

PASSWORD = "葡萄 horse 77 staple"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'records.db'}"
    monkeypatch.setenv(DATABASE_VARIABLE, address)
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    return address


def run(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["users", *arguments])
    assert result.exit_code == status, result.output
    return result.output


def test_the_first_administrator_can_sign_in_until_locked(url: str) -> None:
    run("add", "Li", "--role", "administrator", "--display-name", "李")
    (user,) = json.loads(run("list", "--json"))["users"]
    assert (user["user_name"], user["display_name"], user["state"]) == ("li", "李", "active")
    records, rules = open_records(url), built_in_rules()

    def enter() -> str:
        return sign_in(records, rules, "li", PASSWORD, datetime.now(UTC)).secret

    secret = enter()
    run("lock", "li")
    with pytest.raises(TongchouError):
        enter()
    with pytest.raises(TongchouError):
        Recogniser(records, rules).recognise(secret)
    run("unlock", "li")
    assert Recogniser(records, rules).recognise(enter()).roles == ("administrator",)
    with records.reading() as session:
        assert verify(session) == ()
        done = [row.action for row in search(session, AuditSearch(outcome="done")) if row.action.startswith("users")]
    assert done == ["users.unlock", "users.lock", "users.add"]
    records.close()


def test_a_token_is_shown_once_and_does_what_it_names(url: str) -> None:
    run("add", "his", "--role", "hospital:H1", "--without-password")
    made = json.loads(run("token", "his", "--title", "HIS", "--action", "grouping.group", "--json"))
    records = open_records(url)
    subject = Recogniser(records, built_in_rules()).recognise(made["token"])
    assert (subject.actions, subject.institution_ids) == ({"grouping.group"}, {"H1"})
    records.close()
    assert made["token"] not in run("list")


def test_roles_and_password_can_be_changed(url: str) -> None:
    run("add", "wang", "--role", "hospital:H1")
    assert "H2 A1" in run("roles", "wang", "--role", "lead_hospital:H2:A1")
    run("password", "wang")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "li", "--role", "doctor"), "records.role_scope"),
        (("add", "li", "--role", "hospital"), "records.role_scope"),
        (("add", "l/i", "--role", "supervisor"), "records.user_name"),
        (("lock", "nobody"), "records.no_user"),
        (("password", "nobody"), "records.no_user"),
        (("token", "nobody", "--title", "x", "--action", "grouping.group"), "records.no_user"),
        (("list", "--database", "mysql://x"), "records.address"),
    ],
)
def test_what_goes_wrong_is_a_sentence(url: str, arguments: tuple[str, ...], code: str) -> None:
    assert code in run(*arguments, status=1)


def test_a_poor_password_and_none_at_all_are_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "password1234")
    assert "access.password_common" in run("add", "li", "--role", "supervisor", status=1)
    monkeypatch.delenv(PASSWORD_VARIABLE)
    assert "cli.no_password" in run("add", "li", "--role", "supervisor", status=1)
    monkeypatch.delenv(DATABASE_VARIABLE)
    assert "cli.no_database" in run("list", status=1)


def test_a_region_has_a_database_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    (tmp_path / "region.yaml").write_text("{id: r, name: {zh: 县, en: county}, pack: national}", encoding="utf-8")
    run("add", "li", "--role", "administrator", "--region", str(tmp_path))
    assert (tmp_path / "records.db").is_file()
    assert "li" in run("list", "--region", str(tmp_path))
    assert "runs.no_region" in run("list", "--region", str(tmp_path / "elsewhere"), status=1)
