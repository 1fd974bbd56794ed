"""What tests of stored scoring tell and compare."""

from dataclasses import replace

from tempoband.contracts.events import CloseReason
from tempoband.storage.records import devices, people, prescriptions
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.draft import Draft
from tests.analytics.conftest import CLINIC, SENSOR, Bench
from tests.analytics.curves import START_US, Tape, reps, rest


def essence(bench: Bench) -> list[tuple]:
    """What the sets say, without when they were scored and how often."""
    return [(replace(s.set, revision=0), s.score and replace(s.score, scored_us=0)) for s in bench.sets()]


def exercise_tape(count: int = 8, after_s: float = 40) -> Tape:
    return Tape().add(rest(10), reps(count), rest(after_s))


def prescribe(bench: Bench, **draft) -> tuple[str, str]:
    with bench.records.write() as session:
        device = devices.Device(SENSOR, "Sensor", START_US, "bridge")
        devices.seen(session, CLINIC, device)
        person = people.add(session, CLINIC, "Ada", now_us=START_US)
        base = {"exercise": "clamshell", "reps_lower": 4, "reps_upper": 5, "tempo": "2-0-2"}
        told = Draft(**(base | {"days_per_week": 3} | draft))
        made = prescriptions.prescribe(session, CLINIC, person.id, told, by="x", now_us=START_US)
    return person.id, made.id


def label_of(set_id: str, opened_us: int, closed_us: int) -> SetDeclaration:
    return SetDeclaration(
        id=set_id,
        sensor=SENSOR,
        person_id=None,
        opened_us=opened_us,
        closed_us=closed_us,
        close_reason=CloseReason.HAND,
        by="local-owner",
        exercise="clamshell",
        tempo="2-0-2",
    )
