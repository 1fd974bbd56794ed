"""An event loop with a virtual clock: an hour of 80 Hz passes in seconds, and nothing ever sleeps.

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(main())

Time leaps to the next timer as soon as nothing is ready to run. Jobs handed to threads
(``asyncio.to_thread``, ``run_in_executor``) hold the clock until they are done, so a disk write takes
no virtual time. Sockets do not hold it: a test that talks to a real broker needs a real clock.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """A loop whose ``time()`` is virtual and starts at ``start_s`` seconds."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s
        self._jobs = 0
        super().__init__(_LeapingSelector(self))

    def time(self) -> float:
        """Virtual seconds."""
        return self._now_s

    @property
    def held(self) -> bool:
        """Whether a job in a thread keeps the clock from leaping."""
        return self._jobs > 0

    def leap(self, seconds: float) -> None:
        """Move the clock; the selector calls this when there is nothing else to do."""
        self._now_s += seconds

    def run_in_executor(  # type: ignore[override]  # typeshed hides the TypeVarTuple behind its own name
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """As the parent does, with the clock held until the job is done."""
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._job_done)
        return future

    def _job_done(self, _future: object) -> None:
        self._jobs -= 1


class _LeapingSelector(selectors.DefaultSelector):
    """Never waits for time: what would have been a wait moves the loop's clock."""

    def __init__(self, loop: VirtualClockLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or (timeout > 0 and self._loop.held):
            events: list[tuple[selectors.SelectorKey, int]] = super().select(None)
            return events
        events = super().select(0)
        if not events and timeout > 0:
            self._loop.leap(timeout)
        return events


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a fresh virtual clock."""
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        return runner.run(main)
