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
    # In one expression: a page may allow no script at all, and then axe looks from outside of its rules.
    found: list[str] = await page.evaluate(
        f"async tags => {{ {AXE.read_text()}; return ({RUN})(tags); }}", TAGS
    )
    return found
