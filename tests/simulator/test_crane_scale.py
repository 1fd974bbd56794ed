import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDeviceNotFoundError

from tempoband.simulator.crane_scale import VirtualCraneScale, manufacturer_data


@pytest.fixture
async def scale(radio):
    scale = VirtualCraneScale(radio.link, lambda t: 9.80665 * (10 + t))
    await scale.power_on()
    yield scale
    await scale.power_off()


async def test_it_is_heard_and_every_reading_once(scale):
    weights_kg = []

    def on_advertisement(device, data):
        assert (device.name, list(data.manufacturer_data)) == ("IF_B7", [0x0100])
        weights_kg.append(int.from_bytes(data.manufacturer_data[0x0100][10:12], "big") / 100)

    async with BleakScanner(on_advertisement):
        before = scale.sent
        await asyncio.sleep(5.0)
        assert len(weights_kg) == scale.sent - before == pytest.approx(40, abs=1)
    assert weights_kg == sorted(weights_kg)
    assert weights_kg[-1] == pytest.approx(15, abs=0.3)


async def test_nobody_can_connect_to_it(scale):
    with pytest.raises(BleakDeviceNotFoundError):
        await BleakClient(scale.address, timeout=2.0).connect()


async def test_out_of_range_it_is_not_heard(scale, radio):
    radio.link.carry_away(scale.address)
    await asyncio.sleep(0.5)
    assert await BleakScanner.discover(timeout=1.0) == []


def test_the_display_cannot_go_below_zero_or_past_its_width():
    assert manufacturer_data(-3.0, stable=False)[10:12] == b"\0\0"
    assert manufacturer_data(9999.0, stable=True)[10:12] == b"\xff\xff"
    assert manufacturer_data(1.0, stable=True)[14] != manufacturer_data(1.0, stable=False)[14]
