"""What stands of a gain or a loss in every table: cases, weight, charges, the fund's part and the result."""

from collections.abc import Sequence

from tongchou.core.text import Text
from tongchou.web.frame import PageView
from tongchou.web.tables import Column
from tongchou.workplace.comparing import InstitutionLine

CASE_COUNT = Column("cases", Text("病例", "cases"), "count")
AMOUNTS = (
    Column("charges", Text("医疗费", "charges"), "money"),
    Column("fund", Text("基金支付", "fund"), "money"),
    Column("result", Text("盈亏", "result"), "money", is_signed=True),
)
INSTITUTION_FIGURES = (CASE_COUNT, Column("cmi", Text("CMI", "CMI"), "ratio"), *AMOUNTS)


def institution_row(view: PageView, line: InstitutionLine) -> dict[str, object]:
    """Return an institution's row for `INSTITUTION_FIGURES`, with its `id`, `name` and `level`."""
    figures = line.figures
    return {
        "id": figures.institution_id,
        "name": view.shown.say(figures.name),
        "level": view.shown.say(line.level_title),
        "cases": figures.case_count,
        "cmi": figures.cmi_e4 if figures.case_count else None,
        "charges": figures.charges_fen,
        "fund": figures.fund_fen,
        "result": figures.result_fen,
    }


def with_cases_first(lines: Sequence[InstitutionLine]) -> list[InstitutionLine]:
    """Return institutions in their order, those without a case after the others."""
    return sorted(lines, key=lambda line: not line.figures.case_count)
