import pytest
from bleak import BleakClient

from tempoband.simulator.clock import VirtualClockLoop
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio


def pytest_asyncio_loop_factories():
    """Every asynchronous test here runs on the virtual clock: nothing sleeps."""
    return {"virtual": VirtualClockLoop}


@pytest.fixture
async def radio():
    async with VirtualRadio.switched_on(FaultyLink(seed=7)) as radio:
        with radio.installed():
            yield radio


@pytest.fixture
async def make_sensor(radio):
    """Power virtual Progressors on; they are off again after the test."""
    sensors = []

    async def make(tension_n=lambda t: 20 + 5 * t, **spec):
        sensor = VirtualProgressor(radio.link, ProgressorSpec(**spec), tension_n, keep_log=True)
        sensors.append(sensor)
        await sensor.power_on()
        return sensor

    yield make
    for sensor in sensors:
        await sensor.power_off()


@pytest.fixture
def connected():
    """A plain bleak client on a sensor, with its notifications decoded by the test's own code."""
    return lambda sensor, **options: BleakClient(sensor.spec.address, **options)
