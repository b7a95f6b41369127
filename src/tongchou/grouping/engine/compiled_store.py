"""Compiled schemes kept on disk, so that the next start need not read and compile a national scheme's tables.

A compiled scheme is kept under the hash of the scheme's files and of the code that compiles them: another scheme or
another release never finds it. What cannot be read is compiled anew. Only schemes whose lists write every code out
are kept: others learn codes from their lists.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, fields
from functools import cache
from importlib import resources
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np
import yaml

from tongchou.grouping.engine.code_table import CodeArrays, CodeTable
from tongchou.grouping.engine.compiled import CompiledScheme, ReadyPlace
from tongchou.grouping.engine.places import Grouped
from tongchou.grouping.engine.plan import Tree
from tongchou.grouping.schemes.library import own_folder, scheme_folder
from tongchou.grouping.schemes.plain_yaml import load_plain_yaml
from tongchou.grouping.schemes.tables import MANIFEST

_HEAD = "head"
_STATE_DIGITS = 32
_PLAIN = ("place_words", "fact_words", "words", "day_surgery_has_severity", "fingerprint")
_TABLES = ("diagnoses", "procedures")


def load_compiled(name: str) -> CompiledScheme | None:
    """Return the compiled form of a scheme as it is on disk now; `None` if it is not kept or cannot be read."""
    file = place_of(name)
    if file is None:
        return None
    try:
        with np.load(file, allow_pickle=False) as kept:
            return _from_arrays({key: kept[key] for key in kept.files})
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def keep_compiled(name: str, compiled: CompiledScheme, file: Path | None) -> None:
    """Keep the compiled form of a scheme; a disk that cannot be written to is no harm.

    Args:
        name: The scheme.
        compiled: Its compiled form.
        file: What `place_of` said before the scheme was read: where it says otherwise now, the scheme has changed
            meanwhile, and nothing is kept.
    """
    if not (compiled.diagnoses.is_closed and compiled.procedures.is_closed) or file is None or place_of(name) != file:
        return
    draft = file.with_name(f".{file.name}.{os.getpid()}.{get_ident()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as out:
            np.savez(out, **_as_arrays(compiled))
        draft.replace(file)
        for old in file.parent.glob(f"{_stem(name)}.{'[0-9a-f]' * _STATE_DIGITS}.npz"):
            if old != file:
                old.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            draft.unlink()


def place_of(name: str) -> Path | None:
    """Return where the compiled form of a scheme as it is on disk now is kept; `None` if it cannot be read.

    Raises:
        TongchouError: `grouping.no_scheme` if there is none.
    """
    try:
        state = _state_of(name)
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return own_folder().parent / "compiled" / f"{_stem(name)}.{state[:_STATE_DIGITS]}.npz"


def _stem(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)[-80:]


def _state_of(name: str) -> str:
    """Return a hash of the files of a scheme and its bases, and of the code that compiles them."""
    digest = hashlib.sha256(_code_state())
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        folder = scheme_folder(name)
        for path in sorted(folder.iterdir()):
            if path.is_file():
                digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        manifest: Any = load_plain_yaml((folder / MANIFEST).read_bytes())
        name = str(manifest.get("base") or "") if isinstance(manifest, dict) else ""
    return digest.hexdigest()


@cache
def _code_state() -> bytes:
    digest = hashlib.sha256()
    for package in ("schemes", "engine"):
        folder = resources.files("tongchou.grouping") / package
        for source in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if source.name.endswith(".py"):
                digest.update(source.read_bytes())
    return digest.digest()


def _as_arrays(compiled: CompiledScheme) -> dict[str, Any]:
    head = {name: getattr(compiled, name) for name in _PLAIN}
    head |= {
        "outcomes": [asdict(outcome) for outcome in compiled.outcomes],
        "places": [asdict(place) for place in compiled.places],
        "numbers": compiled.numbers,
        "sites": compiled.sites,
        "exclusions": compiled.exclusions,
    }
    arrays: dict[str, Any] = {_HEAD: _text_array(json.dumps(head, ensure_ascii=False))}
    for table in _TABLES:
        codes: CodeTable = getattr(compiled, table)
        arrays[f"{table}.codes"] = _text_array("\n".join(codes.codes))
        arrays[f"{table}.numbers"] = np.array(list(codes.codes.values()), dtype=np.int32)
        for part in fields(CodeArrays):
            arrays[f"{table}.{part.name}"] = getattr(codes.arrays, part.name)
    return arrays


def _from_arrays(arrays: dict[str, Any]) -> CompiledScheme:
    head = json.loads(arrays[_HEAD].tobytes())
    return CompiledScheme(
        outcomes=tuple(Grouped(**outcome) for outcome in head["outcomes"]),
        places=tuple(_place(place) for place in head["places"]),
        numbers=tuple(tuple(fact) for fact in head["numbers"]),
        sites=tuple(tuple(fact) for fact in head["sites"]),
        exclusions=tuple(head["exclusions"]),
        diagnoses=_code_table("diagnoses", arrays),
        procedures=_code_table("procedures", arrays),
        **{name: head[name] for name in _PLAIN},
    )


def _code_table(table: str, arrays: dict[str, Any]) -> CodeTable:
    codes = arrays[f"{table}.codes"].tobytes().decode().split("\n")
    parts = {part.name: arrays[f"{table}.{part.name}"] for part in fields(CodeArrays)}
    numbers = dict(zip(codes, arrays[f"{table}.numbers"].tolist(), strict=True))
    return CodeTable(numbers, CodeArrays(**parts), learn=None)


def _place(kept: dict[str, Any]) -> ReadyPlace:
    return ReadyPlace(
        wanted=tuple(kept["wanted"]),
        unwanted=tuple(kept["unwanted"]),
        trees=_trees(kept["trees"]),
        outcomes=tuple(kept["outcomes"]),
        shut=kept["shut"],
    )


def _trees(kept: Iterable[dict[str, Any]]) -> tuple[Tree, ...]:
    return tuple(Tree(**(tree | {"parts": _trees(tree["parts"])})) for tree in kept)


def _text_array(text: str) -> Any:  # noqa: ANN401
    return np.frombuffer(text.encode(), dtype=np.uint8)
