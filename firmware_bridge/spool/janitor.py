"""Keeps the spool durable, small and within its bounds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from firmware_bridge.errors import SpoolError
from firmware_bridge.settings import BridgeSettings
from firmware_bridge.spool.spool import Spool

SYNC_S = 0.8  # a power cut costs at most a second
HOUSE_TICKS = 10  # the rest happens every so many syncs
PACK_AFTER_US = 120_000_000
DAY_US = 86_400_000_000
log = structlog.get_logger()


async def keep_house(settings: BridgeSettings, spool: Spool, utc_us: Callable[[], int]) -> None:
    """Sync at least once a second; pack, evict and checkpoint now and then."""
    log.info(
        "spool_policy", max_mb=settings.spool_max_mb, max_days=settings.spool_max_days, beyond="oldest goes"
    )
    tick = 0
    while True:
        await asyncio.sleep(SYNC_S)
        await asyncio.to_thread(spool.sync)
        tick += 1
        with suppress(SpoolError):  # a full disk: told by the outbox, tried again
            spool.pack(utc_us() - PACK_AFTER_US)
            if tick % HOUSE_TICKS == 0:
                _evict(settings, spool, utc_us())
                await asyncio.to_thread(spool.checkpoint)


def _evict(settings: BridgeSettings, spool: Spool, now_us: int) -> None:
    oldest_us = now_us - round(settings.spool_max_days * DAY_US)
    for note in spool.evict(settings.spool_max_bytes, oldest_us):
        log.warning("evicted", stream=note.stream, samples=note.samples, reason=note.reason)
