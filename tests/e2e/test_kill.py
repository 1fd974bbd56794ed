"""SIGKILL any part in mid-stream and start it again: nothing delivered is missing, nothing stored twice."""

import time

import numpy as np
import pytest

from tests.support.processes import until

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(180)]
IN_FLIGHT_S = 0.05  # what the driver had delivered within this time of its own kill may be lost


@pytest.fixture
def streaming(chain):
    chain.start()
    until(lambda: chain.stored_count() > 150, "the stream to be stored")
    return chain


def assert_whole(chain) -> None:
    chain.settle()
    result = chain.compare()
    assert result.missing_s.size == 0, f"{result.missing_s.size} of {result.matched} sent samples are missing"
    assert result.invented_s.size == 0, "samples are stored twice or invented"


@pytest.mark.parametrize("part", ["broker", "ingest"])
def test_a_killed_part_is_started_again(streaming, part):
    victim = getattr(streaming, part)
    victim.kill()
    time.sleep(1.5)  # the stream goes on meanwhile
    victim.start()
    stored = streaming.stored_count()
    until(lambda: streaming.stored_count() > stored + 160, "the stream to go on")
    assert_whole(streaming)


def test_ingest_killed_again_and_again_between_commit_and_receipt(streaming):
    """Commits come every 250 ms and receipts right after: kills at odd times hit every point of the cycle."""
    for pause_s in np.linspace(0.3, 0.9, 7):
        time.sleep(pause_s)
        streaming.ingest.kill()
        streaming.ingest.start()
        stored = streaming.stored_count()
        until(lambda stored=stored: streaming.stored_count() > stored, "ingest to be back")
    assert_whole(streaming)


def test_a_killed_bridge_loses_only_what_was_in_flight(streaming):
    streaming.bridge.kill()
    killed_s = time.time()
    streaming.bridge.start()
    sent = len(streaming.sent()[0])
    until(lambda: len(streaming.sent()[0]) > sent + 160, "the sensor to be found again")
    streaming.settle()
    result = streaming.compare()
    assert result.invented_s.size == 0
    assert np.all(np.abs(result.missing_s - killed_s) < IN_FLIGHT_S + 0.2), "only what was in flight"
    assert result.missing_s.size <= 16
