"""Real recordings beside the project: only figures leave them, never a sample.

None is of a person with an elastic band and a tension sensor; no such public recording is known. They are
strokes on a cable motor, the same strokes turned into band tension by a published curve, and a leg machine.
"""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from analytics.signal import SetPlan, score_curve
from tempoband.app.scoring.recordings import read_recording
from tempoband.app.validation.baseline import PeakRep
from tempoband.app.validation.match import Agreement, pair

FloatArray = npt.NDArray[np.float64]
DATA_VARIABLE = "TEMPOBAND_DATA"
_BESIDE = Path(__file__).resolve().parents[3].parent / "shared" / "data"
_GRID_HZ = 100.0
_SMOOTHING_S = 0.06  # positions come at 60 Hz with doubled stamps
_BOUNDARY_SPEED = 0.05
_TURNING_DWELL_S, _TURNING_DWELL_SHARE = 0.35, 0.10  # the share is of the way out and back


@dataclass(frozen=True, slots=True)
class RealResult:
    """One recording.

    Attributes:
        name: what it is, in words.
        expected: reps by another measurement; None where there is none.
        counted: by the scorer.
        agreement: of boundaries, where position gives them.
        note: what the truth is.
    """

    name: str
    expected: int | None
    counted: int
    agreement: Agreement | None
    note: str


def data_dir() -> Path | None:
    """Where the recordings are, or None: they are no part of the project."""
    path = Path(os.environ.get(DATA_VARIABLE, _BESIDE))
    return path if path.is_dir() else None


def real_results(data: Path) -> list[RealResult]:
    """Score every recording whose file is there."""
    cable, leg = data / "cable_strokes", data / "leg_machine"
    results = [
        _with_position(cable, "m2_derived_blue_band_tension.csv", "strokes as tension of a blue band"),
        _motor_force(cable),
        _leg_machine(leg / "legext_isok_R.txt", "leg extension machine", 3, "three reps and a set-up move"),
        _leg_machine(leg / "legpress_isom_R.txt", "leg press, one push", 0, "position stays flat"),
        *(
            _uncounted(cable / name, f"strokes, load stepped up ({name[:2]})")
            for name in ("m3_motor_60hz.csv", "m4_motor_60hz.csv")
        ),
    ]
    return [result for result in results if result is not None]


def _with_position(folder: Path, name: str, words: str) -> RealResult | None:
    paths = [folder / file for file in (name, "m2_motor_60hz.csv", "m2_reps_from_position.csv")]
    if not all(path.is_file() for path in paths):
        return None
    true = _reps_from_position(paths[1], paths[2])
    curve = read_recording(paths[0])
    scored = score_curve(curve.time_s, curve.tension_n, SetPlan()).reps
    agreement = Agreement()
    agreement.add_count(len(true), len(scored))
    for rep, found in pair(true, scored):
        agreement.add_times(rep, found)
    note = "the phase definition applied to the measured position, smoothed over 60 ms"
    return RealResult(words, len(true), len(scored), agreement, note)


def _motor_force(folder: Path) -> RealResult | None:
    """A motor keeps its force through a stroke, so its phases are not those of the position: only a count."""
    strokes, reps = folder / "m2_motor_60hz.csv", folder / "m2_reps_from_position.csv"
    if not (strokes.is_file() and reps.is_file()):
        return None
    curve = read_recording(strokes)
    counted = len(score_curve(curve.time_s, curve.tension_n, SetPlan()).reps)
    expected = len(_reps_from_position(strokes, reps))
    note = "position; the motor keeps its force through the stroke, so only the count compares"
    return RealResult("the same strokes, force of the motor cable", expected, counted, None, note)


def _reps_from_position(positions: Path, reps: Path) -> list[PeakRep]:
    """Boundaries by this project's definition, from position alone."""
    with positions.open(encoding="utf-8") as file:
        rows = [(float(r["time_s"]), float(r["position_turns"])) for r in csv.DictReader(file)]
    time_s, first = np.unique([t for t, _ in rows], return_index=True)
    position = np.array([p for _, p in rows])[first]
    grid_s = np.arange(time_s[0], time_s[-1], 1 / _GRID_HZ)
    smooth = gaussian_filter1d(np.interp(grid_s, time_s, position), _SMOOTHING_S * _GRID_HZ)
    with reps.open(encoding="utf-8") as file:
        windows = [(float(r["start_s"]), float(r["peak_s"]), float(r["end_s"])) for r in csv.DictReader(file)]
    speed = np.gradient(smooth) * _GRID_HZ
    sign = 1.0 if _mean_speed(grid_s, speed, windows[0][:2]) > 0 else -1.0
    return [_bounded(grid_s, sign * speed, *window) for window in windows]


def _mean_speed(grid_s: FloatArray, speed: FloatArray, span: tuple[float, float]) -> float:
    return float(speed[(grid_s >= span[0]) & (grid_s <= span[1])].mean())


def _bounded(grid_s: FloatArray, speed: FloatArray, start_s: float, peak_s: float, end_s: float) -> PeakRep:
    out = _crossings(grid_s, speed, start_s - 0.5, peak_s)
    back = _crossings(grid_s, -speed, peak_s, end_s + 0.5)
    moving_s, dwell_s = out[1] - out[0] + back[1] - back[0], back[0] - out[1]
    if dwell_s < max(_TURNING_DWELL_S, _TURNING_DWELL_SHARE * moving_s):
        turn_s = out[1] + (out[1] - out[0]) / moving_s * dwell_s  # no hold is prescribed and this is none
        out, back = (out[0], turn_s), (turn_s, back[1])
    return PeakRep(*out, *back)


def _crossings(grid_s: FloatArray, speed: FloatArray, from_s: float, to_s: float) -> tuple[float, float]:
    inside = np.flatnonzero((grid_s >= from_s) & (grid_s <= to_s))
    fast = inside[speed[inside] >= _BOUNDARY_SPEED * speed[inside].max()]
    return float(grid_s[fast[0]]), float(grid_s[fast[-1]])


def _leg_machine(path: Path, words: str, expected: int, note: str) -> RealResult | None:
    if not path.is_file():
        return None
    rows = [line.split("|") for line in path.read_text(encoding="utf-8").splitlines()]
    samples = [(float(row[0]), float(row[2])) for row in rows if len(row) > 2 and _is_number(row[2])]
    time_s, torque = np.array(samples).T
    order = np.argsort(time_s, kind="stable")
    counted = len(score_curve(time_s[order], torque[order], SetPlan()).reps)
    return RealResult(words, expected, counted, None, note)


def _uncounted(path: Path, words: str) -> RealResult | None:
    if not path.is_file():
        return None
    curve = read_recording(path)
    counted = len(score_curve(curve.time_s, curve.tension_n, SetPlan()).reps)
    return RealResult(words, None, counted, None, "no second measurement")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
