"""SIGKILL of broker, ingest, store and bridge at random instants: every sample is stored once.

Two homes with four sensors at 80 Hz each, all in processes of their own. The short run belongs to every test
run; the long ones to ``make soak``.
"""

import random
from collections.abc import Callable

import pytest

from tests.influx.conftest import influxd_program, own_influxd
from tests.support.homes import HOMES, SENSORS_A_HOME, Amqtt, Homes
from tests.support.processes import Mosquitto

__all__ = ["influxd_program", "own_influxd"]
LONG = [pytest.mark.soak, pytest.mark.timeout(3000)]


@pytest.fixture
def homes(tmp_path, request):
    made = Homes(tmp_path, request.param(tmp_path))
    yield made
    made.close()


@pytest.fixture
def homes_on_influx(tmp_path, own_influxd, monkeypatch):
    influx = own_influxd.set_up()
    monkeypatch.setenv("TEMPOBAND_INFLUX_TOKEN", influx.token)
    own_influxd.address = f"{influx.url}?org={influx.org}&bucket={influx.new_bucket()}"
    made = Homes(tmp_path, Mosquitto(tmp_path), own_influxd)
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
    go_on(homes, kills, then=lambda: homes.take_over("high"))
    assert homes.store is None
    assert_stored_once(homes)


@pytest.mark.soak
@pytest.mark.mosquitto
@pytest.mark.timeout(3000)
def test_every_sample_is_stored_once_when_the_store_is_a_server_that_is_killed_too(homes_on_influx):
    go_on(homes_on_influx, 100, then=lambda: homes_on_influx.take_over("all"))
    assert {"store", "broker", *HOMES} <= set(homes_on_influx.kills)
    assert_stored_once(homes_on_influx)


def go_on(homes: Homes, kills: int, then: Callable[[], None]) -> None:
    """Kill at random; half-way another worker takes over the range of one that died."""
    chance = random.Random(kills)
    homes.start()
    for kill in range(kills):
        then() if kill == kills // 2 else homes.kill_one(chance)
    homes.settle()
    assert len(homes.kills) == kills
