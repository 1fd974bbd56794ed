"""What happens to a set when the phone is turned, sleeps, is left, is pressed twice, or is not alone."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import Viewer
from tests.web.staged import Stage
from tests.web.wearing import begun, press

PHONE = {"width": 390, "height": 844}
ON_ITS_SIDE = {"width": 844, "height": 390}
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LONG = {
    "exercise": "clamshell",
    "side": "left",
    "tempo": "1-0-1-1",
    "sets": 2,
    "reps_lower": 6,
    "reps_upper": 30,
}
# Guide, curve and buttons lie wholly in the window, and nothing has to be scrolled to.
FITS = """() => [...document.querySelectorAll('.tide, .plot, .foot .btn')].every(one => {
  const { width, top, left, bottom, right } = one.getBoundingClientRect();
  return width > 40 && top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
}) && document.documentElement.scrollHeight <= innerHeight"""


def counted(page: Page, at_least: int) -> Any:
    """Until the page counts this many reps."""
    ready = "least => Number(document.querySelector('[aria-label=Reps] .n')?.textContent ?? 0) >= least"
    return page.wait_for_function(ready, arg=at_least, timeout=60_000)


async def test_a_phone_is_turned_sleeps_and_wakes_in_the_middle_of_a_set(
    on_stage: Viewer, stage: Stage
) -> None:
    ada = stage.wearer("Ada", LONG)
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/live/{stage.sensor}")
    await begun(page, stage, n=30, tempo=[1, 0, 1, 0.8])
    await counted(page, 2)
    await page.set_viewport_size(ON_ITS_SIDE)  # type: ignore[arg-type]
    await page.wait_for_function(FITS)
    await viewing.keep("live-on-its-side", whole=False)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.wait_for_function(FITS)
    phone = await page.context.new_cdp_session(page)
    await phone.send("Page.setWebLifecycleState", {"state": "frozen"})
    before = stage.wait(lambda: len(stage.sets(ada)[0]["reps"]), "a rep at the server")
    stage.wait(lambda: len(stage.sets(ada)[0]["reps"]) >= before + 3, "three reps in its sleep")
    await phone.send("Page.setWebLifecycleState", {"state": "active"})
    await counted(page, before + 3)
    await expect(page.get_by_text("We paused for you.")).to_be_hidden()
    assert len([one for one in stage.sets(ada) if one["status"] == "open"]) == 1


async def test_a_set_is_left_with_the_back_button_and_found_again(on_stage: Viewer, stage: Stage) -> None:
    ben = stage.wearer("Ben", LONG)
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/today/{ben['id']}")
    await page.get_by_role("link", name="Start").click()
    await begun(page, stage, n=30, tempo=[1, 0, 1, 0.8])
    await counted(page, 2)
    await page.go_back()
    await expect(page.get_by_role("heading", name="Ben")).to_be_visible()
    await page.go_forward()
    await expect(page.locator(".tide")).to_be_visible()
    await counted(page, 3)
    await press(page, "End set")
    await page.get_by_role("link", name="See how it went").click()
    await expect(page.locator("h1")).to_contain_text("reps done")
    onward = page.get_by_role("complementary", name="What comes next")
    await expect(onward.get_by_role("timer")).to_be_visible()
    await onward.get_by_role("link", name="Start now").click()
    await expect(page.get_by_role("button", name="Start without")).to_be_enabled()
    for heading in ("reps done", "", "Ben"):  # the set, the live page it came from, Today
        await page.go_back()
        await expect(page.locator("h1").filter(has_text=heading)).to_be_visible()


async def test_two_taps_open_one_set_and_a_second_phone_sees_and_ends_it(
    on_stage: Viewer, stage: Stage
) -> None:
    cy = stage.wearer("Cy", LONG)
    first = await on_stage(PHONE)
    page = await first.open(f"/live/{stage.sensor}")
    start = page.get_by_role("button", name="Start without")
    await expect(start).to_be_enabled()
    await start.dblclick(no_wait_after=True)
    await expect(page.locator(".tide")).to_be_visible()
    stage.act("reps", n=30, tempo=[1, 0, 1, 0.8])
    await counted(page, 2)
    second = await on_stage(PHONE, "dark")
    other = await second.open(f"/live/{stage.sensor}")
    await counted(other, 3)
    await press(other, "End set")
    await expect(page.get_by_role("button", name="Next set")).to_be_visible()
    await expect(other.get_by_role("button", name="Next set")).to_be_visible()
    assert len(stage.sets(cy)) == 1
