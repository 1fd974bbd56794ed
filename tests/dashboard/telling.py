"""Sets told through the API, and scored as analytics would."""

from dataclasses import replace
from typing import Any

import httpx

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.storage.records import declarations, sets
from tests.dashboard.served import SENSOR
from tests.records.make import score, set_record


async def open_set(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.post("/api/sets", json={"sensor": SENSOR} | asked)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def score_it(services: Services, set_id: str, on_tempo: list[bool | None], **changes: Any) -> None:
    """What analytics does once it has seen the set's samples."""
    with services.records.write() as session:
        told = declarations.get(session, LOCAL_CLINIC, set_id)
        item = set_record(
            id=set_id,
            sensor=told.sensor,
            person_id=told.person_id,
            exercise=told.exercise,
            side=told.side,
            tempo=told.tempo,
            prescription_id=told.prescription_id,
            prescription_version=told.prescription_version,
            started_us=told.opened_us,
            ended_us=told.opened_us + 61_000_000,
            status=SetStatus.FINAL,
        )
        sets.save(session, LOCAL_CLINIC, replace(item, **changes), score(on_tempo, tut_s=50.0))
