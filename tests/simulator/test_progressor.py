import asyncio
import struct
from itertools import pairwise

import numpy as np
import pytest
from bleak import BleakScanner

from tempoband.simulator.errors import SimulatorError
from tempoband.simulator.progressor import ProgressorSpec
from tempoband.simulator.timing import EXPORT_80_HZ, NOMINAL_80_HZ, SampleTiming
from tests.simulator.plain_client import DATA, Listener, command, stream


async def ask(client, opcode):
    listener = Listener()
    await client.start_notify(DATA, listener)
    await command(client, opcode, response=False)
    await asyncio.sleep(0.1)
    await client.stop_notify(DATA)
    (reply,) = listener.replies
    assert reply[0] == 0
    return reply[2:]


async def test_it_answers_what_it_is_asked(make_sensor, connected):
    sensor = await make_sensor(battery_mv=3812, firmware="2.0.1", device_id=0x1234, error_text="crash at 7")
    async with connected(sensor) as client:
        assert struct.unpack("<I", await ask(client, 0x6F)) == (3812,)
        assert await ask(client, 0x6B) == b"2.0.1"
        assert await ask(client, 0x70) == b"\x34\x12"  # trailing zero bytes are omitted
        assert await ask(client, 0x6C) == b"crash at 7"
        await command(client, 0x6D)
        assert await ask(client, 0x6C) == b""


@pytest.mark.parametrize("garbage", [b"", b"\x00", b"\xff\xff\xff", b"\x67", b"\x69\x00\x00\x80\x3f"])
async def test_it_survives_commands_it_does_not_know(make_sensor, connected, garbage):
    sensor = await make_sensor()
    async with connected(sensor) as client:
        await client.write_gatt_char("7e4e1703-1ea6-40c9-9dcc-13d34ffead57", garbage, response=True)
        assert len((await stream(client, 1.0)).samples) == 80


async def test_every_sample_is_in_the_log_with_its_true_time(make_sensor, connected):
    sensor = await make_sensor(lambda t: 20 + 5 * t, noise_n=0.0)
    async with connected(sensor) as client:
        listener = await stream(client, 3.0)
    logged = np.concatenate([p.weight_kg for p in sensor.log])
    true_s = np.concatenate([p.true_s for p in sensor.log])
    assert [kg for kg, _ in listener.samples] == logged.tolist()
    np.testing.assert_allclose(logged * 9.80665, 20 + 5 * true_s, rtol=1e-6)
    assert sensor.sent_samples == len(logged)


async def test_tare_takes_the_present_tension_away(make_sensor, connected):
    sensor = await make_sensor(lambda _: 30.0, noise_n=0.0)
    async with connected(sensor) as client:
        listener = Listener()
        await client.start_notify(DATA, listener)
        await command(client, 0x64)  # ignored: it is not streaming
        await command(client, 0x65)
        await asyncio.sleep(1.0)
        assert listener.samples[-1][0] * 9.80665 == pytest.approx(30.0, abs=1e-4)
        await command(client, 0x64)
        await asyncio.sleep(1.0)
        assert listener.samples[-1][0] == pytest.approx(0.0, abs=1e-6)


async def test_its_clock_runs_fast_by_the_given_ppm(make_sensor, connected):
    sensor = await make_sensor(clock_ppm=200.0)
    async with connected(sensor) as client:
        listener = await stream(client, 100.0)
    true_s = np.concatenate([p.true_s for p in sensor.log])
    ran_us = listener.device_us[-1] - listener.device_us[0]
    assert ran_us / 1e6 / (true_s[-1] - true_s[0]) == pytest.approx(1 + 200e-6, rel=1e-7)


async def test_its_clock_wraps_at_32_bits(make_sensor, connected):
    sensor = await make_sensor(start_us=2**32 - 500_000)
    async with connected(sensor) as client:
        listener = await stream(client, 2.0)
    assert sum(b < a for a, b in pairwise(listener.device_us)) == 1
    assert set(listener.steps_us()) == {12_500}


async def test_the_export_timing_has_a_hole_at_every_packet_edge(make_sensor, connected):
    sensor = await make_sensor(timing=EXPORT_80_HZ)
    async with connected(sensor) as client:
        listener = await stream(client, 30.0)
    assert set(listener.lengths) == {122}
    steps = np.array(listener.steps_us())
    edges = np.arange(1, len(steps) + 1) % 15 == 0
    assert set(steps[~edges]) <= {11_389, 11_390, 11_391}
    np.testing.assert_allclose(steps[edges], 28_040, atol=1)
    assert len(listener.samples) / 30.0 == pytest.approx(80.0, rel=0.02)


def test_both_timings_are_nominal_80_hz():
    assert NOMINAL_80_HZ.rate_hz == pytest.approx(80.0)
    assert EXPORT_80_HZ.rate_hz == pytest.approx(80.0)


async def test_a_reboot_breaks_the_link_and_forgets_clock_and_tare(make_sensor, connected):
    sensor = await make_sensor(lambda _: 30.0, noise_n=0.0)
    gone = asyncio.Event()
    client = connected(sensor, disconnected_callback=lambda _: gone.set())
    await client.connect()
    listener = Listener()
    await client.start_notify(DATA, listener)
    await command(client, 0x65)
    await command(client, 0x64)
    await asyncio.sleep(1.0)
    assert abs(listener.samples[-1][0]) < 1e-6
    await sensor.reboot()
    await asyncio.wait_for(gone.wait(), 1)
    await client.connect()
    listener = await stream(client, 1.0)
    assert listener.samples[0] == (pytest.approx(30 / 9.80665), 0)
    await client.disconnect()


async def test_sleep_hangs_up_and_stops_advertising(make_sensor, connected):
    sensor = await make_sensor()
    gone = asyncio.Event()
    client = connected(sensor, disconnected_callback=lambda _: gone.set())
    await client.connect()
    await command(client, 0x6E)
    await asyncio.wait_for(gone.wait(), 1)
    assert await BleakScanner.discover(timeout=1.0) == []
    await sensor.power_on()
    assert len(await BleakScanner.discover(timeout=1.0)) == 1


async def test_the_battery_drains_warns_and_dies(make_sensor, connected):
    sensor = await make_sensor(battery_mv=3400, drain_mv_per_hour=200)
    gone = asyncio.Event()
    client = connected(sensor, disconnected_callback=lambda _: gone.set())
    await client.connect()
    assert struct.unpack("<I", await ask(client, 0x6F)) == (3400,)
    listener = Listener()
    await client.start_notify(DATA, listener)
    await asyncio.sleep(25 * 60)
    assert not listener.replies
    await asyncio.sleep(20 * 60)
    assert set(listener.replies) == {b"\x04\x00"}
    assert sensor.battery_mv == pytest.approx(3250)
    await asyncio.wait_for(gone.wait(), 4 * 3600)
    assert not sensor.powered


async def test_starting_twice_restarts_the_clock(make_sensor, connected):
    sensor = await make_sensor()
    async with connected(sensor) as client:
        listener = await stream(client, 1.0)
        await command(client, 0x65)
        await asyncio.sleep(1.0)
    assert listener.device_us.count(0) == 2


def test_more_samples_than_a_length_byte_can_say_are_refused():
    with pytest.raises(SimulatorError):
        ProgressorSpec(timing=SampleTiming.even(80.0, per_packet=32))
