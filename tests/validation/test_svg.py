import xml.etree.ElementTree as ET
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempoband.app.validation.match import Agreement, PhasePair
from tempoband.app.validation.plots import bland_altman, case_curve, error_histogram
from tempoband.app.validation.simulated import Case, score
from tempoband.app.validation.svg import Plot, nice_ticks
from tempoband.contracts.tempo import Phase, Tempo
from tempoband.simulator.cohort import Conditions, draw_recording
from tempoband.simulator.script import DynamicSet

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing):
    return ET.fromstring(drawing)  # noqa: S314 -- our own file


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(2, 10))
def test_ticks_are_round_few_and_inside(low, width, about):
    ticks = nice_ticks(low, low + width, about)
    assert len(ticks) <= about + 1
    assert all(low - 1e-6 * width <= tick <= low + width * (1 + 1e-6) for tick in ticks)
    steps = np.diff(ticks)
    assert all(isclose(step, steps[0], rel_tol=1e-4, abs_tol=1e-8) for step in steps)


def test_values_outside_the_range_stay_at_its_edge():
    plot = Plot("t", "d", (0, 1), (0, 1))
    assert plot.x(-5) == plot.x(0) < plot.x(0.5) < plot.x(1) == plot.x(9)
    assert plot.y(-5) == plot.y(0) > plot.y(0.5) > plot.y(1) == plot.y(9)


def test_words_are_escaped_and_a_drawing_describes_itself():
    plot = Plot("a < b & c", "more < less", (0, 1), (0, 1))
    plot.text(0, 0, "<script>")
    root = parsed(plot.render())
    assert root.find(f"{SVG}title").text == "a < b & c"
    assert root.find(f"{SVG}desc").text == "more < less"
    assert not list(root.iter("script"))


@pytest.fixture
def agreement():
    rng = np.random.default_rng(0)
    found = Agreement(boundary_error_s=[*rng.normal(0, 0.03, 500).tolist(), 0.9])
    found.phases = [
        PhasePair(phase, true, true + error)
        for phase in (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)
        for true, error in zip(rng.uniform(1, 3, 2000), rng.normal(0.01, 0.03, 2000), strict=True)
    ]
    return found


def test_a_histogram_holds_every_error_or_says_how_many_are_beyond(agreement):
    root = parsed(error_histogram(agreement))
    words = " ".join(text.text for text in root.iter(f"{SVG}text"))
    assert "501 phase boundaries" in words
    assert "1 beyond" in words
    assert f"{1000 * agreement.boundary_median_s:.0f} ms" in words


def test_a_bland_altman_plot_says_its_limits_and_stays_small(agreement):
    drawing = bland_altman(agreement.phases, agreement, Phase.ECCENTRIC)
    low, high = agreement.limits_s(Phase.ECCENTRIC)
    assert f"{low:+.3f} s" in drawing
    assert f"{high:+.3f} s" in drawing
    assert len(drawing) < 40_000


def test_a_case_draws_every_boundary_true_and_scored():
    recording = draw_recording(DynamicSet(Tempo.parse("2-1-2"), 4), Conditions(), 1)
    reps = score(recording).reps
    root = parsed(case_curve(Case("2-1-2", recording, reps, 0.05)))
    lines = [line for line in root.iter(f"{SVG}line") if line.get("x1") == line.get("x2")]
    dashed = [line for line in lines if line.get("stroke-dasharray")]
    assert len(lines) - len(dashed) == 4 * len(recording.truth.reps)
    assert len(dashed) == 4 * len(reps)
