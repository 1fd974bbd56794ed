"""``tempoband validate``: how far scoring can be trusted, as a page with plots."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analytics.signal import SCORING_VERSION
from analytics.signal.thresholds import DEFAULT_THRESHOLDS
from tempoband.app.validation import page, plots, simulated
from tempoband.app.validation.match import Agreement
from tempoband.app.validation.patterns import four_patterns
from tempoband.app.validation.recordings import data_dir, real_results
from tempoband.app.validation.simulated import Study
from tempoband.contracts.tempo import Phase

PAGE = "validation.md"
FOLDER = "validation"
DEFAULT_SETS = 60
_PATTERNS_EACH = 20  # as in the study with blinded raters
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Validation:
    """What ``run_validation`` wrote and found.

    Attributes:
        page: path of the Markdown page.
        main: agreement over all tempos at 80 Hz, disturbed.
        used_recordings: whether the real recordings were there.
    """

    page: Path
    main: Agreement
    used_recordings: bool


def run_validation(
    out_dir: Path,
    *,
    sets: int = DEFAULT_SETS,
    data: Path | None = None,
    progress: Progress = lambda _: None,
) -> Validation:
    """Simulate, score, compare and write ``validation.md`` with its plots in ``validation/``.

    Args:
        out_dir: such as ``docs``; made if it is not there.
        sets: simulated sets per tempo, rate and family group; faults and idle recordings in proportion.
        data: folder of the real recordings; by default ``$TEMPOBAND_DATA`` or ``../shared/data``.
        progress: told what is being done, in words.

    Raises:
        ValueError: fewer than one set.
        OSError: the folder cannot be written.
    """
    if sets < 1:
        raise ValueError(f"sets must be at least 1, not {sets}")
    data = data or data_dir()
    sections = _Sections(sets, progress)
    text = "\n".join(
        [page.opening(SCORING_VERSION), *sections.simulated(), *sections.real(data), page.protocol()]
    )
    folder = out_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, drawing in sections.drawings.items():
        (folder / name).write_text(drawing, encoding="utf-8")
    (out_dir / PAGE).write_text(text, encoding="utf-8")
    return Validation(out_dir / PAGE, sections.main, data is not None)


class _Sections:
    """The page, section by section, and the drawings it shows."""

    def __init__(self, sets: int, progress: Progress) -> None:
        self._sets, self._progress = sets, progress
        self.drawings: dict[str, str] = {}
        self.main = Agreement()

    def simulated(self) -> list[str]:
        return [
            "## Simulated people\n",
            *self._tempos(),
            *self._rates(),
            *self._forces(),
            *self._resolutions(),
            *self._families(),
            *self._perfect(),
            *self._counted(),
        ]

    def _tempos(self) -> list[str]:
        self._progress("simulated people, per tempo")
        studies = list(simulated.by_tempo(self._sets))
        for study in studies:
            self.main.merge(study.agreement)
        compared = (
            f"All tempos together; the times of {self.main.timed} of {self.main.reps} reps were compared."
        )
        return [
            f"### Per tempo, 80 Hz, disturbed\n\n{page.study_table(studies)}",
            f"{compared}\n\n{page.phase_table(self.main)}",
            self._draw("boundary-errors.svg", "Errors of phase boundaries", plots.error_histogram(self.main)),
            *(
                self._draw(
                    f"bland-altman-{phase}.svg",
                    f"Bland-Altman plot, {phase}",
                    plots.bland_altman(self.main.phases, self.main, phase),
                )
                for phase in (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)
            ),
            *self._worst(studies),
        ]

    def _worst(self, studies: list[Study]) -> list[str]:
        worst = sorted((case for s in studies for case in s.worst), key=lambda case: -case.error_s)
        drawn = [
            self._draw(f"worst-{n}.svg", f"Worst case {n}: {case.title}", plots.case_curve(case))
            for n, case in enumerate(worst[: simulated.WORST_KEPT], start=1)
        ]
        return [
            "### Worst cases\n\nThe sets with the largest single boundary error of the table above.\n",
            *drawn,
        ]

    def _rates(self) -> list[str]:
        self._progress("simulated people, per sample rate")
        table = page.study_table(simulated.by_rate(self._sets))
        return [f"### Per sample rate, all tempos, disturbed\n\n{table}"]

    def _forces(self) -> list[str]:
        self._progress("simulated people, per band")
        return [
            f"### Per peak tension, 80 Hz, disturbed\n\n{page.study_table(simulated.by_force(self._sets))}"
        ]

    def _resolutions(self) -> list[str]:
        self._progress("simulated people, per resolution and noise")
        table = page.study_table(simulated.by_resolution(max(self._sets // 2, 1)))
        limits = DEFAULT_THRESHOLDS
        words = (
            "What a reading's last digit stands for, and noise, as shares of the peak tension. Where a step"
            f" is more than {limits.max_smoothness_step:.0%} of a repetition's excursion, smoothness and the"
            " eccentric score are absent: a curve in stairs is no jerky return. Beyond"
            f" {limits.max_tempo_step:.0%} tempo is not scored."
        )
        return [f"### Coarse and noisy sensors, disturbed\n\n{words}\n\n{table}"]

    def _families(self) -> list[str]:
        self._progress("groups of motion families")
        return [page.families(simulated.by_family(self._sets))]

    def _perfect(self) -> list[str]:
        self._progress("perfect reps")
        study = simulated.perfect_reps()
        words = (
            f"A metronome in person, undisturbed: the worst phase of {study.agreement.reps} reps is"
            f" {study.agreement.worst_percent():.1f} % off; the goal is 3 %."
        )
        return [f"### Perfect reps\n\n{words}\n\n{page.study_table([study])}"]

    def _counted(self) -> list[str]:
        self._progress("faults, idle wear, patterns")
        found = simulated.faults(4 * self._sets).agreement
        found.merge(simulated.slack(self._sets).agreement)
        told = four_patterns(_PATTERNS_EACH)
        right = sum(n for (true, said), n in told.items() if true is said)
        patterns = f"Blinded raters told 80 of 80 from curves. Here: {right} of {told.total()}."
        return [
            f"### Faults\n\nThe goal is 0.95 for each.\n\n{page.fault_table(found)}",
            f"### Nothing to count\n\n{page.idle_table(simulated.idle(max(self._sets // 2, 1)))}",
            f"### Four patterns\n\n{patterns}\n\n{page.pattern_table(told)}",
        ]

    def real(self, data: Path | None) -> list[str]:
        """Figures of the real recordings, or that they were not there."""
        if data is None:
            return ["## Real recordings\n\nThe recordings were not there when this page was written.\n"]
        self._progress("real recordings")
        words = (
            "Third-party measurements that are no part of this project; only these figures leave them."
            " None is of a person with an elastic band. The phases of the first come from the measured"
            " position."
        )
        return [f"## Real recordings\n\n{words}\n\n{page.real_table(real_results(data))}"]

    def _draw(self, name: str, words: str, drawing: str) -> str:
        self.drawings[name] = drawing
        return page.picture(name, words)
