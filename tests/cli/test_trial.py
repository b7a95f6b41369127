"""`tongchou trial` as a counter clerk types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tongchou.cli.main import app

PLAIN = {"--pack": "demo_city", "--on": "2025-06-01", "--level": "secondary", "--insurance": "resident"}


def trial(*more: str, **changes: str) -> Result:
    words = {**PLAIN, "--total": "12000", **{f"--{name}": value for name, value in changes.items()}}
    return CliRunner().invoke(app, ["trial", *(part for pair in words.items() for part in pair), *more])


def parts(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, result.output
    return {payer: amount for payer, amount in json.loads(result.output)["parts_fen"].items() if amount}


def test_it_explains_itself_with_an_example() -> None:
    result = CliRunner().invoke(app, ["trial", "--help"])
    assert result.exit_code == 0
    assert "tongchou trial --pack demo_city" in result.output


def test_it_says_who_pays_what_and_why_in_both_languages() -> None:
    result = trial("--self-paid", "300")
    assert result.exit_code == 0
    # (12,000 - 300 - 500) x 0.77
    for words in ("8,624.00", "3,376.00", "个人现金 / Cash", "支付比例：0.7700", "Ratio: 0.7700", "虚构演示政策"):
        assert words in result.output


def test_one_language_is_enough_where_it_is_asked_for() -> None:
    shown = trial("--language", "zh").output
    assert "支付比例：0.7700" in shown
    assert "Ratio: 0.7700" not in shown


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), {"basic": 885_500, "cash": 314_500}),
        # up: 800 less 500 already paid
        (("--level", "tertiary", "--referred", "up", "--paid-before", "500"), {"basic": 760_500, "cash": 439_500}),
        # down: waived
        (("--level", "primary", "--referred", "down", "--paid-before", "800"), {"basic": 1_056_000, "cash": 144_000}),
        # a third stay: 500 x 0.5
        (("--nth", "3"), {"basic": 904_750, "cash": 295_250}),
        # signed, a first visit at primary: 0.88 + 0.15, at most 0.95
        (("--level", "primary", "--signed", "--first-visit"), {"basic": 1_121_000, "cash": 79_000}),
        (("--place", "not_filed"), {"basic": 655_500, "cash": 544_500}),
        (("--fund-used", "299000"), {"basic": 100_000, "cash": 1_100_000}),
        # a drug bill of a chronic disease: 200 first, 0.60, at most 2,000
        (("--chronic", "M01600", "--total", "1200"), {"basic": 60_000, "cash": 60_000}),
        (("--chronic", "M01600"), {"basic": 200_000, "cash": 1_000_000}),
        (("--two-disease", "hypertension", "--total", "100"), {"basic": 6_000, "cash": 4_000}),
        (("--care", "outpatient", "--total", "150"), {"basic": 4_000, "cash": 11_000}),
        (("--care", "rehabilitation"), {"basic": 862_500, "cash": 337_500}),
        # employees: 0.90 + 0.03 retired; the account pays before cash
        (
            ("--insurance", "employee", "--retired", "--account", "300"),
            {"basic": 1_060_200, "account": 30_000, "cash": 109_800},
        ),
        # aid: no deductible, 0.77, then 0.75 of the rest
        (("--aid", "minimum_living"), {"basic": 924_000, "aid": 207_000, "cash": 69_000}),
        # catastrophic: a burden of 3,145 upon 16,000, in the first tier
        (("--burden", "16000"), {"basic": 885_500, "catastrophic": 188_700, "cash": 125_800}),
    ],
)
def test_what_the_options_come_to(more: tuple[str, ...], expected: dict[str, int]) -> None:
    assert parts(trial(*more, "--json")) == expected


def test_a_regions_own_policy_answers(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text("{id: r, name: {zh: 甲, en: A}, pack: r}", encoding="utf-8")
    file = tmp_path / "policy" / "parameters" / "benefit" / "inpatient" / "ratio.yaml"
    file.parent.mkdir(parents=True)
    (tmp_path / "policy" / "pack.yaml").write_text(
        "{id: r, name: {zh: 甲, en: A}, level: county, parent: demo_city}", encoding="utf-8"
    )
    file.write_text(
        "values: [{from: 2025-01-01, source: {title: example}, value: {default: {default: 0.5}}}]", encoding="utf-8"
    )
    words = [part for name, value in PLAIN.items() if name != "--pack" for part in (name, value)]
    result = CliRunner().invoke(app, ["trial", "--region", str(tmp_path), *words, "--total", "12000", "--json"])
    assert parts(result) == {"basic": 575_000, "cash": 625_000}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--total", "-3"), "-3 不是金额"),
        (("--total", "twelve"), "twelve is no amount"),
        (("--total", "0.001"), "0.001 is no amount"),
        (("--total", "nan"), "nan is no amount"),
        (("--total", "1e30"), "1e30 is no amount"),
        (("--self-paid", "12000.01"), "benefit.amounts"),
        (("--on", "2025-02-30"), "2025-02-30 is no day"),
        (("--level", "fourth"), "tertiary"),
        (("--insurance", "private"), "benefit.unknown_state"),
        (("--referred", "sideways"), "benefit.unknown_state"),
        (("--retired",), "benefit.person"),
        (("--referred", "up", "--chronic", "M01600"), "benefit.referral"),
        (("--care", "inpatient", "--chronic", "M01600"), "chronic, inpatient"),
        (("--care", "chronic"), "benefit.disease"),
        (("--two-disease", "gout"), "benefit.unknown_state"),
        (("--nth", "0"), "--nth"),
        (("--region", "."), "--region"),
        (("--pack", "atlantis"), "there is no pack atlantis"),
    ],
)
def test_wrong_use_is_answered_by_a_sentence_and_status_2(more: tuple[str, ...], words: str) -> None:
    result = trial(*more)
    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("│", " ").split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--chronic", "M99999"), "benefit.unknown_disease"),
        (("--insurance", "employee", "--two-disease", "diabetes"), "policy.no_value"),
        (("--on", "2022-12-31"), "policy.no_value"),
    ],
)
def test_what_the_policy_does_not_say_is_a_problem_of_the_policy(more: tuple[str, ...], code: str) -> None:
    result = trial(*more, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["code"] == code
