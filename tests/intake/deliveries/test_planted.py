"""People planted in documents of every format: nothing outside the sealed map, and nothing said, names one of them."""

import csv
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
import xlsxwriter
from tests.intake.readers.made_up_fhir import bundle, resources
from tests.intake.readers.test_hl7 import DISCHARGE, ID_NUMBER, SECRET
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.privacy.keys import new_ring
from tongchou.schema.front_page_fields import front_page_cells
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.region import generate_region
from tongchou.store.lake import Lake

pytestmark = pytest.mark.slow  # a region is generated and taken in
COUNT = 1_000
FORMATS = ("4101", "4101A", "2304", "2301", "2501", "hqms", "excel", "fhir", "hl7", "broken")
_RARE = "龘靐齉爩鱻麤虋厵灪滟籱纞鸾骉驫羴犇猋焱燚淼垚森磊晶鑫"


def planted(number: int) -> dict[str, str]:
    """Return what is unmistakable of a person."""
    return {
        "name": "欧阳" + _RARE[number // 26 % 26] + _RARE[number % 26] + _RARE[(number // 676) % 26],
        "card": f"87654319{40 + number % 60:02d}0101{number:04d}"[:18],
        "phone": f"1397{number:07d}",
        "person": f"QWERTY{number:08d}",
        "street": f"绝密路{number:05d}弄",
        "record": f"BINGAN{number:06d}",
    }


def listed(line: bytes, who: dict[str, str], transaction: str) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(line)
    head = said["input"]["setlinfo"]
    head |= {
        "coner_name": who["name"],
        "coner_tel": who["phone"],
        "coner_addr": who["street"],
        "curr_addr": who["street"],
        "psn_tel": who["phone"],
        "medcasno": who["record"],
        "setl_id": f"S-{who['record'][-4:]}",
    }
    head |= {"psn_name": who["name"], "certno": who["card"]} if transaction == "4101" else {"psn_no": who["person"]}
    return said


def documents(line: bytes, second: bytes, who: dict[str, str], kind: str) -> Any:
    match kind:
        case "4101":
            return listed(line, who, kind)
        case "4101A":
            return listed(second, who, kind)
        case "2304":
            reply = {
                "setl_id": f"N{who['person'][-8:]}",
                "mdtrt_id": f"N{who['person'][-8:]}",
                "psn_no": who["person"],
                "psn_name": who["name"],
            }
            reply |= {"certno": who["card"], "mdtrt_cert_type": "01", "medfee_sumamt": "10.00", "insutype": "310"}
            return {"infno": "2304", "infcode": "0", "output": {"setlinfo": reply}}
        case "2301":
            row = {
                "feedetl_sn": f"N{who['person'][-8:]}",
                "mdtrt_id": f"N{who['person'][-8:]}",
                "psn_no": who["person"],
            }
            row |= {"bilg_dr_name": who["name"], "det_item_fee_sumamt": "1.00", "memo": who["phone"]}
            return {"infno": "2301", "input": {"feedetail": [row]}}
        case "2501":
            row = {"psn_no": who["person"], "psn_name": who["name"], "tel": who["phone"], "addr": who["street"]}
            row |= {"insutype": "310", "refl_rea": f"{who['name']} {who['card']} 要求", "begndate": "2025-03-01"}
            return {"infno": "2501", "fixmedins_code": "H00000000001", "input": {"refmedin": row}}
        case _:
            said = listed(line, who, "4101")
            said["input"]["setlinfo"]["gend"] = who["name"]
            said["input"]["setlinfo"]["brdy"] = who["card"]
            return said


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    """Return a region, a folder of documents, and every word planted in them."""
    folder = tmp_path_factory.mktemp("planted")
    generate_region(folder / "region", seed=2, cases=60)
    landing = folder / "landing"
    landing.mkdir()
    templates = {}
    for transaction in ("4101", "4101A"):
        write_interface_files(folder / "region" / "landing", folder / transaction, seed=1, transaction=transaction)
        templates[transaction] = next(iter(sorted((folder / transaction).glob(f"*-{transaction}.ndjson"))))
    line, second = (templates[name].read_bytes().splitlines()[0] for name in ("4101", "4101A"))
    people = [planted(number) for number in range(COUNT)]
    by_kind = {kind: people[place :: len(FORMATS)] for place, kind in enumerate(FORMATS)}
    # Bundles and messages are many times as long as lists: few of them, and the others as fee lines.
    for kind in ("fhir", "hl7"):
        by_kind["2301"], by_kind[kind] = [*by_kind["2301"], *by_kind[kind][5:]], by_kind[kind][:5]
    for kind in ("4101", "4101A", "2304", "2301", "2501", "broken"):
        lines = [orjson.dumps(documents(line, second, who, kind)) for who in by_kind[kind]]
        if kind == "broken":
            lines += [each[:-40] for each in lines]
        (landing / f"{kind}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    (landing / "hl7.hl7").write_text(
        "".join(DISCHARGE.replace(SECRET, who["name"]).replace(ID_NUMBER, who["card"]) for who in by_kind["hl7"]),
        encoding="utf-8",
    )
    patients = []
    for who in by_kind["fhir"]:
        text = orjson.dumps(bundle(resources())).decode()
        said = orjson.loads(text)
        for entry in said["entry"]:
            if entry["resource"]["resourceType"] == "Patient":
                entry["resource"]["name"] = [{"text": who["name"]}]
                entry["resource"]["telecom"] = [{"system": "phone", "value": who["phone"]}]
                entry["resource"]["address"] = [{"text": who["street"]}]
        patients.append(orjson.dumps(said))
    (landing / "fhir.ndjson").write_bytes(b"\n".join(patients) + b"\n")
    cells = {cell.column: cell.name for cell in front_page_cells("hqms")}
    rows = [
        {
            "A01": "H00000000001",
            "A48": who["record"],
            "B15": "2025-01-05",
            "C03C": "I63.900",
            "D01": "10.00",
            **{
                cells[column]: who[key]
                for column, key in (
                    ("person_name", "name"),
                    ("identity_number", "card"),
                    ("contact_name", "name"),
                    ("contact_phone", "phone"),
                    ("address", "street"),
                )
                if column in cells
            },
        }
        for who in by_kind["hqms"]
    ]
    with (landing / "hqms.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    book = xlsxwriter.Workbook(folder / "own.xlsx")
    sheet = book.add_worksheet("病案")
    sheet.write_row(0, 0, ["病案号", "姓名", "身份证", "电话", "备注"])
    for place, who in enumerate(by_kind["excel"], 1):
        sheet.write_row(place, 0, [who["record"], who["name"], who["card"], who["phone"], who["name"]])
    book.close()
    (folder / "mapping.yaml").write_text(
        "name: own\ncolumns:\n  病案号: settlement_lists.case_number\n  姓名: settlement_lists.person_name\n"
        "  身份证: settlement_lists.identity_number\n  电话: settlement_lists.contact_phone\n",
        encoding="utf-8",
    )
    new_ring(folder / "keys.yaml")
    return folder / "region", landing, [word for who in people for word in who.values()]


def test_nothing_below_the_region_and_nothing_said_names_anybody(
    written: tuple[Path, Path, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    region, landing, words = written
    tables = region / "landing" / "institutions.parquet"
    common = ["--region", str(region), "--key", str(landing.parent / "keys.yaml"), "--jobs", "1"]
    own = [
        "--format",
        "mapped_table",
        "--mapping",
        str(landing.parent / "mapping.yaml"),
        "--institution",
        "H00000000001",
    ]
    said, first = [], ""
    for call in (
        ["intake", str(tables), str(landing), *common, "--json"],
        ["intake", str(landing), *common],
        ["intake", str(landing.parent / "own.xlsx"), *common, *own, "--json"],
    ):
        result = CliRunner().invoke(app, call)
        assert result.exit_code in (0, 1), result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        first = first or result.stdout
        said.append(result.output)
    assert orjson.loads(first)["documents"]["received"] >= COUNT * 8 // 10
    found: dict[str, list[str]] = {}
    contents = {f"said {place}": text.encode() for place, text in enumerate(said)}
    contents["log"] = caplog.text.encode()
    for file in region.rglob("*"):
        if file.is_file() and "identity" not in file.parts and region / "landing" not in file.parents:
            contents[str(file)] = file.read_bytes()
    lake = Lake(region / "lake")
    snapshot = lake.snapshot()
    for name in snapshot.versions:
        for file in lake.files(name, snapshot):
            contents[f"table {name}"] = (
                contents.get(f"table {name}", b"") + repr(pl.read_parquet(file).to_dicts()).encode()
            )
    for name, content in contents.items():
        # Every word holds one of these; only where one occurs is each looked for.
        if any(part.encode() in content for part in ("欧阳", "876543", "1397", "QWERTY", "绝密路", "BINGAN")):
            found[name] = [word for word in words if word.encode() in content]
    assert {name: some[:3] for name, some in found.items() if some} == {}
    assert snapshot.versions.keys() >= {"settlement_lists", "findings", "documents"}
