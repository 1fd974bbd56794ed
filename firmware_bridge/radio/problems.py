"""What can be wrong with Bluetooth on this computer, in words that say what to do.

Every platform says it in its own way: bleak raises ``FileNotFoundError`` where there is no D-Bus, D-Bus
errors where BlueZ refuses, and reasons elsewhere.
"""

import errno

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from firmware_bridge.errors import RadioError
from tempoband.contracts.events import BridgeProblem

RADIO_ERRORS = (BleakError, OSError, EOFError, RuntimeError, AttributeError)  # what the platforms raise
_WORDS = {
    BridgeProblem.NO_ADAPTER: (
        "This computer has no Bluetooth that can be used: plug in an adapter, or install and start BlueZ"
        " (Linux: systemctl start bluetooth)."
    ),
    BridgeProblem.ADAPTER_OFF: "Bluetooth is switched off: switch it on (Linux: bluetoothctl power on).",
    BridgeProblem.PERMISSION_DENIED: (
        "This program may not use Bluetooth: allow it in the privacy settings of the system"
        " (macOS: Privacy & Security, Bluetooth; Linux: join the group 'bluetooth')."
    ),
    BridgeProblem.SCAN_FAILED: "Bluetooth did not start to search.",
}
_Reason = BleakBluetoothNotAvailableReason
_REASONS = {
    _Reason.NO_BLUETOOTH: BridgeProblem.NO_ADAPTER,
    _Reason.NO_BLE_CENTRAL_ROLE: BridgeProblem.NO_ADAPTER,
    _Reason.POWERED_OFF: BridgeProblem.ADAPTER_OFF,
    _Reason.DENIED_BY_USER: BridgeProblem.PERMISSION_DENIED,
    _Reason.DENIED_BY_SYSTEM: BridgeProblem.PERMISSION_DENIED,
    _Reason.DENIED_BY_UNKNOWN: BridgeProblem.PERMISSION_DENIED,
}
_DBUS = {
    "org.freedesktop.DBus.Error.AccessDenied": BridgeProblem.PERMISSION_DENIED,
    "org.bluez.Error.NotAuthorized": BridgeProblem.PERMISSION_DENIED,
    "org.bluez.Error.NotReady": BridgeProblem.ADAPTER_OFF,
    "org.freedesktop.DBus.Error.ServiceUnknown": BridgeProblem.NO_ADAPTER,  # bluetoothd does not run
    "org.freedesktop.DBus.Error.NameHasNoOwner": BridgeProblem.NO_ADAPTER,
    "org.freedesktop.DBus.Error.UnknownObject": BridgeProblem.NO_ADAPTER,  # the adapter was pulled out
}
_NO_BUS = {errno.ENOENT, errno.ECONNREFUSED, errno.ENOTSOCK}


def radio_problem(error: BaseException) -> BridgeProblem:
    """Which of the bridge's problems an error of the Bluetooth stack is."""
    match error:
        case BleakBluetoothNotAvailableError():
            return _REASONS.get(error.reason, BridgeProblem.SCAN_FAILED)
        case BleakDBusError():
            return _DBUS.get(error.dbus_error, BridgeProblem.SCAN_FAILED)
        case PermissionError():
            return BridgeProblem.PERMISSION_DENIED
        case OSError() if error.errno in _NO_BUS:
            return BridgeProblem.NO_ADAPTER
    return BridgeProblem.SCAN_FAILED


def radio_words(problem: BridgeProblem) -> str:
    """What to do about it."""
    return _WORDS[problem]


def radio_error(error: BaseException) -> RadioError:
    """The same with its sentence; what the system said is kept at the end."""
    problem = radio_problem(error)
    said = str(error) or type(error).__name__
    return RadioError(problem, f"{_WORDS[problem]} (The system said: {said})")
