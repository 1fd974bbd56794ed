"""A store from its address."""

from pathlib import Path

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.base import TimeSeriesStore
from tempoband.storage.timeseries.sqlite import SqliteStore


def open_store(target: str | Path, writable: bool = True) -> TimeSeriesStore:
    """A data directory (embedded store), or ``influxdb://...``.

    Raises:
        StorageError: it cannot be opened, or the address is of no kind we know.
    """
    address = str(target)
    scheme, separator, _ = address.partition("://")
    if not separator or len(scheme) == 1:  # a drive letter is no scheme
        return SqliteStore(Path(address), writable)
    if scheme == "sqlite":
        return SqliteStore(Path(address.removeprefix("sqlite://")), writable)
    raise StorageError(
        StorageReason.MISCONFIGURED, f"no time-series store of the kind {scheme!r}: give a folder"
    )
