"""A catalogue as a folder: a manifest, the rules it was built by, a CSV file per table; read back exactly."""

import hashlib
import io
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import yaml

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.catalogue import KEYS, TABLES, Catalogue
from tongchou.grouping.dip.expression import parse_expression
from tongchou.grouping.dip.matching import KINDS, MIXED
from tongchou.grouping.dip.problems import catalogue_problem
from tongchou.grouping.dip.rules import TREATMENTS
from tongchou.grouping.dip.rules_reading import RULES_FILE, parse_rules
from tongchou.grouping.dip.yaml_node import Node, read_node

MANIFEST = "catalogue.yaml"
FORMAT = "tongchou.dip-catalogue/1"


def write_catalogue(catalogue: Catalogue, folder: Path) -> None:
    """Write a catalogue: the same catalogue gives the same bytes. One that is there is replaced as a whole.

    Raises:
        TongchouError: `grouping.dip_folder` if the folder holds something that is not a catalogue.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file())):
        raise TongchouError(
            "grouping.dip_folder",
            what=Text("目录里有别的文件", "the folder holds other files"),
            where=str(folder),
            why=Text("只会替换目录库，不会覆盖别的内容", "only a catalogue is replaced, nothing else"),
            remedy=Text("换一个新目录", "name a new folder"),
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for name, content in _files(catalogue).items():
        (draft / name).write_bytes(content)
    if folder.exists():
        shutil.rmtree(folder)
    draft.replace(folder)


def read_catalogue(folder: Path) -> Catalogue:
    """Read a catalogue, a built one or one that a region publishes in the same form.

    Raises:
        TongchouError: `grouping.dip_catalogue` if it is not one; `grouping.dip_rules` for its rules.
        Problems: Everything that is wrong with its tables; `grouping.dip_catalogue` also where the manifest names a
            fingerprint that is not that of the files (leave it empty in a catalogue mended by hand).
    """
    if not (folder / MANIFEST).is_file():
        raise catalogue_problem(folder.name, Text(f"目录中没有 {MANIFEST}", f"there is no {MANIFEST} in the folder"))
    problems: list[TongchouError] = []
    manifest = read_node(_text(folder / MANIFEST), MANIFEST, problems)
    if manifest.word("format") != FORMAT:
        manifest.note("format", Text(f"须为 {FORMAT}", f"it must be {FORMAT}"))
    ungrouped = manifest.node("ungrouped", optional=True)
    absent = [name for name in (RULES_FILE, *(f"{name}.csv" for name in TABLES)) if not (folder / name).is_file()]
    if absent:
        named = ", ".join(absent)
        raise catalogue_problem(folder.name, Text(f"缺少 {named}", f"{named} are missing"))
    rules = parse_rules(_text(folder / RULES_FILE), RULES_FILE)
    tables = {name: _read_table(folder / f"{name}.csv", name, problems) for name in TABLES}
    catalogue = Catalogue(
        rules=rules,
        years=_years(manifest),
        case_count=manifest.whole("case_count"),
        ungrouped={reason: ungrouped.whole(reason) for reason in ungrouped.names()},
        mean_fen=manifest.whole("mean_fen"),
        tables=tables,
    )
    if not problems:
        problems += _check_groups(tables["groups"])
    stated = manifest.words("fingerprint")
    if not problems and stated and stated != fingerprint(catalogue):
        problems.append(
            catalogue_problem(
                f"{MANIFEST}.fingerprint",
                Text("与文件内容不符，目录库被改动过", "it is not that of the files: the catalogue was changed"),
            )
        )
    if problems:
        raise Problems(problems)
    return catalogue


def fingerprint(catalogue: Catalogue) -> str:
    """Return the SHA-256 of a catalogue's rules and tables as hexadecimal."""
    return _fingerprint(_contents(catalogue))


def _files(catalogue: Catalogue) -> dict[str, bytes]:
    contents = _contents(catalogue)
    manifest = {
        "format": FORMAT,
        "rules": catalogue.rules.name,
        "years": list(catalogue.years),
        "case_count": catalogue.case_count,
        "ungrouped": dict(catalogue.ungrouped),
        "mean_fen": catalogue.mean_fen,
        "fingerprint": _fingerprint(contents),
    }
    text = yaml.safe_dump(manifest, allow_unicode=True, sort_keys=False, default_flow_style=None)
    return {MANIFEST: text.encode(), **contents}


def _contents(catalogue: Catalogue) -> dict[str, bytes]:
    tables = {f"{name}.csv": _csv(catalogue.tables[name]) for name in TABLES}
    return {RULES_FILE: catalogue.rules.text.encode(), **tables}


def _fingerprint(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _csv(table: pl.DataFrame) -> bytes:
    # An empty text and an unknown number are both written as nothing; columns tell them apart on reading.
    texts = pl.col(pl.String).replace("", None)
    sink = io.BytesIO()
    table.with_columns(texts).write_csv(sink, line_terminator="\n", quote_style="necessary")
    return sink.getvalue()


def _read_table(path: Path, name: str, problems: list[TongchouError]) -> pl.DataFrame:
    columns = TABLES[name]
    try:
        found = pl.read_csv(path, infer_schema=False)
        absent = [column for column in columns if column not in found.columns]
        if absent:
            named = ", ".join(absent)
            problems.append(catalogue_problem(path.name, Text(f"缺少列 {named}", f"columns are missing: {named}")))
            return pl.DataFrame(schema=columns)
        texts = [pl.col(column).fill_null("") for column, kind in columns.items() if kind == pl.String]
        kinds = [pl.col(column).cast(kind) for column, kind in columns.items() if kind == pl.Int64]
        flags = [(pl.col(column) == "true").alias(column) for column, kind in columns.items() if kind == pl.Boolean]
        table = found.select(*columns).with_columns(*texts, *flags, *kinds)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        problems.append(catalogue_problem(path.name, Text(f"无法读取：{reason}", f"it cannot be read: {reason}")))
        return pl.DataFrame(schema=columns)
    keys = list(KEYS[name])
    twice = table.filter(pl.struct(keys).is_duplicated())
    if twice.height:
        first = " ".join(str(each) for each in twice.select(keys).row(0))
        problems.append(catalogue_problem(path.name, Text(f"重复的行：{first}", f"a row stands twice: {first}")))
    return table.sort(keys)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise catalogue_problem(str(path), Text("不是 UTF-8 编码", "it is not in UTF-8")) from error


def _years(manifest: Node) -> tuple[int, ...]:
    years = [str(year) for year in manifest.items("years")]
    if not years or not all(year.isascii() and year.isdecimal() for year in years):
        manifest.note("years", Text("须为年份", "years must stand here"))
        return ()
    return tuple(map(int, years))


def _check_groups(groups: pl.DataFrame) -> list[TongchouError]:
    problems: list[TongchouError] = []
    needed = ("group", "kind", "diagnosis", "treatment", "operations", "score_e2", "rw_e4", "mean_fen")
    # What core groups are chosen by; a mixed group is not chosen by its mean.
    choice = pl.when(pl.col("kind") == MIXED).then(0).otherwise(pl.col("choice_mean_fen"))
    for group, kind, diagnosis, treatment, operations, *figures in groups.select(*needed, choice).iter_rows():
        where = f"groups.csv:{group}"
        if not group or not diagnosis or kind not in KINDS or treatment not in TREATMENTS:
            known = ", ".join((*KINDS, *TREATMENTS))
            problems.append(
                catalogue_problem(
                    where,
                    Text(
                        f"须有编码与诊断，类别与治疗方式须为 {known} 之一",
                        f"a code and a diagnosis are needed, kind and treatment among {known}",
                    ),
                )
            )
        if any(figure is None or figure < 0 for figure in figures):
            why = Text("须有非负的均费、RW 与分值", "means, RW and score are needed, none of them negative")
            problems.append(catalogue_problem(where, why))
        try:
            parse_expression(operations)
        except TongchouError as error:
            problems.append(error)
    return problems
