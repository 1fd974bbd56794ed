"""A made-up clinic straight in the records: people, prescriptions, scored sets, the shapes of their reps."""

from collections.abc import Iterator

import numpy as np
from sqlalchemy import insert

from analytics.coaching import rep_shape
from analytics.coaching.rep_shape import RepBounds
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import Side
from tempoband.storage.records import Records, people, prescriptions
from tempoband.storage.records.draft import Draft
from tempoband.storage.records.rows import new_id, values
from tempoband.storage.records.scored import Score, SetRecord
from tempoband.storage.records.set_digests import SetDigest
from tempoband.storage.records.tables import ScoreRow, SetDigestRow, SetRow

DAY_US = 86_400 * 1_000_000
SET_US = 60_000_000
REPS = 12
_SETS, _SET_EVERY_US = 3, 300_000_000
_DRAFT = Draft("clamshell", side=Side.LEFT, reps_lower=REPS, reps_upper=15, tempo="2-1-2", days_per_week=3)


def fill(
    records: Records, count: int, begun_us: int, days: tuple[int, ...], *, shapes: bool = False
) -> list[str]:
    """Three sets on each of the days since ``begun_us`` for everybody; returns who they are.

    One in five does every rep in half the time, so that the list has something to show.

    Args:
        shapes: also what the caseload draws of the reps; without, as right after an upgrade.
    """
    packed = _packed() if shapes else {}
    everybody, done, scores, digests = [], [], [], []
    with records.write() as session:
        for n in range(count):
            person = people.add(session, LOCAL_CLINIC, f"Patient {n}", now_us=begun_us).id
            made = prescriptions.prescribe(session, LOCAL_CLINIC, person, _DRAFT, by="bench", now_us=begun_us)
            everybody.append(person)
            for started_us in _starts(begun_us, days):
                item = _done(n, person, made.id, started_us)
                done.append(values(item) | {"clinic_id": LOCAL_CLINIC})
                scores.append(_score(item, 30.0 if n % 5 == 0 else 60.0))
                if shapes:
                    digest = SetDigest(item.id, 1, 0, 0, 30.0 + n % 7, 2.0, 900.0, packed)
                    digests.append(values(digest) | {"clinic_id": LOCAL_CLINIC})
        session.execute(insert(SetRow), done)  # at once: a hundred thousand rows
        session.execute(insert(ScoreRow), scores)
        if digests:
            session.execute(insert(SetDigestRow), digests)
    return everybody


def _starts(begun_us: int, days: tuple[int, ...]) -> Iterator[int]:
    return (begun_us + day * DAY_US + k * _SET_EVERY_US for day in days for k in range(_SETS))


def _packed() -> dict[str, object]:
    time_s = np.arange(REPS * 400) / 80
    tension_n = 20 * (1 - np.cos(time_s / 5 * 2 * np.pi))
    bounds = [RepBounds(5.0 * n, 5.0 * n + 2, 5.0 * n + 3, 5.0 * n + 5) for n in range(REPS)]
    return rep_shape.pack(time_s, tension_n, bounds)


def _done(number: int, person: str, prescription: str, begun_us: int) -> SetRecord:
    return SetRecord(
        id=new_id(),
        sensor=f"s{number}",
        person_id=person,
        declared=True,
        started_us=begun_us,
        ended_us=begun_us + SET_US,
        status=SetStatus.FINAL,
        revision=1,
        exercise="clamshell",
        side=Side.LEFT,
        prescription_id=prescription,
        prescription_version=1,
    )


def _score(item: SetRecord, seconds: float) -> dict[str, object]:
    rep = {"tempo": {"on_tempo": True}}
    document = {
        "scoring_version": "1",
        "reps": [rep] * REPS,
        "set": {"time_under_tension_s": {"total": seconds}},
    }
    score = values(Score.from_dict(document, scored_us=item.ended_us))
    score.pop("reps")
    shared = {name: getattr(item, name) for name in ("status", "coverage", "started_us", "ended_us")}
    return score | shared | {"clinic_id": LOCAL_CLINIC, "set_id": item.id, "revision": 1}
