"""A physio's flows on a small simulated clinic, in a real Chromium: the list, the rules, a watched set."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.axe import violations
from tests.web.conftest import DESK, PHONE, Demo, Viewer, start_demo, stop_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def clinic(chromium: str, page_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Six made-up people over three weeks, and the three wearers who exercise now."""
    del chromium, page_built
    folder = tmp_path_factory.mktemp("clinic")
    process, demo = start_demo(folder, "--clinic", "--people", "6", "--weeks", "3")
    try:
        yield demo.streaming()
    finally:
        stop_demo(process)


@pytest.fixture
async def physio(browser: Browser, clinic: Demo) -> AsyncIterator[Viewer]:
    viewer = Viewer(browser, clinic.address)
    yield viewer
    complaints = await viewer.close()
    assert not complaints, "; ".join(complaints)


def rows(clinic: Demo) -> list[dict[str, Any]]:
    return list(clinic.get("/api/caseload")["rows"])


def waiting(clinic: Demo) -> list[str]:
    return [row["person"]["name"] for row in rows(clinic) if row["state"] == "open"]


async def without_violation(page: Page) -> None:
    assert await violations(page) == []


async def test_the_first_screen_says_who_needs_a_look_and_why(physio: Viewer, clinic: Demo) -> None:
    desk = await physio(DESK)
    page = await desk.open("/")
    await expect(page).to_have_url(re.compile("/caseload$"))
    await expect(page.locator("h1")).to_contain_text("need nothing.")
    first = page.locator("tbody tr").first
    await expect(first).to_contain_text("Act today")
    await expect(first).to_contain_text("Pain")
    stopped = page.locator("tbody tr", has_text="Tom Okafor")
    await expect(stopped).to_contain_text(re.compile(r"No set for \d+ days"))
    await expect(stopped).to_contain_text("no set")
    quick = page.locator("tbody tr", has_text="Dev Anand")
    await expect(quick).to_contain_text("of the time under tension")
    await expect(page.locator("tbody tr")).to_have_count(len(waiting(clinic)))
    panel = page.locator("aside")
    await expect(panel).to_contain_text("Rule: pain 5 or more, or 2 above usual, within a week.")
    await expect(panel).to_contain_text("Solid: this week")
    await without_violation(page)
    await expect(panel.get_by_role("button", name="Send and snooze")).to_be_in_viewport(ratio=1)
    await desk.keep("caseload-desk", whole=False)
    phone = await physio(PHONE, "dark")
    page = await phone.open("/caseload")
    await expect(page.locator("tbody tr").first).to_be_visible()
    assert not await phone.overflows()
    await expect(page.locator("tbody tr").first.locator(".rep svg")).to_be_visible()
    await without_violation(page)
    await page.locator("[data-person]").first.click()
    await expect(page.locator("aside textarea")).to_be_visible()
    assert not await phone.overflows()
    await without_violation(page)
    await phone.keep("caseload-phone-dark")


async def test_keys_go_through_the_list_and_a_message_reaches_the_wearer(
    physio: Viewer, clinic: Demo
) -> None:
    desk = await physio(DESK)
    page = await desk.open("/caseload")
    await expect(page.locator("tbody tr").first).to_be_visible()
    before = waiting(clinic)
    await page.keyboard.press("j")
    chosen = page.locator("tr.on button")
    await expect(chosen).to_have_text(before[1])
    await page.keyboard.press("k")
    await expect(chosen).to_have_text(before[0])
    await page.locator("aside textarea").fill("Shall we talk today?\nj and s are letters here.")
    await page.keyboard.press("Escape")
    await page.keyboard.press("s")
    await expect(page.locator("main .said")).to_contain_text(f"Sent to {before[0]}.")
    assert waiting(clinic) == before[1:]
    person = next(row["person"]["id"] for row in rows(clinic) if row["person"]["name"] == before[0])
    phone = await physio(PHONE)
    today = await phone.open(f"/today/{person}")
    await expect(today.locator("section", has_text="From your physio")).to_contain_text(
        "Shall we talk today?"
    )
    await phone.keep("today-message-phone", whole=False)
    await today.get_by_role("button", name="Read").click()
    await expect(today.locator("text=From your physio")).to_have_count(0)
    assert clinic.get(f"/api/people/{person}/messages")[0]["read_us"] is not None
    await page.get_by_role("button", name="Take back").click()
    await expect(page.locator("main .said")).to_contain_text("is on the list again")
    assert sorted(waiting(clinic)) == sorted(before)


async def test_search_filters_and_the_end_of_the_list(physio: Viewer, clinic: Demo) -> None:
    desk = await physio(DESK)
    page = await desk.open("/caseload")
    await expect(page.locator("tbody tr").first).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("hanne")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody tr")).to_contain_text("The way back snapped")
    await page.get_by_role("searchbox").fill("nobody of this name")
    await expect(page.locator("section.list")).to_contain_text("Nobody here.")
    await page.get_by_role("button", name="Everybody").click()
    await expect(page.locator("tbody tr")).to_have_count(len(rows(clinic)))
    await page.get_by_role("button", name="To look at").click()
    names = waiting(clinic)
    for n in range(len(names)):
        await page.keyboard.press("a")
        left = len(names) - n - 1
        await expect(page.locator("tbody tr")).to_have_count(left)
    await expect(page.locator("h1")).to_have_text("Done in under a minute.")
    await page.get_by_role("button", name="Put away").click()
    await expect(page.locator("tbody tr")).to_have_count(len(names))
    await desk.keep("caseload-done-desk", whole=False)
    for name in names:
        await page.locator("tr", has_text=name).locator("button").click()
        await page.locator("aside").get_by_role("button", name="Take back").click()
        await expect(page.locator("main .said")).to_contain_text(name)
    assert sorted(waiting(clinic)) == sorted(names)


async def test_a_rule_is_changed_and_everybody_is_judged_by_it(physio: Viewer, clinic: Demo) -> None:
    desk = await physio(DESK)
    page = await desk.open("/rules#no_set")
    card = page.locator("form#no_set")
    await expect(card).to_contain_text("7 days without a set", ignore_case=True)
    await without_violation(page)
    await card.get_by_label("Days").fill("60")
    await expect(card).to_contain_text("60 days without a set", ignore_case=True)
    await card.get_by_role("button", name="Save").click()
    await expect(page.locator("main .said")).to_contain_text("Saved.")
    assert not [r for r in rows(clinic) if [f for f in r["flags"] if f["rule"] == "no_set"]]
    await card.get_by_role("button", name="As it comes").click()
    await card.get_by_role("button", name="Save").click()
    await expect(card).to_contain_text("flags 1 person now")
    await desk.keep("rules-desk")
    phone = await physio(PHONE, locale="de-DE")
    await phone.open("/rules")
    await expect(phone.page.locator("h1")).to_have_text("Regeln")
    await expect(phone.page.locator("form#pain")).to_contain_text("Schmerz ab 5", ignore_case=True)
    assert not await phone.overflows()


async def test_a_set_is_watched_live_once_the_wearer_agrees(physio: Viewer, clinic: Demo) -> None:
    people = clinic.wait_for("/api/people", lambda all_: [p for p in all_ if p["name"].startswith("Ada")])
    ada = people[0]["id"]
    sensor = clinic.wait_for("/api/sensors", lambda s: [x for x in s if (x["person"] or {}).get("id") == ada])
    desk = await physio(DESK)
    watching = await desk.open(f"/watch/{ada}")
    await expect(watching.locator("main")).to_contain_text(re.compile("sensor is on|in the middle of a set"))
    await watching.get_by_role("button", name="Ask to watch").click()
    await expect(watching.locator("main [role=status]")).to_contain_text("Waiting for")
    phone = await physio(PHONE)
    wearer = await phone.open(f"/live/{sensor[0]['sensor']}")
    await expect(wearer.get_by_role("alertdialog")).to_contain_text("asks to watch")
    await wearer.get_by_role("button", name="Not now").click()
    await expect(watching.locator("main [role=status]")).to_contain_text("said no, or did not answer")
    await watching.get_by_role("button", name="Ask again").click()
    await expect(wearer.get_by_role("alertdialog")).to_contain_text("asks to watch")
    await phone.keep("watch-asked-phone", whole=False)
    await wearer.get_by_role("button", name="Let them watch").click()
    await expect(wearer.locator("text=Your physio is watching live.")).to_be_visible()
    await expect(watching.locator("figure .plot")).to_be_visible()
    await watching.get_by_role("button", name="Slower on the way back").click()
    await expect(watching.locator("main form [role=status]")).to_contain_text("Said: Slower on the way back")
    await expect(wearer.locator(".cue")).to_contain_text("Slower on the way back")
    await without_violation(watching)
    await desk.keep("watch-desk", whole=False)
    await phone.keep("watched-phone", whole=False)
    await wearer.get_by_role("button", name="Stop", exact=True).click()
    await expect(wearer.locator("text=Your physio is watching live.")).to_have_count(0)
    await expect(watching.locator("figure .plot")).to_have_count(0)
    await expect(watching.locator("main [role=status]")).to_contain_text("ended it, or the hour is up")
    narrow = await physio(PHONE, "dark", "de-DE")
    silent = next(row["person"] for row in rows(clinic) if row["person"]["name"] == "Tom Okafor")
    page = await narrow.open(f"/watch/{silent['id']}")
    await expect(page.locator("main")).to_contain_text("hier gerade nicht zu hören")
    assert not await narrow.overflows()
    await without_violation(page)
    await narrow.keep("watch-silent-phone-dark", whole=False)
    assert clinic.get(f"/api/people/{ada}/watch")["state"] == "none"


AROUND = (
    "/people",
    "/privacy",
    "/privacy/{id}",
    "/audit",
    "/account",
    "/fleet",
    "/staff",
    "/sets",
    "/no-such-page",
)


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
async def test_the_pages_around_it_break_no_rule(
    physio: Viewer, clinic: Demo, size: dict[str, int], scheme: str
) -> None:
    person = rows(clinic)[0]["person"]["id"]
    viewing = await physio(size, scheme)
    for path in AROUND:
        page = await viewing.open(path.format(id=person))
        await expect(page.locator("h1")).to_be_visible()
        await expect(page.locator(".card").first).to_be_visible()
        assert await violations(page) == [], path
        assert not await viewing.overflows(), path
