"""The embedded store."""

from tempoband.storage.timeseries.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
