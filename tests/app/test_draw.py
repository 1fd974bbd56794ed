"""The curve in the terminal."""

import numpy as np

from tempoband.app.scoring.draw import STYLES, draw_curve
from tempoband.contracts.tempo import Phase

BLANK = "\u2800"


def test_one_sample_peak_is_never_hidden():
    time_s = np.arange(10_000) / 80
    tension_n = np.zeros(10_000)
    tension_n[5_000] = 30.0
    top_line = draw_curve(time_s, tension_n, [], columns=80, rows=8).plain.splitlines()[0]
    assert len(top_line.strip(BLANK)) == 1


def test_phases_are_coloured_where_they_are():
    time_s = np.linspace(0, 10, 800)
    text = draw_curve(time_s, time_s, [(0.0, 5.0, Phase.CONCENTRIC)], columns=10, rows=1)
    styles = [str(span.style) for span in text.spans]
    assert styles[:5] == [STYLES[Phase.CONCENTRIC]] * 5
    assert styles[5:10] == ["dim"] * 5


def test_a_flat_curve_and_a_single_sample_can_be_drawn():
    assert draw_curve(np.array([0.0]), np.array([0.0]), [], columns=4, rows=2).plain.count("\n") == 2
    assert draw_curve(np.arange(3.0), np.full(3, -2.0), [], columns=4, rows=2).plain.count("\n") == 2
