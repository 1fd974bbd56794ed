"""Live is stored: whatever the frames, the same repetitions, bit for bit."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.signal import FinalRep, LiveScorer, PhaseChange, RepSeen, ScoringError, SetPlan, score_curve
from tempoband.contracts.tempo import Phase, Tempo
from tests.signal.strokes import Rig, make, random_rig


def live(time, tension, plan, cuts):
    scorer, events = LiveScorer(plan), []
    for a, b in zip([0, *cuts], [*cuts, len(time)], strict=True):
        events += scorer.push(time[a:b], tension[a:b])
    return scorer.finish(), events


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 11), st.data())
def test_finalised_reps_equal_the_stored_ones_however_cut(seed, data):
    rng = np.random.default_rng(seed)
    recording = make(random_rig(rng, rate_hz=float(rng.choice([10.0, 80.0, 320.0]))), rng)
    time, tension = recording.time_s, recording.tension_n
    known = data.draw(st.booleans())
    plan = SetPlan(
        tempo=Tempo(*recording.rig.prescribed), reference_excursion_n=np.ptp(tension) / 3 if known else None
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(time)), max_size=60)))
    stored = score_curve(time, tension, plan)
    score, events = live(time, tension, plan, cuts)
    assert score.to_dict() == stored.to_dict()
    for event in events:
        if isinstance(event, FinalRep):
            twin = stored.reps[event.index]
            assert event.rep.concentric_start_s == twin.concentric_start_s
            assert event.rep.eccentric_end_s == twin.eccentric_end_s
            assert event.rep.phases == twin.phases
            assert not known or event.rep == twin


def test_sample_by_sample_over_many_minutes_equals_stored(rng):
    recording = make(Rig(reps=60, tempo=(2, 1, 2, 1)), rng)
    plan = SetPlan(tempo=Tempo(2, 1, 2, 1))
    score, _ = live(recording.time_s, recording.tension_n, plan, range(1, len(recording.time_s)))
    assert score == score_curve(recording.time_s, recording.tension_n, plan)


def test_with_a_known_reference_a_rep_is_final_within_a_second(rng):
    recording = make(Rig(reps=10), rng)
    plan = SetPlan(tempo=Tempo(2, 0, 2, 0), reference_excursion_n=12.0)
    _, events = live(recording.time_s, recording.tension_n, plan, range(8, len(recording.time_s), 8))
    final = [e for e in events if isinstance(e, FinalRep)]
    assert len(final) >= 9
    assert max(e.announced_s - e.rep.eccentric_end_s for e in final) <= 1.0


def test_without_a_reference_the_first_rep_is_seen_at_once_and_counts_with_the_second(rng):
    recording = make(Rig(reps=4), rng)
    _, events = live(recording.time_s, recording.tension_n, SetPlan(), range(8, len(recording.time_s), 8))
    kinds = [type(e) for e in events if not isinstance(e, PhaseChange)]
    assert kinds[:3] == [RepSeen, FinalRep, FinalRep]
    assert set(kinds[3:]) == {FinalRep}


def test_phase_changes_are_announced_soon_after_they_happen(rng):
    recording = make(Rig(reps=12, tempo=(2, 1, 2, 1), tempo_spread=0.1), rng)
    plan = SetPlan(tempo=Tempo(2, 1, 2, 1))
    _, events = live(recording.time_s, recording.tension_n, plan, range(8, len(recording.time_s), 8))
    said = [e for e in events if isinstance(e, PhaseChange)]
    late = []
    for start, top, back, end in recording.bounds[1:]:
        for phase, at in zip(
            (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC, Phase.REST), (start, top, back, end), strict=True
        ):
            near = [e.announced_s - at for e in said if e.phase is phase and abs(e.announced_s - at) < 0.6]
            late.append(min(near, key=abs) if near else np.inf)
    assert np.median(late) <= 0.15
    assert np.mean(np.array(late) < 0.6) >= 0.9


def test_no_announcement_is_lost_after_an_unsteady_hold():
    """A hold that sways raises what counts as unrest; the way back must still be said, in every rep."""
    time = np.arange(0, 60, 0.0125)
    phase = time % 6
    level = np.clip(np.minimum(phase / 2, (6 - phase) / 2), 0, 1)
    level = level * level * (3 - 2 * level)
    sway = 0.02 * np.sin(2 * np.pi * 1.3 * time)
    _, events = live(time, 5 + 20 * (level + sway), SetPlan(tempo=Tempo(2, None, 2)), range(8, len(time), 8))
    said = Counter(e.phase for e in events if isinstance(e, PhaseChange))
    assert said[Phase.CONCENTRIC] >= 8
    assert said[Phase.ECCENTRIC] >= 8


def test_times_that_fall_are_refused_and_lose_nothing(rng):
    recording = make(Rig(reps=5), rng)
    time, tension = recording.time_s, recording.tension_n
    scorer = LiveScorer(SetPlan())
    scorer.push(time[:500], tension[:500])
    with pytest.raises(ScoringError, match="must not fall"):
        scorer.push(time[400:410], tension[400:410])
    with pytest.raises(ScoringError, match="equal length"):
        scorer.push(time[500:510], tension[500:509])
    scorer.push(time[500:], tension[500:])
    assert scorer.finish() == score_curve(time, tension, SetPlan())


def test_nothing_is_nothing():
    assert LiveScorer(SetPlan()).finish() == score_curve([], [], SetPlan())
    assert score_curve([1.0], [3.0], SetPlan()).reps == ()


def test_a_long_hole_loses_the_rep_it_cuts_and_no_other(rng):
    recording = make(Rig(reps=8, tempo=(2, 0, 2, 1)), rng)
    plan = SetPlan(tempo=Tempo(2, 0, 2, 1))
    middle = recording.bounds[3, 1]
    keep = (recording.time_s < middle - 0.5) | (recording.time_s > middle + 4.0)
    score = score_curve(recording.time_s[keep], recording.tension_n[keep], plan)
    assert 5 <= len(score.reps) <= 7
    moved = score_curve(recording.time_s[keep] + 1.7e9, recording.tension_n[keep], plan)
    assert len(moved.reps) == len(score.reps)
