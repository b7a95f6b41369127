"""Take pictures of the working place: each demo role signs in and does its main job, in both languages and themes.

    .venv/bin/python tools/place_tour.py --out /tmp/pictures

It starts `tongchou serve --demo` on a scratch folder (or drives one that runs, with --url), visits every page that a
role may see, and says what looks wrong: an error on a page, one in the browser's console, something cut at the side.
The README's pictures, the overview and a case's why, are written to docs/images with --readme.

Needs Debian's Chromium, Playwright and a font with Chinese characters (fonts-noto-cjk).
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import TimeoutError as TooLong

from tongchou.access.rights import built_in_rights
from tongchou.records.states import ROLE
from tongchou.web.pages import PAGES
from tongchou.web.preferences import LANGUAGE_COOKIE, THEME_COOKIE

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PASSWORD = "Yunqi-cloud-7291-county"  # noqa: S105  # of made-up users
LOOKS = (("zh", "light"), ("en", "dark"), ("zh", "dark"), ("en", "light"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PATIENCE = 60_000
WIDTH, HEIGHT, HIGHEST = 1440, 900, 6_000


@dataclass
class Tour:
    """One role's visit.

    Attributes:
        role: The role.
        page: The browser's page.
        url: Where the place is.
        out: Where pictures go.
        look: Language and theme.
        wrong: What looked wrong.
    """

    role: str
    page: Page
    url: str
    out: Path
    look: tuple[str, str]
    wrong: list[str] = field(default_factory=list)

    async def visit(self, path: str, name: str) -> Path:
        """Open a page, wait until nothing is being read any more, and take its picture."""
        await self.page.goto(self.url + path)
        return await self.picture(name)

    async def picture(self, name: str) -> Path:
        """Take a picture of the page as it is, and look for what is wrong with it."""
        try:
            await self.page.wait_for_function("document.querySelectorAll('.q-spinner').length === 0", timeout=PATIENCE)
        except TooLong:
            self.wrong.append(f"{self.role} {name}: still loading")
        await self.page.wait_for_timeout(900)  # charts move into their place
        path = self.out / f"{self.role}_{name}_{self.look[0]}_{self.look[1]}.png"
        # The window is made as high as the page: the menu at its side ends with the window.
        height = max(HEIGHT, await self.page.evaluate("document.documentElement.scrollHeight"))
        await self.page.set_viewport_size({"width": WIDTH, "height": min(height, HIGHEST)})
        await self.page.wait_for_timeout(300)
        await self.page.screenshot(path=path)
        await self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        text = await self.page.inner_text("body")
        if "error_outline" in text:
            self.wrong.append(f"{self.role} {name}: {text.partition('error_outline')[2].strip()[:200]}")
        if await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            self.wrong.append(f"{self.role} {name} {self.look}: wider than the window")
        return path

    async def ask(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """Ask the API as who is signed in."""
        answer = await self.page.context.request.get(f"{self.url}/api/v1{path}")
        return (await answer.json()).get("data")


async def sign_in(browser: Browser, url: str, role: str, out: Path, look: tuple[str, str]) -> Tour:
    """Sign in through the page, as people do."""
    locale = "en-GB" if look[0] == "en" else "zh-CN"
    context = await browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale=locale)
    pairs = zip((LANGUAGE_COOKIE, THEME_COOKIE), look, strict=True)
    await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in pairs])
    tour = Tour(role, await context.new_page(), url, out, look)
    tour.page.on("console", lambda told: tour.wrong.append(f"{role}: {told.text}") if told.type == "error" else None)
    await tour.page.goto(f"{url}/sign-in")
    await tour.page.wait_for_selector("input[data-name]", timeout=PATIENCE)
    if role == "insurer_officer":
        await tour.picture("sign_in")
    await tour.page.fill("input[data-name]", f"demo_{role}")
    await tour.page.fill("input[data-word]", PASSWORD)
    await tour.page.keyboard.press("Enter")
    await tour.page.wait_for_url(re.compile(r"^(?!.*/sign-in).*$"), timeout=PATIENCE)
    return tour


async def order_a_run(tour: Tour) -> None:
    """Let the officer order a run, and wait until it is computed."""
    await tour.page.goto(f"{tour.url}/settlement")
    period = (await tour.ask("/runs"))[0]["period"]
    await tour.page.get_by_label(re.compile("^(年度|year)$")).fill(period)
    await tour.page.get_by_role("button", name=re.compile("下达结算|Order a run")).click()
    await tour.page.wait_for_timeout(1500)
    await tour.picture("run_ordered")
    await _until(tour, "computed")
    await tour.picture("run_computed")


async def review_and_post(tour: Tour) -> None:
    """Let the approver review what the officer ordered, and post it."""
    for button, then in (("复核通过|Review", "reviewed"), ("入账|Post", "posted")):
        await tour.page.goto(f"{tour.url}/settlement")
        await tour.page.get_by_role("button", name=re.compile(f"({button})$")).first.click()
        await _until(tour, then)
        await tour.picture(f"run_{then}")


async def why(tour: Tour) -> Path | None:
    """Go down from the run to a case of an institution that the role sees, and to why it is as it is."""
    run = next(run for run in await tour.ask("/runs") if run["is_standing"])["run_id"]
    cases = await tour.ask(f"/runs/{run}/cases?size=1")
    if not cases:
        return None
    case = cases[0]
    drg, institution = case.get("drg") or "", case["institution_id"]
    await tour.visit(f"/settlement?run={run}", "members")
    await tour.visit(f"/settlement?run={run}&institution={institution}", "groups")
    await tour.visit(f"/settlement?run={run}&institution={institution}&drg={drg}", "cases")
    return await tour.visit(f"/settlement?run={run}&institution={institution}&drg={drg}&case={case['case_id']}", "why")


async def _until(tour: Tour, state: str) -> None:
    for _ in range(240):
        orders = await tour.ask("/run-orders")
        if orders and orders[0]["state"] == state:
            await tour.page.wait_for_timeout(2500)
            return
        if orders and orders[0]["state"] == "failed":
            break
        await tour.page.wait_for_timeout(500)
    tour.wrong.append(f"{tour.role}: the run is not {state}")


JOBS = {"insurer_officer": order_a_run, "insurer_approver": review_and_post}
"""What a role does besides looking."""


async def tours(url: str, out: Path, roles: list[str], looks: list[tuple[str, str]], *, readme: bool) -> list[str]:
    """Let each role make its tour, and return what looked wrong."""
    wrong: list[str] = []
    rights = built_in_rights()
    async with async_playwright() as playing:
        browser = await playing.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for role in roles:
            for number, look in enumerate(looks):
                tour = await sign_in(browser, url, role, out, look)
                pages = [page for page in PAGES if (role, page.action, page.grade) in rights.by_key]
                taken = {
                    page.path: await tour.visit(page.path, page.path.strip("/").replace("/", "-")) for page in pages
                }
                try:
                    if number == 0 and role in JOBS:
                        await JOBS[role](tour)
                    if role not in {"researcher", "administrator"}:
                        taken["why"] = await why(tour) or out
                except (TooLong, LookupError, TypeError, StopIteration) as error:
                    tour.wrong.append(f"{role}: {type(error).__name__} {str(error)[:200]}")
                if readme and role == "insurer_officer" and look == LOOKS[0]:
                    _keep(taken)
                wrong += tour.wrong
                await tour.page.context.close()
                print(role, *look, len(taken), "pictures")
        await browser.close()
    return wrong


def _keep(taken: dict[str, Path]) -> None:
    for page, name in (("/overview", "overview.png"), ("why", "why.png")):
        if page in taken and taken[page].is_file():
            IMAGES.mkdir(parents=True, exist_ok=True)
            (IMAGES / name).write_bytes(taken[page].read_bytes())


@contextmanager
def demo(cases: int, port: int) -> Iterator[str]:
    """Serve the demo on a scratch folder for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="tongchou-tour-") as scratch:
        command = [sys.executable, "-c", "from tongchou.cli.main import main; main()", "serve", "--demo"]
        process = subprocess.Popen(
            [*command, f"{scratch}/county", "--cases", str(cases), "--port", str(port)],
            env={**os.environ, "TONGCHOU_DEMO_PASSWORD": PASSWORD, "NICEGUI_STORAGE_PATH": f"{scratch}/nicegui"},
            stdout=subprocess.DEVNULL,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(process, url)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    until = time.monotonic() + 600
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api/v1/ready", timeout=5):  # noqa: S310  # our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    sys.exit("the place did not start")


def main(
    out: Annotated[Path, typer.Option(help="Where the pictures go.")],
    url: Annotated[str, typer.Option(help="A demo that runs already.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="These roles only.")] = None,
    looks: Annotated[int, typer.Option(min=1, max=4, help="How many of language and theme: 2 show all of both.")] = 2,
    cases: Annotated[int, typer.Option(help="Cases of the demo.")] = 60_000,
    port: Annotated[int, typer.Option(help="Where the demo listens.")] = 8099,
    *,
    readme: Annotated[bool, typer.Option("--readme", help="Write the README's pictures too.")] = False,
) -> None:
    """Take the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    roles, shown = role or list(ROLE), list(LOOKS[:looks])
    if url:
        wrong = asyncio.run(tours(url, out, roles, shown, readme=readme))
    else:
        with demo(cases, port) as started:
            wrong = asyncio.run(tours(started, out, roles, shown, readme=readme))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    typer.run(main)
