"""The page to sign in."""

import json
from html import escape
from urllib.parse import quote

from fastapi import Request
from nicegui import ui

from tongchou.core.text import Text
from tongchou.records.states import ROLE
from tongchou.web.frame import dress, switches
from tongchou.web.preferences import Preferences, preferences
from tongchou.workplace.place import Workplace

_SEND = """
async () => {
  const name = document.querySelector('input[data-name]').value;
  const word = document.querySelector('input[data-word]').value;
  const told = document.getElementById('told');
  told.textContent = '';
  const answer = await fetch('/api/v1/sign-in', {method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify({user_name: name, password: word})});
  if (answer.ok) { location.href = THEN; return; }
  const error = (await answer.json()).errors[0];
  told.textContent = error.what[LANGUAGE] + PAUSE + error.remedy[LANGUAGE];
}
"""


def sign_in_page(place: Workplace) -> None:
    """Register the page."""

    @ui.page("/sign-in")
    def show(request: Request, then: str = "/") -> None:
        shown = preferences(request.cookies)
        dress(shown)
        ui.page_title(f"{shown.say(Text('登录', 'Sign in'))} · {shown.say(place.region.name)}")
        with ui.element("main").classes("panel").style("max-width: 460px; margin: 8vh auto 0; padding: 28px 32px"):
            ui.html(f'<h1 class="place-title">{escape(shown.say(place.region.name))}</h1>', sanitize=False)
            ui.label(
                shown.say(Text("统筹：医保基金的结算、解释与协同", "tongchou: settlement, explanation and shared work"))
            )
            _form(shown, _own_address(then))
            if place.settings.oidc_issuer:
                _by_provider(shown, _own_address(then))
            if place.settings.demo_accounts:
                _demo(shown)
            with ui.element("div").classes("bar").style("margin-top: 12px"):
                switches(shown, with_unit=False)


def _form(shown: Preferences, then: str) -> None:
    name = ui.input(shown.say(Text("用户名", "User name"))).props("outlined dense data-name autocomplete=username")
    word = ui.input(shown.say(Text("密码", "Password")), password=True, password_toggle_button=True)
    word.props("outlined dense data-word autocomplete=current-password")
    for field in (name, word):
        field.style("margin-top: 12px; width: 100%")
    script = (
        _SEND.replace("LANGUAGE", json.dumps(shown.language))
        .replace("PAUSE", json.dumps("。请" if shown.language == "zh" else ". "))
        .replace("THEN", json.dumps(then))  # last: what the address asks for may hold these words
    )
    word.on("keydown.enter", js_handler=script)
    button = ui.button(shown.say(Text("登录", "Sign in"))).props("no-caps unelevated")
    button.style("margin-top: 14px; width: 100%").on("click", js_handler=script)
    ui.element("p").props('id="told" role="alert"').classes("is-loss-text").style("min-height: 1.5em; margin: 8px 0 0")


def _by_provider(shown: Preferences, then: str) -> None:
    words = shown.say(Text("统一身份认证登录", "Sign in by the provider"))
    address = f"/api/v1/oidc/start?then={quote(then, safe='')}"
    button = ui.button(words, icon="login").props("outline no-caps").style("width: 100%")
    button.on("click", js_handler=f"() => {{ location.href = {json.dumps(address)} }}")


def _demo(shown: Preferences) -> None:
    with ui.element("section").style("border-top: 1px solid var(--rule); padding-top: 10px"):
        words = Text("演示账号（密码见终端）", "demo accounts (the password stands in the terminal)")
        ui.label(shown.say(words)).classes("is-muted")
        with ui.element("div").classes("bar").style("gap: 4px 6px"):
            for role, title in ROLE.items():
                fill = f"() => {{ const i = document.querySelector('input[data-name]'); i.value = 'demo_{role}'; "
                fill += "i.dispatchEvent(new Event('input')); document.querySelector('input[data-word]').focus() }"
                ui.button(shown.say(title)).props("outline dense no-caps ").on("click", js_handler=fill)


def _own_address(asked: str) -> str:
    """Return where to go after signing in: a path of the site, never another site."""
    # A browser leaves tabs and line breaks out of an address: with one of them, `//` need not stand together.
    own = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked and asked.isprintable()
    return asked if own else "/"
