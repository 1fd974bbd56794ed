"""Sends messages until each has its receipt: a window, a pace, patience, and nothing else."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import digest
from tempoband.contracts.ranges import expand
from tempoband.contracts.receipts import Receipt
from tempoband.messaging.errors import MessagingError

Publish = Callable[[str, bytes], object]
_SETTLED_KEPT = 200_000
_LIVE_S = 2.0  # a live message this recent: somebody watches
_LIVE_SHARE = 8
_LONGEST_PATIENCE_S = 300.0
# These say something about us, not about the message: it is sent again once that is put right.
_OURS = frozenset({RejectReason.NOT_ENROLLED})


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message; a receipt names it by ``key`` (stream and seq) or by its SHA-256."""

    key: Hashable
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once and how fast."""

    window: int = 256
    per_s: float = 500.0
    patience_s: float = 30.0
    mark_every_s: float = 10.0


class Delivery:
    """Hands parcels over; ``open`` and ``shut`` say whether the clinic listens now."""

    def __init__(self, publish: Publish, pace: Pace) -> None:
        self._publish = publish
        self._pace = pace
        self._settled: OrderedDict[Hashable, None] = OrderedDict()
        self._flying: dict[Hashable, bytes] = {}  # key to digest
        self._by_digest: dict[bytes, Hashable] = {}
        self._opened = asyncio.Event()
        self._moved = asyncio.Event()
        self._due_s = 0.0
        self._live_s = float("-inf")
        self.sent = 0
        self.refused = 0

    def open(self) -> None:
        """The clinic listens: what has no receipt is sent (again)."""
        self._opened.set()
        self._moved.set()

    def shut(self) -> None:
        """The connection is gone: receipts of what was under way may be lost."""
        self._opened.clear()
        self._flying.clear()
        self._by_digest.clear()
        self._moved.set()

    def forget(self) -> None:
        """What was settled may be lost at the clinic: it is sent again when it is handed over again."""
        self._settled.clear()

    def make_way(self) -> None:
        """Something live was sent: while that goes on, it never waits behind many parcels."""
        self._live_s = asyncio.get_running_loop().time()

    def settled(self, key: Hashable) -> bool:
        """Whether the clinic has it for good, as far as we remember."""
        return key in self._settled

    def took(self, receipt: Receipt) -> None:
        """A receipt came."""
        for seq in expand(receipt.committed):
            self._settle((receipt.stream, seq))
        for sha256 in receipt.notes:
            self._settle(self._by_digest.get(sha256, sha256))
        for rejected in receipt.rejected:
            if rejected.reason not in _OURS:
                self.refused += 1
                self._settle(self._by_digest.get(rejected.sha256, rejected.sha256))
        self._moved.set()

    async def deliver(self, parcels: Iterable[Parcel]) -> None:
        """Send all of them and wait until each has its receipt."""
        left = [parcel for parcel in parcels if parcel.key not in self._settled]
        patience_s = self._pace.patience_s
        while left:
            await self._opened.wait()
            await self._send(left)
            await self._wait(left, patience_s)
            before = len(left)
            left = [parcel for parcel in left if parcel.key not in self._settled]
            progress = len(left) < before
            patience_s = self._pace.patience_s if progress else min(2 * patience_s, _LONGEST_PATIENCE_S)

    async def _send(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            if parcel.key in self._settled:
                continue
            while len(self._flying) >= self._window() and self._opened.is_set():
                self._moved.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pace.patience_s):
                        await self._moved.wait()
                        continue
                self._flying.clear()  # receipts were lost: make room, what is left goes again
            await self._keep_pace()
            if not self._opened.is_set():
                return
            sha256 = digest(parcel.payload)
            self._flying[parcel.key], self._by_digest[sha256] = sha256, parcel.key
            try:
                self._publish(parcel.topic, parcel.payload)
            except MessagingError:
                return
            self.sent += 1

    def _window(self) -> int:
        watched = asyncio.get_running_loop().time() - self._live_s < _LIVE_S
        return max(1, self._pace.window // _LIVE_SHARE) if watched else self._pace.window

    async def _keep_pace(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self._due_s = max(self._due_s, now_s - 0.1) + 1 / self._pace.per_s
        if self._due_s > now_s:
            await asyncio.sleep(self._due_s - now_s)

    async def _wait(self, parcels: list[Parcel], patience_s: float) -> None:
        """Until all are settled, the connection is gone, or patience is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self._opened.is_set() and any(p.key not in self._settled for p in parcels):
                    self._moved.clear()
                    await self._moved.wait()

    def _settle(self, key: Hashable) -> None:
        if (sha256 := self._flying.pop(key, None)) is not None:
            self._by_digest.pop(sha256, None)
        self._settled[key] = None
        self._settled.move_to_end(key)
        if len(self._settled) > _SETTLED_KEPT:
            self._settled.popitem(last=False)
