"""Fixtures every area shares."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of real recordings kept outside the project; the test skips where they are absent."""
    folder = Path(os.environ.get("TEMPOBAND_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"NO RECORDINGS: set TEMPOBAND_DATA to their folder (looked in {folder.name}/)")
    return folder
