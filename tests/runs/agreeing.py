"""A small county with two alliances that share its people by their contracts, and packs written for them."""

import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.intake import take_in
from tongchou.runs.region import Region, open_region
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

CASES = 120
SOUTHERN = {"H00000000002", *(f"H100000000{number:02d}" for number in range(8, 15))}
"""The second alliance: the hospital of Chinese medicine and seven townships."""


def two_alliances(folder: Path, southern_type: str = "tight", southern_until: date | None = None) -> Region:
    """Generate a county, put a part of its alliance into a second one, and take it in."""
    generate_region(folder, seed=11, cases=CASES)
    alliances = pq.read_table(folder / "landing/alliances.parquet")
    (first,) = alliances.to_pylist()
    types = {"north": "tight", "south": southern_type}
    rows = [
        {**first, "alliance_id": each, "name_zh": each, "name_en": each, "alliance_type": kind}
        for each, kind in types.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=alliances.schema), folder / "landing/alliances.parquet")
    members = pq.read_table(folder / "landing/alliance_members.parquet")
    moved = []
    for row in members.to_pylist():
        is_southern = row["institution_id"] in SOUTHERN
        role = "lead" if row["institution_id"] == "H00000000002" else row["role"]
        moved.append(
            {
                **row,
                "alliance_id": "south" if is_southern else "north",
                "role": role,
                **({"valid_until": southern_until} if is_southern else {}),
            }
        )
    pq.write_table(pa.Table.from_pylist(moved, schema=members.schema), folder / "landing/alliance_members.parquet")
    write_values(folder / "policy", {"alliance/package/population": "contracted"})
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine)
    return region


def copied(region: Region, folder: Path) -> Region:
    """Copy a region's folder and open the copy."""
    shutil.copytree(region.folder, folder)
    return open_region(folder)


def write_alliance(region: Region, alliance_id: str, values: dict[str, str], **head: str) -> Path:
    """Write the pack of an alliance; `head` replaces its id, level or parent."""
    return write_pack(
        region.policy_folder / "alliances" / alliance_id,
        {"id": alliance_id, "level": "alliance", "parent": region.pack, **head},
        values,
    )


def write_institution(region: Region, institution_id: str, values: dict[str, str], **head: str) -> Path:
    """Write the pack of an institution; `head` replaces its id, level or parent."""
    return write_pack(
        region.policy_folder / "institutions" / institution_id,
        {"id": institution_id, "level": "hospital", "parent": region.pack, **head},
        values,
    )


def write_pack(folder: Path, head: dict[str, str], values: dict[str, str]) -> Path:
    """Write a pack: its head, and its values from the beginning of 2025 on."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [*(f"{key}: {value}" for key, value in head.items()), f"name: {{zh: {head['id']}约定, en: {head['id']}}}"]
    (folder / "pack.yaml").write_text("\n".join(lines), encoding="utf-8")
    write_values(folder, values)
    return folder


def write_values(folder: Path, values: dict[str, str], start: date = date(2025, 1, 1), more: str = "") -> None:
    """Write dated values into a pack, one file each."""
    for name, value in values.items():
        path = folder / "parameters" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"values:\n  - {{from: {start}, value: {value}, source: {{title: 约定 / agreed}}{more}}}\n"
        path.write_text(text, encoding="utf-8")
