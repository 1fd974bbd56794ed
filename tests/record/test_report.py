"""The one-page report: what stands on it, in which letters, and that it stays on its page."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from analytics.coaching.catalogue import CATALOGUE
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.exercise import Side
from tempoband.storage.records import people, prescriptions
from tempoband.storage.records.draft import Draft
from tests.record.asking import NOW_US, get
from tests.record.printed import Printed
from tests.support.five_weeks import NAME, Furnished


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            ("Training record", "21 Nov 2026", "Banded clamshell, right", "What tension cannot show", "Back"),
        ),
        (
            "de",
            ("Trainingsbericht", "21. Nov. 2026", "Muschel mit Band, rechts", "Was die Spannung nicht zeigt"),
        ),
    ],
)
async def test_the_report_is_one_page_that_holds_what_it_should(
    *,
    client: httpx.AsyncClient,
    furnished: Furnished,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    said: tuple[str, ...],
) -> None:
    printed = Printed(monkeypatch)
    answer = await get(client, furnished, "report.pdf", lang=lang)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="p-')
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.count(b"/Type /Page\n") == 1
    assert NAME in printed.words
    assert all(words in printed.words for words in said)
    assert printed.outside() == []
    assert len(answer.content) < 200_000


async def test_a_full_report_stays_on_its_page(
    client: httpx.AsyncClient, app: FastAPI, furnished: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = app.state.services.records
    with records.write() as session:
        people.rename(session, LOCAL_CLINIC, furnished.person_id, "Änne-Katharina " * 12)
        for exercise in CATALOGUE:
            asked = Draft(
                exercise=exercise,
                side=Side.BOTH,
                reps_lower=12,
                reps_upper=15,
                days_per_week=3,
                band_brand="A maker with a very long name",
                band_label="extra heavy",
                placement="under one knee and just above the other",
            )
            prescriptions.prescribe(session, LOCAL_CLINIC, furnished.person_id, asked, by="p", now_us=NOW_US)
    printed = Printed(monkeypatch)
    await get(client, furnished, "report.pdf", lang="de", weeks=52)
    assert "und 10 weitere" in printed.words
    assert printed.outside() == []


async def test_a_report_about_nobody_yet_and_in_letters_we_have_not(
    client: httpx.AsyncClient, furnished: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    del furnished
    made = (await client.post("/api/people", json={"name": "山田太郎"})).json()
    printed = Printed(monkeypatch)
    answer = await client.get(f"/api/people/{made['id']}/report.pdf")
    assert answer.status_code == 200
    assert "No set was done in this time." in printed.words
    assert "Nothing is prescribed at present." in printed.words
    assert "山" not in printed.words  # rather the record number than empty boxes
    assert printed.lines[2][3].startswith("p-")
    assert "The name cannot be drawn with the letters of this page: see record p-" in printed.words


@pytest.mark.parametrize("name", ["山田太郎", "محمد علي", "דוד כהן", "अनिता शर्मा", "Ada 🙂"])
async def test_a_name_that_cannot_be_written_is_said_so_and_never_drawn_wrongly(
    *, client: httpx.AsyncClient, furnished: Furnished, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    del furnished
    made = (await client.post("/api/people", json={"name": name})).json()
    printed = Printed(monkeypatch)
    answer = await client.get(f"/api/people/{made['id']}/report.pdf", headers={"accept-language": "de"})
    assert answer.status_code == 200
    assert "Der Name lässt sich mit den Buchstaben dieser Seite nicht schreiben" in printed.words
    assert name not in printed.words


@pytest.mark.parametrize("name", ["Zoë Ångström-Nuñez", "Łukasz Żółć", "Αθηνά", "Дмитрий", "Nguyễn Thị Ánh"])
async def test_a_name_in_letters_we_have_is_drawn(
    *, client: httpx.AsyncClient, furnished: Furnished, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    del furnished
    made = (await client.post("/api/people", json={"name": name})).json()
    printed = Printed(monkeypatch)
    await client.get(f"/api/people/{made['id']}/report.pdf")
    assert name in printed.words
    assert "cannot be drawn" not in printed.words


async def test_a_band_in_other_letters_shows_that_letters_are_missing(
    client: httpx.AsyncClient, furnished: Furnished, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.state.services.records.write() as session:
        session.execute(text("UPDATE prescriptions SET band_label = '赤'"))
    printed = Printed(monkeypatch)
    await get(client, furnished, "report.pdf")
    assert "赤" not in printed.words
    assert "stands for a letter that this page does not have" in printed.words
