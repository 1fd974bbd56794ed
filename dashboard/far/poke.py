"""Wakes a task of the loop, from any thread."""

import asyncio


class Poke:
    """Called, it ends the ``wait`` of the task that waits."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self) -> None:
        """Wake it; one that does not wait yet does not wait at all."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, longest_s: float) -> None:
        """Until the next call, or so long."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(longest_s):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
