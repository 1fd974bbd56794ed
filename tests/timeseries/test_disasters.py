"""Full disks and kills at any instant."""

import itertools
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tempoband.storage.timeseries.sqlite import SqliteStore
from tempoband.storage.timeseries.sqlite.checking import check
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME
from tests.timeseries.making import SENSOR, all_stored, make_stream, samples_of

A = "a" * 16
FOREVER = (0, 2**52)


def test_a_full_disk_at_any_instant_loses_nothing_that_was_committed(tmp_path: Path):
    """The file-size limit of the process stands for the disk: it fails in the middle of any write."""
    program = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tempoband.storage.errors import StorageError
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.timeseries.making import all_stored, make_stream
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = SqliteStore(Path(sys.argv[1]))
start, limit = int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
refused = 0
for batch in range(start, start + 40):
    try:
        store.write(all_stored(make_stream("{A}", 50, start=50 * batch)))
        print("kept", batch, flush=True)
        if batch % 7 == 6:
            store.maintain(2**60)
    except StorageError as error:
        print("refused", error.reason, flush=True)
        refused += 1
        if refused == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
"""
    for number, limit in enumerate((100_000, 234_567, 500_001)):
        folder = tmp_path / str(limit)
        run = subprocess.run(
            [sys.executable, "-c", program, str(folder), str(40 * number), str(limit)],
            capture_output=True,
            text=True,
            check=True,
        )
        words = [line.split() for line in run.stdout.splitlines()]
        kept = [int(batch) for word, batch in words if word == "kept"]
        assert "refused" in {word for word, _ in words}
        assert len(kept) >= 35  # it goes on once there is space again
        frames = [f for batch in kept for f in make_stream(A, 50, start=50 * batch)]
        store = SqliteStore(folder)
        check(folder / FILE_NAME)
        np.testing.assert_array_equal(store.read(SENSOR, *FOREVER).time_us, samples_of(frames)[0])
        store.close()


WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.timeseries.making import all_stored, make_stream
store = SqliteStore(Path(sys.argv[1]))
for batch in range(int(sys.argv[2]), 100_000):
    result = store.write(all_stored(make_stream("{A}", 20, start=20 * batch)))
    assert not any(result.outcomes)
    print(batch, flush=True)
    if batch % 5 == 4:
        store.maintain(2**60)
"""


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_sigkill_at_any_instant_loses_nothing_that_was_committed(tmp_path: Path, kills: int):
    random = np.random.default_rng(kills)
    program = WRITER.replace("{A}", A)
    root = str(Path(__file__).parents[2])
    committed = -1
    for kill in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), str(committed + 1), root],
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = itertools.islice(writer.stdout, int(random.integers(1, 30)))
        committed = max([committed, *(int(line) for line in lines)])
        time.sleep(float(random.uniform(0, 0.02)))
        writer.send_signal(signal.SIGKILL)
        committed = max([committed, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        writer.stdout.close()
        writer.wait()
        store = SqliteStore(tmp_path)
        check(tmp_path / FILE_NAME)
        n = len(store.read(SENSOR, *FOREVER))
        assert n in ((committed + 1) * 200, (committed + 2) * 200)  # one more may be durable, untold
        if kill % 10 == 7 or kill == kills - 1:
            frames = make_stream(A, n // 10)
            np.testing.assert_array_equal(store.read(SENSOR, *FOREVER).time_us, samples_of(frames)[0])
            assert set(store.write(all_stored(frames)).outcomes) == {None}
        committed = n // 200 - 1
        store.close()
