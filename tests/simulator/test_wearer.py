import asyncio

import numpy as np
import pytest

from tempoband.contracts.tempo import Phase
from tempoband.simulator.wearer import CHARACTERS, Moment, Wearer
from tests.simulator.plain_client import stream

PACKET_S = np.arange(8) / 80


async def watch(wearer, seconds, start_s=0.0):
    """Ask as a sensor does, packet by packet."""
    times_s, tensions_n = [], []
    for n in range(int(seconds * 10)):
        await asyncio.sleep(0.1)
        times_s.append(start_s + n * 0.1 + PACKET_S)
        tensions_n.append(wearer.tension_n(times_s[-1]))
    return np.concatenate(times_s), np.concatenate(tensions_n)


@pytest.mark.parametrize("character", CHARACTERS, ids=lambda c: c.name)
async def test_the_first_rep_begins_within_two_seconds_of_the_first_sample(character):
    time_s, tension_n = await watch(Wearer(character, seed=1), 12.0, start_s=77.0)
    worn_n, peak_n = tension_n[:80].mean(), tension_n.max()
    half_way = time_s[np.argmax(tension_n > (worn_n + peak_n) / 2)] - 77.0
    assert 1.5 < half_way < 1.5 + character.tempo.seconds(Phase.CONCENTRIC) * 1.2
    ended = (time_s - 77.0 > half_way + 1) & (tension_n < worn_n + 0.2 * (peak_n - worn_n))
    assert time_s[np.argmax(ended)] - 77.0 < 8.0


@pytest.mark.parametrize("character", CHARACTERS, ids=lambda c: c.name)
async def test_hours_pass_without_a_jump_or_growing_memory(character):
    wearer = Wearer(character, seed=2)
    _, tension_n = await watch(wearer, 900.0)
    assert np.isfinite(tension_n).all()
    assert tension_n.min() > 0.5  # a worn loop is never slack
    assert np.abs(np.diff(tension_n)).max() < 0.25 * np.ptp(tension_n)
    assert wearer.set_number > 5
    assert len(wearer._chapters) <= 3


async def test_cues_come_before_the_first_rep_and_after_the_last_in_turn(make_sensor, connected):
    wearer = Wearer(CHARACTERS[1], seed=3)
    sensor = await make_sensor(wearer.tension_n)
    cues = []

    async def on_cue(cue):
        cues.append((cue, wearer.now_s))

    announcing = asyncio.create_task(wearer.announce(on_cue))
    await asyncio.sleep(30)
    assert not cues  # nobody is streaming yet
    async with connected(sensor) as client:
        listener = await stream(client, 300.0)
    announcing.cancel()
    assert [cue.moment for cue, _ in cues[:4]] == [Moment.SET_BEGINS, Moment.SET_ENDS] * 2
    assert [cue.set_number for cue, _ in cues[:4]] == [1, 1, 2, 2]
    assert all(at_s - cue.at_s == pytest.approx(0, abs=0.2) for cue, at_s in cues)
    weight = np.array([kg for kg, _ in listener.samples])
    time_s = np.arange(len(weight)) / 80
    end_s, begin_s = cues[1][0].at_s, cues[2][0].at_s
    resting = weight[(time_s > end_s) & (time_s < begin_s)]
    assert np.ptp(resting) < 0.5 * np.ptp(weight)


async def test_a_wearer_nobody_listens_to_keeps_giving_cues_and_little_memory():
    wearer, cues = Wearer(CHARACTERS[2], seed=5), []

    async def on_cue(cue):
        cues.append(cue.moment)

    announcing = asyncio.create_task(wearer.announce(on_cue))
    await watch(wearer, 1.0)
    await asyncio.sleep(3600)
    announcing.cancel()
    assert len(cues) > 50
    assert len(wearer._chapters) <= 3
    _, tension_n = await watch(wearer, 1.0, start_s=3601.0)
    assert tension_n.min() > 0.5


async def test_a_reboot_of_the_sensor_does_not_set_the_wearer_back():
    wearer = Wearer(CHARACTERS[0], seed=4)
    _, before_n = await watch(wearer, 30.0, start_s=5.0)
    before_s = wearer.now_s
    _, after_n = await watch(wearer, 1.0, start_s=0.0)
    assert wearer.now_s == pytest.approx(before_s + 1.0, abs=0.2)
    assert after_n[0] == pytest.approx(before_n[-1], abs=0.2 * np.ptp(before_n))


def test_one_of_the_three_rushes_the_return_and_skips_the_hold():
    assert len({c.exercise for c in CHARACTERS}) == 3
    rushing = [c for c in CHARACTERS if c.person.pace.eccentric < 0.5 and c.person.pace.hold < 0.3]
    assert len(rushing) == 1
    assert all("simulated" in c.name for c in CHARACTERS)


def test_their_exercises_are_in_the_catalogue():
    from analytics.coaching.catalogue import CATALOGUE

    assert {c.exercise for c in CHARACTERS} <= set(CATALOGUE)
