"""A scored recording as a person reads it in a terminal: the curve, the repetitions, the scores in words."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analytics.signal import Pattern
from tempoband.app.scoring.draw import Span, draw_curve
from tempoband.app.scoring.recordings import Recording
from tempoband.app.scoring.score import ScoreRequest
from tempoband.contracts.tempo import TEXT_ORDER, Phase, TempoKind

WIDEST_COLUMNS = 120
_PATTERNS = {
    Pattern.SLOW_FULL: "Pulled slowly, as far as is known through the whole range.",
    Pattern.FAST_FULL: "Pulled fast.",
    Pattern.SLOW_HALF: "Pulled slowly, through part of the range.",
    Pattern.UNSYSTEMATIC: "Pulled without a pattern: the repetitions are unlike one another.",
}
_WORDS = {Phase.CONCENTRIC: "out", Phase.HOLD: "hold", Phase.ECCENTRIC: "back", Phase.REST: "rest"}


class SheetPrinter:
    """Prints what a person wants to know of each recording."""

    def __init__(self, console: Console, request: ScoreRequest) -> None:
        self._console = console
        self._request = request

    def __call__(self, path: Path, recording: Recording, score: dict[str, Any]) -> None:
        """Print one file."""
        show, reps = self._console.print, score["reps"]
        self._console.rule(escape(path.name))
        show(escape(f"{self._request.exercise.name}{self._tempo()}"), highlight=False)
        for note in recording.notes:
            show(f"[dim]{escape(note)}[/dim]")
        columns = min(self._console.width, WIDEST_COLUMNS)
        show(draw_curve(recording.time_s, recording.tension_n, phase_spans(reps), columns=columns))
        low, high = min(float(recording.tension_n.min()), 0.0), float(recording.tension_n.max())
        legend = "; [blue]out[/blue] [bold]hold[/bold] [dark_orange]back[/dark_orange]" if reps else ""
        show(
            f"{recording.time_s[0]:.1f} s to {recording.time_s[-1]:.1f} s, {low:.1f} to {high:.1f} N{legend}"
        )
        if reps:
            show(rep_table(reps))
        for line in set_lines(score["set"], reps):
            show(line, highlight=False, soft_wrap=False)
        show(f"[bold]{escape(score['set'].get('sentence', ''))}[/bold]", highlight=False)

    def _tempo(self) -> str:
        tempo = self._request.plan.tempo
        if tempo is None:
            return ""
        order = f" ({TEXT_ORDER})" if tempo.kind is TempoKind.TIMED else ""
        return f", tempo {tempo}{order}"


def phase_spans(reps: list[dict[str, Any]]) -> list[Span]:
    """(start, end, phase) of every phase of every rep, in seconds."""
    spans: list[Span] = []
    for rep in reps:
        marks = [
            rep["concentric_start_s"],
            rep["concentric_end_s"],
            rep["eccentric_start_s"],
            rep["eccentric_end_s"],
        ]
        phases = (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)
        spans += [(marks[i], marks[i + 1], phase) for i, phase in enumerate(phases)]
    return spans


def rep_table(reps: list[dict[str, Any]]) -> Table:
    """One row a rep: seconds of each phase, newtons, scores, faults; 80 columns hold it."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("rep", "start s", "out", "hold", "back", "peak", "range", "tempo", "control"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("faults", min_width=len("partial range"))
    for number, rep in enumerate(reps, start=1):
        table.add_row(
            str(number),
            f"{rep['concentric_start_s']:.2f}",
            *(f"{rep['tempo'][p]['seconds']:.2f}" for p in (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)),
            f"{rep['peak_n']:.1f}",
            f"{rep['excursion_n']:.1f}",
            _points(rep["tempo"]["score"]),
            _points(rep["eccentric"]["score"]),
            "\n".join(f.replace("_", " ") for f in rep["faults"]) or "-",
        )
    return table


def set_lines(summary: Mapping[str, Any], reps: list[dict[str, Any]]) -> Iterator[str]:
    """The set in words: each score with its weights, and what is absent with its reason."""
    if reps:
        yield from _dynamic_lines(summary, reps)
    elif summary.get("time_above_floor_s") is not None:
        yield from _steady_lines(summary)
    reasons: dict[str, list[str]] = {}
    for name, reason in summary.get("absent", {}).items():
        reasons.setdefault(reason, []).append(name.replace("_", " ").removesuffix(" s"))
    for reason, names in reasons.items():
        yield f"[dim]Not told: {', '.join(names)} ({reason}).[/dim]"


def _dynamic_lines(summary: Mapping[str, Any], reps: list[dict[str, Any]]) -> Iterator[str]:
    tempo, control, tut = summary["tempo"], summary["eccentric_control"], summary["time_under_tension_s"]
    if tempo["score"] is not None:
        weights = ", ".join(f"{_WORDS[Phase(p)]} {w:.2f}" for p, w in tempo["weights"].items())
        on = (
            f"; {summary['on_tempo_share']:.0%} of the reps on tempo"
            if summary["on_tempo_share"] is not None
            else ""
        )
        yield f"Tempo {tempo['score']:.0f} of 100 (weights where prescribed: {weights}){on}."
    if control["score"] is not None:
        weights = ", ".join(f"{name} {w:.2f}" for name, w in control["weights"].items())
        yield (
            f"Eccentric control {control['score']:.0f} of 100 (weights: {weights}):"
            f" {control['ramp_distance']:.0%} of the range off the ramp,"
            f" peak rate {control['rate_ratio']:.1f} x uniform, SPARC {control['sparc']:.2f}"
            " (0 is smoothest)."
        )
    yield (
        f"Eccentric impulse {control['impulse_n_s']:.1f} N s a rep, back over out"
        f" {control['ecc_con_ratio']:.2f}; under tension {tut['total']:.1f} s (out {tut['concentric']:.1f},"
        f" hold {tut['hold']:.1f}, back {tut['eccentric']:.1f})."
    )
    doubts = [rep["tempo"][p]["uncertainty_s"] for rep in reps for p in (Phase.CONCENTRIC, Phase.ECCENTRIC)]
    yield _PATTERNS[Pattern(summary["pattern"])]
    yield f"Each phase is known to about \N{PLUS-MINUS SIGN}{2 * median(doubts):.2f} s (95 %)."


def _steady_lines(summary: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Above the floor of {summary['floor_n']:.1f} N: {summary['time_above_floor_s']:.1f} s"
        f" ({summary['share_above_floor']:.0%})."
    )
    slack = [f"at {e['start_s']:.1f} s for {e['seconds']:.1f} s" for e in summary["slack_events"]]
    if slack:
        times = "once" if len(slack) == 1 else f"{len(slack)} times"
        yield f"Slack {times}: {', '.join(slack)}."
    if summary.get("steps") is not None:
        yield f"{summary['steps']} steps, {summary['cadence_steps_per_min'] or 0:.0f} a minute."


def _points(score: float | None) -> str:
    return "-" if score is None else f"{score:.0f}"
