"""Make the README's two pictures from a settled demo: the report's top, and the terminal's summary.

    make demo && .venv/bin/python tools/screenshots.py

Needs Chromium (and a font with Chinese characters, e.g. Debian's fonts-noto-cjk).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from tongchou.cli import settlement
from tongchou.runs.explain import newest_run
from tongchou.runs.record import read_record
from tongchou.runs.region import open_region

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
COUNTY = ROOT / "demo" / "county"
# Rich's own form names a font on the web; the picture uses what the machine has.
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>{styles} .{unique_id}-matrix {{ font-family: "Noto Sans Mono CJK SC", monospace; font-size: {char_height}px;
line-height: {line_height}px; }}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs><rect width="100%" height="100%" fill="#0c0c0c"/>
<g transform="translate({terminal_x}, {terminal_y})">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>"""


def main() -> None:
    """Make both pictures."""
    if shutil.which("chromium") is None:
        sys.exit("Chromium is not installed")
    region = open_region(COUNTY)
    run = newest_run(region)
    IMAGES.mkdir(parents=True, exist_ok=True)
    photograph(region.run_folder(run) / "report.html", IMAGES / "report.png", 1440, 1500)
    settlement.console = Console(record=True, width=118, file=(Path(tempfile.mkdtemp()) / "out").open("w"))
    settlement.show_run(region, read_record(region.run_folder(run)))
    page = Path(tempfile.mkdtemp()) / "demo.html"
    picture = settlement.console.export_svg(theme=MONOKAI, code_format=SVG)
    page.write_text(f'<body style="margin:0;background:#0c0c0c">{picture}</body>', encoding="utf-8")
    photograph(page, IMAGES / "demo.png", 1440, 1130)


def photograph(page: Path, image: Path, width: int, height: int) -> None:
    """Take a picture of a page's top."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        flags += ["--hide-scrollbars", "--virtual-time-budget=8000", f"--user-data-dir={profile}"]
        size, target = f"--window-size={width},{height}", f"--screenshot={image}"
        subprocess.run(["chromium", *flags, size, target, page.resolve().as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
