"""Keeps sensors streaming while somebody looks or a set is open; otherwise their batteries rest."""

import asyncio

from dashboard.live.hub import LiveHub
from dashboard.sensors.commands import Commander
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.messaging.errors import MessagingError
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, declarations

_RENEWALS = 3  # a lease survives two lost renewals


class Leases:
    """Renews the leases of all wanted sensors; one that nobody wants any more just lapses."""

    def __init__(self, live: LiveHub, commands: Commander, records: Records, lease_s: float) -> None:
        self._live = live
        self._commands = commands
        self._records = records
        self._lease_s = lease_s

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            for sensor in await self._wanted():
                self.renew(sensor)
            await asyncio.sleep(self._lease_s / _RENEWALS)

    def renew(self, sensor: str, by: str = "dashboard") -> None:
        """Ask for one more lease now; while the broker is away there is nobody to ask."""
        try:
            self._commands.lease(sensor, by, self._lease_s)
        except MessagingError:
            return

    async def _wanted(self) -> set[str]:
        try:
            in_sets = await asyncio.to_thread(self._in_open_sets)
        except StorageError:  # the pages' sensors are still worth a lease
            in_sets = set()
        return in_sets.union(self._live.watched())

    def _in_open_sets(self) -> set[str]:
        with self._records.read() as session:
            return {told.sensor for told in declarations.every_open(session, LOCAL_CLINIC)}
