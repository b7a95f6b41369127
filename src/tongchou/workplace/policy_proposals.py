"""Changes of policy: drafted with what they make different, handed in, decided by somebody else."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tongchou.access.admission import note_deed
from tongchou.access.decision import decide
from tongchou.access.subject import REGION, Subject
from tongchou.access.two_persons import check_two_persons
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Source
from tongchou.core.text import Text
from tongchou.policy import refusals
from tongchou.policy.chain import Answer, Chain
from tongchou.policy.change import NewValue, ValueChange, changes_of, parameter_fingerprint, read_new_values
from tongchou.policy.value import written
from tongchou.records import policy_changes
from tongchou.records.held import held, not_found
from tongchou.records.models import PolicyChange
from tongchou.workplace.noticing import tell_of_change
from tongchou.workplace.place import Workplace
from tongchou.workplace.policy_reading import region_chain

KIND = "policy_changes"
_OPEN_TO_ALL = ("approved", "applied")
_SEE_ALL = (("policy.propose", "open"), ("policy.measure", "aggregate"), ("policy.approve", "open"))


@dataclass(frozen=True, slots=True)
class WantedChange:
    """What somebody wants to change.

    Attributes:
        parameter: The parameter's name.
        values: First day and value of each new value, written as in a policy file: `0.95`, `{tertiary: 1.1}`.
        source: The document that the values follow.
        reason: Why.
    """

    parameter: str
    values: tuple[tuple[date, str], ...]
    source: str
    reason: str


def preview_change(place: Workplace, subject: Subject, wanted: WantedChange) -> tuple[ValueChange, ...]:
    """Return what a change would make different; nothing is kept.

    Raises:
        TongchouError: `access.refused`; `policy.unknown_parameter`; `workplace.no_own_pack`.
        Problems: Everything that is wrong with the values.
    """
    place.admit(subject, "policy.propose", "open", where=wanted.parameter)
    chain = region_chain(place)
    return _compared(place, chain, wanted)


def draft_change(place: Workplace, subject: Subject, wanted: WantedChange) -> PolicyChange:
    """Draft a change, with what it makes different.

    Raises:
        TongchouError: As `preview_change`; `workplace.changes_nothing`.
        Problems: Everything that is wrong with the values.
    """
    place.admit(subject, "policy.propose", "open", where=wanted.parameter)
    proposal = _proposal(place, wanted, [])
    with place.records.writing() as session:
        change = policy_changes.draft(session, proposal, subject.user_id, place.now())
        note_deed(session, subject, "policy.propose", KIND, change.change_id, place.now())
    return change


def edit_change(place: Workplace, subject: Subject, change_id: str, version: int, wanted: WantedChange) -> PolicyChange:
    """Change a draft as its editor saw it; who edits it counts as an author of it.

    Raises:
        TongchouError: As `draft_change`; `records.changed_meanwhile` for the second of two editors;
            `records.not_a_draft`; `records.not_found`.
        Problems: Everything that is wrong with the values.
    """
    place.admit(subject, "policy.propose", "open", where=change_id)
    with place.records.reading() as session:
        editors = [*_editors(held(session, PolicyChange, change_id)), subject.user_id]
    proposal = _proposal(place, wanted, list(dict.fromkeys(editors)))
    with place.records.writing() as session:
        change = policy_changes.edit(session, change_id, version, proposal, place.now())
        note_deed(session, subject, "policy.propose", KIND, change_id, place.now())
    return change


def submit_change(place: Workplace, subject: Subject, change_id: str, version: int) -> PolicyChange:
    """Hand a draft in for approval.

    Raises:
        TongchouError: `access.refused`; `records.changed_meanwhile`; `records.step_not_possible`; `records.not_found`.
    """
    return _step(place, subject, "policy.propose", change_id, policy_changes.submit, version)


def take_back_change(place: Workplace, subject: Subject, change_id: str, version: int) -> PolicyChange:
    """Make a change a draft again that is not applied yet.

    Raises:
        TongchouError: As `submit_change`.
    """
    return _step(place, subject, "policy.propose", change_id, policy_changes.take_back, version)


def approve_change(place: Workplace, subject: Subject, change_id: str, version: int, words: str = "") -> PolicyChange:
    """Approve a change; not by who drafted or edited it.

    Raises:
        TongchouError: As `submit_change`; `access.second_person`; `records.policy_moved` where the parameter does not
            say any more what it said when the change was made.
    """
    place.admit(subject, "policy.approve", "open", where=change_id)
    chain = region_chain(place)
    with place.records.writing() as session:
        change = held(session, PolicyChange, change_id, version=version)
        check_two_persons(subject, "policy.approve", {"author": authors(change)})
        fingerprint = _fingerprint(chain, change.parameter)
        change = policy_changes.approve(
            session, change_id, version, subject.user_id, place.now(), fingerprint=fingerprint, words=words
        )
        note_deed(session, subject, "policy.approve", KIND, change_id, place.now())
        tell_of_change(place, session, change)
    return change


def reject_change(place: Workplace, subject: Subject, change_id: str, version: int, words: str) -> PolicyChange:
    """Reject a change with the reason; not by who drafted or edited it.

    Raises:
        TongchouError: As `submit_change`; `access.second_person`.
    """
    place.admit(subject, "policy.approve", "open", where=change_id)
    with place.records.writing() as session:
        change = held(session, PolicyChange, change_id, version=version)
        check_two_persons(subject, "policy.approve", {"author": authors(change)})
        change = policy_changes.reject(session, change_id, version, subject.user_id, place.now(), words=words)
        note_deed(session, subject, "policy.approve", KIND, change_id, place.now())
        tell_of_change(place, session, change)
    return change


def changes_of_policy(place: Workplace, subject: Subject, state: str | None = None) -> list[PolicyChange]:
    """Return changes, the newest first; who neither drafts, measures nor approves sees what is approved or applied.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "policy.read", "open")
    with place.records.reading() as session:
        found = policy_changes.policy_changes(session, state=state)
    return [change for change in found if _may_see(subject, change)]


def change_of_policy(place: Workplace, subject: Subject, change_id: str) -> PolicyChange:
    """Return a change.

    Raises:
        TongchouError: `access.refused`; `records.not_found`, also for a change that is not to be seen yet.
    """
    place.admit(subject, "policy.read", "open", where=change_id)
    with place.records.reading() as session:
        change = held(session, PolicyChange, change_id)
    if not _may_see(subject, change):
        raise not_found(f"{KIND} {change_id}")
    return change


def wanted_of(change: PolicyChange) -> WantedChange:
    """Return what a change wants, as it was handed in."""
    values = tuple((date.fromisoformat(each["from"]), str(each["value"])) for each in change.diff["values"])
    return WantedChange(change.parameter, values, change.source, change.reason)


def new_values(chain: Chain, wanted: WantedChange) -> tuple[NewValue, ...]:
    """Return the values of a change as the region's packs read them.

    Raises:
        TongchouError: `policy.unknown_parameter`.
        Problems: Everything that is wrong with the values.
    """
    if wanted.parameter not in chain.parameters:
        raise refusals.unknown_parameter(wanted.parameter, chain)
    return read_new_values(chain.parameters[wanted.parameter], wanted.values)


def authors(change: PolicyChange) -> list[str]:
    """Return who drafted a change and who edited it: none of them approves it."""
    return [change.author_id, *_editors(change)]


def _compared(place: Workplace, chain: Chain, wanted: WantedChange) -> tuple[ValueChange, ...]:
    _require_own_pack(place, chain)
    return changes_of(chain, wanted.parameter, new_values(chain, wanted), Source(wanted.source))


def _proposal(place: Workplace, wanted: WantedChange, editors: list[str]) -> policy_changes.Proposal:
    chain = region_chain(place)
    compared = _compared(place, chain, wanted)
    if not any(each.is_different for each in compared):
        raise TongchouError(
            "workplace.changes_nothing",
            what=Text("新值与现行值相同", "the new value is the present one"),
            where=wanted.parameter,
            why=Text("没有可审批的内容", "there is nothing to approve"),
            remedy=Text("改正新值或起始日期", "correct the new value or its first day"),
        )
    title = chain.parameters[wanted.parameter].title
    diff = {
        "title": {"zh": title.zh, "en": title.en},
        "values": [{"from": day.isoformat(), "value": text} for day, text in wanted.values],
        "compared": [_change_json(each) for each in compared],
        "editors": editors,
    }
    return policy_changes.Proposal(
        pack=place.region.pack,
        parameter=wanted.parameter,
        diff=diff,
        reason=wanted.reason,
        source=wanted.source,
        base_fingerprint=_fingerprint(chain, wanted.parameter),
    )


def _fingerprint(chain: Chain, name: str) -> str:
    """Return what a change is made against: all that is said of its parameter. Changes of others do not hinder it."""
    return parameter_fingerprint(chain, name)


def _change_json(change: ValueChange) -> Mapping[str, Any]:
    return {
        "from": change.valid_from.isoformat(),
        "until": change.last.isoformat() if change.last else None,
        "before": _answer_json(change.before),
        "after": _answer_json(change.after),
        "values": [asdict(leaf) for leaf in change.leaves],
    }


def _answer_json(answer: Answer | None) -> Mapping[str, Any] | None:
    if answer is None or answer.dated.value is None:
        return None
    return {"value": written(answer.dated.value), "pack": answer.pack.region_id, "source": str(answer.dated.source)}


def _require_own_pack(place: Workplace, chain: Chain) -> None:
    if chain.packs[0].head.file.parent != place.region.policy_folder:
        raise TongchouError(
            "workplace.no_own_pack",
            what=Text("本统筹区没有自己的政策包", "the region has no policy pack of its own"),
            where=place.region.pack,
            why=Text("软件自带的政策包不能修改", "the packs that come with the program are not changed"),
            remedy=Text(
                "在统筹区目录的 policy 中建立政策包，并在 region.yaml 的 pack 中写其代码",
                "make a pack in the folder policy of the region, and name it as pack in region.yaml",
            ),
        )


def _step(
    place: Workplace,
    subject: Subject,
    action: str,
    change_id: str,
    step: Callable[..., PolicyChange],
    version: int,
) -> PolicyChange:
    place.admit(subject, action, "open", where=change_id)
    with place.records.writing() as session:
        change = step(session, change_id, version, place.now())
        note_deed(session, subject, action, KIND, change_id, place.now())
        tell_of_change(place, session, change)
    return change


def _editors(change: PolicyChange) -> list[str]:
    return [str(each) for each in change.diff.get("editors", ())]


def _may_see(subject: Subject, change: PolicyChange) -> bool:
    if change.state in _OPEN_TO_ALL:
        return True
    return any(decide(subject, action, REGION, grade).outcome == "allowed" for action, grade in _SEE_ALL)
