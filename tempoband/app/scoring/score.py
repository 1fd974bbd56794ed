"""``tempoband score``: scores recordings offline, with the same functions that score live sets."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.coaching.catalogue import exercise as find_exercise
from analytics.coaching.exercise import Exercise
from analytics.signal import SetPlan, pattern_of, score_curve
from tempoband.app.errors import AppError, AppReason
from tempoband.app.scoring.foreign.table import Layout
from tempoband.app.scoring.recordings import Recording, read_recording
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.tempo import Tempo

UNREADABLE_STATUS = 2


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What the person says about the recordings: told, not measured."""

    exercise: Exercise
    plan: SetPlan
    layout: Layout = Layout()  # noqa: RUF009 - frozen


def make_request(
    exercise: str,
    tempo: str | None = None,
    side: str | None = None,
    *,
    reference_peak_n: float | None = None,
    columns: str | None = None,
    rate_hz: float | None = None,
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
        layout = Layout(tuple(c.strip() for c in columns.split(",")) if columns else (), rate_hz)
    except (ValueError, LookupError) as error:
        raise AppError(AppReason.BAD_SETTING, str(error.args[0])) from error
    return ScoreRequest(found, plan, layout)


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
            recording = read_recording(path, request.layout)
        except AppError as problem:
            problems.append(problem)
            continue
        score = score_curve(recording.time_s, recording.tension_n, request.plan)
        result = score.to_dict()
        if score.kind is ExerciseKind.DYNAMIC:
            result["set"]["pattern"] = str(pattern_of(score, request.plan))
        show(path, recording, result)
    return problems


def print_json(path: Path, recording: Recording, score: dict[str, Any]) -> None:
    """One JSON object on one line; times in the file's own time base."""
    result = {"file": str(path), **score, "notes": list(recording.notes)}
    print(json.dumps(result, allow_nan=False))  # noqa: T201 - the command's output
