"""People and prescriptions, added through the API."""

from typing import Any

import httpx

CLAMSHELL = {"exercise": "clamshell", "tempo": "2-1-2", "sets": 3, "reps_lower": 12, "days_per_week": 3}


async def add(client: httpx.AsyncClient, name: str = "Ada") -> str:
    return str((await client.post("/api/people", json={"name": name})).json()["id"])


async def prescribe(client: httpx.AsyncClient, person: str, **changes: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/people/{person}/prescriptions", json=CLAMSHELL | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
