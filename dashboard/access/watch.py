"""Ends open sockets when their session does: logged off, revoked, expired, in this process or another."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, attempts, invitations, logins, tokens

log = structlog.get_logger(__name__)

EVERY_S = 2.0
MOST_BLIND = 5
"""So many looks in a row may fail, as while a database starts anew, before every socket ends."""
_SWEEP_EVERY_US = 3600 * 1_000_000


class Watch:
    """Credentials behind open sockets; one query for all of them."""

    def __init__(self, records: Records, now_us: Callable[[], int]) -> None:
        self._records = records
        self._now_us = now_us
        self._open: dict[str, set[asyncio.Event]] = {}
        self._poke = asyncio.Event()
        self._blind = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Look every two seconds, and at once when poked; each hour, forget what is over."""
        self._loop = asyncio.get_running_loop()
        swept_us = 0
        while True:
            self._poke.clear()
            if self._now_us() - swept_us >= _SWEEP_EVERY_US:
                swept_us = self._now_us()
                await self._sweep_in_time()
            await self._end_what_is_over()
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._poke.wait()
            except TimeoutError:
                continue

    async def _end_what_is_over(self) -> None:
        asked = frozenset(self._open)  # a socket that opens while we ask is for the next look
        if not asked:
            return
        try:
            there = await asyncio.to_thread(self._there, asked)
            self._blind = 0
        except StorageError as error:
            # Who is still logged in cannot be known: not for long is anybody shown anything.
            log.warning("sessions_unknown", why=error.reason)
            self._blind += 1
            there = set() if self._blind > MOST_BLIND else set(asked)
        for gone in asked - there:
            for event in self._open.get(gone, ()):
                event.set()

    async def _sweep_in_time(self) -> None:
        try:
            await asyncio.to_thread(self._sweep)
        except StorageError as error:  # later then: what is over opens nothing anyway
            log.warning("sweep_failed", why=error.reason)

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
