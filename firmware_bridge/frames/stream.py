"""Samples of one connection to numbered, stamped frames. Pure: time comes in, nothing goes out."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from firmware_bridge.drivers.base import Samples, Traits
from firmware_bridge.frames.calibration import Calibration
from firmware_bridge.frames.clock import ArrivalClock, DeviceClock, HostTime, Micros, TickUnroller
from firmware_bridge.frames.loss import LossEstimator
from tempoband.contracts.frame import ClockKind, Frame

FRAME_SAMPLES = 15  # a larger live frame is old before it leaves
FUTURE_US = 2_000_000  # a sample from so far ahead has a damaged or restarted clock
HOLE_US = 250_000  # a hole inside one notification: a damaged time stamp
SUSPECTS = 3  # so many such notifications in a row may mean that the device has restarted its counter
REPLAY_US = 5_000_000  # repeated samples are not older than this
REPEATING_US = 1_500_000  # nobody repeats for longer
NOMINAL_WITHIN = 0.05


@dataclass(frozen=True, slots=True)
class Arrival:
    """A notification and when it came."""

    samples: Samples
    host: HostTime


@dataclass(slots=True)
class _Draft:
    """A frame in the making."""

    parts: list[tuple[Micros, npt.NDArray[np.int32]]]  # device (or UTC) time and counts
    ticks: int | None
    calibration: Calibration
    lost: int
    seq: int = -1

    def __len__(self) -> int:
        return sum(len(counts) for _, counts in self.parts)

    @property
    def time_us(self) -> Micros:
        return np.concatenate([times for times, _ in self.parts])


@dataclass(frozen=True, slots=True)
class Cut:
    """Frames made so far.

    Attributes:
        frames: in order of seq.
        final: False while the clock settles: the times are provisional, and the same seqs come again, with
            every frame since the first, in the cut that is final.
        carry: arrivals that belong to a new stream, which must begin now; None: go on.
    """

    frames: tuple[Frame, ...]
    final: bool
    carry: tuple[Arrival, ...] | None = None


@dataclass(slots=True)
class Tally:
    """What became of a stream's samples; ``plus`` sums streams."""

    repeated: int = 0  # equal or backward device time: a doubled callback
    implausible: int = 0  # a device time that cannot be
    lost: int = 0  # known or estimated missing
    samples: int = 0  # passed on
    streams: int = 1

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class Stream:
    """One stream: new at each connection, restart of the device, or step of the host's clock."""

    def __init__(self, traits: Traits, calibration: Calibration, *, not_before_us: int = 0) -> None:
        self.id = secrets.token_hex(8)
        self.calibration = calibration
        self.tally = Tally()
        self.end_us = 0
        self._traits = traits
        self._has_ticks = traits.clock is ClockKind.DEVICE
        self._unroller = TickUnroller(traits.tick_us, traits.tick_bits)
        self._clock = DeviceClock(not_before_us)
        self._arrivals = ArrivalClock(traits.rate_hz, steady=traits.steady, not_before_us=not_before_us)
        self._loss = LossEstimator(traits.rate_hz)
        self._suspects: list[tuple[Arrival, bool]] = []  # and whether from the future
        self._device_us = 0  # of the newest sample kept
        self._carry: tuple[Arrival, ...] | None = None
        self._drafts: list[_Draft] = []
        self._held: list[_Draft] = []
        self._next_seq = 0
        self._more_lost = 0

    @property
    def next_seq(self) -> int:
        """The seq the next frame will get."""
        return self._next_seq

    @property
    def rate_hz(self) -> float:
        """The sensor's nominal rate, or the measured one where that is another."""
        measured = 1e6 / self._loss.period_us
        nominal = self._traits.rate_hz
        return nominal if abs(measured - nominal) <= NOMINAL_WITHIN * nominal else float(f"{measured:.3g}")

    def lose(self, samples: int) -> None:
        """Samples that had been made into frames and could not be kept: told by the next frame."""
        self._more_lost += samples
        self.tally.lost += samples

    def push(self, arrival: Arrival) -> None:
        """Take one notification."""
        if self._carry is not None:
            self._carry = (*self._carry, arrival)
        elif self._has_ticks:
            self._push_ticks(arrival)
        else:
            self._push_arrival(arrival)

    def cut(self) -> Cut:
        """Everything pushed so far as frames."""
        drafts, self._drafts = self._drafts, []
        for draft in drafts:
            draft.seq, self._next_seq = self._next_seq, self._next_seq + 1
        if not self._has_ticks:
            return self._done([self._frame(d, d.time_us) for d in drafts])
        if self._clock.settled:
            held, self._held = self._held, []
            frames = [self._frame(d, self._clock.stamp_held(d.time_us)) for d in held]
            frames += [self._frame(d, self._clock.stamp(d.time_us)) for d in drafts]
            return self._done(frames)
        self._held += drafts
        return Cut(tuple(self._frame(d, self._clock.stamp(d.time_us)) for d in drafts), final=False)

    def finish(self) -> Cut:
        """The last frames: the connection is over, settled or not."""
        self._drop_suspects()
        self._clock.settle()
        return self.cut()

    def _done(self, frames: Sequence[Frame]) -> Cut:
        self.tally.samples += sum(len(f) for f in frames)
        if frames:
            self.end_us = frames[-1].end_us
        return Cut(tuple(frames), final=True, carry=self._carry)

    def _push_ticks(self, arrival: Arrival) -> None:
        samples = arrival.samples
        assert samples.ticks is not None, "the driver promised ticks"  # noqa: S101 - a wrong driver
        device_us = self._unroller.unroll(samples.ticks)
        if self._has_hole(device_us):
            self.tally.implausible += len(samples)
            return
        future = self._clock.ahead_us(int(device_us[-1]), arrival.host) > FUTURE_US
        if future or not (rising := self._unroller.keep(samples.ticks)[1]).any():
            self._suspect(arrival, int(device_us[-1]), future=future)
            return
        self._drop_suspects()
        self.tally.repeated += len(samples) - int(rising.sum())
        device_us = device_us[rising]
        self._device_us = int(device_us[-1])
        self._clock.observe(device_us, arrival.host)
        lost = self._loss.lost_before(device_us)
        self.tally.lost += lost
        self._draft(device_us, samples.counts[rising], int(samples.ticks[rising][0]), lost)
        if self._clock.stepped():
            self._carry = ()

    def _push_arrival(self, arrival: Arrival) -> None:
        if self._arrivals.stepped(arrival.host):
            self._carry = (arrival,)
            return
        times = self._arrivals.stamp(len(arrival.samples), arrival.host)
        self._draft(times, arrival.samples.counts, None, 0)

    def _has_hole(self, device_us: Micros) -> bool:
        """Whether a time stamp inside the notification is damaged: holes come between notifications."""
        return len(device_us) > 1 and bool(np.diff(device_us).max() > max(HOLE_US, 5 * self._loss.period_us))

    def _suspect(self, arrival: Arrival, device_us: int, *, future: bool) -> None:
        self._suspects.append((arrival, future))
        repeating_us = arrival.host.mono_us - self._suspects[0][0].host.mono_us
        restarted = future or self._device_us - device_us > REPLAY_US or repeating_us > REPEATING_US
        if len(self._suspects) >= SUSPECTS and restarted:
            self._carry = tuple(suspect for suspect, _ in self._suspects)
            self._suspects.clear()

    def _drop_suspects(self) -> None:
        for suspect, future in self._suspects:
            if future:
                self.tally.implausible += len(suspect.samples)
            else:
                self.tally.repeated += len(suspect.samples)
        self._suspects.clear()

    def _draft(self, times: Micros, counts: npt.NDArray[np.int32], ticks: int | None, lost: int) -> None:
        lost, self._more_lost = lost + self._more_lost, 0
        last = self._drafts[-1] if self._drafts else None
        fits = last is not None and lost == 0 and len(last) + len(counts) <= FRAME_SAMPLES
        if last is not None and fits and last.calibration == self.calibration:
            last.parts.append((times, counts))
        else:
            self._drafts.append(_Draft([(times, counts)], ticks, self.calibration, lost))

    def _frame(self, draft: _Draft, time_us: Micros) -> Frame:
        return Frame(
            stream=self.id,
            seq=draft.seq,
            t0_us=int(time_us[0]),
            dt_us=(time_us - time_us[0]).astype(np.uint32),
            counts=np.concatenate([counts for _, counts in draft.parts]),
            scale_n=draft.calibration.scale_n,
            offset_n=draft.calibration.offset_n,
            calibration_id=draft.calibration.id,
            ticks=draft.ticks,
            clock=self._traits.clock,
            rate_hz=self.rate_hz,
            lost=draft.lost,
            loss=self._traits.loss,
        )
