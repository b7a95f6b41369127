"""Make the README's two pictures from a settled demo: the report's top, and its pictures of gain, loss and flows.

    make demo && .venv/bin/python tools/screenshots.py

Needs Chromium (and a font with Chinese characters, e.g. Debian's fonts-noto-cjk).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tongchou.runs.explain import newest_run
from tongchou.runs.region import open_region

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
COUNTY = ROOT / "demo" / "county"
# The pictures stand far down the page, and a picture shows its top: leave out what stands above them.
ONLY_FLOWS = "<style>.tiles, .notices, .panel:not(:has(#burn, #treatment, #referral)) { display: none }</style>"


def main() -> None:
    """Make both pictures."""
    if shutil.which("chromium") is None:
        sys.exit("Chromium is not installed")
    region = open_region(COUNTY)
    report = region.run_folder(newest_run(region)) / "report.html"
    IMAGES.mkdir(parents=True, exist_ok=True)
    photograph(report.read_text(encoding="utf-8"), IMAGES / "report.png", 1440, 1200)
    photograph(report.read_text(encoding="utf-8") + ONLY_FLOWS, IMAGES / "flows.png", 1440, 1240)


def photograph(html: str, image: Path, width: int, height: int) -> None:
    """Take a picture of the top of a page."""
    with tempfile.TemporaryDirectory() as profile:
        page = Path(profile) / "page.html"
        page.write_text(html, encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        flags += ["--hide-scrollbars", "--virtual-time-budget=8000", f"--user-data-dir={profile}"]
        size, target = f"--window-size={width},{height}", f"--screenshot={image}"
        subprocess.run(["chromium", *flags, size, target, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
