"""bleak's scanner contract over the virtual radio."""

from typing import Any, ClassVar

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_str
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement, Device

from tempoband.simulator.adapter import VirtualAdapter

_Kind = AdvertisingData.Type
_SERVICE_LISTS = (
    _Kind.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _Kind.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _Kind.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    _Kind.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_SERVICE_DATA = (_Kind.SERVICE_DATA_16_BIT_UUID, _Kind.SERVICE_DATA_128_BIT_UUID)


class BumbleScanner(BaseBleakScanner):
    """Hears every advertisement on the link, through bleak's own filters."""

    radio: ClassVar[VirtualAdapter]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        _scanning_mode: str,
        **_options: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._on = False

    async def start(self) -> None:
        """Listen.

        Raises:
            BleakBluetoothNotAvailableError: the adapter is away.
            BleakError: already started.
        """
        self.radio.check_available()
        if self._on:
            raise BleakError("Scanner is already running")
        self.seen_devices.clear()
        self._on = True
        self.radio.central.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        await self.radio.scan_on()

    async def stop(self) -> None:
        """Stop listening; harmless when not started."""
        if self._on:
            self._on = False
            self.radio.central.remove_listener(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
            await self.radio.scan_off()

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        data = _advertisement_data(advertisement)
        if advertisement.is_scan_response or not self.is_allowed_uuid(data.service_uuids):
            return
        address = advertisement.address.to_string(False)
        device = self.create_or_update_device(address, address, data.local_name, advertisement.address, data)
        self.call_detection_callbacks(device, data)


def _advertisement_data(advertisement: Advertisement) -> AdvertisementData:
    heard = advertisement.data
    name = heard.get(_Kind.COMPLETE_LOCAL_NAME) or heard.get(_Kind.SHORTENED_LOCAL_NAME)
    power = heard.get(_Kind.TX_POWER_LEVEL)
    services = [uuid_text(u) for kind in _SERVICE_LISTS for uuids in _all(heard, kind) for u in uuids]
    return AdvertisementData(
        local_name=name if isinstance(name, str) else None,
        manufacturer_data={int(c): bytes(d) for c, d in _all(heard, _Kind.MANUFACTURER_SPECIFIC_DATA)},
        service_data={uuid_text(u): bytes(d) for kind in _SERVICE_DATA for u, d in _all(heard, kind)},
        service_uuids=list(dict.fromkeys(services)),
        tx_power=power if isinstance(power, int) else None,
        rssi=advertisement.rssi,
        platform_data=(advertisement,),
    )


def _all(heard: AdvertisingData, kind: AdvertisingData.Type) -> list[Any]:
    """Every field of a kind; its shape follows from the kind, which bumble's types cannot say."""
    return heard.get_all(kind)


def uuid_text(uuid: UUID) -> str:
    """A bumble UUID the way bleak writes it."""
    return normalize_uuid_str(uuid.to_hex_str("-"))
