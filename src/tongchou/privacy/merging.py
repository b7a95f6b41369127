"""Which id stands for a person of whom several identifiers are known, and what becomes of the ids that do not.

The strongest identifier's pseudonym stands: under the first key, in the order of `packs/privacy/persons.yaml`. Where an
identifier comes later that is stronger, or a row ties two ids together, the former id is noted as merged into it.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from tongchou.privacy.pseudonyms import identity_rules
from tongchou.privacy.sealed_records import Identity, SealedRecords

_WAIT_SECONDS = 120


class Merging:
    """Which id stands for a person, as rows come: the strongest identifier's, and what became of the others.

    Args:
        database: The map, being written.
        version: The version of the key that makes pseudonyms now.
    """

    def __init__(self, database: sqlite3.Connection, version: int) -> None:
        self._database = database
        self._version = version
        self._order = {rule.kind: place for place, rule in enumerate(identity_rules().person)}
        self._strengths: dict[str, tuple[int, int, str]] = {}
        self.moved: dict[str, str] = {}

    def now(self, person_id: str) -> str:
        """Return the id that stands for one that may have been merged into another."""
        while person_id in self.moved:
            person_id = self.moved[person_id]
        return person_id

    def one(self, found: Sequence[str | None], aliases: Mapping[str, str], known: Mapping[str, str]) -> str:
        """Return the id of a person by the ids that its aliases had; None where an alias is new."""
        ids = {self.now(each) for each in found if each is not None}
        new = [(kind, alias) for kind, alias in aliases.items() if alias not in known]
        if len(ids) == 1 and not new:
            return ids.pop()
        for kind, alias in new:
            self._strengths.setdefault(alias, (self._version, self._order[kind], alias))
        best = min([*ids, *(alias for _, alias in new)], key=self._strength)
        for each in ids - {best}:
            self.moved[each] = best
        return best

    def unite(self, records: SealedRecords, changed: dict[str, Identity]) -> None:
        """Make one person of ids that turned out to be one's: aliases lead to the id that stands, values go with it.

        Args:
            records: Its sealed records; those of former ids are removed.
            changed: What is to be added to people's records; that of former ids goes to the id that stands.
        """
        if not self.moved:
            return
        former = records.read(self._database, list(self.moved))
        for person_id in self.moved:
            new = self.now(person_id)
            seen = changed.setdefault(new, {})
            for identity in (changed.pop(person_id, {}), former.get(person_id, {})):
                for name, values in identity.items():
                    seen[name] = [*seen.get(name, ()), *(v for v in values if v not in seen.get(name, ()))]
            self._database.execute("update aliases set person_id = ? where person_id = ?", (new, person_id))
            self._database.execute("update merged set person_id = ? where person_id = ?", (new, person_id))
            self._database.execute("replace into merged values (?, ?)", (person_id, new))
            self._database.execute("delete from merged where former_id = ?", (new,))
            self._database.execute("delete from records where person_id = ?", (person_id,))

    def _strength(self, person_id: str) -> tuple[int, int, str]:
        if person_id not in self._strengths:
            row = self._database.execute(
                "select key_version, kind from aliases where alias = ?", (person_id,)
            ).fetchone()
            version, kind = row or (0, "")
            self._strengths[person_id] = (version, self._order.get(kind, 0), person_id)
        return self._strengths[person_id]


def merged_persons(region_folder: Path) -> Mapping[str, str]:
    """Return the ids that were merged into another, with the one that stands; no key is needed, no identity is read.

    Args:
        region_folder: The region's folder.
    """
    path = region_folder / "identity" / "map.sqlite"
    if not path.is_file():
        return {}
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_WAIT_SECONDS)
    try:
        if not database.execute("select 1 from sqlite_master where name = 'merged'").fetchone():
            return {}
        return dict(database.execute("select former_id, person_id from merged order by former_id").fetchall())
    finally:
        database.close()
