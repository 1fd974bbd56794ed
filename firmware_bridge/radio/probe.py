"""Tries Bluetooth in a child process: macOS aborts a program without permission instead of refusing.

``python -m firmware_bridge.probe`` starts a scan and stops it; its exit status and one line of text say how
it went. An abort by the system is then only the child's.
"""

import asyncio
import sys
from collections.abc import Sequence

from bleak import BleakScanner

from firmware_bridge.errors import RadioError
from firmware_bridge.radio.problems import RADIO_ERRORS, radio_error, radio_words
from tempoband.contracts.events import BridgeProblem

PROBE = (sys.executable, "-m", "firmware_bridge.radio.probe")
PROBE_TIMEOUT_S = 20.0
FAILED_STATUS = 3


async def probe_radio(command: Sequence[str] = PROBE) -> None:
    """Whether this program may scan.

    Raises:
        RadioError: it may not, or there is nothing to scan with.
    """
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            out, _ = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        raise RadioError(BridgeProblem.SCAN_FAILED, "Bluetooth did not answer.") from None
    _judge(child.returncode, out.decode(errors="replace").strip())


def _judge(status: int | None, said: str) -> None:
    if status == 0:
        return
    if status is not None and status < 0:  # killed by the system
        denied = BridgeProblem.PERMISSION_DENIED
        raise RadioError(denied, radio_words(denied))
    problem, _, words = said.partition("\t")
    if problem in set(BridgeProblem):
        raise RadioError(BridgeProblem(problem), words)
    raise RadioError(BridgeProblem.SCAN_FAILED, f"{radio_words(BridgeProblem.SCAN_FAILED)} ({said})")


async def _scan() -> int:
    try:
        async with BleakScanner():
            await asyncio.sleep(0)
    except RADIO_ERRORS as error:
        told = radio_error(error)
        sys.stdout.write(f"{told.problem}\t{' '.join(str(told).split())}\n")
        return FAILED_STATUS
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_scan()))
