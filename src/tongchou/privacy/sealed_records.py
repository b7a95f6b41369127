"""Sealed records: the identity values seen for people, each person's in a box that only the key of the map opens."""

import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.privacy.keys import Keys

_NONCE_BYTES = 12
_TAG_BYTES = 16
PIECE = 500
"""How many values are asked for in one query."""

Identity = dict[str, list[str]]
"""Field of the identity to the values seen for it, the newest first."""


class SealedRecords:
    """The records of a map: JSON sealed with SM4-GCM under a nonce of its own, bound to person, key version and region.

    Args:
        path: The map's file, for errors.
        region_id: The region's id.
        keys: The keys of the map.
    """

    def __init__(self, path: Path, region_id: str, keys: Keys) -> None:
        self._path = path
        self._region_id = region_id
        self._keys = keys

    def read(self, database: sqlite3.Connection, person_ids: Sequence[str]) -> dict[str, Identity]:
        """Return what is sealed of people; those of whom nothing is are left out.

        Raises:
            TongchouError: `privacy.wrong_key`.
        """
        found: dict[str, Identity] = {}
        listed = sorted(person_ids)
        for start in range(0, len(listed), PIECE):
            piece = listed[start : start + PIECE]
            marks = ", ".join("?" * len(piece))
            query = f"select person_id, map_version, nonce, box from records where person_id in ({marks})"  # noqa: S608
            for person_id, version, nonce, box in database.execute(query, piece):
                found[person_id] = self._opened(person_id, version, nonce, box)
        return found

    def write(self, database: sqlite3.Connection, identities: Mapping[str, Identity]) -> None:
        """Seal what is known of people under the newest key, in the place of what was."""
        boxes = [self._sealed(person_id, identity) for person_id, identity in identities.items()]
        database.executemany("replace into records values (?, ?, ?, ?)", boxes)

    def add(self, database: sqlite3.Connection, changed: Mapping[str, Identity]) -> None:
        """Add values to what is sealed of people, all in one go."""
        before = self.read(database, list(changed))
        more: dict[str, Identity] = {}
        for person_id, seen in changed.items():
            held = before.get(person_id)
            merged = {name: list(values) for name, values in (held or {}).items()}
            for name, values in seen.items():
                new = [value for value in values if value not in merged.get(name, [])]
                if new:
                    merged[name] = new + merged.get(name, [])
            if merged != held:
                more[person_id] = merged
        self.write(database, more)

    def _sealed(self, person_id: str, identity: Identity) -> tuple[str, int, bytes, bytes]:
        """Return the row of `records` that holds an identity."""
        version, nonce = self._keys.newest, os.urandom(_NONCE_BYTES)
        sealing = Cipher(SM4(self._keys.versions[version]), GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(self._bound_to(person_id, version))
        content = orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)
        return person_id, version, nonce, sealing.update(content) + sealing.finalize() + sealing.tag

    def _opened(self, person_id: str, version: int, nonce: bytes, box: bytes) -> Identity:
        if version not in self._keys.versions:
            raise _wrong_key(self._path, version)
        tag = box[-_TAG_BYTES:]
        opening = Cipher(SM4(self._keys.versions[version]), GCM(nonce, tag)).decryptor()
        opening.authenticate_additional_data(self._bound_to(person_id, version))
        try:
            content = opening.update(box[:-_TAG_BYTES]) + opening.finalize()
        except InvalidTag as error:
            raise _wrong_key(self._path, version) from error
        identity: Identity = orjson.loads(content)
        return identity

    def _bound_to(self, person_id: str, version: int) -> bytes:
        return f"{self._region_id}\0{person_id}\0{version}".encode()


def _wrong_key(path: Path, version: int) -> TongchouError:
    return TongchouError(
        "privacy.wrong_key",
        what=Text("密钥打不开身份对照表", "the key does not open the map of identities"),
        where=f"{path} ({version})",
        why=Text(
            f"记录由第 {version} 版密钥密封，手头没有这一版或不是同一把；也可能记录被改动",
            f"it was sealed with version {version}, which is not at hand or another; or the record was changed",
        ),
        remedy=Text("取回密封所用的密钥", "fetch the key that it was sealed with"),
    )
