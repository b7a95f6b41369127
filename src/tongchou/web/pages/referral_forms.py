"""The forms of referrals: a new one, and what the receiver does next."""

from nicegui import ui

from tongchou.core.text import Text
from tongchou.records.referrals import ReferralRequest
from tongchou.schema.states import REFERRAL_DIRECTION
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.web.pages.forms import act_button, choice, heading, text_field
from tongchou.workplace import referring
from tongchou.workplace.institutions import institutions
from tongchou.workplace.referral_reading import ReferralLine


async def new_referral(view: PageView) -> None:
    """Show the form of a new referral, closed until it is wanted."""
    places = await view.ask(lambda place, _: institutions(place))
    own = {each: view.shown.say(places[each].name) for each in sorted(view.subject.institution_ids) if each in places}
    others = {each.institution_id: view.shown.say(each.name) for each in places.values() if each.is_valid}
    with (
        ui.element("section").classes("panel"),
        ui.expansion(view.say("发起转诊", "Begin a referral"), icon="add") as fold,
    ):
        fold.props("dense").classes("full-width")
        with ui.element("div").classes("bar"):
            sender = choice(view, Text("转出机构", "sender"), own, next(iter(own), None), width=330)
            begins = text_field(view, Text("参保人假名开头", "pseudonym begins"), width=200)
            person = choice(view, Text("参保人（假名）", "person (pseudonym)"), {}, width=240)

            async def look() -> None:
                found = await view.ask(referring.find_persons, sender.value or "", begins.value)
                person.set_options({each: each for each in found}, value=found[0] if found else None)
                if not found:
                    states.remind(view.shown, Text("本机构没有这样的参保人", "the institution has no such person"))

            act_button(view, Text("查找", "Look up"), "search", look, look="outline")
        with ui.element("div").classes("bar"):
            titles = {each: view.shown.say(title) for each, title in REFERRAL_DIRECTION.items()}
            direction = choice(view, Text("方向", "direction"), titles, "up", width=110)
            receiver = choice(view, Text("接收机构", "receiver"), others, width=330)
            department = text_field(view, Text("接收科室", "department"), width=160)
            case_id = text_field(view, Text("转出前住院（可空）", "stay before (may be empty)"), width=220)
        reason = text_field(view, Text("转诊理由", "reason"), width=900, lines=2)

        async def send() -> None:
            asked = ReferralRequest(
                person_id=person.value or "",
                direction=direction.value,
                from_institution_id=sender.value or "",
                to_institution_id=receiver.value or "",
                reason=reason.value,
                department=department.value,
                case_id=case_id.value.strip() or None,
            )
            made = await view.ask(referring.begin_referral, asked)
            ui.navigate.to(f"/referrals?referral={made.referral_id}")

        act_button(view, Text("发起转诊", "Begin"), "send", send)


def next_steps(view: PageView, line: ReferralLine) -> None:
    """Show what the receiver may do next; nothing to others."""
    referral = line.referral
    if not line.may_answer or referral.state in {"rejected", "completed"}:
        return
    key, version = referral.referral_id, referral.version
    heading(view, Text("办理", "Next step"))
    words = text_field(view, Text("说明", "words"), width=700, lines=2)

    def again() -> None:
        ui.navigate.to(f"/referrals?referral={key}")

    async def answer(said: str) -> None:
        await view.ask(referring.answer_referral, key, version, said, words.value)
        again()

    async def arrive() -> None:
        await view.ask(referring.note_arrival, key, version, words.value)
        again()

    async def complete() -> None:
        await view.ask(referring.complete_referral, key, version, words.value, case_id.value.strip() or None)
        again()

    match referral.state:
        case "requested":
            with ui.element("div").classes("bar"):
                act_button(view, Text("接收", "Accept"), "check", lambda: answer("accepted"))
                act_button(view, Text("拒收", "Reject"), "block", lambda: answer("rejected"), look="outline")
        case "accepted":
            act_button(view, Text("登记到院", "Note the arrival"), "login", arrive)
        case "arrived":
            case_id = text_field(view, Text("接收后住院清单号（可空）", "stay after (may be empty)"), width=280)
            act_button(view, Text("登记完成", "Complete"), "task_alt", complete)
