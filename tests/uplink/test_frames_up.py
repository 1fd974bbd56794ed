"""Frames of a home reach the clinic exactly, once, by receipts only, and never on a live topic."""

from dataclasses import replace

import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.homes import LinkState
from tempoband.contracts.ledger import Evicted, StreamEnded
from tempoband.storage.records import bridges, cursors
from tempoband.storage.timeseries.base import Change
from tempoband.uplink.home.backlog import APART_US, OLDER_AT_ONCE, PIECE_US, Backlog, Piece
from tempoband.uplink.home.delivery import Pace
from tests.messaging.tasks import running, until
from tests.timeseries.making import SENSOR, all_stored, make_stream
from tests.uplink.pairs import HOME, make_pair, payloads

A, B = "a" * 16, "b" * 16
OWN = "living-room"  # the home's own bridge: the clinic never hears of it


@pytest.fixture
async def pair(tmp_path):
    async with make_pair(tmp_path) as made:
        yield made


def at_home(frames):
    return all_stored(frames, bridge=OWN)


def later(stream: str, count: int):
    return [replace(frame, t0_us=frame.t0_us + 3600 * 10**6) for frame in make_stream(stream, count)]


def same(pair) -> bool:
    return payloads(pair.home, SENSOR) == payloads(pair.clinic, SENSOR)


async def test_what_is_stored_at_home_is_stored_at_the_clinic_to_the_byte(pair):
    pair.home.store.write(at_home(make_stream(A, 200)))
    async with pair.open(), pair.home_runs() as uplink:
        await until(lambda: same(pair), "the first frames")
        assert uplink.link().state is LinkState.LINKED
        pair.home.store.write(at_home(later(B, 50)))
        await until(lambda: same(pair), "frames that came while it ran")
        await until(lambda: uplink.link().waiting_frames == 0, "nothing to wait")
    assert {topic.split("/")[-1] for topic in pair.topics if "/up/" in topic} <= {
        "backfill", "ledger", "hello", "status", "records", "receipts",
    }  # fmt: skip
    [info] = [i for i in pair.clinic.store.streams(SENSOR, 0, 2**62) if i.stream == A]
    assert (info.bridge, info.missing) == (HOME, ())


async def test_the_ledger_goes_up_too(pair):
    frames = make_stream(A, 20)
    pair.home.store.write(at_home(frames[:5] + frames[8:]))
    given_up = Evicted(A, ((5, 7),), 30, frames[5].t0_us, frames[7].end_us, "spool_size")
    pair.home.store.write_notes([(OWN, SENSOR, StreamEnded(A, 19)), (OWN, SENSOR, given_up)])
    async with pair.open(), pair.home_runs():
        await until(lambda: pair.clinic.store.notes(SENSOR, 0, 2**62), "the notes")
    [info] = pair.clinic.store.streams(SENSOR, 0, 2**62)
    assert (info.last_seq, info.evicted_samples, info.missing) == (19, 30, ())


async def test_what_was_receipted_is_not_sent_again_after_a_restart(pair):
    pair.home.store.write(at_home(make_stream(A, 100)))
    async with pair.open():
        async with pair.home_runs() as uplink:
            await until(lambda: same(pair) and uplink.link().waiting_frames == 0, "the first run")
            await until(lambda: pair.clinic.store.mark_of(HOME), "the clinic to know how far it has come")
        with pair.home.records.read() as session:
            assert cursors.position(session, f"uplink-{HOME}") == 1
        async with pair.home_runs() as again:
            await until(lambda: again.link().state is LinkState.LINKED, "the second run")
            pair.home.store.write(at_home(later(B, 10)))
            await until(lambda: same(pair), "the new frames")
            assert again._delivery.sent in (10, 11)  # and how far it has come


async def test_cut_off_again_and_again_nothing_is_lost_and_nothing_comes_twice(pair):
    pair.home.store.write(at_home(make_stream(A, 600)))
    pace = Pace(window=32, per_s=2000, patience_s=0.5)
    async with pair.open(), pair.home_runs(pace=pace) as uplink:
        for at in (50, 150, 300):
            await until(lambda at=at: len(payloads(pair.clinic, SENSOR)) > at, "some frames")
            assert pair.broker.cut(HOME) == 1
        await until(lambda: same(pair), "all of them")
        await until(lambda: uplink.link().waiting_frames == 0, "the receipts")
    assert len(pair.clinic.store.read(SENSOR, 0, 2**62)) == len(pair.home.store.read(SENSOR, 0, 2**62))


async def test_while_ingest_is_away_frames_wait_and_then_go(pair):
    frames = make_stream(A, 40)
    pair.home.store.write(at_home(frames))
    uplink, clinic = pair.home_uplink(pace=Pace(patience_s=0.3)), pair.clinic_uplink()
    async with running(clinic.run(), uplink.run(), pair.admission.run()):
        await until(lambda: uplink.link().state is LinkState.LINKED, "the link")
        await until(lambda: uplink._delivery.sent >= 40, "frames sent in vain")
        assert uplink.link().waiting_frames == 40
        async with running(pair.ingest().run()):
            await until(lambda: same(pair), "the frames")


async def test_a_frame_that_the_clinic_refuses_stops_nothing(pair):
    frames = make_stream(A, 30)
    pair.home.store.write(at_home(frames))
    other = [replace(frames[3], lost=7)]
    pair.clinic.store.write([replace(s, bridge=HOME) for s in all_stored(other)])
    async with pair.open(), pair.home_runs() as uplink:
        await until(lambda: len(payloads(pair.clinic, SENSOR)) == 30, "the others")
        await until(lambda: uplink.link().waiting_frames == 0, "an end")
        assert uplink._delivery.refused == 1


async def test_a_revoked_home_is_cut_and_sends_no_more(pair):
    async with pair.open(), pair.home_runs() as uplink:
        await until(lambda: uplink.link().state is LinkState.LINKED, "the link")
        with pair.clinic.records.write() as session:
            bridges.revoke(session, LOCAL_CLINIC, HOME, now_us=1)
        await until(lambda: uplink.link().state is not LinkState.LINKED, "the cut")
        pair.home.store.write(at_home(make_stream(A, 10)))
        await until(lambda: "efused" in uplink._link.state, "the refusal in words")
        assert uplink.link().waiting_frames >= 0
    assert payloads(pair.clinic, SENSOR) == {}


def change(cursor: int, start_s: float, end_s: float, sensor: str = "s") -> Change:
    return Change(cursor, sensor, int(start_s * 1e6), int(end_s * 1e6))


def plan(changes: list[Change]) -> list[Piece]:
    backlog = Backlog(0)
    backlog.add(changes)
    return backlog.pieces()


def test_the_newest_session_goes_first_each_in_the_order_of_time():
    pause_s = APART_US / 1e6 + 1
    old = [change(n, n * 20, n * 20 + 20) for n in range(4)]
    new_from_s = 80 + pause_s
    new = [change(10 + n, new_from_s + n * 20, new_from_s + n * 20 + 20) for n in range(2)]
    order = plan(old + new)
    assert [min(piece.cursors) for piece in order] == [10, 11, 0, 1, 2, 3]
    assert all(piece.end_us - piece.start_us <= PIECE_US + 1 for piece in order)


def test_small_commits_are_sent_together_and_a_late_one_joins_its_session():
    many = [change(n, n * 0.25, n * 0.25 + 0.25) for n in range(40)]
    [piece] = plan(many)
    assert piece.cursors == set(range(40))


def test_the_position_waits_for_the_oldest():
    backlog = Backlog(0)
    backlog.add([change(1, 0, 1), change(2, 500, 501)])
    newest, oldest = backlog.pieces()
    backlog.done(newest)
    assert (newest.cursors, backlog.position) == ({2}, 0)
    backlog.done(oldest)
    assert (backlog.position, backlog.pieces()) == (2, [])


def test_a_sensor_that_streams_on_does_not_starve_what_came_before():
    backlog = Backlog(0)
    sessions = 2 * OLDER_AT_ONCE + 1
    backlog.add([change(n + 1, n * 500, n * 500 + 10) for n in range(sessions)])
    for turn, left in enumerate((OLDER_AT_ONCE, OLDER_AT_ONCE, 1, 0)):
        cursor = 100 + turn
        backlog.add([change(cursor, sessions * 500 + turn, sessions * 500 + turn + 1)])
        newest, older = backlog.turn()
        assert [piece.cursors for piece in newest] == [{cursor}]
        assert len(older) == left
        for piece in newest + older:
            backlog.done(piece)
    assert (backlog.position, backlog.turn()) == (103, ([], []))


def test_what_a_bridge_sends_late_is_gathered_beside_what_is_live():
    mixed = [change(2 * n + 1, 9000 + n, 9001 + n) for n in range(20)]
    mixed += [change(2 * n + 2, n, n + 1) for n in range(20)]
    assert [len(piece.cursors) for piece in plan(sorted(mixed, key=lambda c: c.cursor))] == [20, 20]


def test_a_day_that_waits_is_planned_without_looking_at_each_commit_again():
    backlog = Backlog(0)
    backlog.add([change(n + 1, n / 4, (n + 1) / 4) for n in range(40_000)])
    pieces = backlog.pieces()
    assert sum(len(piece.cursors) for piece in pieces) == 40_000
    assert len(pieces) < 40_000 / 100
    assert all(piece.end_us - piece.start_us <= PIECE_US + 1 for piece in pieces)
    for piece in list(pieces):
        backlog.done(piece)
    assert backlog.position == 40_000
