import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.coverage import cover
from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.storage.timeseries.base import Curve, Gap, StreamInfo
from tests.analytics.curves import RATE_HZ, SECOND, START_US


def curve(seconds: float, *holes: tuple[float, float]) -> Curve:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    for a, b in holes:
        t = t[(t < a) | (t >= b)]
    return Curve(START_US + (t * SECOND).astype(np.int64), np.zeros(len(t)))


def stream(loss: LossKnowledge) -> StreamInfo:
    return StreamInfo("s", "x", "b", 0, 0, 1, 1, (), 0, 0, None, ClockKind.DEVICE, loss, RATE_HZ)


def span(a: float, b: float) -> tuple[int, int]:
    return START_US + round(a * SECOND), START_US + round(b * SECOND)


def test_a_whole_curve_is_complete():
    found = cover(span(1, 9), curve(10), (), (stream(LossKnowledge.EXACT),))
    assert (found.share, found.lost_samples, found.complete) == (1.0, 0, True)


@given(st.floats(1, 8), st.floats(0.3, 5))
def test_a_hole_is_missing_time_whoever_knows_of_it(start, width):
    end = min(start + width, 9.5)
    from_curve = cover(span(0, 10), curve(10, (start, end)), (), ())
    gap = Gap(*span(start, end), "missing", 5)
    told = cover(span(0, 10), curve(10), (gap,), (stream(LossKnowledge.EXACT),))
    assert abs(told.share - (1 - (end - start) / 10)) < 1e-6
    assert told.lost_samples == 5
    if end - start > 0.3:
        assert abs(from_curve.share - told.share) < 0.005
        assert not from_curve.complete


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 3)), max_size=6))
def test_overlapping_gaps_are_counted_once(parts):
    gaps = [Gap(*span(a, a + w), "lost", 1) for a, w in parts]
    found = cover(span(0, 10), curve(10), gaps, ())
    seen = np.zeros(10_000, dtype=bool)
    for a, w in parts:
        seen[round(a * 1000) : min(10_000, round((a + w) * 1000))] = True
    assert abs((1 - found.share) - seen.mean()) < 0.002
    assert all(a < b for a, b in found.holes)
    assert all(left[1] < right[0] for left, right in zip(found.holes, found.holes[1:], strict=False))


def test_holes_at_packet_edges_lose_nothing():
    t = np.concatenate([np.arange(15) / RATE_HZ + n * 0.25 for n in range(40)])  # 62 ms between packets
    found = cover(span(0, 10), Curve(START_US + (t * SECOND).astype(np.int64), np.zeros(len(t))), (), ())
    assert found.complete


def test_loss_that_cannot_be_known_is_not_zero():
    assert cover(span(0, 5), curve(10), (), (stream(LossKnowledge.UNKNOWN),)).lost_samples is None


def test_no_samples_at_all_cover_nothing_unless_they_may_still_come():
    assert cover(span(0, 5), curve(0), (), ()).share == 0.0
    assert cover(span(0, 5), curve(0), (), (), open_end=True).complete
