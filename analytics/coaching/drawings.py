"""Line drawings of the exercises, as SVG made from a few points: where one starts (faint) and where one goes.

Colours come from the page around them (``currentColor``, ``--accent``); alone they follow the reader's theme.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

Point = tuple[float, float]
Line = tuple[Point, ...]

_WIDTH, _HEIGHT, _FLOOR = 240, 160, 144


@dataclass(frozen=True, slots=True)
class Pose:
    """A figure: where the head is and how the limbs run."""

    head: Point
    limbs: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One exercise.

    Attributes:
        title: what is to be seen, read out by screen readers.
        start: where one starts.
        goal: where one goes.
        band: the band in the goal pose; empty where there is none.
        arrows: movements to show.
        props: chair, wall.
    """

    title: str
    start: Pose
    goal: Pose
    band: tuple[Line, ...] = ()
    arrows: tuple[tuple[Point, Point], ...] = ()
    props: tuple[Line, ...] = ()


def to_svg(drawing: Drawing) -> str:
    """The drawing as an SVG document; the page around it gives it its colours."""
    floor = ((12.0, float(_FLOOR)), (_WIDTH - 12.0, float(_FLOOR)))
    parts = [
        _lines((floor, *drawing.props), "tb-thin"),
        _pose(drawing.start, "tb-start"),
        _pose(drawing.goal, "tb-goal"),
        _lines(drawing.band, "tb-band"),
        "".join(_arrow(tail, tip) for tail, tip in drawing.arrows),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" class="tb-drawing"'
        f' role="img"><title>{escape(drawing.title)}</title>{"".join(parts)}</svg>'
    )


def _pose(pose: Pose, name: str) -> str:
    x, y = pose.head
    head = f'<circle cx="{x:g}" cy="{y:g}" r="10"/>'
    return f'<g class="{name}">{head}{"".join(_path(limb) for limb in pose.limbs)}</g>'


def _lines(lines: Iterable[Line], name: str) -> str:
    inner = "".join(_path(line) for line in lines)
    return f'<g class="{name}">{inner}</g>' if inner else ""


def _path(line: Line) -> str:
    return f'<path d="M{" L".join(f"{x:g} {y:g}" for x, y in line)}"/>'


def _arrow(tail: Point, tip: Point) -> str:
    """A line with two short barbs."""
    dx, dy = tip[0] - tail[0], tip[1] - tail[1]
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length * 7, dy / length * 7
    left = (round(tip[0] - ux - uy * 0.7, 1), round(tip[1] - uy + ux * 0.7, 1))
    right = (round(tip[0] - ux + uy * 0.7, 1), round(tip[1] - uy - ux * 0.7, 1))
    return f'<g class="tb-go">{_path((tail, tip))}{_path((left, tip, right))}</g>'
