"""The sealed map: which identity stands behind a pseudonym, read only with the key of the map, a name and a purpose.

A record is the identity values seen for one person, as JSON, sealed with SM4-GCM under a nonce of its own and bound to
its pseudonym, its version of the key and the region. A person's id is the pseudonym of its strongest identifier under
the first key (the platform's number before a document), whichever came first; other identifiers of the same person, and
pseudonyms under later keys, are aliases of it, so that whoever comes again gets the same id. Where an identifier comes
later that is stronger, or ties two ids together, the former id is noted as merged into the one that stands.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.privacy.access_log import Access, AccessLog
from tongchou.privacy.keys import KeyRing
from tongchou.privacy.merging import Merging
from tongchou.privacy.pseudonyms import Pseudonymiser, identity_rules, of_fields
from tongchou.privacy.sealed_records import PIECE, Identity, SealedRecords

_WAIT_SECONDS = 120
_TABLES = """
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists records (
    person_id text primary key, map_version integer not null, nonce blob not null unique,
    box blob not null
) without rowid;
create table if not exists aliases (
    alias text primary key, kind text not null, key_version integer not null, person_id text not null
) without rowid;
create index if not exists aliases_of on aliases (person_id);
create table if not exists merged (former_id text primary key, person_id text not null) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Alias:
    """A pseudonym that leads to a person's id.

    Attributes:
        alias: The pseudonym.
        kind: The way in which identity fields made it, a kind of `packs/privacy/persons.yaml`.
        key_version: The version of the key that made it.
        person_id: The person's id: the pseudonym of its strongest identifier.
    """

    alias: str
    kind: str
    key_version: int
    person_id: str


class SealedMap:
    """The map of one region.

    Args:
        region_folder: The region's folder; the map is `identity/map.sqlite` below it.
        region_id: The region's id.
        ring: The keys.
    """

    def __init__(self, region_folder: Path, region_id: str, ring: KeyRing) -> None:
        self.path = region_folder / "identity" / "map.sqlite"
        self._log = AccessLog(region_folder)
        self._region_id = region_id
        self._ring = ring
        self._records = SealedRecords(self.path, region_id, ring.map)

    def person_ids(self, identities: Mapping[str, Sequence[str | None]]) -> pl.Series:
        """Return the person's id of each row of identity values, and seal the values under it.

        A person has the id of its first identifier in the order of `packs/privacy/persons.yaml` that was ever given,
        whatever the order in which they came; ids that a row ties together become one (`merged_persons`). The same rows
        again change nothing; values not seen before are added. Of two writers one waits for the other.

        Args:
            identities: Field of the identity (`psn_no`, `certno`, ...) to its values, one per row.

        Returns:
            A text per row, null where no rule's fields are given.

        Raises:
            TongchouError: `privacy.rotation_due` if the newest key of pseudonyms is not yet that of the map;
                `privacy.wrong_key` if the key of the map is another.
        """
        version = self._ring.pseudonym.newest
        pseudonymiser = Pseudonymiser(self._ring.pseudonym.versions[version], self._region_id)
        rules = [rule for rule in identity_rules().person if all(name in identities for name in rule.fields)]
        columns = {rule.kind: pseudonymiser.column(rule.kind, of_fields(identities, rule)).to_list() for rule in rules}
        count = len(next(iter(identities.values()), ()))
        known = [name for name in identity_rules().sealed if name in identities]
        by_kind = {rule.kind: frozenset(rule.fields) for rule in rules}
        given = [
            {kind: alias for kind, way in columns.items() if (alias := way[row]) is not None} for row in range(count)
        ]
        ids: list[str | None] = [None] * count
        with self._writing(version) as database:
            found = _known_aliases(database, {alias for aliases in given for alias in aliases.values()})
            sealed_before = frozenset(found)
            merging = Merging(database, version)
            changed: dict[str, Identity] = {}
            new: list[tuple[str, str, int, str]] = []
            # Who is named in most ways comes first, so that what ties identifiers together is known before each of
            # them comes alone, wherever it stands.
            for row in sorted(range(count), key=lambda row: -len(given[row])):
                aliases = given[row]
                if not aliases:
                    continue
                person_id = merging.one([found.get(alias) for alias in aliases.values()], aliases, found)
                ids[row] = person_id
                for kind, alias in aliases.items():
                    if alias not in found:
                        found[alias] = person_id
                        new.append((alias, kind, version, person_id))
                said = [name for name in known if identities[name][row]]
                held = [by_kind[kind] for kind, alias in aliases.items() if alias in sealed_before]
                if held and frozenset(said) <= frozenset().union(*held):
                    continue  # what made an alias was sealed with it
                seen = changed.setdefault(person_id, {})
                for name in said:
                    value = identities[name][row]
                    if value and value not in seen.get(name, ()):
                        seen[name] = [value, *seen.get(name, ())]
            database.executemany("insert into aliases values (?, ?, ?, ?)", new)
            merging.unite(self._records, changed)
            self._records.add(database, changed)
        return pl.Series("person_id", [each and merging.now(each) for each in ids], dtype=pl.String)

    def reveal(self, pseudonyms: Sequence[str], *, purpose: str, who: str) -> dict[str, Identity]:
        """Return the identities behind pseudonyms; the log of access says so before anything is read.

        Returns:
            Pseudonym as asked for to the identity; those that the map does not know are left out.

        Raises:
            TongchouError: `privacy.no_purpose`, `privacy.no_map`, `privacy.wrong_key`.
        """
        if not self.path.is_file():
            raise _no_map(self.path)
        fields = identity_rules().sealed
        self._log.append(Access(who, purpose, "reveal", "identity", fields, len(pseudonyms), tuple(pseudonyms)))
        with self._open() as database:
            ids = _known_aliases(database, set(pseudonyms))
            named = {asked: ids.get(asked, asked) for asked in pseudonyms}
            records = self._records.read(database, list(dict.fromkeys(named.values())))
            return {asked: records[person_id] for asked, person_id in named.items() if person_id in records}

    def rotate(self, *, purpose: str, who: str) -> list[Alias]:
        """Seal every record under the newest key of the map, and make aliases under the newest key of pseudonyms.

        Ids of persons stay what they are, so tables of the lake can still be joined; the aliases are the table of old
        and new pseudonyms. All of it becomes true at once, or nothing. Afterwards former keys are no longer needed.

        Returns:
            The aliases under the newest key.

        Raises:
            TongchouError: `privacy.no_purpose`, `privacy.no_map`, `privacy.wrong_key`.
        """
        if not self.path.is_file():
            raise _no_map(self.path)
        version = self._ring.pseudonym.newest
        pseudonymiser = Pseudonymiser(self._ring.pseudonym.versions[version], self._region_id)
        with self._writing(None) as database:
            ids = [row[0] for row in database.execute("select person_id from records order by person_id")]
            self._log.append(Access(who, purpose, "rotate", "identity", identity_rules().sealed, len(ids)))
            identities = self._records.read(database, ids)
            made = _aliases_of(identities, pseudonymiser, version)
            self._records.write(database, identities)
            database.executemany(
                "insert or ignore into aliases values (?, ?, ?, ?)",
                [(each.alias, each.kind, each.key_version, each.person_id) for each in made],
            )
            database.execute("replace into facts values ('pseudonym_version', ?)", (str(version),))
        return made

    def aliases(self) -> list[Alias]:
        """Return every pseudonym with the person's id it leads to; no identity is read."""
        with self._open() as database:
            rows = database.execute("select alias, kind, key_version, person_id from aliases order by person_id, alias")
            return [Alias(*row) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            self.path.chmod(0o600)
            # What was replaced is overwritten, not left in free pages; a commit is on disk when it returns.
            database.execute("pragma secure_delete = on")
            database.execute("pragma synchronous = full")
            yield database
        finally:
            database.close()

    @contextmanager
    def _writing(self, version: int | None) -> Iterator[sqlite3.Connection]:
        """Write in one transaction; with a version of the key of pseudonyms, refuse a map that is at another."""
        with self._open() as database:
            database.execute("begin immediate")
            try:
                for statement in _TABLES.split(";"):
                    database.execute(statement)
                if version is not None:
                    self._require(database, version)
                yield database
            except BaseException:
                database.execute("rollback")
                raise
            database.execute("commit")

    def _require(self, database: sqlite3.Connection, version: int) -> None:
        database.execute("insert or ignore into facts values ('pseudonym_version', ?)", (str(version),))
        (held,) = database.execute("select value from facts where name = 'pseudonym_version'").fetchone()
        if int(held) != version:
            raise TongchouError(
                "privacy.rotation_due",
                what=Text("假名密钥已换，对照表尚未更换", "the key of pseudonyms is new, the map is not yet"),
                where=str(self.path),
                why=Text(
                    f"对照表用第 {held} 版密钥，现用第 {version} 版；同一人会得到两个编号",
                    f"the map is at version {held}, the keys at {version}: one person would get two ids",
                ),
                remedy=Text("先运行 tongchou privacy rotate", "run tongchou privacy rotate first"),
            )


def _known_aliases(database: sqlite3.Connection, aliases: set[str]) -> dict[str, str]:
    listed, found = sorted(aliases), {}
    for start in range(0, len(listed), PIECE):
        piece = listed[start : start + PIECE]
        marks = ", ".join("?" * len(piece))
        query = f"select alias, person_id from aliases where alias in ({marks})"  # noqa: S608  # only marks
        found.update(dict(database.execute(query, piece).fetchall()))
    return found


def _aliases_of(identities: Mapping[str, Identity], pseudonymiser: Pseudonymiser, version: int) -> list[Alias]:
    """Return the pseudonyms of everything that ever identified people, every value with every other of its rule."""
    made: list[Alias] = []
    for rule in identity_rules().person:
        ways = [
            (person_id, values)
            for person_id, identity in identities.items()
            for values in product(*(identity.get(name, ()) for name in rule.fields))
        ]
        values = {name: [way[1][place] for way in ways] for place, name in enumerate(rule.fields)}
        aliases = pseudonymiser.column(rule.kind, of_fields(values, rule))
        pairs = dict.fromkeys(zip(aliases, (person_id for person_id, _ in ways), strict=True))
        made += [Alias(alias, rule.kind, version, person_id) for alias, person_id in pairs if alias is not None]
    return made


def _no_map(path: Path) -> TongchouError:
    return TongchouError(
        "privacy.no_map",
        what=Text("没有身份对照表", "there is no map of identities"),
        where=str(path),
        why=Text("这个统筹区从未接收过带身份信息的清单", "no list with identity was ever taken in here"),
        remedy=Text("检查 --region", "check --region"),
    )
