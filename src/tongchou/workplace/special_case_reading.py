"""Special reviews as each one sees them: the hospital its own, experts those of others masked, the insurer all."""

from dataclasses import dataclass
from datetime import datetime

from tongchou.access import decision as rights
from tongchou.access.admission import PersonRead, record_read
from tongchou.access.subject import Subject, Whose
from tongchou.core.text import Text
from tongchou.payment.cases.reviews import Review
from tongchou.records.decisions import standing_decision
from tongchou.records.held import held
from tongchou.records.models import Decision, SpecialCaseApplication
from tongchou.records.special_cases import OBJECT_KIND, applications
from tongchou.records.users import alliances_of, names_of
from tongchou.workplace.cursors import cursor_of, place_of
from tongchou.workplace.institutions import institutions
from tongchou.workplace.one_case import CaseSheet, sheet_of
from tongchou.workplace.place import Workplace
from tongchou.workplace.review_prospects import Quota, prospect_of, quota_of
from tongchou.workplace.sight import require_no_trial

HIDDEN = Text("外院（隐去）", "another institution (hidden)")
NOBODY = Text.plain("")


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """An opinion as it is shown: `expert` and `institution_id` are empty, `institution` None, where they are hidden."""

    expert: Text
    institution_id: str
    institution: Text | None
    opinion: str
    amount_fen: int | None
    words: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application in a list.

    Attributes:
        application: The application.
        is_masked: Whether case and institution are hidden from who sees it.
        institution: The institution's name, or what stands for it.
        decision: What was decided, if it was.
        is_mine: Whether who sees it has given an opinion.
        may_opine: Whether who sees it may give one.
    """

    application: SpecialCaseApplication
    is_masked: bool
    institution: Text
    decision: Decision | None
    is_mine: bool
    may_opine: bool

    @property
    def case_id(self) -> str:
        """The case; empty where it is hidden."""
        return "" if self.is_masked else self.application.case_id

    @property
    def institution_id(self) -> str:
        """The institution; empty where it is hidden."""
        return "" if self.is_masked else self.application.institution_id


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """A page of applications, the newest first; `cursor` is where the next page begins, None at the end."""

    lines: tuple[ApplicationLine, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class OpenApplication:
    """An application with its case and opinions.

    Attributes:
        line: As in the list.
        sheet: The case.
        opinions: Those that who sees it may read: an expert his own until it is decided, the hospital then.
        prospect: What the next run would make of it; for who decides, None for others.
    """

    line: ApplicationLine
    sheet: CaseSheet
    opinions: tuple[OpinionLine, ...]
    prospect: Review | None


def application_page(
    place: Workplace, subject: Subject, *, state: str | None = None, size: int = 100, cursor: str | None = None
) -> ApplicationPage:
    """Return a page of the applications that somebody sees, in full or masked.

    Raises:
        TongchouError: `access.refused`; `workplace.bad_cursor`.
    """
    outcomes = _outcomes(place, subject)
    seen = frozenset(each for each, outcome in outcomes.items() if outcome != "refused")
    if not seen:
        place.admit(subject, "special_cases.read", "clinical")
    with place.records.reading() as session:
        found = applications(session, institution_ids=seen, state=state, before=place_of(cursor), limit=size + 1)
        page = found[:size]
        decisions = {
            each.application_id: standing_decision(session, OBJECT_KIND, each.application_id)
            for each in page
            if each.state == "decided"
        }
    names = institutions(place) if page else {}
    lines = tuple(
        _line(subject, each, outcomes[each.institution_id], names[each.institution_id].name,
              decisions.get(each.application_id))
        for each in page
    )  # fmt: skip
    more = len(found) > size
    return ApplicationPage(lines, cursor_of(page[-1].applied_at, page[-1].application_id) if more else None)


def open_application(place: Workplace, subject: Subject, application_id: str) -> OpenApplication:
    """Return an application with its case; the read of the case is noted.

    Raises:
        TongchouError: `access.refused`; `records.not_found`.
    """
    place.admit_to_some(subject, "special_cases.read", "clinical", where=application_id)
    with place.records.reading() as session:
        application = held(session, SpecialCaseApplication, application_id)
        decision = standing_decision(session, OBJECT_KIND, application_id)
    whose = place.whose(application.institution_id)
    outcome = place.admit(subject, "special_cases.read", "clinical", whose, where=application_id).outcome
    names = institutions(place)
    name = names[application.institution_id].name
    line = _line(subject, application, outcome, name, decision)
    may_decide = rights.decide(subject, "special_cases.decide", whose, "clinical").outcome == "allowed"
    with place.records.writing() as session:
        noted = "masked" if outcome == "masked" else "done"
        read = PersonRead("special review", f"case of {application_id}", "", 1, noted)
        record_read(session, subject, read, place.now())
        experts = names_of(session, [each.expert_id for each in application.opinions])
    shelved = place.shelf.run(application.run_id)
    prospect = None
    if may_decide and application.state in {"applied", "in_review"}:
        prospect = prospect_of(place, shelved, application)
    is_insurer = outcome == "allowed" and application.institution_id not in subject.institution_ids
    shown = [
        each
        for each in application.opinions
        if is_insurer or application.state == "decided" or each.expert_id == subject.user_id
    ]
    opinions = tuple(
        OpinionLine(
            experts.get(each.expert_id, NOBODY) if is_insurer or each.expert_id == subject.user_id else NOBODY,
            each.institution_id if is_insurer else "",
            names[each.institution_id].name if is_insurer and each.institution_id in names else None,
            each.opinion,
            each.amount_fen,
            each.words,
            each.given_at,
        )
        for each in shown
    )
    return OpenApplication(line, sheet_of(place, application.run_id, application.case_id), opinions, prospect)


def own_quota(place: Workplace, subject: Subject, run_id: str, institution_id: str) -> Quota:
    """Return the quota of an institution for which somebody may apply.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`.
    """
    place.admit_to_some(subject, "special_cases.apply", "clinical", where=institution_id)
    require_no_trial(place, subject, run_id)
    shelved = place.shelf.run(run_id)
    place.admit(subject, "special_cases.apply", "clinical", shelved.whose(institution_id), where=institution_id)
    return quota_of(place, shelved, institution_id)


def _outcomes(place: Workplace, subject: Subject) -> dict[str, str]:
    """Return for every institution whether its applications are seen in full, masked, or not at all."""
    places = institutions(place)
    with place.records.reading() as session:
        alliances = alliances_of(session, places, place.today)
    return {
        each: rights.decide(
            subject,
            "special_cases.read",
            Whose((each,), tuple(filter(None, (alliances.get(each),)))),
            "clinical",
        ).outcome
        for each in places
    }


def _line(
    subject: Subject,
    application: SpecialCaseApplication,
    outcome: str,
    name: Text,
    decision: Decision | None,
) -> ApplicationLine:
    mine = any(each.expert_id == subject.user_id for each in application.opinions)
    whose = Whose((application.institution_id,))
    may = rights.decide(subject, "special_cases.opine", whose, "clinical").outcome != "refused"
    is_other = application.institution_id not in subject.institution_ids
    is_open = application.state in {"applied", "in_review"}
    is_masked = outcome == "masked"
    shown = HIDDEN if is_masked else name
    return ApplicationLine(application, is_masked, shown, decision, mine, may and is_other and is_open and not mine)
