"""A place that is killed while a change is put into the policy leaves the old file or the new one, whole."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from tests.settled_place import County, county  # noqa: F401
from tests.workplace.test_policy_changes import FACTOR, WANTED, approved

from tongchou.workplace.policy_applying import apply_change
from tongchou.workplace.policy_proposals import change_of_policy

_APPLY = """
import sys
from pathlib import Path
from tongchou.access.subject import subject_of
from tongchou.records.models import User
from tongchou.records.users import users
from tongchou.workplace.place import open_workplace
from tongchou.workplace.policy_applying import apply_change
from tongchou.workplace.settings import Settings
place = open_workplace(Settings(region=Path(sys.argv[1])))
with place.records.reading() as session:
    user = next(each for each in users(session) if each.user_name == "officer")
    subject = subject_of(session, user, place.today)
print("ready", flush=True)
apply_change(place, subject, sys.argv[2], int(sys.argv[3]))
print("done", flush=True)
"""


@pytest.mark.slow
def test_killed_while_applying_the_pack_is_whole_and_the_change_can_be_applied_again(
    county: County,  # noqa: F811
) -> None:
    place = county.place
    file = place.region.policy_folder / "parameters" / f"{FACTOR}.yaml"
    draft = file.with_name(f".{file.name}.draft")
    moments: list[Callable[[float], bool]] = [
        lambda _: draft.exists(),  # about to be put in place
        lambda begun: file.exists() and file.stat().st_mtime > begun,  # in place, and not noted yet
    ]
    for year, moment in zip((2030, 2031), moments, strict=True):
        change = approved(county, replace(WANTED, values=((date(year, 1, 1), f"{{default: 1.0{year % 10}}}"),)))
        command = [sys.executable, "-c", _APPLY, str(place.region.folder), change.change_id, str(change.version)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            begun = time.time()
            while process.poll() is None and not moment(begun):
                time.sleep(0.0005)
            os.kill(process.pid, signal.SIGKILL)
        value = place.region.policy().at(date(year, 6, 1)).e4(FACTOR, level="primary")  # it loads without problems
        before = 8_500 if year == 2030 else 10_000 + (year - 1) % 10 * 100
        assert value in {before, 10_000 + year % 10 * 100}
        seen = change_of_policy(place, county.officer, change.change_id)
        if seen.state == "approved":
            seen = apply_change(place, county.officer, seen.change_id, seen.version)
        assert seen.state == "applied"
        assert place.region.policy().at(date(year, 6, 1)).e4(FACTOR, level="primary") == 10_000 + year % 10 * 100


def test_what_was_stopped_between_the_file_and_the_records_is_applied_without_writing_twice(
    county: County,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = county.place
    change = approved(county)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("tongchou.workplace.policy_applying._keep_folder", stopped)
        with pytest.raises(KeyboardInterrupt):
            apply_change(place, county.officer, change.change_id, change.version)
    file = place.region.policy_folder / "parameters" / f"{FACTOR}.yaml"
    written = file.read_bytes()
    assert change_of_policy(place, county.officer, change.change_id).state == "approved"
    assert apply_change(place, county.officer, change.change_id, change.version).state == "applied"
    assert file.read_bytes() == written
