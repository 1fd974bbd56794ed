"""Several workers share the bridges by shard."""

import asyncio

import pytest

from tempoband.contracts import topics
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.ingest.looking import rows_of, stored_of
from tests.ingest.sender import Sender
from tests.messaging.tasks import running, until
from tests.timeseries.making import make_stream


@pytest.mark.parametrize("settings", [pytest.param("mosquitto", marks=pytest.mark.mosquitto)], indirect=True)
async def test_workers_share_the_shards_and_a_killed_ones_range_is_taken_over(
    settings, store, make_ingest, tmp_path
):
    other = SqliteStore(tmp_path / "other")
    low = make_ingest(worker="low", shards="00-7f")
    high = make_ingest(worker="high", shards="80-ff", use=other, data_dir=tmp_path / "other")
    names = [f"home-{n}" for n in range(12)]
    shards = {n: int(topics.shard_of(n), 16) for n in names}
    assert {s < 128 for s in shards.values()} == {True, False}
    bridges = [Sender(settings, name) for name in names]
    sent = {f"band-{n}": make_stream(f"{n + 1:016x}", 30) for n in range(12)}

    def send(first: int, last: int) -> None:
        for bridge, (sensor, frames) in zip(bridges, sent.items(), strict=True):
            bridge.send(sensor, frames[first:last])

    async with running(high.run(), *(b.link.run() for b in bridges)):
        worker = asyncio.create_task(low.run())
        await until(lambda: all(len({h.worker for h in b.heartbeats}) == 2 for b in bridges), "both workers")
        send(0, 10)
        await until(lambda: not any(b.spool for b in bridges), "the first receipts")
        abrupt_end(low, worker)
        send(10, 20)
        await until(
            lambda: not any(b.spool for b in bridges if shards[b.bridge] >= 128), "the other range goes on"
        )
        assert any(b.spool for b in bridges if shards[b.bridge] < 128)
        async with running(
            make_ingest(worker="low-2", shards="00-7f").run(), *(b.keep_sending() for b in bridges)
        ):
            send(20, 30)
            await until(lambda: not any(b.spool for b in bridges), "the range taken over")
    for name, (sensor, frames) in zip(names, sent.items(), strict=True):
        assert stored_of(store if shards[name] < 128 else other, sensor) == rows_of(frames)
    other.close()


def abrupt_end(service, task: asyncio.Task) -> None:
    """No draining, no goodbye: what SIGKILL leaves behind."""
    service._drain = lambda: asyncio.sleep(0)
    service._link._connection._socket._inner.close()
    task.cancel()
