"""Settings are checked at the start, all at once, by their names."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.settled_county import SettledCounty

from tongchou.access.rules import built_in_rules
from tongchou.core.errors import Problems, TongchouError
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import read_settings


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "place.toml"
    file.write_text('region = "a"\nport = 9001\nhost = "0.0.0.0"\nlog_level = "debug"\n', encoding="utf-8")
    monkeypatch.setenv("TONGCHOU_PORT", "9003")
    monkeypatch.setenv("TONGCHOU_HOST", "::1")
    settings = read_settings(file, port=9002, host=None, region=None)
    assert (settings.port, settings.host, settings.log_level, settings.region) == (
        9002,
        "::1",
        "debug",
        Path("a"),
    )


def test_everything_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGCHOU_PORT", "high")
    with pytest.raises(Problems) as wrong:
        read_settings(log_level="loud", colour="red")
    names = {problem.where for problem in wrong.value.problems}
    assert names == {"TONGCHOU_PORT", "TONGCHOU_LOG_LEVEL", "TONGCHOU_COLOUR", "TONGCHOU_REGION"}


def test_a_value_that_is_wrong_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGCHOU_PORT", "S3cretWord")
    with pytest.raises(Problems) as wrong:
        read_settings(region=Path("a"))
    assert "S3cretWord" not in str(wrong.value)


def test_a_secret_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "place.toml"
    file.write_text('region = "a"\noidc_client_secret = "x"\n', encoding="utf-8")
    with pytest.raises(TongchouError) as refused:
        read_settings(file)
    assert refused.value.code == "workplace.secret_in_file"


@pytest.mark.parametrize("content", ["region = ", "\x00", "[[["])
def test_a_file_that_is_no_toml_is_told_so(tmp_path: Path, content: str) -> None:
    file = tmp_path / "place.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(TongchouError) as refused:
        read_settings(file)
    assert refused.value.code == "workplace.settings_file"


def test_a_sign_in_idles_as_long_as_the_rules_say_where_no_setting_does(
    settled_county: SettledCounty, tmp_path: Path
) -> None:
    for given, minutes in ((None, built_in_rules().idle.total_seconds() / 60), (7, 7)):
        records = f"sqlite:///{tmp_path / 'records.db'}"
        settings = read_settings(region=settled_county.folder, records=records, idle_minutes=given)
        with closing(open_workplace(settings)) as place:
            assert place.rules.idle == timedelta(minutes=minutes)
