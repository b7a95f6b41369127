"""One's own account: rights and why something is not seen, tokens, password."""

from nicegui import ui

from tongchou.access.rights import SCOPE, built_in_rights
from tongchou.core.text import Text
from tongchou.records.states import ROLE
from tongchou.web import states, tables
from tongchou.web.frame import Page, PageView
from tongchou.web.names import names_of
from tongchou.web.pages.forms import act_button, choice, facts, heading, moment, text_field
from tongchou.web.pages.groups import SYSTEM
from tongchou.workplace import own_account
from tongchou.workplace.user_managing import scopes_of

_OUTCOME = {
    "allowed": Text("可以", "allowed"),
    "masked": Text("部分隐去", "masked"),
    "refused": Text("不可以", "refused"),
}


async def _build(view: PageView) -> None:
    subject = view.subject
    with ui.element("section").classes("panel"):
        heading(view, subject.called)
        names = await names_of(view)
        roles = [names.role(part.role, (part.institution_id, *sorted(part.alliance_ids))) for part in subject.parts]
        facts(
            [
                (view.say("用户名", "user name"), subject.user_name),
                (view.say("角色与范围", "roles and scopes"), view.say("；", "; ").join(roles) or "–"),
            ]
        )
    await _why(view)
    await _tokens(view)
    _password(view)
    _rights(view)


async def _why(view: PageView) -> None:
    scopes = await view.ask(scopes_of)
    with ui.element("section").classes("panel"):
        heading(view, Text("为什么看不到？", "Why can I not see this?"))
        with ui.element("div").classes("bar"):
            actions = {name: view.shown.say(each.title) for name, each in built_in_rights().actions.items()}
            action = choice(view, Text("操作", "action"), actions, view.query.get("action", "cases.read"), width=320)
            institutions = {"": view.say("全区", "the region")}
            institutions |= {each.institution_id: f"{each.title} {each.institution_id}" for each in scopes}
            whose = choice(view, Text("对象属于", "of whom"), institutions, "", width=320)

            async def ask() -> None:
                answers = await view.ask(own_account.why, action.value, whose.value or "")
                told.clear()
                with told:
                    for each in answers:
                        outcome = view.shown.say(_OUTCOME[each.decision.outcome])
                        row = ui.label(
                            f"{view.shown.say(each.title)}：{outcome} — {view.shown.say(each.decision.reason)}"
                        )
                        row.classes("is-loss-text" if each.decision.outcome == "refused" else "")
                        ui.label(each.decision.rule).classes("is-muted")

            act_button(view, Text("查询", "Ask"), "help_outline", ask)
        told = ui.element("div").props('role="status"').style("display: grid; gap: 4px; width: 100%")


async def _tokens(view: PageView) -> None:
    found = await view.ask(own_account.own_tokens)
    with ui.element("section").classes("panel"):
        heading(view, Text("接口令牌", "API tokens"), view.say("供本单位系统调用接口", "for your own systems"))
        _new_token(view)
        if not found:
            remedy = Text("申领后在此显示", "those that you make are shown here")
            states.empty(view.shown, Text("没有令牌", "no token"), remedy)
            return
        tables.table(
            [
                tables.Column("title", Text("用途", "what it is for"), width=180),
                tables.Column("actions", Text("允许的操作", "may do"), width=300),
                tables.Column("made", Text("申领", "made"), "date", width=140),
                tables.Column("until", Text("有效至", "until"), "date", width=140),
                tables.Column("used", Text("最近使用", "last used"), "date", width=140),
                tables.Column("revoked", Text("撤销", "revoked"), "date", width=140),
            ],
            [
                {
                    "title": each.title,
                    "actions": view.say("、", ", ").join(_title(view, name) for name in each.actions.split()),
                    "made": moment(each.created_at),
                    "until": moment(each.expires_at),
                    "used": moment(each.last_used_at),
                    "revoked": moment(each.revoked_at),
                }
                for each in found
            ],
            view.shown,
            name=Text("接口令牌", "API tokens"),
        )
        valid = {each.token_id: f"{each.title} {moment(each.created_at)}" for each in found if each.revoked_at is None}
        if valid:
            with ui.element("div").classes("bar"):
                chosen = choice(view, Text("令牌", "token"), valid, next(iter(valid)), width=320)

                async def revoke() -> None:
                    await view.ask(own_account.revoke_own_token, chosen.value)
                    ui.navigate.to("/me")

                act_button(view, Text("撤销", "Revoke"), "block", revoke, look="outline")


def _title(view: PageView, action: str) -> str:
    known = built_in_rights().actions.get(action)
    return view.shown.say(known.title) if known else action


def _new_token(view: PageView) -> None:
    mine = {rule.action for rule in own_account.own_rights(view.subject)}
    actions = {name: view.shown.say(action.title) for name, action in built_in_rights().actions.items() if name in mine}
    with ui.element("div").classes("bar"):
        title = text_field(view, Text("用途", "what it is for"), width=200)
        chosen = ui.select(actions, multiple=True, label=view.say("允许的操作", "actions that it may do"), value=[])
        chosen.props("outlined dense options-dense use-chips").style("min-width: 380px; max-width: 100%")
        days = ui.number(view.say("有效天数", "days"), value=90, min=1, precision=0)
        days.props("outlined dense").style("width: 120px")

        async def send() -> None:
            made = await view.ask(own_account.make_own_token, title.value, chosen.value, int(days.value or 0))
            with ui.dialog(value=True).props("persistent"), ui.card():
                heading(view, Text("新令牌", "New token"))
                ui.label(view.say("只显示这一次，请立即保存：", "Shown this once: keep it now."))
                ui.label(made.secret).classes("secret")
                ui.button(view.say("已保存", "I have kept it"), on_click=lambda: ui.navigate.to("/me")).props(
                    "unelevated no-caps"
                )

        act_button(view, Text("申领令牌", "Make a token"), "vpn_key", send)


_SEND_NEW_WORD = """
async () => {
  const field = (name) => document.querySelector(`input[data-${name}]`).value;
  const told = document.getElementById('password-told');
  const answer = await fetch('/api/v1/me/password', {method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify({password: field('old'), new_password: field('new')})});
  if (answer.ok) { told.textContent = DONE; setTimeout(() => location.reload(), 1500); return; }
  const error = (await answer.json()).errors[0];
  told.textContent = error.what[LANGUAGE] + ' ' + error.why[LANGUAGE] + ' ' + error.remedy[LANGUAGE];
}
"""


def _password(view: PageView) -> None:
    with ui.element("section").classes("panel"):
        note = view.say("其他浏览器上的登录会结束", "sign-ins in other browsers end")
        heading(view, Text("修改密码", "Change the password"), note)
        with ui.element("div").classes("bar"):
            for words, name, kind in (
                (Text("现在的密码", "present password"), "old", "current-password"),
                (Text("新密码", "new password"), "new", "new-password"),
            ):
                field = ui.input(view.shown.say(words), password=True)
                field.props(f"outlined dense data-{name} autocomplete={kind}").style("width: 260px")
            done = view.say("密码已修改", "the password is changed")
            script = _SEND_NEW_WORD.replace("DONE", f"'{done}'").replace("LANGUAGE", f"'{view.shown.language}'")
            button = ui.button(view.say("修改密码", "Change it"), icon="key").props("outline dense no-caps")
            button.style("padding: 4px 12px").on("click", js_handler=script)
        ui.element("p").props('id="password-told" role="alert"').style("min-height: 1.5em; margin: 0")


def _rights(view: PageView) -> None:
    rights = built_in_rights()
    rows = [
        {
            "role": view.shown.say(ROLE[rule.role]),
            "action": view.shown.say(rights.actions[rule.action].title),
            "scope": view.shown.say(SCOPE[rule.scope]),
            "grade": view.shown.say(rights.grades[rule.grade].title),
            "outcome": view.shown.say(_OUTCOME[rule.outcome]),
        }
        for rule in own_account.own_rights(view.subject)
    ]
    with ui.element("section").classes("panel"):
        heading(view, Text("我的权限", "My rights"), view.say("未列出的一律不可以", "what is not listed is refused"))
        tables.table(
            [
                tables.Column("action", Text("操作", "action"), width=300),
                tables.Column("scope", Text("范围", "of whom"), width=130),
                tables.Column("grade", Text("数据级别", "grade of data"), width=180),
                tables.Column("outcome", Text("结果", "outcome"), width=110),
                tables.Column("role", Text("角色", "role"), width=150),
            ],
            rows,
            view.shown,
            name=Text("我的权限", "my rights"),
        )


ME = Page("/me", Text("我的账号", "My account"), SYSTEM, "person", "rights.read", "open", _build)
"""One's own account."""
