"""Broker, ingest and a bridge with virtual sensors, each a process; and what they sent and stored."""

import contextlib
import sqlite3
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware_bridge.spool.spool import FILE as SPOOL_FILE
from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.storage.timeseries.open import open_store
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME
from tests.support.ledger import Comparison, Series, compare
from tests.support.processes import Mosquitto, Process, until

LINE = struct.Struct("<Bdf")  # as programs/virtual_bridge.py writes it


@dataclass
class Chain:
    """Broker, ingest and a bridge with virtual sensors, each a process."""

    folder: Path
    broker: Mosquitto
    ingest: Process
    bridge: Process
    drain: Process  # the same bridge with no sensor in the air: it only sends what its spool still holds
    analytics: Process  # not started by ``start``: it needs records

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.bin"

    @property
    def store_dir(self) -> Path:
        return self.folder / "store"

    def start(self) -> None:
        for part in (self.broker, self.ingest, self.bridge):
            part.start()

    def sent(self, number: int = 0) -> Series:
        """(true UTC s, newtons) of every sample that sensor handed to the radio, from the test's ledger."""
        rows = list(LINE.iter_unpack(self.ledger.read_bytes())) if self.ledger.exists() else []
        mine = np.array([(t, kg * NEWTONS_PER_KGF) for n, t, kg in rows if n == number]).reshape(-1, 2)
        return mine[:, 0], mine[:, 1]

    def stored(self, number: int = 0) -> Series:
        """(UTC s, newtons) of every stored sample of that sensor."""
        store = open_store(self.store_dir, writable=False)
        try:
            names = sorted(store.sensors())  # the sensors' addresses rise with their numbers
            if number >= len(names):
                return np.array([]), np.array([])
            curve = store.read(names[number], 0, 2**62)
        finally:
            store.close()
        return curve.time_us / 1e6, curve.tension_n

    def compare(self, number: int = 0) -> Comparison:
        """The test's ledger against the store."""
        return compare(self.sent(number), self.stored(number))

    def settle(self) -> None:
        """Stop the sensors, and wait until the spool has got a receipt for everything."""
        self.bridge.stop()
        self.drain.start()
        until(lambda: self.spooled() == 0, "every frame and note to be receipted", 60)
        self.drain.stop()

    def spooled(self) -> int:
        """Frames, blocks and notes that still lie in the spool."""
        database = f"file:{self.folder / 'spool' / SPOOL_FILE}?mode=ro"
        with contextlib.closing(sqlite3.connect(database, uri=True)) as connection:
            counts = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
                for table in ("frames", "blocks", "notes")
            ]
        return sum(counts)

    def delete_one_frame(self) -> None:
        """By hand, behind the product's back."""
        database = self.store_dir / FILE_NAME
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            deleted = connection.execute("DELETE FROM frames WHERE seq = (SELECT max(seq) - 5 FROM frames)")
            assert deleted.rowcount == 1

    def stored_count(self) -> int:
        with contextlib.suppress(Exception):  # the store may not be there yet
            return len(self.stored()[0])
        return 0

    def close(self) -> None:
        for part in (self.drain, self.analytics, self.bridge, self.ingest, self.broker):
            part.close()
