"""A county into which people are planted everywhere: what is handed in, and every command by which it is."""

import shutil
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from tests.intake.secrecy.exchange_people import bundles, messages_of
from tests.intake.secrecy.interface_people import SENDER, InterfaceDesk, in_replies_names
from tests.intake.secrecy.page_people import write_front_pages, write_own_tables
from tests.intake.secrecy.people import Crowd
from tests.intake.secrecy.table_people import write_tables
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.privacy.keys import new_ring
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.region import generate_region

_REFERRAL = {
    "insutype": "310",
    "insu_optins": "990101",
    "diag_code": "J18.900",
    "diag_name": "肺炎",
    "reflin_medins_no": SENDER,
    "reflin_medins_name": "云栖县人民医院",
    "mdtrtarea_admdvs": "990101",
    "refl_type": "01",
    "refl_date": "2025-03-01",
    "begndate": "2025-03-01",
}


@dataclass
class PlantedCounty:
    """Where people were planted, and what was said while they were handed in.

    Attributes:
        folder: Everything; the region is in `region`, what is exported in `out`.
        crowd: The people.
        said: What each command printed, and how it failed.
        exit_code: How the last one ended.
        report: What was said of the first files.
    """

    folder: Path
    crowd: Crowd = field(default_factory=Crowd)
    said: dict[str, str] = field(default_factory=dict)
    exit_code: int = 0
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def region(self) -> Path:
        return self.folder / "region"

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def ask(self, *words: object) -> str:
        """Run a command for the region that has nothing to complain of."""
        told = self.call(*words)
        assert self.exit_code == 0, [*self.said.items()][-1]
        return told

    def call(self, *words: object) -> str:
        """Run a command for the region; it may end with findings, never by surprise."""
        result = CliRunner().invoke(app, [*map(str, words), "--region", str(self.region)])
        told = result.output + (repr(result.exception) if result.exception else "")
        self.said[f"{len(self.said)} {words[0]} {words[1]}"] = told
        self.exit_code = result.exit_code
        assert result.exit_code in (0, 1), told
        assert result.exception is None or isinstance(result.exception, SystemExit), told
        return result.stdout

    def intake(self, *words: object) -> str:
        """Take files in."""
        return self.call("intake", *words, "--keys", self.folder / "keys.yaml", "--jobs", "1")


def plant(folder: Path) -> PlantedCounty:
    """Make a region, and hand in people by every reader; then correct, withdraw and complete what they brought."""
    county = PlantedCounty(folder)
    generate_region(county.region, seed=2, cases=60)
    new_ring(folder / "keys.yaml")
    county.out.mkdir()
    county.ask("intake", county.region / "landing", "--json")
    first, odd, own, later = (folder / name for name in ("first", "odd", "own", "later"))
    for each in (first, odd, own, later):
        each.mkdir()
    _write_code_map(county)
    desk = InterfaceDesk(county.crowd, _templates(folder), first)
    _first_files(county, desk, first)
    county.report = orjson.loads(county.intake(first, "--json"))
    for name, content in _no_files(county):
        (odd / name).write_bytes(content)
        county.intake(odd / name)
    book_of_own = write_own_tables(county.crowd, own)
    for file in book_of_own[:2]:
        county.intake(file, "--format", "mapped_table", "--mapping", book_of_own[2], "--institution", SENDER, "--json")
    _later_files(county, later)
    county.intake(later)
    county.call("intake", "map", own / "own.csv", "--yes")
    tables = folder / "tables"
    tables.mkdir()
    county.intake(*write_tables(county.crowd, county.region / "landing", tables))
    _write_uploads(county)
    shutil.rmtree(county.region / "landing")
    return county


def _first_files(county: PlantedCounty, desk: InterfaceDesk, folder: Path) -> None:
    crowd = county.crowd
    kept = desk.sound("4101", 12)
    asked = desk.lists("4101A", ["phone", "words"])
    desk.write("4101.ndjson", [*kept, *desk.lists("4101", ["name", "card"])])
    desk.write("4101A.ndjson", [*desk.sound("4101A", 12), *asked], "gb18030")
    desk.write("4103.ndjson", [in_replies_names(each) for each in desk.lists("4101A", ["numbers"])])
    desk.write("2304.ndjson", [*desk.lists("2304", ["sentence", "phone"]), *desk.replies(asked[::2])])
    desk.write("2301.ndjson", desk.lists("2301", ["name", "card"]))
    desk.write("2501.ndjson", desk.lists("2501", ["name", "numbers"]))
    desk.write("broken.ndjson", [*desk.sound("4101", 1), *desk.broken(40)])
    desk.write_register("insured_persons.csv")
    file_name = crowd.next()
    desk.write(f"出院-{file_name.name}-{file_name.card}.ndjson", [desk.sound("4101", 1)[0]])
    write_front_pages(crowd, "hqms", folder / "hqms.csv", "utf-8")
    write_front_pages(crowd, "weitong4", folder / "weitong4.csv", "gb18030")
    write_front_pages(crowd, "pinyin", folder / "pinyin.csv", "utf-8-sig")
    (folder / "bundles.ndjson").write_bytes(b"\n".join(bundles(crowd)) + b"\n")
    (folder / "messages.hl7").write_text("".join(messages_of(crowd)), encoding="utf-8")


def _no_files(county: PlantedCounty) -> Iterator[tuple[str, bytes]]:
    """Yield files that are refused as a whole, called by people and full of them."""
    for suffix in ("pdf", "json", "hl7", "xlsx"):
        who = county.crowd.next()
        yield f"{who.name}.{suffix}", f"{who.name} {who.card}".encode()
        yield f"{who.contact}{who.card}.{suffix}", b"[]"
    for table in ("persons", "cases", "insured_persons"):
        who = county.crowd.next()
        yield f"{table}-{who.name}{who.phone}.csv", f"{who.name},{who.card},{who.name}\n1,2,3\n".encode()


def _later_files(county: PlantedCounty, folder: Path) -> None:
    """Write corrections of lists, withdrawals, and replies for some that wait."""
    lines = [orjson.loads(line) for line in (county.folder / "first" / "4101.ndjson").read_bytes().splitlines()[:12]]
    for each in lines[:8]:
        who = county.crowd.next()
        each["input"]["setlinfo"] |= {"dcla_time": "2025-02-12 09:00:00", "curr_addr": who.address}
        each["input"]["setlinfo"] |= {"coner_name": who.name, "otp_wm_dise": who.name, "days_rinp_pup_31": who.contact}
    withdrawn = []
    for each in lines[8:]:
        who, head = county.crowd.next(), each["input"]["setlinfo"]
        kept = {name: head[name] for name in ("setl_id", "mdtrt_id", "psn_no")}
        body = {"stastinfo": {**kept, "stas_type": "0", "psn_name": who.name, who.name: who.card}}
        withdrawn.append({"infno": "4102", "fixmedins_code": SENDER, "opter_name": who.doctor_name, "input": body})
    texts = [orjson.dumps(each) for each in (*lines[:8], *withdrawn)]
    (folder / "corrected.ndjson").write_bytes(b"\n".join(texts) + b"\n")


def _templates(folder: Path) -> Mapping[str, dict[str, Any]]:
    tables = folder / "region" / "landing"
    found: dict[str, dict[str, Any]] = {}
    for transaction in ("4101", "4101A"):
        written = write_interface_files(tables, folder / f"made-{transaction}", seed=1, transaction=transaction)
        for name in (transaction, "2304", "2301"):
            file = written.files[0].with_name(written.files[0].name.replace(f"-{transaction}.", f"-{name}."))
            found[name] = orjson.loads(file.read_bytes().splitlines()[0])
    found["2301"]["fixmedins_code"] = found["2304"]["fixmedins_code"] = SENDER
    found["2501"] = {"infno": "2501", "fixmedins_code": SENDER, "input": {"refmedin": deepcopy(_REFERRAL)}}
    return found


def _write_code_map(county: PlantedCounty) -> None:
    folder = county.region / "code_maps"
    folder.mkdir()
    for kind, code in (("diagnosis", "T78.400x002"), ("department", "A03"), ("fee_item", "bed_01"), ("operation", "x")):
        (folder / f"{kind}.yaml").write_text(
            f"id: {kind}\nkind: {kind}\nstep: 1\nfrom: own\nto: yb\ntitle: {{zh: 对照, en: map}}\npublisher: 局\n"
            "source: 文\nvalid_from: 2020-01-01\n",
            encoding="utf-8",
        )
        (folder / f"{kind}.csv").write_text(f"from_code,to_code\n{code},{code}\n", encoding="utf-8")


def _write_uploads(county: PlantedCounty) -> None:
    """Lay out files that are to be uploaded, called by people and full of them."""
    who = county.crowd.next()
    county.uploads.mkdir()
    lines = (county.folder / "first" / "4101.ndjson").read_bytes().splitlines()[20:40]
    (county.uploads / f"{who.name}{who.card}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    (county.uploads / f"出院-{who.contact}.json").write_bytes(lines[0][:-30] + who.name.encode())
    (county.uploads / f"persons-{who.phone}.csv").write_bytes(f"{who.name},{who.card}\n{who.phone},1\n".encode())
    (county.uploads / f"{who.doctor_name}.exe").write_bytes(who.name.encode())
