"""The points of the drawings. Side or front view, 240 x 160, floor at y = 144."""

from types import MappingProxyType
from typing import Final

from analytics.coaching.drawings import Drawing, Line, Pose

_ON_BACK = ((50, 136), (90, 140))  # arm beside the body
_SHIN: Line = ((150, 96), (154, 142))
_SQUAT_UP = Pose(
    (108, 24), (((108, 36), (106, 86)), ((106, 86), (112, 114), (108, 142)), ((108, 48), (138, 60)))
)


def _front(head_y: float, hip_y: float, knees: tuple[float, float], feet: tuple[float, float]) -> Pose:
    """Somebody seen from the front, both arms folded before the chest."""
    shoulder = head_y + 12
    knee_y = (hip_y + 142) / 2
    return Pose(
        (120, head_y),
        (
            ((120, shoulder), (120, hip_y)),
            ((120, shoulder + 10), (100, shoulder + 24), (118, shoulder + 28)),
            ((120, shoulder + 10), (140, shoulder + 24), (122, shoulder + 28)),
            ((120, hip_y), (knees[0], knee_y), (feet[0], 142)),
            ((120, hip_y), (knees[1], knee_y), (feet[1], 142)),
        ),
    )


def _all_fours(thigh: Line) -> Pose:
    """On all fours, head to the left; ``thigh`` is the working leg."""
    return Pose(
        (42, 76),
        (((54, 84), (134, 84)), ((58, 84), (58, 142)), ((134, 84), (134, 140), (168, 142)), thigh),
    )


def _bridge(hip: tuple[float, float], *more: Line) -> Pose:
    return Pose((34, 132), (((46, 136), hip, (150, 96)), _SHIN, _ON_BACK, *more))


def _sitting(knees: tuple[float, float]) -> Pose:
    return Pose(
        (120, 28),
        (
            ((120, 40), (120, 92)),
            ((120, 50), (100, 68), (104, 90)),
            ((120, 50), (140, 68), (136, 90)),
            ((120, 92), (knees[0], 108), (104, 142)),
            ((120, 92), (knees[1], 108), (136, 142)),
        ),
    )


_WALKING_NARROW = _front(26, 86, (106, 134), (104, 136))
_WALKING_WIDE = _front(30, 90, (88, 152), (76, 164))
_BEHIND = (((120, 62), (120, 96)), ((104, 66), (136, 66)), ((120, 96), (102, 142)))

DRAWINGS: Final = MappingProxyType(
    {
        "clamshell": Drawing(
            "Lying on one side, knees bent; the upper knee opens against a loop above the knees.",
            Pose(
                (36, 108),
                (
                    ((48, 114), (120, 124)),
                    ((50, 116), (30, 134), (40, 124)),
                    ((120, 124), (172, 126), (136, 140)),
                ),
            ),
            Pose(
                (36, 108),
                (
                    ((48, 114), (120, 124)),
                    ((120, 124), (170, 138), (136, 141)),
                    ((120, 122), (158, 80), (134, 136)),
                    ((62, 117), (92, 108), (118, 118)),
                ),
            ),
            (((150, 88), (160, 135)), ((156, 84), (166, 136))),
            (((184, 122), (176, 88)),),
        ),
        "standing-glute-kickback": Drawing(
            "Standing beside a wall on one leg; the other goes straight back against a loop at the ankles.",
            Pose((120, 24), (((120, 36), (120, 86)), ((120, 86), (124, 114), (122, 142)))),
            Pose(
                (120, 24),
                (
                    ((120, 36), (120, 86)),
                    ((120, 48), (146, 62), (172, 58)),
                    ((120, 86), (122, 114), (120, 142)),
                    ((120, 86), (98, 108), (68, 126)),
                ),
            ),
            (((120, 136), (74, 120)), ((120, 141), (70, 127))),
            (((98, 136), (62, 140)),),
            (((174, 20), (174, 144)),),
        ),
        "fire-hydrant": Drawing(
            "On all fours seen from behind; one bent knee lifts out to the side against a loop.",
            Pose((120, 48), (*_BEHIND, ((120, 96), (138, 142)))),
            Pose((120, 48), (*_BEHIND, ((120, 96), (176, 90), (182, 126)))),
            (((110, 122), (158, 92)), ((107, 130), (166, 92))),
            (((150, 134), (186, 98)),),
        ),
        "seated-band-abduction": Drawing(
            "Sitting on a chair seen from the front; both knees push apart against a loop.",
            _sitting((106, 134)),
            _sitting((84, 156)),
            (((86, 105), (154, 105)), ((86, 110), (154, 110))),
            (((104, 122), (82, 122)), ((136, 122), (158, 122))),
            (((92, 96), (148, 96)),),
        ),
        "quadruped-hip-extension": Drawing(
            "On all fours; one heel pushes to the ceiling against a band pinned under the other knee.",
            _all_fours(((134, 84), (140, 138), (172, 140))),
            _all_fours(((134, 84), (178, 82), (180, 42))),
            (((136, 142), (166, 84)), ((132, 142), (160, 83))),
            (((196, 84), (196, 48)),),
        ),
        "monster-walk": Drawing(
            "Walking forward and back with wide steps, knees a little bent, the loop always firm.",
            _WALKING_NARROW,
            _WALKING_WIDE,
            (((88, 114), (152, 114)), ((88, 119), (152, 119))),
            (((196, 92), (212, 128)), ((44, 128), (28, 92))),
        ),
        "lateral-band-walk": Drawing(
            "Stepping to the side, hips level, the loop always firm.",
            _WALKING_NARROW,
            _WALKING_WIDE,
            (((88, 114), (152, 114)), ((88, 119), (152, 119))),
            (((172, 130), (212, 130)),),
        ),
        "banded-side-step": Drawing(
            "Side steps in a slight squat, feet forward, knees pushed out against the loop.",
            _front(40, 96, (104, 136), (104, 136)),
            _front(44, 100, (86, 154), (82, 158)),
            (((88, 118), (152, 118)), ((88, 123), (152, 123))),
            (((70, 132), (34, 132)), ((170, 132), (206, 132))),
        ),
        "banded-glute-bridge": Drawing(
            "On the back, feet flat; the hips lift while the knees push out against a loop.",
            _bridge((104, 138)),
            _bridge((106, 104)),
            (((134, 94), (140, 106)), ((139, 92), (145, 104))),
            (((104, 126), (104, 84)),),
        ),
        "bridge": Drawing(
            "On the back, feet flat; the hips lift.",
            _bridge((104, 138)),
            _bridge((106, 104)),
            (),
            (((104, 126), (104, 84)),),
        ),
        "single-leg-bridge": Drawing(
            "On the back; one heel presses, the hips lift, the other leg is stretched out.",
            _bridge((104, 138)),
            _bridge((106, 104), ((106, 104), (152, 78), (194, 56))),
            (),
            (((96, 126), (96, 84)),),
        ),
        "squat": Drawing(
            "Sitting back as onto a chair until the thighs are level, then standing up.",
            _SQUAT_UP,
            Pose(
                (134, 58),
                (((128, 68), (92, 108)), ((92, 108), (134, 110), (110, 142)), ((126, 74), (164, 76))),
            ),
            (),
            (((66, 80), (74, 112)),),
        ),
        "banded-squat": Drawing(
            "Squatting seen from the front, knees pushed out against a loop.",
            _front(24, 84, (104, 136), (96, 144)),
            _front(50, 108, (82, 158), (92, 148)),
            (((84, 122), (156, 122)), ((84, 128), (156, 128))),
            (((70, 122), (48, 122)), ((170, 122), (192, 122))),
        ),
        "single-leg-squat": Drawing(
            "Sitting back on one leg, the other stretched forward.",
            _SQUAT_UP,
            Pose(
                (128, 54),
                (
                    ((122, 64), (92, 104)),
                    ((92, 104), (130, 112), (110, 142)),
                    ((92, 104), (140, 106), (182, 112)),
                    ((121, 72), (160, 74)),
                ),
            ),
            (),
            (((66, 80), (74, 108)),),
        ),
        "deep-squat-test": Drawing(
            "Self-test: feet just wider than the hips, arms up, squatting down to the heels.",
            Pose(
                (108, 34),
                (((108, 46), (106, 90)), ((106, 90), (112, 116), (108, 142)), ((108, 52), (112, 14))),
            ),
            Pose(
                (124, 76),
                (((118, 86), (92, 128)), ((92, 128), (134, 108), (112, 142)), ((118, 90), (130, 44))),
            ),
            (),
            (((66, 84), (66, 124)),),
        ),
        "hip-bridge-test": Drawing(
            "Self-test: in a bridge, one foot lifts a few inches; the pelvis should not drop.",
            _bridge((106, 104)),
            _bridge((106, 104), ((106, 104), (158, 84), (166, 122))),
            (),
            (((186, 140), (186, 118)),),
        ),
    }
)
