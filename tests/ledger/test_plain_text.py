"""The journal as text for accounting programs, read again by a reader that knows only the form."""

import re
from datetime import date
from decimal import Decimal
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.logged import entries_of

from tongchou.ledger.entry import Entry, Leg, reversal
from tongchou.ledger.plain_text import plain_text


def read(text: str) -> list[Entry]:
    """Read transactions as hledger's manual describes them: a blank line ends one, two spaces end an account's name."""
    entries = []
    for block in re.split(r"\n{2,}", text):
        lines = block.rstrip("\n").split("\n")
        head = re.fullmatch(r"(\d{4}-\d\d-\d\d) \* \(([^)]*)\) (.*)", lines[0])
        if head is None:
            assert all(line.startswith(("account ", ";")) or not line for line in lines)
            continue
        tags = dict(re.fullmatch(r"    ; (\w+): (.*)", line).groups() for line in lines[1:] if ";" in line)  # type: ignore[union-attr]
        legs = []
        for line in lines[1:]:
            if ";" in line:
                continue
            name, amount = re.fullmatch(r"    (\S(?:.*?\S)?)  +(-?\d+\.\d\d) CNY", line).groups()  # type: ignore[union-attr]
            legs.append(Leg(unquote(name.replace(":", ".")), int(Decimal(amount) * 100)))
        entries.append(
            Entry(
                unquote(head[2]),
                date.fromisoformat(head[1]),
                unquote(tags["run"]),
                unquote(tags["rule"]),
                unquote(head[3]),
                tuple(legs),
                unquote(tags["reverses"]) if "reverses" in tags else None,
            )
        )
    return entries


def test_a_transaction_is_written_like_this() -> None:
    text = "".join(plain_text(reversal(entries_of(1), "r2")))
    assert text.partition("\n\n")[2] == (
        "account fund:cash    ; type: A, 统筹基金存款\n"
        "account fund:expense:outpatient    ; type: X, 门诊支出\n"
        "\n"
        "2025-01-01 * (r2/ledger.reversal/r1/ledger.test/0) 冲销 r1/ledger.test/0 / reversal of r1/ledger.test/0\n"
        "    ; run: r2\n"
        "    ; rule: ledger.reversal\n"
        "    ; reverses: r1/ledger.test/0\n"
        "    fund:expense:outpatient    -1.00 CNY\n"
        "    fund:cash    1.00 CNY\n"
    )


def test_entries_come_back_from_the_text() -> None:
    entries = [*entries_of(12), *reversal(entries_of(3), "r2")]
    assert read("".join(plain_text(entries))) == entries


def test_every_transaction_of_the_text_sums_to_zero() -> None:
    text = "".join(plain_text(entries_of(12)))
    for block in text.split("\n\n")[2:]:
        assert sum(map(Decimal, re.findall(r"(-?\d+\.\d\d) CNY", block))) == 0


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(entry_id=words, run_id=words, memo=words, reverses=st.none() | words, one=words, amount=st.integers(1, 10**15))
def test_words_with_signs_of_the_form_come_back_as_they_were(
    entry_id: str, run_id: str, memo: str, reverses: str | None, one: str, amount: int
) -> None:
    legs = (Leg(f"payable.hospital.{one}", amount), Leg("fund.cash", -amount))
    entries = [Entry(entry_id, date(2025, 1, 1), run_id, "test", memo, legs, reverses)] * 2
    assert read("".join(plain_text(entries))) == entries
