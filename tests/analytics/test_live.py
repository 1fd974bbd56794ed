import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.assess import Evidence, assess
from analytics.live_sensor import LiveSensor
from analytics.plans import Asked, SensorFacts
from tempoband.contracts.events import CloseReason, PhaseEvent, RepEvent, SetEvent, SetStatus
from tempoband.contracts.exercise import Side
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.words import Mode, SetOrder
from tempoband.storage.timeseries.base import Curve
from tests.analytics.curves import RATE_HZ, SECOND, START_US, Tape, reps, rest, walk
from tests.analytics.memory_store import SCALE_N, frames_of

FACTS = SensorFacts(RATE_HZ)


def prescription(exercise="clamshell", upper=None, seconds=None, tempo="2-0-2") -> Prescription:
    return Prescription(
        id="p",
        version=1,
        person_id="ada",
        exercise=exercise,
        side=Side.BOTH,
        mode=Mode.PRIMARY,
        set_order=SetOrder.STRAIGHT,
        sets=3,
        reps_lower=upper,
        reps_upper=upper,
        seconds=seconds,
        steps=None,
        tempo=tempo,
        concentric_s=None,
        hold_s=None,
        eccentric_s=None,
        rest_phase_s=None,
        rest_s=None,
        days_per_week=3,
        weekdays=None,
        band_brand=None,
        band_label=None,
        placement=None,
        ring_length_cm=None,
        pain_limit=None,
        programme_id=None,
        valid_from_us=0,
        valid_to_us=None,
        created_by="x",
    )


def asked(set_id="set-1", opened_us=START_US, prescribed=None, exercise="clamshell") -> Asked:
    declaration = SetDeclaration(
        id=set_id,
        sensor="s",
        person_id=None,
        opened_us=opened_us,
        by="x",
        exercise=exercise,
        tempo=None if exercise == "monster-walk" else "2-0-2",
    )
    return Asked(declaration, prescribed, None)


def play(tape: Tape, told: Asked | None, size: int = 8, told_at: int = 0) -> list:
    """Everything a sensor says while the tape runs."""
    live = LiveSensor("s")
    said = []
    for n, frame in enumerate(frames_of(tape.time_us, tape.tension_n, size=size)):
        if n == told_at:
            said += live.declare(told)
        said += live.push(frame)
    return said


def stored(tape: Tape, told: Asked):
    counts = (tape.tension_n / SCALE_N).round() * SCALE_N
    evidence = Evidence(Curve(tape.time_us, counts), (), ())
    return assess(told.told(FACTS), evidence, tape.now_us)


def kinds(said, kind):
    return [message for message in said if isinstance(message, kind)]


@settings(max_examples=20)
@given(
    st.integers(2, 8),
    st.sampled_from([None, 3, 5]),
    st.sampled_from([1, 8, 15, 40]),
    st.floats(0.4, 3.0),
    st.sampled_from([(2.0, 0.0, 2.0), (1.0, 1.0, 2.0), (2.0, 0.5, 1.0)]),
)
def test_live_says_of_a_set_what_the_store_says(count, upper, size, pause_s, phases):
    tape = Tape().add(rest(4), reps(count, pause_s, out_s=phases[0], hold_s=phases[1], back_s=phases[2]))
    tape.add(rest(25))
    told = asked(prescribed=prescription(upper=upper))
    said, final = play(tape, told, size), stored(tape, told)
    in_set = [event for event in kinds(said, RepEvent) if event.set_id == "set-1"]
    boundaries = ("concentric_start_s", "concentric_end_s", "eccentric_start_s", "eccentric_end_s")
    live_reps = [[event.rep[name] for name in boundaries] for event in in_set]
    stored_reps = [[rep.to_dict()[name] for name in boundaries] for rep in final.score.reps]
    assert len(live_reps) == len(stored_reps) == (count if upper is None else min(count, upper))
    for ours, theirs in zip(live_reps, stored_reps, strict=True):
        assert ours == pytest.approx(theirs, abs=0.002)
    closed = [event for event in kinds(said, SetEvent) if event.close_reason is not None]
    assert [event.close_reason for event in closed] == [final.closing.reason]


def test_a_set_is_announced_open_at_its_first_rep_and_provisional_at_its_end():
    tape = Tape().add(rest(4), reps(4), rest(20))
    events = kinds(play(tape, asked()), SetEvent)
    assert [event.status for event in events] == [SetStatus.OPEN, SetStatus.PROVISIONAL]
    assert (events[-1].reps, events[-1].close_reason) == (4, CloseReason.IDLE)


def test_phases_are_announced_in_time_and_in_order():
    tape = Tape().add(rest(4), reps(5), rest(5))
    phases = kinds(play(tape, asked()), PhaseEvent)
    assert {event.phase for event in phases} >= {"concentric", "eccentric"}
    times = [event.at_us for event in phases]
    assert times == sorted(times)
    assert all(START_US + 3 * SECOND < at < tape.now_us for at in times)


def test_a_declaration_that_arrives_late_still_gets_the_rep_before_it():
    tape = Tape().add(rest(4), reps(4), rest(20))
    late = play(tape, asked(), size=8, told_at=80)  # eight seconds in: the first rep is nearly over
    reps_in_set = [event for event in kinds(late, RepEvent) if event.set_id == "set-1"]
    assert len(reps_in_set) == 4


def test_scoring_that_began_in_the_middle_says_when_a_rep_was():
    tape, told = Tape().add(rest(4), reps(6), rest(20)), asked()

    def ends(frames):
        live, said = LiveSensor("s"), []
        for frame in frames:
            said += [*live.declare(told), *live.push(frame)]
        of_set = [event for event in kinds(said, RepEvent) if event.set_id]
        return [event.started_us / SECOND + event.rep["eccentric_end_s"] for event in of_set]

    frames = list(frames_of(tape.time_us, tape.tension_n, size=8))
    whole, later = ends(frames), ends(frames[len(frames) // 4 :])
    assert len(whole) == 6
    assert 1 <= len(later) < 6
    assert later[-1] == pytest.approx(whole[-1], abs=0.1)


def test_undeclared_reps_are_told_but_never_a_set():
    said = play(Tape().add(rest(4), reps(4), rest(20)), None)
    assert [event.set_id for event in kinds(said, RepEvent)] == [None] * 4
    assert kinds(said, SetEvent) == []


def test_a_set_closed_here_is_not_opened_again_by_records_that_lag():
    tape = Tape().add(rest(4), reps(4), rest(3))
    live, told = LiveSensor("s"), asked(prescribed=prescription(upper=2))
    said = []
    for frame in frames_of(tape.time_us, tape.tension_n, size=8):
        said += live.declare(told)
        said += live.push(frame)
    assert [e.close_reason for e in kinds(said, SetEvent)] == [None, CloseReason.TARGET]
    assert [e.index for e in kinds(said, RepEvent) if e.set_id] == [0, 1]


def test_a_walk_closes_live_at_its_target():
    tape = Tape().add(rest(2, 0.0), walk(40), rest(3, 0.0))
    told = asked(
        exercise="monster-walk", prescribed=prescription("monster-walk", seconds=30, tempo="constant")
    )
    closed = [e for e in kinds(play(tape, told), SetEvent) if e.close_reason is not None]
    assert [event.close_reason for event in closed] == [CloseReason.TARGET]


def test_a_frame_that_comes_twice_counts_once():
    tape = Tape().add(rest(4), reps(3), rest(20))
    live = LiveSensor("s")
    live.declare(asked())
    said = []
    for frame in frames_of(tape.time_us, tape.tension_n, size=8):
        said += live.push(frame) + live.push(frame)
    assert len(kinds(said, RepEvent)) == 3
