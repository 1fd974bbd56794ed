import asyncio
import threading

import pytest

from analytics.threads import Worker


async def test_work_in_progress_ends_before_a_cancelled_caller_returns():
    worker, started, done = Worker("test"), threading.Event(), []

    def work() -> None:
        started.set()
        release.wait(5)
        done.append(True)

    release = threading.Event()
    task = asyncio.create_task(worker.run(work))
    await asyncio.to_thread(started.wait, 5)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]
    worker.close()


async def test_what_work_raises_reaches_the_caller():
    worker = Worker("test")
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 / 0)
    assert await worker.run(lambda: 7) == 7
    worker.close()
