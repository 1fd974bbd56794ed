"""Serves the built page: hashed assets are kept for good, everything else is checked each time."""

import mimetypes
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOREVER = "public, max-age=31536000, immutable"
_CHECK = "no-cache"
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>tempoband</title></head>
<body><h1>The page is not built yet</h1>
<p>The program runs and its API answers, but the browser's page was never built in this checkout.</p>
<p>Build it once with <code>make build</code>, or with <code>python dashboard/build_hook.py</code>;
then load this page again.</p></body></html>
"""

# Some systems map these to something else or nothing, and with "nosniff" browsers then refuse them.
for _suffix, _kind in ((".js", "text/javascript"), (".webmanifest", "application/manifest+json")):
    mimetypes.add_type(_kind, _suffix)


_OWN_PATHS = ("live/", "free/", "sets/", "people/", "today/")


class Page(StaticFiles):
    """Static files, where any path without a file that a person may have typed is the page itself."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._index = directory / "index.html"

    async def check_config(self) -> None:
        """Nothing to check: a page that is not built is answered in words."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, the page, or how to build it."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != HTTPStatus.NOT_FOUND or _is_file(path) or _is_api(path):
                raise
            return self._page()
        hashed = path.startswith("assets/")
        response.headers["cache-control"] = _FOREVER if hashed else _CHECK
        return response

    def _page(self) -> Response:
        if not self._index.is_file():
            return HTMLResponse(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE, {"cache-control": "no-store"})
        return FileResponse(self._index, headers={"cache-control": _CHECK})


def _is_file(path: str) -> bool:
    """Whether a file was asked for; an id in one of the page's own paths may have a dot in it."""
    return bool(Path(path).suffix) and not path.startswith(_OWN_PATHS)


def _is_api(path: str) -> bool:
    return path == "api" or path.startswith("api/")


def install(app: FastAPI, directory: Path) -> None:
    """Serve the page under every path the API does not take."""
    app.mount("/", Page(directory), name="page")
