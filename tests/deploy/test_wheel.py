"""The wheel: every file the code opens is in it, nothing else, and it runs from there."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import PROJECT

PACKAGES = ("tempoband", "firmware_bridge", "ingest", "analytics", "dashboard")
NOT_SHIPPED = ("dashboard/web/", "dashboard/static/")
RUNS = """
import sys
from pathlib import Path
from dashboard.access.consent_text import EVERY, TEXTS
from dashboard.app import create_app
from dashboard.reports import sheet
from dashboard.settings import STATIC, DashboardSettings
from analytics.signal.core import network
from tempoband.app.trust.page import _PAGES, _STYLE

here = Path(sys.argv[1])
for module in ("dashboard.app", "tempoband.app.trust.page", "analytics.signal.core.network"):
    assert Path(sys.modules[module].__file__).is_relative_to(here), sys.modules[module].__file__
assert set(TEXTS) == {"en", "de"} and len(EVERY) >= 2
assert set(_PAGES) == {"en", "de"} and ".print" in _STYLE
assert network.WEIGHTS.is_file()
assert all(each.is_file() for each in (STATIC / "index.html", STATIC / "sw.js"))
assert list(sheet._FONTS.glob("*.ttf"))
app = create_app(DashboardSettings(data_dir=Path(sys.argv[2])))  # runs every migration
app.state.services.records.close()
print("runs")
"""


def shipped() -> set[str]:
    """Every file of the packages that is no Python, but for the page's source and what was built of it."""
    found = set()
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*"):
            name = path.relative_to(PROJECT).as_posix()
            cached = path.suffix in (".py", ".pyc", ".nbi", ".nbc") or "__pycache__" in name
            if path.is_file() and not cached and not name.startswith(NOT_SHIPPED):
                found.add(name)
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as from an sdist: with the page that is there, without Node."""
    if not (PROJECT / "dashboard" / "static" / "index.html").exists():
        pytest.skip("PAGE NOT BUILT: run make web")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    leave_out = shutil.ignore_patterns("web", "__pycache__")
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, source / package, ignore=leave_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (PROJECT / name).exists():
            shutil.copy(PROJECT / name, source)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_every_file_the_code_opens_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = shipped()
    assert {"dashboard/access/consent.de.txt", "tempoband/app/trust/trust.css"} <= wanted
    assert wanted - inside == set()
    assert {"dashboard/static/index.html", "dashboard/static/sw.js"} <= inside
    assert any(name.startswith("dashboard/static/assets/") for name in inside)


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    names = zipfile.ZipFile(wheel).namelist()
    private = (".key", ".pem", ".sqlite", ".env", ".ndjson")
    assert [name for name in names if name.endswith(private) or "/web/" in name] == []


def test_it_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    here = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(here)
    command = [sys.executable, "-c", RUNS, str(here), str(tmp_path / "data")]
    environment = {**os.environ, "PYTHONPATH": str(here)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "runs", ran.stderr
