"""The copy of a person goes to another clinic: everything of theirs, once, and nothing else comes with it."""

import io
import json
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.privacy.bundle import Subject, bundle
from tempoband.app.errors import AppError
from tempoband.app.exchange import archive
from tempoband.app.exchange.person import ACTION, TAKEN, import_person
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.erasure import Orderer, erase_person, erase_stretch
from tempoband.storage.records import (
    audit,
    declarations,
    devices,
    notes,
    people,
    personal,
    self_reports,
    sets,
)
from tempoband.storage.records.audit import Wanted
from tempoband.storage.records.devices import Device
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.records.tables import Base
from tests.dashboard.served import SENSOR, T0, frame, stored
from tests.records.make import declaration, score, set_record

NOW_US = T0 + 10**9
FOREVER = (0, 2**62)
ADMIN = Orderer("admin-1", "clinic_admin", LOCAL_CLINIC)


def live(store, records, *, frames=40, said=("Knees good",), name="Ada Löve"):
    """Somebody who wore a sensor, did a set, and said something; and somebody else, who is not to come."""
    with records.write() as session:
        person = people.add(session, LOCAL_CLINIC, name, now_us=T0).id
        people.add(session, LOCAL_CLINIC, "Berta", now_us=T0)
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Band", T0 - 1, simulated=True))
        devices.assign(session, LOCAL_CLINIC, SENSOR, person, now_us=T0 - 1)
        told = declaration(person_id=person, opened_us=T0, closed_us=T0 + 400_000, by="wearer")
        declarations.tell(session, LOCAL_CLINIC, told)
        item = set_record(id=told.id, person_id=person, started_us=T0, ended_us=T0 + 400_000)
        sets.save(session, LOCAL_CLINIC, item, score([True, False, None]))
        self_reports.add(session, LOCAL_CLINIC, self_reports.SelfReport("r", person, T0, "x", pain=3))
        for number, body in enumerate(said):
            notes.add(session, LOCAL_CLINIC, notes.Note(f"n{number}", person, body, T0, "x"))
    store.write([stored(frame(n)) for n in range(frames)])
    return person


def copied(store, records, person: str, path: Path) -> Path:
    pieces = bundle(records, lambda: store, Subject(LOCAL_CLINIC, person, NOW_US))
    path.write_bytes(b"".join(pieces))
    return path


def rows(records, person: str) -> dict[str, list]:
    with records.read() as session:
        return {
            name: list(personal.rows(session, Base.metadata.tables[name], LOCAL_CLINIC, person))
            for name in TAKEN
        }


def payloads(store) -> list[bytes]:
    return [each.payload for each in store.frames(SENSOR, *FOREVER)]


@pytest.fixture
def copy(source_person, tmp_path):
    store, records, person = source_person
    return copied(store, records, person, tmp_path / "copy.zip"), person


@pytest.fixture
def source_person(open_place):
    store, records = open_place("here")
    return store, records, live(store, records)


def come(place, path: Path):
    return import_person(*place, path, now_us=NOW_US + 1)


def refused(place, path: Path) -> str:
    """The one sentence; nothing was taken in."""
    store, records = place
    before = (payloads(store), [each.id for each in everybody(records)])
    with pytest.raises(AppError) as caught:
        come(place, path)
    assert (payloads(store), [each.id for each in everybody(records)]) == before
    return str(caught.value)


def everybody(records) -> list:
    with records.read() as session:
        return people.every(session, LOCAL_CLINIC)


def test_everything_of_theirs_arrives_and_twice_adds_nothing(source_person, copy, open_place):
    (here, kept, person), (path, _) = source_person, copy
    place = store, records = open_place("there")
    result = come(place, path)
    assert (result.frames, result.refused, result.different) == (40, 0, 0)
    assert payloads(store) == payloads(here)
    ours, theirs = rows(kept, person), rows(records, person)
    [open_one], [closed] = ours.pop("assignments"), theirs.pop("assignments")
    assert closed == open_one | {"to_us": NOW_US}  # the sensor stayed there
    assert theirs == ours
    assert len(theirs["reps"]) == 3
    assert [each.display_name for each in everybody(records)] == ["Ada Löve"]
    with records.read() as session:
        assert devices.simulated(session, LOCAL_CLINIC) == {SENSOR}
    again = come(place, path)
    assert (again.rows, again.frames, again.refused, again.different) == (0, 0, 0, 0)


def test_where_it_came_from_stands_in_the_audit_of_the_person(copy, open_place):
    path, person = copy
    place = _, records = open_place("there")
    come(place, path)
    with records.read() as session:
        wanted = Wanted(0, 2**62, person, actions=[ACTION])
        [act] = audit.newest(session, LOCAL_CLINIC, wanted, limit=9)
    assert act.detail is not None
    assert (act.detail["made_us"], act.detail["frames"]) == (NOW_US, 40)
    assert len(act.detail["sha256"]) == 64


def test_what_a_neighbour_wore_is_not_in_the_copy_to_the_sample(open_place, tmp_path):
    store, records = open_place("here")
    person = live(store, records)
    middle_us = int(frame(20).time_us[3])
    with records.write() as session:
        berta = next(each.id for each in people.every(session, LOCAL_CLINIC) if each.display_name == "Berta")
        devices.assign(session, LOCAL_CLINIC, SENSOR, berta, now_us=middle_us)
    there, _ = place = open_place("there")
    come(place, copied(store, records, person, tmp_path / "copy.zip"))
    assert there.read(SENSOR, *FOREVER).time_us.tolist() == store.read(SENSOR, 0, middle_us).time_us.tolist()


def test_who_was_erased_here_does_not_come_back_by_a_copy(copy, open_place):
    path, person = copy
    place = store, records = open_place("there")
    come(place, path)
    erase_person(records, store, person, ADMIN, now_us=NOW_US + 5)
    assert "erased here for good" in refused(place, path)
    assert payloads(store) == []


def test_a_stretch_that_was_erased_here_stays_erased(copy, open_place):
    path, person = copy
    place = store, records = open_place("there")
    come(place, path)
    erase_stretch(records, store, Stretch(SENSOR, T0, T0 + 1_000_000), ADMIN, now_us=NOW_US + 5)
    left = payloads(store)
    again = come(place, path)
    assert again.different > 0
    assert payloads(store) == left
    assert rows(records, person)["sets"] == []


def test_nobodys_file_is_written_into(copy, open_place):
    path, person = copy
    place = _, records = open_place("there")
    with records.write() as session:
        session.execute(
            Base.metadata.tables["people"]
            .insert()
            .values(clinic_id=LOCAL_CLINIC, id=person, display_name="Carl", pseudonym="p", created_us=1)
        )
    assert "did not come from a copy" in refused(place, path)


def test_a_sensor_that_somebody_else_wore_here_at_that_time_is_refused(copy, open_place):
    path, _ = copy
    place = _, records = open_place("there")
    with records.write() as session:
        carl = people.add(session, LOCAL_CLINIC, "Carl", now_us=1).id
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Band", 1))
        devices.assign(session, LOCAL_CLINIC, SENSOR, carl, now_us=1)
    assert "worn by somebody else here" in refused(place, path)


def changed(path: Path, name: str, change) -> Path:
    """The same copy with one file in it changed; None: left out."""
    made = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            content = old.read(each)
            content = change(content) if each == name else content
            if content is not None:
                new.writestr(each, content)
    return made


def with_(**fields):
    def change(content: bytes) -> bytes:
        first = content if content.startswith(b"{\n") else content.splitlines()[0]
        return (json.dumps(json.loads(first) | fields) + "\n").encode()

    return change


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("manifest.json", lambda _: None, "no copy of a person"),
        ("manifest.json", with_(format=99), "update this one"),
        ("manifest.json", with_(person_id=7), "does not say whose copy"),
        ("manifest.json", lambda _: b"[" * 100_000, "manifest.json: not JSON"),
        (
            "records/people.ndjson",
            with_(id="x" * 32),
            "records/people.ndjson, line 1: is about somebody else",
        ),
        ("records/notes.ndjson", with_(person_id="x" * 32), "line 1: is about somebody else"),
        ("records/sets.ndjson", with_(started_us="soon"), "line 1: started_us has a value of another kind"),
        ("records/sets.ndjson", with_(started_us=2**80), "started_us has a value of another kind"),
        ("records/notes.ndjson", with_(body="x" * 20_000), "body has a value of another kind"),
        ("records/reps.ndjson", lambda content: content + b"{", "line 4: not JSON"),
        ("devices.ndjson", lambda _: b"7\n", "not a JSON object"),
        ("devices.ndjson", lambda _: b"", "not among its devices"),
        (f"frames/{SENSOR}/{T0 - 1}.ndjson", lambda content: content[:-40], "not a frame"),
        (f"frames/{SENSOR}/{T0 - 1}.ndjson", with_(counts=[1.5, "x"]), "line 1: not a frame"),
        (f"frames/{SENSOR}/{T0 - 1}.ndjson", lambda _: b"x" * (archive.LONGEST_LINE + 1), "more than"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence_that_says_where(copy, open_place, name, change, words):
    path, _ = copy
    with zipfile.ZipFile(path) as whole:
        assert name in whole.namelist()
    sentence = refused(open_place("there"), changed(path, name, change))
    assert words in sentence
    assert "\n" not in sentence


def test_a_bomb_is_stopped_while_it_is_read(copy, open_place, monkeypatch):
    path, _ = copy
    monkeypatch.setattr(archive.Archive.__init__, "__kwdefaults__", {"most_bytes": 1_000_000})
    lines = b"1\n" * 2_000_000
    assert len(zlib.compress(lines)) < len(lines) / 500
    bomb = changed(path, "manifest.json", lambda _: lines)
    assert "more than the copy of a person can hold" in refused(open_place("there"), bomb)


def test_names_that_lead_elsewhere_are_passed_over(copy, open_place, tmp_path):
    path, _ = copy
    with zipfile.ZipFile(path, "a") as grown:
        for name in (
            "../../outside.ndjson",
            "/etc/outside",
            "frames/../../x/1.ndjson",
            "records/accounts.ndjson",
        ):
            grown.writestr(name, '{"id": "x"}\n')
    place = _, records = open_place("there")
    come(place, path)
    assert not list(tmp_path.rglob("*outside*"))
    with records.read() as session:
        assert session.execute(Base.metadata.tables["accounts"].select()).all() == []


def test_what_is_no_zip_or_cut_off_is_said_so(copy, open_place, tmp_path):
    path, _ = copy
    place = open_place("there")
    (tmp_path / "text.zip").write_text("hello")
    assert "cannot be read as a zip" in refused(place, tmp_path / "text.zip")
    content = path.read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: len(content) // 2])
    assert "cannot be read as a zip" in refused(place, tmp_path / "cut.zip")
    spoilt = bytearray(content)
    start = content.index(b"frames/") + 90
    spoilt[start : start + 40] = b"\x00" * 40
    (tmp_path / "spoilt.zip").write_bytes(bytes(spoilt))
    assert "frames/progressor-1" in refused(place, tmp_path / "spoilt.zip")
    short = bytearray(content)
    start = content.index(b"records/people") + 40
    short[start : start + 8] = b"\xff" * 8
    (tmp_path / "short.zip").write_bytes(bytes(short))
    assert "damaged" in refused(place, tmp_path / "short.zip")


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)


@st.composite
def lives(draw):
    """A name, what was said, and a frame of any lattice."""
    counts = draw(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=30))
    lattice = {"scale_n": draw(st.floats(1e-9, 1e3)), "ticks": draw(st.none() | st.integers(0, 2**40))}
    odd = frame(0, len(counts), counts=np.array(counts, np.int32), **lattice)
    return draw(WORDS), draw(st.lists(WORDS, max_size=3)), odd


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lived=lives())
def test_out_and_in_and_out_again_gives_the_same(open_place, tmp_path_factory, lived):
    name, said, odd = lived
    folder = tmp_path_factory.mktemp("trip")
    store, records = open_place(f"a-{folder.name}")
    person = live(store, records, frames=0, said=said, name=name)
    store.write([stored(odd)])
    first = copied(store, records, person, folder / "first.zip")
    there, theirs = open_place(f"b-{folder.name}")
    come((there, theirs), first)
    second = copied(there, theirs, person, folder / "second.zip")
    assert payloads(there) == payloads(store)
    one, other = (contents(path) for path in (first, second))
    same = {f"records/{table}.ndjson" for table in TAKEN if table != "assignments"}
    assert {n: t for n, t in one.items() if n in same} == {n: t for n, t in other.items() if n in same}
    frames = [n for n in one if n.startswith("frames/")]
    assert frames
    assert [one[n] for n in frames] == [other[n] for n in frames]


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive_:
        return {name: archive_.read(name) for name in archive_.namelist()}
