"""``docs/api.md`` names every route, and none that is not there."""

import re
from pathlib import Path

from fastapi import FastAPI

from tests.dashboard.ways import OPEN, ways

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_the_page_and_the_program_name_the_same_routes(app: FastAPI) -> None:
    written = set(re.findall(r"^\| `([A-Z]+ /[^`?]*)", PAGE.read_text(), re.MULTILINE))
    assert written == {str(way) for way in ways(app)} | OPEN


def test_the_page_names_every_query(app: FastAPI) -> None:
    written = dict(re.findall(r"^\| `(?:GET|WS) (/[^`?]*)\?([^`]*)`", PAGE.read_text(), re.MULTILINE))
    named = {path: {pair.rstrip("=") for pair in query.split("&")} for path, query in written.items()}
    actual = {}
    for path, methods in app.openapi()["paths"].items():
        parameters = methods.get("get", {}).get("parameters", [])
        queries = {each["name"] for each in parameters if each["in"] == "query"}
        if queries:
            actual[path] = queries
    assert named == actual
