"""The page a person reads first in their copy."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from tempoband.storage.records.clinics import Clinic
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.records.people import Person

_WORDS: Final[Mapping[str, str]] = {
    "people": "who you are to the clinic",
    "assignments": "when you wore which sensor",
    "set_declarations": "sets as they were announced: exercise, side, tempo",
    "sets": "your sets",
    "scores": "what was computed from each set, every revision",
    "reps": "each repetition of each set",
    "set_digests": "figures of sets for lists",
    "prescriptions": "your plan, every version",
    "person_references": "your full range, as it was measured",
    "self_reports": "pain and effort, as you tapped them",
    "self_tests": "self-tests",
    "felt_tempos": "tempos you guessed",
    "notes": "the notes in your physio's file",
    "messages": "messages",
    "alerts": "rules that fired for your physio",
    "standings": "how your week stood",
    "recordings": "stretches marked on the Free screen",
    "consents": "what you agreed to, and when",
    "audit": "who saw or changed your data: by numbers, not names",
    "erasures": "what was erased",
}
_SIMULATED: Final = (
    "<p><strong>SIMULATED: nobody was measured.</strong> Virtual sensors made what is in here.</p>\n"
)
_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}td{padding:2px 16px 2px 0}"
)


def readme(
    clinic: Clinic,
    person: Person,
    *,
    counts: Mapping[str, int],
    stretches: Sequence[Stretch],
    now_us: int,
    without: frozenset[str] = frozenset(),
    simulated: bool = False,
) -> str:
    """One HTML page: what the copy holds, and how to read it."""
    rows = "".join(
        f"<tr><td><a href='records/{name}.ndjson'>{name}</a><td>{count}<td>{escape(_WORDS.get(name, ''))}"
        for name, count in counts.items()
        if count
    )
    worn = "".join(
        f"<tr><td>{escape(each.sensor)}<td>{_time(each.start_us)}<td>{_time(each.end_us)}"
        for each in stretches
    )
    return f"""<!doctype html><html lang="en"><meta charset="utf-8">
<title>Everything kept about {escape(person.display_name)}</title><style>{_STYLE}</style>
<h1>Everything kept about {escape(person.display_name)}</h1>
{_SIMULATED if simulated else ""}
<p>By {escape(clinic.name)}, made {_time(now_us)}. This is health data: keep it like a patient's file.</p>
<h2>To read</h2>
<p><a href="sets.csv">sets.csv</a> opens in a spreadsheet: one set a line.</p>
<h2>Records</h2>
<p>One JSON object a line. Times that end in <code>_us</code> are microseconds since 1970-01-01 UTC;
<code>_s</code> are seconds, <code>_n</code> newtons in one strand of the band.</p>
<table>{rows}</table>
{_left_out(without)}
<h2>Raw samples</h2>
<p>In <code>samples/</code>, one file a stretch in which a sensor was yours; <code>time_s</code> counts from
the time in the file's name, <code>tension_n</code> is the tension in newtons.</p>
<table>{worn or "<tr><td>none"}</table>
<h2>For another clinic</h2>
<p><code>frames/</code>, <code>devices.ndjson</code> and <code>manifest.json</code> hold the same for a
program: where tempoband runs, <code>tempoband import</code> reads this file in.</p>
</html>
"""


def _left_out(without: frozenset[str]) -> str:
    if not without:
        return ""
    words = ", ".join(_WORDS.get(name, name) for name in sorted(without))
    return f"<p>Not in here: {escape(words)}. Your clinic can make you a copy with it: ask them.</p>"


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
