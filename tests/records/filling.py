"""Rows in every table of an old version, for the migrations to carry along."""

from sqlalchemy.orm import Session

from tempoband.contracts.exercise import Side
from tempoband.contracts.topic_rules import Holder
from tempoband.storage.records import (
    Records,
    accounts,
    alert_rules,
    alerts,
    attempts,
    audit,
    bridges,
    consents,
    cursors,
    daily_mails,
    declarations,
    devices,
    erasures,
    felt_tempos,
    invitations,
    logins,
    messages,
    notes,
    people,
    prescriptions,
    programmes,
    recordings,
    references,
    self_reports,
    self_tests,
    set_digests,
    sets,
    sightings,
    standings,
    tokens,
)
from tempoband.storage.records.devices import Device
from tempoband.storage.records.tables import (
    ConflictRow,
    HomeOrderRow,
    PairingCodeRow,
    SyncRow,
)
from tests.records.make import CLINIC, SENSOR, T0, declaration, draft, score, set_record


def fill(records: Records) -> None:
    """One of everything, through the repositories."""
    with records.write() as session:
        person = people.add(session, CLINIC, "Ada", now_us=T0).id
        devices.seen(session, CLINIC, Device(SENSOR, "S", T0, calibration={"offset": 1}))
        devices.assign(session, CLINIC, SENSOR, person, now_us=T0)
        programme = programmes.add(
            session, CLINIC, programmes.Programme("g", "Hips", programmes.Mode.REHAB, [{"sets": 3}], T0, "p")
        )
        first = prescriptions.prescribe(
            session, CLINIC, person, draft(programme_id=programme.id, weekdays=(1, 3)), by="p", now_us=T0
        )
        prescriptions.revise(session, CLINIC, first.id, draft(sets=4), by="p", now_us=T0 + 1)
        references.add(
            session, CLINIC, references.Reference("r", person, "clamshell", Side.LEFT, 40.0, 60.0, T0)
        )
        told = declaration(
            person_id=person, prescription_id=first.id, prescription_version=1, reference_id="r"
        )
        declarations.open_set(session, CLINIC, told)
        item = set_record(id=told.id, person_id=person, prescription_id=first.id, prescription_version=1)
        sets.save(session, CLINIC, item, score([True, None], tut_s=9.5))
        cursors.move(session, "worker", 2**40, now_us=T0)
        self_reports.add(session, CLINIC, self_reports.SelfReport("p", person, T0, "x", pain=3))
        felt = felt_tempos.FeltTempo("t", person, told.id, 2.0, 1.5, None, T0, "x")
        felt_tempos.add(session, CLINIC, felt)
        done = self_tests.SelfTestRecord("s", person, "deep-squat-test", {"both": True}, "", T0, "x")
        self_tests.add(session, CLINIC, done)
        notes.add(session, CLINIC, notes.Note("n", person, "Ünïcode", T0, "x", set_id=told.id))
        alerts.raise_alert(session, CLINIC, alerts.Alert("a", person, "pain", "Pain 7", {"pain": 7}, T0))
        recordings.start(session, CLINIC, recordings.Recording("f", SENSOR, "Free", T0, "x"))
        alert_rules.keep(session, CLINIC, alert_rules.KeptRule("pain", True, {"pain": 6}, T0, "x"))
        daily_mails.setup(session, CLINIC, enabled=True, to=("a@example.org",), hour=7)
        messages.send(session, CLINIC, messages.Message("m", person, "Hello", T0, "x"))
        sightings.heard(session, CLINIC, sightings.Sighting(SENSOR, T0, 80))
        standings.ensure(session, CLINIC, [person])
        digest = set_digests.SetDigest(told.id, 1, 0, 0, 20.5, 1.9, 300.0, {"reps": [[0, 1]]})
        set_digests.keep(session, CLINIC, digest)
        erasures.order(session, CLINIC, erasures.Erasure("e", "elsewhere", T0, T0 + 1, "x", T0))
        fill_accounts(session, person)
        fill_homes(session, person)
        audit.note(session, CLINIC, audit.Act("u", T0, "x", "physio", "sets.read", "set", detail={"n": 1}))


def fill_accounts(session: Session, person: str) -> None:
    """One of everything that lets somebody in."""
    staff = accounts.add(session, CLINIC, role="physio", name="G", login="g", now_us=T0).id
    accounts.add(session, CLINIC, role="wearer", name="Ada", person_id=person, now_us=T0)
    accounts.offer_seed(session, CLINIC, staff, "sealed")
    accounts.confirm_seed(session, CLINIC, staff, step=7, code_digests=["c"])
    logins.begin(session, CLINIC, staff, "k", agent="Firefox", now_us=T0, idle_us=1, expires_us=T0 + 9)
    tokens.add(session, CLINIC, staff, "t", name="n", actions=["sets.read"], now_us=T0, expires_us=T0 + 9)
    invitations.add(
        session, CLINIC, "i", role="wearer", by=staff, now_us=T0, expires_us=T0 + 9, person_id=person
    )
    attempts.keep(session, attempts.Attempts("p", 3, T0, T0 + 1))
    consents.give(session, CLINIC, person, version="1", language="en", text_sha256="d", now_us=T0)


def fill_homes(session: Session, person: str) -> None:
    """A home and all that is known about it."""
    home = bridges.Bridge("h", Holder.HOME, "Home", "hash", T0, "x")
    bridges.enrol(session, CLINIC, home)
    bridges.move_in(session, CLINIC, "h", person)
    mine = {"clinic_id": CLINIC}
    session.add_all(
        [
            PairingCodeRow(
                **mine, id="c", code_hash="h", person_id=person, created_us=T0, created_by="x", expires_us=T0
            ),
            SyncRow(**mine, peer="h", kind="people", key="k", local_us=T0, agreed=b"1" * 32),
            ConflictRow(**mine, id="c", peer="h", kind="k", key="k", at_us=T0, kept="home", loser={"a": 1}),
            HomeOrderRow(**mine, id="o", home_id="h", kind="erase", body={}, created_us=T0, created_by="x"),
        ]
    )
