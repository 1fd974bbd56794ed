"""Where the bucket is and who we are to it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tempoband.storage.errors import StorageError, StorageReason

TOKEN_VARIABLE = "TEMPOBAND_INFLUX_TOKEN"  # noqa: S105 - the variable's name, not a token
TOKEN_FILE_VARIABLE = "TEMPOBAND_INFLUX_TOKEN_FILE"  # noqa: S105 - the same


@dataclass(frozen=True, slots=True)
class InfluxAddress:
    """A bucket of an InfluxDB 2 server; the token is never shown."""

    url: str
    org: str
    bucket: str
    token: str = field(repr=False)

    @classmethod
    def from_url(cls, url: str, environ: Mapping[str, str] = os.environ) -> "InfluxAddress":
        """Read ``http(s)://host:port?org=...&bucket=...``; the token comes from the environment.

        ``TEMPOBAND_INFLUX_TOKEN`` holds the token, or ``TEMPOBAND_INFLUX_TOKEN_FILE`` names a file with it:
        a token in a URL would end up in logs and process lists.

        Raises:
            StorageError: a part is missing, or the token is (MISCONFIGURED).
        """
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        if "token" in query:
            raise _wrong(f"the token does not belong in the URL: set {TOKEN_VARIABLE}")
        missing = [name for name in ("org", "bucket") if not query.get(name)]
        if missing or parts.scheme not in {"http", "https"} or not parts.netloc:
            raise _wrong(
                f"InfluxDB address without {' and '.join(missing) or 'host'}: write http://host:8086?org=...&bucket=..."
            )
        bare = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        return cls(url=bare, org=query["org"][0], bucket=query["bucket"][0], token=_token(environ))


def _token(environ: Mapping[str, str]) -> str:
    named = environ.get(TOKEN_FILE_VARIABLE)
    if not named:
        token = environ.get(TOKEN_VARIABLE, "")
    else:
        try:
            token = Path(named).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise _wrong(f"{TOKEN_FILE_VARIABLE}: cannot read {named}: {error.strerror}") from error
    if not token:
        raise _wrong(f"no token for InfluxDB: set {TOKEN_VARIABLE} or {TOKEN_FILE_VARIABLE}")
    return token


def _wrong(detail: str) -> StorageError:
    return StorageError(StorageReason.MISCONFIGURED, detail)
