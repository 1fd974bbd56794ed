import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import SpoolError
from firmware_bridge.spool.blocks import BLOCK_FRAMES
from firmware_bridge.spool.items import KnownSensor, spooled
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, decode_frame, digest
from tempoband.contracts.ledger import Evicted, StreamEnded, decode_note
from tempoband.contracts.ranges import to_ranges

UTC0 = 1_790_000_000_000_000
A, B = "aa" * 8, "bb" * 8


def frame(stream, seq, n=8, shift_us=0):
    rng = np.random.default_rng(seq)
    times = (np.arange(n) * 12_500 + rng.integers(-3, 4, n)).astype(np.int64)
    return Frame(
        stream=stream,
        seq=seq,
        t0_us=UTC0 + shift_us + seq * n * 12_500,
        dt_us=(times - times[0]).astype(np.uint32),
        counts=(20_000 * np.sin((seq * n + np.arange(n)) / 60) + rng.normal(0, 15, n)).astype(np.int32),
        scale_n=0.001,
        offset_n=0.0,
        calibration_id="factory",
        ticks=seq * n * 12_500,
        clock=ClockKind.DEVICE,
        rate_hz=80.0,
        lost=0,
        loss=LossKnowledge.ESTIMATED,
    )


def fill(spool, stream, seqs, sensor="s", **keywords):
    frames = [spooled(sensor, frame(stream, seq, **keywords)) for seq in seqs]
    for one in frames:
        spool.append([one])
    return frames


@pytest.fixture
def spool(tmp_path):
    opened = Spool(tmp_path)
    yield opened
    opened.close()


def ids(frames):
    return [f.identity for f in frames]


def notes_of(spool):
    return [decode_note(n.payload) for n in spool.notes(1000)]


def test_what_goes_in_comes_out_oldest_first_bit_by_bit(spool):
    put = fill(spool, A, range(20))
    assert spool.oldest(100) == put
    assert spool.oldest(5, skip={(A, 0), (A, 3)}) == [put[i] for i in (1, 2, 4, 5, 6)]


def test_only_receipted_frames_leave(spool):
    fill(spool, A, range(10))
    assert spool.commit(A, [(2, 4), (8, 100)]) == 5
    assert [seq for _, seq in ids(spool.oldest(100))] == [0, 1, 5, 6, 7]
    assert spool.commit(B, [(0, 100)]) == 0
    assert spool.frames == 5


def test_held_frames_wait_and_are_replaced(spool):
    early = [spooled("s", frame(A, seq, shift_us=-999)) for seq in range(3)]
    for one in early:
        spool.append([one], held=True)
    assert spool.oldest(10) == []
    final = [spooled("s", frame(A, seq)) for seq in range(4)]
    spool.append(final)
    assert spool.oldest(10) == final
    assert spool.frames == 4


@pytest.mark.usefixtures("spool")
def test_a_second_bridge_on_the_same_folder_is_refused(tmp_path):
    with pytest.raises(SpoolError, match="another bridge"):
        Spool(tmp_path)


def test_a_spool_of_a_later_version_is_refused(tmp_path):
    Spool(tmp_path).close()
    with sqlite3.connect(tmp_path / "spool.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(SpoolError, match="version 99"):
        Spool(tmp_path)


def test_streams_left_open_are_closed_in_the_ledger(tmp_path):
    spool = Spool(tmp_path)
    fill(spool, A, range(7))
    spool.commit(A, [(0, 6)])  # what is gone counts too
    spool.end_stream(B)  # never had a frame: nothing to tell
    spool.close()
    again = Spool(tmp_path)
    assert again.recover() == 1
    assert notes_of(again) == [StreamEnded(A, 6)]
    assert again.recover() == 0
    again.close()


def test_held_frames_of_a_killed_bridge_are_sent_as_they_are(tmp_path):
    spool = Spool(tmp_path)
    held = [spooled("s", frame(A, 0))]
    spool.append(held, held=True)
    spool.close()
    again = Spool(tmp_path)
    again.recover()
    assert again.oldest(10) == held
    again.close()


def test_notes_leave_by_receipt(spool):
    fill(spool, A, [0])
    spool.end_stream(A)
    (note,) = spool.notes(10)
    assert digest(note.payload) == note.sha256
    assert spool.notes(10, skip={note.sha256}) == []
    spool.commit_notes([note.sha256])
    assert spool.note_count() == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 300)), max_size=12), st.integers(0, 2))
def test_packing_changes_nothing_but_the_size(tmp_path_factory, receipts, packs):
    spool = Spool(tmp_path_factory.mktemp("spool"))
    put = fill(spool, A, range(600))
    for _ in range(packs):
        assert spool.pack(2**62) == BLOCK_FRAMES
    gone = set()
    for first, length in receipts:
        fresh = set(range(first, min(first + length + 1, 600))) - gone
        assert spool.commit(A, [(first, first + length)]) == len(fresh)
        gone |= fresh
    assert spool.oldest(1000) == [f for f in put if f.seq not in gone]
    assert spool.frames == 600 - len(gone)
    spool.close()


def test_young_frames_are_not_packed(spool):
    fill(spool, A, range(2 * BLOCK_FRAMES))
    assert spool.pack(UTC0) == 0


def test_a_packed_spool_survives_a_restart(tmp_path):
    spool = Spool(tmp_path)
    put = fill(spool, A, range(300))
    spool.pack(2**62)
    spool.commit(A, [(5, 9)])
    spool.close()
    again = Spool(tmp_path)
    assert again.oldest(1000) == put[:5] + put[10:]
    assert again.frames == 295
    again.close()


def test_frames_of_two_sensors_come_in_order_of_time(spool):
    put = fill(spool, A, range(30)) + fill(spool, B, range(30), sensor="t", shift_us=40_000)
    assert spool.oldest(100) == sorted(put, key=lambda f: f.start_us)


@pytest.mark.parametrize("packed", [False, True])
def test_beyond_the_size_bound_the_oldest_goes_and_the_ledger_says_so(spool, packed):
    empty = spool.bytes_used()
    put = fill(spool, A, range(1500))
    while packed and spool.pack(2**62):
        pass
    used = spool.bytes_used()
    evicted = spool.evict(used - (used - empty) // 4, 0)
    left = spool.oldest(5000)
    assert left == put[len(put) - len(left) :]
    assert 0 < len(left) < len(put)
    gone = put[: len(put) - len(left)]
    assert to_ranges(s for n in evicted for a, b in n.ranges for s in range(a, b + 1)) == (
        (0, len(gone) - 1),
    )
    assert sum(n.samples for n in evicted) == sum(f.samples for f in gone) == spool.samples_evicted
    assert [n for n in notes_of(spool) if isinstance(n, Evicted)] == evicted
    assert {n.reason for n in evicted} == {"spool_size"}


def test_frames_beyond_the_age_bound_go(spool):
    put = fill(spool, A, range(600))
    limit_us = put[299].end_us
    evicted = spool.evict(2**62, limit_us)
    assert spool.oldest(1000) == put[299:]
    assert {n.reason for n in evicted} == {"spool_age"}
    assert evicted[0].start_us == put[0].start_us
    assert evicted[-1].end_us == put[298].end_us


def test_sensors_and_their_last_sample_are_remembered(tmp_path):
    spool = Spool(tmp_path)
    spool.remember(KnownSensor("s", "progressor", "AA:BB", "Progressor_1"))
    (last,) = fill(spool, A, [3])
    spool.commit(A, [(0, 9)])
    spool.close()
    again = Spool(tmp_path)
    again.remember(KnownSensor("s", "progressor", "CC:DD", "Progressor_1"))
    assert again.known_sensors() == [KnownSensor("s", "progressor", "CC:DD", "Progressor_1")]
    assert again.end_us("s") == last.end_us
    assert again.end_us("other") == 0
    again.close()


def test_a_full_disk_is_an_error_of_ours_and_loses_nothing_before(spool):
    put = fill(spool, A, range(50))
    pages = spool._db.execute("PRAGMA page_count").fetchone()[0]
    spool._db.execute(f"PRAGMA max_page_count = {pages}")  # what a full disk looks like to SQLite
    with pytest.raises(SpoolError, match="cannot be written"):
        fill(spool, A, range(50, 5000))
    kept = spool.oldest(10_000)
    assert kept[:50] == put
    spool._db.execute(f"PRAGMA max_page_count = {pages * 1000}")
    fill(spool, A, [kept[-1].seq + 1])
    assert len(spool.oldest(10_000)) == len(kept) + 1 == spool.frames


def test_sync_and_checkpoint_run_beside_a_writer(spool):
    put = fill(spool, A, range(100))
    spool.sync()
    spool.checkpoint()
    put += fill(spool, A, range(100, 200))
    spool.sync()
    assert spool.oldest(1000) == put


def test_sigkill_loses_no_appended_frame(tmp_path):
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from test_spool import A, fill
        from firmware_bridge.spool.spool import Spool
        spool = Spool(Path(sys.argv[1]))
        seq = 0
        while True:
            fill(spool, A, [seq])
            print(seq, flush=True)
            seq += 1
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), str(Path(__file__).parent)], stdout=subprocess.PIPE
    )
    told = 0
    for line in child.stdout:
        told = int(line)
        if told >= 300:
            child.send_signal(signal.SIGKILL)
            break
    rest = child.stdout.read().split()
    child.stdout.close()
    child.wait()
    told = int(rest[-1]) if rest else told
    spool = Spool(tmp_path)
    assert spool.recover() == 1
    kept = spool.oldest(10**6)
    assert [f.seq for f in kept] == list(range(len(kept)))
    assert len(kept) > told
    assert all(decode_frame(f.payload) == frame(A, f.seq) for f in kept[:: max(1, len(kept) // 50)])
    assert notes_of(spool) == [StreamEnded(A, len(kept) - 1)]
    spool.close()


def test_a_week_at_two_hours_a_day_fits_in_50_mb(spool):
    frames = 2 * 3600 * 80 // 8 // 20  # a twentieth of a day is enough to know the rate
    spool.append([spooled("s", frame(A, seq)) for seq in range(frames)])
    before = spool.bytes_used()
    while spool.pack(2**62):
        pass
    day = spool.bytes_used() * 20
    assert day * 7 < 50e6
    assert spool.bytes_used() < before / 2
