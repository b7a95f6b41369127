"""More than a thousand people are planted in everything that can be handed in; nothing that is written names one."""

import logging
import re
from pathlib import Path

import pytest
from tests.intake.secrecy.everything_asked import ask_commands, ask_the_place, first_pseudonym
from tests.intake.secrecy.people import BEGINNINGS, PATTERN, person
from tests.intake.secrecy.planted_county import PlantedCounty, plant
from tests.intake.secrecy.searching import Searcher, everything_below, written_forms

from tongchou.intake.readers.reader import readers

_INPUTS = ("first", "odd", "own", "later", "tables", "uploads")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> PlantedCounty:
    return plant(tmp_path_factory.mktemp("planted"))


@pytest.mark.slow  # a county is handed in by every reader, asked for everything, and searched
def test_nothing_written_or_said_names_anybody(
    county: PlantedCounty,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    ask_commands(county)
    ask_the_place(county, county.uploads, monkeypatch)
    searcher = Searcher(county.crowd.words(), BEGINNINGS)
    spoken = capfd.readouterr()
    contents = [(name, text.encode()) for name, text in county.said.items()]
    contents += [("log", caplog.text.encode()), ("output", spoken.out.encode()), ("errors", spoken.err.encode())]
    contents += [*everything_below(county.region), *everything_below(county.out)]
    assert searcher.found_in(contents) == {}
    assert sum(len(content) for _, content in contents) > 5 << 20


@pytest.mark.slow
def test_everybody_was_planted(county: PlantedCounty) -> None:
    met: set[str] = set()
    for folder in _INPUTS:
        for _, content in everything_below(county.folder / folder):
            for encoding in ("utf-8", "gb18030"):
                met |= set(re.findall(PATTERN, content.decode(encoding, "replace")))
    planted = county.crowd.met
    assert len({each.card for each in planted}) == len({each.name for each in planted}) == len(planted) > 1_000
    assert [each for each in planted if met.isdisjoint(each.words)] == []
    assert set(person(7).words) <= set(re.findall(PATTERN, " ".join(person(7).words)))


@pytest.mark.slow
def test_every_reader_took_documents_and_the_map_knows_their_people(county: PlantedCounty) -> None:
    counts = county.report["documents"]
    taken = {file["format"] for file in county.report["files"] if file["documents"]["received"]}
    assert taken | {"mapped_table"} == set(readers())
    assert counts["accepted"] > 100
    assert counts["set_aside"] > 500
    before = [*everything_below(county.region / "access")]
    told = county.ask(
        "privacy",
        "reveal",
        first_pseudonym(county),
        "--purpose",
        "稽核",
        "--who",
        "甲",
        "--keys",
        county.folder / "keys.yaml",
    )
    searcher = Searcher(county.crowd.words(), BEGINNINGS)
    assert searcher.found(told.encode())
    after = [*everything_below(county.region / "access")]
    assert after != before
    assert searcher.found_in(after) == {}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_a_word_is_found_however_it_is_written(encoding: str, tmp_path: Path) -> None:
    who = person(7)
    searcher = Searcher(who.words, BEGINNINGS)
    for word in who.words:
        assert searcher.found(b"\xff" + word.encode(encoding) + b"\x00") == [word]
        for form in written_forms(word):
            assert searcher.found(b"before" + form + b"after") == [word], form
    assert searcher.found(person(8).name.encode(encoding)) == []
