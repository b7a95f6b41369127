"""The page shows the settlement's figures, in both languages, and needs nothing but itself."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.statements import echarts
from tongchou.statements.html import percent, render_report, ten_thousands
from tongchou.statements.model import MemberShare, RegionReport
from tongchou.statements.pictures import largest_results, waterfall

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


class Page(HTMLParser):
    """What a browser would find: the words, the links and the scripts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        loading = {"src", "href", "srcset", "poster", "data", "action", "background", "formaction", "ping"}
        self.addresses += [value or "" for name, value in attrs if name in loading]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside == "style":
            assert "url(" not in data
            assert "@import" not in data
        elif data.strip():
            self.words.append(data.strip())


@pytest.fixture(scope="module")
def html(report: RegionReport) -> str:
    return render_report(report)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def data_of(page: Page) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(page.scripts[0])
    return data


def test_nothing_is_loaded_from_outside_the_file(page: Page) -> None:
    assert page.addresses == ["data:,", "#zh", "#en"]
    scripts = "".join(page.scripts)
    addresses = set(re.findall(r"https?://[^\"'`\s)]+", scripts))
    # Names of XML dialects that the chart library writes into its drawings; nothing loads them.
    assert addresses == {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/2000/xmlns/",
        "http://www.w3.org/XML/1998/namespace",
    }
    for way in ("import(", "sourceMappingURL", "importScripts", "fetch(", "XMLHttpRequest", "WebSocket"):
        assert way not in scripts, way


def test_the_headline_shows_the_settlement_in_both_languages(page: Page) -> None:
    shown = page.words
    start = shown.index("总额预算")
    assert shown[start : start + 6] == [
        "总额预算", "Global budget", "10,000.00 万元", "¥100.00m", "100,000,000.00 元", "100,000,000.00 yuan",
    ]  # fmt: skip
    for words in ("9,100.00 万元", "900.00 万元", "9.00%", "740.00 万元", "7,400,000.00 yuan"):
        assert words in shown


def test_every_member_and_share_is_listed(page: Page, report: RegionReport) -> None:
    assert report.alliance is not None
    for member in report.alliance.members:
        assert member.name.zh in page.words
        assert member.name.en in page.words
        assert format_yuan(member.share_fen) in page.words


def test_every_institution_has_its_result_with_a_sign(page: Page, report: RegionReport) -> None:
    for one in report.institutions:
        shown = ten_thousands(one.hospital_result_fen)
        assert (shown if one.hospital_result_fen < 0 else f"+{shown}") in page.words


def test_notices_and_rows_set_aside_are_told(page: Page, report: RegionReport) -> None:
    for notice in report.notices:
        assert notice.zh in page.words
        assert notice.en in page.words
    start = page.words.index("结算清单")
    assert page.words[start : start + 5] == ["结算清单", "Settlement lists", "10,048", "48", "10,000"]


def test_a_deficit_is_told_as_one(deficit_report: RegionReport) -> None:
    words = Page(render_report(deficit_report)).words
    start = words.index("超支")
    assert words[start : start + 4] == ["超支", "Deficit", "800.00 万元", "¥8.00m"]
    assert "医联体承担" in words
    assert "结余率分段" not in words


def test_the_pictures_get_exact_figures(page: Page, report: RegionReport) -> None:
    data = data_of(page)
    assert data["burn"][-1]["budget"] == 10_000_000_000
    assert data["burn"][-1]["inpatient"] + data["burn"][-1]["outpatient"] == 9_100_000_000
    assert len(data["burn"]) == 12
    assert sum(row["result"] for row in data["institutions"]) == sum(
        one.hospital_result_fen for one in report.institutions
    )
    assert sum(row["value"] for row in data["treatment"]) == 8_011_000_000
    assert sum(row["value"] for row in data["referral"]) == 842 + 216 + 388 + 517 + 143


def test_the_waterfall_ends_at_nothing(report: RegionReport, deficit_report: RegionReport) -> None:
    for one, whole in ((report, 900_000_000), (deficit_report, -800_000_000)):
        assert one.alliance is not None
        rows = waterfall(one.alliance)
        assert (rows[0]["start"], rows[0]["end"], rows[-1]["end"]) == (0, whole, 0)
        assert [row["start"] for row in rows[1:]] == [row["end"] for row in rows[:-1]]


def test_fifteen_gains_and_fifteen_losses_are_shown() -> None:
    assert largest_results(range(-20, 21), lambda fen: fen) == [*range(20, 5, -1), *range(-6, -21, -1)]
    assert largest_results([0, 3, 0, -1], lambda fen: fen) == [3, -1]


def test_beyond_twelve_members_the_rest_are_summed_and_listed_apart(report: RegionReport) -> None:
    assert report.alliance is not None
    member = report.alliance.members[-1]
    clinics = tuple(
        MemberShare(f"V{number}", Text.plain(f"clinic {number}"), "primary", member.measures, number)
        for number in range(1, 21)
    )
    crowded = replace(report.alliance, members=(*report.alliance.members, *clinics))
    rows = waterfall(crowded)
    assert [row["name"]["zh"] for row in rows[-3:]] == ["clinic 17", "clinic 16", "其余 15 家成员"]
    assert rows[-1]["amount"] == sum(range(1, 16))
    words = Page(render_report(replace(report, alliance=crowded))).words
    assert words[words.index("其余 15 家成员") : words.index("其余 15 家成员") + 3] == [
        "其余 15 家成员",
        "15 other members",
        "1.20",
    ]
    assert {f"clinic {number}" for number in range(1, 21)} < set(words)


def test_institutions_without_cases_are_counted_not_listed(report: RegionReport) -> None:
    idle = replace(report.institutions[0], institution_id="V1", name=Text.plain("idle clinic"), case_count=0)
    page = Page(render_report(replace(report, institutions=(*report.institutions, idle))))
    assert "idle clinic" not in page.words
    assert "另有 1 家机构本期无住院病例" in page.words


def test_a_name_cannot_break_out_of_the_page(report: RegionReport) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    one = replace(report.institutions[0], name=Text(evil, evil))
    page = Page(render_report(replace(report, institutions=(one, *report.institutions[1:]))))
    assert page.addresses == ["data:,", "#zh", "#en"]
    assert evil in {row["name"]["zh"] for row in data_of(page)["institutions"]}


def test_a_region_without_alliance_shows_the_hospitals_sums(report: RegionReport) -> None:
    page = Page(render_report(replace(report, alliance=None, months=(), flows=())))
    assert "医联体结算" not in page.words
    assert "基金使用进度" not in page.words
    total = sum(one.fund_fen for one in report.institutions)
    assert f"{format_yuan(total)} 元" in page.words


@pytest.mark.parametrize(
    ("fen", "shown"), [(0, "0.00"), (123_456_789, "123.46"), (500_000, "0.50"), (-5_000, "-0.01"), (5_000, "0.01")]
)
def test_ten_thousand_yuan_are_rounded_half_up(fen: int, shown: str) -> None:
    assert ten_thousands(fen) == shown


@pytest.mark.parametrize(("ratio_e4", "shown"), [(900, "9.00%"), (-805, "-8.05%"), (10_000, "100.00%"), (1, "0.01%")])
def test_ratios_are_shown_in_per_cent(ratio_e4: int, shown: str) -> None:
    assert percent(ratio_e4) == shown


def test_a_missing_chart_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(echarts, "_folder", lambda: tmp_path)
    echarts.echarts_script.cache_clear()
    try:
        with pytest.raises(TongchouError) as caught:
            echarts.echarts_script()
    finally:
        echarts.echarts_script.cache_clear()
    assert caught.value.code == "statements.no_charts"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_draws_every_picture(tmp_path: Path, html: str) -> None:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command.append((tmp_path / "report.html").as_uri())
    drawn = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    assert drawn.count("<svg") == 6
    assert 'data-language="zh"' in drawn
