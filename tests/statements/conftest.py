"""A settled year of an invented county: consistent figures for the tests of this room."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from tongchou.core.money import split_largest_remainder
from tongchou.core.text import Text
from tongchou.schema.states import CASE_KIND, WEIGHT_SOURCE
from tongchou.statements.model import (
    ActualUse,
    AllianceStatement,
    CaseShare,
    Flow,
    GroupResult,
    InstitutionMonth,
    InstitutionStatement,
    Measure,
    MemberShare,
    MonthUse,
    QualityTest,
    RegionReport,
    StatementLine,
    SurplusSlice,
    TableRows,
)

GROUPS = (
    ("BR23", "脑缺血性疾患，伴并发症或合并症", "Cerebral ischaemia with CC", 8600),
    ("BR25", "脑缺血性疾患，不伴并发症或合并症", "Cerebral ischaemia without CC", 7100),
    ("BR21", "脑缺血性疾患，伴严重并发症或合并症", "Cerebral ischaemia with MCC", 13400),
    ("CB39", "晶体手术", "Lens surgery", 7200),
    ("DT19", "中耳炎及上呼吸道感染", "Otitis media and upper respiratory infection", 3600),
    ("ES21", "呼吸系统感染/炎症，伴严重并发症或合并症", "Respiratory infection with MCC", 11900),
    ("ES23", "呼吸系统感染/炎症，伴并发症或合并症", "Respiratory infection with CC", 7600),
    ("ES25", "呼吸系统感染/炎症，不伴并发症或合并症", "Respiratory infection without CC", 5200),
    ("ET21", "慢性气道阻塞病，伴严重并发症或合并症", "Chronic airway obstruction with MCC", 12300),
    ("ET25", "慢性气道阻塞病，不伴并发症或合并症", "Chronic airway obstruction without CC", 7400),
    ("FM19", "经皮冠状动脉支架植入", "Percutaneous coronary stent implantation", 28700),
    ("FR21", "急性心肌梗死，伴严重并发症或合并症", "Acute myocardial infarction with MCC", 15200),
    ("FR43", "冠状动脉粥样硬化/血栓/闭塞，伴并发症或合并症", "Coronary atherosclerosis with CC", 7700),
    ("FV25", "高血压，不伴并发症或合并症", "Hypertension without CC", 5600),
    ("FF33", "静脉系统复杂手术，伴并发症或合并症", "Complex venous surgery with CC", 12100),
    ("GB25", "小肠、大肠、直肠的大手术，不伴并发症或合并症", "Major bowel surgery without CC", 33100),
    ("GD29", "阑尾切除术", "Appendectomy", 11200),
    ("GE19", "疝其他手术", "Hernia surgery", 10400),
    ("GK35", "结肠镜治疗操作，不伴并发症或合并症", "Therapeutic colonoscopy without CC", 7500),
    ("GU25", "其他胃肠病，不伴并发症或合并症", "Other gastrointestinal disease without CC", 4700),
    ("HC25", "胆囊切除手术，不伴并发症或合并症", "Cholecystectomy without CC", 14900),
    ("HS25", "肝硬化，不伴并发症或合并症", "Cirrhosis without CC", 9100),
    ("IC29", "髋、肩、膝、肘和踝关节置换术", "Joint replacement", 47200),
    ("IF35", "下肢骨手术，不伴并发症或合并症", "Lower limb bone surgery without CC", 19400),
    ("IU25", "颈腰背疾患，不伴并发症或合并症", "Neck and back disorders without CC", 5300),
    ("JA29", "乳房恶性肿瘤根治性切除", "Radical mastectomy", 16800),
    ("KS15", "糖尿病，不伴并发症或合并症", "Diabetes without CC", 6500),
    ("LR13", "肾功能不全，伴并发症或合并症", "Renal insufficiency with CC", 9400),
    ("LE15", "经尿道的输尿管、肾盂碎石取石术", "Transurethral stone removal", 14100),
    ("MA29", "前列腺手术", "Prostate surgery", 13000),
    ("NC15", "子宫手术，不伴并发症或合并症", "Uterus surgery without CC", 14600),
    ("OB15", "剖宫产术，不伴并发症或合并症", "Caesarean section without CC", 8600),
    ("OR15", "阴道分娩，不伴并发症或合并症", "Vaginal delivery without CC", 5100),
    ("PU15", "新生儿其他疾患", "Other neonatal disorders", 6900),
    ("RE15", "恶性增生性疾患的化学和/或靶向、生物治疗", "Chemotherapy or targeted therapy", 6800),
    ("XS25", "其他影响健康状态的因素，不伴并发症或合并症", "Other factors influencing health status", 4300),
)

INSTITUTIONS = (
    ("H44001", "清河县人民医院", "Qinghe County People's Hospital", "secondary", "lead", 4600),
    ("H44002", "清河县中医院", "Qinghe County Hospital of Chinese Medicine", "secondary", "hospital", 2100),
    ("H44003", "清河县妇幼保健院", "Qinghe County Maternal and Child Hospital", "secondary", "hospital", 950),
    ("T44011", "城关镇卫生院", "Chengguan Township Health Centre", "primary", "primary", 720),
    ("T44012", "柳林镇卫生院", "Liulin Township Health Centre", "primary", "primary", 510),
    ("T44013", "石桥乡卫生院", "Shiqiao Township Health Centre", "primary", "primary", 430),
    ("T44014", "白马滩镇中心卫生院", "Baimatan Central Township Health Centre", "primary", "primary", 390),
    ("H44090", "清河康复医院（民营）", "Qinghe Rehabilitation Hospital (private)", "primary", None, 300),
)

MONTHS = tuple(f"2025-{month:02d}" for month in range(1, 13))
RATE = 788_000
"""Base rate of the sample, fen."""


@pytest.fixture(scope="session")
def report() -> RegionReport:
    """Return the sample year, which ends with a surplus."""
    return sample_report()


@pytest.fixture(scope="session")
def deficit_report() -> RegionReport:
    """Return the sample year, ending with a deficit."""
    return sample_report(is_deficit=True)


def sample_report(*, is_deficit: bool = False) -> RegionReport:
    """Return the sample year; with a deficit instead of a surplus if asked."""
    random = Random(2025)
    institutions = tuple(_institution(random, *given) for given in INSTITUTIONS)
    return RegionReport(
        run_id="2025-clearing-01",
        region=Text("清河县", "Qinghe County"),
        period="2025",
        scheme=Text("学习用分组方案 0.1", "Learning scheme 0.1"),
        policy_levels=Text("国家、清河县、医共体", "national, county, alliance"),
        prepared_on=date(2026, 2, 28),
        notices=(
            Text(
                "本次使用的分组方案仅供学习，不是国家医保局发布的版本。",
                "The grouping scheme of this run is for learning; it is not the one published by the authority.",
            ),
            Text("214 例的权重借用相邻组。", "The weights of 214 cases were borrowed from a neighbour group."),
        ),
        tables=(
            TableRows("cases", Text("结算清单", "Settlement lists"), 10_048, 48),
            TableRows("diagnoses", Text("诊断", "Diagnoses"), 41_233, 12),
            TableRows("visits", Text("门诊结算", "Outpatient visits"), 182_400, 0),
        ),
        alliance=_alliance(is_deficit),
        institutions=institutions,
        months=_months(random, is_deficit),
        groups=_merged_groups(institutions),
        flows=_flows(),
        case_kinds=_merged_shares([one.case_kinds for one in institutions]),
        weight_sources=_merged_shares([one.weight_sources for one in institutions]),
    )


def _institution(
    random: Random, code: str, zh: str, en: str, level: str, role: str | None, size: int
) -> InstitutionStatement:
    offered = GROUPS if level == "secondary" else tuple(group for group in GROUPS if group[3] < 9000)
    counts = split_largest_remainder(size, {group[0]: random.randint(5, 60) for group in offered})
    groups = [_group(random, group, counts[group[0]], level) for group in offered if counts[group[0]]]
    ungrouped = size // 150
    if ungrouped:
        cost = ungrouped * 912_345
        text = Text("未入组病例", "Ungrouped cases")
        groups.append(GroupResult("", text, ungrouped, 0, cost, cost * 7 // 10, cost * 7 // 10 - cost))
    count = size + ungrouped
    charges, payable = sum(row.charges_fen for row in groups), sum(row.payable_fen for row in groups)
    patient = payable * 31 // 100
    fund = payable - patient
    due = split_largest_remainder(fund, {month: random.randint(80, 110) for month in MONTHS})
    cases = split_largest_remainder(count, {month: random.randint(80, 110) for month in MONTHS})
    months = tuple(
        InstitutionMonth(month, cases[month], due[month], due[month] * 95 // 100, due[month] - due[month] * 95 // 100)
        for month in MONTHS
    )
    kinds = {"normal": 93, "high": 3, "low": 3, "ungrouped": 1}
    sources = {"measured": 90, "adrg": 6, "neighbour": 3, "none": 1}
    return InstitutionStatement(
        institution_id=code,
        name=Text(zh, en),
        level=level,
        role=role,
        case_count=count,
        ungrouped_count=ungrouped,
        cmi_e4=sum(row.weight_e4 * row.case_count for row in groups) // size,
        charges_fen=charges,
        standard_fen=payable - 1_234_567,
        payable_fen=payable,
        patient_fen=patient,
        fund_fen=fund,
        hospital_result_fen=payable - charges,
        lines=_lines(fund, months),
        months=months,
        groups=tuple(groups),
        case_kinds=_shares(kinds, CASE_KIND, count, charges, payable),
        weight_sources=_shares(sources, WEIGHT_SOURCE, count, charges, payable),
    )


def _group(random: Random, group: tuple[str, str, str, int], count: int, level: str) -> GroupResult:
    drg, zh, en, weight = group
    payable = weight * RATE // 10_000 * count * (100 if level == "secondary" else 94) // 100
    charges = payable * random.randint(82, 117) // 100 + random.randint(0, 99)
    return GroupResult(drg, Text(zh, en), count, weight, charges, payable, payable - charges)


def _lines(fund: int, months: tuple[InstitutionMonth, ...]) -> tuple[StatementLine, ...]:
    prepaid, deposit = sum(row.prepaid_fen for row in months), sum(row.deposit_fen for row in months)
    returned = deposit * 95 // 100
    return (
        StatementLine("fund_due", Text("统筹基金应付", "Fund's part due"), fund),
        StatementLine("prepaid", Text("已按月预付", "Prepaid by month"), -prepaid),
        StatementLine("deposit", Text("质量保证金", "Quality deposit withheld"), -deposit),
        StatementLine("returned", Text("按考核得分返还保证金", "Deposit returned by the score"), returned),
        StatementLine(
            "to_clear",
            Text("年终清算应拨付", "To be paid at clearing"),
            fund - prepaid - deposit + returned,
            ("fund_due", "prepaid", "deposit", "returned"),
        ),
    )


def _shares(
    parts: dict[str, int], names: dict[str, Text], count: int, charges: int, payable: int
) -> tuple[CaseShare, ...]:
    split = [split_largest_remainder(whole, parts) for whole in (count, charges, payable)]
    return tuple(CaseShare(key, names[key], *(column[key] for column in split)) for key in parts)


def _merged_groups(institutions: tuple[InstitutionStatement, ...]) -> tuple[GroupResult, ...]:
    merged: dict[str, GroupResult] = {}
    for row in (row for one in institutions for row in one.groups):
        old = merged.get(row.drg)
        merged[row.drg] = (
            row
            if old is None
            else GroupResult(
                row.drg,
                row.name,
                old.case_count + row.case_count,
                row.weight_e4,
                old.charges_fen + row.charges_fen,
                old.payable_fen + row.payable_fen,
                old.result_fen + row.result_fen,
            )
        )
    return tuple(merged.values())


def _merged_shares(shares: list[tuple[CaseShare, ...]]) -> tuple[CaseShare, ...]:
    return tuple(
        CaseShare(
            rows[0].key,
            rows[0].name,
            sum(row.case_count for row in rows),
            sum(row.charges_fen for row in rows),
            sum(row.payable_fen for row in rows),
        )
        for rows in zip(*shares, strict=True)
    )


def _alliance(is_deficit: bool) -> AllianceStatement:
    base = 10_000_000_000
    surplus = -800_000_000 if is_deficit else 900_000_000
    actual = ActualUse(4_200_000_000, 1_310_000_000, 2_350_000_000, 0)
    actual = ActualUse(4_200_000_000, 1_310_000_000, 2_350_000_000, base - surplus - actual.total_fen)
    if is_deficit:
        slices = (
            SurplusSlice(0, 500, 3000, -500_000_000, -150_000_000),
            SurplusSlice(500, 1000, 5000, -300_000_000, -150_000_000),
        )
        reserve = 0
    else:
        slices = (
            SurplusSlice(0, 500, 10_000, 500_000_000, 500_000_000),
            SurplusSlice(500, 1000, 6000, 400_000_000, 240_000_000),
        )
        reserve = 74_000_000
    kept = sum(part.kept_fen for part in slices)
    members = [given for given in INSTITUTIONS if given[4]]
    heads = {given[0]: given[5] * 37 for given in members}
    shares = split_largest_remainder(kept - reserve, heads)
    return AllianceStatement(
        alliance_id="A441",
        name=Text("清河县紧密型医共体", "Qinghe County tight alliance"),
        base_fen=base,
        comparison_fen=base,
        comparison_name=Text("上年增长后的预算", "prior year grown"),
        actual=actual,
        surplus_fen=surplus,
        rate_e4=surplus * 10_000 // base,
        quality=QualityTest(Decimal("91.5"), Decimal(80)),
        slices=slices,
        kept_fen=kept,
        returned_fen=surplus - kept,
        reserve_fen=reserve,
        members=tuple(
            MemberShare(
                code,
                Text(zh, en),
                role or "",
                (
                    Measure("contracted_heads", Text("签约人数", "Contracted heads"), Decimal(heads[code])),
                    Measure("case_weight", Text("病例权重", "Case weight"), Decimal(size) * Decimal("1.0625")),
                ),
                shares[code],
            )
            for code, zh, en, _, role, size in members
        ),
    )


def _months(random: Random, is_deficit: bool) -> tuple[MonthUse, ...]:
    used = 10_800_000_000 if is_deficit else 9_100_000_000
    budget = split_largest_remainder(10_000_000_000, dict.fromkeys(MONTHS, 1))
    use = split_largest_remainder(used, {month: random.randint(85, 115) for month in MONTHS})
    return tuple(
        MonthUse(month, use[month] * 6 // 10, use[month] - use[month] * 6 // 10, budget[month]) for month in MONTHS
    )


def _flows() -> tuple[Flow, ...]:
    township, seat = Text("乡镇签约居民", "Township residents"), Text("县城签约居民", "Residents of the seat")
    primary, lead = Text("乡镇卫生院", "Township centres"), Text("牵头医院", "Lead hospital")
    county, city = (
        Text("县内其他医院", "Other county hospitals"),
        Text("市级三级医院", "City tertiary hospitals"),
    )
    return (
        Flow("treatment", township, primary, 1850, 620_000_000),
        Flow("treatment", township, lead, 2710, 2_240_000_000),
        Flow("treatment", township, county, 1840, 980_000_000),
        Flow("treatment", township, city, 930, 1_180_000_000),
        Flow("treatment", seat, primary, 200, 61_000_000),
        Flow("treatment", seat, lead, 1890, 1_460_000_000),
        Flow("treatment", seat, county, 1210, 640_000_000),
        Flow("treatment", seat, city, 610, 830_000_000),
        Flow("referral", primary, lead, 842, 0),
        Flow("referral", primary, county, 216, 0),
        Flow("referral", lead, city, 388, 0),
        Flow("referral", lead, primary, 517, 0),
        Flow("referral", city, lead, 143, 0),
    )
