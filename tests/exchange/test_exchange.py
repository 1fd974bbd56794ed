"""Out and in again: every sample, every record, exactly; interrupted anywhere, it goes on."""

import json

import cbor2
import pytest

from tempoband.app.errors import AppError
from tempoband.app.exchange.exporting import export
from tempoband.app.exchange.importing import import_
from tempoband.app.exchange.layout import Kind
from tempoband.app.exchange.tables import rows, tables
from tempoband.contracts.errors import RejectReason
from tempoband.storage.timeseries.base import StoredFrame
from tests.exchange.conftest import SENSOR, START_US, STREAM, sorted_dt, stored

ALL = (0, 2**62)


def contents(store, records):
    frames = {s: [(f.bridge, f.payload) for f in store.frames(s, *ALL)] for s in store.sensors()}
    ledger = {s: store.streams(s, *ALL) for s in store.sensors()}
    with records.read() as session:
        kept = {t.name: list(rows(session, t)) for t in tables()}
    return frames, ledger, kept


@pytest.mark.parametrize("kind", Kind)
def test_the_round_trip_is_exact(source, open_place, tmp_path, kind):
    export(*source, tmp_path / "out", kind)
    target = open_place("target")
    result = import_(*target, tmp_path / "out")
    assert contents(*target) == contents(*source)
    assert result.refused == result.different == 0
    assert result.samples == 30 * 8


@pytest.mark.parametrize("kind", Kind)
def test_a_frame_of_another_encoder_keeps_its_bytes(source, open_place, tmp_path, kind):
    store, _ = source
    ours = sorted_dt(stored(30))
    reordered = cbor2.dumps(dict(reversed(cbor2.loads(ours.payload).items())))
    assert reordered != ours.payload
    store.write([StoredFrame(ours.sensor, ours.bridge, ours.frame, reordered)])
    export(*source, tmp_path / "out", kind)
    target = open_place("target")
    import_(*target, tmp_path / "out")
    assert [f.payload for f in target[0].frames(SENSOR, *ALL)][-1] == reordered


@pytest.mark.parametrize("kind", Kind)
def test_what_was_erased_stays_erased_where_it_is_imported(source, open_place, tmp_path, kind):
    store, _ = source
    export(*source, tmp_path / "before", kind)
    store.erase(SENSOR, START_US, START_US + 500_000)
    export(*source, tmp_path / "before", kind)  # brought up to date
    target = open_place("target")
    import_(*target, tmp_path / "before")
    assert contents(*target)[0] == contents(*source)[0]
    assert target[0].erased() == store.erased() == [(SENSOR, START_US, START_US + 500_000)]
    again = target[0].write([sorted_dt(stored(seq)) for seq in (0, 1)])
    assert set(again.outcomes) == {RejectReason.ERASED}
    store.erase(SENSOR, 0, 2**60)
    export(*source, tmp_path / "before", kind)
    days = (tmp_path / "before" / "samples" / SENSOR).iterdir()
    assert [path.name for path in days] in (["ledger.ndjson"], [])


def test_importing_twice_changes_nothing(source, open_place, tmp_path):
    export(*source, tmp_path / "out", Kind.NDJSON)
    target = open_place("target")
    import_(*target, tmp_path / "out")
    before = contents(*target)
    again = import_(*target, tmp_path / "out")
    assert contents(*target) == before
    assert again.rows == again.different == again.refused == 0


def test_an_interrupted_export_goes_on(source, open_place, tmp_path):
    class Unplugged(Exception):  # noqa: N818 - what happens, not an error of ours
        pass

    def pull_the_plug(done, _total):
        if done:
            raise Unplugged

    with pytest.raises(Unplugged):
        export(*source, tmp_path / "out", Kind.NDJSON, pull_the_plug)
    first = next((tmp_path / "out").rglob("2*.ndjson"))
    written_ns = first.stat().st_mtime_ns
    export(*source, tmp_path / "out", Kind.NDJSON)
    assert first.stat().st_mtime_ns == written_ns, "what was complete is not written again"
    target = open_place("target")
    import_(*target, tmp_path / "out")
    assert contents(*target) == contents(*source)


def test_a_later_run_redoes_the_days_that_changed(source, open_place, tmp_path):
    store, _ = source
    export(*source, tmp_path / "out", Kind.CSV)
    store.write([sorted_dt(stored(9)), sorted_dt(stored(31))])  # late, and new
    export(*source, tmp_path / "out", Kind.CSV)
    target = open_place("target")
    import_(*target, tmp_path / "out")
    assert contents(*target)[0] == contents(*source)[0]


def test_what_stands_there_otherwise_stays_and_is_counted(source, open_place, tmp_path):
    export(*source, tmp_path / "out", Kind.NDJSON)
    target = open_place("target")
    other = sorted_dt(stored(1000))
    claimed = StoredFrame(SENSOR, "bridge-1", other.frame, other.payload)
    target[0].write([claimed])
    import_(*target, tmp_path / "out")
    people = tmp_path / "out" / "records" / "people.ndjson"
    changed = [
        json.loads(line) | {"display_name": "Somebody else"} for line in people.read_text().splitlines()
    ]
    people.write_text("\n".join(map(json.dumps, changed)) + "\n")
    assert import_(*target, tmp_path / "out").different == len(changed)


@pytest.mark.parametrize("kind", Kind)
def test_a_damaged_file_is_named(source, open_place, tmp_path, kind):
    export(*source, tmp_path / "out", kind)
    day = next((tmp_path / "out" / "samples" / SENSOR).glob(f"2???-??-??.{kind}"))
    lines = day.read_text().splitlines()
    day.write_text("\n".join([*lines[:2], "{broken", *lines[3:]]))
    with pytest.raises(AppError, match=day.name):
        import_(*open_place("target"), tmp_path / "out")


def test_another_folder_or_kind_is_refused(source, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "holiday.jpg").touch()
    with pytest.raises(AppError, match="not empty"):
        export(*source, tmp_path / "full", Kind.CSV)
    export(*source, tmp_path / "out", Kind.CSV)
    with pytest.raises(AppError, match="as csv"):
        export(*source, tmp_path / "out", Kind.NDJSON)


def test_no_export_and_a_newer_one_are_refused(open_place, tmp_path):
    with pytest.raises(AppError, match=r"no manifest\.json"):
        import_(*open_place("target"), tmp_path)
    newer = {"kind": "csv", "version": "9", "cursor": 0, "format": 99}
    (tmp_path / "manifest.json").write_text(json.dumps(newer))
    with pytest.raises(AppError, match="update tempoband"):
        import_(*open_place("target2"), tmp_path)


def test_the_day_ends_at_midnight_utc(source, tmp_path):
    export(*source, tmp_path / "out", Kind.NDJSON)
    days = sorted(path.stem for path in (tmp_path / "out" / "samples" / SENSOR).glob("2*.ndjson"))
    assert len(days) == 2, f"the stream {STREAM} runs from {START_US} over midnight"
