"""A sensor that reads wrong is calibrated from the page, with a weight that its owner knows."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.web.conftest import Viewer
from tests.web.staged import Stage

PHONE = {"width": 390, "height": 844}
HOOK_N, HANGING_N, TRUE_N = 5.0, 30.0, 50.0
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.usefixtures("chromium", "page_built")
async def test_two_steps_with_a_known_weight(browser: Browser, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        stage.begin()
        viewer = Viewer(browser, stage.address)
        await _calibrated(await viewer(PHONE), stage)
        assert all("409" in problem for problem in await viewer.close()), "only the refused point"
    finally:
        stage.end()


async def _calibrated(phone: Any, stage: Stage) -> None:
    page = await phone.open(f"/free/{stage.sensor}")
    await page.get_by_text("Calibrate with a known weight").click()
    await page.get_by_role("button", name="It hangs free").click()
    weight = page.get_by_role("spinbutton", name="The weight, N")
    await expect(weight).to_be_visible(timeout=30_000)

    stage.act("reps", n=9, tempo=[0.5, 0, 0.5, 0.2])  # somebody still pulls at it
    await weight.fill(str(TRUE_N))
    taken = page.get_by_role("button", name="It hangs still")
    await taken.click()
    await expect(page.get_by_role("alert")).to_contain_text("Not taken")
    await phone.keep("calibrate-refused")

    stage.act("hold", level_n=HANGING_N)
    done = page.get_by_text(f"The figure above should read {TRUE_N:g}")
    async with page.expect_response("**/calibrate") as answered:
        await page.wait_for_timeout(2500)  # the weight comes to rest: the reading is of the last second
        await taken.click()
    assert (await (await answered.value).json())["ok"]
    await expect(done).to_be_visible()
    await expect(page.locator(".now .v")).to_have_text("50.0", timeout=15_000)
    await phone.keep("calibrate-done")
    assert not await phone.overflows()
