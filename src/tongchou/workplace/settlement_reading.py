"""Reading a settlement: overview, institutions, groups, cases, each as far as somebody may see it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tongchou.access.admission import PersonRead, record_read
from tongchou.access.decision import decide
from tongchou.access.subject import Subject, Whose
from tongchou.browse.cases import CaseFilter, CaseOrder, CasePage, case_page, first_number, numbered_page
from tongchou.browse.overview import Overview, overview
from tongchou.browse.rows import OpenRun
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.order import TRIAL
from tongchou.runs.record import RunRecord
from tongchou.runs.summary import AllianceFigures
from tongchou.workplace.peers import PREFIX, peer_sight
from tongchou.workplace.place import Workplace, no_such
from tongchou.workplace.shelf import ShelvedRun, whose_in
from tongchou.workplace.sight import Sight, sight

_PERSON = "person_id"


def overview_of(place: Workplace, subject: Subject, run_id: str | None = None) -> Overview:
    """Return the overview of a run, of the institutions and alliances that somebody sees.

    Args:
        place: The place.
        subject: Who asks.
        run_id: The run; the one that stands for the latest period if not given.

    Raises:
        TongchouError: `access.refused`; `workplace.nothing_settled`; `runs.no_run`.
    """
    shelved = place.shelf.run(run_id or place.shelf.newest())
    seen = sight(place, subject, shelved, "overview.read", "aggregate")
    record = _cut(shelved.record, seen)
    levels = {each.institution_id: each.level for each in shelved.places.values()}
    budgets = [each for each in shelved.budgets if each.alliance_id in seen.alliances]
    standing = record.run_id in place.shelf.standing().values()
    return overview(record, shelved.cells.of(seen.institutions), levels, budgets, is_standing=standing)


def alliances_of(place: Workplace, subject: Subject, run_id: str) -> tuple[AllianceFigures, ...]:
    """Return the alliances' results that somebody sees.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`.
    """
    shelved = place.shelf.run(run_id)
    seen = sight(place, subject, shelved, "statements.read", "aggregate")
    return tuple(each for each in shelved.record.summary.alliances if each.alliance_id in seen.alliances)


def name_of_institution(place: Workplace, subject: Subject, run_id: str, institution_id: str) -> Text:
    """Return an institution's name as it stands in a run; its id, or its number, where the name is not to be seen.

    Raises:
        TongchouError: `runs.no_run`.
    """
    shelved = place.shelf.run(run_id)
    if institution_id in shelved.places:
        seen = decide(subject, "runs.read", shelved.whose(institution_id), "aggregate").outcome
        if seen == "allowed":
            return shelved.places[institution_id].name
    return Text.plain(institution_id)


def name_of_group(place: Workplace, subject: Subject, run_id: str, drg: str) -> Text:
    """Return a group's code with its name; of an empty code, that a case has no group.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`.
    """
    place.admit(subject, "runs.read", "open")
    name = place.shelf.run(run_id).group_names.get(drg, Text.plain(""))
    return Text(f"{drg} {name.zh}".strip(), f"{drg} {name.en}".strip()) if drg else Text("未入组", "ungrouped")


def cases_of(
    place: Workplace,
    subject: Subject,
    run_id: str,
    chosen: CaseFilter,
    order: CaseOrder = "result",
    size: int = 100,
    cursor: str | None = None,
    purpose: str = "",
) -> CasePage:
    """Return a page of a run's cases of the institutions whose cases somebody sees; the read is noted.

    Persons' pseudonyms are given only where a purpose is named and the right to them is there; else they are left out.
    Who sees no institution's cases in full gets those that he may see masked: case and institution under a number, the
    month for a date, no person. A case's number is its place in the list asked for.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`; `workplace.no_institution`; `browse.bad_cursor`;
            `browse.order_by_id`.
    """
    shelved = place.shelf.run(run_id)
    seen = sight(place, subject, shelved, "cases.read", "clinical")
    asked = chosen.institution_ids
    wanted = seen.plain if asked is None else seen.plain & frozenset(asked)
    if seen.masked and not wanted:
        behind = {each for each in seen.masked if asked is None or seen.aliases[each] in asked}
        if asked is not None and any(each.startswith(PREFIX) for each in asked):
            peers = peer_sight(place, subject, shelved).groups
            behind |= {member for each in asked if each in peers for member in peers[each].members} & seen.masked
        if behind:
            masked = replace(chosen, institution_ids=sorted(behind))
            return _masked_cases(place, subject, shelved, seen, masked, order, size, cursor)
    if asked is not None and not wanted:
        place.admit(subject, "cases.read", "clinical", shelved.whose(*asked), where=",".join(asked))
        raise not_by_this_id(",".join(asked))
    with place.engines.engine() as engine:
        run = OpenRun(place.region, shelved.record, engine)
        page = case_page(run, replace(chosen, institution_ids=sorted(wanted)), order, size, cursor)
    persons = purpose.strip() != "" and all(
        decide(subject, "cases.read", shelved.whose(each), "person").outcome == "allowed"
        for each in {row["institution_id"] for row in page.rows}
    )
    rows = page.rows if persons else tuple(_without_person(row) for row in page.rows)
    read = PersonRead(
        purpose.strip() or "settlement",
        f"cases {run_id}",
        next(iter(wanted)) if len(wanted) == 1 else "",
        len(rows),
        "done" if persons else "masked",
    )
    with place.records.writing() as session:
        record_read(session, subject, read, place.now())
    return CasePage(rows, page.cursor)


def _masked_cases(
    place: Workplace,
    subject: Subject,
    shelved: ShelvedRun,
    seen: Sight,
    chosen: CaseFilter,
    order: CaseOrder,
    size: int,
    cursor: str | None,
) -> CasePage:
    if chosen.case_id is not None:
        raise no_such(
            "workplace.no_case", Text("清单以编号代替，不能按原号查", "cases stand under a number"), chosen.case_id
        )
    with place.engines.engine() as engine:
        page = numbered_page(OpenRun(place.region, shelved.record, engine), chosen, order, size, cursor)
    rows = tuple(
        {**_without_person(row), "case_id": f"{number:06d}", "institution_id": seen.aliases[row["institution_id"]]}
        for number, row in enumerate(page.rows, first_number(cursor))
    )
    read = PersonRead("research", f"cases {shelved.record.run_id}", "", len(rows), "masked")
    with place.records.writing() as session:
        record_read(session, subject, read, place.now())
    return CasePage(rows, page.cursor)


def not_by_this_id(institution_id: str) -> TongchouError:
    """Return the error for an institution asked for by its id where it is seen under a number, or there is none."""
    return no_such(
        "workplace.no_institution",
        Text("您看到的机构中没有这个编号", "no institution that you see has this id"),
        institution_id,
    )


def _without_person(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in row.items() if name != _PERSON}


def _cut(record: RunRecord, seen: Sight) -> RunRecord:
    """Return a record whose summary holds only what is seen."""
    summary = record.summary
    alliances = tuple(each for each in summary.alliances if each.alliance_id in seen.alliances)
    institutions = tuple(each for each in summary.institutions if each.institution_id in seen.plain)
    whole = len(institutions) == len(summary.institutions)
    ungrouped = summary.ungrouped_count if whole else 0
    cut = replace(
        summary,
        alliances=alliances,
        institutions=institutions,
        case_count=sum(each.case_count for each in institutions) if not whole else summary.case_count,
        ungrouped_count=ungrouped,
        set_aside=summary.set_aside if whole else {},
        pools=summary.pools if whole else (),
        sample_case=summary.sample_case if whole else "",
    )
    return replace(record, summary=cut)


def runs_of(place: Workplace, subject: Subject) -> list[tuple[RunRecord, bool]]:
    """Return the finished runs, each with whether it stands, its summary cut to the institutions that somebody sees.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "runs.read", "open")
    standing = place.shelf.standing().values()
    # Trials belong to scenarios and to changes of policy, which are not everybody's to see.
    records = (record for record in place.shelf.records() if not record.run_id.endswith(TRIAL))
    return [(_seen_record(place, subject, record), record.run_id in standing) for record in records]


def _seen_record(place: Workplace, subject: Subject, record: RunRecord) -> RunRecord:
    inside = place.shelf.alliances(record.run_id)
    plain = {
        each.institution_id
        for each in record.summary.institutions
        if decide(subject, "runs.read", whose_in(inside, each.institution_id), "aggregate").outcome == "allowed"
    }
    alliances = {
        alliance
        for alliance in inside
        if decide(subject, "runs.read", Whose(alliance_ids=(alliance,)), "aggregate").outcome == "allowed"
    }
    return _cut(record, Sight(frozenset(plain), frozenset(), frozenset(alliances), {}))


def period_of(place: Workplace, subject: Subject, run_id: str) -> str:
    """Return the period that a run settles.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`.
    """
    place.admit(subject, "runs.read", "open")
    return place.shelf.record(run_id).inputs.period


def newest_run(place: Workplace, subject: Subject) -> str:
    """Return the run that stands for the latest period.

    Raises:
        TongchouError: `access.refused`; `workplace.nothing_settled`.
    """
    place.admit(subject, "runs.read", "open")
    return place.shelf.newest()
