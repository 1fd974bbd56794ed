"""A store and records with everything an export must carry."""

import contextlib

import numpy as np
import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, encode_frame
from tempoband.contracts.ledger import Evicted, StreamEnded
from tempoband.storage.records import Records, people
from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.sqlite import SqliteStore

START_US = 1_800_000_000_000_000 - 1_800_000_000_000_000 % 86_400_000_000 + 86_399_000_000  # 1 s to midnight
SENSOR, STREAM = "sensor-1", "ab" * 16


def stored(seq: int, *, stream: str = STREAM, sensor: str = SENSOR) -> StoredFrame:
    rng = np.random.default_rng(seq)
    frame = Frame(
        stream=stream,
        seq=seq,
        t0_us=START_US + seq * 100_000,
        dt_us=np.cumsum(rng.integers(0, 12_500, 8)).astype(np.uint32) * (np.arange(8) > 0),
        counts=rng.integers(-(2**31), 2**31 - 1, 8).astype(np.int32),
        scale_n=0.1 + 1 / 3,
        offset_n=-1e-17,
        calibration_id="two-point, v2",
        ticks=None if seq % 2 else seq * 7,
        clock=ClockKind.DEVICE,
        rate_hz=80.0,
        lost=seq % 3,
        loss=LossKnowledge.ESTIMATED,
    )
    return StoredFrame(sensor, "bridge-1", frame, encode_frame(frame))


def sorted_dt(frame: StoredFrame) -> StoredFrame:
    inner = frame.frame
    dt_us = np.sort(inner.dt_us)
    dt_us[0] = 0
    fields = {name: getattr(inner, name) for name in inner.__slots__}
    changed = Frame(**{**fields, "dt_us": dt_us.astype(np.uint32)})
    return StoredFrame(frame.sensor, frame.bridge, changed, encode_frame(changed))


@pytest.fixture
def open_place(tmp_path):
    """Opens stores in a named folder; all are closed at the end."""
    with contextlib.ExitStack() as stack:

        def opened(name: str):
            folder = tmp_path / name
            store = stack.enter_context(contextlib.closing(SqliteStore(folder)))
            records = stack.enter_context(
                contextlib.closing(Records(f"sqlite:///{folder / 'records.sqlite'}"))
            )
            return store, records

        yield opened


@pytest.fixture
def source(open_place):
    store, records = open_place("source")
    store.write([sorted_dt(stored(seq)) for seq in range(30) if seq not in (4, 5, 9)])
    store.write([sorted_dt(stored(seq, stream="cd" * 16, sensor="sensor-2")) for seq in range(3)])
    gone = Evicted(STREAM, ((4, 5),), 16, START_US + 400_000, START_US + 600_000, "spool_size")
    store.write_notes([("bridge-1", SENSOR, gone), ("bridge-1", SENSOR, StreamEnded(STREAM, 29))])
    with records.write() as session:
        for name in ('Ann, of "quotes"', "null", "12", "Ünal\nBroken"):
            people.add(session, LOCAL_CLINIC, name.replace("\n", " "), now_us=START_US)
    return store, records
