"""A store from its address."""

from pathlib import Path

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.base import Eraser, TimeSeriesStore
from tempoband.storage.timeseries.sqlite import SqliteStore


def open_store(target: str | Path, writable: bool = True) -> TimeSeriesStore:
    """A data directory (embedded store), or ``http(s)://host:8086?org=...&bucket=...`` (InfluxDB 2).

    Raises:
        StorageError: it cannot be opened, or the address is of no kind we know.
    """
    address = str(target)
    scheme, separator, _ = address.partition("://")
    if not separator or len(scheme) == 1:  # a drive letter is no scheme
        return SqliteStore(Path(address), writable)
    if scheme == "sqlite":
        return SqliteStore(Path(address.removeprefix("sqlite://")), writable)
    if scheme in {"http", "https"}:
        return _influx(address, writable)
    raise StorageError(
        StorageReason.MISCONFIGURED,
        f"no time-series store of the kind {scheme!r}: give a folder or the address of an InfluxDB 2",
    )


def open_eraser(target: str | Path) -> Eraser:
    """The store at an address, to erase from while its writer runs, also from another process.

    Raises:
        StorageError: it cannot be opened, or the address is of no kind we know.
    """
    address = str(target)
    scheme, separator, path = address.partition("://")
    if scheme == "sqlite" and separator:
        return SqliteStore(Path(path), beside=True)
    if not separator or len(scheme) == 1:
        return SqliteStore(Path(address), beside=True)
    return open_store(address)


def _influx(address: str, writable: bool) -> TimeSeriesStore:
    try:
        from tempoband.storage.timeseries.influx import open_influx_url  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise StorageError(
            StorageReason.MISCONFIGURED,
            f"InfluxDB needs the extra 'influx': pip install 'tempoband[influx]' ({error})",
        ) from error
    return open_influx_url(address, writable=writable)
