"""The key that tree heads are signed with: made once, kept in a file or the environment, never in the lake."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.verify import Refused, key_id_of, read_key
from tongchou.runs.region import REGION_FILE

KEY_VARIABLE = "TONGCHOU_LEDGER_KEY"
"""The environment variable that holds the private key, or the path of its file."""

_OWNER_ONLY = 0o600


def make_key(path: Path) -> tuple[Path, str]:
    """Make a key that only its owner may read, and beside it the public key for everybody.

    Returns:
        The file of the public key, and the key's id.

    Raises:
        TongchouError: `cli.key_in_region` if the place is in a region's folder; `cli.key_exists`.
    """
    if any((folder / REGION_FILE).is_file() for folder in path.resolve().parents):
        raise TongchouError(
            "cli.key_in_region",
            what=Text("私钥不能放在统筹区目录里", "a private key is not kept in a region's folder"),
            where=str(path),
            why=Text(
                "目录会被备份和复制，持有账本者不应持有私钥", "folders are copied; who holds the books must not sign"
            ),
            remedy=Text("放到只有签名人能读的地方", "keep it where only the signer can read it"),
        )
    public_path = path.with_name(path.name + ".pub")
    if path.exists() or public_path.exists():
        raise TongchouError(
            "cli.key_exists",
            what=Text("密钥文件已存在", "there is a key already"),
            where=str(path if path.exists() else public_path),
            why=Text("覆盖后旧的签名无法再续", "what was signed with it could not be gone on with"),
            remedy=Text("换一个文件名", "name another file"),
        )
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
        file.write(private)
    public = key.public_key()
    public_path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return public_path, key_id_of(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def signing_key(file: Path | None) -> Ed25519PrivateKey | None:
    """Return the private key of a file, or of the environment where none is named; None where there is neither.

    Raises:
        TongchouError: `cli.key_exposed` if others may read the file; `cli.key` if it holds no Ed25519 key.
    """
    words = os.environ.get(KEY_VARIABLE, "")
    if file is None and words.lstrip().startswith("-----BEGIN"):
        return _loaded(words.encode(), KEY_VARIABLE)
    path = file or (Path(words) if words else None)
    if path is None:
        return None
    content = path.read_bytes()
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise TongchouError(
            "cli.key_exposed",
            what=Text("别人也能读这把私钥", "others may read the private key"),
            where=str(path),
            why=Text("签名只能出自签名人", "only the signer may sign"),
            remedy=Text(f"收回权限：chmod 600 {path}", f"take the rights back: chmod 600 {path}"),
        )
    return _loaded(content, str(path))


def public_key(words: str | None) -> bytes | None:
    """Return the public key that an option names, a file or hexadecimal digits; None where it was not given.

    Raises:
        TongchouError: `cli.key`.
    """
    if words is None:
        return None
    try:
        return read_key(words)
    except Refused as refused:
        raise _no_key(words, str(refused)) from refused


def _loaded(content: bytes, where: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(where, "PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(where, type(key).__name__)
    return key


def _no_key(where: str, why: str) -> TongchouError:
    return TongchouError(
        "cli.key",
        what=Text("密钥无法读取", "the key cannot be read"),
        where=where,
        why=Text(f"须为 Ed25519 密钥（{why}）", f"an Ed25519 key is needed ({why})"),
        remedy=Text("用 tongchou ledger key 生成", "make one with tongchou ledger key"),
    )
