"""Examples of what the records hold."""

from typing import Any

from tempoband.contracts.events import SetStatus
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.draft import Draft
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.scored import Score, SetRecord

T0 = 1_790_000_000_000_000
SECOND = 1_000_000
CLINIC = "local"
SENSOR = "progressor-1"


def declaration(**changes: Any) -> SetDeclaration:
    given = {"id": new_id(), "sensor": SENSOR, "person_id": None, "opened_us": T0, "by": "local-owner"}
    return SetDeclaration(**(given | changes))


def set_record(**changes: Any) -> SetRecord:
    given = {
        "id": new_id(),
        "sensor": SENSOR,
        "person_id": None,
        "declared": True,
        "started_us": T0,
        "ended_us": T0 + 60 * SECOND,
        "status": SetStatus.PROVISIONAL,
        "revision": 1,
    }
    return SetRecord(**(given | changes))


def score_document(on_tempo: list[bool | None], **summary: Any) -> dict[str, Any]:
    """What ``SetScore.to_dict()`` gives, as far as the records care."""
    reps = [
        {"index": n, "concentric_start_s": 4.0 * n, "peak_n": 40.0, "faults": [], "tempo": {"on_tempo": kept}}
        for n, kept in enumerate(on_tempo)
    ]
    if "tut_s" in summary:
        summary["time_under_tension_s"] = {"total": summary.pop("tut_s")}
    return {"scoring_version": "1", "reps": reps, "set": {"kind": "dynamic", "sentence": "Good.", **summary}}


def score(on_tempo: list[bool | None], scored_us: int = T0, **summary: Any) -> Score:
    return Score.from_dict(score_document(on_tempo, **summary), scored_us=scored_us)


def draft(**changes: Any) -> Draft:
    given = {
        "exercise": "clamshell",
        "reps_lower": 12,
        "reps_upper": 15,
        "tempo": "2-1-2",
        "days_per_week": 3,
    }
    return Draft(**(given | changes))
