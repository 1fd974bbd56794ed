"""An ingest worker that a test kills: ``python worker.py PORT FOLDER DIE_AFTER``.

With DIE_AFTER >= 0 it kills itself with SIGKILL right after that many commits, before their receipts.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.service import Ingest
from ingest.settings import IngestSettings
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.timeseries.sqlite import SqliteStore


class DyingStore(SqliteStore):
    """Durable, and then the lights go out."""

    commits_left = -1

    def write(self, frames):
        result = super().write(frames)
        self.commits_left -= 1
        if self.commits_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def main() -> None:
    port, folder, die_after = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    store = DyingStore(folder)
    store.commits_left = die_after
    settings = IngestSettings(mqtt=MqttSettings(port=port), store=str(folder), batch_s=0.05, house_s=0.2)
    asyncio.run(Ingest(settings, store).run())


if __name__ == "__main__":
    main()
