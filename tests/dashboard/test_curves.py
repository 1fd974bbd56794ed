import math

import httpx
import numpy as np
import pytest

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import sets
from tempoband.storage.timeseries.base import TimeSeriesStore
from tests.dashboard.served import SENSOR, T0, decode, frame, stored
from tests.records.make import set_record

FRAMES = 400
STEP_US = 100_000  # 8 samples of 12.5 ms


@pytest.fixture
def scored(services: Services, store: TimeSeriesStore) -> str:
    """A stored set of 40 s with one tall sample in the middle, and the last 3 s missing."""
    frames = [frame(seq, counts=np.full(8, 10, np.int32)) for seq in range(FRAMES - 30)]
    tall = frame(200, counts=np.array([10] * 7 + [999], np.int32))
    store.write([stored(each) for each in [*frames[:200], tall, *frames[201:]]])
    item = set_record(started_us=T0, ended_us=T0 + FRAMES * STEP_US)
    with services.records.write() as session:
        sets.save(session, LOCAL_CLINIC, item)
    return item.id


async def test_a_thinned_curve_never_hides_the_peak(client: httpx.AsyncClient, scored: str) -> None:
    answer = (await client.get(f"/api/sets/{scored}/curve", params={"points": 50})).json()
    assert len(answer["time_s"]) == len(answer["tension_n"]) <= 60
    assert max(answer["tension_n"]) == 999 * 0.5 + 1.0
    at_s = answer["time_s"][int(np.argmax(answer["tension_n"]))]
    assert math.isclose(at_s, (200 * 8 + 7) * 0.0125)


async def test_a_part_of_a_curve_is_finer_and_never_beyond_the_set(
    client: httpx.AsyncClient, scored: str
) -> None:
    path = f"/api/sets/{scored}/curve"
    part = (await client.get(path, params={"points": 300, "from_s": 19.5, "to_s": 21})).json()
    assert (part["time_s"][0], part["time_s"][-1]) == (19.5, 20.9875)
    assert len(part["time_s"]) == 120  # every sample of it
    beyond = (await client.get(path, params={"from_s": 30, "to_s": 9000})).json()
    assert beyond["time_s"][-1] < 40
    for span in ({"from_s": 5, "to_s": 5}, {"from_s": 41}, {"from_s": -1}):
        assert (await client.get(path, params=span)).status_code == 422


async def test_the_binary_curve_says_the_same(client: httpx.AsyncClient, scored: str) -> None:
    path = f"/api/sets/{scored}/curve?points=300"
    plain = (await client.get(path)).json()
    answer = await client.get(path, headers={"accept": "application/octet-stream"})
    block = decode(answer.content)
    assert [round((block.t0_us + dt - T0) / 1e6, 6) for dt in block.dt_us] == plain["time_s"]
    assert block.tension_n == plain["tension_n"]
    assert answer.headers["vary"].lower().startswith("accept")


@pytest.mark.usefixtures("scored")
async def test_csv_gives_every_sample_exactly(client: httpx.AsyncClient) -> None:
    path = f"/api/sensors/{SENSOR}/samples.csv"
    span = {"start_us": T0 + STEP_US, "end_us": T0 + 4 * STEP_US}
    answer = await client.get(path, params=span)
    header, *rows = answer.text.splitlines()
    assert header == "time_s,tension_n"
    assert rows == [f"{n * 0.0125:.6f},6.0" for n in range(24)]
    assert "progressor-1-2026-" in answer.headers["content-disposition"]
    whole = await client.get(path, params={"start_us": T0 - 10**15 // 10, "end_us": T0 + 10**15 // 10})
    assert len(whole.text.splitlines()) == 1 + (FRAMES - 30) * 8


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "span", [{"start_us": T0, "end_us": T0}, {"start_us": 5, "end_us": T0}, {"end_us": T0}, {}]
)
async def test_an_impossible_span_is_refused(client: httpx.AsyncClient, span: dict[str, int]) -> None:
    assert (await client.get(f"/api/sensors/{SENSOR}/samples.csv", params=span)).status_code == 422


async def test_a_store_that_is_away_is_said_so_and_tried_again(
    client: httpx.AsyncClient, services: Services, scored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tempoband.storage.errors import StorageError, StorageReason

    opener = services.store._opener

    def away() -> None:
        raise StorageError(StorageReason.UNAVAILABLE, "the store is on holiday")

    monkeypatch.setattr(services.store, "_opener", away)
    answer = await client.get(f"/api/sets/{scored}/curve")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the store is on holiday")
    assert answer.headers["retry-after"] == "2"
    health = await client.get("/healthz")
    assert health.json()["parts"]["dashboard.store"] == {"ok": False, "detail": "the store is on holiday"}
    monkeypatch.setattr(services.store, "_opener", opener)
    assert (await client.get(f"/api/sets/{scored}/curve")).status_code == 200
