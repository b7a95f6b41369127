"""What must hold before a period is settled and posted."""

from collections.abc import Collection, Sequence

import narwhals as nw

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.entry import Entry
from tongchou.ledger.journal import journal_entries
from tongchou.policy import PolicyView
from tongchou.policy.value import Value
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.schema.results import JOURNAL, PRICED
from tongchou.store.engine import Frame
from tongchou.store.lake import Lake


def period_of(run_id: str) -> str:
    """Return the period that a run settled, from its id."""
    return run_id.removeprefix("r").partition("-")[0]


def posted_entries(facts: Facts) -> list[Entry]:
    """Return every entry that the region's runs have posted so far, by run in the order committed, then by day."""
    files = facts.lake.files(JOURNAL.name, facts.lake.snapshot())
    entries = journal_entries(facts.engine.collect(facts.engine.scan(files, JOURNAL.arrow_schema)))
    place = {write.batch_id: write.sequence for write in facts.lake.batches()}
    return sorted(entries, key=lambda entry: (place[entry.run_id], entry.booked_on, entry.entry_id))


def standing_entries(journal: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are no reversals and that no reversal has taken back."""
    undone = {entry.reverses for entry in journal if entry.reverses}
    return [entry for entry in journal if entry.reverses is None and entry.entry_id not in undone]


def posted_runs(lake: Lake) -> list[str]:
    """Return every run that was posted, in the order committed."""
    return list(dict.fromkeys(write.batch_id for write in lake.batches() if write.kind == "settle"))


def standing_runs(lake: Lake) -> dict[str, str]:
    """Return the run that stands of each period: the one posted last.

    The journal does not say it: a run over locked periods books only what differs, and lets earlier entries stand.
    """
    return {period_of(run_id): run_id for run_id in posted_runs(lake)}


def require_cases(found: int, region: Region, period: Period) -> int:
    """Return the number of cases found; refuse a period without any (`runs.nothing_to_settle`)."""
    if not found:
        raise TongchouError(
            "runs.nothing_to_settle",
            what=Text(f"{period} 年没有可结算的清单", f"there are no cases to settle in {period}"),
            where=region.region_id,
            why=Text("库中没有该期间的住院清单", "the lake holds no stay of that period"),
            remedy=Text(
                "先用 tongchou intake 入库，或改期间", "take data in with tongchou intake, or name another period"
            ),
        )
    return found


def require_all_priced(run_id: str, cases: int, priced: int) -> None:
    """Refuse a run in which a case was lost or doubled on its way to its price (`runs.rows_differ`)."""
    if cases != priced:
        raise TongchouError(
            "runs.rows_differ",
            what=Text("定价前后清单数不一致", "the number of cases changed while they were priced"),
            where=f"{run_id}: {cases} → {priced}",
            why=Text("机构的有效期可能重叠", "periods of validity of an institution may overlap"),
            remedy=Text("检查机构表中重叠的有效期", "check the table of institutions for overlapping periods"),
        )


def require_not_paid_before(facts: Facts, priced: Frame, standing: Collection[str], period: Period) -> None:
    """Refuse to pay a case that a standing run of another period has paid already.

    It happens where the policy changes which of a case's dates decides its period.
    """
    others = sorted(run for run in standing if period_of(run) != str(period))
    if not others:
        return
    engine, lake = facts.engine, facts.lake
    paid = engine.scan(lake.files(PRICED.name, lake.snapshot()), PRICED.arrow_schema)
    twice = priced.select("case_id").join(
        paid.filter(nw.col("run_id").is_in(others)).select("case_id"), on="case_id", how="inner"
    )
    found = engine.collect(twice.sort("case_id").head(5))["case_id"].to_pylist()
    if found:
        raise TongchouError(
            "runs.already_settled",
            what=Text("有清单已在别的年度结算", "a case was settled in another period already"),
            where=f"{', '.join(found)} …: {', '.join(others)}",
            why=Text(
                "决定所属期间的日期可能在两年之间改变过",
                "the date that decides a case's period may have changed between the years",
            ),
            remedy=Text("检查参数 payment/deciding_date", "check the parameter payment/deciding_date"),
        )


def require_steady(policy: RegionPolicy, period: Period) -> None:
    """Refuse a period in which what holds for the whole of it changes, for the region or for anybody with a pack.

    These are the method of payment, the scheme or catalogue, the weights, table rates, what points are worth, caps and
    reviews, the deciding date, and everything that alliances and institutions are settled by, but for the scores, which
    become known at the end of the year. What is settled by may begin within the year: before, nothing else held.
    """
    for each in policy.everyone:
        for name in _steady_names(each.at(period.end)):
            values = [_value_on(each.at(start), name) for start, _ in each.stretches(period)]
            if name not in _STEADY:
                values = [value for value in values if value is not None]
            if any(value != values[-1] for value in values):
                raise _changes(name, each.start, period)


_STEADY = (
    "payment/deciding_date",
    "payment/inpatient/method",
    "payment/drg/scheme",
    "payment/drg/base_rate/source",
    "payment/drg/base_rate/value",
    "payment/drg/high/cap_ratio",
    "payment/readmission/days",
)
_STEADY_AREAS = (
    "alliance/",
    "settlement/",
    "payment/drg/weights/",
    "payment/points/",
    "payment/dip/",
    "payment/review/",
)
_SCORES = ("alliance/quality/score", "settlement/assessment/score")


def _steady_names(view: PolicyView) -> list[str]:
    of_the_year = (name for name in view.chain.parameters if name.startswith(_STEADY_AREAS) and name not in _SCORES)
    return [*_STEADY, *sorted(of_the_year)]


def _value_on(view: PolicyView, name: str) -> Value | None:
    answer = view.chain.answer(name, view.on)
    return answer.dated.value if answer else None


def _changes(name: str, start: str, period: Period) -> TongchouError:
    return TongchouError(
        "runs.changes_within_period",
        what=Text(f"参数 {name} 在 {period} 年内改变", f"the parameter {name} changes within {period}"),
        where=f"{name}, {start}",
        why=Text("它须在整个结算期间不变", "it must hold for the whole period that is settled"),
        remedy=Text("把变更日期改到年初", "let the change begin with a year"),
    )
