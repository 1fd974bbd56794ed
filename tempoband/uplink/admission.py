"""Who may speak to the broker now: follows the records, and tells the broker when somebody may no more.

The embedded broker asks ``check`` for every connection. A mosquitto reads two files, which are written here
from the same records; ``deploy/mosquitto/start.sh`` has it read them again when they change, and mosquitto
then ends the connections of those who are no longer in them.
"""

import asyncio
import contextlib
import hmac
import os
import secrets
from collections.abc import Callable, Collection
from pathlib import Path

import structlog

from tempoband.contracts.topic_rules import SERVICE, Credential, Holder, mosquitto_acl
from tempoband.identity.secrets import new_secret, verify_secret
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, bridges
from tempoband.storage.records.bridges import Bridge

PASSWORDS, ACL = "bridges.passwords", "bridges.acl"
_LOOK_S = 1.0
log = structlog.get_logger(__name__)


class Admission:
    """Everybody who may come in; ``run`` keeps it up to date."""

    def __init__(
        self,
        records: Records,
        *,
        own_bridges: Collection[str] = (),
        folder: Path | None = None,
        on_revoked: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Secrets of this process's own parts are made here and kept in memory only.

        Args:
            records: where bridges and homes are enrolled.
            own_bridges: ids of bridges in this process.
            folder: where mosquitto's files go; None: there is no mosquitto.
            on_revoked: told the id of whoever may no longer come in.
        """
        self._records = records
        self._folder = folder
        self._on_revoked = on_revoked
        self._own = {SERVICE.id: (SERVICE, secrets.token_hex(16))}
        self._own |= {each: (Credential(Holder.BRIDGE, each), new_secret()) for each in own_bridges}
        self._known: dict[str, Bridge] = {}
        self._written: tuple[str, str] | None = None

    def secret_of(self, name: str) -> str:
        """The secret of a part of this process."""
        return self._own[name][1]

    def on_revoked(self, callback: Callable[[str], object]) -> None:
        """Tell this instead: the broker is made after us, for it asks us."""
        self._on_revoked = callback

    def check(self, username: str, password: str) -> Credential | None:
        """Who this is; None: nobody we know."""
        if username in self._own:
            credential, secret = self._own[username]
            return credential if hmac.compare_digest(secret.encode(), password.encode()) else None
        bridge = self._known.get(username)
        if bridge is None:  # enrolled since the last look?
            with contextlib.suppress(StorageError):
                self.refresh()
            bridge = self._known.get(username)
        return bridge.credential if bridge and verify_secret(password, bridge.secret_hash) else None

    def refresh(self) -> None:
        """Look at the records now, and let nobody stay who was revoked.

        Raises:
            StorageError: the records are away; whoever was known stays known.
        """
        with self._records.read() as session:
            known = {name: bridge for name, (_, bridge) in bridges.admitted(session).items()}
        gone = [name for name in self._known if name not in known]
        self._known = known
        self._write()
        for name in gone:
            log.info("bridge_revoked", bridge=name)
            self._on_revoked(name)

    async def run(self) -> None:
        """Look once a second, until cancelled."""
        while True:
            try:
                self.refresh()  # one short query; in this thread, for the broker lives in it
            except (StorageError, OSError) as error:
                log.warning("credentials_not_refreshed", why=str(error))
            await asyncio.sleep(_LOOK_S)

    def _write(self) -> None:
        if self._folder is None:
            return
        files = broker_files(list(self._known.values()))
        if files != self._written:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, text in zip((ACL, PASSWORDS), files, strict=True):
                _replace(self._folder / name, text)
            self._written = files


def broker_files(known: Collection[Bridge]) -> tuple[str, str]:
    """Access rules for mosquitto, and its passwords, for these bridges and homes."""
    ordered = sorted(known, key=lambda bridge: bridge.id)
    passwords = "".join(f"{bridge.id}:{bridge.secret_hash}\n" for bridge in ordered)
    return mosquitto_acl(tuple(bridge.credential for bridge in ordered)), passwords


def _replace(path: Path, text: str) -> None:
    """Whole or not at all; readable by its owner only."""
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
