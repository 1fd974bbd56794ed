"""The record asked for, on the day five weeks of work end."""

from datetime import date
from typing import Any

import httpx

from tests.support.five_weeks import Furnished, at

TODAY = date(2026, 11, 21)
NOW_US = at(TODAY, 20)


async def get(client: httpx.AsyncClient, furnished: Furnished, what: str, **query: Any) -> httpx.Response:
    answer = await client.get(f"/api/people/{furnished.person_id}/{what}", params=query)
    assert answer.status_code == 200, answer.text
    return answer
