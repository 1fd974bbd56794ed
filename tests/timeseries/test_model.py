"""Any order of writing, sealing, erasing, retaining and reopening, against a model of a few lines."""

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import Frame
from tempoband.storage.timeseries.edit import without
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.timeseries.conftest import FAR_FUTURE_US
from tests.timeseries.making import SENSOR, T0_US, make_frame, stored

STREAMS = ("a" * 16, "b" * 16)
SAMPLES = 4
LENGTH_US = 60 * SAMPLES * 12_500
SEQS = st.lists(st.integers(0, 59), min_size=1, max_size=30)
SPANS = st.tuples(st.integers(0, LENGTH_US * 2), st.integers(1, LENGTH_US // 2))


@cache
def frame_of(stream: int, seq: int) -> Frame:
    """The two streams follow one another in time; some frames have another calibration, some tell of loss."""
    shift_us = stream * (LENGTH_US + 1_000_000)
    made = make_frame(
        STREAMS[stream], seq, SAMPLES, scale_n=0.02 if seq % 17 == 3 else 0.01, lost=3 * (seq % 5 == 2)
    )
    return replace(made, t0_us=made.t0_us + shift_us)


class StoreModel(RuleBasedStateMachine):
    """``kept`` is what the store must hold: (stream, seq) to the samples that are left of it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.store = SqliteStore(self.folder)
        self.kept: dict[tuple[int, int], Frame] = {}
        self.erased: list[tuple[int, int]] = []

    def teardown(self) -> None:
        self.store.close()
        self.stack.close()

    def expected(self, key: tuple[int, int], frame: Frame, *, conflicting: bool) -> RejectReason | None:
        rest = without(frame, self.erased)
        if rest is None:
            return RejectReason.ERASED
        if key not in self.kept:
            self.kept[key] = rest
            return None
        if self.kept[key] == frame:
            return None
        touched = len(rest) < len(frame) or len(self.kept[key]) < len(frame)
        return RejectReason.ERASED if touched and not conflicting else RejectReason.CONFLICT

    @rule(stream=st.integers(0, 1), seqs=SEQS)
    def write(self, stream: int, seqs: list[int]) -> None:
        frames = [frame_of(stream, seq) for seq in seqs]
        outcomes = self.store.write([stored(f) for f in frames]).outcomes
        assert outcomes == tuple(self.expected((stream, f.seq), f, conflicting=False) for f in frames)

    @precondition(lambda self: self.kept and not self.erased)
    @rule(data=st.data())
    def write_a_conflict(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.kept)))
        other = replace(self.kept[key], lost=77)
        assert self.store.write([stored(other)]).outcomes == (RejectReason.CONFLICT,)

    @rule(most=st.integers(1, 3))
    def seal(self, most: int) -> None:
        for _ in range(most):
            self.store.maintain(FAR_FUTURE_US)

    @rule(span=SPANS)
    def erase(self, span: tuple[int, int]) -> None:
        start_us, end_us = T0_US + span[0], T0_US + span[0] + span[1]
        before = sum(len(f) for f in self.kept.values())
        self.erased.append((start_us, end_us))
        self.cut((start_us, end_us))
        assert self.store.erase(SENSOR, start_us, end_us) == before - sum(len(f) for f in self.kept.values())

    def cut(self, span: tuple[int, int]) -> None:
        rests = {key: without(frame, [span]) for key, frame in self.kept.items()}
        self.kept = {key: rest for key, rest in rests.items() if rest is not None}

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = SqliteStore(self.folder)

    @rule()
    def back_up_and_look_into_it(self) -> None:
        self.store.backup(self.folder / "copy" / "samples.sqlite3")
        copy = SqliteStore(self.folder / "copy", writable=False)
        assert (
            copy.read(SENSOR, 0, 2**52).time_us.tolist() == self.store.read(SENSOR, 0, 2**52).time_us.tolist()
        )
        copy.close()

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        frames = [self.kept[key] for key in sorted(self.kept)]
        curve = self.store.read(SENSOR, 0, 2**52)
        time_us = np.concatenate([f.time_us for f in frames]) if frames else np.empty(0, np.int64)
        tension_n = np.concatenate([f.tension_n for f in frames]) if frames else np.empty(0)
        np.testing.assert_array_equal(curve.time_us, time_us)
        np.testing.assert_allclose(curve.tension_n, tension_n, rtol=0, atol=1e-9)
        assert [f.frame for f in self.store.frames(SENSOR, 0, 2**52)] == frames

    @invariant()
    def counts_what_the_model_counts(self) -> None:
        infos = {info.stream: info for info in self.store.streams(SENSOR, 0, 2**52)}
        for number, stream in enumerate(STREAMS):
            mine = [f for (s, _), f in self.kept.items() if s == number]
            if mine:
                info = infos[stream]
                assert (info.frames, info.samples) == (len(mine), sum(len(f) for f in mine))
                assert info.lost_samples == sum(f.lost for f in mine)
                assert (info.start_us, info.end_us) == (
                    min(f.t0_us for f in mine),
                    max(f.end_us for f in mine),
                )


StoreModel.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestStoreModel = StoreModel.TestCase
