"""axe-core on every page, both themes: no violation of WCAG 2.2 AA."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

AXE = Path(__file__).resolve().parents[2] / "dashboard" / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async tags => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
  const words = node => node.html + ' ' + node.failureSummary;
  return found.violations.map(rule => rule.id + ': ' + rule.nodes.slice(0, 3).map(words).join(' | '));
}"""
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1440, "height": 900}}
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("NO AXE-CORE: run npm ci in dashboard/web")
    return AXE.read_text()


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desk", "dark")])
async def test_no_page_has_an_accessibility_violation(
    viewer: Any, demo: Any, axe: str, size: str, scheme: str
) -> None:
    scored = demo.scored_set()
    person = scored["person"]["id"]
    viewing = await viewer(SIZES[size], scheme)
    paths = (
        "/",
        "/sets",
        f"/sets/{scored['id']}",
        "/people",
        f"/people/{person}",
        "/caseload",
        "/rules",
        f"/watch/{person}",
        f"/today/{person}",
        f"/history/{person}",
        f"/hand/{person}",
    )
    broken: dict[str, list[str]] = {}
    for path in (*paths, f"/live/{scored['sensor']}", f"/free/{scored['sensor']}"):
        page = await viewing.open(path)
        await expect(page.locator("h1")).to_be_visible()
        await page.wait_for_timeout(1500)
        await page.evaluate(axe)
        if found := await page.evaluate(RUN, TAGS):
            broken[path] = found
    assert not broken, "\n".join(f"{path}: {rules}" for path, rules in broken.items())
