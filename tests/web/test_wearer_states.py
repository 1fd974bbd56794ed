"""Each state a set goes through: readable by everybody, at every zoom; and what is corrected afterwards."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.web.axe import violations
from tests.web.conftest import DESK, PHONE, Viewer
from tests.web.staged import Stage
from tests.web.wearing import Looks, begun, practise, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
QUICK = {
    "exercise": "clamshell",
    "side": "left",
    "tempo": "1-0-1-0",
    "sets": 3,
    "reps_lower": 2,
    "reps_upper": 2,
}
LED = {
    "exercise": "clamshell",
    "side": "left",
    "tempo": "2-1-2-0",
    "sets": 2,
    "reps_lower": 4,
    "reps_upper": 9,
}
PACE = """() => new Promise(done => {
  const strip = document.querySelector('.plot .past > div:last-child');
  let moves = 0;
  const seen = new MutationObserver(() => moves++);
  seen.observe(strip, { attributes: true, attributeFilter: ['style'] });
  setTimeout(() => { seen.disconnect(); done(moves / 3); }, 3000);
})"""

PHASES = """() => new Promise(done => {
  const tide = document.querySelector('.tide');
  const seen = [];
  const look = setInterval(() => {
    if (seen.at(-1) !== tide.dataset.phase) seen.push(tide.dataset.phase);
  }, 50);
  setTimeout(() => { clearInterval(look); done(seen); }, 8000);
})"""


# The page's patience with a server that does not answer never ends.
PATIENT = """const wait = window.setTimeout;
window.setTimeout = (run, ms, ...more) => (ms === 2500 ? 0 : wait(run, ms, ...more));"""


async def test_before_a_set_the_curve_is_there_once_the_server_has_answered(
    on_stage: Viewer, stage: Stage
) -> None:
    viewing = await on_stage(PHONE)
    await viewing.page.add_init_script(PATIENT)
    page = await viewing.open(f"/live/{stage.sensor}")
    await expect(page.locator(".live .curve")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"])
async def test_each_state_of_a_set_can_be_read_by_everybody(
    on_stage: Viewer, stage: Stage, size: dict[str, int], scheme: str
) -> None:
    person = stage.wearer("Ada", LED)
    viewing = await on_stage(size, scheme)
    looks = Looks(viewing, size, scheme)
    page = await viewing.open(f"/today/{person['id']}")
    await expect(page.locator("h1")).to_be_visible()
    await looks.at("today")
    await viewing.open(f"/live/{stage.sensor}")
    await expect(page.get_by_role("button", name="Start without")).to_be_enabled()
    await looks.at("before")
    await begun(page, stage, n=9, tempo=[2, 1, 2, 0.5])
    await expect(page.locator(".tide[data-phase=out]")).to_be_visible()
    await looks.at("led", zoomed=False)
    await press(page, "Pause")
    await expect(page.get_by_text("Take your time.")).to_be_visible()
    await looks.at("paused")
    await press(page, "Go on")
    stage.act("still")
    await press(page, "End set")
    await expect(page.get_by_role("button", name="Next set")).to_be_visible()
    await looks.at("done")
    await page.get_by_role("link", name="See how it went").click()
    await expect(page.locator("figure canvas").first).to_be_visible()
    await looks.at("set")
    await viewing.open(f"/free/{stage.sensor}")
    await expect(page.locator(".plot canvas").first).to_be_visible()
    await looks.at("free")
    await viewing.open(f"/history/{person['id']}")
    await expect(page.locator("h1")).to_be_visible()
    await looks.at("progress")
    assert not looks.broken, "\n".join(looks.broken)


async def test_a_screen_reader_hears_names_counts_and_no_curve(on_stage: Viewer, stage: Stage) -> None:
    stage.wearer("Ben", LED)
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/live/{stage.sensor}")
    await begun(page, stage, n=9, tempo=[1.5, 0, 1.5, 0.5])
    await expect(page.locator("[aria-live=polite]").last).to_contain_text("Rep 1", timeout=30_000)
    heard = await page.locator("body").aria_snapshot()
    for name in (
        'heading "Banded clamshell, left"',
        'region "Guide"',
        'region "Reps"',
        'button "Pause"',
        'button "End set"',
        'link "Leave"',
    ):
        assert name in heard, heard
    assert await page.locator(".plot").get_attribute("aria-hidden") == "true", "its words are said elsewhere"
    unnamed = page.locator("button:not([aria-label]), a:not([aria-label])").filter(
        has_not_text=re.compile(r"\S")
    )
    assert await unnamed.count() == 0


async def test_quick_reps_only_follow_the_beat(on_stage: Viewer, stage: Stage) -> None:
    stage.wearer("Cy", {**QUICK, "reps_lower": 9, "reps_upper": 9})
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/live/{stage.sensor}")
    await expect(page.get_by_text("Reps this quick follow the beat.")).to_be_visible()
    assert await page.get_by_role("radio", name="Go when ready").count() == 0
    await begun(page, stage, n=9, tempo=[1, 0, 1, 1])
    phases = await page.evaluate(PHASES)
    assert {"out", "back"} <= set(phases)
    assert len(phases) >= 4, "the beat goes on by itself"


async def test_reduced_motion_moves_the_curve_twice_a_second(on_stage: Viewer, stage: Stage) -> None:
    stage.wearer("Di", LED)
    viewing = await on_stage(PHONE)
    page = viewing.page
    await page.emulate_media(reduced_motion="reduce")
    await viewing.open(f"/live/{stage.sensor}")
    await begun(page, stage, n=9, tempo=[2, 1, 2, 0.5])
    await expect(page.locator(".tide[data-phase=out]")).to_be_visible()
    calm = await page.evaluate(PACE)
    await page.emulate_media(reduced_motion="no-preference")
    flowing = await page.evaluate(PACE)
    assert 1 <= calm <= 2.5
    assert flowing > 3 * calm


async def test_the_other_side_is_corrected_and_scored_again(on_stage: Viewer, stage: Stage) -> None:
    eli = stage.wearer("Eli", QUICK)
    viewing = await on_stage(PHONE, "dark")
    page = await viewing.open(f"/live/{stage.sensor}")
    await begun(page, stage, n=2, tempo=[1.5, 0, 1.5, 1])
    await expect(page.get_by_role("button", name="That was the other side")).to_be_visible(timeout=60_000)
    [told] = stage.wait(lambda: [s for s in stage.sets(eli) if s["status"] == "final"], "the score")
    assert told["side"] == "left"
    await press(page, "That was the other side")
    again = stage.wait(
        lambda: next((s for s in stage.sets(eli) if s["side"] == "right" and s["status"] == "final"), None),
        "the set of the other side",
    )
    assert again["id"] == told["id"]
    stage.wait(lambda: stage.get(f"/api/sets/{told['id']}")["revision"] > told["revision"], "another score")
    assert len(stage.get(f"/api/sets/{told['id']}")["reps"]) == 2, "the samples stay as they are"


async def test_a_circuit_rests_and_goes_on_to_the_next_exercise(on_stage: Viewer, stage: Stage) -> None:
    in_circuit = {"set_order": "circuit", "rest_s": 6}
    stage.wearer("Flo", {**QUICK, **in_circuit}, {**QUICK, **in_circuit, "exercise": "fire-hydrant"})
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/live/{stage.sensor}")
    await begun(page, stage, n=2, tempo=[1.5, 0, 1.5, 1])
    rest = page.get_by_role("timer", name="Rest")
    await expect(rest).to_contain_text("0:0", timeout=60_000)
    await expect(page.locator(".next")).to_contain_text("ire hydrant")
    await viewing.keep("state-circuit-rest", whole=False)
    await expect(rest).to_contain_text("Rest is over", timeout=20_000)
    await press(page, "Next set")
    await expect(page.locator(".block h2")).to_contain_text("ire hydrant")


async def test_pain_over_the_limit_says_stop(on_stage: Viewer, stage: Stage) -> None:
    gus = stage.wearer("Gus", {**QUICK, "pain_limit": 3})
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/live/{stage.sensor}")
    await begun(page, stage, n=2, tempo=[1.5, 0, 1.5, 1])
    await page.get_by_role("link", name="See how it went").click(timeout=60_000)
    pain = page.get_by_role("radiogroup", name="Any pain")
    await pain.get_by_label("3 of 10").check(force=True)
    await expect(page.get_by_text("Pain limit reached")).to_have_count(0)
    await pain.get_by_label("4 of 10").check(force=True)
    await expect(page.get_by_role("status").filter(has_text="Pain limit reached")).to_contain_text(
        "Stop here for today"
    )
    assert await violations(page) == []
    await viewing.keep("state-pain", whole=False)
    start_us = stage.sets(gus)[0]["started_us"]
    kept = stage.get(
        f"/api/people/{gus['id']}/reports?start_us={start_us}&end_us={start_us + 86_400_000_000}"
    )
    assert 4 in {report["pain"] for report in kept}


@pytest.mark.soak
async def test_a_set_is_gone_on_with_split_changed_and_discarded(on_stage: Viewer, stage: Stage) -> None:
    hal = stage.wearer("Hal", {**QUICK, "reps_lower": 4, "reps_upper": 4})
    viewing = await on_stage(DESK)
    page = await viewing.open(f"/live/{stage.sensor}")
    await begun(page, stage, n=2, tempo=[1.5, 0, 1.5, 1])
    await expect(page.locator("[aria-live=polite]").last).to_contain_text("Rep 2", timeout=30_000)
    await press(page, "End set")
    await press(page, "Go on with this set")
    await expect(page.locator(".tide")).to_be_visible()
    stage.act("reps", n=4, tempo=[1.5, 0, 1.5, 1])
    await expect(page.get_by_role("button", name="Next set")).to_be_visible(timeout=60_000)

    def whole() -> dict[str, Any] | None:
        return next((s for s in stage.sets(hal) if s["status"] == "final" and len(s["reps"]) >= 4), None)

    one = stage.wait(whole, "one set of both halves", 90)
    await viewing.open(f"/sets/{one['id']}")
    await page.get_by_text("Split or join").click()
    await page.get_by_label("A new set began after").select_option("2")
    await page.get_by_role("button", name="Split", exact=True).click()
    stage.wait(lambda: len([s for s in stage.sets(hal) if s["status"] == "final"]) == 2, "two sets")
    await page.get_by_text("Change exercise or side").click()
    await page.locator("select[name=exercise]").select_option("fire-hydrant")
    await press(page, "Change and score again")
    changed = stage.wait(
        lambda: next((s for s in stage.sets(hal) if s["exercise"] == "fire-hydrant"), None),
        "the change",
    )
    await viewing.keep("state-changed")
    page.on("dialog", lambda dialog: dialog.accept())
    await press(page, "Discard this set")
    await page.wait_for_url("**/sets")
    assert changed["id"] not in {s["id"] for s in stage.sets(hal)}


@pytest.mark.soak
async def test_a_walk_by_seconds_counts_down_what_is_held(on_stage: Viewer, stage: Stage) -> None:
    stage.wearer("Ian", {"exercise": "monster-walk", "tempo": "constant", "sets": 1, "seconds": 12})
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/live/{stage.sensor}")
    await press(page, "Start")
    stage.act("hold", level_n=30)
    await expect(page.get_by_text("still to go")).to_be_visible(timeout=30_000)
    stage.act("walk", step_s=0.8)
    await expect(page.locator(".count")).to_have_text("0:05", timeout=30_000)
    assert await violations(page) == []
    await viewing.keep("state-walk-seconds", whole=False)
    await expect(page.get_by_role("button", name="Next set")).to_be_visible(timeout=60_000)


@pytest.mark.soak
async def test_a_free_pull_is_told_in_newtons_kilograms_or_pounds(on_stage: Viewer, stage: Stage) -> None:
    viewing = await on_stage(DESK)
    page = await viewing.open(f"/free/{stage.sensor}")
    stage.act("hold", level_n=44.48)
    for unit, told in (("N", "44."), ("kg", "4.5"), ("lb", "10.0")):
        await page.get_by_role("radio", name=unit, exact=True).check(force=True)
        await expect(page.locator(".now .v")).to_contain_text(told)
        await expect(page.locator(".now")).to_contain_text(unit)


@pytest.mark.soak
@pytest.mark.parametrize(("unit", "told"), [("kg", "4.1"), ("lb", "9.0")])
async def test_practice_is_told_in_the_unit_that_was_chosen(
    on_stage: Viewer, stage: Stage, unit: str, told: str
) -> None:
    jo = stage.wearer(f"Jo {unit}", LED)
    viewing = await on_stage(PHONE)
    page = await viewing.open(f"/free/{stage.sensor}")
    await page.get_by_role("radio", name=unit, exact=True).check(force=True)
    stage.act("hold", level_n=44.48)  # practice begins out of a pull, as it does when somebody tries the band
    await viewing.open(f"/live/{stage.sensor}")
    await practise(page, stage)
    await expect(page.get_by_role("heading", name="Your full range")).to_contain_text(f"{told} {unit}")
    [reference] = stage.get(f"/api/people/{jo['id']}/references")
    assert reference["excursion_n"] == pytest.approx(40, rel=0.05), "kept in newtons"
