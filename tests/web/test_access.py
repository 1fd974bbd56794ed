"""axe-core on every page, both themes: no violation of WCAG 2.2 AA."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.web.axe import violations

SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1440, "height": 900}}
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desk", "dark")])
async def test_no_page_has_an_accessibility_violation(viewer: Any, demo: Any, size: str, scheme: str) -> None:
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
        if found := await violations(page):
            broken[path] = found
    assert not broken, "\n".join(f"{path}: {rules}" for path, rules in broken.items())
