"""The connection: writes, queries and deletes through influxdb-client, its failures as StorageError."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt
import urllib3
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.dialect import Dialect

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.influx.address import InfluxAddress

_REQUEST_BYTES = 4_000_000  # a body this large takes the server well under a second
_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try again while the server is busy (429, 502 to 504), away or silent.

    Attempts wait 0.2 s, 0.4 s, ... up to ``longest_pause_s`` (with jitter), or as Retry-After says.
    """

    attempts: int = 5
    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    timeout_s: float = 10.0

    def policy(self) -> urllib3.Retry:
        """The same for every request: writes are idempotent, so that all may be repeated."""
        return urllib3.Retry(
            total=self.attempts - 1,
            allowed_methods=None,
            status_forcelist=_BUSY,
            backoff_factor=self.first_pause_s / 2,  # urllib3 doubles it before the first use
            backoff_max=self.longest_pause_s,
            backoff_jitter=self.first_pause_s / 2,
            retry_after_max=int(self.longest_pause_s),
        )


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a query: columns of text, as the server wrote them."""

    columns: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def text(self, name: str) -> Sequence[str]:
        """A column; one that no row has is empty text in every row."""
        return self.columns.get(name) or [""] * len(self)

    def whole(self, name: str) -> npt.NDArray[np.int64]:
        """A column of whole numbers."""
        return np.array(self.columns.get(name, ()), dtype=np.int64)

    def real(self, name: str) -> npt.NDArray[np.float64]:
        """A column of floats."""
        return np.array(self.columns.get(name, ()), dtype=np.float64)

    def time_ns(self, name: str = "_time") -> npt.NDArray[np.int64]:
        """A column of times as UTC nanoseconds."""
        bare = [text.removesuffix("Z") for text in self.columns.get(name, ())]
        return np.array(bare, dtype="datetime64[ns]").astype(np.int64)


class Server:
    """One bucket over one connection pool; safe to use from several threads."""

    def __init__(self, address: InfluxAddress, patience: Patience) -> None:
        self.address = address
        self._client = InfluxDBClient(
            url=address.url,
            token=address.token,
            org=address.org,
            timeout=int(patience.timeout_s * 1000),
            retries=patience.policy(),
        )
        self._write = self._client.write_api(write_options=SYNCHRONOUS)
        self._query = self._client.query_api()
        self._delete = self._client.delete_api()
        self._dialect = Dialect(header=True, delimiter=",", annotations=[], date_time_format="RFC3339Nano")

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def retention_s(self) -> int | None:
        """How long the bucket keeps samples; None: for ever.

        Raises:
            StorageError: no such organisation or bucket, a token without right, or the server is away.
        """
        named = {"name": self.address.bucket, "org": self.address.org}
        with self._failures():
            found = self._client.buckets_api().find_buckets(**named)
        if not found.buckets:
            raise self._error(StorageReason.MISCONFIGURED, "no such bucket that the token may see")
        seconds = max((rule.every_seconds for rule in found.buckets[0].retention_rules), default=0)
        return int(seconds) or None

    def write(self, lines: Sequence[bytes]) -> None:
        """Write lines of line protocol with nanosecond times; on disk on return, in the order given.

        Raises:
            StorageError: some or all of it was not kept; writing it again is harmless.
        """
        for body in _bodies(lines):
            with self._failures():
                self._write.write(bucket=self.address.bucket, record=body)

    def query(self, flux: str) -> Table:
        """Run a query that gives one table.

        Raises:
            StorageError: refused, failed half-way, or the server is away.
        """
        with self._failures():
            response = self._query.query_raw(flux, dialect=self._dialect)
            try:
                text = response.data.decode()
            finally:
                response.release_conn()
        return self._table(text)

    def delete(self, start_ns: int, stop_ns: int, predicate: str) -> None:
        """Delete points with start <= time <= stop that match.

        Raises:
            StorageError: not all is gone; deleting again is harmless.
        """
        with self._failures():
            self._delete.delete(_rfc3339(start_ns), _rfc3339(stop_ns), predicate, bucket=self.address.bucket)

    def _table(self, text: str) -> Table:
        """Tables are set apart by blank lines; one that tells of an error may follow half an answer."""
        tables = [list(rows) for filled, rows in groupby(csv.reader(text.splitlines()), bool) if filled]
        for header, *body in tables:
            if "error" in header:
                what = body[0][header.index("error")]
                raise self._error(StorageReason.UNAVAILABLE, f"a query failed: {what}")
        if not tables:
            return Table({})
        (header, *body), *others = tables
        if others:
            raise self._error(StorageReason.CORRUPT, "a query gave several tables, columns differ")
        return Table(dict(zip(header, zip(*body, strict=True), strict=True)) if body else {})

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except InfluxDBError as error:
            status = error.response.status if error.response is not None else None
            message = _json_message(str(error.message))
            raise self._error(_reason(status, message), _words(status, message)) from error
        except urllib3.exceptions.HTTPError as error:
            raise self._error(StorageReason.UNAVAILABLE, f"no answer: {_cause(error)}") from error

    def _error(self, reason: StorageReason, detail: str) -> StorageError:
        return StorageError(
            reason,
            f"InfluxDB at {self.address.url}, organisation {self.address.org!r}, "
            f"bucket {self.address.bucket!r}: {detail}",
        )


def _bodies(lines: Sequence[bytes]) -> Iterator[bytes]:
    body: list[bytes] = []
    size = 0
    for line in lines:
        if body and size + len(line) > _REQUEST_BYTES:
            yield b"".join(body)
            body, size = [], 0
        body.append(line)
        size += len(line)
    if size:
        yield b"".join(body)


def _reason(status: int | None, message: str) -> StorageReason:
    if status in {401, 403}:
        return StorageReason.DENIED
    if "no space left" in message:
        return StorageReason.FULL
    if status is not None and 400 <= status < 500 and status not in _BUSY:
        return StorageReason.MISCONFIGURED
    return StorageReason.UNAVAILABLE


def _words(status: int | None, message: str) -> str:
    if status == 401:
        return f"the token is refused ({message})"
    if status == 403:
        return f"the token lacks a right ({message})"
    return f"{message} (status {status})"


def _json_message(message: str) -> str:
    try:
        return str(json.loads(message)["message"])
    except (ValueError, KeyError, TypeError):
        return message


def _cause(error: urllib3.exceptions.HTTPError) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).split(": ", 1)[-1]


def _rfc3339(time_ns: int) -> str:
    return f"{np.datetime64(time_ns, 'ns')}Z"
