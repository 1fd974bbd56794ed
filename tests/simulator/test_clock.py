import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempoband.simulator.clock import VirtualClockLoop, run_virtual


def test_an_hour_passes_without_waiting():
    async def main():
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - before

    start = time.process_time()
    assert run_virtual(main()) == pytest.approx(3600)
    assert time.process_time() - start < 3600 / 100


@given(st.lists(st.floats(0, 1e4), max_size=20))
def test_timers_fire_in_order_and_on_time(delays_s):
    async def main():
        loop, fired = asyncio.get_running_loop(), []
        for delay_s in delays_s:
            loop.call_later(delay_s, lambda due=delay_s: fired.append((due, loop.time())))
        await asyncio.sleep(2e4)
        return fired

    fired = run_virtual(main())
    assert [due for due, _ in fired] == sorted(delays_s)
    assert all(at == pytest.approx(due, abs=1e-6) for due, at in fired)


async def test_a_job_in_a_thread_holds_the_clock():
    loop = asyncio.get_running_loop()
    timer = loop.create_task(asyncio.sleep(0.5))
    before = loop.time()
    assert await asyncio.to_thread(lambda: sum(range(2_000_000))) > 0
    assert loop.time() == before
    assert not timer.done()
    await timer


def test_the_clock_can_start_anywhere():
    with asyncio.Runner(loop_factory=lambda: VirtualClockLoop(1e6)) as runner:
        assert runner.get_loop().time() == 1e6
