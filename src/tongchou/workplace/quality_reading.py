"""Reading data quality: batches, findings, accuracy, each as far as somebody may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tongchou.access.decision import decide
from tongchou.access.masking import built_in_masking
from tongchou.access.subject import REGION, Subject, Whose
from tongchou.browse.accuracy import AccuracyLine, Threshold, accuracy_lines, catalogue_of
from tongchou.browse.findings_told import FindingKind, FindingRow, finding_kinds, finding_rows
from tongchou.browse.handed_in import HandedIn, handed_in
from tongchou.core.text import Text
from tongchou.intake.checks.catalogue import Catalogue
from tongchou.records import uploads
from tongchou.records.users import institutions
from tongchou.schema.list_tables import RECEIVED_FILES
from tongchou.schema.tables import INPUT_TABLES, INSTITUTIONS
from tongchou.workplace.place import Workplace
from tongchou.workplace.scopes import seen_institutions
from tongchou.workplace.sight import numbers

READ, UPLOADS = "findings.read", "uploads.read"


@dataclass(frozen=True, slots=True)
class Quality:
    """The data quality that somebody sees.

    Attributes:
        lines: By institution and month; institutions stand under a number where they are masked.
        names: The names of the institutions.
        threshold: The accuracy that is asked for, of records and of fields.
        kinds: The findings by code and table, the most frequent first.
    """

    lines: tuple[AccuracyLine, ...]
    names: Mapping[str, Text]
    threshold: Threshold
    kinds: tuple[FindingKind, ...]


@dataclass(frozen=True, slots=True)
class BatchCount:
    """A batch of an intake, as far as somebody sees it.

    Attributes:
        batch_id: The batch.
        sequence: Its number in the lake.
        received: Rows or documents handed in: taken, set aside and repeated.
        taken: In the lake.
        set_aside: Not taken, with findings that say why.
        repeated: Documents that were there already.
        repaired: Taken after their writing was repaired.
        findings: Findings in it.
        fields: Fields of the lists and front pages that it brought.
        fields_sound: Those of them without a finding.
        institution_id: Who sent it; empty where nothing tells it.
    """

    batch_id: str
    sequence: int
    received: int
    taken: int
    set_aside: int
    repeated: int
    repaired: int
    findings: int
    fields: int
    fields_sound: int
    institution_id: str

    @property
    def fields_e4(self) -> int | None:
        """The accuracy of its fields x 10,000, rounded down; None where it brought none."""
        return self.fields_sound * 10_000 // self.fields if self.fields else None


def quality_of(
    place: Workplace,
    subject: Subject,
    institution_id: str | None = None,
    month: str | None = None,
    batch_id: str | None = None,
) -> Quality:
    """Return accuracy and findings, of one institution, month or batch where one is named.

    Raises:
        TongchouError: `access.refused`.
    """
    whose = place.whose(institution_id) if institution_id else REGION
    if decide(subject, READ, whose, "aggregate").outcome == "masked":
        # Whom one may not see by name one may not ask for by name: it is the whole, under numbers.
        return _masked(place, month)
    seen = seen_institutions(place, subject, READ, "aggregate", institution_id)
    facts = _facts(place).of(seen)
    catalogue = catalogue_of(place.region.folder)
    lines = accuracy_lines(facts, catalogue)
    if month:
        lines = tuple(line for line in lines if line.month == month)
    names = names_of(place)
    return Quality(
        lines,
        names,
        Threshold.of(catalogue),
        _kinds(place, _chosen(facts, month, batch_id), catalogue, _clinical(place, subject)),
    )


def batches_of(place: Workplace, subject: Subject, institution_id: str | None = None) -> tuple[BatchCount, ...]:
    """Return the batches that somebody sees, the newest first; who sees an institution sees what it sent itself.

    Raises:
        TongchouError: `access.refused`.
    """
    seen = seen_institutions(place, subject, UPLOADS, "aggregate", institution_id)
    with place.records.reading() as session:
        senders = uploads.senders(session)
    lake = place.region.lake
    files = lake.files(RECEIVED_FILES.name, lake.snapshot())
    received = _received(pl.read_parquet(files)) if files else {}
    facts = _facts(place)
    found = {row["batch_id"]: row for row in _by_batch(facts.findings).to_dicts()}
    sums = facts.fields.group_by("batch_id").agg(pl.col("fields", "fields_sound").sum())
    fields = {batch_id: (counted, sound) for batch_id, counted, sound in sums.iter_rows()}
    taken: dict[tuple[int, str], int] = {}
    for write in lake.batches():
        if write.kind == "intake":
            key = (write.sequence, write.batch_id)
            taken[key] = taken.get(key, 0) + (write.row_count if write.table_name in _INPUTS else 0)
    return tuple(
        _batch(
            sequence,
            batch_id,
            rows,
            received.get(batch_id),
            found.get(batch_id),
            fields.get(batch_id, (0, 0)),
            senders.get(batch_id, ""),
        )
        for (sequence, batch_id), rows in sorted(taken.items(), reverse=True)
        if seen is None or senders.get(batch_id) in seen
    )


def finding_rows_of(
    place: Workplace,
    subject: Subject,
    institution_id: str | None = None,
    code: str | None = None,
    batch_id: str | None = None,
    size: int = 100,
    cursor: str | None = None,
) -> tuple[tuple[FindingRow, ...], str | None]:
    """Return a page of findings by number, with their rows, and where the next page begins.

    Raises:
        TongchouError: `access.refused`.
    """
    seen = seen_institutions(place, subject, READ, "clinical", institution_id)
    found = _chosen(_facts(place).of(seen), None, batch_id).findings
    if code is not None:
        found = found.filter(pl.col("code") == code)
    if cursor is not None:
        found = found.filter(pl.col("finding_id") > cursor)
    page = found.head(size).get_column("finding_id")
    return finding_rows(place.region.lake, page), page[-1] if found.height > size else None


def names_of(place: Workplace) -> Mapping[str, Text]:
    """Return the latest name of each institution of the lake."""
    lake = place.region.lake
    files = lake.files(INSTITUTIONS.name, lake.snapshot())
    rows = pl.read_parquet(files).sort("valid_from").to_dicts() if files else []
    return {row["institution_id"]: Text(row["name_zh"], row["name_en"] or row["name_zh"]) for row in rows}


def _facts(place: Workplace) -> HandedIn:
    with place.records.reading() as session:
        senders = uploads.senders(session)
    return handed_in(place.region.lake).sent_by(senders)


def _chosen(facts: HandedIn, month: str | None, batch_id: str | None) -> HandedIn:
    found = facts.findings
    if month:
        found = found.filter(pl.col("month") == month)
    if batch_id:
        found = found.filter(pl.col("batch_id") == batch_id)
    return HandedIn(found, facts.taken, facts.fields)


def _clinical(place: Workplace, subject: Subject) -> frozenset[str] | None:
    """Return the institutions whose rows somebody sees, of those whose findings are counted to him; None: all."""
    if decide(subject, READ, REGION, "clinical").outcome == "allowed":
        return None
    with place.records.reading() as session:
        known = institutions(session, place.today)
    return frozenset(
        row.institution_id
        for row in known
        if decide(subject, READ, Whose((row.institution_id,), (row.alliance_id,)), "clinical").outcome == "allowed"
    )


def _kinds(
    place: Workplace, facts: HandedIn, catalogue: Catalogue, open_to: frozenset[str] | None
) -> tuple[FindingKind, ...]:
    found = finding_kinds(place.region.lake, facts.findings, open_to)
    return tuple(each if each.is_open else each.without_example(catalogue) for each in found)


def _masked(place: Workplace, month: str | None) -> Quality:
    """Return quality with institutions under numbers, without examples and small cells."""
    facts, catalogue = _facts(place), catalogue_of(place.region.folder)
    seen = accuracy_lines(facts, catalogue)
    aliases = numbers(place, "quality", {line.institution_id for line in seen})
    lines = tuple(
        replace(line, institution_id=aliases[line.institution_id])
        for line in seen
        if line.records >= built_in_masking().least_cases and (not month or line.month == month)
    )
    names = {number: Text(f"机构 {number}", f"institution {number}") for number in aliases.values()}
    kinds = tuple(
        each
        for each in _kinds(place, _chosen(facts, month, None), catalogue, frozenset())
        if each.records >= built_in_masking().least_cases
    )
    return Quality(lines, names, Threshold.of(catalogue), kinds)


_INPUTS = frozenset(table.name for table in INPUT_TABLES)


def _by_batch(findings: pl.DataFrame) -> pl.DataFrame:
    row = pl.struct("table_name", "source")
    is_aside = pl.col("handling") == "set_aside"
    return findings.group_by("batch_id").agg(
        pl.len().cast(pl.Int64).alias("findings"),
        row.filter(is_aside).n_unique().cast(pl.Int64).alias("set_aside"),
        row.filter(pl.col("handling") == "repaired").n_unique().cast(pl.Int64).alias("repaired"),
        pl.col("institution_id").drop_nulls().unique().sort().alias("institutions"),
    )


def _received(files: pl.DataFrame) -> Mapping[str, Mapping[str, Any]]:
    """Return the counts of the documents of each batch: it may hold several files."""
    counts = ("accepted_count", "set_aside_count", "repeated_count")
    return {row["received_batch"]: row for row in files.group_by("received_batch").agg(pl.col(counts).sum()).to_dicts()}


def _batch(
    sequence: int,
    batch_id: str,
    rows: int,
    received: Mapping[str, Any] | None,
    found: Mapping[str, Any] | None,
    fields: tuple[int, int],
    sender: str,
) -> BatchCount:
    counts = {name: int(found[name]) if found else 0 for name in ("findings", "set_aside", "repaired")}
    repeated = 0
    if received is not None:
        # Of documents the file's own count holds: their findings may be several, and in several tables.
        rows, repeated = received["accepted_count"], received["repeated_count"]
        counts["set_aside"] = received["set_aside_count"]
    whose = found["institutions"] if found else []
    owner = sender or (whose[0] if len(whose) == 1 else "")
    whole = rows + counts["set_aside"] + repeated
    return BatchCount(
        batch_id,
        sequence,
        whole,
        rows,
        counts["set_aside"],
        repeated,
        counts["repaired"],
        counts["findings"],
        *fields,
        owner,
    )
