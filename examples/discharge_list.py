r"""Settle a plain list of discharges: one CSV row per stay, no fee lines, no persons.

    python examples/discharge_list.py LIST.csv DIR --year 2024 --weights WEIGHTS.csv \
        --employee-rate 12252.70 --resident-rate 9649.24
    tongchou intake DIR/landing --region DIR
    tongchou settle --region DIR --period 2024 --scheme chs-drg-1.1

The list has the columns case_id, gender (1/2), age, newborn_age_days, newborn_weight_g, dept_code, los_days,
discharge_mode (1-5, 9), total_cost_yuan, dx_codes, op_codes (joined by |, principal first), insurance (职工/居民).

What such a list does not say is assumed, and should be known to whoever reads the result: all stays are of one
tertiary hospital and end on the last day of the year, every stay is another person, nothing is self-paid outside the
benefit's scope, and benefits are those of the invented demonstration city.
"""

import argparse
import csv
import shutil
from datetime import date, timedelta
from pathlib import Path

DISCHARGE_WAYS = {
    "1": "home",
    "2": "transfer",
    "3": "transfer_primary",
    "4": "against_advice",
    "5": "death",
    "9": "other",
}
INSURANCE_TYPES = {"职工": "employee", "居民": "resident"}
SEXES = {"1": "male", "2": "female"}
HOSPITAL = "H00000000001"
WEIGHT_TABLE = "published"

SOURCE = "{title: 导入的权重与费率 / weights and rates as handed in}"


def main() -> None:
    """Write the region's folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--year", type=int, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="CSV with the columns drg and weight")
    parser.add_argument("--employee-rate", required=True, help="yuan per weight")
    parser.add_argument("--resident-rate", required=True, help="yuan per weight")
    parser.add_argument(
        "--missing", choices=["neighbour_then_measured", "measured"], default="neighbour_then_measured",
        help="what to do about a group that the table does not hold",
    )  # fmt: skip
    wanted = parser.parse_args()
    write_region(wanted.folder, wanted.year)
    write_policy(wanted.folder / "policy", wanted.year, wanted.employee_rate, wanted.resident_rate, wanted.missing)
    (wanted.folder / "weights").mkdir()
    shutil.copyfile(wanted.weights, wanted.folder / "weights" / f"{WEIGHT_TABLE}.csv")
    count = write_tables(wanted.list, wanted.folder / "landing", date(wanted.year, 12, 31))
    print(f"{count} 例 / cases → {wanted.folder}")
    print(f"下一步 / next: tongchou intake {wanted.folder}/landing --region {wanted.folder}")


def write_region(folder: Path, year: int) -> None:
    """Write the region's own file."""
    folder.mkdir(parents=True)
    text = f"id: discharge_list\nname: {{zh: 出院清单 {year}, en: Discharge list {year}}}\npack: discharge_list\n"
    (folder / "region.yaml").write_text(text, encoding="utf-8")


def write_policy(folder: Path, year: int, employee_rate: str, resident_rate: str, missing: str) -> None:
    """Write the policy pack: weights and rates from tables, everything else from the demonstration city."""
    values = {
        "payment/drg/weights/source": "table",
        "payment/drg/weights/table": WEIGHT_TABLE,
        "payment/drg/weights/missing": missing,
        "payment/drg/base_rate/source": "table",
        "payment/drg/base_rate/value": f"{{employee: {employee_rate}, resident: {resident_rate}}}",
        "settlement/assessment/score": "{default: 100}",
    }
    for name, value in values.items():
        path = folder / "parameters" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"values:\n  - from: {year}-01-01\n    value: {value}\n    source: {SOURCE}\n"
        path.write_text(text, encoding="utf-8")
    pack = "id: discharge_list\nname: {zh: 出院清单, en: discharge list}\nlevel: county\nparent: demo_city\n"
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")


def write_tables(source: Path, landing: Path, discharged_on: date) -> int:
    """Write institutions, cases, diagnoses and procedures as the table contracts ask; return the number of cases."""
    landing.mkdir()
    with source.open(encoding="utf-8-sig", newline="") as file:
        stays = list(csv.DictReader(file))
    institution = {
        "institution_id": HOSPITAL, "valid_from": date(discharged_on.year, 1, 1), "valid_until": "",
        "name_zh": "清单医院", "name_en": "Hospital of the list", "level": "tertiary",
        "kind": "general_hospital", "area_id": "000000", "bed_count": 0,
    }  # fmt: skip
    write(landing / "institutions.csv", [institution])
    write(landing / "cases.csv", [as_case(stay, discharged_on) for stay in stays])
    for column, name in (("dx_codes", "diagnoses"), ("op_codes", "procedures")):
        codes = [
            {"case_id": stay["case_id"], "seq": number, "code": code}
            for stay in stays
            for number, code in enumerate(filter(None, stay[column].split("|")), start=1)
        ]
        write(landing / f"{name}.csv", codes)
    return len(stays)


def as_case(stay: dict[str, str], discharged_on: date) -> dict[str, object]:
    """Return a stay as a row of the table `cases`."""
    days = max(1, int(stay["los_days"]))
    return {
        "case_id": stay["case_id"],
        "person_id": f"P-{stay['case_id']}",
        "institution_id": HOSPITAL,
        "insurance_type": INSURANCE_TYPES[stay["insurance"]],
        "sex": SEXES[stay["gender"]],
        "age_years": stay["age"],
        "age_days": stay["newborn_age_days"],
        "birth_weight_g": stay["newborn_weight_g"],
        "department": stay["dept_code"],
        "admission_route": "other",
        "admitted_on": discharged_on - timedelta(days=days),
        "discharged_on": discharged_on,
        "settled_on": discharged_on,
        "los_days": days,
        "discharge_way": DISCHARGE_WAYS[stay["discharge_mode"]],
        "icu_hours": 0,
        "ventilator_hours": 0,
        "total_yuan": stay["total_cost_yuan"],
        "self_paid_yuan": 0,
        "first_self_pay_yuan": 0,
        "over_limit_yuan": 0,
    }


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
