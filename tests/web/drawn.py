"""Whether live curves are drawn: some of their pixels are ink, and the strip they are on is pushed on."""

from playwright.async_api import Page

# Where the strip of every curve in a card stands; false where a curve has no ink.
STRIPS = """() => [...document.querySelectorAll('article .plot')].map(plot => {
  const inked = [...plot.querySelectorAll('canvas')].some(canvas =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0));
  return inked && plot.querySelector('.past > div:last-child').style.transform; })"""
ANY_INK = """() => [...document.querySelectorAll('.plot canvas')].some(canvas =>
  canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0))"""


async def all_move(page: Page) -> None:
    """Returns when every curve in a card is drawn and has moved."""
    before = await page.evaluate(STRIPS)
    moved = f"before => ({STRIPS})().every((seen, i) => seen && seen !== before[i])"
    await page.wait_for_function(moved, arg=before, polling=200)


async def one_is_drawn(page: Page) -> None:
    """Returns when a curve has ink."""
    await page.wait_for_function(ANY_INK)
