"""A set done while the broker is away is found and scored like any other, under its own date."""

import asyncio
import contextlib
import time

import numpy as np
import pytest

from analytics.signal import LiveScorer, SetPlan
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.frame import decode_frame
from tempoband.messaging.link import MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import Records, sets
from tempoband.storage.records.scored import ScoredSet
from tests.support.processes import until

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(240)]
OLD_S = 3.0
FRAME = 8


@pytest.fixture
def script():
    return "ten"


class LiveViewer:
    """What a page sees of the live topic: a clean session that comes back when the broker does."""

    def __init__(self, port: int) -> None:
        self.ages_s: list[float] = []
        self._link = MqttLink(MqttSettings(port=port), "viewer")
        self._link.subscribe("tempoband/v1/+/up/+/+/frames", 0, self._saw)

    def _saw(self, delivery) -> None:
        self.ages_s.append(time.time() - decode_frame(delivery.payload).end_us / 1e6)

    @contextlib.asynccontextmanager
    async def watching(self):
        task = asyncio.create_task(self._link.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def found_sets(records: Records) -> list[ScoredSet]:
    with records.read() as session:
        latest = sets.latest(session, LOCAL_CLINIC, limit=20)
        return [found for found in latest if found.set.status == "final"]


def as_live(sent) -> list:
    """What live scoring would have said of the same samples, frame by frame."""
    true_s, tension_n = sent
    scorer = LiveScorer(SetPlan(declared=False))
    for start in range(0, len(true_s), FRAME):
        scorer.push(true_s[start : start + FRAME], tension_n[start : start + FRAME])
    return scorer.finish().to_dict()["reps"]


async def test_the_set_appears_under_its_own_time_and_no_viewer_saw_an_old_sample(chain):
    chain.store_dir.mkdir()
    records = Records(f"sqlite:///{chain.store_dir / 'records.sqlite'}")
    async with LiveViewer(chain.broker.port).watching() as viewer:
        await asyncio.to_thread(chain.start)
        await asyncio.to_thread(until, lambda: chain.stored_count() > 80, "the stream")
        chain.broker.stop()
        first_s = chain.sent()[0][0]
        await asyncio.to_thread(until, lambda: chain.sent()[0][-1] > first_s + 42, "ten reps", 60)
        chain.bridge.kill()
        chain.broker.start()
        chain.drain.start()
        chain.analytics.start()
        found = await asyncio.to_thread(until, lambda: found_sets(records), "the set", 90)
        assert viewer.ages_s, "the viewer saw the live stream before the outage"
        assert max(viewer.ages_s) < OLD_S
    assert len(found) == 1
    expected = as_live(chain.sent())
    reps = found[0].score.reps
    assert len(reps) == len(expected) == 10
    assert found[0].set.exercise == "unknown"
    start_s = found[0].set.started_us / 1e6
    for mark in ("concentric_start_s", "concentric_end_s", "eccentric_start_s", "eccentric_end_s"):
        stored_s = np.array([rep[mark] for rep in reps]) + start_s
        live_s = np.array([rep[mark] for rep in expected])
        assert np.abs(stored_s - live_s).max() < 0.1
    records.close()
