"""Keys and a map to hide people in."""

from pathlib import Path

import pytest

from tongchou.privacy.keys import KeyRing, Keys
from tongchou.privacy.sealed_map import SealedMap


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return KeyRing(Keys({1: bytes(range(32))}), Keys({1: bytes(range(16))}))


@pytest.fixture(scope="session")
def renewed(ring: KeyRing) -> KeyRing:
    return KeyRing(Keys({**ring.pseudonym.versions, 2: b"p" * 32}), Keys({**ring.map.versions, 2: b"m" * 16}))


@pytest.fixture
def sealed_map(tmp_path: Path, ring: KeyRing) -> SealedMap:
    return SealedMap(tmp_path, "R1", ring)
