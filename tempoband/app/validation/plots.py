"""The plots of the validation page."""

from collections.abc import Sequence

import numpy as np

from tempoband.app.validation import svg
from tempoband.app.validation.match import Agreement, PhasePair, boundaries_s
from tempoband.app.validation.simulated import Case
from tempoband.contracts.tempo import Phase

_BIN_S = 0.01
_SHOWN_S = 0.25
_DOTS = 800
_POINTS = 700
_COLOURS = {Phase.CONCENTRIC: svg.OUT, Phase.HOLD: svg.HOLD, Phase.ECCENTRIC: svg.BACK}
_WORDS = {Phase.CONCENTRIC: "out (concentric)", Phase.HOLD: "hold", Phase.ECCENTRIC: "back (eccentric)"}


def error_histogram(agreement: Agreement) -> str:
    """Errors of all phase boundaries."""
    errors_s = np.array(agreement.boundary_error_s)
    edges = np.arange(-_SHOWN_S, _SHOWN_S + _BIN_S / 2, _BIN_S)
    counts = np.histogram(errors_s, edges)[0].astype(np.float64)
    outside = int((np.abs(errors_s) > _SHOWN_S).sum())
    title = f"Error of {len(errors_s)} phase boundaries, simulated people, 80 Hz"
    plot = svg.Plot(title, "Histogram, scored minus true", (-_SHOWN_S, _SHOWN_S), (0, 1.15 * counts.max()))
    plot.axes("scored minus true (s)", "boundaries")
    plot.bars(edges, counts)
    marks = (("median", agreement.boundary_median_s, "2 3"), ("95 %", agreement.boundary_p95_s, "6 4"))
    for row, (share, value, dash) in enumerate(marks):
        plot.mark(-value, dash=dash)
        plot.mark(value, f"{share}: {1000 * value:.0f} ms", dash=dash, row=row)
    if outside:
        plot.text(70, 58, f"{outside} beyond ±{_SHOWN_S:g} s")
    return plot.render()


def bland_altman(pairs: Sequence[PhasePair], agreement: Agreement, phase: Phase) -> str:
    """Difference against mean of one phase, with its limits of agreement."""
    chosen = [p for p in pairs if p.phase is phase and (phase is not Phase.HOLD or p.true_s > 0)]
    shown = chosen[:: max(len(chosen) // _DOTS, 1)]
    means = np.array([(p.true_s + p.scored_s) / 2 for p in shown])
    errors = np.array([p.error_s for p in shown])
    low, high = agreement.limits_s(phase)
    reach = float(max(0.3, 1.2 * max(abs(low), abs(high))))
    title = f"Bland-Altman, {_WORDS[phase]}: {len(chosen)} phases, simulated people, 80 Hz"
    plot = svg.Plot(
        title, "Difference against mean of true and scored seconds", (0, _top(means)), (-reach, reach)
    )
    plot.axes("mean of true and scored (s)", "scored minus true (s)")
    plot.dots(means, errors, _COLOURS[phase])
    bias = float(agreement.errors_s(phase).mean())
    plot.level(bias, f"mean {bias:+.3f} s", dash="")
    plot.level(high, f"+1.96 SD: {high:+.3f} s")
    plot.level(low, f"-1.96 SD: {low:+.3f} s")
    return plot.render()


def _top(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    return float(1.05 * values.max()) if len(values) else 1.0


def case_curve(case: Case) -> str:
    """A set with its true and its scored boundaries."""
    recording = case.recording
    step = max(len(recording.time_s) // _POINTS, 1)
    tension_n = recording.tension_n[::step]
    low, high = np.percentile(recording.tension_n, [0.2, 99.8])
    room = 0.15 * (high - low)
    plot = svg.Plot(
        f"{case.title}: largest boundary error {1000 * case.error_s:.0f} ms",
        "Tension of one set; solid lines are true phase boundaries, dashed ones scored",
        (0.0, float(recording.time_s[-1])),
        (float(low - room), float(high + 2 * room)),
        (960, 260),
    )
    plot.axes("time (s)", "tension (N)")
    plot.line(recording.time_s[::step], np.clip(tension_n, low - room, high + room))
    for rep in recording.truth.reps:
        for boundary_s in boundaries_s(rep):
            plot.mark(boundary_s, colour=svg.OUT)
    for found in case.scored:
        for boundary_s in boundaries_s(found):
            plot.mark(boundary_s, dash="3 3", colour=svg.BACK)
    plot.text(500, 36, "solid: true   dashed: scored")
    return plot.render()
