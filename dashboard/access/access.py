"""Everything that accounts need, made once per application; there is none where no account is asked."""

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection

from dashboard.access.known import Doorman
from dashboard.access.settings import AccessSettings, keyring
from dashboard.access.throttle import CredentialPath, Throttle, address_path
from dashboard.access.watch import Watch
from tempoband.contracts.hosts import is_address
from tempoband.identity.keys import Keyring
from tempoband.storage.records import Records


@dataclass(frozen=True, slots=True)
class Access:
    """The parts that let people in."""

    settings: AccessSettings
    records: Records
    keyring: Keyring
    doorman: Doorman
    throttle: Throttle
    watch: Watch

    def now_us(self) -> int:
        """UTC microseconds."""
        return self.doorman.now_us()

    @staticmethod
    def address(connection: HTTPConnection) -> CredentialPath:
        """The path of the asker's address; a trusted proxy's word for it was taken in before."""
        return address_path("unknown" if connection.client is None else connection.client.host)

    def base(self, connection: HTTPConnection) -> str:
        """How links begin: the address in the settings, else the one the browser asked.

        At home the machine's address changes now and then: who opened the page by address gives it on.
        """
        asked = f"{connection.url.scheme}://{connection.url.netloc}"
        by_address = connection.url.scheme == "https" and is_address(connection.url.hostname or "")
        return asked if by_address else self.settings.public_url or asked


def make_access(
    settings: AccessSettings, records: Records, secret_dir: Path, *, loopback: bool
) -> Access | None:
    """None where no account is asked.

    Args:
        settings: whether and how accounts are asked for.
        records: where they are kept.
        secret_dir: where a secret that the settings do not name is kept.
        loopback: whether only this machine can reach the pages.

    Raises:
        IdentityError: the server's secret is weak, or readable by others.
    """
    if not settings.accounts:
        return None
    keys = keyring(settings, secret_dir)
    elsewhere = not loopback or bool(settings.trusted_proxies)
    doorman = Doorman(records, second_factor_required=elsewhere)
    return Access(
        settings=settings,
        records=records,
        keyring=keys,
        doorman=doorman,
        throttle=Throttle(records, keys),
        watch=Watch(records, doorman.now_us),
    )
