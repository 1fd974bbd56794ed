"""Peak memory of ingest while its store is away, behind a real broker offered ten minutes of samples."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.ingest import mosquitto
from bench.table import Row

OFFERED = (
    2_400_000  # messages: ten minutes of 100,000 samples/s in frames of 25, as fast as the broker takes them
)
MOST_MIB = 128  # as docs/scaling.md promises: 64 MiB of payloads and what Python needs around them


def rows() -> Iterator[Row]:
    if shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        print("NO MOSQUITTO: the memory of ingest is left out")
        return
    idle, full = peak_mib(0), peak_mib(OFFERED)
    yield Row(
        name="ingest memory, store away, 10 min at 100 k samples/s offered",
        value=full,
        unit="MiB peak",
        goal=f"bounded: <= idle + {MOST_MIB}",
        met=full <= idle + MOST_MIB,
        baseline="idle",
        baseline_value=idle,
    )


def peak_mib(messages: int) -> float:
    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as port:
        command = [sys.executable, "-m", "bench.programs.consumer", "away", str(port), "0", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as consumer:
            output, told = consumer.stdout, consumer.stdin
            if output is None or told is None or output.readline().strip() != "ready":
                raise RuntimeError("ingest did not start")
            flood = [sys.executable, "-m", "bench.programs.flood", str(port), str(messages)]
            subprocess.run(flood, check=True)
            told.close()
            return float(output.readline())
