"""Studies on simulated people: who is drawn, what is asked of the scorer, what came of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from analytics.signal import SetPlan, SetScore, find_sets, score_curve
from tempoband.app.validation.baseline import peak_reps
from tempoband.app.validation.match import Agreement, Bounded, pair
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.band import Band
from tempoband.simulator.cohort import Conditions, draw_faulty_set, draw_recording
from tempoband.simulator.motion import Span
from tempoband.simulator.people import METRONOME
from tempoband.simulator.profiles import HELD_OUT_FAMILIES, LATE_FAMILIES, NAMED_FAMILIES, TUNING_FAMILIES
from tempoband.simulator.script import (
    Activity,
    Donning,
    DynamicSet,
    Fault,
    IdleWear,
    IsometricPull,
    PushOut,
    Walk,
    WalkAbout,
)
from tempoband.simulator.sensor import Sensor
from tempoband.simulator.simulate import Recording, simulate
from tempoband.simulator.timing import EXPORT_80_HZ

TEMPOS = ("2-0-2-0", "2-1-2", "2-2-2", "1-0-1", "3-1-3", "3-2-3-1", "2-0-4-1")
RATES_HZ = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
FORCES_N = ((5.0, 20.0), (20.0, 80.0), (80.0, 300.0))
FAMILY_GROUPS = {
    "known while the method was chosen": TUNING_FAMILIES,
    "set aside for checking": HELD_OUT_FAMILIES,
    "added afterwards": LATE_FAMILIES,
}
STEPS = (0.005, 0.02, 0.05)  # what a reading's last digit stands for, as shares of the peak tension
NOISES = (0.001, 0.01)
MAIN_RATE_HZ = 80.0
SLOW_RATE_HZ = 10.0
REPS = 8
WORST_KEPT = 6
IDLE: dict[str, Sequence[Activity]] = {
    "putting the band on": [Donning(), IdleWear(10)],
    "standing in it": [IdleWear(60)],
    "walking about in it": [WalkAbout(60)],
    "one long pull": [IsometricPull(20)],
}


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One scored set, kept to be drawn."""

    title: str
    recording: Recording
    scored: Sequence[Bounded]
    error_s: float


@dataclass(slots=True)
class Study:
    """A question and its answer.

    Attributes:
        name: of the group, such as a tempo or a rate.
        agreement: of the scorer.
        baseline: of ``find_peaks`` on the same recordings.
        worst: the cases with the largest single boundary error, worst first.
    """

    name: str
    agreement: Agreement = field(default_factory=Agreement)
    baseline: Agreement = field(default_factory=Agreement)
    worst: list[Case] = field(default_factory=list)

    def keep(self, case: Case) -> None:
        """Remember it if it is among the worst."""
        self.worst = sorted([*self.worst, case], key=lambda c: -c.error_s)[:WORST_KEPT]


def score(recording: Recording, *, referenced: bool = True) -> SetScore:
    """Score as the product would, with the reference of practice reps or without one."""
    plan = SetPlan(
        kind=recording.kind,
        tempo=recording.tempo,
        reference_excursion_n=recording.reference_n if referenced else None,
        rate_hz=recording.rate_hz,
    )
    return score_curve(recording.time_s, recording.tension_n, plan)


def phases_of(name: str, recordings: Iterable[tuple[str, Recording]]) -> Study:
    """Boundaries and phase seconds of sets; reps whose dwell is borderline by definition are left out."""
    study = Study(name)
    for title, recording in recordings:
        scored = score(recording).reps
        _compare(study.agreement, recording, scored)
        _compare(study.baseline, recording, peak_reps(recording.time_s, recording.tension_n))
        worst_s = max((abs(e) for e in _errors_s(recording, scored)), default=0.0)
        study.keep(Case(title, recording, scored, worst_s))
    return study


def _compare(agreement: Agreement, recording: Recording, scored: Sequence[Bounded]) -> None:
    true = recording.truth.reps
    agreement.add_count(len(true), len(scored), sum(rep.interrupted for rep in true))
    for rep, found in pair(true, scored):
        if not (rep.borderline_dwell or rep.interrupted):
            agreement.add_times(rep, found)


def _errors_s(recording: Recording, scored: Sequence[Bounded]) -> list[float]:
    alone = Agreement()
    _compare(alone, recording, scored)
    return alone.boundary_error_s


def _sets(
    tempos: Sequence[str], conditions: Conditions, count: int, first_seed: int
) -> Iterator[tuple[str, Recording]]:
    for seed in range(first_seed, first_seed + count):
        tempo = tempos[seed % len(tempos)]
        script = _with_surroundings(DynamicSet(Tempo.parse(tempo), REPS), seed)
        yield f"{tempo}, {conditions.rate_hz:g} Hz, seed {seed}", draw_recording(script, conditions, seed)


def _with_surroundings(script: DynamicSet, seed: int) -> list[Activity]:
    """Every other set has standing about before it and walking about after it in the same recording."""
    return [IdleWear(6), script, WalkAbout(8)] if seed // len(TEMPOS) % 2 else [script]


def by_tempo(count: int) -> Iterator[Study]:
    """Anybody at 80 Hz, disturbed, per tempo."""
    for n, tempo in enumerate(TEMPOS):
        yield phases_of(tempo, _sets([tempo], Conditions(), count, 10_000 * (n + 1)))


def by_rate(count: int) -> Iterator[Study]:
    """Anybody, per sample rate, all tempos in turn."""
    for rate_hz in RATES_HZ:
        sets = _sets(TEMPOS, Conditions(rate_hz=rate_hz), count, 100_000)
        yield phases_of(f"{rate_hz:g} Hz", sets)
    exported = Conditions(export_timing=True)
    yield phases_of("80 Hz with holes at packet edges", _sets(TEMPOS, exported, count, 100_000))


def by_force(count: int) -> Iterator[Study]:
    """Light to heavy bands, all tempos in turn."""
    for peak_n in FORCES_N:
        sets = _sets(TEMPOS, Conditions(peak_n=peak_n), count, 700_000)
        yield phases_of(f"{peak_n[0]:g} to {peak_n[1]:g} N", sets)


def by_resolution(count: int) -> Iterator[Study]:
    """Sensors that read in coarse steps, quick and slow, calm and noisy, all tempos in turn."""
    for rate_hz, noise, step in product((MAIN_RATE_HZ, SLOW_RATE_HZ), NOISES, STEPS):
        conditions = Conditions(rate_hz=rate_hz, resolution_share=step, noise_share=noise)
        name = f"{rate_hz:g} Hz, noise {100 * noise:g} %, step {100 * step:g} %"
        yield phases_of(name, _sets(TEMPOS, conditions, count, 800_000))


def by_family(count: int) -> Iterator[Study]:
    """Groups of motion families, by how far the scoring method may have been made with them in mind."""
    for name, families in FAMILY_GROUPS.items():
        yield phases_of(name, _sets(TEMPOS, Conditions(families=families), count, 200_000))


def perfect_reps() -> Study:
    """A metronome in person: every family, every tempo, undisturbed 80 Hz."""
    band = Band.of_colour("green")
    return phases_of(
        "perfect metronome",
        (
            (f"{tempo}, {family}", _perfect(band, tempo, family, timing_seed))
            for timing_seed, family in enumerate(NAMED_FAMILIES)
            for tempo in TEMPOS
        ),
    )


def _perfect(band: Band, tempo: str, family: str, seed: int) -> Recording:
    sensor = Sensor.at(MAIN_RATE_HZ) if seed % 2 else replace(Sensor(), timing=EXPORT_80_HZ)
    return simulate(METRONOME.moving(family), band, sensor, DynamicSet(Tempo.parse(tempo), REPS), seed)


def faults(count: int) -> Study:
    """Commanded faults among ordinary reps; verdicts that are borderline by rule are left out."""
    study = Study("faults")
    for seed in range(300_000, 300_000 + count):
        script = draw_faulty_set(Tempo.parse(TEMPOS[seed % len(TEMPOS)]), seed)
        recording = draw_recording(script, Conditions(), seed)
        scored = score(recording).reps
        _compare(study.agreement, recording, scored)
        _judge_faults(study.agreement, recording, [(rep, rep.faults) for rep in scored])
    return study


def _judge_faults(
    agreement: Agreement, recording: Recording, scored: list[tuple[Bounded, Sequence[str]]]
) -> None:
    of = {id(rep): {str(f) for f in found} for rep, found in scored}
    pairs = {id(t): of[id(s)] for t, s in pair(recording.truth.reps, [rep for rep, _ in scored])}
    for rep in recording.truth.reps:
        seen = pairs.get(id(rep), set())
        kinds = [Fault.BAND_RELEASE] if rep.interrupted else list(Fault)
        for fault in kinds:
            if fault not in rep.borderline and fault is not Fault.SLACK:
                agreement.add_fault(fault, true=fault in rep.faults, seen=fault in seen)


def idle(count: int) -> Iterator[tuple[str, int, int, int]]:
    """Per idle activity: recordings, reps counted in an open set, reps found where none was declared."""
    for n, (name, script) in enumerate(IDLE.items()):
        in_set = undeclared = 0
        for seed in range(400_000 + 10_000 * n, 400_000 + 10_000 * n + count):
            recording = draw_recording(script, Conditions(), seed)
            in_set += len(score(recording).reps)
            undeclared += sum(len(s.reps) for s in find_sets(recording.time_s, recording.tension_n))
        yield name, count, in_set, undeclared


def slack(count: int) -> Study:
    """Walks and push-outs with a tared sensor, half of them with the band going slack twice."""
    study = Study("slack")
    for seed in range(600_000, 600_000 + count):
        recording = draw_recording(_held_script(seed), Conditions(tared=True), seed)
        found = score(recording).summary.get("slack_events", ())
        events = [Span(e["start_s"], e["start_s"] + e["seconds"]) for e in found]
        true = [span for held in recording.truth.held for span in held.slack]
        study.agreement.sets += 1
        for span in true:
            study.agreement.add_fault(Fault.SLACK, true=True, seen=any(_touch(span, e) for e in events))
        for event in events:
            if not any(_touch(event, span) for span in true):
                study.agreement.add_fault(Fault.SLACK, true=False, seen=True)
    return study


def _held_script(seed: int) -> Activity:
    loses = seed // 2 % 2 == 0
    if seed % 2:
        return Walk(slacks=(3, 16) if loses else ())
    return PushOut(slacks=(8.0, 20.0) if loses else ())


def _touch(one: Span, other: Span) -> bool:
    return one.start_s <= other.end_s and other.start_s <= one.end_s
