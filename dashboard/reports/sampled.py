"""A curve as FHIR's SampledData: measured samples only, at even times."""

from typing import Any

import numpy as np

from tempoband.storage.records.scored import ScoredSet
from tempoband.storage.timeseries.base import TimeSeriesReader

SAMPLED_HZ = 20
_PERIOD_US = 1_000_000 // SAMPLED_HZ
_UCUM = "http://unitsofmeasure.org"
Json = dict[str, Any]


def quantity(value: float, unit: str, code: str | None = None) -> Json:
    """A number with its UCUM unit."""
    return {"value": round(value, 4), "unit": unit, "system": _UCUM, "code": code or unit}


def sampled_data(store: TimeSeriesReader, each: ScoredSet) -> Json | None:
    """The curve at 20 Hz; None without samples.

    Every value is a measured sample, the nearest within half a period; ``E`` stands where none is, as FHIR
    has it for what cannot be known. Nothing is drawn across a hole.
    """
    start_us, end_us = each.set.started_us, each.set.ended_us + 1
    curve = store.read(each.set.sensor, start_us, end_us)
    if not len(curve):
        return None
    at_us = np.arange(start_us, end_us, _PERIOD_US)
    after = np.searchsorted(curve.time_us, at_us).clip(1, max(len(curve) - 1, 1))
    before = after - 1
    after = after.clip(max=len(curve) - 1)
    nearer = np.abs(curve.time_us[before] - at_us) <= np.abs(curve.time_us[after] - at_us)
    nearest = np.where(nearer, before, after)
    missing = np.abs(curve.time_us[nearest] - at_us) > _PERIOD_US // 2
    for gap in store.gaps(each.set.sensor, start_us, end_us):
        missing |= (at_us > gap.start_us) & (at_us < gap.end_us)
    level_n = curve.tension_n[nearest]
    data = ["E" if gone else f"{n:.2f}" for n, gone in zip(level_n.tolist(), missing.tolist(), strict=True)]
    return {
        "origin": quantity(0.0, "N"),
        "period": _PERIOD_US / 1000,
        "dimensions": 1,
        "data": " ".join(data),
    }
