"""Whole sets as a wearer does them: led by the page, done by a virtual wearer, kept by the real chain."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.conftest import Viewer, Viewing
from tests.web.drawn import one_is_drawn
from tests.web.staged import Stage
from tests.web.wearing import SLOW, practise, press

PHONE = {"width": 390, "height": 844}
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CLAMSHELL = {
    "exercise": "clamshell",
    "side": "left",
    "tempo": "2-0-2-1",
    "sets": 2,
    "reps_lower": 3,
    "reps_upper": 3,
}
WALK = {"exercise": "lateral-band-walk", "tempo": "constant", "sets": 1, "steps": 5}
BRIDGE = {"exercise": "banded-glute-bridge", "tempo": "1-1-1", "sets": 1, "reps_lower": 2, "reps_upper": 2}
SQUAT = {"exercise": "squat", "tempo": "1-0-1-0", "sets": 1, "reps_lower": 2, "reps_upper": 2}


@pytest.fixture
async def phone(browser: Browser, stage: Stage) -> Any:
    viewer = Viewer(browser, stage.address)
    stage.act("still")
    yield await viewer(PHONE)
    await viewer.close()


async def test_a_set_from_today_to_its_summary(phone: Viewing, stage: Stage) -> None:
    ada = stage.wearer("Ada", CLAMSHELL)
    page = await phone.open(f"/today/{ada['id']}")
    await page.get_by_role("link", name="Start").click()
    await expect(page.get_by_text("Lie on your right side, left knee works.")).to_be_visible()
    await expect(page.locator(".drawing svg")).to_be_visible()
    await phone.keep("led-start", whole=False)
    await practise(page, stage)
    await phone.keep("led-practised", whole=False)
    [reference] = stage.get(f"/api/people/{ada['id']}/references")
    assert reference["excursion_n"] == pytest.approx(40, rel=0.05)
    assert stage.sets(ada) == [], "practice counts as no set"
    await press(page, "Start")
    await expect(page.locator(".tide")).to_be_visible()
    stage.act("reps", n=3, tempo=[2, 0, 2, 1])
    await expect(page.get_by_text("3 reps done")).to_be_visible(timeout=60_000)
    await expect(page.get_by_role("timer")).to_be_visible()
    await phone.keep("led-done", whole=False)
    await page.get_by_role("link", name="See how it went").click()
    await expect(page.locator("h1")).to_contain_text("3 reps done")
    [done] = stage.wait(lambda: [s for s in stage.sets(ada) if s["status"] == "final"], "the final score")
    assert (done["side"], done["reference_id"], done["close_reason"]) == ("left", reference["id"], "target")
    assert all("range_reference" not in (rep.get("absent") or {}) for rep in done["reps"])


@pytest.mark.soak
async def test_other_first_peaks_ask_for_the_band_and_measure_again(phone: Viewing, stage: Stage) -> None:
    bea = stage.wearer("Bea", {**CLAMSHELL, "reps_lower": 9, "reps_upper": 9})
    page = await phone.open(f"/live/{stage.sensor}")
    await practise(page, stage)
    await press(page, "Start")
    await expect(page.locator(".tide")).to_be_visible()
    stage.act("reps", n=9, tempo=[1, 0, 1, 0.5], peak_n=60.0)
    asked = page.get_by_role("alertdialog", name="Different band or placement?")
    await expect(asked).to_be_visible(timeout=60_000)
    await phone.keep("led-jumped", whole=False)
    await asked.get_by_role("button", name="It is different").click()
    await expect(page.get_by_text("Practice 1 of 3")).to_be_visible()
    stage.act("reps", n=3, tempo=SLOW, peak_n=60.0)
    await expect(page.get_by_text("This is another band or placement")).to_be_visible(timeout=60_000)
    newest = stage.get(f"/api/people/{bea['id']}/references")[0]
    assert newest["peak_n"] == pytest.approx(65, rel=0.05)
    assert newest["breaks"]


async def test_a_walk_is_led_by_floor_and_steps_and_turns(phone: Viewing, stage: Stage) -> None:
    cleo = stage.wearer("Cleo", WALK)
    page = await phone.open(f"/live/{stage.sensor}")
    await press(page, "Start")
    await expect(page.get_by_text("Stand still")).to_be_visible()
    stage.act("hold", level_n=30)
    await expect(page.get_by_text("Walk", exact=True)).to_be_visible(timeout=30_000)
    stage.act("hold", level_n=8)
    await expect(page.get_by_text("Feet apart", exact=True)).to_be_visible()
    await phone.keep("led-walk-slack", whole=False)
    stage.act("walk", step_s=0.7)
    way = page.locator(".what p")
    await expect(way).to_have_text("Back", timeout=30_000)
    await expect(page.get_by_role("button", name="Next set")).to_be_visible(timeout=30_000)
    back, there = stage.sets(cleo)
    assert (there["direction"], back["direction"], there["close_reason"]) == ("there", "back", "replaced")
    assert (there["set_number"], back["set_number"]) == (1, None)
    [floor] = stage.get(f"/api/people/{cleo['id']}/references")
    assert floor["floor_n"] == pytest.approx(21, rel=0.03)
    there = stage.wait(lambda: scored(stage, there["id"]), "the score of the way there")
    assert there["score"]["floor_n"] == pytest.approx(floor["floor_n"], rel=0.001)


def scored(stage: Stage, set_id: str) -> dict[str, Any] | None:
    found: dict[str, Any] = stage.get(f"/api/sets/{set_id}")
    return found if found["status"] == "final" and found["score"].get("floor_n") else None


async def test_push_outs_and_sets_without_a_band_play_the_tempo_and_are_counted_by_the_wearer(
    phone: Viewing, stage: Stage
) -> None:
    dan = stage.wearer("Dan", BRIDGE, SQUAT)
    page = await phone.open(f"/live/{stage.sensor}")
    await press(page, "Start")
    stage.act("hold", level_n=30)
    await expect(page.locator(".tide .word")).to_have_text("Up", timeout=30_000)
    await phone.keep("led-push-out", whole=False)
    await expect(page.get_by_text("How many did you do?")).to_be_visible(timeout=30_000)
    await press(page, "One more")
    await press(page, "Keep")
    await expect(page.get_by_text("3 reps, counted by you.")).to_be_visible()
    await press(page, "Next set")
    await press(page, "Start Squat")
    await expect(page.locator(".tide .word")).to_have_text("Down", timeout=30_000)  # squats begin at the top
    await expect(page.get_by_text("How many did you do?")).to_be_visible(timeout=30_000)
    await press(page, "Keep")
    await expect(page.get_by_text("Everything for today is done.")).to_be_visible()
    squat, bridge = stage.sets(dan)
    assert (squat["kind"], squat["hand_reps"]) == ("by_hand", 2)
    assert (bridge["kind"], bridge["hand_reps"]) == ("push_out", 3)


@pytest.mark.soak
async def test_a_lost_sensor_pauses_and_a_killed_server_loses_no_set(phone: Viewing, stage: Stage) -> None:
    eve = stage.wearer("Eve", {**CLAMSHELL, "tempo": "1-0-1-0", "reps_lower": 4, "reps_upper": 4})
    page = await phone.open(f"/live/{stage.sensor}")
    await press(page, "Start without")
    await expect(page.locator(".tide")).to_be_visible()
    stage.act("reps", n=2, tempo=[1.5, 0, 1.5, 1])
    await expect(page.locator("[aria-live=polite]").last).to_contain_text("Rep 2", timeout=30_000)
    stage.act("sleep")
    await expect(page.get_by_text("We paused for you.")).to_be_visible(timeout=30_000)
    await phone.keep("led-lost", whole=False)
    stage.act("wake")
    await expect(page.get_by_text("We paused for you.")).to_be_hidden(timeout=60_000)
    [opened] = stage.sets(eve)
    assert opened["status"] == "open"
    stage.end(kill=True)
    await expect(page.get_by_text("We paused for you.")).to_be_visible(timeout=30_000)
    await asyncio.to_thread(stage.begin)
    await expect(page.get_by_text("We paused for you.")).to_be_hidden(timeout=60_000)
    await expect(page.locator(".what")).to_contain_text("clamshell")
    stage.act("reps", n=2, tempo=[1.5, 0, 1.5, 1])
    await expect(page.get_by_role("button", name="Next set")).to_be_visible(timeout=60_000)
    done = stage.wait(lambda: next((s for s in stage.sets(eve) if s["reps"]), None), "the reps")
    assert (done["id"], len(done["reps"])) == (opened["id"], 4)


@pytest.mark.soak
async def test_a_blind_set_shows_nothing_and_then_asks(phone: Viewing, stage: Stage) -> None:
    fay = stage.wearer("Fay", {**CLAMSHELL, "tempo": "2-0-2-0"})
    page = await phone.open(f"/live/{stage.sensor}")
    await page.get_by_role("checkbox", name="Blind set").check()
    await press(page, "Start without")
    await expect(page.get_by_text("By feel.")).to_be_visible()
    assert await page.locator(".plot").evaluate("plot => getComputedStyle(plot).visibility") == "hidden"
    await expect(page.locator(".tide")).to_have_count(0)
    stage.act("reps", n=3, tempo=[1.5, 0, 1.2, 1])
    await expect(page.get_by_text("How long was your way back?")).to_be_visible(timeout=60_000)
    slider = page.get_by_role("slider")
    await slider.fill("2.5")
    await press(page, "Show me")
    await expect(page.get_by_role("heading", name="It was 1.")).to_be_visible(timeout=30_000)
    await phone.keep("led-blind", whole=False)
    [felt] = stage.get(f"/api/people/{fay['id']}/felt")
    assert (felt["guess_s"], felt["prescribed_s"]) == (2.5, 2.0)
    assert felt["measured_s"] == pytest.approx(1.2, abs=0.2)


async def test_the_first_pull_is_drawn_and_answered(phone: Viewing, stage: Stage) -> None:
    stage.wearer("Gil")
    await phone.page.route("**/api/sets?limit=10", lambda route: route.fulfill(json={"sets": []}))
    stage.act("sleep")
    page = await phone.open("/")
    await expect(page.get_by_role("heading", name="No band is live.")).to_be_visible()
    stage.act("wake")
    await expect(page.get_by_role("heading", name="see a pull.")).to_be_visible(timeout=60_000)
    await one_is_drawn(page)
    stage.act("reps", n=3, tempo=[1.5, 0.5, 0.8, 1.5])
    await expect(page.get_by_role("heading", name="Try two.")).to_be_visible(timeout=20_000)
    await expect(page.locator("h1")).to_contain_text("Back: 0.")
    await expect(page.locator(".pull canvas")).to_be_visible()
    assert not await phone.overflows()
    await press(page, "Show it on your phone")
    await expect(page.get_by_text("This page answers this computer only.")).to_be_visible()
    await phone.keep("first-light")


async def focus(page: Page, role: str, name: str) -> None:
    """Tab until something is focused."""
    wanted = page.get_by_role(role, name=name)  # type: ignore[arg-type]
    await expect(wanted).to_be_enabled()
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the {role} {name!r} cannot be reached with the keyboard")


@pytest.mark.soak
async def test_a_set_with_the_keyboard_alone_in_german_and_over_a_slow_network(
    browser: Browser, stage: Stage
) -> None:
    viewer = Viewer(browser, stage.address)
    phone = await viewer(PHONE, "dark", "de-DE")
    stage.act("still")
    hal = stage.wearer("Hal", CLAMSHELL)
    page = phone.page

    def slow(route: Any) -> None:
        """Every message comes half a second late, in order."""
        server = route.connect_to_server()
        loop = asyncio.get_running_loop()
        server.on_message(lambda message: loop.call_later(0.5, route.send, message))

    await page.route_web_socket("**/api/live/*", slow)
    await phone.open(f"/today/{hal['id']}")
    await focus(page, "link", "Muschel mit Band starten")
    await page.keyboard.press("Enter")
    await focus(page, "button", "Ohne starten")
    await phone.keep("led-start-de", whole=False)
    await page.keyboard.press("Enter")
    await expect(page.locator(".tide")).to_be_visible()
    stage.act("reps", n=2, tempo=[2, 0, 2, 1])
    await expect(page.locator("[aria-live=polite]").last).to_contain_text("Wiederholung 2", timeout=40_000)
    await expect(page.get_by_text("Wir haben für dich angehalten.")).to_have_count(0)
    assert not await phone.overflows()
    await phone.keep("led-de", whole=False)
    await focus(page, "button", "Satz beenden")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="2 Wiederholungen")).to_be_visible(timeout=30_000)
    await viewer.close()


async def test_progress_tells_trends_feel_and_self_tests(phone: Viewing, stage: Stage) -> None:
    ida = stage.wearer("Ida", {**CLAMSHELL, "tempo": "1-0-1-0", "reps_lower": 2, "reps_upper": 2})
    live = await phone.open(f"/live/{stage.sensor}")
    await press(live, "Start without")
    await expect(live.locator(".tide")).to_be_visible()
    stage.act("reps", n=2, tempo=[1.5, 0, 1.5, 1])
    await expect(live.get_by_role("button", name="Next set")).to_be_visible(timeout=60_000)
    stage.wait(lambda: stage.get(f"/api/people/{ida['id']}/trends"), "the trend")
    page = await phone.open(f"/history/{ida['id']}")
    for words in ("Tempo error a rep", "Control on the way back", "Dose", "Tension at end range"):
        await expect(page.get_by_role("heading", name=words)).to_be_visible()
    assert not await phone.overflows()
    await page.get_by_role("button", name="Do it").last.click()
    for side in await page.get_by_role("group").all():
        await side.get_by_label("Yes").check(force=True)
    await press(page, "Keep")
    await expect(page.get_by_text("Hip bridge: yes.")).to_be_visible()
    async with page.expect_download() as download:
        await press(page, "These sets as CSV")
    assert (await download.value).suggested_filename == "clamshell-left.csv"
    await phone.keep("progress")
