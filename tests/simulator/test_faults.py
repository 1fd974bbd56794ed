import asyncio
from itertools import pairwise

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDeviceNotFoundError

from tempoband.simulator.clock import run_virtual
from tempoband.simulator.faults import Faults, FaultyLink
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio
from tempoband.simulator.timing import SampleTiming
from tests.simulator.plain_client import DATA, Listener, command, stream

ONE_PER_PACKET = SampleTiming.even(80.0, per_packet=1)


async def heard_with(make_sensor, connected, radio, faults, seconds=10.0):
    sensor = await make_sensor(timing=ONE_PER_PACKET)
    async with connected(sensor) as client:
        radio.link.faults = faults
        listener = await stream(client, seconds)
        radio.link.faults = Faults()
        await asyncio.sleep(0.5)
    return sensor, listener


async def test_a_dropped_notification_shows_only_as_a_hole_in_device_time(make_sensor, connected, radio):
    sensor, listener = await heard_with(make_sensor, connected, radio, Faults(drop=0.05))
    assert radio.link.hits["drop"] == sensor.sent_samples - len(listener.samples) > 0
    assert max(listener.steps_us()) >= 25_000
    assert listener.broken == 0


async def test_a_duplicate_repeats_device_time(make_sensor, connected, radio):
    sensor, listener = await heard_with(make_sensor, connected, radio, Faults(duplicate=0.05))
    assert radio.link.hits["duplicate"] == len(listener.samples) - sensor.sent_samples > 0
    assert listener.steps_us().count(0) == radio.link.hits["duplicate"]


async def test_a_truncated_packet_betrays_itself_by_its_length(make_sensor, connected, radio):
    _, listener = await heard_with(make_sensor, connected, radio, Faults(truncate=0.05))
    assert listener.broken == radio.link.hits["truncate"] > 0


async def test_a_flipped_bit_may_pass_the_framing(make_sensor, connected, radio):
    sensor, listener = await heard_with(make_sensor, connected, radio, Faults(corrupt=0.05))
    sent = {(float(kg), int(us)) for p in sensor.log for kg, us in zip(p.weight_kg, p.device_us, strict=True)}
    wrong = [s for s in listener.samples if s not in sent]
    assert radio.link.hits["corrupt"] == listener.broken + len(listener.replies) + len(wrong)
    assert wrong


async def test_jitter_keeps_the_order_and_leaves_device_time_clean(make_sensor, connected, radio):
    sensor, listener = await heard_with(make_sensor, connected, radio, Faults(jitter_s=(0.0, 0.08)))
    assert set(listener.steps_us()) == {12_500}
    assert len(listener.samples) == sensor.sent_samples
    arrivals = [b - a for a, b in pairwise(listener.arrivals_s)]
    assert max(arrivals) > 0.03
    assert min(arrivals) < 0.001


async def test_a_long_connection_interval_makes_bursts(make_sensor, connected, radio):
    _, listener = await heard_with(make_sensor, connected, radio, Faults(connection_interval_s=0.1))
    arrivals = [b - a for a, b in pairwise(listener.arrivals_s)]
    assert sorted(arrivals)[len(arrivals) // 2] < 0.001
    assert max(arrivals) == pytest.approx(0.1, abs=1e-3)


async def test_a_small_mtu_cuts_notifications_silently(make_sensor, connected, radio):
    radio.link.faults.att_mtu = 23
    sensor = await make_sensor()
    async with connected(sensor) as client:
        assert client.mtu_size == 23
        listener = await stream(client, 1.0)
    assert set(listener.lengths) == {20}
    assert listener.broken == len(listener.lengths) == 10


async def test_faults_can_befall_one_sensor_only(make_sensor, connected, radio):
    radio.link.faults_of["D0:00:00:00:00:01"] = Faults(drop=1.0)
    deaf = await make_sensor(address="D0:00:00:00:00:01", name="Progressor_1")
    well = await make_sensor(address="D0:00:00:00:00:02", name="Progressor_2")
    async with connected(deaf) as one, connected(well) as two:
        heard = await asyncio.gather(stream(one, 1.0), stream(two, 1.0))
    assert [len(listener.samples) for listener in heard] == [0, 80]


async def test_a_stall_fills_the_send_queue_and_then_drops_samples(make_sensor, connected, radio):
    sensor = await make_sensor(tx_packets=4)
    async with connected(sensor) as client:
        listener = Listener()
        await client.start_notify(DATA, listener)
        await command(client, 0x65)
        await asyncio.sleep(1.0)
        radio.link.stall(sensor.spec.address)
        await asyncio.sleep(0.01)
        before = len(listener.samples)
        await asyncio.sleep(1.0)
        assert client.is_connected  # nothing tells the host: a watchdog must
        assert len(listener.samples) == before
        assert sensor.dropped_samples == (10 - 4) * 8
        radio.link.resume(sensor.spec.address)
        await asyncio.sleep(0.01)
        assert len(listener.samples) == before + 4 * 8
        await asyncio.sleep(1.0)
    kept = [int(us) for p in sensor.log if p.sent for us in p.device_us]
    assert listener.device_us == kept[: len(listener.device_us)]
    assert max(listener.steps_us()) == (6 * 8 + 1) * 12_500


async def test_out_of_range_ends_in_a_supervision_timeout_and_heals(make_sensor, connected, radio):
    sensor = await make_sensor()
    gone = asyncio.Event()
    client = connected(sensor, disconnected_callback=lambda _: gone.set(), timeout=2.0)
    await client.connect()
    radio.link.carry_away(sensor.spec.address)
    await asyncio.sleep(radio.link.supervision_timeout_s / 2)
    assert client.is_connected
    await asyncio.wait_for(gone.wait(), radio.link.supervision_timeout_s)
    assert await BleakScanner.discover(timeout=1.0) == []
    with pytest.raises(BleakDeviceNotFoundError):
        await client.connect()
    radio.link.bring_back(sensor.spec.address)
    await client.connect()
    assert len((await stream(client, 1.0)).samples) == 80
    await client.disconnect()


async def test_a_short_absence_does_not_lose_the_link(make_sensor, connected, radio):
    sensor = await make_sensor()
    async with connected(sensor) as client:
        radio.link.carry_away(sensor.spec.address)
        await asyncio.sleep(1.0)
        radio.link.bring_back(sensor.spec.address)
        await asyncio.sleep(10.0)
        assert client.is_connected


async def test_two_short_absences_are_not_one_long_one(make_sensor, connected, radio):
    sensor = await make_sensor()
    async with connected(sensor) as client:
        for _ in range(4):
            radio.link.carry_away(sensor.spec.address)
            await asyncio.sleep(0.75 * radio.link.supervision_timeout_s)
            radio.link.bring_back(sensor.spec.address)
            await asyncio.sleep(0.1)
        assert client.is_connected
        assert len((await stream(client, 1.0)).samples) == 80


async def test_a_goodbye_does_not_reach_a_sensor_out_of_range(make_sensor, connected, radio):
    sensor = await make_sensor()
    client = connected(sensor, timeout=1.0)
    await client.connect()
    radio.link.carry_away(sensor.spec.address)
    await client.disconnect()
    assert not client.is_connected
    assert sensor._connection is not None  # it does not know yet
    await asyncio.sleep(1.0)
    radio.link.bring_back(sensor.spec.address)
    await client.connect()
    assert len((await stream(client, 1.0)).samples) == 80
    await client.disconnect()


def test_the_same_seed_gives_the_same_faults():
    async def heard_us(seed):
        async with VirtualRadio.switched_on(FaultyLink(seed)) as radio:
            sensor = VirtualProgressor(radio.link, ProgressorSpec(timing=ONE_PER_PACKET), np.zeros_like)
            await sensor.power_on()
            radio.link.faults.drop = 0.1
            async with BleakClient(sensor.spec.address, backend=radio.client_class) as client:
                listener = await stream(client, 2.0)
            await sensor.power_off()
            return listener.device_us

    assert run_virtual(heard_us(3)) == run_virtual(heard_us(3)) != run_virtual(heard_us(4))
