"""The forms of special review: an application, an opinion, a decision."""

from nicegui import ui

from tongchou.access.decision import decide as decide_right
from tongchou.access.subject import Whose
from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.cases.reviews import Review
from tongchou.schema.review_states import REVIEW_OPINION, REVIEW_REASON
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.web.names import names_of
from tongchou.web.pages.forms import act_button, choice, facts, heading, text_field
from tongchou.web.typed_amounts import fen_typed
from tongchou.workplace import special_reviewing
from tongchou.workplace.review_offers import review_offer
from tongchou.workplace.settlement_reading import newest_run
from tongchou.workplace.special_case_reading import ApplicationLine, own_quota


async def new_application(view: PageView) -> None:
    """Show the form of a new application, with the hospital's quota; closed until it is wanted."""
    waiting = states.loading(view.shown)
    try:
        run_id = view.query["run"] if view.query.get("run") else await view.ask(newest_run)
        quotas = {each: await view.ask(own_quota, run_id, each) for each in sorted(view.subject.institution_ids)}
    except TongchouError as error:
        if error.code != "workplace.nothing_settled":
            raise
        return  # what nothing is settled of, nothing can be applied for
    finally:
        waiting.delete()
    with ui.element("section").classes("panel"):
        fold = ui.expansion(
            view.say("申请特例单议", "Apply for a special review"), icon="add", value="case" in view.query
        )
        with fold.props("dense").classes("full-width"):
            names = await names_of(view)
            for institution_id, quota in quotas.items():
                name = names.of(institution_id)
                words = Text(
                    f"{name}：限额 {quota.allowed} 例，已申请 {quota.used} 例",
                    f"{name}: quota {quota.allowed}, {quota.used} applied for",
                )
                ui.label(view.shown.say(words)).classes("is-muted")
            with ui.element("div").classes("bar"):
                run = text_field(view, Text("结算批次", "run"), run_id, width=220)
                case_id = text_field(view, Text("结算清单号", "case"), view.query.get("case", ""), width=220)
                titles = {each: view.shown.say(title) for each, title in REVIEW_REASON.items()}
                reason = choice(view, Text("申请理由", "reason"), titles, "high_cost", width=240)
            words_field = text_field(view, Text("病情与费用说明", "what is special about the case"), width=900, lines=3)

            async def send() -> None:
                made = await view.ask(
                    special_reviewing.apply_for_review,
                    run.value.strip(),
                    case_id.value.strip(),
                    reason.value,
                    words_field.value,
                )
                ui.navigate.to(special_reviewing.page_of(made.application_id))

            act_button(view, Text("提出申请", "Apply"), "send", send)


async def offer_review(view: PageView, run_id: str, case_id: str) -> None:
    """Show, beside a case, where its hospital applies for its special review or sees the application that stands."""
    offer = await view.ask(review_offer, run_id, case_id)
    if offer is not None:
        words = Text("查看特例单议申请", "see its special review")
        if not offer.is_standing:
            words = Text("为此病例申请特例单议", "apply for special review of this case")
        ui.link(view.shown.say(words), offer.page)


def withdrawal(view: PageView, line: ApplicationLine) -> None:
    """Offer the applying hospital to take its application back."""
    application = line.application
    own = decide_right(view.subject, "special_cases.apply", Whose((application.institution_id,)), "clinical")
    if own.outcome != "allowed" or application.state not in {"applied", "in_review"}:
        return

    async def send() -> None:
        await view.ask(special_reviewing.withdraw, application.application_id, application.version)
        ui.navigate.to("/special-cases")

    act_button(view, Text("撤回申请", "Take it back"), "undo", send, look="outline")


def opinion_form(view: PageView, line: ApplicationLine) -> None:
    """Show the form of an expert's opinion."""
    key = line.application.application_id
    with ui.element("section").classes("panel"):
        heading(view, Text("提出意见", "Give an opinion"), view.say("提出后不改", "it stands once given"))
        with ui.element("div").classes("bar"):
            titles = {each: view.shown.say(title) for each, title in REVIEW_OPINION.items()}
            opinion = choice(view, Text("意见", "opinion"), titles, "by_item", width=220)
            amount = text_field(view, Text("调整后的金额（元）", "adjusted amount (yuan)"), width=220)
            amount.bind_visibility_from(opinion, "value", value="adjusted")
        words = text_field(view, Text("理由", "why"), width=900, lines=3)

        async def send() -> None:
            fen = fen_typed(amount.value) if opinion.value == "adjusted" else None
            await view.ask(special_reviewing.opine, key, opinion.value, words.value, fen)
            ui.navigate.to(special_reviewing.page_of(key))

        act_button(view, Text("提出意见", "Give it"), "send", send)


def decision_form(view: PageView, line: ApplicationLine, prospect: Review) -> None:
    """Show what the experts' opinions come to, and the form that decides so or refuses."""
    application = line.application
    found = "refuse" if prospect.decision == "refused" else prospect.decision
    amount = prospect.amount_fen if found == "adjusted" else None
    with ui.element("section").classes("panel"):
        heading(view, Text("决定", "Decide"))
        said = view.shown.say(REVIEW_OPINION[found])
        if amount is not None:
            said += f" {format_yuan(amount)} {view.say('元', 'yuan')}"
        facts(
            [
                (view.say("按政策，专家意见的结果", "by the policy the opinions come to"), said),
                (view.say("原因", "why"), view.shown.say(prospect.step.outcome)),
                *(
                    (view.shown.say(each.label), each.value_in_language(view.shown.language))
                    for each in prospect.step.facts
                ),
            ]
        )
        if application.state != "in_review":
            ui.label(view.say("还没有意见，不能决定", "there is no opinion yet: it cannot be decided")).classes(
                "is-muted"
            )
            return
        words = text_field(view, Text("决定理由", "why it is decided so"), width=900, lines=2)

        async def send(outcome: str, fen: int | None) -> None:
            key, version = application.application_id, application.version
            await view.ask(special_reviewing.decide, key, version, outcome, words.value, fen)
            ui.navigate.to(special_reviewing.page_of(key))

        with ui.element("div").classes("bar"):
            if found != "refuse":
                act_button(view, Text(f"决定：{said}", f"Decide: {said}"), "gavel", lambda: send(found, amount))
            act_button(view, Text("不同意", "Refuse"), "block", lambda: send("refuse", None), look="outline")
