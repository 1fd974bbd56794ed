"""The embedded store: sealed size against entropy, reading, decimating, writing, memory while it is away."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.table import Row, cpu_seconds
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, encode_frame
from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME

RATE_HZ, SECONDS, PER_FRAME = 80, 1800, 15
N = RATE_HZ * SECONDS
T0_US = 1_780_000_000_000_000
FOREVER = (0, 2**52)
FAR_FUTURE_US = 2**60
BATCH = 500
LATTICES = {"0.01 N": 0.01, "24 bits of 500 N": 500 / 2**24}
Ints = npt.NDArray[np.int64]


def rows() -> Iterator[Row]:
    for name, scale_n in LATTICES.items():
        yield from _sealed(name, scale_n)


def _sealed(name: str, scale_n: float) -> Iterator[Row]:
    time_us, counts = band(scale_n)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder))
        frames = [
            StoredFrame("band", "home", f, encode_frame(f)) for f in as_frames(time_us, counts, scale_n)
        ]
        write_s = cpu_seconds(lambda: write(store, frames), repeats=1)
        open_s = cpu_seconds(lambda: store.read("band", *FOREVER))
        while store.maintain(FAR_FUTURE_US):
            pass
        sealed = bytes_in_blocks(Path(folder)) / N
        read_s = cpu_seconds(lambda: store.read("band", *FOREVER), repeats=7)
        few_s = cpu_seconds(lambda: store.read_decimated("band", *FOREVER, 2000), repeats=7)
        store.close()
    bound = entropy_bytes(time_us, counts)
    yield Row(
        f"sealed, {name}", sealed, "bytes a sample", "<= 1.25 x", sealed <= 1.25 * bound, "entropy", bound
    )
    fast = N / read_s >= 10e6
    unsealed = N / open_s
    yield Row(
        f"reading 30 min sealed, {name}", N / read_s, "samples/s", ">= 10 M", fast, "not sealed", unsealed
    )
    yield Row(f"2,000 points of 30 min, {name}", few_s * 1e3, "ms", "<= 15", few_s <= 0.015)
    per_frame = write_s / len(frames) * 1e6
    yield Row(f"writing, {name}", per_frame, "us a frame, durable", "<= 10", per_frame <= 10)


def bytes_in_blocks(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as db:
        return int(db.execute("SELECT sum(length(data)) FROM blocks").fetchone()[0])


def write(store: SqliteStore, frames: list[StoredFrame]) -> None:
    for at in range(0, len(frames), BATCH):
        store.write(frames[at : at + BATCH])


def band(scale_n: float) -> tuple[Ints, Ints]:
    """A wearer: slow reps, tremor of 6 to 12 Hz, noise of 0.02 N, a clock that jitters by 3 us and drifts."""
    random = np.random.default_rng(3)
    index = np.arange(N)
    phase = 2 * np.pi * np.cumsum(1 / random.normal(4.0, 0.2, N).clip(3, 5)) / RATE_HZ
    load_n = 40 - 30 * np.cos(phase)
    tremor = 0.004 * load_n * np.sin(2 * np.pi * np.cumsum(random.normal(9, 1, N)) / RATE_HZ)
    newtons = load_n + tremor + random.normal(0, 0.02, N)
    time_us = T0_US + index * 12_500 * 1.00002 + random.normal(0, 3, N)
    return np.round(time_us).astype(np.int64), np.round(newtons / scale_n).astype(np.int64)


def as_frames(time_us: Ints, counts: Ints, scale_n: float, size: int = PER_FRAME) -> Iterator[Frame]:
    for seq, at in enumerate(range(0, len(time_us), size)):
        stamps = time_us[at : at + size]
        yield Frame(
            stream="b" * 16,
            seq=seq,
            t0_us=int(stamps[0]),
            dt_us=(stamps - stamps[0]).astype(np.uint32),
            counts=counts[at : at + size].astype(np.int32),
            scale_n=scale_n,
            offset_n=0.0,
            calibration_id="factory",
            ticks=int(stamps[0] - T0_US) % 2**32,
            clock=ClockKind.DEVICE,
            rate_hz=float(RATE_HZ),
            lost=0,
            loss=LossKnowledge.ESTIMATED,
        )


def entropy_bytes(time_us: Ints, counts: Ints) -> float:
    """Bytes a sample that no code of this kind can beat: what is left after prediction, at its ideal length.

    Counts after a least-squares prediction from 32 samples, times after a straight line each 1,024 samples;
    both as normal noise of the spread that 1,024 samples have.
    """
    taps = 32
    centred = counts - counts.mean()
    history = np.stack([centred[tap : len(counts) - taps + tap] for tap in range(taps)])
    weights = np.linalg.lstsq(history.T, centred[taps:], rcond=None)[0]
    unpredicted = centred[taps:] - weights @ history
    windows = time_us[: N // 1024 * 1024].reshape(-1, 1024) - time_us[0]
    index = np.arange(1024) - 511.5
    slope = (windows @ index) / (index @ index)
    jitter = windows - windows.mean(axis=1, keepdims=True) - slope[:, None] * index
    return (_bits(unpredicted) + _bits(jitter.ravel())) / 8


def _bits(noise: npt.NDArray[np.float64]) -> float:
    spread = noise[: len(noise) // 1024 * 1024].reshape(-1, 1024).std(axis=1)
    return float(np.log2(np.maximum(spread, 0.3) * np.sqrt(2 * np.pi * np.e)).mean())
