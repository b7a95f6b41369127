"""One case of a run as people read it: its figures, its diagnoses and procedures with their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from tongchou.browse.cases import CaseFilter, case_page
from tongchou.browse.rows import OpenRun
from tongchou.core.text import Text
from tongchou.schema.tables import CASES, DIAGNOSES, PROCEDURES
from tongchou.workplace.place import Workplace

_KEPT = ("insurance_type", "sex", "age_years", "department", "los_days", "discharge_way", "icu_hours")
_PRICED = ("month", "drg", "weight_e4", "case_kind", "standard_fen", "total_fen", "payable_fen", "patient_fen",
           "fund_fen", "hospital_result_fen")  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """What is needed to judge a case; of its dates only the month.

    Attributes:
        figures: Figures of the run.
        diagnoses: Codes of the diagnoses, the principal one first.
        procedures: Codes of the procedures, the principal one first.
        names: The names of these codes, of those that a code set or a list at hand names.
    """

    figures: Mapping[str, Any]
    diagnoses: tuple[str, ...]
    procedures: tuple[str, ...]
    names: Mapping[str, Text]


def sheet_of(place: Workplace, run_id: str, case_id: str) -> CaseSheet:
    """Return the sheet of a case that a run has priced; who may see it is decided, and the read noted, by who asks."""
    shelved = place.shelf.run(run_id)
    mine = nw.col("case_id") == case_id
    with place.engines.engine() as engine:
        run = OpenRun(place.region, shelved.record, engine)
        priced = case_page(run, CaseFilter(case_id=case_id), "case_id", 1).rows[0]
        case = engine.collect(run.facts.table(CASES).filter(mine)).to_pylist()[0]
        diagnoses, procedures = (
            tuple(engine.collect(run.facts.table(table).filter(mine).sort("seq").select("code"))["code"].to_pylist())
            for table in (DIAGNOSES, PROCEDURES)
        )
    index = place.at_hand.codes()
    named = {code: index.name_of("dx", code) for code in diagnoses}
    named |= {code: index.name_of("op", code) for code in procedures}
    group = shelved.group_names.get(priced["drg"], Text.plain(priced["drg"]))
    figures = {name: case[name] for name in _KEPT} | {name: priced[name] for name in _PRICED} | {"group": group}
    return CaseSheet(figures, diagnoses, procedures, {code: name for code, name in named.items() if name is not None})
