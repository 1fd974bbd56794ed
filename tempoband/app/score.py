"""``tempoband score``: scores recordings offline, with the same functions that score live sets."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from analytics.coaching.catalogue import exercise as find_exercise
from analytics.coaching.exercise import Exercise
from analytics.signal import SetPlan, score_curve
from tempoband.app.draw import Span, draw_curve
from tempoband.app.errors import AppError, AppReason
from tempoband.app.recordings import Recording, read_recording
from tempoband.contracts.exercise import Side
from tempoband.contracts.tempo import TEXT_ORDER, Phase, Tempo

UNREADABLE_STATUS = 2
WIDEST_COLUMNS = 120


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What the person says about the recordings: told, not measured."""

    exercise: Exercise
    plan: SetPlan


def make_request(
    exercise: str, tempo: str | None, side: str | None, reference_peak_n: float | None
) -> ScoreRequest:
    """Check what was given on the command line.

    Raises:
        AppError: BAD_SETTING, with what is accepted.
    """
    try:
        found = find_exercise(exercise.lower().replace("_", "-"))
        plan = SetPlan(
            kind=found.kind,
            tempo=Tempo.parse(tempo) if tempo is not None else found.tempo,
            side=_side(side),
            reference_peak_n=reference_peak_n,
        )
    except (ValueError, LookupError) as error:
        raise AppError(AppReason.BAD_SETTING, str(error.args[0])) from error
    return ScoreRequest(found, plan)


def _side(side: str | None) -> Side:
    if side is None:
        return Side.BOTH
    try:
        return Side(side.lower())
    except ValueError:
        raise ValueError(f"side {side!r}: write {Side.LEFT} or {Side.RIGHT}") from None


def score_files(
    paths: list[Path], request: ScoreRequest, show: Callable[[Path, Recording, dict[str, Any]], None]
) -> list[AppError]:
    """Score each file in the order given; unreadable ones are returned, the others still scored."""
    problems = []
    for path in paths:
        try:
            recording = read_recording(path)
        except AppError as problem:
            problems.append(problem)
            continue
        score = score_curve(recording.time_s, recording.tension_n, request.plan)
        show(path, recording, score.to_dict())
    return problems


def print_json(path: Path, recording: Recording, score: dict[str, Any]) -> None:
    """One JSON object on one line; times in the file's own time base."""
    result = {"file": str(path), **score, "notes": list(recording.notes)}
    print(json.dumps(result, allow_nan=False))  # noqa: T201 - the command's output


class TablePrinter:
    """Prints a table a person can read, with the curve above it."""

    def __init__(self, console: Console, request: ScoreRequest) -> None:
        self._console = console
        self._request = request

    def __call__(self, path: Path, recording: Recording, score: dict[str, Any]) -> None:
        """Print one file."""
        request = self._request
        self._console.rule(f"{path.name}: {request.exercise.name}, tempo {request.plan.tempo} ({TEXT_ORDER})")
        for note in recording.notes:
            self._console.print(f"[dim]{note}[/dim]")
        spans = phase_spans(score["reps"])
        columns = min(self._console.width, WIDEST_COLUMNS)
        self._console.print(draw_curve(recording.time_s, recording.tension_n, spans, columns=columns))
        self._console.print(
            f"{recording.time_s[0]:.1f} s to {recording.time_s[-1]:.1f} s,"
            f" 0 to {recording.tension_n.max():.1f} N;"
            " [blue]out[/blue] [bold]hold[/bold] [dark_orange]back[/dark_orange]"
        )
        self._console.print(rep_table(score["reps"]))
        self._console.print(score["set"].get("sentence", ""))


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
    """One row a rep: seconds of each phase, peak, excursion, faults."""
    table = Table("rep", "start s", "out s", "hold s", "back s", "peak N", "excursion N", "faults")
    for number, rep in enumerate(reps, start=1):
        out_s = rep["concentric_end_s"] - rep["concentric_start_s"]
        hold_s = rep["eccentric_start_s"] - rep["concentric_end_s"]
        back_s = rep["eccentric_end_s"] - rep["eccentric_start_s"]
        table.add_row(
            str(number),
            f"{rep['concentric_start_s']:.2f}",
            f"{out_s:.2f}",
            f"{hold_s:.2f}",
            f"{back_s:.2f}",
            f"{rep['peak_n']:.1f}",
            f"{rep['excursion_n']:.1f}",
            ", ".join(rep["faults"]) or "-",
        )
    return table
