"""No statement is printed whose parts do not sum to their whole."""

import re
from collections.abc import Iterator

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.schema.states import INSTITUTION_LEVEL, MEMBER_ROLE
from tongchou.statements.model import (
    AllianceStatement,
    CaseShare,
    GroupResult,
    InstitutionStatement,
    RegionReport,
    StatementLine,
)

REGION_FILE = "region"
"""Name of the region's own workbook, which no institution may bear."""

_Claim = tuple[str, Text, int, int]
"""Where, what is summed, the sum of the parts, the whole as given."""


def check_report(report: RegionReport) -> None:
    """Refuse a report whose figures disagree with each other or whose files would collide.

    Raises:
        Problems: All that was found: `statements.sum_differs` (amounts), `statements.count_differs` (cases),
            `statements.unknown_line`, `statements.unknown_state`, `statements.file_name`.
    """
    problems = [*_names(report), *_states(report), *_unknown_lines(report)]
    problems += [_differs("statements.sum_differs", *claim, is_money=True) for claim in _amounts(report)]
    problems += [_differs("statements.count_differs", *claim, is_money=False) for claim in _counts(report)]
    if problems:
        raise Problems(problems)


def _amounts(report: RegionReport) -> Iterator[_Claim]:
    """Yield every money claim that does not hold."""
    for claim in _all_amounts(report):
        if claim[2] != claim[3]:
            yield claim


def _all_amounts(report: RegionReport) -> Iterator[_Claim]:
    charges = sum(one.charges_fen for one in report.institutions)
    payable = sum(one.payable_fen for one in report.institutions)
    result = sum(one.hospital_result_fen for one in report.institutions)
    yield from _rows(report.region.zh, report.groups, report.case_kinds, charges, payable, result)
    for one in report.institutions:
        yield from _rows(
            one.institution_id,
            one.groups,
            one.case_kinds,
            one.charges_fen,
            one.payable_fen,
            one.hospital_result_fen,
        )
        yield from _line_sums(one)
    if report.alliance is not None:
        yield from _alliance(report.alliance)


def _rows(
    where: str,
    groups: tuple[GroupResult, ...],
    kinds: tuple[CaseShare, ...],
    charges: int,
    payable: int,
    result: int,
) -> Iterator[_Claim]:
    by_group = Text("各病组之和", "sum over the groups")
    by_kind = Text("各病例类型之和", "sum over the kinds of case")
    yield f"{where} charges_fen", by_group, sum(row.charges_fen for row in groups), charges
    yield f"{where} payable_fen", by_group, sum(row.payable_fen for row in groups), payable
    yield f"{where} result_fen", by_group, sum(row.result_fen for row in groups), result
    yield f"{where} charges_fen", by_kind, sum(row.charges_fen for row in kinds), charges
    yield f"{where} payable_fen", by_kind, sum(row.payable_fen for row in kinds), payable


def _line_sums(one: InstitutionStatement) -> Iterator[_Claim]:
    amounts = {line.line: line.amount_fen for line in one.lines}
    for line in one.lines:
        if line.sums and not _missing_parts(line, one):
            parts = sum(amounts[part] for part in line.sums)
            yield (
                f"{one.institution_id} {line.line}",
                Text("各行之和", "sum of its lines"),
                parts,
                line.amount_fen,
            )


def _missing_parts(line: StatementLine, one: InstitutionStatement) -> list[str]:
    known = {other.line for other in one.lines} - {line.line}
    return [part for part in line.sums if part not in known]


def _alliance(alliance: AllianceStatement) -> Iterator[_Claim]:
    where = alliance.alliance_id
    used = alliance.actual.total_fen
    surplus = alliance.base_fen - used if used > alliance.base_fen else max(alliance.comparison_fen - used, 0)
    yield (
        f"{where} surplus_fen",
        Text("比较基数（超支时为预算）减实际支出", "base less use"),
        surplus,
        alliance.surplus_fen,
    )
    parted = alliance.kept_fen + alliance.returned_fen
    yield f"{where} kept_fen", Text("留用加返还", "kept and returned"), parted, alliance.surplus_fen
    shares = sum(member.share_fen for member in alliance.members) + alliance.reserve_fen
    yield f"{where} share_fen", Text("各成员份额加调节金", "shares and reserve"), shares, alliance.kept_fen
    if alliance.slices:
        amount = sum(part.amount_fen for part in alliance.slices)
        yield f"{where} slices", Text("各分段之和", "sum of the bands"), amount, alliance.surplus_fen
        kept = sum(part.kept_fen for part in alliance.slices)
        yield f"{where} slices", Text("各分段留用之和", "sum kept of the bands"), kept, alliance.kept_fen


def _counts(report: RegionReport) -> Iterator[_Claim]:
    """Yield every claim about numbers of cases that does not hold."""
    for where, count, tables in _case_tables(report):
        for title, parts in tables:
            if parts != count:
                yield where, title, parts, count


def _case_tables(report: RegionReport) -> Iterator[tuple[str, int, list[tuple[Text, int]]]]:
    groups = Text("各病组病例数", "cases of the groups")
    kinds = Text("各类型病例数", "cases of the kinds")
    sources = Text("各权重来源病例数", "cases of the weight sources")
    months = Text("各月病例数", "cases of the months")
    for one in report.institutions:
        tables = [
            (groups, _cases(one.groups)),
            (kinds, _cases(one.case_kinds)),
            (sources, _cases(one.weight_sources)),
            (months, sum(row.case_count for row in one.months)),
        ]
        yield f"{one.institution_id} case_count", one.case_count, tables
    tables = [
        (groups, _cases(report.groups)),
        (kinds, _cases(report.case_kinds)),
        (sources, _cases(report.weight_sources)),
    ]
    yield f"{report.region.zh} case_count", sum(one.case_count for one in report.institutions), tables


def _cases(rows: tuple[GroupResult, ...] | tuple[CaseShare, ...]) -> int:
    return sum(row.case_count for row in rows)


def _differs(code: str, where: str, title: Text, parts: int, whole: int, *, is_money: bool) -> TongchouError:
    shown, given = (format_yuan(parts), format_yuan(whole)) if is_money else (str(parts), str(whole))
    return TongchouError(
        code,
        what=Text("分项与合计不一致", "the parts do not sum to the whole"),
        where=where,
        why=Text(f"{title.zh}为 {shown}，合计为 {given}", f"{title.en} is {shown}, the whole says {given}"),
        remedy=Text("检查该批次的计算结果，勿打印", "look into the run's results before printing"),
    )


def _unknown_lines(report: RegionReport) -> Iterator[TongchouError]:
    for one in report.institutions:
        for line in one.lines:
            for part in _missing_parts(line, one):
                yield TongchouError(
                    "statements.unknown_line",
                    what=Text("合计行引用了不存在的行", "a total line names a line that is not there"),
                    where=f"{one.institution_id} {line.line}",
                    why=Text(f"没有行 {part}", f"there is no line {part}"),
                    remedy=Text("补上该行或改正引用", "add the line or mend the reference"),
                )


def _states(report: RegionReport) -> Iterator[TongchouError]:
    for one in report.institutions:
        if one.level not in INSTITUTION_LEVEL:
            yield _unknown_state(one.institution_id, one.level)
        if one.role is not None and one.role not in MEMBER_ROLE:
            yield _unknown_state(one.institution_id, one.role)
    for member in report.alliance.members if report.alliance else ():
        if member.role not in MEMBER_ROLE:
            yield _unknown_state(member.institution_id, member.role)


def _unknown_state(where: str, state: str) -> TongchouError:
    return TongchouError(
        "statements.unknown_state",
        what=Text("级别或角色未定义", "a level or role is not defined"),
        where=where,
        why=Text(f"“{state}”不是已知的级别或角色", f'"{state}" is no known level or role'),
        remedy=Text("使用数据表规定的取值", "use a value that the table allows"),
    )


def _names(report: RegionReport) -> Iterator[TongchouError]:
    # Compared without case: some file systems would let one institution's file replace another's.
    taken = {REGION_FILE}
    for one in report.institutions:
        name = one.institution_id.casefold()
        if name in taken or not re.fullmatch(r"\w[\w.-]*", one.institution_id):
            yield TongchouError(
                "statements.file_name",
                what=Text("机构代码不能作文件名", "an institution's code cannot name its file"),
                where=one.institution_id,
                why=Text("代码重复、被保留或含有特殊字符", "it is used twice, reserved, or has special characters"),
                remedy=Text("改正机构代码", "mend the institution's code"),
            )
        taken.add(name)
    if report.alliance is not None and not re.fullmatch(r"\w[\w.-]*", report.alliance.alliance_id):
        yield TongchouError(
            "statements.file_name",
            what=Text("医联体代码不能作文件夹名", "the alliance's code cannot name its folder"),
            where=report.alliance.alliance_id,
            why=Text("代码含有特殊字符", "it has special characters"),
            remedy=Text("改正医联体代码", "mend the alliance's code"),
        )
