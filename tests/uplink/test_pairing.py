"""Six digits pair a home once, few may be tried, and MQTT goes through the page's own port."""

import httpx
import pytest

from dashboard.app import create_app
from dashboard.errors import DashboardError
from dashboard.sensors import pairing
from dashboard.settings import DashboardSettings
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.homes import PROTOCOL_MAX, PROTOCOL_MIN, HomeReason, PairingAsk, agree, reason_of
from tempoband.contracts.topic_rules import Holder
from tempoband.identity.lockout import MINUTE_US
from tempoband.identity.secrets import verify_secret
from tempoband.storage.records import bridges, clinics, people
from tempoband.storage.records.pairing import VALID_US
from tests.uplink.conftest import T0


@pytest.fixture
def person(records) -> str:
    with records.write() as session:
        clinics.ensure(session, LOCAL_CLINIC, "Clinic", now_us=T0)
        return people.add(session, LOCAL_CLINIC, "Ada", now_us=T0).id


def issue(records, person, now_us=T0) -> str:
    with records.write() as session:
        return pairing.issue(session, LOCAL_CLINIC, person, by="physio", now_us=now_us)[0]


def ask(code: str, **changes) -> PairingAsk:
    told = {"name": "kitchen", "version": "1", "protocol_min": PROTOCOL_MIN, "protocol_max": PROTOCOL_MAX}
    return PairingAsk(code=code, **told | changes)


def redeem(records, code: str, now_us=T0, address="192.0.2.7", **changes):
    return pairing.redeem(records, ask(code, **changes), address, now_us=now_us, mqtt_url="")


def refusal(records, code: str, **options) -> int:
    with pytest.raises(DashboardError) as caught:
        redeem(records, code, **options)
    return int(caught.value.status)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_pairs_one_home_once(records, person):
    code = issue(records, person)
    grant = redeem(records, code)
    with records.read() as session:
        home = bridges.get(session, LOCAL_CLINIC, grant.home)
        assert bridges.people_of(session, LOCAL_CLINIC, grant.home) == [person]
    assert home.holder is Holder.HOME
    assert verify_secret(grant.secret, home.secret_hash)
    assert grant.secret not in home.secret_hash
    assert refusal(records, code) == 403


def test_a_code_ends_with_its_time_and_with_the_next_one(records, person):
    late, now_us = issue(records, person), T0 + VALID_US
    assert refusal(records, late, now_us=now_us) == 403
    first, second = issue(records, person, now_us), issue(records, person, now_us)
    if first != second:
        assert refusal(records, first, now_us=now_us) == 403
    assert redeem(records, second, now_us=now_us).home


def test_guessing_is_locked_out_and_the_right_code_does_not_help_then(records, person):
    code = issue(records, person)
    answers = [refusal(records, wrong(code)) for _ in range(12)]
    assert answers[0] == 403
    assert answers[-1] == 429
    assert refusal(records, code) == 429
    later_us = T0 + 5 * MINUTE_US
    assert redeem(records, code, now_us=later_us).home


def test_guessing_from_many_addresses_is_locked_out_too(records, person):
    code = issue(records, person)
    answers = [refusal(records, wrong(code), address=f"192.0.2.{n}") for n in range(30)]
    assert answers[-1] == 429
    assert refusal(records, code, address="198.51.100.1") == 429


def test_what_is_too_old_or_too_new_is_refused_in_words_and_the_code_stays_good(records, person):
    code = issue(records, person)
    assert refusal(records, code, protocol_min=-2, protocol_max=PROTOCOL_MIN - 1) == 409
    assert refusal(records, code, protocol_min=PROTOCOL_MAX + 1, protocol_max=PROTOCOL_MAX + 3) == 409
    assert redeem(records, code).home


@pytest.mark.parametrize(
    ("least", "most", "expected", "reason"),
    [
        (PROTOCOL_MIN, PROTOCOL_MAX + 5, PROTOCOL_MAX, None),
        (PROTOCOL_MIN - 5, PROTOCOL_MIN - 1, None, HomeReason.HOME_TOO_OLD),
        (PROTOCOL_MAX + 1, PROTOCOL_MAX + 2, None, HomeReason.CLINIC_TOO_OLD),
    ],
)
def test_the_newest_common_protocol_is_spoken(least, most, expected, reason):
    protocol, why, words = agree(ask("1", protocol_min=least, protocol_max=most), "1.0")
    assert (protocol, why) == (expected, reason)
    assert bool(words) == (reason is not None)
    assert reason_of(words) == reason


async def test_the_route_says_no_in_words(tmp_path):
    app = create_app(DashboardSettings(data_dir=tmp_path))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.post("/api/pairing", json=ask("123456").model_dump())
        assert answer.status_code == 403
        assert "half an hour" in answer.json()["detail"]
        assert (await client.post("/api/pairing", json={"code": 5})).status_code == 422
    app.state.services.records.close()
