"""What a real InfluxDB 2 refuses: wrong addresses, tokens that may too little, a store opened for reading."""

import pytest

from tempoband.contracts.ledger import StreamEnded
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.influx import open_influx
from tempoband.storage.timeseries.open import open_store
from tests.influx.asking import token_for
from tests.influx.conftest import IMPATIENT
from tests.stores.contract import (
    BRIDGE,
    FOREVER,
    FRAME_US,
    PER_FRAME,
    T0,
    expected,
    new_stream,
    read,
    steady,
    write,
)


@pytest.mark.parametrize(
    ("wrong", "reason", "words"),
    [
        ({"token": "nonsense"}, StorageReason.DENIED, "token is refused"),
        ({"org": "elsewhere"}, StorageReason.MISCONFIGURED, "elsewhere"),
        ({"bucket": "no-such-bucket"}, StorageReason.MISCONFIGURED, "no such bucket|not found"),
    ],
    ids=["token", "org", "bucket"],
)
def test_a_wrong_address_is_told_when_opening(influx, bucket, wrong, reason, words):
    right = {"url": influx.url, "token": influx.token, "org": influx.org, "bucket": bucket}
    for writable in (True, False):
        with pytest.raises(StorageError, match=words) as caught:
            open_influx(**{**right, **wrong}, writable=writable, patience=IMPATIENT)
        assert caught.value.reason is reason
        assert influx.token not in str(caught.value)


def test_a_token_that_may_only_read(influx, bucket, opened, sensor):
    write(opened(), steady(sensor, new_stream(), 1))
    reader = open_influx(influx.url, token_for(influx, bucket, "read"), influx.org, bucket)
    assert len(read(reader, sensor)) == PER_FRAME
    with pytest.raises(StorageError, match="token") as caught:
        reader.write(steady(sensor, new_stream(), 1))
    assert caught.value.reason in {StorageReason.DENIED, StorageReason.MISCONFIGURED}
    reader.close()


def test_a_token_for_this_bucket_alone_is_enough_for_everything(influx, bucket, sensor):
    token = token_for(influx, bucket, "read", "write")
    store = open_influx(influx.url, token, influx.org, bucket)
    frames = steady(sensor, new_stream(), 3)
    write(store, frames)
    assert store.erase(sensor, T0, T0 + FRAME_US) == PER_FRAME
    assert read(store, sensor) == expected(frames[1:])
    assert len(store.streams(sensor, *FOREVER)) == 1
    store.close()


def test_a_store_opened_for_reading_refuses_to_write(influx, bucket, store, sensor, monkeypatch):
    write(store, steady(sensor, new_stream(), 1))
    monkeypatch.setenv("TEMPOBAND_INFLUX_TOKEN", influx.token)
    reader = open_store(f"{influx.url}?org={influx.org}&bucket={bucket}", writable=False)
    assert len(read(reader, sensor)) == PER_FRAME
    notes = [(BRIDGE, sensor, StreamEnded(new_stream(), 0))]
    for change in (
        lambda: reader.write([]),
        lambda: reader.write_notes(notes),
        lambda: reader.erase(sensor, *FOREVER),
    ):
        with pytest.raises(StorageError, match="reading only"):
            change()
    reader.close()
