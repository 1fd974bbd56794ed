"""Two homes with four sensors each, two ingest workers on disjoint shards, one broker: all to be killed."""

import contextlib
import random
import socket
import sqlite3
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from firmware_bridge.spool.spool import FILE as SPOOL_FILE
from tempoband.contracts.topics import shard_of
from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.storage.errors import StorageError
from tempoband.storage.timeseries.base import TimeSeriesReader
from tempoband.storage.timeseries.open import open_store
from tests.support.processes import Mosquitto, Process, free_port, until

PROGRAMS = Path(__file__).parents[1] / "e2e" / "programs"
LINE = struct.Struct("<Bdf")  # as virtual_bridge.py writes it
SENSORS_A_HOME = 4
STEP_N = 0.001  # of the sensors
PATIENCE_S = 300  # only bounds a failing test
HOMES = ("home-0", "home-1")  # one in each half of the shards
RANGES = {"low": "00-7f", "high": "80-ff"}
FOREVER = (0, 2**52)


class Amqtt(Process):
    """The embedded broker as a process."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [sys.executable, str(PROGRAMS / "embedded_broker.py"), str(self.port)]
        super().__init__("amqtt", command, folder)

    def start(self) -> None:
        super().start()
        until(self.listening, "amqtt to listen")

    def listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


class StoreServer(Protocol):
    """A store that is a process of its own, to be killed too."""

    address: str

    def kill(self) -> None: ...
    def start(self) -> None: ...


@dataclass
class Homes:
    """The whole chain; a ``store`` takes the place of the two embedded stores, with a single worker."""

    folder: Path
    broker: Amqtt | Mosquitto
    store: StoreServer | None = None
    since_s: float = field(default_factory=time.time)
    kills: list[str] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    ended: set[Path] = field(default_factory=set)  # ledgers of runs that were killed

    def __post_init__(self) -> None:
        self.ledgers = self.folder / "ledgers"
        self.ledgers.mkdir()
        self.bridges = {name: self._bridge(name, n, SENSORS_A_HOME) for n, name in enumerate(HOMES)}
        self.drains = {name: self._bridge(name, n, 0) for n, name in enumerate(HOMES)}
        ranges = RANGES if self.store is None else {"all": "00-ff"}
        self.workers = {name: self._worker(name, shards) for name, shards in ranges.items()}

    def _bridge(self, name: str, home: int, sensors: int) -> Process:
        spool, first = self.folder / f"spool-{name}", home * SENSORS_A_HOME
        arguments = [self.broker.port, spool, self.ledgers, name, first, sensors, self.since_s]
        command = [sys.executable, str(PROGRAMS / "rising_bridge.py"), *map(str, arguments)]
        return Process(f"{name}-{sensors}", command, self.folder)

    def _worker(self, name: str, shards: str) -> Process:
        environment = {
            "TEMPOBAND_INGEST_WORKER": name,
            "TEMPOBAND_INGEST_SHARDS": shards,
            "TEMPOBAND_INGEST_MQTT__PORT": str(self.broker.port),
            "TEMPOBAND_INGEST_STORE": self.address(name),
            "TEMPOBAND_INGEST_DATA_DIR": str(self.folder / f"store-{name.partition('.')[0]}"),
        }
        command = [sys.executable, "-m", "tempoband.app", "ingest"]
        return Process(f"ingest-{name}", command, self.folder, environment)

    def address(self, worker: str) -> str:
        return self.store.address if self.store else str(self.folder / f"store-{worker.partition('.')[0]}")

    def start(self) -> None:
        for part in (self.broker, *self.workers.values(), *self.bridges.values()):
            part.start()
        for worker in self.workers:
            self.wait_for_work(worker)

    def close(self) -> None:
        for part in (*self.drains.values(), *self.bridges.values(), *self.workers.values(), self.broker):
            part.close()

    # -- killing ----------------------------------------------------------------------------------

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL of a part that works, at a random instant, and its start some time later."""
        parts = {"broker": self.broker, **self.workers, **self.bridges}
        if self.store is not None:
            parts["store"] = self.store
        name, part = chance.choice(sorted(parts.items()))
        self.wait_for_work(name)
        time.sleep(chance.uniform(0, 0.6))
        part.kill()
        self.kills.append(name)
        self.ended |= set(self.ledgers.glob(f"{name}-*.bin"))
        time.sleep(chance.choice([0.0, 0.0, 0.3, 1.0]))
        part.start()

    def take_over(self, name: str) -> None:
        """A worker dies, and another one takes its range, on the same folder or server."""
        self.wait_for_work(name)
        worker = self.workers.pop(name)
        worker.kill()
        self.kills.append(name)
        other = f"{name}.next"
        self.workers[other] = self._worker(other, worker.environment["TEMPOBAND_INGEST_SHARDS"])
        self.workers[other].start()
        self.wait_for_work(other)

    def wait_for_work(self, name: str) -> None:
        """A part that is still starting has nothing to lose yet."""
        if name in self.workers:
            before = self.newest_commit(name)
            until(lambda: self.newest_commit(name) > before, f"{name} to store", PATIENCE_S)
        elif name in self.bridges:
            until(lambda: self.streams(name), f"{name} to stream", PATIENCE_S)

    def streams(self, name: str) -> bool:
        """Whether the bridge's present run has handed samples to the radio."""
        newest = max(self.ledgers.glob(f"{name}-*.bin"), key=lambda ledger: ledger.name, default=None)
        return newest is not None and newest not in self.ended and newest.stat().st_size > 0

    # -- the books --------------------------------------------------------------------------------

    def settle(self) -> None:
        """Stop the sensors, and wait until both spools have got a receipt for everything."""
        for bridge in self.bridges.values():
            bridge.stop()
        for drain in self.drains.values():
            drain.start()
        until(
            lambda: not any(self.spooled(name) for name in HOMES),
            "every frame to be receipted",
            2 * PATIENCE_S,
        )
        for drain in self.drains.values():
            drain.stop()

    def spooled(self, name: str) -> int:
        database = f"file:{self.folder / f'spool-{name}' / SPOOL_FILE}?mode=ro"
        with contextlib.closing(sqlite3.connect(database, uri=True)) as connection:
            tables = ("frames", "blocks", "notes")
            counts = [f"(SELECT count(*) FROM {table})" for table in tables]  # noqa: S608 - our own names
            return int(connection.execute(f"SELECT {' + '.join(counts)}").fetchone()[0])

    def runs(self, number: int) -> Iterator[list[int]]:
        """What a sensor handed to the radio in each run of its bridge, in steps of its lattice."""
        for ledger in sorted(self.ledgers.glob(f"{HOMES[number // SENSORS_A_HOME]}-*.bin")):
            data = ledger.read_bytes()
            whole = data[: len(data) // LINE.size * LINE.size]
            yield [
                round(kg * NEWTONS_PER_KGF / STEP_N) for n, _, kg in LINE.iter_unpack(whole) if n == number
            ]

    @contextlib.contextmanager
    def opened(self, worker: str) -> Iterator[TimeSeriesReader]:
        store = open_store(self.address(worker), writable=False)
        try:
            yield store
        finally:
            store.close()

    def newest_commit(self, worker: str) -> int:
        """The cursor of the newest commit; the last one known while the store is away."""
        with contextlib.suppress(StorageError), self.opened(worker) as store:
            while changes := store.changes(self.cursors.get(worker, 0)):
                self.cursors[worker] = changes[-1].cursor
        return self.cursors.get(worker, 0)

    def worker_of(self, number: int) -> str:
        if self.store is not None:
            return "all"
        return "low" if int(shard_of(HOMES[number // SENSORS_A_HOME]), 16) < 128 else "high"

    def stored(self, number: int) -> list[int]:
        """Every stored sample of a sensor, frame by frame, in steps of its lattice: repeats would show."""
        with self.opened(self.worker_of(number)) as store:
            frames = [item.frame for item in store.frames(f"progressor_{number:04d}", *FOREVER)]
        return [round(n / STEP_N) for frame in frames for n in frame.tension_n.tolist()]
