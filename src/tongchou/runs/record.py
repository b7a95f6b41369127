"""A run's record: what it read, what it made, and the hashes by which a repetition is recognised."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import ParameterRead, Source
from tongchou.core.text import Text
from tongchou.payment.cases.points_value import PoolFacts
from tongchou.payment.weights import GroupWeight
from tongchou.runs.alliance_year import PackageYear
from tongchou.runs.summary import AllianceFigures, InstitutionFigures, PoolFigures, PurposeFigures, RunSummary

RECORD_FILE = "run.json"
_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True, slots=True)
class RunInputs:
    """Everything that a run's result follows from; its id is a hash of it.

    Attributes:
        period: The settled period.
        batches: Ids of the intake batches that were in the lake.
        versions: Version of every table read.
        policy: Fingerprint of the policy.
        policy_pack: The further policy pack, as given.
        scheme: Name or path of the grouping scheme.
        scheme_fingerprint: Hash of its files.
        weight_table: Hash of the weight table that the policy names; None where weights are measured.
        software: Version of tongchou.
        is_shadow: Whether the run computes all and posts nothing (模拟运行).
        last_year: The run of the year before whose payments the advances follow; None where none are paid.
    """

    period: str
    batches: tuple[str, ...]
    versions: Mapping[str, int]
    policy: str
    policy_pack: str | None
    scheme: str
    scheme_fingerprint: str
    weight_table: str | None
    software: str
    is_shadow: bool
    last_year: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, as kept in `run.json`.

    Attributes:
        run_id: Its id.
        state: `posted`, or `computed` for a shadow run.
        inputs: What it read.
        reversed_runs: Earlier runs of the period whose entries this run reversed.
        rows: Rows by stage: in the lake, in the period, priced.
        summary: The figures that its command prints.
        weights: The weight of every group that occurred.
        weight_totals_e4: Total weight by insurance type.
        mean_fen: Mean cost of the cases that weights were measured from, fen; 0 where none were.
        pools: Points and other payers' money of each pool, where points are paid.
        riv_e4: Variance explained by the groups x 10,000; None where nothing was measured.
        reads: Every policy parameter that was read.
        table_hashes: Hash of each result table's rows, sorted by key, without the run's id.
        file_hashes: Hash of each statement file.
        result_hash: One hash over all of the above results.
        package_years: Each packaged alliance's year apart from its priced cases, for trials to take; runs of earlier
            editions have kept none.
    """

    run_id: str
    state: str
    inputs: RunInputs
    reversed_runs: tuple[str, ...]
    rows: Mapping[str, int]
    summary: RunSummary
    weights: tuple[GroupWeight, ...]
    weight_totals_e4: Mapping[str, int]
    mean_fen: int
    pools: Mapping[str, PoolFacts]
    riv_e4: int | None
    reads: tuple[ParameterRead, ...]
    table_hashes: Mapping[str, str]
    file_hashes: Mapping[str, str]
    result_hash: str
    package_years: tuple[PackageYear, ...] = ()


def write_record(record: RunRecord, folder: Path) -> None:
    """Write the record into a run's folder; it is there whole or not at all."""
    content = orjson.dumps(asdict(record), option=_OPTIONS)
    draft = folder / (RECORD_FILE + ".draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / RECORD_FILE)


def no_run(runs: Path, run_id: str) -> TongchouError:
    """Return the error of a run that is not there; it names those that are."""
    known = ", ".join(sorted(path.parent.name for path in runs.glob(f"*/{RECORD_FILE}"))) or "-"
    return TongchouError(
        "runs.no_run",
        what=Text("没有这次结算", "there is no such run"),
        where=run_id,
        why=Text(f"已有的结算批次：{known}", f"the runs at hand are: {known}"),
        remedy=Text("先运行 tongchou settle，或改用其中之一", "run tongchou settle first, or name one of these"),
    )


def read_record(folder: Path) -> RunRecord:
    """Read a run's record.

    Raises:
        TongchouError: `runs.no_run` if there is none; `runs.bad_record` if it is cut off or of another format.
    """
    path = folder / RECORD_FILE
    if not path.is_file():
        raise no_run(folder.parent, folder.name)
    try:
        return _record(orjson.loads(path.read_bytes()))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TongchouError(
            "runs.bad_record",
            what=Text("结算批次的记录无法读取", "the record of the run cannot be read"),
            where=str(path),
            why=Text(
                f"{RECORD_FILE} 不完整，或由另一版本写成", f"{RECORD_FILE} is cut off, or another version wrote it"
            ),
            remedy=Text(
                f"删除目录 {folder}，再运行 tongchou settle",
                f"remove the folder {folder} and run tongchou settle again",
            ),
        ) from error


def _record(content: dict[str, Any]) -> RunRecord:
    inputs = content["inputs"]
    return RunRecord(
        **{
            **content,
            "inputs": RunInputs(**{**inputs, "batches": tuple(inputs["batches"])}),
            "reversed_runs": tuple(content["reversed_runs"]),
            "summary": _summary(content["summary"]),
            "weights": tuple(GroupWeight(**weight) for weight in content["weights"]),
            "pools": {pool: PoolFacts(**facts) for pool, facts in content["pools"].items()},
            "package_years": tuple(PackageYear(**year) for year in content.get("package_years", ())),
            "reads": tuple(_parameter_read(read) for read in content["reads"]),
        }
    )


def _summary(content: dict[str, Any]) -> RunSummary:
    alliances = [AllianceFigures(**{**each, "name": Text(**each["name"])}) for each in content["alliances"]]
    institutions = [InstitutionFigures(**{**each, "name": Text(**each["name"])}) for each in content["institutions"]]
    beside = [PurposeFigures(**{**each, "name": Text(**each["name"])}) for each in content.get("beside", ())]
    pools = [PoolFigures(**each) for each in content.get("pools", ())]
    figures = {
        "alliances": tuple(alliances),
        "institutions": tuple(institutions),
        "beside": tuple(beside),
        "pools": tuple(pools),
    }
    return RunSummary(**{**content, **figures})


def _parameter_read(content: dict[str, Any]) -> ParameterRead:
    return ParameterRead(
        **{
            **content,
            "title": Text(**content["title"]),
            "valid_from": date.fromisoformat(content["valid_from"]),
            "review_missed": date.fromisoformat(missed) if (missed := content.get("review_missed")) else None,
            "source": Source(**content["source"]),
        }
    )
