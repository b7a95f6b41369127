"""The accuracy that is asked for, and the points and grades of documents: settings of the packs of checks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tongchou.core.text import Text
from tongchou.intake.checks.check import LEVELS, Level
from tongchou.intake.checks.pack_reading import Entry

_E4_LIMIT = 10_000
_FULL = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """A whole number with its source."""

    value: int
    source: str


@dataclass(frozen=True, slots=True)
class GradeBand:
    """A grade and the lowest score that earns it."""

    name: str
    title: Text
    from_points: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """How documents are judged.

    Attributes:
        records_e4: The share of records without a blocking finding that is asked for, x 10,000.
        fields_e4: The share of fields without a finding that is asked for, x 10,000.
        weights: Points that a check of a level takes from the 100 of a document, once however often it fires.
        grades: The grades, the best first; the last begins at 0.
        grades_source: Where they come from.
    """

    records_e4: Setting
    fields_e4: Setting
    weights: Mapping[Level, Setting]
    grades: tuple[GradeBand, ...]
    grades_source: str


def read_scoring(pack: Entry) -> Scoring:
    """Return the scoring of a pack that holds all of it; what is missing is noted."""
    for key in ("accuracy", "scoring"):
        if key not in pack.content:
            pack.note(key, Text("缺少这一项", "it is missing"))
    accuracy, scoring = pack.entries("accuracy"), pack.entries("scoring")
    bands, source = _grades(scoring["grades"]) if "grades" in scoring else ((), "")
    if not bands:
        pack.note("scoring", Text("缺少 grades", "grades are missing"))
    weights = _weights(scoring)
    if set(weights) != set(LEVELS):
        pack.note("scoring", Text(f"须有 {'、'.join(LEVELS)} 的分值", f"points of {', '.join(LEVELS)} are needed"))
    shares = {key: _share(accuracy[key]) for key in ("records", "fields") if key in accuracy}
    if len(shares) != 2:
        pack.note("accuracy", Text("须有 records 与 fields", "records and fields are needed"))
    _known(pack)
    absent = Setting(0, "")
    return Scoring(shares.get("records", absent), shares.get("fields", absent), weights, bands, source)


def changed_scoring(scoring: Scoring, pack: Entry) -> Scoring:
    """Return a scoring as a later pack wants it; what it does not name stays."""
    accuracy, entries = pack.entries("accuracy"), pack.entries("scoring")
    _known(pack)
    if "records" in accuracy:
        scoring = replace(scoring, records_e4=_share(accuracy["records"]))
    if "fields" in accuracy:
        scoring = replace(scoring, fields_e4=_share(accuracy["fields"]))
    if "grades" in entries:
        bands, source = _grades(entries["grades"])
        scoring = replace(scoring, grades=bands, grades_source=source)
    return replace(scoring, weights={**scoring.weights, **_weights(entries)})


def _known(pack: Entry) -> None:
    for key, known in (("accuracy", ("records", "fields")), ("scoring", (*LEVELS, "grades"))):
        if key in pack.content:
            pack.entry(key).only(known)


def _share(entry: Entry) -> Setting:
    entry.only(("at_least_e4", "source"))
    value = entry.whole("at_least_e4")
    if value > _E4_LIMIT:
        entry.note("at_least_e4", Text("不得大于 10000", "it must not be above 10000"))
    return Setting(value, entry.word("source"))


def _weights(scoring: Mapping[str, Entry]) -> dict[Level, Setting]:
    weights: dict[Level, Setting] = {}
    for level in LEVELS:
        if level in scoring:
            scoring[level].only(("points", "source"))
            weights[level] = Setting(scoring[level].whole("points"), scoring[level].word("source"))
    return weights


def _grades(entry: Entry) -> tuple[tuple[GradeBand, ...], str]:
    entry.only(("bands", "source"))
    bands = []
    for name, band in entry.entries("bands").items():
        band.only(("title", "from_points"))
        bands.append(GradeBand(name, band.text("title"), band.whole("from_points")))
    bounds = [band.from_points for band in bands]
    if not bounds or bounds != sorted(set(bounds), reverse=True) or bounds[-1] != 0 or bounds[0] > _FULL:
        why = Text("分数线须从高到低、不重复、末档为 0", "bounds fall from the best grade to 0, none twice")
        entry.note("bands", why)
    return tuple(bands), entry.word("source")
