"""What the demo's wearers would tap: enrolled and opened through the public API, as a person would."""

import asyncio
from typing import Any

import httpx
import structlog

from tempoband.simulator.wearer import Character, Cue, Moment, Wearer

FIRST_LOOK_S = 0.1
ANSWER_S = 10.0
log = structlog.get_logger(__name__)


class Director:
    """Makes the wearers' people and prescriptions, then opens and closes their sets on cue."""

    def __init__(self, address: str, cast: dict[str, Wearer]) -> None:
        """``cast`` maps the name that a sensor advertises to who wears it."""
        self._address = address
        self._cast = cast

    async def run(self) -> None:
        """Enrol each wearer once their sensor is seen, and follow them until cancelled."""
        async with (
            httpx.AsyncClient(
                base_url=self._address, timeout=ANSWER_S, headers={"Origin": self._address}
            ) as api,
            asyncio.TaskGroup() as group,
        ):
            for name, wearer in self._cast.items():
                group.create_task(self._follow(api, name, wearer))

    async def _follow(self, api: httpx.AsyncClient, name: str, wearer: Wearer) -> None:
        sensor = await self._sensor_of(api, name)
        person, prescription = await self._enrol(api, wearer.character)
        (await api.put(f"/api/sensors/{sensor}/person", json={"person_id": person})).raise_for_status()
        open_sets: list[str] = []

        async def on_cue(cue: Cue) -> None:
            if cue.moment is Moment.SET_BEGINS:
                order = {"sensor": sensor, "person_id": person, "prescription_id": prescription}
                answer = await api.post("/api/sets", json=order)
                answer.raise_for_status()
                open_sets.append(answer.json()["id"])
            elif open_sets:
                await _close(api, open_sets.pop())

        await wearer.announce(on_cue)

    async def _sensor_of(self, api: httpx.AsyncClient, name: str) -> str:
        """The id of the sensor that advertises ``name``, once the bridge has told of it."""
        while True:
            try:
                sensors: list[dict[str, Any]] = (await api.get("/api/sensors")).json()
            except httpx.TransportError:
                sensors = []  # the dashboard is still starting
            for sensor in sensors:
                if sensor["name"] == name:
                    return str(sensor["sensor"])
            await asyncio.sleep(FIRST_LOOK_S)

    async def _enrol(self, api: httpx.AsyncClient, character: Character) -> tuple[str, str]:
        """(person id, prescription id), made unless an earlier demo in this data folder made them."""
        people = (await api.get("/api/people")).json()
        known = [person for person in people if person["name"] == character.name]
        person = known[0] if known else await _post(api, "/api/people", {"name": character.name})
        plans = f"/api/people/{person['id']}/prescriptions"
        held = (await api.get(plans)).json()
        plan = held[0] if held else await _post(api, plans, _prescription(character))
        return str(person["id"]), str(plan["id"])


def _prescription(character: Character) -> dict[str, Any]:
    return {
        "exercise": character.exercise,
        "side": character.side,
        "tempo": str(character.tempo),
        "sets": character.sets,
        "reps_lower": character.reps,
        "reps_upper": character.reps,
        "days_per_week": 3,
    }


async def _post(api: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


async def _close(api: httpx.AsyncClient, set_id: str) -> None:
    answer = await api.post(f"/api/sets/{set_id}/close")
    if answer.status_code not in (httpx.codes.OK, httpx.codes.CONFLICT):  # it may have closed by itself
        answer.raise_for_status()
