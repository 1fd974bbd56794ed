"""Figures of opening pages in a real Chromium: what is loaded first, and a set of thirty minutes."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.async_api import Browser, Page
from sqlalchemy import insert

from bench import dashboard as stored
from bench.page import STATIC, found_chromium, get, launched, phone, plain, scene, script
from bench.scripts import entry_of, gzipped_bytes, needed
from bench.table import Row
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.contracts.frame import encode_frame
from tempoband.storage.records import Records
from tempoband.storage.records.rows import new_id, values
from tempoband.storage.records.scored import SetRecord
from tempoband.storage.records.tables import SetRow
from tempoband.storage.settings import records_in
from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.open import open_store


def rows() -> Iterator[Row]:
    if chromium := found_chromium():
        yield script_weight()
        yield from asyncio.run(_measured(chromium))


async def _measured(chromium: str) -> list[Row]:
    async with launched(chromium) as browser:
        return await _long_set(browser)


def script_weight() -> Row:
    """The scripts the first page asks for at once, beside all there are."""
    kb = gzipped_bytes(needed(entry_of(STATIC), set())) / 1024
    every = gzipped_bytes(STATIC.glob("assets/*.js")) / 1024
    return Row("script of the first page, gzip", kb, "KB", "<= 150 KB", kb <= 150, "all pages at once", every)


async def _long_set(browser: Browser) -> list[Row]:
    """Thirty minutes from a press to the drawn curve, without the time the browser takes to start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        full = await asyncio.to_thread(_keep_long_set, folder)
        async with scene(1, folder=folder) as (host, _):
            context = await phone(browser)
            page = await context.new_page()
            await page.goto(f"http://{host}/sets")
            await page.locator("h1").wait_for()
            set_id = (await get(host, "/api/sets?limit=5"))["sets"][0]["id"]
            ours_ms = min([await _again(page, host, f"/sets/{set_id}") for _ in range(3)])
            anew = await plain(context, host)
            await anew.route(
                "**/full.json", lambda route: route.fulfill(body=full, content_type="application/json")
            )
            full_ms: float = await anew.evaluate("window.full()")
            await context.close()
    return [
        Row(
            name="opening a 30-minute set, to drawn",
            value=ours_ms,
            unit="ms",
            goal="<= 300 ms",
            met=ours_ms <= 300,
            baseline="full-resolution JSON",
            baseline_value=full_ms,
        )
    ]


async def _again(page: Page, host: str, path: str) -> float:
    await page.goto(f"http://{host}/sets")
    await page.locator("h1").wait_for()
    await asyncio.sleep(1)
    took_ms: float = await page.evaluate(script("opened.js"), path)
    return took_ms


def _keep_long_set(folder: Path) -> bytes:
    """Stores thirty minutes and the set they are; what a page would get of them without thinning."""
    end_us = stored.T0_US + stored.SET_S * 1_000_000
    store = open_store(str(folder))
    frames = [stored.frame(seq) for seq in range(stored.SET_S * 1_000_000 // stored.FRAME_US)]
    store.write([StoredFrame("s0", "b0", each, encode_frame(each)) for each in frames])
    curve = store.read("s0", stored.T0_US, end_us)
    store.close()
    records = Records(records_in(folder))
    done = SetRecord(
        id=new_id(),
        sensor="s0",
        person_id=None,
        declared=False,
        started_us=stored.T0_US,
        ended_us=end_us,
        status=SetStatus.FINAL,
        revision=1,
    )
    with records.write() as session:
        session.execute(insert(SetRow), [values(done) | {"clinic_id": LOCAL_CLINIC}])
    records.close()
    return json.dumps({"time_us": curve.time_us.tolist(), "tension_n": curve.tension_n.tolist()}).encode()
