"""What tests do as a wearer on the live page, and how a state of it is looked at."""

from typing import Any

from playwright.async_api import Page, expect

from tests.web.axe import violations
from tests.web.conftest import Viewing
from tests.web.german import english_on
from tests.web.staged import Stage

SLOW = [2.0, 0.5, 2.0, 1.0]
# A window of 1280 by 1024 pixels at 200 and 400 percent (WCAG 1.4.10).
ZOOMED = ({"width": 640, "height": 512}, {"width": 320, "height": 256})
TIDE = ".tide"


async def press(page: Page, name: str) -> None:
    """The first button with this name."""
    await page.get_by_role("button", name=name).first.click()


async def begun(page: Page, stage: Stage, **reps: Any) -> None:
    """A set of the plan at hand, with its first rep under way."""
    await press(page, "Start without")
    await expect(page.locator(TIDE)).to_be_visible()
    stage.act("reps", **reps)


async def practise(page: Page, stage: Stage) -> None:
    """Three slow practice reps, until the page says what they gave."""
    await press(page, "Practise three reps")
    await expect(page.get_by_text("Practice 1 of 3")).to_be_visible()
    stage.act("reps", n=3, tempo=SLOW)
    await expect(page.get_by_role("heading", name="Your full range")).to_be_visible(timeout=60_000)


class Looks:
    """Looks at a state: accessible, German where asked, no sideways scrolling at any zoom."""

    def __init__(self, viewing: Viewing, size: dict[str, int], name: str, *, german: bool = False) -> None:
        self._viewing, self._size, self._name, self._german = viewing, size, name, german
        self.broken: list[str] = []

    async def at(self, state: str, *, zoomed: bool = True) -> None:
        """Notes what is broken in this state."""
        page = self._viewing.page
        self.broken += [f"{state}: {rule}" for rule in await violations(page)]
        if self._german:
            self.broken += [f"{state}: English: {text}" for text in await english_on(page)]
        await self._viewing.keep(f"state-{state}-{self._name}", whole=False)
        for size in ZOOMED if zoomed else ():
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            if await self._viewing.overflows():
                self.broken.append(f"{state}: scrolls sideways at {size['width']} px")
            await self._viewing.keep(f"state-{state}-{self._name}-{size['width']}")
        await page.set_viewport_size(self._size)  # type: ignore[arg-type]
