"""A whole home, as ``tempoband up --clinic URL`` runs it, beside one virtual sensor.

Every sample that the sensor hands to the radio is first written to a ledger that is not the product's.
``virtual_home.py DATA_FOLDER LEDGER CLINIC_URL CODE [endless|ten]``; an empty code: paired already.
"""

import asyncio
import sys
import time
from pathlib import Path

from virtual_bridge import SCRIPTS, LedgerLog

from tempoband.app.running.chain import LOOPBACK, Household, run_household
from tempoband.app.running.preparation import prepare_scorer
from tempoband.app.running.up import PairWith, clinic_of
from tempoband.app.running.web_server import address, bind
from tempoband.observability.logs import configure_logs
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio


async def main(folder: Path, ledger: Path, url: str, code: str, script: str = "endless") -> None:
    configure_logs()
    clinic = clinic_of(folder, PairWith(url, code) if code else None)
    listener = bind(LOOPBACK, 0)
    prepare_scorer()
    (folder / "address").write_text(address(listener))
    tension_n, noise_n = SCRIPTS[script]
    async with VirtualRadio.switched_on() as radio:
        spec = ProgressorSpec(name="Progressor_0001", address="D0:00:00:00:00:01", seed=1, noise_n=noise_n)
        sensor = VirtualProgressor(radio.link, spec, tension_n, keep_log=True)
        await sensor.power_on()
        sensor.log = LedgerLog(0, ledger, time.time() - sensor.now_s)
        household = Household(
            mode="up",
            data_dir=folder,
            listener=listener,
            bridge_id="home-bridge",
            stream_always=True,
            simulated=True,
            clinic=clinic,
        )
        with radio.installed():
            await run_household(household, asyncio.Event())


if __name__ == "__main__":
    folder, ledger, url, code, *rest = sys.argv[1:]
    asyncio.run(main(Path(folder), Path(ledger), url, code, *rest))
