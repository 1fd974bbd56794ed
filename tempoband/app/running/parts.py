"""Runs the parts of one process together: starts in order, restarts what fails, stops in reverse."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from tempoband.app.errors import AppError
from tempoband.observability.health import Health

log = structlog.get_logger()

FIRST_RESTART_S = 1.0
LAST_RESTART_S = 30.0
STOP_GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Part:
    """One long-running part.

    Attributes:
        name: as shown in ``/healthz``.
        run: runs until cancelled; cancelled, it drains and returns.
    """

    name: str
    run: Callable[[], Awaitable[None]]


async def run_parts(parts: Sequence[Part], health: Health, stop: asyncio.Event) -> None:
    """Run every part until ``stop``; the last started is stopped first, so that what it sent is drained.

    Raises:
        AppError: a part found something only the user can mend.
    """
    tasks = [asyncio.create_task(_supervise(part, health), name=part.name) for part in parts]
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        for task in reversed(tasks):
            await _finish(task)
    for task in tasks:
        if task in done:
            task.result()  # raises what ended it


async def _supervise(part: Part, health: Health) -> None:
    """Run one part; anything unexpected is logged, shown in health, and tried again."""
    pause_s = FIRST_RESTART_S
    while True:
        try:
            await part.run()
        except AppError:
            raise
        except Exception as error:
            log.exception("part failed", part=part.name, retry_in_s=pause_s)
            health.set(part.name, ok=False, detail=f"failed: {error}; starting again")
        else:
            return
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LAST_RESTART_S)


async def _finish(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        async with asyncio.timeout(STOP_GRACE_S):
            await task


@contextlib.contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set ``stop``: the process ends cleanly instead of being torn."""
    loop = asyncio.get_running_loop()
    caught = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt reaches the runner
            loop.add_signal_handler(number, stop.set)
            caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
