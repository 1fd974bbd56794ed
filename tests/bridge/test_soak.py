"""Many sensors under random faults: what was measured is stored or counted as lost, once and in order.

The count of every sample names its sensor and is twice its number since power-on, so a stored sample names
itself. A witness at the driver's door says what reached the bridge: exactly that must be in the store.
"""

import asyncio
import random
from itertools import groupby, pairwise

import numpy as np
import pytest

from firmware_bridge.drivers.progressor import SCALE_N
from firmware_bridge.radio.link import Inbox
from tempoband.contracts.ledger import StreamEnded
from tempoband.contracts.units import NEWTONS_PER_KGF
from tempoband.simulator.faults import Faults

CALM_S = 12.0
BAND_N = 800.0  # more than an hour of samples, exact in the sensor's float32


def numbered(number):
    """Counts that name sensor and sample."""
    return lambda t: number * BAND_N + np.asarray(t) * 80 * 2 * SCALE_N


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


class Witness:
    """Notes every sample that a driver delivered, before the bridge has done anything with it."""

    def __init__(self):
        self._links = []  # counts of each link

    def inbox(self, now):
        delivered = []
        self._links.append(delivered)

        class WatchedInbox(Inbox):
            def samples(self, samples):
                delivered.append(samples.counts)
                super().samples(samples)

        return WatchedInbox(now)

    def delivered(self, measured):
        """Counts of the sensor that measured these: sensors count in bands of their own."""
        counts = [np.concatenate(one) for one in self._links if one]
        return np.unique(np.concatenate([c for c in counts if measured[0] <= c[0] <= measured[-1]]))


@pytest.fixture
def witness(monkeypatch):
    witness = Witness()
    monkeypatch.setattr("firmware_bridge.sensors.sensor.Inbox", witness.inbox)
    return witness


def measured_by(sensor):
    kg = np.concatenate([packet.weight_kg for packet in sensor.log]).astype(np.float64)
    return np.rint(kg * (NEWTONS_PER_KGF / SCALE_N)).astype(np.int64)


def account(world, witness, number):
    """Checks one sensor; gives (measured, stored, counted as lost, between streams)."""
    measured = measured_by(world.sensors[number])
    assert (np.diff(measured) > 0).all()
    frames = world.ingest.of(name(number))
    stored = np.concatenate([f.counts for f in frames])
    assert (np.diff(stored) > 0).all(), "repeated or reordered"
    assert (np.diff(np.concatenate([f.time_us for f in frames])) > 0).all()
    assert stored.tolist() == witness.delivered(measured).tolist(), "stored is not what reached the bridge"
    streams = [list(of_one) for _, of_one in groupby(frames, key=lambda f: f.stream)]
    lost, ends = 0, []
    for of_one in streams:
        assert [f.seq for f in of_one] == list(range(len(of_one)))
        first, last = np.searchsorted(measured, (of_one[0].counts[0], of_one[-1].counts[-1]))
        told = sum(f.lost for f in of_one[1:])
        assert last - first + 1 == sum(map(len, of_one)) + told, "a loss inside a stream was not counted"
        lost, ends = lost + told, [*ends, (first, last)]
    assert_ledger_closes(world, streams[:-1])
    holes = [first - last - 1 for (_, last), (first, _) in pairwise(ends)]
    between = ends[0][0] + sum(holes) + len(measured) - 1 - ends[-1][1]
    return len(measured), len(stored), lost, between


def assert_ledger_closes(world, streams):
    ended = {n.stream: n.last_seq for n in world.ingest.notes.values() if isinstance(n, StreamEnded)}
    assert all(ended[of_one[0].stream] == of_one[-1].seq for of_one in streams)


async def soak(world, witness, sensors, seconds, seed):
    for number in range(sensors):
        await world.sensor(number, numbered(number), noise_n=0.0, clock_ppm=10.0 * number - 40)
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
    return [account(world, witness, number) for number in range(sensors)]


async def test_two_minutes_of_trouble_add_up(world, witness):
    for measured, stored, lost, between in await soak(world, witness, 2, 120, seed=1):
        assert measured == stored + lost + between
        assert stored > 0.5 * measured


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_an_hour_of_trouble_with_eight_sensors_adds_up(world, witness):
    for measured, stored, lost, between in await soak(world, witness, 8, 3600, seed=3):
        assert measured == stored + lost + between
        assert measured > 100_000
        assert stored > 0.5 * measured
