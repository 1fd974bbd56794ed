import asyncio
import contextlib
import struct

import numpy as np
import pytest
from bleak import BleakScanner
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.drivers.base import Advertisement
from firmware_bridge.drivers.progressor import ProgressorDriver
from firmware_bridge.drivers.wh_c06 import COMPANY_ID, NAME, SCALE_N, WhC06Driver, decode
from firmware_bridge.errors import DecodeError, DecodeReason
from tempoband.contracts.events import SensorState
from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.simulator.crane_scale import VirtualCraneScale


@given(st.integers(0, 0xFFFF), st.binary(min_size=10, max_size=10), st.binary(min_size=3, max_size=30))
def test_the_weight_is_hundredths_of_a_kilogram_at_offset_10(hundredths, before, after):
    samples = decode(before + struct.pack(">H", hundredths) + after)
    assert samples.ticks is None
    assert samples.counts.tolist() == [hundredths]
    assert samples.counts[0] * SCALE_N == pytest.approx(hundredths / 100 * 9.80665)


@given(st.binary(max_size=40))
def test_every_byte_string_decodes_or_raises_our_error(data):
    with contextlib.suppress(DecodeError):
        assert len(decode(data)) == 1


@given(st.binary(max_size=14))
def test_short_data_is_refused(data):
    with pytest.raises(DecodeError) as caught:
        decode(data)
    assert caught.value.reason is DecodeReason.SHORT


def test_only_the_scale_matches():
    driver = WhC06Driver()
    scale = Advertisement("AA:BB:CC:DD:EE:FF", NAME, -50, (), {COMPANY_ID: bytes(15)})
    assert driver.matches(scale)
    assert driver.sensor_id(scale) == "wh-c06-ddeeff"
    assert not driver.matches(Advertisement("AA", NAME))
    assert not driver.matches(Advertisement("AA", "", -50, (), {COMPANY_ID: bytes(15)}))


async def test_a_scale_streams_beside_a_progressor_and_its_silence_is_noticed(world):
    await world.sensor()
    scale = VirtualCraneScale(world.radio.link, lambda t: 100 + 50 * np.sin(t))
    await scale.power_on()
    world.start(drivers=(ProgressorDriver(), WhC06Driver()))
    await world.streaming("wh-c06-000c06")
    await world.streaming()
    await asyncio.sleep(60)
    status = world.status("wh-c06-000c06")
    assert (status.clock, status.loss, status.lost_samples) == (
        ClockKind.ARRIVAL,
        LossKnowledge.UNKNOWN,
        None,
    )
    frames = world.ingest.of("wh-c06-000c06")
    tension = np.concatenate([f.tension_n for f in frames])
    assert 440 <= len(tension) <= scale.sent
    assert tension.min() == pytest.approx(50, abs=1)
    assert tension.max() == pytest.approx(150, abs=1)
    assert (np.diff(world.ingest.times_us("wh-c06-000c06")) > 0).all()
    await scale.power_off()
    await world.until(lambda: world.status("wh-c06-000c06").state is not SensorState.STREAMING, 20)
    scale = VirtualCraneScale(world.radio.link, lambda t: 100 + 50 * np.sin(t))
    await scale.power_on()
    await world.streaming("wh-c06-000c06", seconds=30)
    await scale.power_off()


async def test_a_scale_that_is_switched_on_twice_broadcasts_once(world):
    scale, heard = VirtualCraneScale(world.radio.link, lambda t: 100 + 0 * t), []
    async with BleakScanner(lambda device, _data: heard.append(device.address)):
        await scale.power_on()
        await scale.power_on()
        await asyncio.sleep(5)
        await scale.power_off()
        assert 38 <= len(heard) <= 42
        await asyncio.sleep(5)
    assert len(heard) == scale.sent
