"""Fixtures every area shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code: no test of ours asserts an absolute time, hypothesis neither.
settings.register_profile("tempoband", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tempoband")

PROJECT = Path(__file__).resolve().parent.parent
LONGEST_FIRST = ("web", "e2e", "deploy", "bridge", "signal", "stores", "influx")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file is one piece of work for one of the processes; what shares a running demo is one piece too."""

    def shares_demo(item: pytest.Item) -> bool:
        return "demo" in getattr(item, "fixturenames", ())

    def order(item: pytest.Item) -> tuple[bool, int]:
        area = item.path.parent.name
        return not shares_demo(item), LONGEST_FIRST.index(area) if area in LONGEST_FIRST else len(
            LONGEST_FIRST
        )

    items.sort(key=order)
    for item in items:
        group = "demo" if shares_demo(item) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of real recordings kept outside the project; the test skips where they are absent."""
    folder = Path(os.environ.get("TEMPOBAND_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"NO RECORDINGS: set TEMPOBAND_DATA to their folder (looked in {folder.name}/)")
    return folder
