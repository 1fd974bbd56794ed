from pathlib import Path

import httpx
import pytest


@pytest.fixture
def built(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><p>page</p>")
    (static / "favicon.svg").write_text("<svg/>")
    (static / "assets" / "index-abc123.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return static


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/", "/people", "/people/abc", "/live/progressor-1.2", "/sets/1/curve"])
async def test_the_pages_own_routes_are_the_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.text) == (200, "<!doctype html><p>page</p>")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("built")
async def test_hashed_assets_are_kept_for_good_and_the_rest_is_checked(client: httpx.AsyncClient) -> None:
    script = await client.get("/assets/index-abc123.js")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"].startswith("text/javascript")
    assert (await client.get("/favicon.svg")).headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path", ["/assets/old-1.js", "/api/nothing", "/api", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/x.png"]
)
async def test_what_is_missing_is_missing(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


async def test_a_page_that_is_not_built_says_how_to_build_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/people")
    assert answer.status_code == 503
    assert "build_hook.py" in answer.text
    assert (await client.get("/api/info")).status_code == 200
