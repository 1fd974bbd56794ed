"""From a planned set to the frames a bridge would have sent: simulated motion, band and sensor."""

import hashlib
from dataclasses import replace

import numpy as np

from tempoband.app.demo.clinic.cast import Order, Patient, tempo_of
from tempoband.app.demo.clinic.diary import PlannedSet
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, encode_frame
from tempoband.simulator.band import Band
from tempoband.simulator.people import Person
from tempoband.simulator.script import Activity, DynamicSet, Walk
from tempoband.simulator.sensor import Sensor
from tempoband.simulator.simulate import simulate
from tempoband.storage.timeseries.base import StoredFrame

RATE_HZ = 40.0
"""Half of what a real sensor gives: every metric can still be judged, and the clinic is there in time."""
BRIDGE = "simulated-clinic"
SCALE_N = 0.01
_SAMPLES = 200  # a frame; nobody watches these live
LEAD_IN_S = 2.5
TAIL_S = 2.0


def frames(patient: Patient, planned: PlannedSet, start_us: int) -> list[StoredFrame]:
    """The frames of one set, as one stream."""
    order = patient.orders_of(planned.version)[planned.order]
    band = Band.of_colour(order.band, planned.stiffness)
    recording = simulate(
        _mover(patient, planned), band, Sensor.at(RATE_HZ), _script(order, planned), planned.seed
    )
    counts = np.rint(recording.tension_n / SCALE_N).astype(np.int32)
    time_us = np.rint(recording.time_s * 1e6).astype(np.int64)
    stream = hashlib.sha256(f"{patient.sensor}|{start_us}".encode()).hexdigest()[:32]
    found = []
    for seq, first in enumerate(range(0, len(counts), _SAMPLES)):
        part = slice(first, first + _SAMPLES)
        frame = Frame(
            stream=stream,
            seq=seq,
            t0_us=start_us + int(time_us[first]),
            dt_us=(time_us[part] - time_us[first]).astype(np.uint32),
            counts=counts[part],
            scale_n=SCALE_N,
            offset_n=0.0,
            calibration_id="simulated",
            ticks=None,
            clock=ClockKind.DEVICE,
            rate_hz=RATE_HZ,
            lost=0,
            loss=LossKnowledge.EXACT,
        )
        found.append(StoredFrame(patient.sensor, BRIDGE, frame, encode_frame(frame)))
    return found


def _mover(patient: Patient, planned: PlannedSet) -> Person:
    person = patient.person
    return replace(person, pace=planned.pace, reach_strain=person.reach_strain * planned.reach)


def _script(order: Order, planned: PlannedSet) -> Activity:
    if order.kind is ExerciseKind.CONSTANT_TENSION:
        return Walk(steps=planned.reps // 2)  # to one side, then back
    faults = {rep: fault for rep, fault in planned.faults if rep < planned.reps}
    return DynamicSet(tempo_of(order), planned.reps, faults, lead_in_s=LEAD_IN_S, tail_s=TAIL_S)
