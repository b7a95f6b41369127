"""Why an institution's or an alliance's settlement is what it is: written when the year is settled, kept with the run.

To settle a year of a million cases again takes half a minute; to read what was written then takes no time.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.hashing import hash_file
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.clearing import Clearing, Line
from tongchou.runs.explain_beside import LARGEST, institution_step
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, Region
from tongchou.runs.settlement import YearSettlement
from tongchou.runs.year import Alliance

REASONS_FILE = "reasons.parquet"

Settled = Literal["institution", "alliance"]

_SCHEMA = pa.schema([("settled", pa.string()), ("settled_id", pa.string()), ("step", pa.binary())])
_STEP = TypeAdapter(Step)


def institution_reason(
    settlement: YearSettlement, period: Period, clearing: Clearing, found: Sequence[Alliance], largest: int = LARGEST
) -> Step:
    """Explain an institution's settlement: its clearing, what is due beside its cases, its share of a surplus.

    Args:
        settlement: The settled year.
        period: The year.
        clearing: The institution's part of it.
        found: The year's alliances.
        largest: How many amounts beside cases are explained one by one, by rule and direction, the largest first.
    """
    own = clearing.institution_id
    beside = institution_step(settlement.beside.transfers, own, largest)
    shared = (each.settlement.explanation for each in settlement.alliances if own in each.alliance.roles)
    contracts = (
        settlement.without_package[each.alliance_id].explanation
        for each in found
        if own in each.roles and each.alliance_id in settlement.without_package
    )
    due = format_yuan(clearing.amounts_fen[Line.DUE_AT_CLEARING])
    return Step(
        "institution",
        Text(f"机构 {own} {period} 年清算单", f"Settlement of {own} for {period}"),
        Text(f"清算应付 {due} 元", f"{due} yuan due at clearing"),
        children=(clearing.explanation, *((beside,) if beside else ()), *shared, *contracts),
        account=clearing.explanation.account,
    )


def keep_reasons(settlement: YearSettlement, period: Period, found: Sequence[Alliance], folder: Path) -> Path:
    """Write why every institution's and alliance's settlement is what it is; return the file.

    It has a row for each, sorted: `settled`, `settled_id`, and the step as JSON.
    """
    rows = [
        {"settled": settled, "settled_id": key, "step": _STEP.dump_json(step)}
        for settled, key, step in sorted(_reasons(settlement, period, found), key=lambda each: each[:2])
    ]
    path = folder / REASONS_FILE
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), path, compression="zstd", row_group_size=64)
    return path


def has_reasons(record: RunRecord) -> bool:
    """Return whether a run kept reasons; trials and runs of earlier editions have not."""
    return REASONS_FILE in record.file_hashes


def kept_reason(region: Region, record: RunRecord, settled: Settled, settled_id: str) -> Step | None:
    """Return what a run (`has_reasons`) kept of an institution or alliance; None where it settled no such one.

    Args:
        region: The region.
        record: The run's record.
        settled: What it is.
        settled_id: Its id.

    Raises:
        TongchouError: `runs.reasons_changed` if the file is not the one that the run wrote.
    """
    path = region.run_folder(record.run_id) / REASONS_FILE
    if not path.is_file() or hash_file(path) != record.file_hashes[REASONS_FILE]:
        raise TongchouError(
            "runs.reasons_changed",
            what=Text("结算时写下的理由已不在或被改动", "the reasons written with the run are gone or were changed"),
            where=str(path),
            why=Text("文件与结算记录中的哈希不符", "the file does not have the hash in the run's record"),
            remedy=Text("从备份恢复该文件，或重新结算该期间", "restore it from a backup, or settle the period again"),
        )
    chosen = [("settled", "=", settled), ("settled_id", "=", settled_id)]
    rows = pq.read_table(path, filters=chosen).column("step").to_pylist()
    return _STEP.validate_json(rows[0]) if rows else None


def alliance_reasons(settlement: YearSettlement) -> dict[str, Step]:
    """Return why each alliance's settlement is what it is, by its id."""
    packaged = {each.alliance.alliance_id: each.settlement.explanation for each in settlement.alliances}
    return packaged | {each: contract.explanation for each, contract in settlement.without_package.items()}


def _reasons(
    settlement: YearSettlement, period: Period, found: Sequence[Alliance]
) -> Iterator[tuple[Settled, str, Step]]:
    for clearing in settlement.clearings:
        yield "institution", clearing.institution_id, institution_reason(settlement, period, clearing, found)
    for alliance_id, step in alliance_reasons(settlement).items():
        yield "alliance", alliance_id, step
