"""Counts attempts on credential paths before they are judged, so that guessing in parallel gains nothing."""

import ipaddress
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus

from sqlalchemy.orm import Session

from dashboard.errors import DashboardError, DashboardReason
from tempoband.identity.keys import Keyring
from tempoband.identity.lockout import ADDRESS, Limit
from tempoband.storage.records import Records, attempts
from tempoband.storage.records.attempts import Attempts
from tempoband.words.phrases import phrased


@dataclass(frozen=True, slots=True)
class CredentialPath:
    """One thing that can be guessed at: an account's password, or everything from one address.

    ``shared`` paths belong to many people: one success takes back its own attempt only.
    """

    kind: str
    name: str
    limit: Limit
    shared: bool = False


class Throttle:
    """Attempts, in the records."""

    def __init__(self, records: Records, keyring: Keyring) -> None:
        self._records = records
        self._keyring = keyring

    def enter(self, paths: Iterable[CredentialPath], now_us: int) -> None:
        """Count an attempt on every path; call ``passed`` when it turned out right.

        Raises:
            DashboardError: 429, when one of them is shut; nothing is counted then.
        """
        with self._records.write() as session:
            attempts.alone(session)
            found = [(path, self._found(session, path, now_us)) for path in paths]
            shut_us = max(known.shut_until_us for _, known in found) - now_us
            if shut_us > 0:
                raise _too_many(shut_us)
            for path, known in found:
                failures = known.failures + 1
                until_us = now_us + path.limit.pause_us(failures)
                attempts.keep(
                    session, replace(known, failures=failures, last_us=now_us, shut_until_us=until_us)
                )

    def passed(self, paths: Iterable[CredentialPath], now_us: int) -> None:
        """The attempt was right: its own paths begin anew."""
        with self._records.write() as session:
            attempts.alone(session)
            for path in paths:
                known = self._found(session, path, now_us)
                if path.shared and known.failures > 1:
                    attempts.keep(session, replace(known, failures=known.failures - 1, shut_until_us=0))
                else:
                    attempts.clear(session, known.path_digest)

    def _found(self, session: Session, path: CredentialPath, now_us: int) -> Attempts:
        known = attempts.find(session, self._keyring.digest(path.name, f"path {path.kind}"))
        if now_us - known.last_us > 4 * path.limit.longest_us:
            return Attempts(known.path_digest)  # long quiet: begin anew
        return known


def address_path(address: str) -> CredentialPath:
    """Everything that comes from one address; of IPv6 the network, since a machine has all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return CredentialPath("address", address, ADDRESS, shared=True)
    if isinstance(parsed, ipaddress.IPv6Address):
        network = ipaddress.ip_network((parsed, 64), strict=False)
        return CredentialPath("address", str(parsed.ipv4_mapped or network), ADDRESS, shared=True)
    return CredentialPath("address", str(parsed), ADDRESS, shared=True)


def _too_many(shut_us: int) -> DashboardError:
    wait_s = math.ceil(shut_us / 1e6)
    return DashboardError(
        HTTPStatus.TOO_MANY_REQUESTS,
        DashboardReason.TOO_MANY_ATTEMPTS,
        phrased("too many attempts; try again in {wait_s} s", wait_s=wait_s),
        headers={"retry-after": str(wait_s)},
    )
