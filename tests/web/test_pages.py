"""What a person sees on each page, on the real chain."""

import asyncio
import contextlib
import csv
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Route, WebSocketRoute, expect

from tests.web.conftest import DESK, PHONE
from tests.web.drawn import all_move
from tests.web.german import english_on

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_home_shows_moving_curves_and_scored_sets(viewer: Any, demo: Any) -> None:
    demo.scored_set()
    desk = await viewer(DESK)
    page = await desk.open("/")
    await expect(page.locator("article .plot")).to_have_count(3)
    await expect(page.get_by_text("Simulated", exact=True)).to_be_visible()
    await all_move(page)
    row = page.locator("section.recent li").first
    await expect(row).to_contain_text("reps")
    await desk.keep("home-desk")
    phone = await viewer(PHONE, "dark")
    await phone.open("/")
    await expect(phone.page.locator("section.recent li").first).to_be_visible()
    assert not await phone.overflows()
    await phone.keep("home-phone-dark")


async def test_live_guide_leads_and_counts(viewer: Any, demo: Any) -> None:
    sensor = demo.get("/api/sensors")[0]["sensor"]
    phone = await viewer(PHONE)
    page = await phone.open(f"/live/{sensor}")
    seen: set[str] = set()
    tide = page.locator(".tide")
    await expect(tide).to_be_visible(timeout=60_000)
    async with asyncio.timeout(60):
        while not {"out", "back"} <= seen:
            if await tide.count():
                seen.add(await tide.get_attribute("data-phase") or "")
            await asyncio.sleep(0.1)
    await phone.keep("live-phone", whole=False)
    await expect(page.locator("[aria-live=polite]").last).to_contain_text("Rep", timeout=60_000)
    assert not await phone.overflows()
    height, window = await page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert height <= window, "the live page never scrolls"
    desk = await viewer(DESK, "dark")
    await desk.open(f"/live/{sensor}")
    await expect(desk.page.locator(".plot canvas").first).to_be_visible()
    await asyncio.sleep(4)
    await desk.keep("live-desk-dark", whole=False)


async def test_live_page_pauses_when_the_samples_stop(viewer: Any, demo: Any) -> None:
    sensor = demo.get("/api/sensors")[1]["sensor"]
    phone = await viewer(PHONE)
    stopped = asyncio.Event()

    def between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if stopped.is_set() else route.send(message))

    await phone.page.route_web_socket("**/api/live/*", between)
    page = await phone.open(f"/live/{sensor}")
    await expect(page.get_by_text("Linked")).to_be_visible(timeout=30_000)
    stopped.set()
    lost = page.get_by_text(re.compile("We paused for you|No signal from the sensor"))  # between sets too
    await expect(lost).to_be_visible(timeout=30_000)
    await phone.keep("live-phone-lost", whole=False)
    stopped.clear()
    await expect(lost).to_be_hidden(timeout=30_000)


async def test_free_pull_records_and_hands_out_csv(viewer: Any, demo: Any, tmp_path: Path) -> None:
    sensor = demo.get("/api/sensors")[2]["sensor"]
    phone = await viewer(PHONE)
    page = await phone.open(f"/free/{sensor}")
    await expect(page.locator(".plot canvas").first).to_be_visible()
    await page.get_by_role("button", name="Record").click()
    await asyncio.sleep(4)
    await phone.keep("free-phone")
    await page.get_by_role("button", name="Stop").click()
    await asyncio.sleep(3)  # the last batch is committed within a moment
    async with page.expect_download() as download:
        await page.get_by_role("link", name="CSV").click()
    kept = tmp_path / "pull.csv"
    await (await download.value).save_as(kept)
    rows = list(csv.DictReader(kept.read_text().splitlines()))
    times = [float(row["time_s"]) for row in rows]
    assert list(rows[0]) == ["time_s", "tension_n", "simulated"]
    assert {row["simulated"] for row in rows} == {"true"}, "no row can be taken for a measurement"
    assert len(rows) > 150, "about four seconds at 80 samples a second"
    assert times == sorted(times)
    await page.get_by_text("kg", exact=True).click()
    await expect(page.locator(".now")).to_contain_text("kg")


SHIFTS = """
window.shifts = [];
const told = ({ node }) => (node?.outerHTML ?? node?.data ?? '').slice(0, 120);
const noted = entry => window.shifts.push(`${entry.value} ${entry.sources.map(told).join(' | ')}`);
// A figure at a right edge that grows by a digit moves itself and nothing else.
const grown = ({ value, sources }) => value < 0.0005 && sources.length === 1;
const moved = entry => !entry.hadRecentInput && !grown(entry);
new PerformanceObserver(list => list.getEntries().filter(moved).forEach(noted))
  .observe({ type: 'layout-shift', buffered: true });"""


async def test_nothing_moves_under_the_thumb_while_a_page_fills(viewer: Any, demo: Any) -> None:
    scored, sensor = demo.scored_set(), demo.get("/api/sensors")[0]["sensor"]
    person = scored["person"]["id"]
    paths = (
        "/",
        f"/today/{person}",
        f"/live/{sensor}",
        f"/free/{sensor}",
        "/sets",
        f"/sets/{scored['id']}",
        "/people",
        f"/people/{person}",
        f"/history/{person}",
    )
    for size in (PHONE, DESK):
        viewing = await viewer(size)
        await viewing.page.add_init_script(SHIFTS)
        for path in paths:
            page = await viewing.open(path)
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await asyncio.sleep(1.5)  # two answers of what a page asks for again and again
            assert await page.evaluate("window.shifts") == [], path


async def test_set_page_says_every_rep_in_words_and_numbers(viewer: Any, demo: Any) -> None:
    scored = demo.scored_set("Ben")
    desk = await viewer(DESK)
    page = await desk.open(f"/sets/{scored['id']}")
    await expect(page.locator("h1")).to_contain_text(f"{len(scored['reps'])} reps done")
    await expect(page.locator("figure canvas").first).to_be_visible()
    table = page.locator("table").filter(has_text="Seconds in each phase")
    assert await table.locator("tbody tr").count() == len(scored["reps"])
    first = scored["reps"][0]
    seconds = first["eccentric_end_s"] - first["eccentric_start_s"]
    told = first["tempo"]["eccentric"]["seconds"] if first["tempo"].get("eccentric") else seconds
    await expect(table.locator("tbody tr").first).to_contain_text(f"{told:.1f}")
    await expect(page.locator("article").first).to_contain_text("Snapped back")  # Ben rushes
    await desk.keep("set-desk")
    phone = await viewer(PHONE, "dark")
    await phone.open(f"/sets/{scored['id']}")
    await expect(phone.page.locator("figure canvas").first).to_be_visible()
    assert not await phone.overflows()
    await phone.keep("set-phone-dark")


async def test_a_person_is_added_and_prescribed_to(viewer: Any, demo: Any) -> None:
    phone = await viewer(PHONE)
    page = await phone.open("/people")
    await page.get_by_label("Name").fill("Dana Test")
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator("h1")).to_have_text("Dana Test")
    await page.get_by_role("button", name="Add an exercise").click()
    await page.get_by_role("radio", name="Banded clamshell").check()
    await page.get_by_label("Back, seconds").fill("3")
    await page.get_by_label("Days a week").fill("4")
    await phone.keep("prescribe-phone")
    await page.get_by_role("button", name="Prescribe", exact=True).click()
    await expect(page.locator("article")).to_contain_text("4 days a week")
    await expect(page.locator("article .tempo")).to_have_attribute(
        "aria-label", "Out 2 seconds, Hold 1 seconds, Back 3 seconds"
    )
    people = demo.get("/api/people")
    dana = next(person for person in people if person["name"] == "Dana Test")
    assert [plan["tempo"] for plan in dana["prescriptions"]] == ["2-1-3"]


async def test_a_server_that_stops_answering_is_said_and_forgiven(viewer: Any) -> None:
    desk = await viewer(DESK)
    page = await desk.open("/sets")
    await expect(page.locator("h1")).to_be_visible()
    away = True

    async def answer(route: Route) -> None:
        if away:
            await route.abort("connectionrefused")
        else:
            await route.continue_()

    await page.route("**/api/**", answer)
    await expect(page.get_by_text("The server does not answer.")).to_be_visible(timeout=30_000)
    await desk.keep("server-lost-desk", whole=False)
    away = False
    await expect(page.get_by_text("The server does not answer.")).to_be_hidden(timeout=30_000)
    desk.complaints.clear()  # the browser logs each refused request


async def test_no_bluetooth_is_said_plainly(viewer: Any) -> None:
    phone = await viewer(PHONE)
    status = {"bridge": "home", "online": True, "at_us": 0, "problem": "no_adapter", "detail": "no adapter"}
    status["simulated"] = False
    await phone.page.route("**/api/sensors", lambda route: route.fulfill(json=[]))
    await phone.page.route("**/api/bridges", lambda route: route.fulfill(json=[status]))
    page = await phone.open("/")
    await expect(page.locator("h1")).to_have_text("There is no Bluetooth here.")
    await phone.keep("no-bluetooth-phone")


async def test_german_is_whole_and_fits_a_phone(viewer: Any, demo: Any) -> None:
    scored = demo.scored_set()
    phone = await viewer(PHONE, locale="de-DE")
    for path in (
        "/",
        "/sets",
        f"/sets/{scored['id']}",
        "/people",
        "/caseload",
        f"/free/{scored['sensor']}",
    ):
        page = await phone.open(path)
        await expect(page.locator("nav")).to_contain_text("Personen")
        await expect(page.locator("h1")).to_be_visible()
        assert not await phone.overflows(), path
        assert not await english_on(page), path
    page = await phone.open(f"/live/{scored['sensor']}")
    await asyncio.sleep(3)
    assert not await phone.overflows()
    assert not await english_on(page)
    await phone.keep("live-phone-de", whole=False)


async def test_keyboard_alone_reaches_a_live_page(viewer: Any) -> None:
    desk = await viewer(DESK)
    page = await desk.open("/")
    await expect(page.locator("article a").first).to_be_visible()
    for _ in range(20):
        await page.keyboard.press("Tab")
        target = await page.evaluate("document.activeElement.getAttribute('href') ?? ''")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "the focus can be seen"
        if target.startswith("/live/"):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/live/*")


async def test_today_leads_from_the_programme_to_the_live_page(viewer: Any, demo: Any) -> None:
    sensor = next(s for s in demo.get("/api/sensors") if s["person"])
    phone = await viewer(PHONE)
    page = await phone.open(f"/today/{sensor['person']['id']}")
    await expect(page.locator("h1")).to_contain_text(sensor["person"]["name"])
    assert await page.locator("a.main").count() <= 1, "one large button"
    assert not await phone.overflows()
    await phone.keep("today-phone")
    start = page.get_by_role("link", name="Start")
    if await start.count():  # nothing is left to start when the day's sets are done
        await start.click()
        await page.wait_for_url(f"**/live/{sensor['sensor']}*")


async def test_a_page_opens_without_the_server_once_it_was_loaded(viewer: Any) -> None:
    phone = await viewer(PHONE)
    page = await phone.open("/people")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_text("The server does not answer yet.")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_text("The server does not answer yet.")).to_be_hidden(timeout=30_000)
    phone.complaints.clear()  # the browser logs each request that could not leave


async def test_a_set_is_ended_by_hand_and_the_next_one_started(viewer: Any, demo: Any) -> None:
    phone = await viewer(PHONE)
    open_set = demo.wait_for("/api/sensors", lambda all_: next((s for s in all_ if s["open_set"]), None))
    page = await phone.open(f"/live/{open_set['sensor']}")
    await page.get_by_role("button", name="End set").click(timeout=60_000)
    await expect(page.get_by_role("link", name="See how it went")).to_be_visible(timeout=30_000)
    await phone.keep("live-phone-done", whole=False)
    await page.get_by_role("button", name="Next set").click()
    start = page.get_by_role("button", name="Start")
    with contextlib.suppress(PlaywrightError):  # the wearer may have started the next one already
        await phone.keep("live-phone-start", whole=False)
        await start.click(timeout=20_000)
    await expect(page.locator(".tide")).to_be_visible(timeout=60_000)


STATES = {
    "lost": "The signal stopped.",
    "asleep": "The sensor sleeps.",
    "taken": "Another app holds this sensor.",
    "offline": "The computer beside the sensor does not answer.",
}


async def test_home_says_what_to_do_for_each_state_of_a_sensor(viewer: Any, demo: Any) -> None:
    told = demo.get("/api/sensors")[0]
    sensors = [
        {**told, "sensor": f"x{s}", "name": s, "state": s, "open_set": None, "loss": "unknown"}
        for s in STATES
    ]
    desk = await viewer(DESK)
    await desk.page.route("**/api/sensors", lambda route: route.fulfill(json=sensors))
    await desk.page.route_web_socket("**/api/live/*", lambda _: None)  # silent
    page = await desk.open("/")
    for words in STATES.values():
        await expect(page.get_by_text(words)).to_be_visible()
    await expect(page.get_by_text("Loss cannot be known").first).to_be_visible()
    await desk.keep("home-states-desk")


async def test_pain_and_effort_are_kept_with_one_tap_each(viewer: Any, demo: Any) -> None:
    scored = demo.scored_set("Ada")
    phone = await viewer(PHONE)
    page = await phone.open(f"/sets/{scored['id']}")
    for kind, value in (("Any pain in that set?", "3 of 10"), ("How hard was it?", "6 of 10")):
        choice = page.get_by_role("radiogroup", name=kind).get_by_label(value, exact=True)
        await choice.evaluate("one => one.scrollIntoView({ block: 'center' })")  # a bar floats
        async with page.expect_response(lambda answer: answer.request.method == "POST") as kept:
            await choice.check(force=True)
        assert (await kept.value).status == 201
    person, start_us = scored["person"]["id"], scored["started_us"]
    reports = demo.get(f"/api/people/{person}/reports?start_us={start_us}&end_us={start_us + 86_400_000_000}")
    own = [report for report in reports if report["set_id"] == scored["id"]]
    assert {report["pain"] for report in own} >= {3}
    assert {report["effort_cr10"] for report in own} >= {6.0}
    await page.reload()
    await expect(page.get_by_role("radiogroup", name="Any pain").get_by_label("3 of 10")).to_be_checked()
    await phone.keep("set-phone-felt")
