"""bleak's client contract over the virtual radio."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.device import Connection, Peer
from bumble.gatt_client import CharacteristicProxy, ServiceProxy

from tempoband.simulator.adapter import VirtualAdapter
from tempoband.simulator.scanner import uuid_text

_DEFAULT_MTU = 23
_PROPERTY_NAMES: dict[int, CharacteristicPropertyName] = {
    0x01: "broadcast",
    0x02: "read",
    0x04: "write-without-response",
    0x08: "write",
    0x10: "notify",
    0x20: "indicate",
    0x40: "authenticated-signed-writes",
    0x80: "extended-properties",
}


class BumbleClient(BaseBleakClient):
    """One connection from the virtual adapter to a virtual sensor."""

    radio: ClassVar[VirtualAdapter]

    def __init__(
        self, address_or_ble_device: BLEDevice | str, *, services: set[str] | None = None, **options: Any
    ) -> None:
        super().__init__(address_or_ble_device, **options)
        self._wanted = services
        self._name = address_or_ble_device.name if isinstance(address_or_ble_device, BLEDevice) else None
        self._connection: Connection | None = None
        self._subscriptions: dict[int, NotifyCallback] = {}

    @property
    def name(self) -> str:
        """Advertised name, or the address in dashes as BlueZ does."""
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """Granted ATT MTU."""
        return self._connection.att_mtu if self._connection else _DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Whether the link is up, as far as the host knows."""
        return self._connection is not None

    async def connect(self, pair: bool, **_options: Any) -> None:
        """Connect, agree on an MTU and discover services.

        Raises:
            BleakBluetoothNotAvailableError: the adapter is away.
            BleakDeviceNotFoundError: nothing answered in time.
            TimeoutError: the link came up but discovery did not finish in time.
            BleakError: already connected, or the link broke on the way.
        """
        self.radio.check_available()
        if pair:
            raise NotImplementedError("the virtual radio does not pair")
        if self._connection:
            raise BleakError("Client is already connected")
        try:
            async with asyncio.timeout(self._timeout):
                await self._establish()
        except TimeoutError:
            if self._connection is None:
                raise BleakDeviceNotFoundError(
                    self.address, f"Device with address {self.address} was not found"
                ) from None
            await self._drop()
            raise
        except BaseException:
            await self._drop()
            raise

    async def _establish(self) -> None:
        async with self.radio.connect_lock:
            try:
                connection = await self.radio.central.connect(hci.Address(self.address), timeout=None)
            except asyncio.CancelledError:
                self.radio.give_up_connecting()
                raise
            except core.BaseBumbleError as error:
                raise BleakError(f"connect failed: {error}") from error
        self._connection = connection
        connection.on(Connection.EVENT_DISCONNECTION, self._on_disconnection)
        with self._translated_errors():
            peer = Peer(connection)
            await peer.request_mtu(self.radio.mtu)
            self.services = await self._discover(peer)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.remove_listener(Connection.EVENT_DISCONNECTION, self._on_disconnection)
            with contextlib.suppress(core.BaseBumbleError):
                await connection.disconnect()

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            uuid = uuid_text(service.uuid)
            if not self._wanted or uuid in self._wanted:
                known = BleakGATTService(service, service.handle, uuid)
                found.add_service(known)
                await self._discover_characteristics(found, known, service)
        return found

    async def _discover_characteristics(
        self, found: BleakGATTServiceCollection, known: BleakGATTService, service: ServiceProxy
    ) -> None:
        for proxy in await service.discover_characteristics():
            names = [name for bit, name in _PROPERTY_NAMES.items() if proxy.properties & bit]
            characteristic = BleakGATTCharacteristic(
                proxy, proxy.handle, uuid_text(proxy.uuid), names, lambda: self.mtu_size - 3, known
            )
            found.add_characteristic(characteristic)
            for descriptor in await proxy.discover_descriptors():
                found.add_descriptor(
                    BleakGATTDescriptor(
                        descriptor, descriptor.handle, uuid_text(descriptor.type), characteristic
                    )
                )

    def _on_disconnection(self, _reason: int) -> None:
        if self._connection is None:
            return
        self._connection = None
        self.services = None
        self._subscriptions.clear()
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        """Hang up; harmless when not connected."""
        if self._connection:
            with contextlib.suppress(core.BaseBumbleError):
                await self._connection.disconnect()

    async def pair(self, *_args: Any, **_options: Any) -> None:
        """Not modelled: none of the sensors pairs."""
        raise NotImplementedError("the virtual radio does not pair")

    async def unpair(self) -> None:
        """Not modelled: none of the sensors pairs."""
        raise NotImplementedError("the virtual radio does not pair")

    @contextlib.contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Raise what bleak documents.

        Raises:
            BleakGATTProtocolError: the sensor refused.
            BleakError: not connected, or the link broke on the way.
        """
        if not self.is_connected:
            raise BleakError("Not connected")
        try:
            yield
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except core.BaseBumbleError as error:
            raise BleakError(str(error) or type(error).__name__) from error
        except asyncio.CancelledError as error:
            # On link loss bumble cancels the pending request: that is no cancellation of the caller's task.
            if self._is_cancelled_by_the_caller():
                raise
            raise BleakError("disconnected") from error

    def _is_cancelled_by_the_caller(self) -> bool:
        task = asyncio.current_task()
        return self.is_connected or task is None or task.cancelling() > 0

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_options: Any
    ) -> bytearray:
        """Read a value."""
        del use_cached  # nothing is cached here
        with self._translated_errors():
            return bytearray(await _proxy(characteristic).read_value())

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_options: Any
    ) -> bytearray:
        """Read a descriptor."""
        del use_cached
        with self._translated_errors():
            return bytearray(await descriptor.obj.read_value())

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a value, with or without waiting for the answer."""
        with self._translated_errors():
            await _proxy(characteristic).write_value(bytes(data), with_response=response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor."""
        with self._translated_errors():
            await descriptor.obj.write_value(bytes(data), with_response=True)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_options: Any
    ) -> None:
        """Subscribe; values that came earlier are lost, as on a real host."""
        if characteristic.handle in self._subscriptions:
            raise BleakError("Characteristic notifications already started")
        if not {"notify", "indicate"} & set(characteristic.properties):
            raise BleakError(f"characteristic {characteristic.uuid} does not support notifications")

        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        with self._translated_errors():
            await _proxy(characteristic).subscribe(on_value, prefer_notify=True)
            self._subscriptions[characteristic.handle] = on_value  # type: ignore[assignment]  # bytes are enough

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe; harmless when not subscribed."""
        with self._translated_errors():
            on_value = self._subscriptions.pop(characteristic.handle, None)
            if on_value:
                await _proxy(characteristic).unsubscribe(on_value)


def _proxy(characteristic: BleakGATTCharacteristic) -> CharacteristicProxy[bytes]:
    proxy: CharacteristicProxy[bytes] = characteristic.obj
    return proxy
