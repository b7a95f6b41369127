"""The forms of users: a new one, roles, disabling, passwords; a password is shown once."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from tongchou.core.text import Text
from tongchou.records.models import InstitutionScope, User
from tongchou.records.states import ROLE
from tongchou.records.users import Grant, grant_of
from tongchou.web.frame import PageView
from tongchou.web.pages.forms import act_button, choice, heading, text_field
from tongchou.workplace import user_managing


class _Grants:
    """The roles being chosen, each with what it is for; drawn anew when one is added or taken away."""

    def __init__(self, view: PageView, scopes: Sequence[InstitutionScope], grants: Sequence[Grant]) -> None:
        self._view, self.grants = view, list(grants)
        say = view.shown.say
        institutions = {"": "–"} | {each.institution_id: f"{each.title} {each.institution_id}" for each in scopes}
        alliances = {"": "–"} | {each.alliance_id: each.alliance_id for each in scopes if each.alliance_id}
        self._list = ui.element("div").classes("bar")
        with ui.element("div").classes("bar"):
            roles = {role: say(title) for role, title in ROLE.items()}
            role = choice(view, Text("角色", "role"), roles, "hospital", width=190)
            institution = choice(view, Text("机构", "institution"), institutions, "", width=300)
            alliance = choice(view, Text("医联体", "alliance"), alliances, "", width=190)

            async def add() -> None:
                self.grants.append(Grant(role.value, institution.value or "", alliance.value or ""))
                self._draw()

            act_button(view, Text("加入角色", "Add the role"), "add", add, look="outline")
        self._draw()

    def _draw(self) -> None:
        self._list.clear()
        with self._list:
            if not self.grants:
                ui.label(self._view.say("还没有角色", "no role yet")).classes("is-muted")
            for number, grant in enumerate(self.grants):
                title = self._view.shown.say(ROLE[grant.role])
                words = " ".join(filter(None, (title, grant.institution_id, grant.alliance_id)))
                chip = ui.chip(words, removable=True).props("outline")
                chip.on("remove", lambda _, place=number: self._take(place))

    def _take(self, number: int) -> None:
        del self.grants[number]
        self._draw()


def new_user(view: PageView, scopes: Sequence[InstitutionScope]) -> None:
    """Show the form of a new user, closed until it is wanted."""
    with ui.element("section").classes("panel"):
        fold = ui.expansion(view.say("新增用户", "Add a user"), icon="person_add").props("dense").classes("full-width")
        with fold:
            with ui.element("div").classes("bar"):
                name = text_field(view, Text("用户名", "user name"), width=200)
                display = text_field(view, Text("姓名", "name for people"), width=200)
                english = text_field(view, Text("英文姓名（可不填）", "English name (if another)"), width=200)
                ways = {
                    "local": view.say("本地密码", "a password here"),
                    "oidc": view.say("统一身份认证", "the provider only"),
                }
                way = choice(view, Text("登录方式", "signs in by"), ways, "local", width=190)
            grants = _Grants(view, scopes, ())

            async def send() -> None:
                made = await view.ask(
                    user_managing.make_user,
                    name.value,
                    display.value,
                    tuple(grants.grants),
                    signs_in=way.value,
                    english_name=english.value,
                )
                onward = f"/administration?user={made.user.user_id}"
                if made.password:
                    _show_once(view, made.user.user_name, made.password, onward)
                else:
                    ui.navigate.to(onward)

            act_button(view, Text("新增用户", "Add"), "person_add", send)


def user_acts(view: PageView, user: User, scopes: Sequence[InstitutionScope]) -> None:
    """Show what can be changed of a user."""
    key, version = user.user_id, user.version
    onward = f"/administration?user={key}"
    if key == view.subject.user_id:
        said = Text("这是您自己的账号，须由另一名管理员办理。", "This is your own account: another one changes it.")
        ui.label(view.shown.say(said)).classes("notice")
        return

    def done(act: Callable[..., User], *given: object) -> Callable[[], Awaitable[None]]:
        async def send() -> None:
            await view.ask(act, key, version, *given)
            ui.navigate.to(onward)

        return send

    async def set_roles() -> None:
        await view.ask(user_managing.give_roles, key, version, tuple(grants.grants))
        ui.navigate.to(onward)

    async def reset() -> None:
        made = await view.ask(user_managing.reset_password, key, version)
        _show_once(view, made.user.user_name, made.password, onward)

    with ui.element("section").classes("panel"):
        heading(view, Text("角色", "Roles"))
        grants = _Grants(view, scopes, [grant_of(role) for role in user.roles])
        act_button(view, Text("保存角色", "Save the roles"), "save", set_roles)
    with ui.element("section").classes("panel"):
        heading(view, Text("账号", "Account"))
        with ui.element("div").classes("bar"):
            if user.state == "active":
                words = Text("停用", "Disable")
                act_button(view, words, "person_off", done(user_managing.disable_user), look="outline")
            words = Text("恢复并解锁", "Enable and unlock")
            act_button(view, words, "lock_open", done(user_managing.enable_user), look="outline")
            act_button(view, Text("重置密码", "Set a new password"), "key", reset, look="outline")


def _show_once(view: PageView, user_name: str, password: str, onward: str) -> None:
    with ui.dialog(value=True).props("persistent") as dialog, ui.card():
        heading(view, Text("新密码", "New password"))
        ui.label(view.say(f"{user_name} 的密码，只显示这一次：", f"The password of {user_name}, shown this once:"))
        ui.label(password).classes("secret")

        def close() -> None:
            dialog.close()
            ui.navigate.to(onward)

        ui.button(view.say("已记下", "I have noted it"), on_click=close).props("unelevated no-caps")
