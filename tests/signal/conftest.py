import os
from pathlib import Path

import numpy as np
import pytest

from analytics.signal import warm_up


@pytest.fixture(scope="session", autouse=True)
def _compiled():
    warm_up()


@pytest.fixture(scope="session")
def recordings():
    root = Path(os.environ.get("TEMPOBAND_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not root.is_dir():
        pytest.skip("the recordings are kept outside the project")
    return root


@pytest.fixture
def rng():
    return np.random.default_rng(7)
