"""One batch: what a crash of ours on one message means for the others, and what stays bounded."""

import time
from pathlib import Path

import pytest

from ingest import register as register_module
from ingest.batch import Committer
from ingest.register import DeadLetter, Register
from ingest.service import anyone
from ingest.sorting import Message, Sorter
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import digest, encode_frame
from tempoband.contracts.ledger import Mark, Reached, StreamEnded, encode_note
from tempoband.contracts.topics import UpKind, up
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.timeseries.making import make_frame, make_stream, samples_of

A = "a" * 16
FOREVER = (0, 2**52)


class BuggyStore:
    """Stumbles over one frame in a way nobody thought of."""

    def __init__(self, store: SqliteStore, seq: int) -> None:
        self.store, self.seq = store, seq

    def write(self, frames):
        if any(f.frame.seq == self.seq for f in frames):
            raise ZeroDivisionError("a bug")
        return self.store.write(frames)


def messages(frames) -> list[Message]:
    topic = up("home", "band", UpKind.FRAMES)
    return [Message(topic, encode_frame(f), time.time_ns() // 1000) for f in frames]


@pytest.fixture
def register(tmp_path: Path):
    opened = Register(tmp_path)
    yield opened
    opened.close()


def committer(store, register: Register) -> Committer:
    return Committer(store, register, Sorter(register.owner, anyone))


def test_a_bug_of_ours_costs_one_dead_letter_and_stops_nobody(store: SqliteStore, register: Register):
    frames = make_stream(A, 21)
    batch = messages(frames)
    outcome = committer(BuggyStore(store, 13), register).commit(batch)
    kept = frames[:13] + frames[14:]
    assert store.read("band", *FOREVER).time_us.tolist() == samples_of(kept)[0].tolist()
    assert (outcome.samples, outcome.rejects) == (200, (RejectReason.UNDECODABLE,))
    (letter,) = register.dead_letters()
    assert (letter.payload, "ZeroDivisionError" in letter.detail) == (batch[13].payload, True)
    rejected = [r.sha256 for _, receipt in outcome.receipts for r in receipt.rejected]
    assert rejected == [digest(batch[13].payload)]
    seqs = {n for _, r in outcome.receipts for a, b in r.committed for n in range(a, b + 1)}
    assert seqs == set(range(21)) - {13}


def test_a_store_that_is_away_is_no_fault_of_the_message(register: Register):
    class Away:
        def write(self, _frames):
            raise StorageError(StorageReason.FULL, "no space")

    with pytest.raises(StorageError):
        committer(Away(), register).commit(messages(make_stream(A, 3)))
    assert register.dead_letters() == []


def test_who_owns_a_stream_is_known_beyond_what_is_in_memory(
    store: SqliteStore, register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(register_module, "_OWNERS_KEPT", 10)
    names = [f"{n:016x}" for n in range(50)]
    commit = committer(store, register).commit
    commit(messages([make_frame(name, 0) for name in names]))
    assert len(register._owners) <= 50
    thief = Message(
        up("thief", "band", UpKind.FRAMES), encode_frame(make_frame(names[3], 1)), time.time_ns() // 1000
    )
    assert commit([thief]).rejects == (RejectReason.WRONG_SENSOR,)
    again = Register(tmp_path)
    assert {again.owner(name) for name in names} == {("home", "band")}
    again.close()


def test_nobody_ends_anothers_stream(store: SqliteStore):
    from tests.timeseries.making import all_stored

    store.write(all_stored(make_stream(A, 3), sensor="band", bridge="home"))
    store.write_notes([("thief", "band", StreamEnded(A, 99)), ("home", "other", StreamEnded(A, 98))])
    assert store.streams("band", *FOREVER)[0].last_seq is None


def test_a_flood_of_rubbish_takes_the_place_of_older_rubbish_only(
    register: Register, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(register_module, "MOST_LETTERS", 5)

    def letter(n: int, reason: RejectReason) -> DeadLetter:
        return DeadLetter("topic", b"%d" % n, digest(b"%d" % n), reason, "why")

    register.keep([letter(n, RejectReason.CONFLICT) for n in range(3)], {})
    for n in range(10, 40):
        register.keep([letter(n, RejectReason.UNDECODABLE)], {})
    kept = [d.payload for d in register.dead_letters()]
    assert kept[:3] == [b"0", b"1", b"2"]
    assert kept[3:] == [b"%d" % n for n in range(35, 40)]


def test_a_mark_counts_only_where_the_one_before_still_stands(store: SqliteStore, register: Register):
    """A clinic that was restored must not be told that it has what it lost."""
    first, second, third = (Mark("spool", n) for n in (3, 5, 8))
    told = committer(store, register)

    def tell(mark: Mark, before: Mark | None) -> Mark | None:
        payload = encode_note(Reached(mark, before))
        outcome = told.commit([Message(up("home", "home", UpKind.LEDGER), payload, time.time_ns() // 1000)])
        [(bridge, receipt)] = outcome.receipts
        assert (bridge, receipt.notes, outcome.rejects) == ("home", (digest(payload),), ())
        return store.mark_of("home")

    assert tell(first, None) == first
    assert tell(third, second) == first
    assert tell(second, first) == second
    assert tell(second, first) == second  # its receipt was lost: it comes again
    assert tell(third, second) == third
