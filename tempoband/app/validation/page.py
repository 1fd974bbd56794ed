"""The validation page in Markdown: tables, plots, and what is not known."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from analytics.signal import Pattern
from tempoband.app.validation.match import Agreement
from tempoband.app.validation.patterns import PATTERN_WORDS
from tempoband.app.validation.recordings import RealResult
from tempoband.app.validation.simulated import Study
from tempoband.contracts.tempo import TEXT_ORDER, Phase
from tempoband.simulator import profiles

PUBLISHED_LIMITS = "-0.29 to 0.56 s"  # Rathleff et al. 2013, phases of 12 people, read by hand
_STUDY_HEAD = (
    "group | sets | count exact | boundary median | boundary 95 % | phase median | phase limits of agreement"
    " | within the stated 95 % | baseline: exact | baseline: boundary median / 95 %"
)

OPENING = """# Validation

Written by `tempoband validate`; scoring version {version}.

**What this page shows is not accuracy on people.** No recording of a person with a real elastic band, a
tension sensor in line and a second measurement of the movement is public, and we have none. The figures below
are from simulated people, whose true phases are known exactly, and from a few real strokes on machines. How
to measure the rest is at the end.

## How it is measured

- A person is simulated first: each phase follows one of {families} families of motion; tempo varies by up to
  30 % and range by up to 10 % from rep to rep; there is tremor of 5 to 11 Hz, sway, and fatigue.
- The band comes second: force against elongation after a published table, hysteresis, stress relaxation, a
  loop that is never slack; peaks from 5 to 300 N.
- The sensor comes third: noise, resolution, jitter and, unless the table says undisturbed, gaps of up to
  0.5 s, single corrupted samples, drift and a bad tare.
- The truth is taken from the motion before band and sensor touch it, by the definition of a phase boundary
  in [the design](design.md). Tremor and sway are not part of it: they are what has to be seen through.
- Repetitions beside a stop that is, by that definition, within 15 % of being a dwell or not, and verdicts
  on faults that a shift of the threshold by 15 % would change, are not judged. Every rep is counted.
- The scorer knows the tempo and the excursion of the person's practice reps. It never imports the simulator.
- Tempo is written {order}. "Phase" means the way out and the way back; the error is scored minus true.
- "Within the stated 95 %" is the share of ways out and back whose true seconds lie in the interval that the
  scorer gave with them (1.96 standard errors either way): about 95 %, unless it is too sure of itself.
- The baseline is SciPy's `find_peaks` and `peak_widths` after a median filter, on the same recordings.
"""

FAMILIES = """### Motion the method was not made for, 80 Hz, disturbed

The scorer learned how the ends of a phase look from random strokes of a generator of its own
(`bench/learn_strokes.py`), never from this simulator. That generator was written by people who knew the first
group of families; the second was set aside for checking an earlier method; the third (small submovements, a
damped settling, a rhythm on the motion) was added to the simulator after that, but has relatives among the
random strokes too. The other tables do not contain the third group.

{table}"""

PROTOCOL = """## What is not measured, and how to measure it

Accuracy on people with real bands is **not yet measured**. It takes an afternoon:

1. **People and bands.** At least 12 people, three exercises (clamshell, kickback, seated abduction), two
   bands each, the sensor tared before each set; record at 80 Hz.
2. **Metronome.** One beat a second through an earphone. Sets of ten reps at 2-0-2-0, 2-1-2-1, 3-2-3-2 and
   1-0-1-0 ({order}), in random order, and one set each at the person's own pace.
3. **Video.** 120 frames a second or more from the side, a marker on the moving limb and a light that flashes
   when the stream starts (or three sharp taps on the sensor, seen in both) to align the clocks. Check the
   alignment again at the end: clocks drift.
4. **Truth.** Track the marker, smooth its path (6 Hz low-pass), and apply the phase definition to its speed.
   Two raters mark ten percent of the reps by hand, blind to the tension; report their agreement first.
5. **Report** per phase: bias and limits of agreement (Bland and Altman), with repeated measures per person
   taken into account; reps missed and invented; both per exercise, tempo and band. Publish all sets.
6. **Fault recordings.** Each person is asked for five reps of each fault; the video decides what happened.

A page made from such a study replaces this one. Until then no figure here may be called accuracy on patients.
"""


def study_table(studies: Iterable[Study]) -> str:
    """One row per group."""
    return _table(_STUDY_HEAD, [_study_row(study) for study in studies])


def _study_row(study: Study) -> Sequence[str]:
    ours, base = study.agreement, study.baseline
    low, high = ours.limits_s()
    return (
        study.name,
        str(ours.sets),
        f"{ours.exact} of {ours.sets}",
        _ms(ours.boundary_median_s),
        _ms(ours.boundary_p95_s),
        _ms(ours.duration_median_s()),
        f"{low:+.2f} to {high:+.2f} s",
        "-" if np.isnan(ours.stated_95()) else f"{ours.stated_95():.0%}",
        f"{base.exact} of {base.sets}",
        f"{_ms(base.boundary_median_s)} / {_ms(base.boundary_p95_s)}",
    )


def families(studies: Iterable[Study]) -> str:
    """Groups of motion families, and what sets them apart."""
    return FAMILIES.format(table=study_table(studies))


def phase_table(agreement: Agreement) -> str:
    """Per phase: bias and limits, beside the best that is published."""
    rows = []
    for phase in (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC):
        low, high = agreement.limits_s(phase)
        bias = float(agreement.errors_s(phase).mean())
        median = _ms(agreement.duration_median_s(phase))
        rows.append((str(phase), median, f"{bias:+.3f} s", f"{low:+.2f} to {high:+.2f} s", PUBLISHED_LIMITS))
    head = "phase | median error | mean error | limits of agreement | best published, by hand"
    return _table(head, rows)


def fault_table(agreement: Agreement) -> str:
    """Precision and recall per fault."""
    names = sorted(set(agreement.hits) | set(agreement.misses) | set(agreement.alarms))
    rows = [
        (
            f"`{name}`",
            str(agreement.hits[name] + agreement.misses[name]),
            f"{agreement.precision(name):.3f}",
            f"{agreement.recall(name):.3f}",
        )
        for name in names
    ]
    return _table("fault | shown | precision | recall", rows)


def idle_table(rows: Iterable[tuple[str, int, int, int]]) -> str:
    """Reps counted where there are none."""
    head = "what is done | recordings | reps counted in an open set | reps found with no set declared"
    return _table(head, [(name, *map(str, figures)) for name, *figures in rows])


def pattern_table(told: Counter[tuple[Pattern, Pattern]]) -> str:
    """Confusion of the four patterns."""
    rows = [(PATTERN_WORDS[true], *(str(told[true, other]) for other in Pattern)) for true in Pattern]
    return _table("pulled | " + " | ".join(f"told: {PATTERN_WORDS[p]}" for p in Pattern), rows)


def real_table(results: Iterable[RealResult]) -> str:
    """Real recordings: figures only."""
    rows = []
    for result in results:
        got = result.agreement
        times = "-"
        if got and got.phases:
            low, high = got.limits_s()
            times = f"{_ms(got.boundary_median_s)} / {_ms(got.boundary_p95_s)}; {low:+.2f} to {high:+.2f} s"
        expected = "-" if result.expected is None else str(result.expected)
        rows.append((result.name, expected, str(result.counted), times, result.note))
    head = "recording | reps | counted | boundary median / 95 %; phase limits | truth"
    return _table(head, rows)


def picture(file: str, words: str) -> str:
    """An image with its description."""
    return f"![{words}](validation/{file})\n"


def opening(version: str) -> str:
    """Title and method."""
    return OPENING.format(version=version, order=TEXT_ORDER, families=len(profiles.NAMED_FAMILIES))


def protocol() -> str:
    """What is not known and how to find out."""
    return PROTOCOL.format(order=TEXT_ORDER)


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    columns = head.count("|") + 1
    lines = [f"| {head} |", "|" + " --- |" * columns, *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
