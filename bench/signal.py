"""Figures of scoring: accuracy on simulated people, idle recordings, faults, patterns, and speed.

The baseline for counting and timing is what most people would write first: SciPy's ``find_peaks`` on a
low-passed curve with a prominence of a share of the session's range, boundaries midway between extremes
and the points of 5 % of the peak slope. That for speed is a per-sample Python loop of the same kind.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from analytics.signal import (
    FinalRep,
    LiveScorer,
    Pattern,
    PhaseChange,
    SetPlan,
    find_sets,
    pattern_of,
    score_curve,
    warm_up,
)
from bench.table import Row, cpu_seconds
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.band import Band
from tempoband.simulator.cohort import Conditions, draw_faulty_set, draw_recording
from tempoband.simulator.people import METRONOME
from tempoband.simulator.profiles import HELD_OUT_FAMILIES
from tempoband.simulator.script import Donning, DynamicSet, IdleWear, IsometricPull, Unsystematic, WalkAbout
from tempoband.simulator.sensor import CLEAN
from tempoband.simulator.simulate import Recording, simulate

TEMPOS = ("2-0-2-0", "2-1-2", "2-2-2", "1-0-1", "3-1-3-1", "2-0-4-0", "1-1-4-0", "3-2-3-2", "4-0-4-0")
FAULTS = ("snap_back", "momentum", "partial_range", "lost_hold", "band_release")


@dataclass
class Tally:
    """Boundary errors of matched reps, and sets counted wrong."""

    errors: list = field(default_factory=list)
    plain: list = field(default_factory=list)  # whether the stops beside a rep are clearly dwells or none
    wrong: int = 0
    sets: int = 0

    def add(self, bounds, reps):
        truth = np.array([r.boundaries_s for r in reps])
        self.sets += 1
        self.wrong += len(bounds) != len(truth)
        if len(bounds):
            tops = 0.5 * (bounds[:, 1] + bounds[:, 2])
            gap = np.abs(tops[:, None] - 0.5 * (truth[:, 1] + truth[:, 2]))
            seen = gap.min(axis=0) < 2.0  # a rep that was missed is a count, not an error in time
            self.errors.append(bounds[gap.argmin(axis=0)[seen]] - truth[seen])
            self.plain.append(np.array([not r.borderline_dwell for r in reps])[seen])

    @property
    def all(self):
        return np.concatenate(self.errors)

    def boundary_ms(self, percentile):
        return 1e3 * float(np.percentile(np.abs(self.all), percentile))

    @property
    def phase_ms(self):
        return 1e3 * float(np.median(np.abs(np.diff(self.all, axis=1))))

    @property
    def agreement_s(self):
        """As on the validation page: without stops that are within 15 % of being a dwell or none."""
        moving = np.diff(self.all[np.concatenate(self.plain)], axis=1)[:, [0, 2]]
        return float(np.abs(moving.mean()) + 1.96 * moving.std())


def bounds_of(reps):
    times = [(r.concentric_start_s, r.concentric_end_s, r.eccentric_start_s, r.eccentric_end_s) for r in reps]
    return np.array(times).reshape(-1, 4)


def naive_bounds(time, tension):
    """Peaks by prominence of the session's range; boundaries where the slope passes 5 % of its peak."""
    grid = np.arange(time[0], time[-1], 0.0125)
    y = gaussian_filter1d(np.interp(grid, time, tension), 8)
    peaks, shape = find_peaks(y, prominence=0.3 * np.ptp(y))
    slope = np.gradient(y)
    found = []
    for peak, left, right in zip(peaks, shape["left_bases"], shape["right_bases"], strict=True):
        up, down = slope[left:peak], -slope[peak:right]
        if len(up) < 2 or len(down) < 2:
            continue
        fast, slow = np.flatnonzero(up > 0.05 * up.max()), np.flatnonzero(down > 0.05 * down.max())
        found.append(grid[[left + fast[0], left + fast[-1], peak + slow[0], peak + slow[-1]]])
    return np.array(found).reshape(-1, 4)


def scored(recording: Recording, *, known=False):
    reference = recording.reference_n if known else None
    plan = SetPlan(tempo=recording.tempo, reference_excursion_n=reference)
    return score_curve(recording.time_s, recording.tension_n, plan)


def cohort(sets, conditions, first=0) -> tuple[Tally, Tally]:
    ours, naive = Tally(), Tally()
    for k in range(sets):
        tempo = Tempo.parse(TEMPOS[k % len(TEMPOS)])
        recording = draw_recording(DynamicSet(tempo), conditions, first + k)
        truth = recording.truth.reps
        ours.add(bounds_of(scored(recording).reps), truth)
        naive.add(naive_bounds(recording.time_s, recording.tension_n), truth)
    return ours, naive


def accuracy_rows() -> Iterator[Row]:
    ours, naive = cohort(90, Conditions())
    base = "find_peaks"
    yield Row("sets counted wrong", ours.wrong, f"of {ours.sets}", "0", ours.wrong == 0, base, naive.wrong)
    for percentile, goal in ((50, 30), (95, 120)):
        got, plain = ours.boundary_ms(percentile), naive.boundary_ms(percentile)
        yield Row(f"boundary error, {percentile} %", got, "ms", f"<= {goal}", got <= goal, base, plain)
    yield Row(
        "phase duration error, median",
        ours.phase_ms,
        "ms",
        "<= 40",
        ours.phase_ms <= 40,
        base,
        naive.phase_ms,
    )
    limits = ours.agreement_s
    yield Row(
        "limits of agreement, out and back", limits, "s", "<= 0.15", limits <= 0.15, base, naive.agreement_s
    )
    held, _ = cohort(45, Conditions(families=HELD_OUT_FAMILIES), 500)
    for percentile, goal in ((50, 30), (95, 120)):
        got = held.boundary_ms(percentile)
        yield Row(f"held-out motions: boundary error, {percentile} %", got, "ms", f"<= {goal}", got <= goal)
    slow, plain = cohort(36, Conditions(rate_hz=10.0), 900)
    got = slow.boundary_ms(50)
    yield Row("10 Hz: boundary error, median", got, "ms", "<= 80", got <= 80, base, plain.boundary_ms(50))


def metronome_row() -> Row:
    worst = 0.0
    for k, tempo in enumerate(("2-0-2-0", "3-0-3-0", "1-0-1-0", "2-1-2-1", "4-0-4-0")):
        script = DynamicSet(Tempo.parse(tempo), 6)
        recording = simulate(METRONOME, Band.of_colour("green", 1.0), CLEAN, script, k)
        for rep in scored(recording).reps[1:-1]:
            shares = [abs(t.error_percent) for t in rep.phases.values() if t.error_percent is not None]
            worst = max(worst, float(np.mean(shares)))
    return Row("perfect metronome rep, worst mean phase error", worst, "%", "<= 3", worst <= 3)


def idle_row() -> Row:
    found = 0
    for k in range(20):
        for doing in (IdleWear(60), WalkAbout(60), Donning(), IsometricPull()):
            recording = draw_recording(doing, Conditions(), 100 + k)
            found += sum(len(s.reps) for s in find_sets(recording.time_s, recording.tension_n))
            found += len(score_curve(recording.time_s, recording.tension_n, SetPlan()).reps)
    return Row("reps in idle recordings", found, "of 160", "0", found == 0)


def fault_rows() -> Iterator[Row]:
    right, extra, missed = Counter(), Counter(), Counter()
    for k in range(80):
        tempo = Tempo.parse(TEMPOS[k % len(TEMPOS)])
        recording = draw_recording(draw_faulty_set(tempo, 500 + k), Conditions(), 500 + k)
        reps = scored(recording, known=True).reps
        for rep, truth in zip(reps, recording.truth.reps, strict=False):
            said, true = {str(f) for f in rep.faults}, {str(f) for f in truth.faults}
            unclear = {str(f) for f in truth.borderline}
            right.update((said & true) - unclear)
            extra.update(said - true - unclear)
            missed.update(true - said - unclear)
    for fault in FAULTS:
        precision = right[fault] / max(right[fault] + extra[fault], 1)
        recall = right[fault] / max(right[fault] + missed[fault], 1)
        worse = min(precision, recall)
        yield Row(f"{fault}: the lesser of precision and recall", worse, "", ">= 0.95", worse >= 0.95)


def pattern_row() -> Row:
    right, tempo = 0, Tempo.parse("3-0-3-0")
    for k in range(20):
        conditions = Conditions(tared=True)
        whole = draw_recording(DynamicSet(tempo, 8), conditions, k)
        plan = SetPlan(tempo=tempo, reference_peak_n=whole.reference_peak_n)
        quick = draw_recording(DynamicSet(Tempo.parse("1-0-1-0"), 8), conditions, k)
        loose = draw_recording(Unsystematic(60), conditions, k)
        start = whole.reference_peak_n - whole.reference_n
        half = start + 0.5 * (whole.tension_n - start)
        curves = [(r.time_s, r.tension_n) for r in (whole, quick)]
        curves += [(whole.time_s, half), (loose.time_s, loose.tension_n)]
        for want, (time, tension) in zip(Pattern, curves, strict=True):
            right += pattern_of(score_curve(time, tension, plan), plan) is want
    return Row("four patterns told apart", right, "of 80", "80", right == 80)


def live_rows() -> Iterator[Row]:
    late, final = [], []
    for k in range(18):
        tempo = Tempo.parse(TEMPOS[k % len(TEMPOS)])
        recording = draw_recording(DynamicSet(tempo), Conditions(), k)
        plan = SetPlan(tempo=tempo, reference_excursion_n=recording.reference_n)
        scorer, said = LiveScorer(plan), []
        for a in range(0, len(recording.time_s), 8):
            said += scorer.push(recording.time_s[a : a + 8], recording.tension_n[a : a + 8])
        final += [e.announced_s - e.rep.eccentric_end_s for e in said if isinstance(e, FinalRep)]
        changes = [e for e in said if isinstance(e, PhaseChange)]
        for rep in recording.truth.reps[1:]:
            for phase, at in (("concentric", rep.concentric_start_s), ("eccentric", rep.eccentric_start_s)):
                near = [
                    e.announced_s - at for e in changes if e.phase == phase and abs(e.announced_s - at) < 0.6
                ]
                late.append(1e3 * min(near, key=abs) if near else 600.0)
    middle = float(np.median(late))
    yield Row("provisional phase change, median lateness", middle, "ms", "<= 150", middle <= 150)
    share = float(np.mean(np.array(late) <= 150))
    yield Row("provisional phase changes within 150 ms", share, "", ">= 0.8", share >= 0.8)
    last = float(np.percentile(final, 99))
    yield Row("rep final after its end, 99 %", last, "s", "<= 1", last <= 1)


def naive_loop(time, tension):
    """A per-sample loop that only smooths and counts."""
    level, low, high, rising, count = tension[0], tension[0], tension[0], True, 0
    for t, n in zip(time, tension, strict=True):
        level += 0.1 * (n - level)
        if rising:
            high = max(high, level)
            if high - level > 0.3 * (high - low) + 1e-3 * t * 0:
                rising, low, count = False, level, count + 1
        else:
            low = min(low, level)
            if level - low > 0.3 * (high - low):
                rising, high = True, level
    return count


def speed_rows() -> Iterator[Row]:
    tempo = Tempo.parse("2-0-2-0")
    recording = draw_recording(DynamicSet(tempo, 300), Conditions(disturbed=False), 3)
    time, tension = recording.time_s, recording.tension_n
    plan, n = SetPlan(tempo=tempo, rate_hz=80.0), len(recording.time_s)
    stored = n / cpu_seconds(lambda: score_curve(time, tension, plan)) / 1e6
    plain = n / cpu_seconds(lambda: naive_loop(time.tolist(), tension.tolist())) / 1e6
    yield Row(
        "scoring a stored set",
        stored,
        "M samples/s",
        ">= 2",
        stored >= 2,
        "Python loop, counting only",
        plain,
    )
    frames = [(time[a : a + 8], tension[a : a + 8]) for a in range(0, n, 8)]

    def live():
        scorer = LiveScorer(plan)
        for t, x in frames:
            scorer.push(t, x)

    sensors = n / cpu_seconds(live) / 80
    yield Row(
        "live sensors at 80 Hz a core",
        sensors,
        "",
        ">= 2000",
        sensors >= 2000,
        "Python loop, counting only",
        plain * 1e6 / 80,
    )


def rows() -> Iterator[Row]:
    warm_up()
    yield from accuracy_rows()
    yield metronome_row()
    yield idle_row()
    yield from fault_rows()
    yield pattern_row()
    yield from live_rows()
    yield from speed_rows()
