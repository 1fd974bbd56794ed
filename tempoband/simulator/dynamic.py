"""Repetitions: from a prescription and a person's habits to the motion they make.

Seconds are asked for in the terms of the phase definition: a perfect metronome is one whose 5 % crossings
fall on the beat, so a movement takes a little longer than its phase.
"""

from dataclasses import dataclass

import numpy as np

from tempoband.contracts.tempo import Phase, Tempo
from tempoband.simulator.judge import MovedRep, MovedSet
from tempoband.simulator.motion import MotionBuilder
from tempoband.simulator.people import Person
from tempoband.simulator.profiles import Profile, draw_profile
from tempoband.simulator.script import DynamicSet, Fault

_FAST = ((Phase.CONCENTRIC, Fault.MOMENTUM), (Phase.ECCENTRIC, Fault.SNAP_BACK))
_FAST_SHARE = (0.15, 0.30)  # a commanded fast phase, of the prescribed (or one) second
_LEAST_PHASE_S = 0.15
_PARTIAL_LEVEL = (0.40, 0.58)
_SAG_SHARE = (0.22, 0.28)
_SAG_S = 0.35
_PAUSE_S = (0.7, 1.3)


@dataclass(frozen=True, slots=True)
class _Intent:
    """What one rep is meant to be; 0 s means "turn at once", the level is a share of the reach."""

    out: Profile
    back: Profile
    seconds: dict[Phase, float]
    level: float
    fault: Fault | None


def perform_set(
    builder: MotionBuilder, person: Person, script: DynamicSet, rng: np.random.Generator
) -> MovedSet:
    """Do a set from where the limb is; returns its phases."""
    performer = _Performer(builder, person, script, rng)
    builder.dwell(script.lead_in_s)
    intents = [performer.intent(rep) for rep in range(script.reps)]
    moved: list[MovedRep] = []
    for rep, intent in enumerate(intents):
        following = intents[rep + 1] if rep + 1 < len(intents) else None
        moved.append(performer.perform(intent, following, is_first=rep == 0))
        if intent.fault is Fault.BAND_RELEASE:
            break
    builder.dwell(script.tail_s)
    return MovedSet(script.tempo, tuple(moved), _release_s(moved, rng))


def _release_s(moved: list[MovedRep], rng: np.random.Generator) -> float | None:
    """A band slips or breaks where the pull is great: early on the way back."""
    last = moved[-1] if moved else None
    if last is None or last.commanded is not Fault.BAND_RELEASE:
        return None
    return last.eccentric.start_s + rng.uniform(0.05, 0.25) * last.eccentric.seconds


class _Performer:
    def __init__(
        self, builder: MotionBuilder, person: Person, script: DynamicSet, rng: np.random.Generator
    ) -> None:
        self._builder, self._person, self._script, self._rng = builder, person, script, rng
        self._tempo = script.tempo or Tempo()

    def intent(self, rep: int) -> _Intent:
        person, rng, fault = self._person, self._rng, self._script.faults.get(rep)
        tired = person.fatigue * rep / max(self._script.reps - 1, 1)
        level = (1 - 0.15 * tired) * (1 + rng.uniform(-1, 1) * person.range_variation)
        if fault is Fault.PARTIAL_RANGE:
            level = rng.uniform(*_PARTIAL_LEVEL)
        return _Intent(
            draw_profile("minimum_jerk" if fault is Fault.MOMENTUM else person.out_family, rng),
            draw_profile("minimum_jerk" if fault is Fault.SNAP_BACK else person.back_family, rng),
            {phase: self._seconds(phase, tired, fault) for phase in Phase},
            level,
            fault,
        )

    def _seconds(self, phase: Phase, tired: float, fault: Fault | None) -> float:
        person, rng, prescribed_s = self._person, self._rng, self._tempo.seconds(phase)
        vary = 1 + rng.uniform(-1, 1) * person.tempo_variation
        if (phase, fault) in _FAST:
            return float(max((prescribed_s or 1.0) * rng.uniform(*_FAST_SHARE), _LEAST_PHASE_S))
        if phase is Phase.CONCENTRIC:
            usual_s = (prescribed_s or person.natural_out_s) * person.pace.concentric
            return usual_s * vary * (1 + 0.35 * tired)
        if phase is Phase.ECCENTRIC:
            usual_s = (prescribed_s or person.natural_back_s) * person.pace.eccentric
            return usual_s * vary * (1 - 0.30 * tired)
        if prescribed_s:
            share = person.pace.hold if phase is Phase.HOLD else person.pace.rest
            return prescribed_s * vary * (1.0 if fault is Fault.LOST_HOLD else share)
        return float(rng.uniform(*_PAUSE_S)) if rng.random() < person.pause_share else 0.0

    def perform(self, intent: _Intent, following: _Intent | None, *, is_first: bool) -> MovedRep:
        """Move out, hold, move back, rest.

        A phase that begins or ends at a turning point owns its slow tail; beside a dwell the dwell does.
        """
        person, out, back = self._person, intent.out, intent.back
        holds = intent.seconds[Phase.HOLD] > 0
        rests_after = following is None or intent.seconds[Phase.REST] > 0
        lost_out = (is_first or bool(self._tempo.rest_s)) * out.first + holds * (1 - out.last)
        lost_back = holds * back.first + rests_after * (1 - back.last)
        out_s = intent.seconds[Phase.CONCENTRIC] / (1 - lost_out)
        back_s = intent.seconds[Phase.ECCENTRIC] / (1 - lost_back)
        concentric = self._builder.move(out, out_s, person.worn_strain + intent.level * person.reach_strain)
        self._hold(intent, (1 - out.last) * out_s + back.first * back_s)
        eccentric = self._builder.move(back, back_s, person.worn_strain)
        if following:
            next_tail_s = following.out.first * following.seconds[Phase.CONCENTRIC]
            self._dwell(intent, Phase.REST, (1 - back.last) * back_s + next_tail_s)
        return MovedRep(concentric, eccentric, intent.fault)

    def _dwell(self, intent: _Intent, phase: Phase, tails_s: float) -> None:
        """Stay still for what the slow tails beside it leave of the dwell."""
        seconds = intent.seconds[phase]
        self._builder.dwell(seconds - tails_s if seconds else self._rng.uniform(0, self._person.turn_s))

    def _hold(self, intent: _Intent, tails_s: float) -> None:
        """Stay at the top; a lost hold sags and is partly won back."""
        if intent.fault is not Fault.LOST_HOLD:
            self._dwell(intent, Phase.HOLD, tails_s)
            return
        builder, rng = self._builder, self._rng
        still_s = max(intent.seconds[Phase.HOLD] - tails_s - 2 * _SAG_S, 0.3)
        sag = rng.uniform(*_SAG_SHARE) * intent.level * self._person.reach_strain
        top = builder.strain
        builder.dwell(0.3 * still_s)
        builder.move(draw_profile("minimum_jerk", rng), _SAG_S, top - sag)
        builder.dwell(0.3 * still_s)
        builder.move(draw_profile("minimum_jerk", rng), _SAG_S, top - 0.2 * sag)
        builder.dwell(0.4 * still_s)
