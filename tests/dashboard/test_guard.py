import httpx
import pytest
from fastapi import FastAPI

from dashboard.settings import DashboardSettings

PERSON = {"name": "Ada"}


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "127.0.0.1", "LocalHost"])
async def test_loopback_names_are_answered(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/api/info", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "192.168.1.7:8765", "localhost.evil", "[::1"]
)
async def test_a_rebound_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/api/sets", headers={"host": host})
    assert (answer.status_code, answer.json()["reason"]) == (421, "foreign_host")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://localhost:8765"},
        {"origin": "file://"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8765"},
    ],
)
async def test_a_foreign_page_cannot_write(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/api/people", json=PERSON, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (403, "foreign_origin")
    assert (await client.get("/api/people")).json() == []


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}]
)
async def test_our_own_page_and_programs_can_write(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await client.post("/api/people", json=PERSON, headers=headers)).status_code == 201


async def test_only_this_machine_is_answered(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app, client=("192.168.1.9", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as far:
        answer = await far.get("/api/info")
    assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden")


async def test_an_endless_body_is_refused(client: httpx.AsyncClient) -> None:
    announced = await client.post("/api/people", json={"name": "x" * 2_000_000})
    assert (announced.status_code, announced.json()["reason"]) == (413, "too_large")

    async def endless():
        while True:
            yield b" " * 65536

    streamed = await client.post("/api/people", content=endless())
    assert streamed.status_code >= 400
    assert (await client.get("/api/people")).json() == []


@pytest.mark.parametrize("path", ["/api/info", "/", "/healthz", "/api/nothing", "/api/sets/none"])
async def test_every_answer_carries_the_page_rules(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org"])  # noqa: S104 - refused
def test_off_loopback_is_refused_in_words(host: str) -> None:
    with pytest.raises(ValueError, match="set accounts to true"):
        DashboardSettings(host=host)
