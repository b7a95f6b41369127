"""`tongchou users`: the people who may sign in, their roles, and their tokens."""

import getpass
import os
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from sqlalchemy.orm import Session

from tongchou.access.api_tokens import make_token
from tongchou.access.passwords import check_password, hash_password
from tongchou.access.rules import built_in_rules
from tongchou.access.sign_in import disable, set_password, unlock
from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.database import Records, open_records, records_url
from tongchou.records.models import User
from tongchou.records.states import ROLE, USER_STATE
from tongchou.records.users import Grant, add_user, grant_of, set_grants, the_user, users
from tongchou.runs.region import open_region

PASSWORD_VARIABLE = "TONGCHOU_PASSWORD"  # noqa: S105  # the name of a variable
DATABASE_VARIABLE = "TONGCHOU_RECORDS"

app = typer.Typer(no_args_is_help=True, help="用户、角色与令牌 / users, roles and tokens.")

NameArgument = Annotated[str, typer.Argument(help="用户名 / user name.", show_default=False)]
RegionOption = Annotated[
    Path | None,
    typer.Option("--region", help="统筹区目录 / the region's folder.", file_okay=False, show_default=False),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar=DATABASE_VARIABLE,
        help="记录数据库地址，缺省为统筹区目录中的 / address of the record database; the region's own if not given.",
        show_default=False,
    ),
]
RoleOption = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="角色，可带范围 / role, with what it is for: hospital:H1, lead_hospital:H1:A1.",
        show_default=False,
    ),
]


@app.command()
@speaks_errors
def add(
    name: NameArgument,
    role: RoleOption,
    display_name: Annotated[
        str | None, typer.Option("--display-name", help="姓名 / name for people.", show_default=False)
    ] = None,
    english_name: Annotated[
        str | None, typer.Option("--english-name", help="英文页面上的姓名 / name on English pages.", show_default=False)
    ] = None,
    without_password: Annotated[
        bool, typer.Option("--without-password", help="只用统一身份认证 / signs in by OpenID Connect only.")
    ] = False,
    region: RegionOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """新增用户 / add a user.

    角色范围写成 角色:机构:医联体，全区角色不带范围。密码从提示或环境变量 TONGCHOU_PASSWORD 读取。
    What a role is for is written ROLE:INSTITUTION:ALLIANCE; roles for the region have none. The password is asked
    for, or taken from the environment variable TONGCHOU_PASSWORD.

    例 / example:  tongchou users add li --role administrator --region DIR
    """
    rules, at = built_in_rules(), _now()
    grants = _grants(role)
    password_hash = ""
    with closing(_open(region, database)) as records:
        if not without_password:
            password = _password()
            check_password(rules, password, name)
            password_hash = hash_password(rules, password)
        with records.writing() as session:
            user = add_user(
                session,
                name,
                display_name or name,
                grants,
                password_hash=password_hash,
                by=_caller(),
                at=at,
                english_name=english_name,
            )
            _note(session, "users.add", user, at)
    if as_json:
        print_json({"ok": True, **_as_json(user)})
    else:
        console.print(f"{user.user_name}: {_roles(user)}", markup=False)


@app.command("list")
@speaks_errors
def list_(region: RegionOption = None, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """列出用户 / list the users."""
    with closing(_open(region, database)) as records, records.reading() as session:
        found = users(session)
    if as_json:
        print_json({"ok": True, "users": [_as_json(user) for user in found]})
        return
    shown = table("用户 / users", "用户名 / name", "姓名", "状态 / state", "角色 / roles")
    for user in found:
        cells = (user.user_name, str(user.called), str(USER_STATE[user.state]), _roles(user))
        shown.add_row(*map(escape, cells))
    console.print(shown)


@app.command()
@speaks_errors
def roles(
    name: NameArgument,
    role: RoleOption,
    region: RegionOption = None,
    database: DatabaseOption = None,
) -> None:
    """改为这些角色 / give a user exactly these roles.

    例 / example:  tongchou users roles li --role hospital:H1 --role lead_hospital:H1:A1 --region DIR
    """
    at = _now()
    with closing(_open(region, database)) as records, records.writing() as session:
        user = the_user(session, name)
        set_grants(session, user, _grants(role), _caller(), at)
        _note(session, "users.roles", user, at)
        console.print(f"{user.user_name}: {_roles(user)}", markup=False)


@app.command()
@speaks_errors
def password(name: NameArgument, region: RegionOption = None, database: DatabaseOption = None) -> None:
    """重置密码，已有登录和令牌全部失效 / set a new password; every sign-in and token of the user ends."""
    with closing(_open(region, database)) as records:
        with records.reading() as session:
            the_user(session, name)
        chosen = _password()
        with records.writing() as session:
            set_password(session, built_in_rules(), the_user(session, name), chosen, _caller(), _now())
    console.print(f"{name}: 密码已重置 / password set", markup=False)


@app.command()
@speaks_errors
def lock(name: NameArgument, region: RegionOption = None, database: DatabaseOption = None) -> None:
    """停用用户，登录与令牌即失效 / disable a user; sign-ins and tokens no longer hold."""
    at = _now()
    with closing(_open(region, database)) as records, records.writing() as session:
        user = the_user(session, name)
        disable(session, built_in_rules(), user, _caller(), at)
        _note(session, "users.lock", user, at)
    console.print(f"{name}: {USER_STATE['disabled']}", markup=False)


@app.command("unlock")
@speaks_errors
def unlock_(name: NameArgument, region: RegionOption = None, database: DatabaseOption = None) -> None:
    """恢复用户，并解除登录锁定 / enable a user again, and let the name sign in at once."""
    with closing(_open(region, database)) as records, records.writing() as session:
        user = the_user(session, name)
        user.state = "active"
        unlock(session, user.user_name, _caller(), _now())
    console.print(f"{name}: {USER_STATE['active']}", markup=False)


@app.command()
@speaks_errors
def token(
    name: NameArgument,
    title: Annotated[str, typer.Option("--title", help="用途 / what it is for.", show_default=False)],
    action: Annotated[
        list[str], typer.Option("--action", help="允许的操作 / an action that it may do.", show_default=False)
    ],
    days: Annotated[int, typer.Option("--days", help="有效天数 / days that it lasts.", min=1)] = 90,
    region: RegionOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """签发接口令牌，只显示一次 / make an API token; it is shown this once.

    例 / example:  tongchou users token his --title HIS --action grouping.group --action trial.settle --region DIR
    """
    with closing(_open(region, database)) as records, records.writing() as session:
        user = the_user(session, name)
        lasts = timedelta(days=days)
        made = make_token(session, built_in_rules(), user, title, action, lasts, by=_caller(), at=_now())
    if as_json:
        print_json({"ok": True, "token": made.secret, "token_id": made.token_id, "expires": made.expires_at})
    else:
        console.print(made.secret, markup=False)
        console.print(f"有效至 / until {made.expires_at:%Y-%m-%d}", markup=False)


def _open(region: Path | None, database: str | None) -> Records:
    if database is not None:
        return open_records(database)
    if region is not None:
        return open_records(records_url(open_region(region).folder))
    raise TongchouError(
        "cli.no_database",
        what=Text("没有指明记录数据库", "no record database is named"),
        where="--region, --database",
        why=Text("用户属于一个统筹区", "users belong to a region"),
        remedy=Text("给出 --region 或 --database", "give --region or --database"),
    )


def _password() -> str:
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise TongchouError(
            "cli.no_password",
            what=Text("没有给出密码", "no password is given"),
            where=PASSWORD_VARIABLE,
            why=Text("这里没有终端可以输入", "there is no terminal to ask at"),
            remedy=Text(f"设置环境变量 {PASSWORD_VARIABLE}", f"set the environment variable {PASSWORD_VARIABLE}"),
        )
    first = getpass.getpass("密码 / password: ")
    if first != getpass.getpass("再输一次 / again: "):
        raise TongchouError(
            "cli.passwords_differ",
            what=Text("两次输入的密码不同", "the two passwords differ"),
            where="-",
            why=Text("其中一次有误", "one of them was mistyped"),
            remedy=Text("重新输入", "type it again"),
        )
    return first


def _grants(written: Iterable[str]) -> list[Grant]:
    return [Grant(*(part.strip() for part in f"{words}::".split(":")[:3])) for words in written]


def _roles(user: User) -> str:
    return "；".join(
        " ".join(filter(None, (str(ROLE[role.role]), role.institution_id, role.alliance_id))) for role in user.roles
    )


def _as_json(user: User) -> dict[str, object]:
    grants = [grant_of(role) for role in user.roles]
    return {
        "user_id": user.user_id,
        "user_name": user.user_name,
        "display_name": user.display_name,
        "english_name": user.called.en,
        "state": user.state,
        "roles": [{"role": g.role, "institution_id": g.institution_id, "alliance_id": g.alliance_id} for g in grants],
    }


def _note(session: Session, action: str, user: User, at: datetime) -> None:
    details = {"roles": [f"{role.role}:{role.institution_id}:{role.alliance_id}" for role in user.roles]}
    event = Event("", _caller(), action, object_kind="users", object_id=user.user_id, details=details)
    note(session, event, at)


def _caller() -> str:
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user that has no name
        return "cli"


def _now() -> datetime:
    return datetime.now(UTC)
