"""Referrals: begun by who sends, answered, followed and completed by who receives."""

from dataclasses import replace

import narwhals as nw

from tongchou.access.admission import PersonRead, note_deed, record_read
from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.held import held
from tongchou.records.models import WorkingReferral
from tongchou.records.referrals import ReferralRequest, move_referral, request_referral
from tongchou.records.users import users_of
from tongchou.schema.states import REFERRAL_DIRECTION, REFERRAL_STATE
from tongchou.schema.tables import CASES, CONTRACTS
from tongchou.workplace.institutions import institutions, the_institution
from tongchou.workplace.noticing import tell
from tongchou.workplace.place import Workplace, no_such

KIND = "referrals"
_FEWEST_SIGNS = 3


def find_persons(place: Workplace, subject: Subject, institution_id: str, words: str, limit: int = 20) -> list[str]:
    """Return pseudonyms that begin with some signs, of the persons of an institution's own cases and contracts.

    Raises:
        TongchouError: `access.refused`; `workplace.too_few_signs`.
    """
    place.admit(subject, "referrals.create", "person", place.whose(institution_id), where=institution_id)
    wanted = words.strip()
    if len(wanted) < _FEWEST_SIGNS:
        raise TongchouError(
            "workplace.too_few_signs",
            what=Text("请多输入几个字符", "type some more signs"),
            where=wanted or "-",
            why=Text(f"至少 {_FEWEST_SIGNS} 个字符", f"{_FEWEST_SIGNS} at least"),
            remedy=Text("输入参保人假名的开头", "type how the pseudonym begins"),
        )
    found = _own_persons(place, institution_id, nw.col("person_id").str.starts_with(wanted), limit)
    with place.records.writing() as session:
        read = PersonRead("referral", "persons of own cases and contracts", institution_id, len(found))
        record_read(session, subject, read, place.now())
    return found


def begin_referral(place: Workplace, subject: Subject, asked: ReferralRequest) -> WorkingReferral:
    """Begin a referral; the receiver is told.

    Raises:
        TongchouError: `access.refused`; `workplace.direction`; `workplace.same_institution`;
            `workplace.no_institution`; `workplace.no_person` if the person is of none of the sender's own cases or
            contracts; `workplace.no_case` if a stay is named that is not that person's there.
    """
    sender = asked.from_institution_id
    whose = place.whose(sender)
    place.admit(subject, "referrals.create", "person", whose, where=sender)
    if asked.direction not in REFERRAL_DIRECTION:
        raise _direction(asked.direction)
    if asked.to_institution_id == sender:
        raise _same(sender)
    places = institutions(place)
    the_institution(places, sender)
    receiver = the_institution(places, asked.to_institution_id)
    if not _own_persons(place, sender, nw.col("person_id") == asked.person_id, 1):
        what = Text("本机构没有这名参保人", "the institution has no such person")
        raise no_such("workplace.no_person", what, asked.person_id)
    if asked.case_id is not None:
        _require_case(place, asked.case_id, asked.person_id, sender)
    with place.records.writing() as session:
        referral = request_referral(session, replace(asked, reason=asked.reason.strip()), subject.user_id, place.now())
        note_deed(session, subject, "referrals.create", KIND, referral.referral_id, place.now(), whose=whose)
        name = places[sender].name
        text = Text(f"{name.zh}向贵院转诊，待接收", f"{name.en} refers a patient to you: answer it")
        people = users_of(session, [receiver.institution_id])
        tell(place, session, people, "referral.requested", text, _page(referral))
    return referral


def answer_referral(
    place: Workplace, subject: Subject, referral_id: str, version: int, answer: str, words: str
) -> WorkingReferral:
    """Accept or reject a referral to one's institution; a rejection says why.

    Args:
        place: The place.
        subject: Who answers.
        referral_id: The referral.
        version: The version that was seen.
        answer: `accepted` or `rejected`.
        words: What is said to the sender.

    Raises:
        TongchouError: `access.refused`; `workplace.words_needed`; `records.step_not_possible`;
            `records.changed_meanwhile`; `records.not_found`.
    """
    referral = _received(place, subject, referral_id, "referrals.answer")
    if answer == "rejected" and not words.strip():
        raise words_needed(Text("拒收须写明理由", "a rejection says why"))
    return _move(place, subject, referral, version, answer, words, "referrals.answer")


def note_arrival(
    place: Workplace, subject: Subject, referral_id: str, version: int, words: str = ""
) -> WorkingReferral:
    """Note that the person has arrived.

    Raises:
        TongchouError: As `answer_referral`.
    """
    referral = _received(place, subject, referral_id, "referrals.follow")
    return _move(place, subject, referral, version, "arrived", words, "referrals.follow")


def complete_referral(
    place: Workplace, subject: Subject, referral_id: str, version: int, words: str = "", to_case_id: str | None = None
) -> WorkingReferral:
    """Note that a referral is completed, with the stay that it led to where there is one.

    Raises:
        TongchouError: As `answer_referral`; `workplace.no_case` if the lake has the stay and it is another person's or
            another institution's.
    """
    referral = _received(place, subject, referral_id, "referrals.follow")
    if to_case_id is not None:
        _require_case(place, to_case_id, referral.person_id, referral.to_institution_id, is_there=False)
    return _move(place, subject, referral, version, "completed", words, "referrals.follow", to_case_id)


def words_needed(why: Text) -> TongchouError:
    """Return the error for an act that is not said in words."""
    return TongchouError(
        "workplace.words_needed",
        what=Text("请写明理由", "say why"),
        where="words",
        why=why,
        remedy=Text("填写说明后再提交", "fill in the words, and send it then"),
    )


def _received(place: Workplace, subject: Subject, referral_id: str, action: str) -> WorkingReferral:
    place.admit_to_some(subject, action, "person", where=referral_id)
    with place.records.reading() as session:
        referral = held(session, WorkingReferral, referral_id)
    place.admit(subject, action, "person", place.whose(referral.to_institution_id), where=referral_id)
    return referral


def _move(
    place: Workplace,
    subject: Subject,
    seen: WorkingReferral,
    version: int,
    then: str,
    words: str,
    action: str,
    to_case_id: str | None = None,
) -> WorkingReferral:
    whose = place.whose(seen.to_institution_id)
    with place.records.writing() as session:
        referral = move_referral(
            session, seen.referral_id, version, then, subject.user_id, place.now(), words=words.strip()
        )
        if to_case_id is not None:
            referral.to_case_id = to_case_id
            session.flush()
        note_deed(session, subject, action, KIND, referral.referral_id, place.now(), whose=whose)
        state = REFERRAL_STATE[then]
        text = Text(f"转出的患者：{state.zh}", f"a patient whom you referred: {state.en}")
        tell(place, session, users_of(session, [seen.from_institution_id]), f"referral.{then}", text, _page(referral))
    return referral


def _own_persons(place: Workplace, institution_id: str, wanted: nw.Expr, limit: int) -> list[str]:
    with place.facts() as facts:
        own = [
            facts.table(table).filter((nw.col("institution_id") == institution_id) & wanted).select("person_id")
            for table in (CASES, CONTRACTS)
        ]
        rows = facts.engine.collect(nw.concat(own).unique().sort("person_id").head(limit))
    return [str(person) for person in rows["person_id"].to_pylist()]


def _require_case(
    place: Workplace, case_id: str, person_id: str, institution_id: str, *, is_there: bool = True
) -> None:
    """Refuse a stay that is another's; one that is not handed in yet passes where it need not be there."""
    with place.facts() as facts:
        wanted = facts.table(CASES).filter(nw.col("case_id") == case_id).select("person_id", "institution_id")
        rows = facts.engine.collect(wanted).to_pylist()
    if rows == [{"person_id": person_id, "institution_id": institution_id}] or not (rows or is_there):
        return
    what = Text("清单不是这名参保人在该机构的", "the settlement list is not this person's at the institution")
    raise no_such("workplace.no_case", what, case_id)


def _page(referral: WorkingReferral) -> str:
    return f"/referrals?referral={referral.referral_id}"


def _direction(given: str) -> TongchouError:
    return TongchouError(
        "workplace.direction",
        what=Text("转诊方向不对", "this is no direction of a referral"),
        where=given,
        why=Text("只有上转和下转", "a referral goes up or down"),
        remedy=Text("写 up 或 down", "write up or down"),
    )


def _same(institution_id: str) -> TongchouError:
    return TongchouError(
        "workplace.same_institution",
        what=Text("转出与接收是同一机构", "sender and receiver are the same"),
        where=institution_id,
        why=Text("转诊在两家机构之间", "a referral goes from one institution to another"),
        remedy=Text("另选接收机构", "choose another receiver"),
    )
