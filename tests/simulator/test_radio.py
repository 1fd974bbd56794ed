import asyncio

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak_retry_connector import establish_connection

from tempoband.simulator.errors import SimulatorError
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio
from tempoband.simulator.timing import EXPORT_80_HZ
from tests.simulator.plain_client import CONTROL, DATA, Listener, command, stream


async def test_plain_bleak_discovers_connects_and_streams(make_sensor):
    await make_sensor()
    found = await BleakScanner.discover(timeout=1.0, return_adv=True)
    (device,) = [d for d, a in found.values() if (a.local_name or "").startswith("Progressor")]
    async with BleakClient(device) as client:
        assert client.name == "Progressor_0042"
        assert client.mtu_size == 517
        listener = await stream(client, 2.0)
        await client.stop_notify(DATA)
    assert len(listener.samples) == 160
    assert set(listener.steps_us()) == {12_500}


async def test_retry_connector_works_unchanged(make_sensor):
    await make_sensor()
    device = await BleakScanner.find_device_by_name("Progressor_0042")
    client = await establish_connection(BleakClient, device, "sensor")
    assert len((await stream(client, 0.5)).samples) == 40
    await client.disconnect()


async def test_the_second_connection_starts_afresh(make_sensor, connected):
    sensor = await make_sensor()
    for _ in range(2):
        async with connected(sensor) as client:
            listener = await stream(client, 0.5)
        assert len(listener.samples) == 40
        assert listener.device_us[0] == 0


async def test_a_sensor_in_use_is_not_heard_and_not_reachable(make_sensor, radio):
    sensor = await make_sensor()
    async with VirtualRadio.switched_on(radio.link, "C0:FF:EE:00:00:02") as phone:
        async with BleakClient(sensor.spec.address, backend=phone.client_class):
            assert await BleakScanner.discover(timeout=1.0) == []
            with pytest.raises(BleakDeviceNotFoundError):
                await BleakClient(sensor.spec.address, timeout=1.0).connect()
        await asyncio.sleep(0.5)
        async with BleakClient(sensor.spec.address, timeout=1.0) as client:
            assert client.is_connected


async def test_connecting_to_nobody_times_out_and_leaves_the_adapter_usable(make_sensor, connected):
    sensor = await make_sensor()
    with pytest.raises(BleakDeviceNotFoundError):
        await BleakClient("D0:00:00:00:00:99", timeout=0.5).connect()
    async with connected(sensor) as client:
        assert client.is_connected


async def test_a_cancelled_connect_leaves_no_ghost(make_sensor, connected, radio):
    sensor = await make_sensor()
    attempt = asyncio.create_task(BleakClient("D0:00:00:00:00:99").connect())
    await asyncio.sleep(0.2)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    async with connected(sensor) as client:
        assert client.is_connected
        assert len(radio.central.connections) == 1


async def test_an_adapter_that_is_off_says_so_and_comes_back(make_sensor, connected, radio):
    sensor = await make_sensor()
    gone = asyncio.Event()
    client = connected(sensor, disconnected_callback=lambda _: gone.set())
    await client.connect()
    await radio.turn_off()
    await asyncio.wait_for(gone.wait(), 1)
    for attempt in (BleakScanner.discover(timeout=0.1), connected(sensor).connect()):
        with pytest.raises(BleakBluetoothNotAvailableError) as refusal:
            await attempt
        assert refusal.value.reason is BleakBluetoothNotAvailableReason.POWERED_OFF
    await radio.turn_on()
    assert len(await BleakScanner.discover(timeout=1.0)) == 1


async def test_a_running_scanner_survives_the_adapter(make_sensor, radio):
    await make_sensor()
    heard = []
    async with BleakScanner(lambda device, _: heard.append(device.address)):
        await asyncio.sleep(1)
        assert heard
        await radio.turn_off()
        heard.clear()
        await asyncio.sleep(1)
        assert not heard
        await radio.turn_on()
        await asyncio.sleep(1)
        assert heard


async def test_two_scanners_listen_side_by_side(make_sensor):
    await make_sensor()
    async with BleakScanner() as first:
        async with BleakScanner() as second:
            await asyncio.sleep(1)
        await asyncio.sleep(0.1)
        assert len(first.discovered_devices) == len(second.discovered_devices) == 1
    with pytest.raises(BleakError):
        async with first, first:
            pass


async def test_scanning_for_another_service_hears_nothing(make_sensor):
    await make_sensor()
    assert await BleakScanner.discover(timeout=1.0, service_uuids=["180f"]) == []


async def test_link_loss_calls_back_and_ends_the_subscription(make_sensor, connected, radio):
    sensor = await make_sensor()
    gone = asyncio.Event()
    client = connected(sensor, disconnected_callback=lambda _: gone.set())
    await client.connect()
    listener = Listener()
    await client.start_notify(DATA, listener)
    await command(client, 0x65)
    await asyncio.sleep(0.5)
    radio.link.lose(sensor.spec.address)
    await asyncio.wait_for(gone.wait(), 1)
    assert not client.is_connected
    with pytest.raises(BleakError):
        await command(client, 0x66)
    heard = len(listener.samples)
    await client.connect()
    await asyncio.sleep(0.5)
    assert len(listener.samples) == heard  # neither the stream nor the subscription survived
    await client.disconnect()


async def test_a_request_in_flight_fails_when_the_link_is_lost(make_sensor, connected, radio):
    sensor = await make_sensor()
    client = connected(sensor)
    await client.connect()
    radio.link.stall(sensor.spec.address)
    pending = asyncio.create_task(command(client, 0x6F))
    await asyncio.sleep(0.1)
    radio.link.lose(sensor.spec.address)
    with pytest.raises(BleakError, match="disconnected"):
        await pending


async def test_a_user_who_gives_up_is_cancelled_not_told_of_an_error(make_sensor, connected, radio):
    sensor = await make_sensor()
    client = connected(sensor)
    await client.connect()
    radio.link.stall(sensor.spec.address)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await command(client, 0x6F)
    radio.link.resume(sensor.spec.address)
    await client.disconnect()


async def test_a_dead_discovery_times_out_and_hangs_up(make_sensor, connected, radio):
    sensor = await make_sensor()
    client = connected(sensor, timeout=3.0)
    radio.central.once("connection", lambda _: radio.link.stall(sensor.spec.address))
    with pytest.raises(TimeoutError):
        await client.connect()
    assert not client.is_connected
    assert not radio.central.connections
    radio.link.resume(sensor.spec.address)


async def test_misuse_is_refused_as_bleak_does(make_sensor, connected):
    sensor = await make_sensor()
    async with connected(sensor) as client:
        with pytest.raises(BleakError):
            await client.start_notify(CONTROL, lambda *_: None)
        with pytest.raises(BleakGATTProtocolError):
            await client.read_gatt_char(CONTROL)
        await client.start_notify(DATA, Listener())
        with pytest.raises(BleakError):
            await client.start_notify(DATA, Listener())
        (descriptor,) = client.services.get_characteristic(DATA).descriptors
        assert await client.read_gatt_descriptor(descriptor.handle) == b"\x01\x00"
        with pytest.raises(NotImplementedError):
            await client.pair()


@pytest.mark.parametrize("address", ["D0:00:00:00:00:42", "10:00:00:00:00:42"])
async def test_addresses_that_would_misroute_are_refused(make_sensor, radio, address):
    await make_sensor()
    with pytest.raises(SimulatorError):
        VirtualProgressor(radio.link, ProgressorSpec(address=address), lambda t: t)


async def test_installing_is_undone_afterwards():
    import bleak

    before = bleak.get_platform_client_backend_type
    async with VirtualRadio.switched_on(FaultyLink(), "C0:FF:EE:00:00:03") as radio:
        with radio.installed():
            assert bleak.get_platform_client_backend_type() == (radio.client_class, "virtual")
    assert bleak.get_platform_client_backend_type is before


async def test_many_sensors_stream_side_by_side_without_mixing(make_sensor, connected):
    sensors = [
        await make_sensor(
            lambda _, level=10.0 * n: level,
            name=f"Progressor_{n}",
            address=f"D0:00:00:00:01:{n:02X}",
            noise_n=0.0,
        )
        for n in range(1, 9)
    ]
    clients = [connected(sensor) for sensor in sensors]
    await asyncio.gather(*(client.connect() for client in clients))
    listeners = await asyncio.gather(*(stream(client, 10.0) for client in clients))
    for n, listener in enumerate(listeners, start=1):
        assert len(listener.samples) == 800
        assert [kg for kg, _ in listener.samples] == pytest.approx([10.0 * n / 9.80665] * 800)
    await asyncio.gather(*(client.disconnect() for client in clients))


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_day_of_streaming_loses_nothing(radio, connected):
    spec = ProgressorSpec(timing=EXPORT_80_HZ, clock_ppm=37.0)
    sensor = VirtualProgressor(radio.link, spec, lambda t: 20 + np.sin(t))
    await sensor.power_on()
    count, wraps, last_us = 0, 0, -1

    def on_data(_, data):
        nonlocal count, wraps, last_us
        samples = np.frombuffer(data, [("kg", "<f4"), ("us", "<u4")], offset=2)
        wraps += int(samples["us"][0] < last_us) + int((np.diff(samples["us"].astype(np.int64)) < 0).sum())
        count, last_us = count + len(samples), int(samples["us"][-1])

    async with connected(sensor) as client:
        await client.start_notify(DATA, on_data)
        await command(client, 0x65)
        await asyncio.sleep(24 * 3600)
        assert client.is_connected
    await sensor.power_off()
    assert count == sensor.sent_samples == pytest.approx(24 * 3600 * 80, abs=30)
    assert sensor.dropped_samples == 0
    assert wraps == 24 * 3600 * (1 + 37e-6) * 1e6 // 2**32
