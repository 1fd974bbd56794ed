"""An ``org.bluez`` with one Progressor, on a private D-Bus: bleak's real BlueZ back end talks to it."""

# No "from __future__ import annotations" here: dbus-fast reads the annotations as D-Bus signatures.
import asyncio
import contextlib
import struct
from typing import Annotated

from dbus_fast import BusType
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import (
    DBusBool,
    DBusBytes,
    DBusDict,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
)
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_property, method

from firmware_bridge.drivers.progressor import CONTROL, DATA, SERVICE

READ = PropertyAccess.READ
Strings = Annotated[list[str], DBusSignature("as")]
Int16 = Annotated[int, DBusSignature("n")]
Uint16 = Annotated[int, DBusSignature("q")]
ADDRESS, NAME = "D0:00:00:00:00:42", "Progressor_0042"
ADAPTER = "/org/bluez/hci0"
DEVICE = f"{ADAPTER}/dev_{ADDRESS.replace(':', '_')}"
SERVICE_PATH = f"{DEVICE}/service0010"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""


class Adapter(ServiceInterface):
    """hci0; ``powered`` is what a test switches."""

    def __init__(self):
        super().__init__("org.bluez.Adapter1")
        self.powered, self.discovering = True, False

    @dbus_property(access=READ)
    def Powered(self) -> DBusBool:  # noqa: N802 - D-Bus names
        return self.powered

    @dbus_property(access=READ)
    def Discovering(self) -> DBusBool:  # noqa: N802
        return self.discovering

    @dbus_property(access=READ)
    def Roles(self) -> Strings:  # noqa: N802
        return ["central"]

    @method()
    def SetDiscoveryFilter(self, _filter: DBusDict) -> None:  # noqa: N802
        pass

    @method()
    def StartDiscovery(self) -> None:  # noqa: N802
        self._discover(True)

    @method()
    def StopDiscovery(self) -> None:  # noqa: N802
        self._discover(False)

    def _discover(self, on):
        self.discovering = on
        self.emit_properties_changed({"Discovering": on})


class Device(ServiceInterface):
    """The sensor as BlueZ shows it."""

    def __init__(self):
        super().__init__("org.bluez.Device1")
        self.connected, self.connections = False, 0

    @dbus_property(access=READ)
    def Address(self) -> DBusStr:  # noqa: N802
        return ADDRESS

    @dbus_property(access=READ)
    def Name(self) -> DBusStr:  # noqa: N802
        return NAME

    @dbus_property(access=READ)
    def Alias(self) -> DBusStr:  # noqa: N802
        return NAME

    @dbus_property(access=READ)
    def Adapter(self) -> DBusObjectPath:  # noqa: N802
        return ADAPTER

    @dbus_property(access=READ)
    def RSSI(self) -> Int16:  # noqa: N802
        return -50

    @dbus_property(access=READ)
    def UUIDs(self) -> Strings:  # noqa: N802
        return [SERVICE]

    @dbus_property(access=READ)
    def Connected(self) -> DBusBool:  # noqa: N802
        return self.connected

    @dbus_property(access=READ)
    def ServicesResolved(self) -> DBusBool:  # noqa: N802
        return self.connected

    @dbus_property(access=READ)
    def Paired(self) -> DBusBool:  # noqa: N802
        return False

    @method()
    def Connect(self) -> None:  # noqa: N802
        self.connections += 1
        self.set_connected(True)

    @method()
    def Disconnect(self) -> None:  # noqa: N802
        self.set_connected(False)

    def set_connected(self, connected):
        self.connected = connected
        self.emit_properties_changed({"Connected": connected, "ServicesResolved": connected})

    def advertise(self, rssi):
        self.emit_properties_changed({"RSSI": rssi})


class Service(ServiceInterface):
    """The Progressor's service."""

    def __init__(self):
        super().__init__("org.bluez.GattService1")

    @dbus_property(access=READ)
    def UUID(self) -> DBusStr:  # noqa: N802
        return SERVICE

    @dbus_property(access=READ)
    def Device(self) -> DBusObjectPath:  # noqa: N802
        return DEVICE

    @dbus_property(access=READ)
    def Primary(self) -> DBusBool:  # noqa: N802
        return True


class Characteristic(ServiceInterface):
    """One of its two characteristics."""

    def __init__(self, uuid, flags, on_write=lambda _value: None):
        super().__init__("org.bluez.GattCharacteristic1")
        self._uuid, self._flags, self._on_write = uuid, flags, on_write

    @dbus_property(access=READ)
    def UUID(self) -> DBusStr:  # noqa: N802
        return self._uuid

    @dbus_property(access=READ)
    def Service(self) -> DBusObjectPath:  # noqa: N802
        return SERVICE_PATH

    @dbus_property(access=READ)
    def Flags(self) -> Strings:  # noqa: N802
        return self._flags

    @dbus_property(access=READ)
    def MTU(self) -> Uint16:  # noqa: N802
        return 247

    @dbus_property(access=READ)
    def Value(self) -> DBusBytes:  # noqa: N802
        return b""

    @method()
    def StartNotify(self) -> None:  # noqa: N802
        pass

    @method()
    def StopNotify(self) -> None:  # noqa: N802
        pass

    @method()
    def WriteValue(self, value: DBusBytes, _options: DBusDict) -> None:  # noqa: N802
        self._on_write(bytes(value))

    def notify(self, value):
        self.emit_properties_changed({"Value": value})


class FakeBlueZ:
    """The objects above on a bus, and the sensor's behaviour: it streams whole numbers of kilograms."""

    def __init__(self, bus):
        self.bus, self.adapter, self.device = bus, Adapter(), Device()
        self.data = Characteristic(DATA, ["notify"])
        self.control = Characteristic(CONTROL, ["write"], self._on_command)
        self.sent_kg = []
        self._stream = self._beacon = None

    @classmethod
    async def start(cls, address):
        fake = cls(await MessageBus(bus_address=address, bus_type=BusType.SYSTEM).connect())
        objects = {
            ADAPTER: fake.adapter,
            DEVICE: fake.device,
            SERVICE_PATH: Service(),
            f"{SERVICE_PATH}/char0011": fake.data,
            f"{SERVICE_PATH}/char0013": fake.control,
        }
        for path, interface in objects.items():
            fake.bus.export(path, interface)
        await fake.bus.request_name("org.bluez")
        fake._beacon = asyncio.create_task(fake._advertise())
        return fake

    async def stop(self):
        for task in (self._stream, self._beacon):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self.bus.disconnect()

    def lose_link(self):
        if self._stream:
            self._stream.cancel()
        self.device.set_connected(False)

    async def _advertise(self):
        rssi = -50
        while True:
            await asyncio.sleep(0.1)
            rssi = -50 if rssi == -51 else -51
            if self.adapter.discovering and not self.device.connected:
                self.device.advertise(rssi)

    def _on_command(self, value):
        if value == b"\x6f":
            self.data.notify(b"\x00\x04" + struct.pack("<I", 3987))
        elif value == b"\x65":
            self._stream = asyncio.create_task(self._send())
        elif value == b"\x66" and self._stream:
            self._stream.cancel()

    async def _send(self):
        start, n = asyncio.get_running_loop().time(), 0
        while True:
            kg = [float(len(self.sent_kg) + i) % 97 for i in range(8)]
            ticks = [int((n + i) * 12_500) for i in range(8)]
            n += 8
            await asyncio.sleep(max(0, start + n / 80 - asyncio.get_running_loop().time()))
            value = b"".join(struct.pack("<fI", k, t) for k, t in zip(kg, ticks, strict=True))
            self.sent_kg += kg
            self.data.notify(bytes([1, len(value)]) + value)


@contextlib.asynccontextmanager
async def private_bus(folder):
    """A dbus-daemon of its own; gives its address."""
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(folder=folder))
    daemon = await asyncio.create_subprocess_exec(
        "dbus-daemon",
        f"--config-file={config}",
        "--nofork",
        "--print-address=1",
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield (await daemon.stdout.readline()).decode().strip()
    finally:
        daemon.terminate()
        await daemon.wait()
