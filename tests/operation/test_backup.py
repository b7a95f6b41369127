"""A backup made while people work comes back whole in another folder, on SQLite and on PostgreSQL, or not at all."""

import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tests.operation.conftest import PASSWORD, PLACES
from tests.records_on import KINDS, NewUrl
from tests.settled_county import SettledCounty

from tongchou.access.demo_accounts import make_demo_accounts
from tongchou.access.rules import built_in_rules
from tongchou.access.sign_in import sign_in
from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_file
from tongchou.records.audit import verify
from tongchou.records.database import Records, open_records
from tongchou.records.models import Base
from tongchou.runs.books import Books
from tongchou.runs.explain import open_run
from tongchou.runs.region import Region, open_region
from tongchou.schema.tables import CASES
from tongchou.store.engines import open_engine
from tongchou.workplace.archive import writing
from tongchou.workplace.backup import back_up, restore

NOW = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


@pytest.fixture(scope="module", params=KINDS)
def kept(
    request: pytest.FixtureRequest,
    settled_county: SettledCounty,
    new_url: NewUrl,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[SettledCounty, Records, Path, NewUrl]]:
    """Give a county with people, its records on each database, and a backup of both."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")
    base = tmp_path_factory.mktemp("backup")
    shutil.copytree(settled_county.folder, base / "county")
    with closing(open_records(new_url(request.param))) as records:
        make_demo_accounts(records, built_in_rules(), PLACES, NOW, password=PASSWORD)
        archive = base / "county.tar.zst"
        back_up(open_region(base / "county"), records, archive, "test", NOW)
        yield SettledCounty(base / "county", settled_county.run_id), records, archive, new_url


@pytest.mark.parametrize("kind", KINDS)
def test_records_come_back_row_for_row_on_either_database(
    kept: tuple[SettledCounty, Records, Path, NewUrl], kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _, records, archive, new_url = kept
    if kind == "postgresql":
        request.getfixturevalue("postgres_server")
    url = new_url(kind)
    restore(archive, tmp_path / "county", url)
    with closing(open_records(url)) as restored:
        assert rows(restored) == rows(records)
        with restored.reading() as session:
            assert not verify(session)
        assert sign_in(restored, built_in_rules(), "demo_hospital", PASSWORD, NOW).secret


def test_statements_are_the_same_byte_for_byte_and_the_books_still_verify(
    kept: tuple[SettledCounty, Records, Path, NewUrl], tmp_path: Path, case_of: Callable[[str], str]
) -> None:
    county, _, archive, new_url = kept
    restore(archive, tmp_path / "new", new_url("sqlite"))
    before, after = open_region(county.folder), open_region(tmp_path / "new")
    statements = sorted((county.folder / "runs").rglob("*.xlsx"))
    assert len(statements) > 10
    for path in (*statements, *(county.folder / "runs").rglob("*.html"), *(county.folder / "policy").rglob("*.yaml")):
        assert hash_file(tmp_path / "new" / path.relative_to(county.folder)) == hash_file(path)
    assert after.lake.snapshot() == before.lake.snapshot()
    assert why(after, county.run_id, case_of(PLACES.lead_id)) == why(before, county.run_id, case_of(PLACES.lead_id))
    with open_engine("duckdb") as engine:
        books = Books(after.lake, engine, after.region_id)
        assert books.problems(books.heads(), None) == []
        assert books.journal() == Books(before.lake, engine, before.region_id).journal()


def test_what_a_batch_not_committed_has_written_is_not_in_the_backup(
    settled_county: SettledCounty, tmp_path: Path
) -> None:
    shutil.copytree(settled_county.folder, tmp_path / "county")
    region = open_region(tmp_path / "county")
    rows_before = count(region)
    with open_engine("duckdb") as engine:
        batch = region.lake.batch("half", "intake")
        with batch as writing_batch:
            files = region.lake.files(CASES.name, region.lake.snapshot())
            writing_batch.write(CASES, engine.stream(engine.scan(files, CASES.arrow_schema)))
            with closing(open_records(f"sqlite:///{tmp_path / 'county' / 'records.db'}")) as records:
                back_up(region, records, tmp_path / "half.tar.gz", "test", NOW)
            writing_batch.writes.clear()  # nothing of it is committed
    restore(tmp_path / "half.tar.gz", tmp_path / "new")
    restored = open_region(tmp_path / "new")
    assert count(restored) == rows_before
    with restored.lake.batch("another", "intake"):
        pass  # the restored lake is written to as ever
    assert count(restored) == rows_before


def test_keys_and_locks_are_never_in_a_backup(settled_county: SettledCounty, tmp_path: Path) -> None:
    shutil.copytree(settled_county.folder, tmp_path / "county")
    for name, content in (
        ("ledger.key", "anything"),
        ("policy/signing.txt", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"),
        ("identity/ring.yaml", "format: tongchou-key-ring-1\n"),
        ("identity/map.sealed", "sealed"),
    ):
        path = tmp_path / "county" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    with closing(open_records(f"sqlite:///{tmp_path / 'county' / 'records.db'}")) as records:
        kept = back_up(open_region(tmp_path / "county"), records, tmp_path / "one.tar.gz", "test", NOW)
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        names = archive.getnames()
    assert kept.left_out == ("identity/ring.yaml", "ledger.key", "policy/signing.txt")
    assert "region/identity/map.sealed" in names
    assert not [name for name in names if name.endswith((".key", ".lock", "signing.txt", "ring.yaml", "records.db"))]


def test_a_restore_overwrites_nothing(kept: tuple[SettledCounty, Records, Path, NewUrl], tmp_path: Path) -> None:
    county, records, archive, _ = kept
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").touch()
    with pytest.raises(TongchouError, match=r"workplace\.not_empty"):
        restore(archive, tmp_path / "used")
    with pytest.raises(TongchouError, match=r"records\.not_empty"):
        restore(archive, tmp_path / "new", records.engine.url.render_as_string(hide_password=False))
    with pytest.raises(TongchouError, match=r"workplace\.backup_in_region"):
        back_up(open_region(county.folder), records, county.folder / "in.tar.gz", "test", NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["used"]


@pytest.mark.parametrize("hurt", ["cut", "changed", "without a file", "with a path outside", "of another kind"])
def test_a_damaged_backup_leaves_nothing_behind(
    hurt: str, kept: tuple[SettledCounty, Records, Path, NewUrl], tmp_path: Path
) -> None:
    _, _, archive, _ = kept
    broken = tmp_path / "broken.tar.zst"
    hurt_archive(hurt, archive, broken, tmp_path)
    with pytest.raises(TongchouError, match=r"workplace\.archive_(damaged|format)"):
        restore(broken, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "plain.tar") == ["broken.tar.zst"]


def hurt_archive(hurt: str, archive: Path, broken: Path, folder: Path) -> None:
    packed = archive.read_bytes()
    if hurt == "cut":
        broken.write_bytes(packed[: len(packed) // 2])
        return
    if hurt == "of another kind":
        with writing(broken, {"format": "another"}):
            pass
        return
    plain = folder / "plain.tar"
    with pa.CompressedInputStream(pa.OSFile(str(archive)), "zstd") as content:
        whole = bytearray(content.read())
    if hurt == "changed":
        at = whole.index(b"PAR1") + 40
        whole[at] ^= 1
    plain.write_bytes(whole)
    if hurt in {"without a file", "with a path outside"}:
        with tarfile.open(plain) as old, tarfile.open(folder / "new.tar", "w") as new:
            for member in old:
                if hurt == "without a file" and member.name.endswith("region.xlsx"):
                    continue
                if hurt == "with a path outside" and member.name.endswith("region.xlsx"):
                    member.name = "../outside.xlsx"
                new.addfile(member, old.extractfile(member))
        whole = bytearray((folder / "new.tar").read_bytes())
        (folder / "new.tar").unlink()
    with pa.CompressedOutputStream(pa.OSFile(str(broken), "wb"), "zstd") as out:
        out.write(bytes(whole))


def rows(records: Records) -> dict[str, list[tuple[object, ...]]]:
    with records.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=str)
            for table in Base.metadata.sorted_tables
            if table.name != "sign_ins"
        }


def why(region: Region, run_id: str, case_id: str) -> object:
    with open_engine("duckdb") as engine:
        return open_run(region, run_id, engine).case(case_id)


def count(region: Region) -> int:
    with open_engine("duckdb") as engine:
        files = region.lake.files(CASES.name, region.lake.snapshot())
        return len(engine.collect(engine.scan(files, CASES.arrow_schema)))
