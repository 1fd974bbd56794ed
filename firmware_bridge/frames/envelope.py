"""The lower envelope of arrival delays: what a device's clock says, freed from waiting on the air.

Every arrival is late by an unknown, positive wait; the earliest ones are the best. The line under all points
that touches them is the lower convex hull's edge over the middle of the window (Moon, Skelly, Towsley 1999,
"Estimation and removal of clock skew from network delay measurements").
"""

from collections import deque
from itertools import pairwise

WINDOW_US = 60_000_000
BUCKET_US = 1_000_000
MIN_BASELINE_US = 20_000_000  # a slope from less is noise
MAX_SKEW = 300e-6  # crystals keep to 100 ppm; anything beyond is an artefact

Point = tuple[float, float]


class LowerEnvelope:
    """Least delay as a function of device time over the last minute."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[int, Point]] = deque()
        self._line: Point | None = None  # (slope, intercept), None: to be computed

    def add(self, device_us: int, delay_us: int) -> None:
        """One arrival, in order of device time."""
        bucket = device_us // BUCKET_US
        if not self._buckets or self._buckets[-1][0] != bucket:
            self._buckets.append((bucket, (device_us, delay_us)))
            while self._buckets[0][1][0] < device_us - WINDOW_US:
                self._buckets.popleft()
            self._line = None
        elif delay_us < self._buckets[-1][1][1]:
            self._buckets[-1] = (bucket, (device_us, delay_us))
            self._line = None

    def at(self, device_us: int) -> float:
        """Least delay at a device time, in microseconds."""
        if self._line is None:
            self._line = support_line([point for _, point in self._buckets])
        slope, intercept = self._line
        return intercept + slope * device_us


def support_line(points: list[Point]) -> Point:
    """Slope and intercept of the line below all points that is nearest to them on the whole.

    Points rise in x. Under ``MIN_BASELINE_US`` the slope is 0; it never exceeds ``MAX_SKEW``.
    """
    slope = 0.0
    if points[-1][0] - points[0][0] >= MIN_BASELINE_US:
        slope = max(-MAX_SKEW, min(MAX_SKEW, _middle_slope(lower_hull(points), points)))
    return slope, min(y - slope * x for x, y in points)


def lower_hull(points: list[Point]) -> list[Point]:
    """Lower convex hull of points that rise in x (Andrew's monotone chain)."""
    hull: list[Point] = []
    for x, y in points:
        while len(hull) >= 2:
            (x1, y1), (x2, y2) = hull[-2:]
            if (x2 - x1) * (y - y1) > (y2 - y1) * (x - x1):
                break
            hull.pop()
        hull.append((x, y))
    return hull


def _middle_slope(hull: list[Point], points: list[Point]) -> float:
    """Slope of the hull's edge over the mean x: it minimises the summed distance to the points."""
    middle = sum(x for x, _ in points) / len(points)
    for (x1, y1), (x2, y2) in pairwise(hull):
        if x2 >= middle:
            return (y2 - y1) / (x2 - x1)
    return 0.0
