"""The real bridge beside virtual sensors, as a process of its own that a test may kill.

Every packet that a sensor hands to the radio is first written to a ledger that is not the product's: one
line per sample with its value and its true time.
``virtual_bridge.py BROKER_PORT SPOOL_FOLDER LEDGER SENSORS [endless|ten]``
"""

import asyncio
import contextlib
import signal
import struct
import sys
import time
from pathlib import Path

import numpy as np

from firmware_bridge.bridge import Bridge
from firmware_bridge.settings import BridgeSettings
from tempoband.messaging.settings import MqttSettings
from tempoband.simulator.progressor import LoggedPacket, ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio

LINE = struct.Struct("<Bdf")  # sensor number, true UTC seconds, kilograms as sent


def endless(true_s):
    """A 2-1-2-1 tempo to 35 N over 5 N, for as long as somebody listens."""
    return _curve(np.asarray(true_s) % 6, [0, 2, 3, 5, 6], [0, 1, 1, 0, 0])


LEAD_IN_S, REP_S, REPS = 8.0, 3.0, 10


def ten(true_s):
    """Stillness, ten reps of 1-0-1-1, then stillness: one set, done while nobody listens."""
    since_s = np.asarray(true_s) - LEAD_IN_S
    working = (since_s >= 0) & (since_s < REPS * REP_S)
    return _curve(np.where(working, since_s % REP_S, 0), [0, 1, 2, 3], [0, 1, 0, 0])


def _curve(at_s, corners_s, levels):
    return 5 + 30 * (0.5 - 0.5 * np.cos(np.pi * np.interp(at_s, corners_s, levels)))


SCRIPTS = {"endless": (endless, 0.3), "ten": (ten, 0.05)}  # newtons, and noise: no two samples alike


class LedgerLog(list):
    """A sensor's log that is also on disk, written before the radio delivers the packet."""

    def __init__(self, number: int, path: Path, power_on_utc_s: float) -> None:
        super().__init__()
        self._number, self._utc_s = number, power_on_utc_s
        self._file = path.open("ab", buffering=0)

    def append(self, packet: LoggedPacket) -> None:
        if packet.sent:
            lines = [
                LINE.pack(self._number, self._utc_s + true_s, kg)
                for true_s, kg in zip(packet.true_s, packet.weight_kg, strict=True)
            ]
            self._file.write(b"".join(lines))


def spec_of(number: int, noise_n: float) -> ProgressorSpec:
    return ProgressorSpec(
        name=f"Progressor_{number:04d}",
        address=f"D0:00:00:00:00:{number + 1:02X}",
        noise_n=noise_n,
        seed=number,
    )


async def run_bridge(radio: VirtualRadio, bridge_id: str, spool: Path, broker_port: int) -> None:
    """The bridge on this radio, until SIGTERM."""
    settings = BridgeSettings(
        id=bridge_id,
        data_dir=spool,
        mqtt=MqttSettings(port=broker_port),
        stream_always=True,
        resend_after_s=2,
        simulated=True,
    )
    running = asyncio.create_task(Bridge(settings).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)  # as the product does
    with radio.installed(), contextlib.suppress(asyncio.CancelledError):
        await running


async def main(broker_port: int, folder: Path, ledger: Path, sensors: int, script: str) -> None:
    tension_n, noise_n = SCRIPTS[script]
    async with VirtualRadio.switched_on() as radio:
        for number in range(sensors):
            sensor = VirtualProgressor(radio.link, spec_of(number, noise_n), tension_n, keep_log=True)
            await sensor.power_on()
            sensor.log = LedgerLog(number, ledger, time.time() - sensor.now_s)
        await run_bridge(radio, "e2e", folder, broker_port)


if __name__ == "__main__":
    port, folder, ledger, count, *script = sys.argv[1:]
    asyncio.run(main(int(port), Path(folder), Path(ledger), int(count), *(script or ["endless"])))
