"""Every route of the application, filled in so that it can be asked, and who asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIWebSocketRoute, iter_route_contexts
from starlette.routing import Mount

from dashboard.deps import May, Open, who_asks
from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topic_rules import Holder
from tempoband.identity.permissions import Action
from tempoband.identity.principal import Principal, Role
from tempoband.storage.records import (
    bridges,
    clinics,
    declarations,
    devices,
    notes,
    people,
    prescriptions,
    programmes,
    sets,
)
from tempoband.storage.records.devices import Device
from tempoband.storage.records.notes import Note
from tempoband.storage.records.programmes import Mode, Programme
from tests.dashboard.served import SENSOR, T0
from tests.records.make import declaration, draft, score, set_record

CLAMSHELL = {"exercise": "clamshell", "reps_lower": 10, "days_per_week": 2}


BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/people"): {"name": "New"},
    ("PUT", "/api/sensors/{sensor}/person"): {"person_id": None},
    ("POST", "/api/sensors/{sensor}/calibrate"): {"load_n": 0},
    ("POST", "/api/sets"): {"sensor": SENSOR},
    ("PATCH", "/api/sets/{set_id}"): {"side": "right"},
    ("POST", "/api/sets/{set_id}/split"): {"after_rep": 1},
    ("POST", "/api/sets/{set_id}/merge"): {"set_id": "its own"},
    ("POST", "/api/people/{person_id}/reports"): {"pain": 3},
    ("POST", "/api/people/{person_id}/messages"): {"body": "Hello"},
    ("POST", "/api/people/{person_id}/messages/read"): {"ids": []},
    ("POST", "/api/people/{person_id}/watch"): {},
    ("POST", "/api/people/{person_id}/watch/answer"): {"yes": True},
    ("POST", "/api/people/{person_id}/watch/cue"): {"text": "Slower back"},
    ("POST", "/api/caseload/{person_id}/snooze"): {"days": 3},
    ("POST", "/api/caseload/{person_id}/send"): {"body": "Hello"},
    ("PUT", "/api/rules"): {"rule": "pain", "limits": {"pain": 6}},
    ("PUT", "/api/daily-mail"): {"enabled": False, "to": []},
    ("POST", "/api/daily-mail/test"): {"to": "somebody@example.org"},
    ("POST", "/api/people/{person_id}/notes"): {"body": "x"},
    ("POST", "/api/programmes"): {
        "name": "Mine",
        "items": [CLAMSHELL],
    },
    ("POST", "/api/people/{person_id}/programmes"): {"programme_id": "warm-up"},
    ("POST", "/api/prescriptions/{prescription_id}/advice"): {"step": "reps", "version": 1},
    ("POST", "/api/people/{person_id}/references"): {"set_id": "its own", "floor_n": 20},
    ("PUT", "/api/people/{person_id}/language"): {"language": "de"},
    ("POST", "/api/people/{person_id}/felt"): {"set_id": "its own", "guess_s": 2},
    ("POST", "/api/people/{person_id}/self-tests"): {"test": "deep-squat-test", "passed": {"both": True}},
    ("POST", "/api/people/{person_id}/prescriptions"): {
        "exercise": "clamshell",
        "reps_lower": 10,
        "days_per_week": 2,
    },
}


QUERIES = {
    "/api/drawing": {"slug": "clamshell"},
    "/api/sensors/{sensor}/samples.csv": {"start_us": T0, "end_us": T0 + 1},
}


ACCOUNT_IDS = dict.fromkeys(("session_id", "token_id", "account_id", "invitation_id", "device_id"), "none")


@dataclass(frozen=True)
class Way:
    """One method on one path, and what it needs."""

    method: str
    path: str
    action: Action

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Filled:
    """A clinic with one of everything."""

    ids: dict[str, str]

    async def ask(self, client: httpx.AsyncClient, way: Way) -> httpx.Response:
        path = way.path.format(**self.ids)
        body = BODIES.get((way.method, way.path))
        if body and body.get("set_id") == "its own":
            body = body | {"set_id": self.ids["set_id"]}
        return await client.request(way.method, path, json=body, params=QUERIES.get(way.path))


# Routes for people who are not known yet: tests/accounts tries them.
OPEN = {
    "GET /healthz",
    "POST /api/join/look",
    "POST /api/join/staff",
    "POST /api/join/wearer",
    "POST /api/session",
    "POST /api/pairing",  # tests/uplink tries these two
    "WS /mqtt",
}


def gates(dependant: Dependant) -> Iterator[May | Open]:
    for each in dependant.dependencies:
        if isinstance(each.call, May | Open):
            yield each.call
        yield from gates(each)


def ways(app: FastAPI) -> list[Way]:
    found = []
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            assert context.path == ""  # the page itself: the same for everybody, without any data
            continue
        [gate] = list(gates(context.dependant))  # fails for a route without one, or with two
        socket = isinstance(context.original_route, APIWebSocketRoute)
        for method in ["WS"] if socket else sorted(context.methods or ()):
            if isinstance(gate, Open):
                assert f"{method} {context.path}" in OPEN
            else:
                found.append(Way(method, context.path or "", gate.action))
    return found


def fill(services: Services) -> Filled:
    with services.records.write() as session:
        person = people.add(session, LOCAL_CLINIC, "Ada", now_us=T0).id
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Sensor", T0))
        devices.assign(session, LOCAL_CLINIC, SENSOR, person, now_us=T0)
        made = prescriptions.prescribe(session, LOCAL_CLINIC, person, draft(), by="p", now_us=T0)
        group = Programme("g", "Hips", Mode.REHAB, [CLAMSHELL], T0, "p")
        programmes.add(session, LOCAL_CLINIC, group)
        notes.add(session, LOCAL_CLINIC, Note("n", person, "x", T0, "p"))
        told = declaration(person_id=person, opened_us=T0)
        declarations.open_set(session, LOCAL_CLINIC, told)
        item = set_record(id=told.id, person_id=person, started_us=T0, ended_us=T0 + 1)
        sets.save(session, LOCAL_CLINIC, item, score([True]))
        bridges.enrol(session, LOCAL_CLINIC, bridges.Bridge("h", Holder.HOME, "Home", "hash", T0, "p"))
        bridges.move_in(session, LOCAL_CLINIC, "h", person)
        clinics.ensure(session, "other", "Other clinic", now_us=T0)
    ids = {"person_id": person, "sensor": SENSOR, "prescription_id": made.id, "set_id": told.id}
    return Filled(ACCOUNT_IDS | ids | {"programme_id": group.id, "note_id": "n", "home_id": "h"})


def be(app: FastAPI, role: Role, *, clinic: str = LOCAL_CLINIC, person: str | None = None) -> None:
    principal = Principal(id="somebody", role=role, clinic_id=clinic, person_id=person)
    app.dependency_overrides[who_asks] = lambda: principal
