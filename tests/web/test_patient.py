"""The patient page and prescribing in a real Chromium, on five weeks of scored work."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import address, bind, serve
from tempoband.messaging.settings import MqttSettings
from tests.support.five_weeks import NAME, ZONE, Furnished, furnished_folder
from tests.web.axe import violations
from tests.web.conftest import DESK, PHONE, Viewer, Viewing
from tests.web.german import english_on

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Served:
    address: str
    furnished: Furnished

    def get(self, path: str) -> Any:
        return httpx.get(self.address + path, timeout=20.0).raise_for_status().json()

    @property
    def path(self) -> str:
        return f"/people/{self.furnished.person_id}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Furnished]:
    folder = tmp_path_factory.mktemp("clinic") / "data"
    return folder, furnished_folder(folder)


@pytest.fixture
def served(
    chromium: str, page_built: Path, template: tuple[Path, Furnished], tmp_path: Path
) -> Iterator[Served]:
    """A dashboard in a thread of its own, on a copy: nothing streams, everything is in the records."""
    del chromium
    shutil.copytree(template[0], tmp_path / "data")
    app = create_app(
        DashboardSettings(
            data_dir=tmp_path / "data",
            static_dir=page_built,
            time_zone=ZONE.key,
            mqtt=MqttSettings(port=1),
            simulated=True,
        )
    )
    listener = bind("127.0.0.1", 0)
    loop = asyncio.new_event_loop()
    task = loop.create_task(serve(app, listener))
    thread = threading.Thread(target=_until_done, args=(loop, task))
    thread.start()
    yield Served(address(listener), template[1])
    loop.call_soon_threadsafe(task.cancel)
    thread.join(30)


def _until_done(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    try:
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    finally:
        loop.close()


@pytest.fixture
async def viewer(browser: Browser, served: Served) -> AsyncIterator[Viewer]:
    viewer = Viewer(browser, served.address)
    yield viewer
    complaints = await viewer.close()
    assert not complaints, "the browser complained: " + "; ".join(complaints)


async def opened(viewer: Viewer, served: Served, *look: Any, **more: Any) -> tuple[Viewing, Page]:
    viewing = await viewer(*look, **more)
    page = await viewing.open(served.path)
    await expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    await expect(
        page.get_by_role("heading", name="Trends").or_(page.get_by_role("heading", name="Verläufe"))
    ).to_be_visible()
    await expect(page.locator("article")).not_to_have_count(0)
    await page.wait_for_timeout(800)  # charts settle to their boxes
    return viewing, page


@pytest.mark.parametrize(
    ("size", "scheme", "locale"), [("desk", "light", "en-GB"), ("phone", "dark", "de-DE")]
)
async def test_the_page_looks_whole_and_breaks_no_rule_of_access(
    *,
    viewer: Viewer,
    served: Served,
    size: str,
    scheme: str,
    locale: str,
) -> None:
    viewing, page = await opened(viewer, served, DESK if size == "desk" else PHONE, scheme, locale)
    await viewing.keep(f"patient-{size}")
    assert not await viewing.overflows()
    assert await violations(page) == []


async def test_a_day_of_the_calendar_shows_its_sets_and_a_month_before_can_be_seen(
    viewer: Viewer, served: Served
) -> None:
    _, page = await opened(viewer, served, DESK)
    last = served.get(f"/api/sets/{served.furnished.last_set}")
    day = served.get(f"/api{served.path}/calendar")["days"]
    done = next(one for one in day if any(each["id"] == last["id"] for each in one["sets"]))
    number = str(int(done["day"][-2:]))
    await page.locator("table button", has=page.locator(f"b:text-is('{number}')")).click()
    shown = page.locator(".day")
    await expect(shown.get_by_role("link")).to_have_count(len(done["sets"]))
    await expect(shown).to_contain_text("9 reps")
    month = await page.locator("#month").inner_text()
    await page.get_by_role("button", name="Month before").click()
    await expect(page.locator("#month")).not_to_have_text(month)


async def test_trends_break_at_the_new_band_and_can_be_of_another_exercise(
    viewer: Viewer, served: Served
) -> None:
    _, page = await opened(viewer, served, DESK)
    card = page.locator("section.card", has=page.get_by_role("heading", name="Reps on tempo"))
    await expect(card.locator("path.line")).to_have_count(2)
    await expect(card.locator("text", has_text="new band")).to_have_count(1)
    await page.get_by_label("Exercise and side").select_option(label="Standing glute kickback, left")
    await expect(card.locator("path.line")).to_have_count(1)
    await expect(page.get_by_role("heading", name="Standing glute kickback, left,")).to_be_visible()


async def test_a_press_on_the_curve_notes_that_moment(viewer: Viewer, served: Served) -> None:
    viewing, page = await opened(viewer, served, DESK)
    await page.locator("figure .plot").first.click(position={"x": 300, "y": 150})
    box = page.get_by_label("Note on this moment")
    await expect(box).to_be_focused()
    await box.fill("Here the hip drops?")
    await page.get_by_role("button", name="Keep", exact=True).click()
    note = page.locator("li", has_text="Here the hip drops?")
    await expect(note).to_contain_text("at ")
    [kept] = [
        each for each in served.get(f"/api{served.path}/notes") if each["body"] == "Here the hip drops?"
    ]
    last = served.get(f"/api/sets/{served.furnished.last_set}")
    assert last["started_us"] < kept["about_us"] < last["ended_us"]
    assert kept["set_id"] == last["id"]
    page.on("dialog", lambda dialog: dialog.accept())
    await note.get_by_role("button", name="Delete this note").click()
    await expect(note).to_have_count(0)
    await viewing.keep("patient-notes", whole=False)


async def test_two_days_are_compared_time_normalised(viewer: Viewer, served: Served) -> None:
    viewing, page = await opened(viewer, served, DESK)
    await page.get_by_role("button", name="Compare with another set").click()
    card = page.locator("section.card", has=page.locator("#compare"))
    await expect(card.locator("path.b")).to_have_count(1)
    await expect(card.locator("path.a")).to_have_count(1)
    await expect(card).to_contain_text("Heights are not comparable")  # another band lies between
    rows = card.locator("tbody tr")
    back = rows.filter(has_text="Way back, middle").locator("td")
    assert await back.nth(0).inner_text() > await back.nth(1).inner_text()  # it was hurried in the end
    first = card.get_by_role("combobox", name="First")
    await first.select_option(index=await first.locator("option").count() - 3)
    await expect(card).not_to_contain_text("Heights are not comparable")
    await card.get_by_label("Compare sets or days").select_option("set")
    await expect(rows.first.locator("td").nth(1)).to_have_text("9")
    await viewing.keep("patient-compare")
    assert await violations(page) == []


async def test_an_unlabelled_set_gets_its_name(viewer: Viewer, served: Served) -> None:
    _, page = await opened(viewer, served, PHONE)
    card = page.locator("section.card", has=page.get_by_role("heading", name="One set without a name"))
    await card.get_by_label("Exercise").select_option("fire-hydrant")
    await card.get_by_label("Side that works").select_option("right")
    await card.get_by_role("button", name="Name it").click()
    await expect(card).to_have_count(0)
    named = served.get(f"/api/sets/{served.furnished.unlabelled}")
    assert (named["exercise"], named["side"]) == ("fire-hydrant", "right")


async def test_advice_is_applied_by_one_tap(viewer: Viewer, served: Served) -> None:
    _, page = await opened(viewer, served, DESK)
    card = page.locator("article", has=page.get_by_role("heading", name="Standing glute kickback"))
    await expect(card).to_contain_text("Raise the range to 10 to 15 reps")
    await expect(card).to_contain_text("13 good reps in the last set, 12 needed")
    await expect(card).to_contain_text("Rule: two reps beyond the upper bound")
    before = served.get(f"/api{served.path}/prescriptions")
    assert next(p for p in before if p["id"] == served.furnished.kickback)["version"] == 1
    await card.get_by_role("button", name="Apply as version 2").click()
    await expect(card).to_contain_text("10 to 15 reps")
    await expect(card).to_contain_text("Version 2")
    await expect(card.get_by_role("button", name="Apply as version 2")).to_have_count(0)


async def test_a_prescription_is_written_with_the_keyboard_and_mistakes_are_said_at_their_field(
    viewer: Viewer, served: Served
) -> None:
    viewing, page = await opened(viewer, served, PHONE)
    await page.get_by_role("button", name="Add an exercise").click()
    form = page.locator("form", has=page.locator("#plan-form"))
    await form.get_by_role("button", name="Prescribe").click()
    await expect(form).to_contain_text("Choose an exercise.")
    await form.get_by_label("Search exercises").fill("monster")
    await form.get_by_role("radio").press("Space")
    await form.get_by_label("Sets", exact=True).fill("0")
    await form.get_by_label("Pain limit, 0 to 10").fill("12")
    await form.get_by_role("button", name="Prescribe").press("Enter")
    await expect(form.get_by_label("Sets", exact=True)).to_be_focused()
    await expect(form).to_contain_text("A whole number from 1 to 20.")
    await expect(form).to_contain_text("0 to 10, or empty.")
    await viewing.keep("prescribe-phone-errors")
    assert not await viewing.overflows()
    assert await violations(page) == []
    await form.get_by_label("Sets", exact=True).fill("2")
    await form.get_by_label("Pain limit, 0 to 10").fill("3")
    await form.get_by_label("What for").select_option("warm_up")
    await form.get_by_label("Colour or label").fill("yellow")
    await form.get_by_label("Placement").select_option("around the ankles")
    await form.get_by_role("button", name="Mon", exact=True).press("Space")
    await form.get_by_role("button", name="Thu", exact=True).press("Space")
    await form.get_by_label("One line for the wearer").fill("Small steps")
    await form.get_by_role("button", name="Prescribe").press("Enter")
    await expect(form).to_have_count(0)
    made = next(p for p in served.get(f"/api{served.path}/prescriptions") if p["exercise"] == "monster-walk")
    assert (made["mode"], made["sets"], made["seconds"], made["weekdays"]) == ("warm_up", 2, 60.0, [0, 3])
    assert (made["band_label"], made["placement"], made["pain_limit"]) == ("yellow", "around the ankles", 3)
    card = page.locator("article", has=page.get_by_role("heading", name="Monster walk"))
    await expect(card).to_contain_text("Small steps")
    await expect(card).to_contain_text("A warm-up is one set of 10 to 12")  # leaves what its mode is about
    page.on("dialog", lambda dialog: dialog.accept())
    await card.get_by_role("button", name="End").click()
    await expect(card).to_have_count(0)


async def test_a_revision_is_the_next_version_and_old_sets_stay_judged_by_theirs(
    viewer: Viewer, served: Served
) -> None:
    viewing, page = await opened(viewer, served, DESK, locale="de-DE")
    card = page.locator("article", has=page.get_by_role("heading", name="Muschel mit Band"))
    await card.get_by_role("button", name="Ändern").click()
    form = page.locator("form", has=page.locator("#plan-form"))
    await expect(form.locator("h2")).to_have_text("Muschel mit Band: Version 3")
    await form.get_by_label("Zurück, Sekunden").fill("3,5")
    await viewing.keep("prescribe-desk-revise")
    await form.get_by_role("button", name="Version 3 verordnen").click()
    await expect(card).to_contain_text("Version 3")
    now = next(p for p in served.get(f"/api{served.path}/prescriptions") if p["exercise"] == "clamshell")
    assert (now["version"], now["tempo"], now["band_label"]) == (3, "2-1-3.5", "green")
    last = served.get(f"/api/sets/{served.furnished.last_set}")
    assert (last["prescription_version"], last["tempo"]) == (2, "2-1-2")


async def test_a_whole_programme_is_prescribed_and_kept_as_a_template(viewer: Viewer, served: Served) -> None:
    viewing, page = await opened(viewer, served, DESK)
    await page.get_by_role("button", name="Prescribe a programme").click()
    form = page.locator("form", has=page.locator("#programmes"))
    await form.get_by_role("radio", name="Light work every day").check()
    await expect(form).to_contain_text("Only as your physiotherapist says")
    await viewing.keep("prescribe-desk-programme")
    assert await violations(page) == []
    await form.get_by_role("button", name="Prescribe all of it").click()
    await expect(form).to_have_count(0)
    group = page.locator(".mode", has=page.get_by_role("heading", name="Rehab, light"))
    await expect(group.locator("article")).to_have_count(3)
    await page.get_by_role("button", name="Keep as a template of the clinic").click()
    await page.get_by_label("Name of the template").fill("Hips, weeks 5 to 8")
    await page.get_by_role("button", name="Keep the template").click()
    await page.get_by_role("button", name="Prescribe a programme").click()
    await expect(form.get_by_text("Hips, weeks 5 to 8")).to_be_visible()
    await expect(form).to_contain_text("Template of this clinic")


async def test_the_record_can_be_taken_along(viewer: Viewer, served: Served) -> None:
    _, page = await opened(viewer, served, DESK)
    await page.get_by_text("Report and export").click()
    for name, ending in (
        ("One page for the file", "report.pdf"),
        ("Sets (CSV)", "sets.csv"),
        ("FHIR R4B bundle", "fhir.json"),
    ):
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name=name).click()
        assert (await waiting.value).suggested_filename.endswith(ending)


async def test_somebody_new_sees_what_to_do(viewer: Viewer, served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.address) as http:
        made = (await http.post("/api/people", json={"name": "Bo"})).json()
    viewing = await viewer(PHONE)
    page = await viewing.open(f"/people/{made['id']}")
    await expect(page.get_by_text("No exercise is prescribed yet.")).to_be_visible()
    await expect(page.get_by_text("Trends appear with the first scored set.")).to_be_visible()
    await expect(page.get_by_text("No sets yet.")).to_be_visible()
    await viewing.keep("patient-phone-new")
    assert not await viewing.overflows()
    assert await violations(page) == []


async def test_an_address_of_nobody_says_so(viewer: Viewer, served: Served) -> None:
    del served
    viewing = await viewer(DESK)
    page = await viewing.open("/people/nobody-of-that-name")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    viewing.complaints.clear()  # the browser logs each 404 itself


async def test_why_somebody_is_on_the_list_is_said_with_its_rule(viewer: Viewer, served: Served) -> None:
    _, page = await opened(viewer, served, DESK)
    flags = page.get_by_role("region", name="Why this person is on the list")
    await expect(flags).to_contain_text("Pain 6")
    await expect(flags).to_contain_text("Rule: ")
    await flags.get_by_role("button", name="Mark as seen").click()
    await expect(flags).to_have_count(0)
    [row] = served.get("/api/caseload")["rows"]
    assert row["state"] == "acknowledged"


async def test_every_page_speaks_german_and_nothing_else(viewer: Viewer, served: Served) -> None:
    desk = await viewer(DESK, locale="de-DE")
    person = served.furnished.person_id
    sets = served.get(f"/api/sets?person={person}&limit=100")["sets"]
    one_of_each = {each["exercise"]: each["id"] for each in sets}.values()
    paths = [
        "/",
        "/now",
        "/sets",
        "/people",
        "/caseload",
        "/rules",
        "/fleet",
        "/account",
        "/clinics",
        "/nothing",
    ]
    paths += [f"/{page}/{person}" for page in ("people", "today", "history", "hand", "watch")]
    notes = served.get(f"/api/people/{person}/notes")
    written = [
        NAME,
        *(" ".join(each["body"].split()) for each in notes),
    ]  # people's own words stay as they are
    english: dict[str, list[str]] = {}
    for path in [*paths, *(f"/sets/{each}" for each in one_of_each)]:
        page = await desk.open(path)
        await expect(page.locator("h1").first).to_be_visible()
        if found := [each for each in await english_on(page) if not any(own in each for own in written)]:
            english[path] = found
    page = await desk.open(served.path)
    await page.get_by_role("button", name="Programm verordnen").click()
    await expect(page.get_by_text("Fünf Hüftübungen fürs Laufen").first).to_be_visible()
    leaks = [(path, each) for path, found in english.items() for each in found]
    leaks += [
        ("programmes", each) for each in await english_on(page) if not any(own in each for own in written)
    ]
    assert not leaks, "\n".join(map(str, leaks))


async def test_a_message_is_written_from_the_head_of_the_page_and_its_reading_is_seen(
    viewer: Viewer, served: Served
) -> None:
    viewing, page = await opened(viewer, served, PHONE)
    await page.get_by_role("button", name="Write a message").click()
    box = page.get_by_label("Write to the wearer")
    await expect(box).to_be_focused()
    await box.fill("Two slower seconds on the way back, please.")
    card = page.get_by_role("region", name="Messages")
    await card.get_by_role("button", name="Send").click()
    await expect(card).to_contain_text("Two slower seconds on the way back, please.")
    await expect(card).to_contain_text("Not read yet.")
    await expect(box).to_have_value("")
    [sent] = served.get(f"/api{served.path}/messages")
    async with httpx.AsyncClient(base_url=served.address) as http:
        await http.post(f"/api{served.path}/messages/read", json={"ids": [sent["id"]]})
    await page.reload()
    await expect(page.get_by_role("region", name="Messages")).to_contain_text("Read ")
    await viewing.keep("patient-phone-message")


async def test_the_page_leads_through_the_list_and_says_days_beside_days(
    viewer: Viewer, served: Served
) -> None:
    _, page = await opened(viewer, served, DESK)
    steps = page.get_by_role("navigation", name="Through the list")
    await expect(steps).to_contain_text("1 of 1")
    said = page.get_by_role("region", name="What was said, what the band measured")
    told = served.get(f"/api{served.path}/calendar")
    await expect(said).to_contain_text(f"Reported on {told['days_reported']} day")
    await expect(said).to_contain_text(f"Sets on {told['days_worked']} days.")
    await steps.get_by_role("link", name="Caseload").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
