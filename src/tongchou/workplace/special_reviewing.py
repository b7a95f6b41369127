"""Special review of cases: a hospital applies, experts of others give opinions, the insurer decides."""

from sqlalchemy.orm import Session

from tongchou.access.admission import note_deed
from tongchou.access.decision import decide as decide_right
from tongchou.access.subject import Subject, Whose, subject_of
from tongchou.access.two_persons import check_two_persons
from tongchou.browse.cases import CaseFilter, case_page
from tongchou.browse.rows import OpenRun
from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.cases.reviews import Review
from tongchou.records import special_cases
from tongchou.records.decisions import Ruling
from tongchou.records.held import held
from tongchou.records.models import Decision, SpecialCaseApplication, User
from tongchou.records.special_cases import CaseApplied, Opinion
from tongchou.records.users import hold_institution, users_in_role, users_of
from tongchou.schema.review_states import REVIEW_OPINION, REVIEW_REASON
from tongchou.workplace.noticing import tell
from tongchou.workplace.place import Workplace, no_such
from tongchou.workplace.referring import words_needed
from tongchou.workplace.review_prospects import prospect_of, quota_ground, quota_now
from tongchou.workplace.sight import require_no_trial

KIND = special_cases.OBJECT_KIND
_EXPERTS = ("lead_hospital", "hospital")


def apply_for_review(
    place: Workplace, subject: Subject, run_id: str, case_id: str, reason: str, words: str
) -> SpecialCaseApplication:
    """Apply that a case of a run be reviewed; the insurer is told, and the experts of other institutions.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`; `workplace.no_case`; `workplace.review_reason`;
            `workplace.words_needed`; `workplace.review_quota` if as many applications stand as the policy allows;
            `records.already_applied`.
    """
    place.admit_to_some(subject, "special_cases.apply", "clinical", where=case_id)
    require_no_trial(place, subject, run_id)
    shelved = place.shelf.run(run_id)
    with place.engines.engine() as engine:
        rows = case_page(OpenRun(place.region, shelved.record, engine), CaseFilter(case_id=case_id), "case_id", 1).rows
    if not rows:
        raise no_such("workplace.no_case", Text("本次结算没有这张清单", "the run has no such case"), case_id)
    institution_id = rows[0]["institution_id"]
    whose = shelved.whose(institution_id)
    place.admit(subject, "special_cases.apply", "clinical", whose, where=case_id)
    if reason not in REVIEW_REASON:
        raise _one_of("workplace.review_reason", reason, REVIEW_REASON)
    if not words.strip():
        raise words_needed(Text("申请须说明病情与费用", "an application says what was special about the case"))
    ground = quota_ground(place, shelved, institution_id)
    asked = CaseApplied(case_id, run_id, institution_id, reason, words.strip())
    with place.records.writing() as session:
        hold_institution(session, institution_id)  # of two at once, the second counts the first one's
        quota = quota_now(place, session, ground)
        if quota.used >= quota.allowed:
            raise _over_quota(institution_id, quota.allowed, quota.used)
        application = special_cases.apply_for(session, asked, subject.user_id, place.now())
        note_deed(session, subject, "special_cases.apply", KIND, application.application_id, place.now(), whose=whose)
        name = shelved.places[institution_id].name
        text = Text(f"{name.zh}申请特例单议：{case_id}", f"{name.en} applies for a special review: {case_id}")
        people = users_in_role(session, "insurer_approver")
        tell(place, session, people, "special_case.applied", text, page_of(application.application_id))
        # Whose case it is, is hidden from experts.
        text = Text("有一份特例单议待您提出意见", "a special review waits for your opinion")
        experts = _experts(place, session, institution_id, whose)
        tell(place, session, experts, "special_case.opinion_wanted", text, page_of(application.application_id))
    return application


def withdraw(place: Workplace, subject: Subject, application_id: str, version: int) -> SpecialCaseApplication:
    """Take one's institution's application back.

    Raises:
        TongchouError: `access.refused`; `records.not_found`; `records.step_not_possible`; `records.changed_meanwhile`.
    """
    place.admit_to_some(subject, "special_cases.apply", "clinical", where=application_id)
    whose = place.whose(_application(place, application_id).institution_id)
    place.admit(subject, "special_cases.apply", "clinical", whose, where=application_id)
    with place.records.writing() as session:
        application = special_cases.withdraw_application(session, application_id, version, place.now())
        note_deed(session, subject, "special_cases.apply", KIND, application_id, place.now(), whose=whose)
    return application


def opine(
    place: Workplace, subject: Subject, application_id: str, opinion: str, words: str, amount_fen: int | None
) -> SpecialCaseApplication:
    """Give an opinion as an expert of another institution.

    Args:
        place: The place.
        subject: The expert.
        application_id: The application.
        opinion: A word of `REVIEW_OPINION`.
        words: Why.
        amount_fen: What the expert would pay, fen; for `adjusted` only.

    Raises:
        TongchouError: `access.refused`; `access.second_person`; `workplace.recused` if the expert works at the
            applying institution too; `workplace.review_opinion`; `workplace.review_amount`; `workplace.words_needed`;
            `records.opinion_given`; `records.step_not_possible`; `records.not_found`.
    """
    place.admit_to_some(subject, "special_cases.opine", "clinical", where=application_id)
    application = _application(place, application_id)
    whose = place.whose(application.institution_id)
    place.admit(subject, "special_cases.opine", "clinical", whose, where=application_id)
    check_two_persons(subject, "special_cases.opine", {"applicant": [application.applied_by]})
    if application.institution_id in subject.institution_ids:
        raise _recused(application_id)
    if opinion not in REVIEW_OPINION:
        raise _one_of("workplace.review_opinion", opinion, REVIEW_OPINION)
    require_amount(opinion, amount_fen)
    if not words.strip():
        raise words_needed(Text("意见须说明理由", "an opinion says why"))
    own = next((part.institution_id for part in subject.parts if part.role in _EXPERTS and part.institution_id), "")
    if not own:
        what = Text("您的角色没有写明机构", "your role names no institution")
        raise no_such("workplace.no_institution", what, subject.user_name)
    with place.records.writing() as session:
        given = Opinion(opinion, words.strip(), own, amount_fen)
        application = special_cases.give_opinion(session, application_id, given, subject.user_id, place.now())
        # The audit names the expert's own institution: whose case it is, is hidden from him.
        note_deed(session, subject, "special_cases.opine", KIND, application_id, place.now(), whose=place.whose(own))
    return application


def decide(
    place: Workplace,
    subject: Subject,
    application_id: str,
    version: int,
    outcome: str,
    words: str,
    amount_fen: int | None = None,
) -> Decision:
    """Decide a review as the experts found, or refuse it; the hospital is told, and the experts who gave one.

    What a run pays follows from the experts' opinions alone, so nothing else can be decided than what they come to, or
    a refusal, by which the case is paid as any other.

    Args:
        place: The place.
        subject: Who decides.
        application_id: The application.
        version: The version that was seen.
        outcome: A word of `REVIEW_OPINION`.
        words: Why.
        amount_fen: What is paid, fen; for `adjusted` only.

    Raises:
        TongchouError: `access.refused`; `access.second_person`; `workplace.review_opinion`;
            `workplace.review_amount`; `workplace.words_needed`; `workplace.ruling_differs`;
            `records.step_not_possible`; `records.changed_meanwhile`; `records.not_found`.
    """
    place.admit_to_some(subject, "special_cases.decide", "clinical", where=application_id)
    application = _application(place, application_id)
    place.admit(
        subject, "special_cases.decide", "clinical", place.whose(application.institution_id), where=application_id
    )
    experts = [each.expert_id for each in application.opinions]
    check_two_persons(subject, "special_cases.decide", {"applicant": [application.applied_by], "expert": experts})
    if outcome not in REVIEW_OPINION:
        raise _one_of("workplace.review_opinion", outcome, REVIEW_OPINION)
    require_amount(outcome, amount_fen)
    if not words.strip():
        raise words_needed(Text("决定须说明理由", "a decision says why"))
    if outcome != "refuse":
        prospect = prospect_of(place, place.shelf.run(application.run_id), application)
        if (outcome, amount_fen or 0) != (prospect.decision, prospect.amount_fen):
            raise _differs(application_id, prospect)
    whose = place.whose(application.institution_id)
    ruling = Ruling(outcome, words.strip(), amount_fen)
    with place.records.writing() as session:
        decision = special_cases.decide_application(
            session, application_id, version, ruling, subject.user_id, place.now()
        )
        note_deed(session, subject, "special_cases.decide", KIND, application_id, place.now(), whose=whose)
        title = REVIEW_OPINION[outcome]
        text = Text(f"特例单议已决定：{title.zh}", f"special review decided: {title.en}")
        people = [each.user_id for each in users_of(session, [application.institution_id])]
        tell(place, session, [*people, *experts], "special_case.decided", text, page_of(application_id))
    return decision


def page_of(application_id: str) -> str:
    """Return the page of an application."""
    return f"/special-cases?application={application_id}"


def require_amount(opinion: str, amount_fen: int | None) -> None:
    """Refuse an amount where none belongs, and the want of one where it does.

    Raises:
        TongchouError: `workplace.review_amount`.
    """
    if (opinion == "adjusted") != (amount_fen is not None) or (amount_fen or 0) < 0:
        raise TongchouError(
            "workplace.review_amount",
            what=Text("金额与意见不符", "the amount does not go with the opinion"),
            where="amount_fen",
            why=Text("只有“调整支付标准”写金额，且不为负", "an amount belongs to an adjusted one, and is not negative"),
            remedy=Text("补上金额，或去掉金额", "give an amount, or leave it out"),
        )


def _experts(place: Workplace, session: Session, institution_id: str, whose: Whose) -> list[User]:
    """Return the users who may give an opinion on a case: those with the right who do not work where it was."""
    found = {user.user_id: user for role in _EXPERTS for user in users_in_role(session, role)}
    return [
        user
        for user in found.values()
        for expert in [subject_of(session, user, place.today)]
        if institution_id not in expert.institution_ids
        and decide_right(expert, "special_cases.opine", whose, "clinical").outcome != "refused"
    ]


def _application(place: Workplace, application_id: str) -> SpecialCaseApplication:
    with place.records.reading() as session:
        return held(session, SpecialCaseApplication, application_id)


def _one_of(code: str, given: str, known: dict[str, Text]) -> TongchouError:
    return TongchouError(
        code,
        what=Text("不在可选范围内", "this cannot be chosen"),
        where=given,
        why=Text(f"可选：{'、'.join(known)}", f"known: {', '.join(known)}"),
        remedy=Text("改用其中之一", "use one of them"),
    )


def _over_quota(institution_id: str, allowed: int, used: int) -> TongchouError:
    return TongchouError(
        "workplace.review_quota",
        what=Text("特例单议申请已达限额", "as many special reviews are applied for as are allowed"),
        where=institution_id,
        why=Text(f"限额 {allowed} 例，已申请 {used} 例", f"the quota is {allowed}, {used} stand"),
        remedy=Text("撤回较不需要的申请，再申请本例", "take back one that needs it less, and apply then"),
    )


def _recused(application_id: str) -> TongchouError:
    return TongchouError(
        "workplace.recused",
        what=Text("须回避，不能提出意见", "you must stand aside"),
        where=application_id,
        why=Text("您也在申请医院任职", "you work at the applying institution too"),
        remedy=Text("由其他医院的专家提出意见", "let an expert of another institution give one"),
    )


def _differs(application_id: str, prospect: Review) -> TongchouError:
    amount = Text.plain("")
    if prospect.decision == "adjusted":
        amount = Text(f" {format_yuan(prospect.amount_fen)} 元", f" {format_yuan(prospect.amount_fen)} yuan")
    name = REVIEW_OPINION["refuse" if prospect.decision == "refused" else prospect.decision]
    return TongchouError(
        "workplace.ruling_differs",
        what=Text("决定与专家意见的结果不符", "the decision is not what the experts' opinions come to"),
        where=application_id,
        why=Text(
            f"按政策，专家意见的结果为：{name.zh}{amount.zh}（{prospect.step.outcome.zh}）",
            f"by the policy they come to: {name.en}{amount.en} ({prospect.step.outcome.en})",
        ),
        remedy=Text("按专家意见决定，或不同意；意见不足时等待", "decide so, refuse, or wait for more opinions"),
    )
