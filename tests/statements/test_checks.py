"""A report whose parts do not sum to their whole is refused."""

from dataclasses import replace

import pytest

from tongchou.core.errors import Problems
from tongchou.statements.checks import check_report
from tongchou.statements.model import AllianceStatement, InstitutionStatement, RegionReport, StatementLine


def found(report: RegionReport) -> list[tuple[str, str]]:
    """Return code and place of every problem that the check finds."""
    with pytest.raises(Problems) as caught:
        check_report(report)
    return [(problem.code, problem.where) for problem in caught.value.problems]


def with_first(report: RegionReport, **changes: object) -> RegionReport:
    first: InstitutionStatement = replace(report.institutions[0], **changes)  # type: ignore[arg-type]
    return replace(report, institutions=(first, *report.institutions[1:]))


def alliance_of(report: RegionReport) -> AllianceStatement:
    assert report.alliance is not None
    return report.alliance


def test_a_consistent_report_passes(report: RegionReport, deficit_report: RegionReport) -> None:
    check_report(report)
    check_report(deficit_report)
    check_report(replace(report, alliance=None))


def test_a_total_line_that_is_one_fen_off_is_refused(report: RegionReport) -> None:
    lines = report.institutions[0].lines
    wrong = (*lines[:-1], replace(lines[-1], amount_fen=lines[-1].amount_fen + 1))
    assert found(with_first(report, lines=wrong)) == [("statements.sum_differs", "H44001 to_clear")]


def test_the_sentence_gives_both_amounts_in_both_languages(report: RegionReport) -> None:
    line = StatementLine("sum", report.region, 101, ("part",))
    lines = (StatementLine("part", report.region, 100), line)
    with pytest.raises(Problems) as caught:
        check_report(with_first(report, lines=lines))
    assert caught.value.sentence("zh") == (
        "[statements.sum_differs] 分项与合计不一致（H44001 sum）：各行之和为 1.00，合计为 1.01。"
        "请检查该批次的计算结果，勿打印。"
    )
    assert "sum of its lines is 1.00, the whole says 1.01" in caught.value.sentence("en")


def test_a_total_line_must_name_other_lines_of_its_statement(report: RegionReport) -> None:
    line = StatementLine("sum", report.region, 0, ("sum", "absent"))
    assert found(with_first(report, lines=(line,))) == [("statements.unknown_line", "H44001 sum")] * 2


def test_lost_cases_are_found_in_every_table(report: RegionReport) -> None:
    count = report.institutions[0].case_count + 1
    places = found(with_first(report, case_count=count))
    assert (
        places
        == [("statements.count_differs", "H44001 case_count")] * 4
        + [("statements.count_differs", "清河县 case_count")] * 3
    )


def test_charges_that_no_group_holds_are_found(report: RegionReport) -> None:
    charges = report.institutions[0].charges_fen + 1
    assert found(with_first(report, charges_fen=charges)) == [
        ("statements.sum_differs", "清河县 charges_fen"),
        ("statements.sum_differs", "清河县 charges_fen"),
        ("statements.sum_differs", "H44001 charges_fen"),
        ("statements.sum_differs", "H44001 charges_fen"),
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"reserve_fen": 74_000_001}, ["share_fen"]),
        ({"returned_fen": 160_000_001}, ["kept_fen"]),
        ({"surplus_fen": 900_000_001}, ["surplus_fen", "kept_fen", "slices"]),
    ],
)
def test_an_alliance_settlement_must_part_the_surplus(
    report: RegionReport, changes: dict[str, int], where: list[str]
) -> None:
    alliance = replace(alliance_of(report), **changes)  # type: ignore[arg-type]
    expected = [("statements.sum_differs", f"A441 {place}") for place in where]
    assert found(replace(report, alliance=alliance)) == expected


def test_between_comparison_base_and_budget_there_is_no_surplus(report: RegionReport) -> None:
    alliance = alliance_of(report)
    nothing = replace(
        alliance,
        comparison_fen=alliance.actual.total_fen - 1,
        surplus_fen=0,
        rate_e4=0,
        slices=(),
        kept_fen=0,
        returned_fen=0,
        reserve_fen=0,
        members=tuple(replace(member, share_fen=0) for member in alliance.members),
    )
    check_report(replace(report, alliance=nothing))


@pytest.mark.parametrize("name", ["../H44001", "", "region", "Region", "H 1", "h44002", ".x"])
def test_an_institution_whose_code_cannot_name_its_file_is_refused(report: RegionReport, name: str) -> None:
    clashing = {"h44002": "H44002"}.get(name, name)
    assert found(with_first(report, institution_id=name)) == [("statements.file_name", clashing)]


def test_unknown_levels_and_roles_are_refused(report: RegionReport) -> None:
    assert found(with_first(report, level="quaternary", role="leader")) == [
        ("statements.unknown_state", "H44001"),
        ("statements.unknown_state", "H44001"),
    ]
