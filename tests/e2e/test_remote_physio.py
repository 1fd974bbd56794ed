"""A wearer at home, a physio elsewhere: two programs on two folders, a mosquitto with rules between them."""

import json
import os
import sys
import threading
import time
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Self

import httpx
import numpy as np
import pytest
from websockets.sync.client import connect

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.topics import ROOT, UpKind
from tempoband.storage.records import Records, audit
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.dashboard.served import decode
from tests.support.clinic import SECRET, Clinic, Home, samples
from tests.support.mqtt import PlainClient
from tests.support.processes import until
from tests.timeseries.making import all_stored, make_stream

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(600)]
PATIENCE_S = 180
DAY_FROM_US = 1_790_000_000_000_000
HOURS, FRAMES_AN_HOUR = 24, 120


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    made = Clinic(tmp_path_factory.mktemp("clinic"))
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def person(clinic) -> str:
    return clinic.post("/api/people", {"name": "Ada"}).json()["id"]


@pytest.fixture(scope="module")
def home(clinic, person, tmp_path_factory):
    code = clinic.post(f"/api/people/{person}/pairing-code").json()["code"]
    made = Home(tmp_path_factory.mktemp("home"), clinic.url, code)
    made.start()
    until(lambda: (made.get("/api/clinic") or {}).get("state") == "linked", "the link", PATIENCE_S)
    yield made
    made.close()


@pytest.fixture(scope="module")
def spy(clinic):
    with PlainClient(clinic.broker.port, "tempoband", SECRET) as client:
        client.listen(f"{ROOT}/+/up/#")
        yield client


def test_the_credential_is_the_owners_alone_and_the_code_is_used_up(clinic, home):
    kept = home.data / "clinic.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    code = home.command[-2]
    again = clinic.post(
        "/api/pairing",
        {"code": code, "name": "x", "version": "0", "protocol_min": 1, "protocol_max": 1},
    )
    assert (again.status_code, again.json()["reason"]) == (403, "forbidden")


def test_a_prescription_comes_down_and_a_set_goes_up(clinic, home, person, spy):
    plan = {"exercise": "clamshell", "tempo": "2-1-2", "reps_lower": 10, "days_per_week": 3}
    assert clinic.post(f"/api/people/{person}/prescriptions", plan).status_code == httpx.codes.CREATED
    held = until(
        lambda: home.get(f"/api/people/{person}/prescriptions"), "the prescription at home", PATIENCE_S
    )
    sensor = until(lambda: home.get("/api/sensors"), "the sensor", PATIENCE_S)[0]["sensor"]
    order = {"sensor": sensor, "person_id": person, "prescription_id": held[0]["id"], "side": "left"}
    opened = home.ask("POST", "/api/sets", order)
    assert opened.status_code == httpx.codes.CREATED, opened.text
    set_id = opened.json()["id"]
    until(lambda: len(home.get(f"/api/sets/{set_id}")["reps"]) >= 3, "three reps at home", PATIENCE_S)
    assert home.ask("POST", f"/api/sets/{set_id}/close").status_code == httpx.codes.OK
    ended_s = time.monotonic()
    seen = until(lambda: clinic.get(f"/api/sets/{set_id}"), "the set at the clinic", PATIENCE_S)
    print(f"the physio saw the set {time.monotonic() - ended_s:.1f} s after its end")  # noqa: T201
    assert seen["person"]["id"] == person
    final = until(lambda: scored(clinic, set_id), "its score at the clinic", PATIENCE_S)
    ours = until(lambda: scored(home, set_id), "its score at home", PATIENCE_S)
    print(f"scored there {time.monotonic() - ended_s:.1f} s after its end")  # noqa: T201
    assert final["score"] == ours["score"]
    assert final["reps"] == ours["reps"]
    assert not [topic for topic, _ in spy.got if topic.endswith(f"/{UpKind.FRAMES}")]
    assert [topic for topic, _ in spy.got if topic.endswith(f"/{UpKind.BACKFILL}")]


class PhysiosPage:
    """What the watch page does at the clinic: it asks how the watch stands, and so keeps it going."""

    def __init__(self, clinic: Clinic, person: str) -> None:
        self.path = f"/api/people/{person}/watch"
        self.clinic = clinic
        self.shown: dict = {}
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def __enter__(self) -> Self:
        asked = self.clinic.post(self.path, {})
        assert asked.is_success, asked.text
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    def _poll(self) -> None:
        with httpx.Client(base_url=self.clinic.url, timeout=20) as api:
            while not self._left.wait(0.5):
                answer = api.get(self.path, params={"watching": True})
                self.shown = answer.json() if answer.is_success else {}


def test_the_physio_watches_while_the_wearer_agrees_and_nothing_live_crosses_otherwise(
    clinic, home, person, spy
):
    path = f"/api/people/{person}/watch"
    with PhysiosPage(clinic, person) as page:
        until(lambda: home.get(path)["state"] == "asked", "the wearer to be asked")
        sensor = home.get("/api/sensors")[0]["sensor"]
        refused = clinic.post(f"{path}/answer", {"yes": True})
        assert refused.status_code == httpx.codes.CONFLICT  # only the page at home agrees
        assert live(spy) == 0
        assert home.ask("POST", f"{path}/answer", {"yes": True}).json()["state"] == "watching"
        until(lambda: page.shown.get("state") == "watching", "the physio to be let in")
        assert (page.shown["sensor"], page.shown["home"]["reached"]) == (sensor, True)
        seen = watched(clinic, sensor, 20)
        assert seen
        opened = home.ask(
            "POST", "/api/sets", {"sensor": sensor, "person_id": person, "exercise": "clamshell"}
        )
        set_id = opened.json()["id"]
        until(lambda: clinic.get(f"/api/sets/{set_id}"), "the open set at the clinic")
        assert clinic.get(f"/api/sets/{set_id}")["status"] == "open"
        assert not [each for each in clinic.get("/api/sets?limit=50")["sets"] if each["id"] == set_id]
        assert clinic.post(f"{path}/cue", {"text": "Slower back"}).is_success
        until(lambda: (home.get(path)["cue"] or {}).get("text") == "Slower back", "the cue at home")
        clinic.broker.stop()  # the home is cut off in mid-watch
        until(lambda: home.get("/api/clinic")["state"] != "linked", "the cut")
        clinic.broker.start()
        until(lambda: home.get("/api/clinic")["state"] == "linked", "the home to be back", PATIENCE_S)
        assert watched(clinic, sensor, 20)
        assert live(spy) > 0
        assert home.ask("POST", f"/api/sets/{set_id}/discard").is_success
        assert home.ask("POST", f"{path}/end").json()["state"] == "none"  # the wearer has had enough
        until(lambda: page.shown.get("state") == "none", "the physio to be told")
        with PlainClient(clinic.broker.port, "tempoband", SECRET) as after:
            after.listen(f"{ROOT}/+/up/#")
            until(lambda: not frames_come(after), "an end of what is live")
    stored = dict(zip(*(each.tolist() for each in samples(home.data, sensor)), strict=True))
    assert {at: np.float32(stored[at]) for at in seen if at in stored} == seen
    assert [act["detail"]["what"] for act in acts(clinic.data, person)] == [
        "asked",
        "agreed at home",
        "cue",
        "ended at home",
    ]
    assert [act["detail"]["what"] for act in acts(home.data, person)] == [
        "asked by the clinic",
        "agreed",
        "cue",
        "ended",
    ]


def watched(clinic: Clinic, sensor: str, blocks: int) -> dict[int, np.float32]:
    """What a live page at the clinic draws: samples by their time."""
    found: dict[int, np.float32] = {}
    with connect(f"ws://127.0.0.1:{clinic.page}/api/live/{sensor}", origin=clinic.url) as page:
        hello = json.loads(page.recv(30))
        assert (hello["type"], hello["status"]["sensor"]) == ("hello", sensor)
        while blocks:
            message = page.recv(60)
            if isinstance(message, str):
                event = json.loads(message)
                if event["type"] == "ping":
                    page.send(json.dumps({"type": "pong", "n": event["n"]}))
                continue
            blocks -= 1
            block = decode(message)
            times = [block.t0_us + dt_us for dt_us in block.dt_us]
            found |= dict(zip(times, map(np.float32, block.tension_n), strict=True))
    return found


def live(spy: PlainClient) -> int:
    return sum(topic.endswith(f"/{UpKind.LIVE}") for topic, _ in spy.got)


def frames_come(spy: PlainClient) -> bool:
    before = live(spy)
    time.sleep(1)
    return live(spy) > before


def acts(folder: Path, person: str) -> list[dict]:
    """Who watched whom, as the audit of one side keeps it, oldest first."""
    with (
        closing(Records(f"sqlite:///{folder / 'records.sqlite'}", owner=False)) as records,
        records.read() as session,
    ):
        found = list(audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62, person_id=person))
    return [asdict(act) for act in found if act.resource == "watch"]


def scored(side, set_id: str):
    found = side.get(f"/api/sets/{set_id}")
    return found if found and found["status"] == "final" else None


def test_cut_off_for_a_day_it_catches_up_and_loses_nothing(clinic, home):
    clinic.broker.stop()
    home.stop()
    store = SqliteStore(home.data)  # what a day without the clinic leaves at home
    sensor = store.sensors()[0]
    day = []
    for hour in range(HOURS):
        shift_us = DAY_FROM_US + hour * 3600 * 10**6
        frames = make_stream(f"{hour + 1:016x}", FRAMES_AN_HOUR, 8)
        first_us = frames[0].t0_us
        day += [replace(frame, t0_us=frame.t0_us - first_us + shift_us) for frame in frames]
        store.write(all_stored(day[-FRAMES_AN_HOUR:], sensor=sensor, bridge="home-bridge"))
    store.close()
    home.command[-2] = ""  # paired already
    home.start()
    until(lambda: waiting(home) >= HOURS * FRAMES_AN_HOUR, "the day to wait", PATIENCE_S)
    clinic.broker.start()
    until(lambda: waiting(home) < FRAMES_AN_HOUR, "the home to catch up", PATIENCE_S)
    home.stop()
    at_home, at_clinic = samples(home.data, sensor), samples(clinic.data, sensor)
    until(lambda: len(samples(clinic.data, sensor)[0]) >= len(day) * 8, "the last commit", 30)
    sent = np.concatenate([frame.time_us for frame in day])
    assert np.isin(sent, samples(clinic.data, sensor)[0]).all()
    at_clinic = samples(clinic.data, sensor)
    assert len(np.unique(at_clinic[0])) == len(at_clinic[0])
    known = np.isin(at_home[0], at_clinic[0])
    assert np.isin(at_clinic[0], at_home[0]).all()
    assert (~known).sum() <= 80 * 10  # the home was stopped a moment after its last samples
    values = dict(zip(at_home[0].tolist(), at_home[1].tolist(), strict=True))
    assert [values[at] for at in at_clinic[0].tolist()] == at_clinic[1].tolist()


def waiting(home: Home) -> int:
    return (home.get("/api/clinic") or {}).get("waiting_frames", 0)


def test_the_fleet_shows_it_and_a_revoked_home_is_cut(clinic, home):
    home.start()
    until(lambda: (home.get("/api/clinic") or {}).get("state") == "linked", "the link", PATIENCE_S)
    shown = until(lambda: clinic.home() if clinic.home()["online"] else None, "the home in the fleet")
    assert shown["people"][0]["name"] == "Ada"
    assert shown["version"]
    assert clinic.post(f"/api/homes/{shown['id']}/revoke").status_code == httpx.codes.OK
    until(lambda: home.get("/api/clinic")["state"] != "linked", "the cut", 60)
    sensors = home.get("/api/sensors")
    assert sensors[0]["state"] == "streaming"  # at home everything goes on


def test_a_home_refuses_to_send_unencrypted_to_another_machine(tmp_path):
    import subprocess

    command = [sys.executable, "-m", "tempoband.app", "up", "--no-browser", "--port", "0"]
    asked = subprocess.run(
        [*command, "--data-dir", str(tmp_path), "--clinic", "http://192.0.2.1", "--code", "123456"],
        capture_output=True, text=True, env=os.environ, check=False, timeout=120,
    )  # fmt: skip
    assert asked.returncode == 1
    assert "https" in asked.stderr
