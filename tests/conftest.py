"""Fixtures every area shares."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:  # optional parts are imported where they are used
    from tempoband.storage.records import Records

# A busy machine is no fault of the code: no test of ours asserts an absolute time, hypothesis neither.
settings.register_profile("tempoband", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tempoband")

PROJECT = Path(__file__).resolve().parent.parent
LONGEST_FIRST = ("web", "e2e", "deploy", "bridge", "signal", "stores", "influx")
SHARING_THE_DEMO = ("tests/web/test_access.py", "tests/web/test_pages.py")


class ByFile(LoadScopeScheduling):
    """A file is one piece of work for one of the processes; what shares a running demo is one piece too."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "demo" if file in SHARING_THE_DEMO else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest goes first, so that no process sits idle at the end."""

    def order(item: pytest.Item) -> tuple[bool, int]:
        area = item.path.parent.name
        shares_demo = item.nodeid.partition("::")[0] in SHARING_THE_DEMO
        return not shares_demo, LONGEST_FIRST.index(area) if area in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=order)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of real recordings kept outside the project; the test skips where they are absent."""
    folder = Path(os.environ.get("TEMPOBAND_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"NO RECORDINGS: set TEMPOBAND_DATA to their folder (looked in {folder.name}/)")
    return folder


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records at the newest version, to copy: a migration for every test would take most of the time."""
    from tempoband.storage.records import Records

    path = tmp_path_factory.mktemp("blank") / "records.sqlite"
    Records(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def records(blank: Path, tmp_path: Path) -> Iterator["Records"]:
    """Empty records in a file of their own."""
    from tempoband.storage.records import Records

    shutil.copy(blank, tmp_path)
    opened = Records(f"sqlite:///{tmp_path / blank.name}")
    yield opened
    opened.close()
