"""How well scoring does on simulated people, beside SciPy's find_peaks on the same recordings."""

from collections.abc import Iterator

from bench.table import Row
from tempoband.app.validation import simulated
from tempoband.app.validation.match import Agreement
from tempoband.app.validation.patterns import four_patterns
from tempoband.contracts.tempo import Phase

SETS = 30  # per tempo and rate
BASELINE = "find_peaks"


def rows() -> Iterator[Row]:
    ours, base = Agreement(), Agreement()
    for study in simulated.by_tempo(SETS):
        ours.merge(study.agreement)
        base.merge(study.baseline)
    yield _percent("sets with the exact rep count", ours.exact / ours.sets, 1.0, base.exact / base.sets)
    yield _ms("phase boundary, median", ours.boundary_median_s, 0.030, base.boundary_median_s)
    yield _ms("phase boundary, 95 %", ours.boundary_p95_s, 0.120, base.boundary_p95_s)
    yield _ms("phase duration, median", ours.duration_median_s(), 0.040, base.duration_median_s())
    yield _ms("phase duration, limits of agreement", _widest_s(ours), 0.150, _widest_s(base))
    worst = simulated.perfect_reps().agreement.worst_percent()
    yield Row("perfect rep, worst phase", worst, "%", "<= 3", worst <= 3)
    yield from _slow_sensor()
    yield from _idle()
    yield from _faults()
    told = four_patterns(20)
    right = sum(n for (true, said), n in told.items() if true is said)
    yield Row("four patterns told apart", right, "of 80", "80", right == told.total())


def _slow_sensor() -> Iterator[Row]:
    (study,) = (s for s in simulated.by_rate(SETS) if s.name == "10 Hz")
    yield _ms(
        "phase boundary at 10 Hz, median",
        study.agreement.boundary_median_s,
        0.080,
        study.baseline.boundary_median_s,
    )


def _idle() -> Iterator[Row]:
    for name, _, in_set, undeclared in simulated.idle(SETS):
        yield Row(f"reps counted while {name}", in_set, "reps", "0", in_set == 0)
        yield Row(f"reps found undeclared while {name}", undeclared, "reps", "0", undeclared == 0)


def _faults() -> Iterator[Row]:
    found = simulated.faults(6 * SETS).agreement
    found.merge(simulated.slack(2 * SETS).agreement)
    for name in sorted(found.hits | found.misses | found.alarms):
        for what, value in (("precision", found.precision(name)), ("recall", found.recall(name))):
            yield Row(f"{name}, {what}", value, "", ">= 0.95", value >= 0.95)


def _widest_s(agreement: Agreement) -> float:
    return max(
        abs(limit) for phase in (Phase.CONCENTRIC, Phase.ECCENTRIC) for limit in agreement.limits_s(phase)
    )


def _ms(name: str, value_s: float, goal_s: float, base_s: float) -> Row:
    goal = f"<= {1000 * goal_s:.0f}"
    return Row(
        f"{name}, 80 Hz" if "Hz" not in name else name,
        1000 * value_s,
        "ms",
        goal,
        value_s <= goal_s,
        BASELINE,
        1000 * base_s,
    )


def _percent(name: str, share: float, goal: float, base: float) -> Row:
    return Row(name, 100 * share, "%", f"{100 * goal:g}", share >= goal, BASELINE, 100 * base)
