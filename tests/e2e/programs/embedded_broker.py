"""The embedded broker as a process of its own: ``embedded_broker.py PORT``."""

import asyncio
import sys

from tempoband.messaging.broker import EmbeddedBroker


async def main(port: int) -> None:
    async with EmbeddedBroker("127.0.0.1", port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
