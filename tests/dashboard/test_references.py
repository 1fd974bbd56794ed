"""References over HTTP: measured from practice, used by the next set."""

from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import declarations, devices, references
from tempoband.storage.records.devices import Device
from tempoband.storage.timeseries.base import TimeSeriesStore
from tests.dashboard.people import add, prescribe
from tests.dashboard.served import SENSOR, frame, stored
from tests.dashboard.telling import open_set

RATE_HZ = 80
RIG = {"band_label": "green", "placement": "just-above-the-knees", "ring_length_cm": 30}


@pytest.fixture(autouse=True)
def _sensor(services: Services) -> None:
    with services.records.write() as session:
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Left hip", 1))


def ease(n: int) -> np.ndarray:
    x = np.linspace(0, 1, n, endpoint=False)
    return x**3 * (10 - 15 * x + 6 * x**2)


def practice(reps: int = 3, way_s: float = 2.0, peak_n: float = 40.0) -> np.ndarray:
    """Tension of slow full reps from a worn band, shape (n,), 80 a second."""
    still, way = np.zeros(RATE_HZ), ease(round(way_s * RATE_HZ))
    parts = [still]
    for _ in range(reps):
        parts += [way, np.ones(RATE_HZ // 2), 1 - way, still]
    return 5.0 + peak_n * np.concatenate(parts)


def stance(level_n: float = 30.0, seconds: float = 6.0) -> np.ndarray:
    """A band put on, then held still, shape (n,)."""
    return np.concatenate([np.linspace(0, level_n, RATE_HZ), np.full(round(seconds * RATE_HZ), level_n)])


def keep(store: TimeSeriesStore, start_us: int, tension_n: np.ndarray) -> None:
    """The samples of a set, as frames of eight, from its opening on."""
    counts = np.round(tension_n / 0.01).astype(np.int32)
    whole = len(counts) // 8
    store.write(
        [
            stored(
                frame(
                    seq,
                    t0_us=start_us + seq * 100_000,
                    counts=counts[seq * 8 : seq * 8 + 8],
                    scale_n=0.01,
                    offset_n=0.0,
                )
            )
            for seq in range(whole)
        ]
    )


async def practised(
    client: httpx.AsyncClient, services: Services, store: TimeSeriesStore, tension_n: np.ndarray, **asked: Any
) -> str:
    """An open practice set with its samples; its id."""
    opened = await open_set(client, tempo="controlled", **asked)
    start_us = opened["started_us"] - 60_000_000  # so that its samples lie in the past
    with services.records.write() as session:
        told = declarations.get(session, LOCAL_CLINIC, opened["id"])
        declarations.remove(session, LOCAL_CLINIC, told.id)
        declarations.open_set(session, LOCAL_CLINIC, replace(told, opened_us=start_us))
    keep(store, start_us, tension_n)
    return str(opened["id"])


async def test_three_practice_reps_make_a_reference_that_the_next_set_uses(
    client: httpx.AsyncClient, services: Services, store: TimeSeriesStore
) -> None:
    person = await add(client)
    plan = await prescribe(client, person, side="left", **RIG)
    set_id = await practised(client, services, store, practice(), prescription_id=plan["id"])
    path = f"/api/people/{person}/references"
    answer = await client.post(path, json={"set_id": set_id})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["excursion_n"] == pytest.approx(40, rel=0.03)
    assert made["peak_n"] == pytest.approx(45, rel=0.03)
    assert (made["band_label"], made["ring_length_cm"], made["floor_n"], made["breaks"]) == (
        "green",
        30,
        None,
        "",
    )
    assert (await client.get(f"/api/sets/{set_id}")).json()[
        "status"
    ] == "discarded"  # practice counts as no set
    assert (await open_set(client, prescription_id=plan["id"]))["reference_id"] == made["id"]
    revised = await prescribe(client, person, id=plan["id"], side="left", **(RIG | {"band_label": "blue"}))
    assert (await open_set(client, prescription_id=revised["id"]))["reference_id"] is None  # asks again
    assert (await client.get(path)).json() == [made]


@pytest.mark.parametrize(
    ("tension_n", "words"),
    [
        (practice(reps=2), "2 of 3 practice reps"),
        (practice(way_s=0.6), "go slowly"),
        (np.concatenate([practice(2), practice(1, peak_n=18.0)]), "differ by"),
        (np.full(800, 5.0), "0 of 3 practice reps"),
        (np.zeros(0), "0 of 3 practice reps"),
    ],
)
async def test_practice_that_shows_no_full_range_says_what_to_do(
    client: httpx.AsyncClient, services: Services, store: TimeSeriesStore, tension_n: np.ndarray, words: str
) -> None:
    person = await add(client)
    plan = await prescribe(client, person, side="left")
    set_id = await practised(client, services, store, tension_n, prescription_id=plan["id"])
    answer = await client.post(f"/api/people/{person}/references", json={"set_id": set_id})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert (await client.get(f"/api/sets/{set_id}")).json()["status"] == "open"  # try on in the same set


async def test_a_start_stance_sets_the_floor_of_a_walk_and_the_floor_can_be_changed(
    client: httpx.AsyncClient, services: Services, store: TimeSeriesStore
) -> None:
    person = await add(client)
    plan = await prescribe(
        client, person, exercise="lateral-band-walk", tempo="constant", reps_lower=None, steps=12
    )
    path = f"/api/people/{person}/references"
    set_id = await practised(client, services, store, stance(), prescription_id=plan["id"])
    made = (await client.post(path, json={"set_id": set_id})).json()
    assert made["floor_n"] == pytest.approx(21, rel=0.02)
    walked = await open_set(client, prescription_id=plan["id"])
    changed = (await client.post(path, json={"set_id": walked["id"], "floor_n": 15.0})).json()
    after = (await client.get(f"/api/sets/{walked['id']}")).json()
    assert (changed["floor_n"], after["status"], after["reference_id"]) == (15.0, "open", changed["id"])


async def test_a_reference_that_jumped_breaks_the_line(client: httpx.AsyncClient, services: Services) -> None:
    person = await add(client)
    with services.records.write() as session:
        for n, peak_n in enumerate((40.0, 45.0, 60.0)):
            one = references.Reference(f"r{n}", person, "clamshell", "left", peak_n, peak_n, n)
            references.add(session, LOCAL_CLINIC, one)
    listed = (await client.get(f"/api/people/{person}/references")).json()
    assert [each["id"] for each in listed] == ["r2", "r1", "r0"]
    assert [bool(each["breaks"]) for each in listed] == [True, False, False]
    assert "33%" in listed[0]["breaks"]
