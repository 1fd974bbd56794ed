"""The real bridge beside virtual sensors whose every sample has a value of its own, to be killed at will.

Tension rises by 0.16 N a second since SINCE_UTC_S, two steps of the sensor's lattice a sample, over all runs
of the program; so a stored sample names the one that was sent. Each run has a ledger of its own in a folder.
``rising_bridge.py BROKER_PORT SPOOL_FOLDER LEDGER_FOLDER BRIDGE_ID FIRST_SENSOR SENSORS SINCE_UTC_S``
"""

import asyncio
import sys
import time
from pathlib import Path

import numpy as np
from virtual_bridge import LedgerLog, run_bridge, spec_of

from tempoband.simulator.progressor import VirtualProgressor
from tempoband.simulator.radio import VirtualRadio

RISE_N_S = 0.16


class Rising:
    """Newtons at seconds since power-on."""

    def __init__(self, since_utc_s: float) -> None:
        self._since_utc_s = since_utc_s
        self.power_on_utc_s = 0.0

    def __call__(self, true_s):
        return RISE_N_S * (np.asarray(true_s) + self.power_on_utc_s - self._since_utc_s)


async def power_on(radio: VirtualRadio, number: int, ledger: Path, since_utc_s: float) -> None:
    rising = Rising(since_utc_s)
    sensor = VirtualProgressor(radio.link, spec_of(number, noise_n=0.0), rising, keep_log=True)
    await sensor.power_on()
    rising.power_on_utc_s = time.time() - sensor.now_s
    sensor.log = LedgerLog(number, ledger, rising.power_on_utc_s)


async def main(
    port: int, spool: Path, ledgers: Path, bridge_id: str, *, sensors: range, since_s: float
) -> None:
    ledger = ledgers / f"{bridge_id}-{time.time_ns()}.bin"
    async with VirtualRadio.switched_on() as radio:
        for number in sensors:
            await power_on(radio, number, ledger, since_s)
        await run_bridge(radio, bridge_id, spool, port)


if __name__ == "__main__":
    port, spool, ledgers, name, first, count, since = sys.argv[1:]
    numbers = range(int(first), int(first) + int(count))
    asyncio.run(main(int(port), Path(spool), Path(ledgers), name, sensors=numbers, since_s=float(since)))
