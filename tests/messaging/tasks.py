"""Waiting and running things in the background of a test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest


async def until(condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
    """Wait for something; the time-out only bounds a failing test."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    while not condition():
        if loop.time() > end:
            pytest.fail(f"waited {timeout_s:g} s in vain for: {what}")
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run in the background; cancelled at the end, and whatever failed fails the test."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
