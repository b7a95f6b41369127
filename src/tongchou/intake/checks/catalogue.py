"""The catalogue of checks: the packs that came with the software, changed by a region's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.intake.checks.check import CARES, KINDS, LEVELS, USES, Check, Parameter
from tongchou.intake.checks.compiling import column_problems
from tongchou.intake.checks.lined_yaml import read_lined
from tongchou.intake.checks.pack_reading import Entry
from tongchou.intake.checks.problems import no_folder, pack_problem, unknown_check
from tongchou.intake.checks.scoring import Scoring, changed_scoring, read_scoring
from tongchou.intake.checks.trial import sql_problems
from tongchou.schema.list_fields import document_table_names

_DEFINITION = (
    *("title", "level", "sentence", "remedy", "harms", "source", "documents", "care", "when", "needs", "table"),
    *("columns", "seq", "rows", "fails", "value", "expected", "parameters", "note", "made_by", "weight"),
)
_CHANGE = ("level", "parameters", "off", "weight", "documents", "care", "note")
_FILE = ("checks", "changes", "accuracy", "scoring")
_PLACES = ("sql", "conversion")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every check that there is.

    Attributes:
        checks: The checks by id, in the order of the packs; those switched off are among them.
        scoring: The accuracy that is asked for, and how a document's score is made.
    """

    checks: Mapping[str, Check]
    scoring: Scoring

    def title(self, check: str) -> Text:
        """Return the name of a check; `KeyError` if there is none of that id."""
        return self.checks[check].title

    def in_force(self) -> tuple[Check, ...]:
        """Return the checks that are not switched off, in order."""
        return tuple(check for check in self.checks.values() if check.off is None)

    def blocking(self) -> tuple[str, ...]:
        """Return the ids of the checks that block, in order."""
        return tuple(check.id for check in self.in_force() if check.level == "blocks")


@cache
def own_catalogue() -> Catalogue:
    """Return the checks that come with the software."""
    own = files("tongchou").joinpath("packs", "intake", "checks")
    texts = {f"packs/intake/checks/{each.name}": each.read_text("utf-8") for each in own.iterdir()}
    return _merged({}, None, {name: text for name, text in sorted(texts.items()) if name.endswith(".yaml")})


def load_catalogue(folders: Sequence[Path]) -> Catalogue:
    """Return the checks of the software, changed by packs in their order.

    Args:
        folders: Folders of a region's own packs, each holding `*.yaml`; a later one has the last word.

    Raises:
        TongchouError: `intake.no_check_pack` for a folder without packs; `Problems` of `intake.check_pack`,
            `intake.unknown_check` and `intake.check_sql`, every fault of all packs at once.
    """
    own = own_catalogue()
    packs: dict[str, str] = {}
    for folder in folders:
        paths = sorted(folder.glob("*.yaml"))
        if not paths:
            raise no_folder(str(folder))
        packs |= {str(path): _read(path) for path in paths}
    return _merged(own.checks, own.scoring, packs) if packs else own


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise pack_problem(str(path), Text("不是 UTF-8 编码", "it is not UTF-8")) from error


def _merged(before: Mapping[str, Check], scoring: Scoring | None, packs: Mapping[str, str]) -> Catalogue:
    problems: list[TongchouError] = []
    checks = dict(before)
    for file, text in packs.items():
        try:
            pack = Entry(read_lined(text, file), file, problems)
        except TongchouError as error:
            problems.append(error)
            continue
        pack.only(_FILE)
        _add_checks(checks, pack)
        _change_checks(checks, pack)
        if "scoring" in pack.content or "accuracy" in pack.content:
            scoring = read_scoring(pack) if scoring is None else changed_scoring(scoring, pack)
    # What came before was tried when it was read, what comes with the software by its tests.
    new = [check for name, check in checks.items() if check is not before.get(name)] if before else []
    if new and not problems:
        problems = column_problems(new) or sql_problems(new)
    if problems or scoring is None:
        raise Problems(problems)
    return Catalogue(checks, scoring)


def _add_checks(checks: dict[str, Check], pack: Entry) -> None:
    for name, entry in pack.entries("checks").items():
        if name in checks:
            why = Text("这一编号已有检查；改动写在 changes 之下", "it exists; changes stand under changes")
            pack.problems.append(pack_problem(entry.where, why))
        else:
            checks[name] = _check(name, entry)


def _change_checks(checks: dict[str, Check], pack: Entry) -> None:
    for name, entry in pack.entries("changes").items():
        if name in checks:
            checks[name] = _changed(checks[name], entry)
            continue
        near = ", ".join(get_close_matches(name, checks, n=3, cutoff=0.3)) or "-"
        pack.problems.append(unknown_check(entry.where, name, near))


def _check(name: str, entry: Entry) -> Check:
    entry.only(_DEFINITION)
    place = entry.choice("made_by", _PLACES) if "made_by" in entry.content else "sql"
    table = entry.word("table")
    if table not in document_table_names():
        known = ", ".join(document_table_names())
        entry.note("table", Text(f"没有这张表；可用：{known}", f"there is no such table; known are {known}"))
    return Check(
        id=name,
        title=entry.text("title"),
        level=entry.choice("level", LEVELS),
        sentence=entry.text("sentence"),
        remedy=entry.text("remedy"),
        harms=entry.choices("harms", USES),
        source=entry.word("source"),
        documents=entry.choices("documents", KINDS),
        care=entry.choices("care", CARES, CARES),
        when=entry.word("when", "true"),
        needs=entry.words("needs"),
        table=table,
        columns=entry.words("columns"),
        seq=entry.word("seq", ""),
        rows=entry.word("rows", ""),
        fails=entry.word("fails") if place == "sql" else "",
        value=entry.word("value", "null"),
        expected=entry.word("expected", "null"),
        parameters=entry.parameters(),
        note=entry.optional_text("note"),
        place="conversion" if place == "conversion" else "sql",
        weight=entry.whole("weight") if "weight" in entry.content else None,
        off=None,
        where=entry.where,
    )


def _changed(check: Check, entry: Entry) -> Check:
    """Return a check as a later pack wants it; what it does not name stays."""
    entry.only(_CHANGE)
    content = entry.content
    if "level" in content:
        check = replace(check, level=entry.choice("level", LEVELS))
    if "documents" in content:
        check = replace(check, documents=entry.choices("documents", check.documents))
    if "care" in content:
        check = replace(check, care=entry.choices("care", CARES))
    if "weight" in content:
        check = replace(check, weight=entry.whole("weight"))
    if "note" in content:
        check = replace(check, note=entry.text("note"))
    if "off" in content:
        check = replace(check, off=entry.text("off"))
    return replace(check, parameters={**check.parameters, **_changed_parameters(check, entry)}, where=entry.where)


def _changed_parameters(check: Check, entry: Entry) -> dict[str, Parameter]:
    changed = entry.parameters()
    for name, parameter in changed.items():
        if name not in check.parameters:
            known = ", ".join(check.parameters) or "-"
            entry.note("parameters", Text(f"没有参数 {name}；可用：{known}", f"no parameter {name}; known are {known}"))
        elif type(parameter.value) is not type(check.parameters[name].value):
            entry.note("parameters", Text(f"参数 {name} 的种类不同", f"the parameter {name} is of another kind"))
    return changed
