"""The watch over open sockets: ends those that are over, no others, and outlives a database that is away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from dashboard.access import watch as watching
from dashboard.access.watch import MOST_BLIND, Watch
from tempoband.storage.errors import StorageError, StorageReason
from tests.accounts.people import NOW_US, House


class Slow(Watch):
    """A watch whose question to the database takes as long as the test wants."""

    def __init__(self, records: Any, answer: Callable[[frozenset[str]], set[str]]) -> None:
        super().__init__(records, lambda: NOW_US)
        self.answer = answer
        self.asked = 0

    def _there(self, ids: frozenset[str]) -> set[str]:
        self.asked += 1
        return self.answer(ids)


@contextlib.asynccontextmanager
async def running(watch: Watch) -> AsyncIterator[None]:
    task = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def looks(watch: Slow, times: int) -> None:
    """So many looks of the watch."""
    until = watch.asked + times
    async with asyncio.timeout(20):
        while watch.asked < until:
            watch.poke()
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY_S", 0.01)


async def test_a_socket_that_opens_during_a_look_is_left_alone(house: House) -> None:
    loop, opened = asyncio.get_running_loop(), []

    def answer(ids: frozenset[str]) -> set[str]:
        async def open_another() -> None:
            opened.append(stack.enter_context(watch.following("new")))

        if not opened:
            asyncio.run_coroutine_threadsafe(open_another(), loop).result(5)
        return set(ids)

    watch = Slow(house.services.records, answer)
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(watch.following("old"))
        async with running(watch):
            await looks(watch, 3)
            assert not opened[0].is_set()
            assert not old.is_set()


async def test_who_is_logged_in_cannot_be_known_for_long(house: House) -> None:
    away, before = True, []

    def answer(ids: frozenset[str]) -> set[str]:
        if away:
            before.append(ended.is_set())
            raise StorageError(StorageReason.UNAVAILABLE, "away")
        return set(ids)

    watch = Slow(house.services.records, answer)
    async with running(watch):
        with watch.following("one") as ended:
            async with asyncio.timeout(10):
                await ended.wait()
            assert before[: MOST_BLIND + 1] == [False] * (MOST_BLIND + 1)
        away = False
        with watch.following("two") as ended:
            await looks(watch, MOST_BLIND + 3)
            assert not ended.is_set()
        watch.answer = lambda _: set()
        with watch.following("three") as ended:
            async with asyncio.timeout(10):
                await ended.wait()
