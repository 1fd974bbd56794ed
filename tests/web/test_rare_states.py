"""States a wearer seldom sees, in German and small: practice, band dialog, lost sensor, stance, blind."""

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import Viewer
from tests.web.staged import Stage
from tests.web.wearing import Looks, press

SMALL = {"width": 360, "height": 640}
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CLAMSHELL = {
    "exercise": "clamshell",
    "side": "left",
    "tempo": "2-0-2-0",
    "sets": 2,
    "reps_lower": 3,
    "reps_upper": 9,
}
WALK = {"exercise": "lateral-band-walk", "tempo": "constant", "sets": 1, "steps": 5}
BRIDGE = {"exercise": "banded-glute-bridge", "tempo": "1-1-1", "sets": 1, "reps_lower": 2, "reps_upper": 2}


async def opened(on_stage: Viewer, stage: Stage, scheme: str) -> tuple[Page, Looks]:
    """The German live page of the sensor on a small phone."""
    viewing = await on_stage(SMALL, scheme, "de-DE")
    page = await viewing.open(f"/live/{stage.sensor}")
    return page, Looks(viewing, SMALL, f"small-{scheme}", german=True)


async def foot_is_seen(page: Page) -> bool:
    """Whether every button of the foot lies wholly in the window."""
    buttons = page.locator(".foot .btn")
    bottoms = [
        await button.evaluate("one => one.getBoundingClientRect().bottom") for button in await buttons.all()
    ]
    return bool(bottoms) and max(bottoms) <= SMALL["height"]


async def test_practice_the_band_dialog_and_a_lost_sensor(on_stage: Viewer, stage: Stage) -> None:
    stage.wearer("Ada", CLAMSHELL)
    page, looks = await opened(on_stage, stage, "light")
    await press(page, "Drei Proben machen")
    await expect(page.get_by_text("Probe 1 von 3")).to_be_visible()
    await looks.at("practice", zoomed=False)
    stage.act("reps", n=3, tempo=[2, 0.5, 2, 1])
    await expect(page.get_by_role("heading", name="Dein ganzer Weg")).to_be_visible(timeout=60_000)
    await looks.at("practised")
    await press(page, "starten")
    await expect(page.locator(".tide")).to_be_visible()
    assert await foot_is_seen(page)
    stage.act("reps", n=9, tempo=[1, 0, 1, 0.5], peak_n=60.0)
    asked = page.get_by_role("alertdialog", name="Anderes Band oder anderer Sitz?")
    await expect(asked).to_be_visible(timeout=60_000)
    await looks.at("band-dialog", zoomed=False)
    await asked.get_by_role("button", name="Wie zuvor").click()
    await expect(asked).to_be_hidden()
    stage.act("sleep")
    await expect(page.get_by_text("Wir haben für dich angehalten.")).to_be_visible(timeout=30_000)
    await looks.at("lost-sensor")
    stage.act("wake")
    await expect(page.get_by_text("Wir haben für dich angehalten.")).to_be_hidden(timeout=60_000)
    assert not looks.broken, "\n".join(looks.broken)


@pytest.mark.soak
async def test_stance_slack_and_the_count(on_stage: Viewer, stage: Stage) -> None:
    stage.wearer("Ben", WALK, BRIDGE)
    page, looks = await opened(on_stage, stage, "dark")
    await press(page, "starten")
    await expect(page.get_by_text("Still stehen")).to_be_visible()
    await looks.at("stance")
    stage.act("hold", level_n=30)
    await expect(page.get_by_text("Gehen", exact=True)).to_be_visible(timeout=30_000)
    stage.act("hold", level_n=8)
    await expect(page.get_by_text("Füße auseinander", exact=True)).to_be_visible()
    await looks.at("slack", zoomed=False)
    stage.act("still")
    await press(page, "Satz beenden")
    await press(page, "Nächster Satz")
    await press(page, "starten")
    stage.act("hold", level_n=30)
    await expect(page.get_by_text("Wie viele waren es?")).to_be_visible(timeout=60_000)
    await looks.at("count")
    await press(page, "Behalten")
    await expect(page.get_by_text("von dir gezählt")).to_be_visible()
    assert not looks.broken, "\n".join(looks.broken)


@pytest.mark.soak
async def test_a_blind_set_and_its_reveal(on_stage: Viewer, stage: Stage) -> None:
    stage.wearer("Cleo", {**CLAMSHELL, "reps_upper": 3})
    page, looks = await opened(on_stage, stage, "light")
    await page.get_by_role("checkbox", name="Blinder Satz").check()
    await press(page, "Ohne starten")
    await expect(page.get_by_text("Nach Gefühl.")).to_be_visible()
    await looks.at("blind")
    stage.act("reps", n=3, tempo=[1.5, 0, 1.2, 1])
    await expect(page.get_by_text("Wie lang war dein Rückweg?")).to_be_visible(timeout=60_000)
    await looks.at("guess")
    await page.get_by_role("slider").fill("2.5")
    await press(page, "Zeig es mir")
    await expect(page.get_by_role("heading", name="Es waren 1,")).to_be_visible(timeout=30_000)
    await looks.at("reveal")
    await press(page, "Weiter")
    await expect(page.get_by_role("button", name="Nächster Satz")).to_be_visible()
    assert not looks.broken, "\n".join(looks.broken)
