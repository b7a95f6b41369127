"""The verifier that stands alone: what it proves, what it refuses, and that it needs nothing else."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.logged import KEY, OTHER_KEY, entries_of, leaves_of, signed_head

from tongchou.core.errors import TongchouError
from tongchou.ledger import verify
from tongchou.ledger.log import entry_record
from tongchou.ledger.proofs import prove_entry, prove_growth
from tongchou.ledger.verify import Refused, check_growth, check_inclusion, main, read_key

PUBLIC = KEY.public_key().public_bytes_raw()
ENTRIES = entries_of(65)
Proof = dict[str, Any]

_ONLY = """
import sys
allowed = set(sys.stdlib_module_names) | {"cryptography", "_cffi_backend"}
class Door:
    def find_spec(self, name, path=None, target=None):
        ours = ("tongchou", "tongchou.ledger", "tongchou.ledger.verify")
        if name.partition(".")[0] not in allowed and name not in ours:
            raise ImportError("not allowed here: " + name)
sys.meta_path.insert(0, Door())
import runpy
sys.argv = ["verify", *sys.argv[1:]]
runpy.run_module("tongchou.ledger.verify", run_name="__main__")
"""


def inclusion(index: int = 4, size: int = 11, algorithm: str = "sm3") -> Proof:
    entries = ENTRIES[:size]
    proof = prove_entry(
        entry_record(entries[index]), index, leaves_of(entries, algorithm), signed_head(entries, algorithm)
    )
    return json.loads(json.dumps(proof))


def growth(old: int = 6, new: int = 11) -> Proof:
    heads = signed_head(ENTRIES[:old]), signed_head(ENTRIES[:new])
    return json.loads(json.dumps(prove_growth(leaves_of(ENTRIES[:new]), *heads)))


def written(tmp_path: Path, content: object, name: str = "proof.json") -> Path:
    file = tmp_path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize("algorithm", verify.ALGORITHMS)
@pytest.mark.parametrize("size", range(1, 66))
def test_every_entry_of_every_size_is_proved(size: int, algorithm: str) -> None:
    entries = ENTRIES[:size]
    head, leaves = signed_head(entries, algorithm), leaves_of(entries, algorithm)
    for index in range(size):
        proof = prove_entry(entry_record(entries[index]), index, leaves, head)
        assert check_inclusion(proof, PUBLIC) == (proof["entry"], proof["head"])


@pytest.mark.parametrize("new", [1, 2, 3, 8, 13, 65])
def test_every_growth_is_proved(new: int) -> None:
    for old in range(1, new + 1):
        proof = growth(old, new)
        assert check_growth(proof, PUBLIC) == (proof["old"], proof["new"])


def test_an_earlier_head_proves_what_was_booked_before_it() -> None:
    head = signed_head(ENTRIES[:5])
    proof = prove_entry(entry_record(ENTRIES[2]), 2, leaves_of(ENTRIES), head)
    assert check_inclusion(proof)[1]["size"] == 5
    with pytest.raises(TongchouError) as refused:
        prove_entry(entry_record(ENTRIES[5]), 5, leaves_of(ENTRIES), head)
    assert refused.value.code == "ledger.head_too_small"


def test_no_proof_is_cut_from_books_that_are_not_what_was_signed() -> None:
    leaves, head = leaves_of(ENTRIES[:9]), signed_head(ENTRIES[:9])
    cases: list[Callable[[], object]] = [
        lambda: prove_entry(entry_record(ENTRIES[1]), 1, leaves[::-1], head),
        lambda: prove_entry(entry_record(ENTRIES[1]), 2, leaves, head),
        lambda: prove_growth(leaves[::-1], signed_head(ENTRIES[:4]), head),
        lambda: prove_growth(leaves[:-1], signed_head(ENTRIES[:4]), head),
    ]
    for case in cases:
        with pytest.raises(TongchouError) as refused:
            case()
        assert refused.value.code == "ledger.head_differs"


def test_the_later_head_is_not_the_smaller() -> None:
    with pytest.raises(TongchouError) as refused:
        prove_growth(leaves_of(ENTRIES[:9]), signed_head(ENTRIES[:9]), signed_head(ENTRIES[:4]))
    assert refused.value.code == "ledger.head_order"


def edit(proof: Proof, *way: object, value: object) -> Proof:
    at: Any = proof
    for step in way[:-1]:
        at = at[step]
    at[way[-1]] = value
    return proof


FORGED: dict[str, Callable[[], object]] = {
    "another amount": lambda: edit(
        edit(inclusion(), "entry", "legs", 0, "amount_fen", value=7), "entry", "legs", 1, "amount_fen", value=-7
    ),
    "legs that do not balance": lambda: edit(inclusion(), "entry", "legs", 0, "amount_fen", value=7),
    "another memo": lambda: edit(inclusion(), "entry", "memo", value="x"),
    "half a character": lambda: edit(inclusion(), "entry", "memo", value="\ud800"),
    "a field more": lambda: edit(inclusion(), "entry", "note", value="paid twice"),
    "an amount with a point": lambda: edit(inclusion(), "entry", "legs", 0, "amount_fen", value=104.0),
    "an amount that is true": lambda: edit(inclusion(), "entry", "legs", 0, "amount_fen", value=True),
    "legs that are none": lambda: edit(inclusion(), "entry", "legs", value={}),
    "another place": lambda: edit(inclusion(), "index", value=5),
    "a place outside": lambda: edit(inclusion(), "index", value=11),
    "a place that is no number": lambda: edit(inclusion(), "index", value="4"),
    "a shorter path": lambda: edit(inclusion(), "path", value=[]),
    "a path without end": lambda: edit(inclusion(), "path", value=["00" * 32] * 65),
    "a path of words": lambda: edit(inclusion(), "path", 0, value="zz" * 32),
    "capitals": lambda: edit(inclusion(), "path", 0, value="AA" * 32),
    "another root": lambda: edit(inclusion(), "head", "root", value="00" * 32),
    "another size": lambda: edit(inclusion(), "head", "size", value=12),
    "no size": lambda: edit(inclusion(), "head", "size", value=0),
    "another day": lambda: edit(inclusion(), "head", "signed_on", value="2026-07-02"),
    "another region": lambda: edit(inclusion(), "head", "log", value="R2"),
    "another hash": lambda: edit(inclusion(), "head", "algorithm", value="sha256"),
    "an unknown hash": lambda: edit(inclusion(), "head", "algorithm", value="md5"),
    "no signature": lambda: edit(inclusion(), "head", "signature", value=None),
    "another key's name": lambda: edit(inclusion(), "head", "key_id", value="0" * 16),
    "a head of another kind": lambda: edit(inclusion(), "head", "format", value="tongchou.tree-head/2"),
    "a growth of another log": lambda: edit(growth(), "old", value=inclusion(4, 6, "sha256")["head"]),
    "a growth with a shorter path": lambda: edit(growth(), "path", value=growth()["path"][:-1]),
    "a growth from what never was": lambda: edit(growth(), "old", value=signed_head(ENTRIES[1:7]).record() | {}),
    "a list": list,
    "nothing": lambda: None,
    "no JSON": lambda: "{",
    "no number": lambda: '{"format": NaN}',
    "a field twice": lambda: json.dumps(inclusion()).replace('"index": 4', '"index": 4, "index": 4'),
    "too deep": lambda: "[" * 100_000,
}


@pytest.mark.parametrize("name", FORGED)
def test_what_was_forged_is_refused_with_a_sentence_in_both_languages(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = FORGED[name]()
    text = forged if isinstance(forged, str) else json.dumps(forged, default=str)
    assert main([str(written(tmp_path, text))]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    head, zh, en, *_ = said.err.splitlines()
    assert head == "不能证明 / refused:"
    assert zh
    assert en
    assert not en.startswith("Traceback")


@given(data=st.data())
def test_any_byte_changed_in_a_proof_is_refused_or_means_the_same(data: st.DataObject) -> None:
    text = json.dumps(inclusion(), ensure_ascii=False).encode()
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + bytes([data.draw(st.integers(0, 255))]) + text[at + 1 :]
    try:
        found = json.loads(changed)
    except ValueError:
        return
    if found == inclusion():
        return
    with pytest.raises(Refused):
        check_inclusion(found, PUBLIC)


def test_another_key_s_signature_is_refused_by_who_knows_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = ENTRIES[:3]
    proof = prove_entry(entry_record(entries[0]), 0, leaves_of(entries), signed_head(entries, key=OTHER_KEY))
    file = str(written(tmp_path, proof))
    assert main([file]) == 0
    assert "no key was given" in capsys.readouterr().out
    assert main([file, "--key", PUBLIC.hex()]) == 1
    assert "signed by another key" in capsys.readouterr().err


def test_a_growth_starts_from_the_head_that_was_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(written(tmp_path, growth(6, 11)))
    kept = written(tmp_path, signed_head(ENTRIES[:6]).record(), "kept.json")
    assert main([file, "--key", PUBLIC.hex(), "--kept", str(kept)]) == 0
    assert "holds all 6" in capsys.readouterr().out
    assert main([file, "--kept", str(written(tmp_path, inclusion(4, 6), "kept.json"))]) == 0
    for other in (signed_head(ENTRIES[:7]).record(), signed_head(ENTRIES[1:7]).record(), {"head": 1}, 5):
        assert main([file, "--kept", str(written(tmp_path, other, "kept.json"))]) == 1
    assert main([str(written(tmp_path, signed_head(ENTRIES[:6]).record()))]) == 0
    assert "6 entries" in capsys.readouterr().out


def test_a_key_is_read_from_hexadecimal_a_file_of_it_or_a_pem(tmp_path: Path) -> None:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert read_key(PUBLIC.hex()) == PUBLIC
    assert read_key(str(written(tmp_path, PUBLIC.hex() + "\n"))) == PUBLIC
    assert read_key(str(written(tmp_path, pem))) == PUBLIC
    other = X25519PrivateKey.generate().public_key()
    of_another_kind = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for wrong in (of_another_kind, "-----BEGIN", "words", ""):
        with pytest.raises(Refused):
            read_key(str(written(tmp_path, wrong)))
    with pytest.raises(Refused):
        read_key(str(tmp_path / "none"))


def test_it_needs_the_standard_library_and_cryptography_and_nothing_else(tmp_path: Path) -> None:
    proof = written(tmp_path, inclusion())
    command = [sys.executable, "-c", _ONLY, str(proof), "--key", PUBLIC.hex()]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Proved" in done.stdout


def test_the_one_file_copied_elsewhere_does_the_same(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(str(verify.__file__), alone / "check.py")
    for proof, status in ((inclusion(), 0), (edit(inclusion(), "index", value=5), 1)):
        command = [sys.executable, "-I", "check.py", str(written(tmp_path, proof)), "--key", PUBLIC.hex()]
        done = subprocess.run(command, cwd=alone, capture_output=True, check=False)
        assert done.returncode == status


def test_wrong_use_has_a_status_of_its_own() -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
