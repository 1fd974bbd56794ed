"""Figures of the live page in a real Chromium: packet to pixel, main thread of a slow phone, layout shift.

Broker, dashboard, load and browser share this machine: the figures are upper bounds. The throttle of the
browser slows the page down four times; busy is CPU time of its main thread, not of whatever else runs here.
"""

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright
from websockets.asyncio.client import connect

from bench.live import PER_FRAME, age_ms, broker, dashboard, linked, look, publish
from bench.table import Row
from tempoband.contracts.events import SensorState, SensorStatus
from tempoband.contracts.frame import decode_frame
from tempoband.contracts.topics import UpKind, up

PROJECT = Path(__file__).resolve().parents[1]
STATIC = PROJECT / "dashboard" / "static"
UPLOT = PROJECT / "dashboard" / "web" / "node_modules" / "uplot" / "dist" / "uPlot.iife.min.js"
SCRIPTS = Path(__file__).with_name("page_scripts")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE, PHONE_RATIO = {"width": 390, "height": 844}, 3
DESK = {"width": 1280, "height": 900}
SLOW = 4
REFRESH_MS = 1000 / 60  # what is drawn can be seen at the next refresh of the screen
WARM_UP_S, MEASURE_S = 4.0, 10.0
STATUS = SensorStatus(bridge="b0", sensor="s0", name="s0", state=SensorState.STREAMING, at_us=0)
PLAN = {
    "exercise": "clamshell",
    "side": "left",
    "tempo": "2-1-2-1",
    "sets": 3,
    "reps_lower": 12,
    "reps_upper": 99,
    "days_per_week": 7,
}


def rows() -> Iterator[Row]:
    if chromium := found_chromium():
        yield from asyncio.run(_measured(chromium))


def found_chromium() -> str | None:
    """The browser, where it and the built page are there."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium and (STATIC / "index.html").exists() and UPLOT.exists():
        return chromium
    print("NO CHROMIUM OR NO BUILT PAGE: the figures of the page are NOT measured (see CONTRIBUTING.md)")
    return None


@contextlib.asynccontextmanager
async def launched(chromium: str) -> AsyncIterator[Browser]:
    """The browser, until the figures are taken."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


async def _measured(chromium: str) -> list[Row]:
    async with launched(chromium) as browser:
        found = [
            await _packet_to_pixel(browser, sensors, pages, per_frame, goal_ms)
            for sensors, pages, goal_ms in ((1, 1, 100.0), (200, 50, 250.0))
            for per_frame in (PER_FRAME, 15)
        ]
        found += await _led_set(browser)
    return found


@contextlib.asynccontextmanager
async def scene(
    sensors: int, per_frame: int = PER_FRAME, folder: Path | None = None
) -> AsyncIterator[tuple[str, Any]]:
    """Broker, dashboard and sensors that stream; the dashboard's host, and settings of the broker."""
    async with contextlib.AsyncExitStack() as stack:
        mqtt = await stack.enter_async_context(broker())
        host = await stack.enter_async_context(dashboard(mqtt, sensors, folder))
        link = await stack.enter_async_context(linked(mqtt, "bench-bridge"))
        link.publish(up("b0", "s0", UpKind.STATUS), STATUS.model_dump_json().encode(), 1)
        work = asyncio.create_task(publish(link, sensors, per_frame))
        try:
            yield host, mqtt
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work  # a load that failed is no figure


async def phone(browser: Browser) -> BrowserContext:
    context = await browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        device_scale_factor=PHONE_RATIO,
        service_workers="block",  # the baseline is served by the browser's own routes
    )
    await context.add_init_script(script("listen.js"))
    return context


async def _led(context: BrowserContext, host: str) -> Page:
    """The live page in the middle of a led set."""
    async with httpx.AsyncClient(base_url=f"http://{host}", headers={"origin": f"http://{host}"}) as api:
        person = (await api.post("/api/people", json={"name": "Ada"})).raise_for_status().json()["id"]
        (await api.post(f"/api/people/{person}/prescriptions", json=PLAN)).raise_for_status()
        (await api.put("/api/sensors/s0/person", json={"person_id": person})).raise_for_status()
    page = await context.new_page()
    await page.goto(f"http://{host}/live/s0")
    await page.get_by_role("button", name="Start without").click()
    await page.locator(".tide").wait_for()
    await page.evaluate(script("watch.js"))
    return page


async def _packet_to_pixel(browser: Browser, sensors: int, pages: int, per_frame: int, goal_ms: float) -> Row:
    bare_ms: list[float] = []
    async with scene(sensors, per_frame) as (host, mqtt), linked(mqtt, "bench-bare") as bare:
        bare.subscribe(
            up("b0", "s0", UpKind.FRAMES),
            0,
            lambda took: bare_ms.append(age_ms(decode_frame(took.payload).end_us)),
        )
        async with contextlib.AsyncExitStack() as others:
            sockets = [
                await others.enter_async_context(connect(f"ws://{host}/api/live/s{n % sensors}"))
                for n in range(1, pages)
            ]
            looking = [asyncio.create_task(look(each, [])) for each in sockets]
            context = await phone(browser)
            page = await _led(context, host)
            await asyncio.sleep(WARM_UP_S)
            bare_ms.clear()
            await page.evaluate("window.ages.length = 0")
            await asyncio.sleep(MEASURE_S)
            ages_ms: list[float] = await page.evaluate("window.ages")
            await context.close()
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
    p99_ms = float(np.percentile(ages_ms, 99)) + REFRESH_MS
    return Row(
        name=f"packet to pixel, p99, {per_frame} samples a packet, {sensors} sensors, {pages} pages",
        value=p99_ms,
        unit="ms",
        goal=f"<= {goal_ms:g} ms",
        met=p99_ms <= goal_ms,
        baseline="bare subscriber, p99",
        baseline_value=float(np.percentile(bare_ms, 99)),
    )


async def _led_set(browser: Browser) -> list[Row]:
    async with scene(1) as (host, _):
        context = await phone(browser)
        led = await _busy(context, await _led(context, host))
        shift = max(
            [
                await _shift(context, f"http://{host}{path}", size)
                for path in await _paths(host)
                for size in (PHONE, DESK)
            ]
        )
        drawn_anew = await _busy(context, await plain(context, host))
        await context.close()
    baseline = "whole chart drawn anew with uPlot, 30 a second"
    return [
        Row(
            "main thread at 4x slowdown, led set",
            led[0],
            "% CPU",
            "<= 40 %",
            led[0] <= 40,
            baseline,
            drawn_anew[0],
        ),
        Row("redraws at 4x slowdown", led[1], "a second", ">= 30", led[1] >= 29.5, baseline, drawn_anew[1]),
        Row("layout shift, worst of the wearer's pages", shift, "score", "0", shift == 0),
    ]


async def _paths(host: str) -> list[str]:
    person = (await get(host, "/api/people"))[0]["id"]
    return ["/", f"/today/{person}", "/live/s0", "/free/s0", "/sets", f"/history/{person}"]


async def _busy(context: BrowserContext, page: Page) -> tuple[float, float]:
    """CPU of the main thread in percent of the time that passed, and redraws a second, while slowed down."""
    await page.bring_to_front()
    cdp = await context.new_cdp_session(page)
    await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
    await asyncio.sleep(WARM_UP_S)
    begun_s, cpu_s, redraws = time.monotonic(), await _task_s(cdp), await page.evaluate("window.redraws")
    await asyncio.sleep(MEASURE_S)
    passed_s = time.monotonic() - begun_s
    busy = (await _task_s(cdp) - cpu_s) / passed_s * 100
    a_second = (await page.evaluate("window.redraws") - redraws) / passed_s
    await page.close()
    return busy, a_second


async def _task_s(cdp: CDPSession) -> float:
    metrics = (await cdp.send("Performance.getMetrics"))["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


async def plain(context: BrowserContext, host: str) -> Page:
    """The baseline's page, from the address of the dashboard."""
    page = await context.new_page()
    await page.route("**/uplot.js", lambda route: route.fulfill(path=UPLOT))
    await page.route("**/plain", lambda route: route.fulfill(path=SCRIPTS / "plain.html"))
    await page.goto(f"http://{host}/plain")
    return page


async def get(host: str, path: str) -> Any:
    async with httpx.AsyncClient(base_url=f"http://{host}") as api:
        return (await api.get(path)).raise_for_status().json()


def script(name: str) -> str:
    return (SCRIPTS / name).read_text()


async def _shift(context: BrowserContext, address: str, size: dict[str, int]) -> float:
    page = await context.new_page()
    await page.set_viewport_size(size)  # type: ignore[arg-type]
    await page.goto(address)
    await asyncio.sleep(4)
    score: float = await page.evaluate("window.shift")
    await page.close()
    return score
