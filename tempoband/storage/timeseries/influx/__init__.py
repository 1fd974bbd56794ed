"""Time-series store over InfluxDB 2, through influxdb-client (extra ``influx``)."""

from tempoband.storage.timeseries.influx.address import InfluxAddress
from tempoband.storage.timeseries.influx.server import Patience, Server
from tempoband.storage.timeseries.influx.store import InfluxStore

__all__ = ["InfluxAddress", "InfluxStore", "Patience", "open_influx", "open_influx_url"]


def open_influx(
    url: str,
    token: str,
    org: str,
    bucket: str,
    *,
    writable: bool = True,
    patience: Patience | None = None,
) -> InfluxStore:
    """Open a bucket; exactly one process may open it for writing.

    Args:
        url: such as ``http://127.0.0.1:8086``.
        token: with the right to read the bucket, and for writing also to write it.
        org: the organisation's name.
        bucket: the bucket's name; it must exist.
        writable: False: every write is refused.
        patience: how long to try again while the server is busy or away; a reader has less, someone waits.

    Raises:
        StorageError: DENIED for a bad token, MISCONFIGURED for a missing organisation or bucket, UNAVAILABLE
            while the server is away.
    """
    patience = patience or (Patience() if writable else Patience(attempts=2))
    server = Server(InfluxAddress(url=url, org=org, bucket=bucket, token=token), patience)
    try:
        return InfluxStore(server, writable=writable)
    except BaseException:
        server.close()
        raise


def open_influx_url(url: str, *, writable: bool = True) -> InfluxStore:
    """Open ``http(s)://host:8086?org=...&bucket=...``; the token comes from the environment.

    Raises:
        StorageError: as open_influx, and MISCONFIGURED for an incomplete address or no token.
    """
    address = InfluxAddress.from_url(url)
    return open_influx(address.url, address.token, address.org, address.bucket, writable=writable)
