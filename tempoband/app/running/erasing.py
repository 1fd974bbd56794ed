"""Completes erasures that were ordered and not done: after a kill, or while the store was away."""

import asyncio
import contextlib
import time

import structlog

from tempoband.storage.erasure import finish
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, erasures
from tempoband.storage.timeseries.open import open_eraser

EVERY_S = 60.0
_UNDER_WAY_US = 60_000_000  # a younger one is somebody else's at this moment
log = structlog.get_logger(__name__)


async def keep_erasing(records: Records, address: str, *, every_s: float = EVERY_S) -> None:
    """Look now and then, until cancelled.

    Args:
        records: where erasures are ordered.
        address: of the samples, for ``open_eraser``.
        every_s: so often.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            await asyncio.to_thread(_finish, records, address)
        except StorageError as error:
            log.warning("erasure_waits", why=error.detail)


def _finish(records: Records, address: str) -> None:
    now_us = time.time_ns() // 1000
    with records.read() as session:
        waiting = erasures.pending(session, before_us=now_us - _UNDER_WAY_US)
    if waiting:
        with contextlib.closing(open_eraser(address)) as samples:
            erased = finish(records, samples, now_us=now_us, older_than_us=_UNDER_WAY_US)
        log.info("erasure_completed", stretches=len(waiting), samples=erased)
