"""Time-series store over InfluxDB 2, through influxdb-client (extra ``influx``)."""

from tempoband.storage.timeseries.influx.address import InfluxAddress
from tempoband.storage.timeseries.influx.reader import InfluxReader
from tempoband.storage.timeseries.influx.server import Patience, Server
from tempoband.storage.timeseries.influx.store import InfluxStore

__all__ = ["InfluxAddress", "InfluxReader", "InfluxStore", "Patience", "open_influx", "open_influx_url"]


def open_influx(
    url: str, token: str, org: str, bucket: str, *, patience: Patience | None = None
) -> InfluxStore:
    """Open a bucket for writing; exactly one process may.

    Args:
        url: such as ``http://127.0.0.1:8086``.
        token: with the rights to read and to write the bucket, and to delete from it.
        org: the organisation's name.
        bucket: the bucket's name; it must exist.
        patience: how long to try again while the server is busy or away.

    Raises:
        StorageError: DENIED for a bad token, MISCONFIGURED for a missing organisation or bucket, UNAVAILABLE
            while the server is away.
    """
    server = Server(InfluxAddress(url=url, org=org, bucket=bucket, token=token), patience)
    try:
        return InfluxStore(server)
    except BaseException:
        server.close()
        raise


def open_influx_url(url: str, *, writable: bool) -> InfluxReader:
    """Open ``http(s)://host:8086?org=...&bucket=...``; the token comes from the environment.

    Returns:
        An InfluxStore when writable.

    Raises:
        StorageError: as open_influx, and MISCONFIGURED for an incomplete address or no token.
    """
    address = InfluxAddress.from_url(url)
    if writable:
        return open_influx(address.url, address.token, address.org, address.bucket)
    server = Server(address)
    try:
        server.retention_s()  # says at once what is wrong with the address or the token
    except BaseException:
        server.close()
        raise
    return InfluxReader(server)
