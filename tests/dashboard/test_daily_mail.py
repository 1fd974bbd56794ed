"""The daily mail against a real mail server in this process: what is sent, when, how often."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message

import httpx
import pytest
from pydantic import SecretStr

from dashboard.app import create_app
from dashboard.mail.daily import DailyMailer
from dashboard.mail.smtp import Security, SmtpSettings
from dashboard.services import Services
from dashboard.settings import DashboardSettings
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import daily_mails
from tests.dashboard.caseload import DAY_US, NOON_US, Person
from tests.dashboard.days import SUNDAY, at
from tests.dashboard.postbox import AnyPort, Postbox

TO = ("physio@example.org", "second@example.org")


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, SmtpSettings]]:
    box = Postbox()
    controller = AnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield (
            box,
            SmtpSettings(
                host="127.0.0.1",
                port=controller.port,
                security=Security.NONE,
                sender="tempoband@example.org",
            ),
        )
    finally:
        controller.stop()


@dataclass
class Clock:
    """A clock that stands until it is set."""

    now_us: int = NOON_US

    def __call__(self) -> int:
        return self.now_us


def mailer(services: Services, smtp: SmtpSettings, clock: Clock) -> DailyMailer:
    with services.records.write() as session:
        daily_mails.setup(session, LOCAL_CLINIC, enabled=True, to=TO, hour=7)
    return DailyMailer(services.records, services.board, smtp, "https://clinic.example.org", clock)


def text(message: Message) -> str:
    return str(message.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]


def test_one_mail_a_day_with_counts_and_a_link_and_nobodys_name(
    services: Services, postbox: tuple[Postbox, SmtpSettings]
) -> None:
    box, smtp = postbox
    Person(services, "Zebulon Quist").done(SUNDAY - timedelta(10))
    Person(services, "Fine Person").keeps_to_it()
    clock = Clock(at(SUNDAY, 6))
    post = mailer(services, smtp, clock)
    assert post.step() == 0  # not before its hour
    clock.now_us = at(SUNDAY, 7)
    assert [post.step(), post.step(), post.step()] == [1, 0, 0]
    [(to, message)] = box.mails
    assert to == list(TO)
    assert (message["Subject"], message["Bcc"]) == ("tempoband: 1 of 2", None)
    assert TO[0] not in str(message["To"])
    words = text(message)
    assert "One person needs a look: 1 act today." in words
    assert "https://clinic.example.org" in words
    assert not [name for name in ("Zebulon", "Quist", "pain", "set for") if name in words]
    clock.now_us += DAY_US
    assert post.step() == 1


def test_nobody_to_look_at_no_mail(services: Services, postbox: tuple[Postbox, SmtpSettings]) -> None:
    box, smtp = postbox
    Person(services).keeps_to_it()
    assert mailer(services, smtp, Clock()).step() == 0
    assert box.mails == []


def test_a_mail_that_was_refused_is_tried_again_and_its_reason_kept(
    services: Services, postbox: tuple[Postbox, SmtpSettings]
) -> None:
    box, smtp = postbox
    Person(services).done(SUNDAY - timedelta(10))
    clock = Clock()
    post = mailer(services, smtp, clock)
    box.refusal = "451 try later"
    assert post.step() == 0
    with services.records.read() as session:
        kept = daily_mails.get(session, LOCAL_CLINIC)
    assert "451" in str(kept.trouble)
    assert not [address for address in TO if address in str(kept.trouble)]
    box.refusal = ""
    clock.now_us += 14 * 60_000_000
    assert post.step() == 0  # not every minute: a wrong password would lock the account
    clock.now_us += 60_000_000
    assert post.step() == 1
    with services.records.read() as session:
        assert daily_mails.get(session, LOCAL_CLINIC).trouble is None


def test_two_processes_send_one_mail(services: Services, postbox: tuple[Postbox, SmtpSettings]) -> None:
    box, smtp = postbox
    Person(services).done(SUNDAY - timedelta(10))
    first, second = mailer(services, smtp, Clock()), mailer(services, smtp, Clock())
    assert first.step() + second.step() == 1
    assert len(box.mails) == 1


@pytest.fixture
async def with_mail(
    settings: DashboardSettings, postbox: tuple[Postbox, SmtpSettings]
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings.model_copy(update={"smtp": postbox[1]}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
        yield client
    app.state.services.store.close()
    app.state.services.records.close()


async def test_the_set_up_and_a_test_mail(
    with_mail: httpx.AsyncClient, postbox: tuple[Postbox, SmtpSettings]
) -> None:
    wanted = {"enabled": True, "to": list(TO), "hour": 6}
    kept = (await with_mail.put("/api/daily-mail", json=wanted)).json()
    assert {name: kept[name] for name in wanted} == wanted
    assert (kept["server"], kept["last_sent_us"]) == ("127.0.0.1", None)
    assert (await with_mail.post("/api/daily-mail/test", json={"to": TO[0]})).status_code == 200
    [(to, message)] = await asyncio.to_thread(lambda: postbox[0].mails)
    assert (to, message["Subject"]) == ([TO[0]], "tempoband: test")
    postbox[0].refusal = "550 no"
    refused = await with_mail.post("/api/daily-mail/test", json={"to": TO[0]})
    assert (refused.status_code, "550" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "address", ["", "a b@example.org", "a@b@example.org", "a@example.org\nBcc: x@y.z", "a@example"]
)
async def test_addresses_are_addresses(with_mail: httpx.AsyncClient, address: str) -> None:
    answer = await with_mail.put("/api/daily-mail", json={"enabled": True, "to": [address], "hour": 7})
    assert answer.status_code == 422
    assert (
        await with_mail.put("/api/daily-mail", json={"enabled": True, "to": [], "hour": 7})
    ).status_code == 422


def test_the_password_is_never_shown() -> None:
    settings = SmtpSettings(host="h", username="u", password=SecretStr("s3cret-word"))
    assert "s3cret-word" not in repr(settings) + str(settings.model_dump())


async def test_without_a_mail_server_it_is_said_what_to_set(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/daily-mail/test", json={"to": TO[0]})
    assert (answer.status_code, "SMTP__HOST" in answer.json()["detail"]) == (422, True)


async def test_the_mail_is_in_the_language_of_the_page_it_was_set_up_on(
    with_mail: httpx.AsyncClient, postbox: tuple[Postbox, SmtpSettings]
) -> None:
    german = {"accept-language": "de"}
    wanted = {"enabled": True, "to": list(TO), "hour": 6}
    await with_mail.put("/api/daily-mail", json=wanted, headers=german)
    await with_mail.post("/api/daily-mail/test", json={"to": TO[0]}, headers=german)
    [(_, message)] = await asyncio.to_thread(lambda: postbox[0].mails)
    assert "Das ist ein Test." in message.get_payload(decode=True).decode()
    services = with_mail._transport.app.state.services
    with services.records.read() as session:
        assert daily_mails.get(session, LOCAL_CLINIC).language == "de"
