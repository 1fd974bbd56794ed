"""What is said to somebody two to three metres away is large enough on a phone of 6.1 inches."""

import math
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.conftest import PHONE, Viewer
from tests.web.staged import Stage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
MM_PER_PX = 6.1 * 25.4 / math.hypot(PHONE["width"], PHONE["height"])
FAR_MM = 3000
# ISO 9241-3: at least 16 minutes of arc, 20 to 22 preferred; 10 can be read where contrast is high.
LEAST, PREFERRED, SHORT = 16.0, 20.0, 10.0
PLAN = {
    "exercise": "clamshell",
    "side": "left",
    "tempo": "2-1-2-1",
    "sets": 2,
    "reps_lower": 6,
    "reps_upper": 30,
}
# Height of a capital or figure as it is drawn, and whether its block cuts nothing of it off.
TALL = """([selector, sample]) => {
  const one = document.querySelector(selector);
  const style = getComputedStyle(one);
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const box = one.closest('.tide').getBoundingClientRect();
  const own = one.getBoundingClientRect();
  const whole = own.left >= box.left && own.right <= box.right;
  return { px: pen.measureText(sample).actualBoundingBoxAscent, whole, text: one.textContent };
}"""


def minutes_of_arc(px: float) -> float:
    """How large this many CSS pixels look from three metres."""
    return math.degrees(math.atan(px * MM_PER_PX / FAR_MM)) * 60


async def words_and_seconds(page: Page) -> tuple[dict[str, float], float]:
    """Minutes of arc of every phase's word, and the least of the seconds."""
    words: dict[str, float] = {}
    least = math.inf
    for phase in ("out", "hold", "back", "rest"):
        await page.locator(f".tide[data-phase={phase}] .count").wait_for(timeout=30_000)
        word = await page.evaluate(TALL, [".tide .word", "H"])
        count = await page.evaluate(TALL, [".tide .count", "2"])
        assert word["whole"], f"{word['text']} is cut off"
        words[word["text"]] = minutes_of_arc(word["px"])
        least = min(least, minutes_of_arc(count["px"]))
    return words, least


@pytest.mark.parametrize(
    ("locale", "start", "least_word"), [("en-GB", "Start without", LEAST), ("de-DE", "Ohne starten", SHORT)]
)
async def test_words_and_seconds_are_read_from_three_metres(
    browser: Browser, stage: Stage, locale: str, start: str, least_word: float
) -> None:
    stage.wearer(f"Ada {locale}", PLAN)
    stage.act("still")
    viewer = Viewer(browser, stage.address)
    page: Any = await (await viewer(PHONE, locale=locale)).open(f"/live/{stage.sensor}")
    await page.get_by_role("button", name=start).click()
    await expect(page.locator(".tide")).to_be_visible()
    stage.act("reps", n=9, tempo=[2, 1, 2, 1])
    words, seconds = await words_and_seconds(page)
    assert len(words) == 4
    assert min(words.values()) >= least_word, words
    assert seconds >= PREFERRED
    rep = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.n')).fontSize) * .72")
    assert minutes_of_arc(rep) >= SHORT
    await viewer.close()
    stage.close_sets()
