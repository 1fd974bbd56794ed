"""Scoring runs in a thread of its own, so that the event loop never waits for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_GRACE_S = 5.0


class Worker:
    """One thread, one piece of work at a time, in order."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` in the thread. Cancelled, it lets the work in progress end before it returns."""
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future], timeout=_GRACE_S)
            if future.done() and not future.cancelled():
                future.exception()  # looked at: what it says no longer matters
            raise

    def close(self) -> None:
        """Take no more work; never blocks."""
        self._pool.shutdown(wait=False, cancel_futures=True)
