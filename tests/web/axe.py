"""axe-core in a page under test."""

from pathlib import Path

import pytest
from playwright.async_api import Page

AXE = Path(__file__).resolve().parents[2] / "dashboard" / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async tags => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
  const words = node => node.html + ' ' + node.failureSummary;
  return found.violations.map(rule => rule.id + ': ' + rule.nodes.slice(0, 3).map(words).join(' | '));
}"""


async def violations(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA on the page as it stands, in words."""
    if not AXE.exists():
        pytest.skip("NO AXE-CORE: run npm ci in dashboard/web")
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(RUN, TAGS)
    return found
