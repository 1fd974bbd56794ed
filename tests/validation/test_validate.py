import re
import shutil
from pathlib import Path

import pytest

from tempoband.app.validate import run_validation
from tempoband.app.validation import simulated
from tempoband.app.validation.recordings import data_dir, real_results
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.cohort import Conditions, draw_faulty_set, draw_recording
from tempoband.simulator.script import Fault


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("docs")
    (out / "validation").mkdir()
    (out / "validation" / "old.svg").write_text("<svg/>")
    return run_validation(out, sets=2, data=out / "nowhere"), out


def test_the_page_says_first_what_it_is_not(written):
    validation, _ = written
    text = validation.page.read_text(encoding="utf-8")
    assert text.index("not accuracy on people") < text.index("|")
    for words in ("not yet measured", "metronome", "Video", "Bland and Altman", "out-hold-back-rest"):
        assert words.lower() in text.lower()


def test_every_picture_is_there_and_no_old_one_is_left(written):
    validation, out = written
    shown = set(re.findall(r"\(validation/([^)]+)\)", validation.page.read_text(encoding="utf-8")))
    assert shown == {path.name for path in (out / "validation").iterdir()}
    assert {"boundary-errors.svg", "bland-altman-concentric.svg", "worst-1.svg"} <= shown


def test_every_tempo_rate_fault_and_idle_activity_has_its_row(written):
    text = written[0].page.read_text(encoding="utf-8")
    for row in (*simulated.TEMPOS, *(f"{r:g} Hz" for r in simulated.RATES_HZ), *simulated.IDLE):
        assert f"| {row} |" in text
    assert all(f"`{fault}`" in text for fault in (Fault.SNAP_BACK, Fault.SLACK, Fault.LOST_HOLD))


def test_the_page_names_no_path_of_this_machine(written):
    validation, out = written
    for path in [validation.page, *(out / "validation").iterdir()]:
        assert str(Path(__file__).resolve().parents[2]) not in path.read_text(encoding="utf-8")
        assert str(out) not in path.read_text(encoding="utf-8")


def test_no_set_at_all_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 1"):
        run_validation(tmp_path, sets=0)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_recordings_gives_no_result(tmp_path):
    assert real_results(tmp_path) == []


@pytest.mark.recordings
def test_real_strokes_are_counted():
    data = data_dir()
    if data is None:
        pytest.skip("the recordings are not here")
    results = {result.name: result for result in real_results(data)}
    strokes = results["strokes as tension of a blue band"]
    assert (strokes.expected, strokes.counted) == (9, 9)
    assert strokes.agreement.boundary_median_s < 0.1


@pytest.mark.recordings
def test_a_recording_that_is_missing_is_left_out(tmp_path):
    data = data_dir()
    if data is None:
        pytest.skip("the recordings are not here")
    shutil.copytree(data / "leg_machine", tmp_path / "leg_machine")
    assert [result.expected for result in real_results(tmp_path)] == [3, 0]


def test_a_faulty_set_commands_what_the_truth_then_shows():
    for seed in range(20):
        recording = draw_recording(draw_faulty_set(Tempo.parse("2-1-2"), seed), Conditions(), seed)
        commanded = [rep for rep in recording.truth.reps if rep.commanded]
        assert commanded
        clear = [rep for rep in commanded if rep.commanded not in rep.borderline]
        assert all(rep.commanded in rep.faults for rep in clear)


def test_the_truth_scored_against_itself_is_perfect(monkeypatch):
    monkeypatch.setattr(simulated, "score", lambda recording: recording.truth)
    study = simulated.phases_of("truth", simulated._sets(["2-1-2"], Conditions(), 3, 0))
    assert study.agreement.exact == 3
    assert study.agreement.boundary_p95_s == 0
    assert study.baseline.boundary_median_s > 0
