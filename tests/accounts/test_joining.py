"""Ways in: the first administrator, invited staff, wearers with QR code and six digits."""

from dashboard.access import inviting
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.identity.principal import Role
from tempoband.storage.records import people
from tests.accounts.joining import NEW, key_of, let_in
from tests.accounts.people import NOW_US, PASSWORD, House


async def test_the_first_administrator_comes_in_through_one_link_once(house: House) -> None:
    link = inviting.first_admin(house.access, LOCAL_CLINIC, base="https://clinic.example")
    assert link is not None
    assert link.link.startswith("https://clinic.example/join#")
    async with house.browser() as browser:
        told = {"key": key_of(link.link), "login": "Admin", "password": NEW}
        looked = (await browser.post("/api/join/look", json={"key": told["key"]})).json()
        assert (looked["role"], looked["for_account"]) == ("clinic_admin", False)
        assert (await browser.post("/api/join/staff", json=told)).status_code == 204
        me = (await browser.get("/api/me")).json()
        assert (me["role"], me["login"], me["pending"]) == ("clinic_admin", "admin", "second_factor_setup")
        again = await browser.post("/api/join/staff", json=told | {"login": "second"})
        assert (again.status_code, again.json()["reason"]) == (401, "refused")
    assert inviting.first_admin(house.access, LOCAL_CLINIC, base="x") is None


async def test_a_newer_first_link_ends_the_older_and_all_of_them_expire(house: House) -> None:
    links = [inviting.first_admin(house.access, LOCAL_CLINIC, base="x") for _ in range(2)]
    keys = [key_of(each.link) for each in links if each]
    async with house.browser() as browser:
        look = [(await browser.post("/api/join/look", json={"key": key})).status_code for key in keys]
        assert look == [401, 200]
        house.clock.pass_s(inviting.STAFF_US / 1e6)
        assert (await browser.post("/api/join/look", json={"key": keys[1]})).status_code == 401


async def test_setting_up_the_authenticator_opens_the_rest(house: House) -> None:
    import pyotp

    house.hire(Role.CLINIC_ADMIN, "admin", second_factor=False)
    async with house.browser() as browser:
        await house.log_in(browser, "admin", second_factor=False)
        offered = (await browser.post("/api/me/second-factor", json={})).json()
        assert offered["address"].startswith("otpauth://totp/tempoband:admin?secret=")
        wrong = await browser.put("/api/me/second-factor", json={"code": "000000"})
        assert wrong.status_code == 401
        code = pyotp.TOTP(offered["seed"]).at(house.clock.now_us // 1_000_000)
        recovery = (await browser.put("/api/me/second-factor", json={"code": code})).json()["codes"]
        assert len(set(recovery)) == 10
        assert (await browser.get("/api/staff")).status_code == 200
    async with house.browser() as lost_phone:
        await house.log_in(lost_phone, "admin", second_factor=False)
        for status in (204, 401):  # each code once
            answer = await lost_phone.post("/api/session/second-factor", json={"code": recovery[0].upper()})
            assert answer.status_code == status
        assert (await lost_phone.get("/api/me")).json()["recovery_codes_left"] == 9


async def test_an_authenticator_is_replaced_with_a_code_of_the_old_one_only(house: House) -> None:
    house.hire(Role.PHYSIO, "grete")
    async with house.browser() as browser:
        await house.log_in(browser, "grete", second_factor=False)
        assert (await browser.post("/api/me/second-factor", json={})).status_code == 401
        assert (await browser.put("/api/me/second-factor", json={"code": "123456"})).status_code == 409
        told = {"code": house.code("grete")}
        assert (await browser.post("/api/me/second-factor", json=told)).status_code == 200


async def test_an_invited_physio_chooses_name_and_password(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin")
    async with house.browser() as admin, house.browser() as new:
        await house.log_in(admin, "admin")
        invite = {"name": "Grete", "role": "physio"}
        link = (await admin.post("/api/staff/invitations", json=invite)).json()["link"]
        waiting = (await admin.get("/api/staff")).json()["invitations"]
        assert [(each["name"], each["role"]) for each in waiting] == [("Grete", "physio")]
        for password, words in (("short", "12 to 200"), ("gretegretegrete", "easy to guess")):
            told = {"key": key_of(link), "login": "grete", "password": password}
            weak = await new.post("/api/join/staff", json=told)
            assert (weak.status_code, weak.json()["reason"]) == (422, "weak_password")
            assert words in weak.json()["detail"]
        taken = await new.post("/api/join/staff", json=told | {"login": "ADMIN", "password": NEW})
        assert taken.status_code == 409
        assert (await new.post("/api/join/staff", json=told | {"password": NEW})).status_code == 204
        staff = (await admin.get("/api/staff")).json()
        assert [(each["login"], each["second_factor"]) for each in staff["staff"]] == [
            ("admin", True),
            ("grete", False),
        ]
        assert staff["invitations"] == []


async def test_an_invitation_can_be_taken_back(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin")
    async with house.browser() as admin:
        await house.log_in(admin, "admin")
        link = (await admin.post("/api/staff/invitations", json={"name": "G", "role": "physio"})).json()[
            "link"
        ]
        [waiting] = (await admin.get("/api/staff")).json()["invitations"]
        assert (await admin.delete(f"/api/staff/invitations/{waiting['id']}")).status_code == 204
        assert (await admin.delete(f"/api/staff/invitations/{waiting['id']}")).status_code == 404
        assert (await admin.post("/api/join/look", json={"key": key_of(link)})).status_code == 401


async def test_an_administrator_helps_a_colleague_back_in(house: House) -> None:
    house.hire(Role.CLINIC_ADMIN, "admin")
    grete = house.hire(Role.PHYSIO, "grete")
    async with house.browser() as admin, house.browser() as browser:
        await house.log_in(admin, "admin")
        await house.log_in(browser, "grete")
        link = (await admin.post(f"/api/staff/{grete.id}/password-link")).json()["link"]
        assert (await browser.get("/api/me")).status_code == 200
        told = {"key": key_of(link), "password": NEW}
        async with house.browser() as phone:
            assert (await phone.post("/api/join/staff", json=told)).status_code == 204
            assert (await phone.get("/api/me")).json()["pending"] == "second_factor"
        assert (await browser.get("/api/me")).status_code == 401  # everything else is logged off
        assert (await admin.delete(f"/api/staff/{grete.id}/second-factor")).status_code == 204
        async with house.browser() as phone:
            old = await phone.post("/api/session", json={"login": "grete", "password": PASSWORD})
            assert old.status_code == 401
            new = await phone.post("/api/session", json={"login": "grete", "password": NEW})
            assert new.status_code == 204
            assert (await phone.get("/api/me")).json()["pending"] == "second_factor_setup"
        assert (await admin.patch(f"/api/staff/{grete.id}", json={"disabled": True})).status_code == 204
        me = (await admin.get("/api/me")).json()["id"]
        assert (await admin.patch(f"/api/staff/{me}", json={"disabled": True})).status_code == 409


async def test_made_up_keys_shut_the_path(house: House) -> None:
    async with house.browser() as thief:
        answers = [
            (await thief.post("/api/join/look", json={"key": f"AAAAA{n:05d}"})).status_code for n in range(32)
        ]
    assert answers == [401] * 30 + [429] * 2


async def test_names_of_wearers_stand_with_the_people_only(house: House) -> None:
    async with house.browser() as phone:
        with house.services.records.write() as session:
            person = people.add(session, LOCAL_CLINIC, "Marker Name", now_us=NOW_US)
        await let_in(house, phone, person.id)
        assert (await phone.get("/api/me")).json()["name"] == "Marker Name"
    import sqlalchemy as sa

    from tempoband.storage.records.tables import AccountRow

    with house.services.records.read() as session:
        [row] = session.scalars(sa.select(AccountRow))
        assert "Marker" not in row.name
