"""Many sensors under random faults: what was measured is stored or counted as lost, once and in order.

The count of every sample is twice its number since power-on, so a stored sample names itself.
"""

import asyncio
import random
from bisect import bisect_left

import numpy as np
import pytest

from tempoband.simulator.faults import Faults

CALM_S = 12.0


def numbered(t):
    return np.asarray(t) * 80 * 0.002


def address(number):
    return f"D0:00:00:00:00:{number + 1:02X}"


def name(number):
    return f"progressor_{number:04d}"


class Trouble:
    """One random fault at a time on a random sensor, broker or ingest."""

    def __init__(self, world, seed):
        self._world, self._rng, self._link = world, random.Random(seed), world.radio.link
        self.struck = []

    async def go_on(self, seconds):
        loop, faults = asyncio.get_running_loop(), []
        end = loop.time() + seconds
        while loop.time() < end:
            await asyncio.sleep(self._rng.uniform(1, 5))
            if not faults:  # every kind in each round
                faults = [self.noise, self.stall, self.lose, self.away, self.broker, self.forget, self.reborn]
                self._rng.shuffle(faults)
            fault = faults.pop()
            self.struck.append(fault.__name__)
            await fault(address(self._rng.randrange(len(self._world.sensors))))

    async def noise(self, where):
        kind = self._rng.choice(
            [
                Faults(drop=0.1),
                Faults(duplicate=0.3),
                Faults(truncate=0.1),
                Faults(jitter_s=(0.0, 0.08)),
                Faults(connection_interval_s=0.1),
            ]
        )
        self._link.faults_of[where] = kind
        await asyncio.sleep(self._rng.uniform(1, 8))
        self._link.faults_of.pop(where)

    async def stall(self, where):
        self._link.stall(where)
        await asyncio.sleep(self._rng.uniform(0.2, 3))
        self._link.resume(where)

    async def lose(self, where):
        self._link.lose(where)

    async def away(self, where):
        self._link.carry_away(where)
        await asyncio.sleep(self._rng.uniform(2, 20))
        self._link.bring_back(where)

    async def broker(self, _where):
        self._world.hub.go_offline()
        await asyncio.sleep(self._rng.uniform(1, 30))
        self._world.hub.online = True

    async def forget(self, _where):
        self._world.hub.lossy = lambda topic: topic.endswith(("/frames", "/backfill", "/receipts"))
        await asyncio.sleep(self._rng.uniform(1, 5))
        self._world.hub.lossy = lambda _topic: False

    async def reborn(self, _where):
        self._world.ingest.boot = f"boot-{self._rng.random()}"


def account(world, number):
    """Checks one sensor; gives (measured, stored, counted as lost, between streams)."""
    measured = [
        int(c)
        for packet in world.sensors[number].log
        for c in np.rint(packet.weight_kg.astype(np.float64) * 9806.65)
    ]
    assert all(np.diff(measured) > 0)
    stored = world.ingest.counts(name(number))
    assert all(np.diff(stored) > 0), "repeated or reordered"
    assert (np.diff(world.ingest.times_us(name(number))) > 0).all()
    within = lost_total = 0
    for stream in world.ingest.streams(name(number)):
        frames = [f for f in world.ingest.of(name(number)) if f.stream == stream]
        assert [f.seq for f in frames] == list(range(len(frames)))
        counts = np.concatenate([f.counts for f in frames])
        first, last = bisect_left(measured, counts[0]), bisect_left(measured, counts[-1])
        assert set(counts.tolist()) <= set(measured[first : last + 1]), "invented"
        lost = sum(f.lost for f in frames[1:])
        assert last - first + 1 == len(counts) + lost
        within += last - first + 1
        lost_total += lost
    return len(measured), len(stored), lost_total, len(measured) - within


async def soak(world, sensors, seconds, seed):
    for number in range(sensors):
        await world.sensor(number, numbered, noise_n=0.0, clock_ppm=10.0 * number - 40)
    world.start(resend_after_s=10)
    for number in range(sensors):
        await world.streaming(name(number))
    trouble = Trouble(world, seed)
    await trouble.go_on(seconds)
    for number in range(sensors):
        await world.streaming(name(number))
    await asyncio.sleep(CALM_S)
    await world.stop()
    for sensor in world.sensors:
        await sensor.power_off()
    world.start(resend_after_s=5)  # nothing in the air: it sends what is left
    await asyncio.sleep(90)
    await world.stop()
    assert len(set(trouble.struck)) == 7
    return [account(world, number) for number in range(sensors)]


async def test_two_minutes_of_trouble_add_up(world):
    for measured, stored, lost, between in await soak(world, 2, 120, seed=1):
        assert measured == stored + lost + between
        assert stored > 0.5 * measured


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_an_hour_of_trouble_with_eight_sensors_adds_up(world):
    for measured, stored, lost, between in await soak(world, 8, 3600, seed=3):
        assert measured == stored + lost + between
        assert measured > 100_000
        assert stored > 0.5 * measured
