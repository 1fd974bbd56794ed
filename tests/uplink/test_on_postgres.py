"""A clinic whose records are in PostgreSQL, and a home that reaches it through the port of the pages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.app.running.web_server import address, bind, serve
from tempoband.contracts.homes import PROTOCOL_MAX
from tempoband.storage.records import declarations, people
from tempoband.uplink.home.credential import ClinicCredential
from tempoband.uplink.home.records import people_of_clinic
from tempoband.uplink.home.service import HomeUplink
from tests.messaging.tasks import running, until
from tests.records.conftest import migrated, postgres
from tests.records.postgres import PostgresServer
from tests.timeseries.making import SENSOR, all_stored, make_stream
from tests.uplink.conftest import secret_of
from tests.uplink.pairs import HOME, Pair, make_pair, payloads
from tests.uplink.test_erasing import wear, worn
from tests.uplink.test_records_both_ways import CLINIC, note, read, told, write

__all__ = ["migrated", "postgres"]


@dataclass
class Office:
    """The pair, and the clinic's pages."""

    pair: Pair
    http: httpx.AsyncClient
    where: str

    def home(self) -> HomeUplink:
        """By the address of the pages alone, as pairing leaves it."""
        secret = SecretStr(secret_of(HOME))
        credential = ClinicCredential(url=self.where, home=HOME, secret=secret, clinic_name="Clinic")
        return HomeUplink(credential, self.pair.home.store, self.pair.home.records)

    async def fleet(self) -> dict:
        [shown] = (await self.http.get("/api/homes")).json()
        return dict(shown)


@pytest.fixture
async def office(postgres: PostgresServer, migrated: str, tmp_path) -> AsyncIterator[Office]:
    with postgres.database(migrated) as url:
        async with make_pair(tmp_path, url) as pair:
            settings = DashboardSettings(
                data_dir=tmp_path / "clinic", records_url=SecretStr(url), mqtt=pair.service()
            )
            listener = bind("127.0.0.1", 0)
            where = address(listener)
            task = asyncio.create_task(serve(create_app(settings), listener))
            async with httpx.AsyncClient(base_url=where, headers={"Origin": where}) as http:
                yield Office(pair, http, where)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_frames_records_orders_and_the_fleet(office: Office):
    pair = office.pair
    async with pair.open(), running(office.home().run()):
        await until(lambda: read(pair.home, lambda s: people_of_clinic(s, HOME)), "the person at home")
        wear(pair)
        pair.home.store.write(all_stored(make_stream("a" * 16, 30), bridge="living-room"))
        write(pair.home, lambda s: declarations.tell(s, CLINIC, told(person_id=pair.person, id="done")))
        await until(lambda: len(payloads(pair.clinic, SENSOR)) == 30, "the samples")
        await until(lambda: read(pair.clinic, lambda s: declarations.find(s, CLINIC, "done")), "the set")
        assert read(pair.clinic, worn) == pair.person
        write(pair.clinic, lambda s: people.rename(s, CLINIC, pair.person, "Ada Anders"))
        write(pair.clinic, lambda s: note(s, pair.person))
        await until(lambda: named(pair) == "Ada Anders", "the change at home")
        shown = await office.fleet()
        assert (shown["online"], shown["protocol"], shown["refused"]) == (True, PROTOCOL_MAX, None)
        assert [each["name"] for each in shown["people"]] == ["Ada Anders"]
        erased = await office.http.post(f"/api/people/{pair.person}/erasure", json={"name": "Ada Anders"})
        assert erased.status_code == httpx.codes.OK, erased.text
        await until(lambda: not read(pair.home, lambda s: people.every(s, CLINIC)), "the home to erase")
        assert (await office.http.post(f"/api/homes/{HOME}/revoke")).status_code == httpx.codes.OK
        await until(lambda: not pair.broker.cut(HOME), "the cut")
    assert (await office.fleet())["revoked_us"] is not None


def named(pair: Pair) -> str:
    return read(pair.home, lambda s: people.get(s, CLINIC, pair.person)).display_name
