"""The same person has the same pseudonym, and nobody else has it."""

import time

import polars as pl
import pytest
from cryptography.hazmat.primitives.hashes import SM3, Hash
from hypothesis import given
from hypothesis import strategies as st

from tongchou.privacy.pseudonyms import Pseudonymiser, identity_rules, of_fields, whole_resident_id
from tongchou.privacy.redaction import scrub

KEY = bytes(range(32))
MAKER = Pseudonymiser(KEY, "R1")


def test_pseudonym_is_the_keyed_sm3_of_region_kind_and_value():
    def sm3(content: bytes) -> bytes:
        digest = Hash(SM3())
        digest.update(content)
        return digest.finalize()

    import base64

    message = b"\0\0\0\2R1\0\0\0\rperson_numberA1"
    padded = KEY + bytes(32)
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + message)
    hashed = sm3(bytes(byte ^ 0x5C for byte in padded) + inner)
    assert MAKER.one("person_number", "A1") == "P" + base64.b32encode(hashed[:15]).decode()


def test_pseudonym_depends_on_key_region_kind_and_value():
    made = {
        MAKER.one("person_number", "A1"),
        MAKER.one("person_number", "A2"),
        MAKER.one("doctor", "A1"),
        Pseudonymiser(KEY, "R2").one("person_number", "A1"),
        Pseudonymiser(bytes(32), "R1").one("person_number", "A1"),
        Pseudonymiser(KEY, "R1p").one("erson_number", "A1"),
    }
    assert len(made) == 6
    assert all(len(each) == 25 for each in made)


def test_writing_does_not_matter():
    made = MAKER.other("doctor", pl.Series(["d3301-01", " Ｄ３３０１０１ ", "D330101", None, "", "D330102"]))
    assert made[0] == made[1] == made[2] != made[5]
    assert made[3] is None
    assert made[4] is None
    assert made[0].startswith("D")


def test_each_kind_of_identity_has_its_letter_and_its_own_pseudonyms():
    made = [MAKER.other(kind, pl.Series(["13812345678"]))[0] for kind in ("case_number", "doctor", "phone")]
    assert [each[0] for each in made] == ["M", "D", "T"]
    assert len({each[1:] for each in made}) == 3
    with pytest.raises(KeyError):
        MAKER.other("name", pl.Series(["x"]))


@given(st.lists(st.text(max_size=6) | st.none(), max_size=20))
def test_column_and_single_value_agree(values):
    made = MAKER.column("k", pl.Series("v", values, dtype=pl.String))
    from tongchou.privacy.pseudonyms import normalised

    for normal, pseudonym in zip(normalised(pl.Series("v", values, dtype=pl.String)), made, strict=True):
        assert pseudonym == (None if normal is None else MAKER.one("k", normal))


@given(st.integers(0, 10**9))
def test_pseudonym_never_looks_like_a_number_of_a_person(number):
    pseudonym = MAKER.one("k", str(number))
    assert scrub(pseudonym) == pseudonym


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("110105491231002", "11010519491231002X"),
        ("11010549123100X", None),
        ("11010519491231002X", None),
    ],
)
def test_id_number_of_15_digits_is_brought_to_18(old, new):
    assert whole_resident_id(old) == (new or old)


def test_person_number_goes_before_documents_and_both_parts_of_a_document_are_needed():
    number, document = identity_rules().person
    assert (number.fields, document.fields) == (("psn_no",), ("patn_cert_type", "certno"))
    made = of_fields({"patn_cert_type": ["01", "1", "01", None], "certno": ["110105491231002"] * 3 + ["x"]}, document)
    assert made.to_list() == ["01|11010519491231002X"] * 3 + [None]


def test_a_hundred_thousand_persons_take_less_than_half_a_second_of_work():
    values = pl.Series([f"3301{number:014d}" for number in range(100_000)])
    start = time.process_time()
    made = MAKER.column("person_number", values)
    spent = time.process_time() - start
    assert made.n_unique() == 100_000
    assert spent < 2, spent  # 0.5 s by itself; the machine may be shared
