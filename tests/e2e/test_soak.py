"""SIGKILL of broker, ingest, store and bridge at random instants: every sample is stored once.

Two homes with four sensors at 80 Hz each, all in processes of their own. The short run belongs to every test
run; the long ones to ``make soak``.
"""

import random

import pytest

from tests.support.homes import HOMES, SENSORS_A_HOME, Amqtt, Homes
from tests.support.processes import Mosquitto

LONG = [pytest.mark.soak, pytest.mark.timeout(3000)]


@pytest.fixture
def homes(tmp_path, request):
    made = Homes(tmp_path, request.param(tmp_path))
    yield made
    made.close()


def assert_stored_once(homes: Homes) -> None:
    """Nothing twice, nothing invented; missing is only what a killed bridge had not written down yet."""
    for number in range(len(HOMES) * SENSORS_A_HOME):
        stored = homes.stored(number)
        assert len(set(stored)) == len(stored), "stored twice"
        there, everything = set(stored), set()
        for run in homes.runs(number):
            kept = [value in there for value in run]
            tail = len(run) - sum(kept)
            assert all(kept[: len(run) - tail]), "a sample is missing in mid-stream"
            assert tail <= 80, "more is missing than was in the air"
            everything.update(run)
        assert there <= everything, "invented"
        assert len(there) > 80


@pytest.mark.parametrize(
    ("homes", "kills"),
    [
        pytest.param(Amqtt, 3, marks=pytest.mark.timeout(240)),
        pytest.param(Amqtt, 100, marks=LONG),
        pytest.param(Mosquitto, 100, marks=[*LONG, pytest.mark.mosquitto]),
    ],
    indirect=["homes"],
)
def test_every_sample_is_stored_once_whatever_is_killed(homes, kills):
    chance = random.Random(kills)
    homes.start()
    for _ in range(kills):
        homes.kill_one(chance)
    homes.settle()
    assert_stored_once(homes)
