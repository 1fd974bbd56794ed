"""Every trap of the air and of the platforms, on the virtual radio."""

import asyncio

import numpy as np
import pytest
from bleak import BleakClient
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from firmware_bridge.drivers.base import Advertisement
from firmware_bridge.errors import LinkProblem
from firmware_bridge.radio.air import Sighting
from firmware_bridge.radio.link import _refused
from firmware_bridge.radio.problems import radio_error
from tempoband.contracts.events import BridgeProblem, BridgeStatus, SensorState
from tempoband.contracts.topics import bridge_status
from tempoband.simulator.faults import Faults
from tempoband.simulator.radio import VirtualRadio
from tempoband.simulator.timing import EXPORT_80_HZ

ADDRESS = "D0:00:00:00:00:01"


def is_subsequence(few, many):
    rest = iter(many)
    return all(one in rest for one in few)


async def run_with(world, faults, seconds=45, **spec):
    """One sensor under faults from the first packet on; the bridge is stopped without a fault."""
    await world.sensor(**spec)
    world.radio.link.faults = faults
    world.start()
    await world.streaming()
    await asyncio.sleep(seconds)
    world.radio.link.faults = Faults()
    await asyncio.sleep(3)
    await world.stop()
    return world.sent_counts(), world.ingest.counts()


async def test_dropped_notifications_are_counted_exactly(world):
    sent, stored = await run_with(world, Faults(drop=0.1))
    assert world.radio.link.hits["drop"] > 20
    assert is_subsequence(stored, sent)
    before_first = sent.index(stored[0])  # nothing says how much was lost before the first
    after_last = len(sent) - 1 - sent.index(stored[-1])
    assert len(sent) == len(stored) + world.ingest.lost() + before_first + after_last
    assert world.status().lost_samples == world.ingest.lost()


async def test_doubled_callbacks_store_nothing_twice(world):
    sent, stored = await run_with(world, Faults(duplicate=0.5))
    assert world.radio.link.hits["duplicate"] > 100
    assert stored == sent[: len(stored)]
    assert world.ingest.lost() == 0
    assert world.bridge.sensors["progressor_0000"].total().repeated >= 100 * 8


async def test_truncated_notifications_are_refused_and_counted_as_lost(world):
    sent, stored = await run_with(world, Faults(truncate=0.05))
    assert is_subsequence(stored, sent)
    assert sum(world.bridge.sensors["progressor_0000"].rejects.values()) >= 10
    assert len(sent) - len(stored) - world.ingest.lost() <= 16


async def test_flipped_bits_never_turn_time_back_or_stop_the_stream(world):
    sent, stored = await run_with(world, Faults(corrupt=0.1))
    assert (np.diff(world.ingest.times_us()) > 0).all()
    assert len(stored) > 0.7 * len(sent)
    intact = set(sent)
    assert sum(count in intact for count in stored) > 0.95 * len(stored)  # a flipped weight looks like one


@pytest.mark.parametrize("interval_s", [0.0075, 0.045, 0.1])
async def test_bursts_of_the_connection_interval_do_not_reach_the_times(world, interval_s):
    sent, stored = await run_with(world, Faults(connection_interval_s=interval_s), clock_ppm=60.0)
    assert stored == sent[: len(stored)]
    truth = world.sent_times_us()[: len(stored)]
    utc = world.ingest.times_us()
    assert np.abs((utc[80:] - utc[:-80]) - (truth[80:] - truth[:-80])).max() <= 1000


async def test_jitter_does_not_reach_the_times(world):
    sent, stored = await run_with(world, Faults(jitter_s=(0.0, 0.08)))
    assert stored == sent[: len(stored)]
    late = world.ingest.times_us() - world.sent_times_us()[: len(stored)]
    assert np.ptp(late[80 * 30 :]) < 6000


async def test_packets_with_holes_at_their_edges_lose_nothing(world):
    sent, stored = await run_with(world, Faults(), timing=EXPORT_80_HZ)
    assert stored == sent[: len(stored)]
    assert world.ingest.lost() == 0
    assert world.status().rate_hz == pytest.approx(80, rel=0.05)


async def test_a_small_mtu_is_named(world):
    await world.sensor()
    world.radio.link.faults = Faults(att_mtu=23)
    world.start()
    await world.until(lambda: (s := world.status()) is not None and "20 bytes" in s.detail, 60)
    assert world.status().state is SensorState.LOST
    assert world.ingest.counts() == []
    assert world.bridge.sensors["progressor_0000"].rejects["cut"] >= 3
    world.radio.link.faults = Faults()
    await world.streaming()


async def test_the_counter_wraps_in_mid_stream(world):
    sent, stored = await run_with(world, Faults(), start_us=2**32 - 20_000_000)
    assert stored == sent[: len(stored)]
    assert len(world.ingest.streams()) == 1
    assert np.abs(np.diff(world.ingest.times_us()) - 12_500).max() < 100


async def test_a_lost_link_comes_back_by_itself_as_a_new_stream(world):
    await world.sensor()
    world.start()
    await world.streaming()
    for _ in range(3):
        await asyncio.sleep(10)
        world.radio.link.lose(ADDRESS)
        await world.until(lambda: world.status().state is not SensorState.STREAMING)
        await world.streaming(seconds=15)
    await asyncio.sleep(5)
    await world.stop()
    assert len(world.ingest.streams()) == 4
    assert is_subsequence(world.ingest.counts(), world.sent_counts())
    assert (np.diff(world.ingest.times_us()) > 0).all()


async def test_a_stalled_link_is_noticed_although_it_is_connected(world):
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(5)
    world.radio.link.stall(ADDRESS)
    await world.until(lambda: world.status().state is SensorState.LOST, 5)
    assert "no data" in world.status().detail
    world.radio.link.resume(ADDRESS)
    world.radio.link.lose(ADDRESS)
    await world.streaming(seconds=60)


async def test_a_reboot_of_the_sensor_is_a_new_stream(world):
    sensor = await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(10)
    await sensor.reboot()
    sensor.log.clear()
    sensor.power_on_utc_us = world.utc_us()
    await asyncio.sleep(20)
    assert len(world.ingest.streams()) == 2
    assert (np.diff(world.ingest.times_us()) > 0).all()
    last = world.ingest.streams()[-1]
    stored = np.concatenate([f.counts for f in world.ingest.of() if f.stream == last]).tolist()
    assert stored == world.sent_counts()[: len(stored)]


async def test_out_of_range_and_back(world):
    await world.sensor()
    world.start()
    await world.streaming()
    world.radio.link.carry_away(ADDRESS)
    await world.until(lambda: world.status().state is SensorState.ASLEEP, 60)
    world.radio.link.bring_back(ADDRESS)
    await world.streaming(seconds=30)


async def test_a_sensor_held_by_another_host_is_told_and_taken_when_free(world):
    sensor = await world.sensor()
    world.start()
    await world.streaming()
    await sensor.power_off()
    async with VirtualRadio.switched_on(world.radio.link, "C0:FF:EE:00:00:02") as phone:
        await world.stop()
        await sensor.power_on()
        app = BleakClient(ADDRESS, backend=phone.client_class)
        await app.connect()
        world.start()
        await asyncio.sleep(40)
        assert world.status().state is SensorState.ASLEEP
        assert "another app" in world.status().detail
        await app.disconnect()
        await world.streaming(seconds=60)


def test_a_sensor_on_the_air_that_refuses_is_taken_and_one_that_is_silent_is_asleep():
    seen = Sighting(Advertisement("AA"), None, 0.0)
    assert _refused("S", seen, BleakError("busy")).problem is LinkProblem.TAKEN
    assert _refused("S", None, BleakError("busy")).problem is LinkProblem.ASLEEP


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        (BleakBluetoothNotAvailableReason.POWERED_OFF, BridgeProblem.ADAPTER_OFF),
        (BleakBluetoothNotAvailableReason.NO_BLUETOOTH, BridgeProblem.NO_ADAPTER),
        (BleakBluetoothNotAvailableReason.DENIED_BY_USER, BridgeProblem.PERMISSION_DENIED),
    ],
)
async def test_bluetooth_taken_away_is_told_and_comes_back(world, reason, problem):
    await world.sensor()
    world.start()
    await world.streaming()
    await world.radio.turn_off(reason)
    await world.until(lambda: bridge(world).problem is problem, 90)
    assert bridge(world).online
    await world.radio.turn_on()
    await world.until(lambda: bridge(world).problem is None, 90)
    await world.streaming()


def bridge(world):
    return BridgeStatus.model_validate_json(world.hub.retained[bridge_status("test")])


@pytest.mark.parametrize(
    ("error", "problem", "words"),
    [
        (FileNotFoundError(2, "No such file or directory"), BridgeProblem.NO_ADAPTER, "plug in an adapter"),
        (ConnectionRefusedError(111, "Connection refused"), BridgeProblem.NO_ADAPTER, "plug in an adapter"),
        (PermissionError(13, "Permission denied"), BridgeProblem.PERMISSION_DENIED, "allow it"),
        (
            BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["Rejected send message"]),
            BridgeProblem.PERMISSION_DENIED,
            "allow it",
        ),
        (BleakDBusError("org.bluez.Error.NotReady", []), BridgeProblem.ADAPTER_OFF, "switch it on"),
        (
            BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["not activatable"]),
            BridgeProblem.NO_ADAPTER,
            "start BlueZ",
        ),
        (
            BleakBluetoothNotAvailableError("x", BleakBluetoothNotAvailableReason.UNKNOWN),
            BridgeProblem.SCAN_FAILED,
            "did not start",
        ),
        (BleakError("odd"), BridgeProblem.SCAN_FAILED, "odd"),
        (OSError(5, "I/O error"), BridgeProblem.SCAN_FAILED, "I/O error"),
    ],
)
def test_every_failure_of_bluetooth_has_its_own_words(error, problem, words):
    told = radio_error(error)
    assert told.problem is problem
    assert words in str(told)
