"""A wearer's way in: link and code once, consent, devices, leaving."""

import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import consents
from tests.accounts.joining import invited, let_in, physio
from tests.accounts.people import House


async def test_a_wearer_gets_in_with_link_and_code_once_and_agrees_first(house: House) -> None:
    async with house.browser() as desk, house.browser() as phone, house.browser() as other:
        await physio(house, desk)
        person, shown = await invited(desk)
        assert shown["link"] == f"https://clinic.example/join#{shown['key'].replace('-', '')}"
        told = {"key": shown["key"].lower(), "code": f"{shown['code'][:3]} {shown['code'][3:]}"}
        assert (await phone.post("/api/join/wearer", json=told)).status_code == 204
        assert (await other.post("/api/join/wearer", json=told)).status_code == 401
        me = (await phone.get("/api/me")).json()
        assert (me["role"], me["name"], me["person_id"], me["pending"]) == (
            "wearer",
            "Ada",
            person,
            "consent",
        )
        first = await phone.get(f"/api/people/{person}")
        assert (first.status_code, first.json()["reason"]) == (403, "consent")
        text = (await phone.get("/api/consent")).json()
        assert {each["language"] for each in text["texts"]} == {"en", "de"}
        stale = await phone.post("/api/consent", json={"version": "2020-01-01", "language": "de"})
        assert stale.status_code == 422
        agreed = await phone.post("/api/consent", json={"version": text["version"], "language": "de"})
        assert agreed.status_code == 204
        assert (await phone.get(f"/api/people/{person}")).json()["name"] == "Ada"
        with house.services.records.read() as session:
            held = consents.current(session, LOCAL_CLINIC, person)
        assert held is not None
        assert (held.version, held.language, len(held.text_sha256)) == (text["version"], "de", 64)


async def test_six_digits_are_guessed_five_times_at_most(house: House) -> None:
    async with house.browser() as desk, house.browser("198.51.100.9") as thief:
        await physio(house, desk)
        _, shown = await invited(desk)
        wrong = [f"{(int(shown['code']) + n) % 1_000_000:06d}" for n in range(1, 6)]
        for code in [*wrong, shown["code"]]:
            answer = await thief.post("/api/join/wearer", json={"key": shown["key"], "code": code})
            assert (answer.status_code, answer.json()["reason"]) == (401, "refused")


async def test_a_wearers_way_in_ends_after_a_quarter_of_an_hour_and_with_a_newer_one(house: House) -> None:
    async with house.browser() as desk, house.browser() as phone:
        await physio(house, desk)
        person, first = await invited(desk)
        second = (await desk.post(f"/api/people/{person}/invitation")).json()
        told = {"key": first["key"], "code": first["code"]}
        assert (await phone.post("/api/join/wearer", json=told)).status_code == 401
        house.clock.pass_s(15 * 60)
        told = {"key": second["key"], "code": second["code"]}
        assert (await phone.post("/api/join/wearer", json=told)).status_code == 401


async def test_a_physio_sees_and_logs_off_a_wearers_devices(house: House) -> None:
    agent = "Mozilla/5.0 (Linux; Android 15) Gecko/140.0 Firefox/140.0"
    async with house.browser() as desk, house.browser(**{"user-agent": agent}) as phone:
        await physio(house, desk)
        person, shown = await invited(desk)
        await phone.post("/api/join/wearer", json={"key": shown["key"], "code": shown["code"]})
        listed = (await desk.get(f"/api/people/{person}/devices")).json()
        assert [each["agent"] for each in listed["devices"]] == ["Firefox, Android"]
        assert listed["consent"] is None
        device = listed["devices"][0]["id"]
        assert (await desk.delete(f"/api/people/{person}/devices/{device}")).status_code == 204
        assert (await phone.get("/api/me")).status_code == 401


async def test_a_wearers_device_stays_logged_in_for_months_but_not_unused(house: House) -> None:
    account = house.wearer()
    async with house.browser() as phone:
        await let_in(house, phone, account.person_id or "")
        for _ in range(11):
            house.clock.pass_s(30 * 86_400)
            assert (await phone.get("/api/me")).status_code == 200
        house.clock.pass_s(91 * 86_400)
        assert (await phone.get("/api/me")).status_code == 401


async def test_a_copied_cookie_is_found_out_and_ends_both(house: House) -> None:
    account = house.wearer()
    async with house.browser() as phone, house.browser() as thief:
        await let_in(house, phone, account.person_id or "")
        thief.cookies.set("__Host-tempoband", phone.cookies["__Host-tempoband"])
        house.clock.pass_s(86_401)
        before = phone.cookies["__Host-tempoband"]
        assert (await phone.get("/api/me")).status_code == 200
        assert phone.cookies["__Host-tempoband"] != before
        assert (await phone.get("/api/me")).status_code == 200  # the new key was seen
        house.clock.pass_s(61)
        assert (await thief.get("/api/me")).status_code == 401
        assert (await phone.get("/api/me")).status_code == 401


async def test_a_lost_answer_with_a_new_key_locks_nobody_out(house: House) -> None:
    account = house.wearer()
    async with house.browser() as phone:
        await let_in(house, phone, account.person_id or "")
        for _ in range(3):
            house.clock.pass_s(86_401)
            old = phone.cookies["__Host-tempoband"]
            assert (await phone.get("/api/me")).status_code == 200
            phone.cookies.clear()
            phone.cookies.set("__Host-tempoband", old, domain="clinic.example")  # the answer never came
        house.clock.pass_s(120)
        assert (await phone.get("/api/me")).status_code == 200
        assert phone.cookies["__Host-tempoband"] != old
        assert (await phone.get("/api/me")).status_code == 200


@pytest.mark.parametrize("erase", [False, True])
async def test_a_wearer_leaves_and_comes_back_only_through_the_physio(house: House, erase: bool) -> None:
    async with house.browser() as desk, house.browser() as phone:
        await physio(house, desk)
        account = house.wearer()
        person = account.person_id or ""
        await let_in(house, phone, person)
        assert (await phone.post("/api/consent/withdrawal", json={"erase": erase})).status_code == 204
        assert (await phone.get("/api/me")).status_code == 401
        listed = (await desk.get(f"/api/people/{person}/devices")).json()
        assert listed["devices"] == []
        assert listed["consent"]["withdrawn_us"] == house.clock.now_us
        assert listed["consent"]["erasure_asked"] is erase
        await let_in(house, phone, person)
        assert (await phone.get("/api/me")).json()["pending"] == "consent"


async def test_a_changed_text_is_asked_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account = house.wearer()
    async with house.browser() as phone:
        await let_in(house, phone, account.person_id or "")
        assert (await phone.get("/api/me")).json()["pending"] is None
        monkeypatch.setattr("dashboard.access.known.VERSION", "2099-01-01")
        assert (await phone.get("/api/me")).json()["pending"] == "consent"
