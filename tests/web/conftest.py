"""A real Chromium on the real demo: virtual wearers, real bridge, broker, store, scoring and page."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from tests.web.staged import Stage

PROJECT = Path(__file__).resolve().parents[2]
STATIC = PROJECT / "dashboard" / "static"
SCREENSHOTS = PROJECT / "build" / "screenshots"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STARTED_WITHIN_S = 150.0  # the first start after a change compiles the scorer
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
expect.set_options(timeout=30_000)  # the demo and the tests may share two busy cores


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("NO CHROMIUM: the page is not tested in a browser. On Debian: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def page_built() -> Path:
    if not (STATIC / "index.html").exists():
        pytest.skip("PAGE NOT BUILT: run make web")
    return STATIC


@dataclass(frozen=True)
class Demo:
    """The running demo: where it answers."""

    address: str

    def get(self, path: str) -> Any:
        return httpx.get(self.address + path, timeout=20.0).raise_for_status().json()

    def wait_for(self, path: str, found: Any, within_s: float = STARTED_WITHIN_S) -> Any:
        """The first answer in which ``found`` finds something, and that thing."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if thing := found(self.get(path)):
                    return thing
            time.sleep(0.5)
        raise AssertionError(f"nothing wanted came from {path} within {within_s:g} s")

    def streaming(self) -> "Demo":
        """Itself, once a sensor streams."""
        self.wait_for("/api/sensors", lambda sensors: [s for s in sensors if s["state"] == "streaming"])
        return self

    def scored_set(self, name: str = "", within_s: float = 150.0) -> dict[str, Any]:
        """A set that is scored for good, of the wearer whose name starts so."""

        def finished(answer: dict[str, Any]) -> dict[str, Any] | None:
            done = [s for s in answer["sets"] if s["status"] in ("final", "incomplete") and s["person"]]
            told = [s for s in done if s["reps"] and s["prescription_id"]]
            return next((s for s in told if s["person"]["name"].startswith(name)), None)

        found: dict[str, Any] = self.wait_for("/api/sets?limit=50", finished, within_s)
        return found


@pytest.fixture(scope="session")
def demo(chromium: str, page_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    del chromium, page_built
    process, running = start_demo(tmp_path_factory.mktemp("demo"))
    _demos.append(process)
    try:
        yield running.streaming()
    finally:
        _stop_demos()


def start_demo(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], Demo]:
    """``tempoband demo`` as a process of its own, up to where its page answers."""
    log = folder / "log"
    command = [sys.executable, "-m", "tempoband.app", "demo", "--port", "0", "--no-browser"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, "--data-dir", folder / "data", *options],
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        )
    return process, Demo(_address(log, process))


_demos: list[subprocess.Popen[bytes]] = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """The demo leaves with the last test that wants it: it would slow down all that follow."""
    if nextitem is None or "demo" not in getattr(nextitem, "fixturenames", ()):
        _stop_demos()


def _stop_demos() -> None:
    while _demos:
        stop_demo(_demos.pop())


def stop_demo(process: subprocess.Popen[bytes]) -> None:
    """End it as Ctrl-C would."""
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
        raise


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text(errors="replace")):
            return found.group()
        time.sleep(0.2)
    raise AssertionError(f"the demo did not start:\n{log.read_text(errors='replace')[-3000:]}")


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@dataclass
class Viewing:
    """A page under test. What the browser complained about is kept, and ends the test when it leaves."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        await self.page.goto(self.address + path)
        return self.page

    async def keep(self, name: str, *, whole: bool = True) -> None:
        """A screenshot for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)

    async def overflows(self) -> bool:
        """Whether the page has to be scrolled sideways."""
        wide: bool = await self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide


class Viewer:
    """Opens pages of one browser on one demo."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._open: list[tuple[BrowserContext, Viewing]] = []

    async def __call__(self, size: dict[str, int], scheme: str = "light", locale: str = "en-GB") -> Viewing:
        context = await self._browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=locale,
            device_scale_factor=1.5 if size is PHONE else 1,
        )
        viewing = Viewing(await context.new_page(), self._address)
        viewing.page.set_default_timeout(30_000)
        viewing.page.on("console", lambda message: _note(viewing, message))
        viewing.page.on("pageerror", lambda error: viewing.complaints.append(str(error)))
        self._open.append((context, viewing))
        return viewing

    async def close(self) -> list[str]:
        """Closes every page; what the browser complained about."""
        for context, _ in self._open:
            await context.close()
        return [complaint for _, viewing in self._open for complaint in viewing.complaints]


def _note(viewing: Viewing, message: ConsoleMessage) -> None:
    if message.type == "error":
        viewing.complaints.append(message.text)


@pytest.fixture(scope="module")
def stage(chromium: str, page_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A chain whose one wearer does what the test says; shared by the tests of a file."""
    del chromium, page_built
    stage = Stage(tmp_path_factory.mktemp("stage"))
    try:
        stage.begin()
        yield stage
    finally:
        stage.end()


@pytest.fixture
async def on_stage(browser: Browser, stage: Stage) -> AsyncIterator[Viewer]:
    """Opens pages on the stage, whose wearer stands still; the sets that a test leaves open end with it."""
    viewer = Viewer(browser, stage.address)
    stage.act("still")
    yield viewer
    complaints = await viewer.close()
    stage.close_sets()
    assert not complaints, "; ".join(complaints)


@pytest.fixture
async def viewer(browser: Browser, demo: Demo) -> AsyncIterator[Viewer]:
    viewer = Viewer(browser, demo.address)
    yield viewer
    complaints = await viewer.close()
    assert not complaints, "the browser complained (content policy, script error): " + "; ".join(complaints)
