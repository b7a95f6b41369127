"""The keys of privacy: one that makes pseudonyms, one that seals the map; several versions of each, the newest in use.

They are kept in a key-ring file that only its owner may read, or in the environment; never in a region's folder.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

PSEUDONYM_VARIABLE = "TONGCHOU_PSEUDONYM_KEY"
"""Holds the keys of pseudonyms, `version:hexadecimal` joined by commas."""

MAP_VARIABLE = "TONGCHOU_MAP_KEY"
"""Holds the keys of the map, `version:hexadecimal` joined by commas."""

RING_VARIABLE = "TONGCHOU_KEY_RING"
"""Holds the path of a key-ring file."""

PSEUDONYM_KEY_BYTES = 32
MAP_KEY_BYTES = 16
_FORMAT = "tongchou-key-ring-1"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Versions of one key; never shown, not even by a traceback.

    Attributes:
        versions: Version to key.
    """

    versions: Mapping[int, bytes]

    @property
    def newest(self) -> int:
        """The version in use."""
        return max(self.versions)

    def __repr__(self) -> str:
        """Return the versions only."""
        return f"Keys({sorted(self.versions)})"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """What a region's identities are hidden with.

    Attributes:
        pseudonym: The keys of pseudonyms (SM3-HMAC, 256 bits).
        map: The keys of the sealed map (SM4, 128 bits).
    """

    pseudonym: Keys
    map: Keys


def new_ring(path: Path) -> KeyRing:
    """Make a key-ring file with one version of each key, that only its owner may read.

    Raises:
        TongchouError: `privacy.key_exists`; `privacy.key_in_region` if the place is in a region's folder.
    """
    if any((folder / "region.yaml").is_file() for folder in path.resolve().parents):
        raise TongchouError(
            "privacy.key_in_region",
            what=Text("密钥不能放在统筹区目录里", "keys are not kept in a region's folder"),
            where=str(path),
            why=Text("目录连同密封的对照表会被备份和复制", "folders are copied, and the sealed map with them"),
            remedy=Text("放到只有保管人能读的地方", "keep them where only their keeper can read them"),
        )
    ring = KeyRing(Keys({1: secrets.token_bytes(PSEUDONYM_KEY_BYTES)}), Keys({1: secrets.token_bytes(MAP_KEY_BYTES)}))
    try:
        _write(path, ring)
    except FileExistsError as error:
        raise TongchouError(
            "privacy.key_exists",
            what=Text("密钥文件已存在", "there is a key ring already"),
            where=str(path),
            why=Text("覆盖后原有的假名与对照表无法再用", "pseudonyms and map made with it could never be read again"),
            remedy=Text(
                "换一个文件名；要换密钥用 tongchou privacy key renew", "name another; renew keys with key renew"
            ),
        ) from error
    return ring


def renew_ring(path: Path) -> KeyRing:
    """Add a new version of each key to a key-ring file; the former versions stay, to read what was made with them.

    Raises:
        TongchouError: What `read_ring` raises.
    """
    ring = read_ring(path)
    renewed = KeyRing(
        Keys({**ring.pseudonym.versions, ring.pseudonym.newest + 1: secrets.token_bytes(PSEUDONYM_KEY_BYTES)}),
        Keys({**ring.map.versions, ring.map.newest + 1: secrets.token_bytes(MAP_KEY_BYTES)}),
    )
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    _write(beside, renewed)
    beside.replace(path)
    return renewed


def read_ring(path: Path) -> KeyRing:
    """Read a key-ring file.

    Raises:
        TongchouError: `privacy.no_key` if there is none, `privacy.key_exposed` if others may read it,
            `privacy.key` if it holds no keys.
    """
    if not path.is_file():
        raise _no_key(str(path))
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise TongchouError(
            "privacy.key_exposed",
            what=Text("别人也能读密钥文件", "others may read the key ring"),
            where=str(path),
            why=Text("有密钥就能还原身份", "who has the keys can tell who is who"),
            remedy=Text(f"收回权限：chmod 600 {path}", f"take the rights back: chmod 600 {path}"),
        )
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _bad_key(str(path)) from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise _bad_key(str(path))
    sizes = {"pseudonym": PSEUDONYM_KEY_BYTES, "map": MAP_KEY_BYTES}
    return KeyRing(*(_versions(content.get(name), size, f"{path}: {name}") for name, size in sizes.items()))


def find_ring(path: Path | None = None) -> KeyRing:
    """Return the keys of a file, else of the environment: its two keys, else the key ring that it names.

    Raises:
        TongchouError: `privacy.no_key` where there are none: no key is ever made up; what `read_ring` raises.
    """
    if path is not None:
        return read_ring(path)
    words = [os.environ.get(name, "") for name in (PSEUDONYM_VARIABLE, MAP_VARIABLE)]
    if all(words):
        return KeyRing(
            _versions(_listed(words[0]), PSEUDONYM_KEY_BYTES, PSEUDONYM_VARIABLE),
            _versions(_listed(words[1]), MAP_KEY_BYTES, MAP_VARIABLE),
        )
    ring = os.environ.get(RING_VARIABLE)
    if ring:
        return read_ring(Path(ring))
    raise _no_key(f"{PSEUDONYM_VARIABLE}, {MAP_VARIABLE}, {RING_VARIABLE}")


def _listed(words: str) -> dict[str, str]:
    parts = [part.strip() for part in words.split(",")]
    return dict(part.split(":", 1) if ":" in part else ("1", part) for part in parts)  # type: ignore[misc]


def _versions(listed: object, size: int, where: str) -> Keys:
    if not isinstance(listed, dict) or not listed:
        raise _bad_key(where)
    versions: dict[int, bytes] = {}
    for version, key in listed.items():
        if not re.fullmatch(r"[1-9]\d{0,5}", str(version)) or not re.fullmatch(rf"[0-9a-f]{{{2 * size}}}", str(key)):
            raise _bad_key(where)
        versions[int(version)] = bytes.fromhex(str(key))
    return Keys(versions)


def _write(path: Path, ring: KeyRing) -> None:
    content = {"format": _FORMAT} | {
        name: {version: key.hex() for version, key in sorted(keys.versions.items())}
        for name, keys in (("pseudonym", ring.pseudonym), ("map", ring.map))
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="utf-8") as file:
        yaml.safe_dump(content, file, sort_keys=False, default_style=None)
        file.flush()
        os.fsync(file.fileno())


def _no_key(where: str) -> TongchouError:
    return TongchouError(
        "privacy.no_key",
        what=Text("没有假名与对照表的密钥", "there are no keys for pseudonyms and their map"),
        where=where,
        why=Text("身份信息只能凭密钥换成假名，密钥没有缺省值", "identity is hidden by a key, and no key is made up"),
        remedy=Text(
            "用 tongchou privacy key new 生成密钥文件，再用 --keys 或环境变量 TONGCHOU_KEY_RING 指明",
            "make a key ring with tongchou privacy key new; name it with --keys or TONGCHOU_KEY_RING",
        ),
    )


def _bad_key(where: str) -> TongchouError:
    return TongchouError(
        "privacy.key",
        what=Text("密钥无法读取", "the keys cannot be read"),
        where=where,
        why=Text(
            "假名密钥须为 64 位、对照表密钥须为 32 位小写十六进制数字，各带版本号",
            "a key of pseudonyms has 64 and one of the map 32 small hexadecimal digits, each with its version",
        ),
        remedy=Text("检查是否抄漏，或取回备份", "look whether it is whole, or fetch the copy kept aside"),
    )
