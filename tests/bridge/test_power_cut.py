"""A power cut: of what was written, the disk kept what was synced, and of the rest whatever it liked.

The disk of these tests remembers each file as it was at its last fsync. A cut makes a folder in which every
512-byte sector written since then is, by chance, old, new or (beyond the old end) nothing.
"""

import asyncio
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.spool.janitor import SYNC_S
from firmware_bridge.spool.spool import FILE, Spool
from tempoband.contracts.ledger import StreamEnded
from tests.bridge.test_spool import A, fill, notes_of

SECTOR = 512
LOG = f"{FILE}-wal"


class Disk:
    """What survives of a folder. SQLite's own syncs cannot be seen; its checkpoint syncs log, then file."""

    def __init__(self, folder, seed, monkeypatch):
        self._folder, self._rng, self._synced = folder, random.Random(seed), {}
        monkeypatch.setattr("os.fsync", self._fsync)
        checkpoint = Spool.checkpoint

        def watched(spool):
            self._keep(spool._path.with_name(LOG))
            checkpoint(spool)
            self._keep(spool._path)

        monkeypatch.setattr(Spool, "checkpoint", watched)

    def _fsync(self, descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path == self._folder:  # its names are durable: files made in it exist, at least empty
            for name in (FILE, LOG):
                if (path / name).exists():
                    self._synced.setdefault(name, (path / name).read_bytes())
        else:
            self._keep(path)

    def _keep(self, path):
        if path.parent == self._folder:
            self._synced[path.name] = path.read_bytes()

    def cut(self, into):
        """The folder as it is found when the power is back."""
        into.mkdir()
        for name, synced in self._synced.items():
            (into / name).write_bytes(self._survives(synced, (self._folder / name).read_bytes()))
        if (book := self._folder / "calibrations.json").exists():
            shutil.copy(book, into)
        return into

    def _survives(self, old, new):
        if self._rng.random() < 0.2:
            return old  # nothing since the sync
        length = self._rng.randint(*sorted((len(old), len(new))))
        kept = bytearray(old[:length].ljust(length, b"\0"))
        for at in range(0, length, SECTOR):
            if self._rng.random() < 0.5:
                kept[at : at + SECTOR] = new[at : min(at + SECTOR, length)]
        return bytes(kept)


@pytest.mark.parametrize("seed", range(16))
def test_what_was_synced_is_whole_after_a_cut_whatever_else_was_written(tmp_path, monkeypatch, seed):
    rng = random.Random(seed)
    disk = Disk(tmp_path / "data", seed, monkeypatch)
    spool, put, receipted, synced = Spool(tmp_path / "data"), {}, set(), set()
    for _ in range(rng.randint(1, 25)):
        first = len(put)
        put |= {f.seq: f for f in fill(spool, A, range(first, first + rng.randint(1, 40)))}
        if rng.random() < 0.5:
            low = rng.randrange(len(put))
            receipted |= set(range(low, low + 40))
            spool.commit(A, [(low, low + 39)])
        if rng.random() < 0.2:
            spool.pack(2**62)
        if rng.random() < 0.7:
            spool.sync()
            synced = set(put) - receipted
        if rng.random() < 0.3:
            spool.checkpoint()
    found = Spool(disk.cut(tmp_path / "found"))
    found.recover()
    kept = found.oldest(10**6)
    seqs = [f.seq for f in kept]
    assert synced - receipted <= set(seqs)
    assert all(put[f.seq] == f for f in kept)
    assert len(set(seqs)) == len(seqs) == found.frames
    if synced:
        (ended,) = [n for n in notes_of(found) if isinstance(n, StreamEnded)]
        assert max(synced) <= ended.last_seq
        assert set(seqs) <= set(range(ended.last_seq + 1))
    found.close()
    spool.close()


@pytest.mark.parametrize("seed", range(3))
async def test_a_cut_costs_at_most_a_second_and_it_shows_as_a_gap(world, tmp_path, monkeypatch, seed):
    rng, world.folder = random.Random(seed), tmp_path / "data"
    disk = Disk(world.folder, seed, monkeypatch)
    await world.sensor()
    world.start()
    await world.streaming()
    await asyncio.sleep(rng.uniform(0, 5))
    world.hub.go_offline()  # what is not in the spool is nowhere else
    await asyncio.sleep(rng.uniform(1, 12))
    cut_at_us, measured = world.utc_us(), len(world.sent_counts())
    world.folder = disk.cut(tmp_path / "after")
    await world.stop()
    await asyncio.sleep(5)  # the computer starts again
    world.hub.online = True
    world.start()
    await world.streaming()
    await asyncio.sleep(30)
    await world.stop()
    frames, (before, after) = world.ingest.of(), world.ingest.streams()
    old = np.concatenate([f.counts for f in frames if f.stream == before]).tolist()
    assert old == world.sent_counts()[: len(old)]
    assert measured - len(old) <= 80 + 8  # a second, and the packet on the air
    last_us = max(f.end_us for f in frames if f.stream == before)
    first_us = min(f.t0_us for f in frames if f.stream == after)
    assert cut_at_us - last_us <= 1_000_000 + 100_000
    assert first_us - cut_at_us >= 5_000_000  # the gap is there, and nothing was invented in it
    ended = {n.stream: n.last_seq for n in world.ingest.notes.values() if isinstance(n, StreamEnded)}
    assert ended[before] == max(f.seq for f in frames if f.stream == before)


def test_a_sync_comes_often_enough_for_the_promise():
    assert SYNC_S < 1.0
