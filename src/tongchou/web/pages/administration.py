"""Administration: users with their roles, and the scopes of institutions."""

from nicegui import ui

from tongchou.core.text import Text
from tongchou.records.models import User
from tongchou.records.states import USER_STATE
from tongchou.schema.states import INSTITUTION_LEVEL
from tongchou.web import tables
from tongchou.web.frame import Page, PageView
from tongchou.web.names import Names, names_of
from tongchou.web.pages.forms import facts, heading, moment
from tongchou.web.pages.groups import SYSTEM
from tongchou.web.pages.user_forms import new_user, user_acts
from tongchou.workplace import user_managing


async def _build(view: PageView) -> None:
    scopes = await view.ask(user_managing.scopes_of)
    names = await names_of(view)
    if "user" in view.query:
        user = await view.ask(user_managing.one_user, view.query["user"])
        ui.link(view.say("‹ 全部用户", "‹ all users"), "/administration")
        with ui.element("section").classes("panel"):
            heading(view, user.called, view.shown.say(USER_STATE[user.state]))
            facts(
                [
                    (view.say("用户名", "user name"), user.user_name),
                    (view.say("建立", "made"), moment(user.created_at)),
                    (view.say("登录方式", "signs in by"), _way_in(view, user)),
                    (view.say("角色", "roles"), _roles(names, user)),
                ]
            )
        user_acts(view, user, scopes)
        return
    await _users(view, names)
    new_user(view, scopes)
    with ui.element("section").classes("panel"):
        heading(
            view,
            Text("机构与医联体归属", "Institutions' scopes"),
            view.say("权限按此判定", "rights are decided by them"),
        )
        tables.table(
            [
                tables.Column("id", Text("机构代码", "institution"), width=150),
                tables.Column("title", Text("名称", "name"), width=240),
                tables.Column("level", Text("级别", "level"), width=110),
                tables.Column("alliance", Text("医联体", "alliance"), width=160),
                tables.Column("since", Text("自", "from"), "date", width=110),
                tables.Column("until", Text("至", "until"), "date", width=110),
            ],
            [
                {
                    "id": scope.institution_id,
                    "title": names.by_id.get(scope.institution_id, scope.title),
                    "level": view.shown.say(INSTITUTION_LEVEL[scope.level]),
                    "alliance": names.of(scope.alliance_id or ""),
                    "since": scope.valid_from.isoformat(),
                    "until": scope.valid_until.isoformat() if scope.valid_until else "",
                }
                for scope in scopes
            ],
            view.shown,
            name=Text("机构与医联体归属", "institutions' scopes"),
        )


async def _users(view: PageView, names: Names) -> None:
    found = await view.ask(user_managing.list_users)
    with ui.element("section").classes("panel"):
        heading(view, Text("用户", "Users"))
        tables.table(
            [
                tables.Column("name", Text("用户名", "user name"), width=180),
                tables.Column("display", Text("姓名", "name"), width=180),
                tables.Column("state", Text("状态", "state"), width=90),
                tables.Column("roles", Text("角色与范围", "roles and scopes"), width=330),
                tables.Column("made", Text("建立", "made"), "date", width=140),
            ],
            [
                {
                    "id": user.user_id,
                    "name": user.user_name,
                    "display": view.shown.say(user.called),
                    "state": view.shown.say(USER_STATE[user.state]),
                    "roles": _roles(names, user),
                    "made": moment(user.created_at),
                }
                for user in found
            ],
            view.shown,
            name=Text("用户", "users"),
            on_row=lambda row: ui.navigate.to(f"/administration?user={row['id']}"),
        )


def _roles(names: Names, user: User) -> str:
    say = names.view.say
    said = [names.role(role.role, (role.institution_id, role.alliance_id)) for role in user.roles]
    return say("；", "; ").join(said) or say("没有角色", "no role")


def _way_in(view: PageView, user: User) -> str:
    return view.say("本地密码", "a password here") if user.password_hash else view.say("统一身份认证", "the provider")


ADMINISTRATION = Page(
    "/administration", Text("用户与机构", "Users"), SYSTEM, "manage_accounts", "users.read", "account", _build
)
"""Administration."""
