"""Ends open sockets when their session does: logged off, revoked, expired, in this process or another."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tempoband.storage.records import Records, attempts, invitations, logins, tokens

EVERY_S = 2.0
_SWEEP_EVERY_US = 3600 * 1_000_000


class Watch:
    """Credentials behind open sockets; one query for all of them."""

    def __init__(self, records: Records, now_us: Callable[[], int]) -> None:
        self._records = records
        self._now_us = now_us
        self._open: dict[str, set[asyncio.Event]] = {}
        self._poke = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Look every two seconds, and at once when poked; each hour, forget what is over."""
        self._loop = asyncio.get_running_loop()
        swept_us = 0
        while True:
            self._poke.clear()
            if self._now_us() - swept_us >= _SWEEP_EVERY_US:
                swept_us = self._now_us()
                await asyncio.to_thread(self._sweep)
            if self._open:
                there = await asyncio.to_thread(self._there, frozenset(self._open))
                for gone in self._open.keys() - there:
                    for event in self._open[gone]:
                        event.set()
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._poke.wait()
            except TimeoutError:
                continue

    def poke(self) -> None:
        """Something was revoked: look now. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._poke.set)

    @contextmanager
    def following(self, credential_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when the session or token ends."""
        event = asyncio.Event()
        self._open.setdefault(credential_id, set()).add(event)
        try:
            yield event
        finally:
            events = self._open[credential_id]
            events.discard(event)
            if not events:
                del self._open[credential_id]

    def _sweep(self) -> None:
        """Forget what is over: nothing about anybody is kept longer than it is good for."""
        now_us = self._now_us()
        with self._records.write() as session:
            logins.sweep(session, now_us=now_us)
            invitations.sweep(session, now_us=now_us)
            tokens.sweep(session, older_than_us=now_us - 24 * _SWEEP_EVERY_US)
            attempts.sweep(session, older_than_us=now_us - 24 * _SWEEP_EVERY_US)

    def _there(self, ids: frozenset[str]) -> set[str]:
        now_us = self._now_us()
        with self._records.read() as session:
            return logins.still_there(session, ids, now_us=now_us) | tokens.still_there(
                session, ids, now_us=now_us
            )
