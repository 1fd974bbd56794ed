"""SenML (RFC 8428 JSON) for sensors that speak it already: ESPHome, Tasmota, Node-RED.

One pack becomes one frame. A pack says nothing that tells a repeated delivery from an equal measurement: the
broker does, and ``sorting`` then gives it the name and the time of its first delivery, so that a crash of
ingest stores nothing twice.
"""

import json
import math
from typing import Any

import numpy as np

from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import (
    EARLIEST_US,
    LATEST_US,
    MAX_FRAME_SPAN_US,
    ClockKind,
    Frame,
    LossKnowledge,
)
from tempoband.contracts.units import NEWTONS_PER_KGF

NEWTONS_PER_UNIT = {"N": 1.0, "kg": NEWTONS_PER_KGF}
RESOLUTION_N = 1e-4
_RELATIVE_BELOW_S = 2**28  # RFC 8428 section 4.5.3: smaller times are relative to now
_LATEST_S = LATEST_US / 1e6
_MOST_COUNT = 2**31 - 1


def decode_senml(payload: bytes, arrival_us: int, stream: str, seq: int) -> Frame:
    """One pack to one frame, times from the pack or, where it gives none, from arrival.

    Raises:
        ContractError: no SenML, another unit than N or kg, or nothing in it.
    """
    samples = sorted(_samples(_records(payload), arrival_us))
    if not samples:
        raise ContractError(RejectReason.IMPOSSIBLE_COUNTS, "the SenML pack holds no value")
    times_us = np.array([time_us for time_us, _ in samples], dtype=np.int64)
    counts = np.array([newtons / RESOLUTION_N for _, newtons in samples]).round()
    if np.abs(counts).max() > _MOST_COUNT:
        raise ContractError(RejectReason.IMPOSSIBLE_COUNTS, "a value is beyond any band")
    if times_us[-1] - times_us[0] > MAX_FRAME_SPAN_US or not EARLIEST_US <= times_us[0] <= LATEST_US:
        raise ContractError(RejectReason.ABSURD_TIMES, f"from {times_us[0]} to {times_us[-1]} us")
    span_s = float(times_us[-1] - times_us[0]) / 1e6
    return Frame(
        stream=stream,
        seq=seq,
        t0_us=int(times_us[0]),
        dt_us=(times_us - times_us[0]).astype(np.uint32),
        counts=counts.astype(np.int32),
        scale_n=RESOLUTION_N,
        offset_n=0.0,
        calibration_id="senml",
        ticks=None,
        clock=ClockKind.ARRIVAL,
        rate_hz=(len(samples) - 1) / span_s if span_s else 0.0,
        lost=0,
        loss=LossKnowledge.UNKNOWN,
    )


def _records(payload: bytes) -> list[dict[str, Any]]:
    try:
        pack = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ContractError(RejectReason.UNDECODABLE, f"no JSON: {error}") from error
    if not isinstance(pack, list) or not all(isinstance(record, dict) for record in pack):
        raise ContractError(RejectReason.UNDECODABLE, "a SenML pack is a list of records")
    return pack


def _samples(records: list[dict[str, Any]], arrival_us: int) -> list[tuple[int, float]]:
    base_time_s, base_value, base_unit = 0.0, 0.0, None
    samples = []
    for record in records:
        base_time_s = _number(record, "bt", base_time_s)
        base_value = _number(record, "bv", base_value)
        base_unit = record.get("bu", base_unit)
        if "v" not in record:
            continue
        unit = record.get("u", base_unit)
        if unit not in NEWTONS_PER_UNIT:
            raise ContractError(RejectReason.UNDECODABLE, f"unit {unit!r}: use N or kg")
        newtons = (base_value + _number(record, "v", 0.0)) * NEWTONS_PER_UNIT[unit]
        samples.append((_time_us(base_time_s + _number(record, "t", 0.0), arrival_us), newtons))
    return samples


def _time_us(time_s: float, arrival_us: int) -> int:
    if abs(time_s) > _LATEST_S:
        raise ContractError(RejectReason.ABSURD_TIMES, f"t = {time_s:g} s")
    micros = round(time_s * 1e6)
    return arrival_us + micros if time_s < _RELATIVE_BELOW_S else micros


def _number(record: dict[str, Any], key: str, default: float) -> float:
    value = record.get(key, default)
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > 2**53:
        raise ContractError(RejectReason.UNDECODABLE, f"{key} = {value!r} is no number")
    return float(value)
