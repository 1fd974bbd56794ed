"""``tempoband score``: recordings in, JSON Lines or a table out."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def score(*arguments):
    command = [sys.executable, "-m", "tempoband.app", "score", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def three_reps(tmp_path):
    """Three reps of 2 s out, 1 s hold, 2 s back, starting at 101, 108 and 115 s of the file's time."""
    time_s = np.arange(0, 24, 0.0125)
    ramp = np.interp(time_s % 7, [0, 1, 3, 4, 6, 7], [0, 0, 1, 1, 0, 0])
    lift = 0.5 - 0.5 * np.cos(np.pi * ramp)
    lift[time_s >= 21] = 0
    path = tmp_path / "three.csv"
    rows = "\n".join(f"{t + 100:.4f},{30 * f + 2:.3f}" for t, f in zip(time_s, lift, strict=True))
    path.write_text(f"time_s,tension_n\n{rows}\n")
    return path


def test_reps_are_in_the_files_own_time_base(three_reps):
    done = score(three_reps, "--exercise", "clamshell", "--tempo", "2-1-2", "--side", "left", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["file"] == str(three_reps)
    assert [round(rep["concentric_start_s"]) for rep in result["reps"]] == [101, 108, 115]
    for rep in result["reps"]:
        assert rep["excursion_n"] == pytest.approx(30, rel=0.05)
        assert {
            "concentric_end_s",
            "eccentric_start_s",
            "eccentric_end_s",
            "faults",
            "tempo",
            "eccentric",
        } <= set(rep)
    assert result["scoring_version"]
    assert result["set"]["pattern"] == "slow_full"


def test_a_half_range_is_known_by_the_reference_peak(three_reps):
    done = score(three_reps, "--exercise", "clamshell", "--reference-peak", "60", "--json")
    told = json.loads(done.stdout)["set"]
    assert told["pattern"] == "slow_half"
    assert told["faults"] == {"partial_range": 3}


def test_an_unreadable_file_is_named_and_the_others_are_scored_in_order(three_reps, tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_text("time_s,tension_n\n0,1\n1,x\n")
    done = score(three_reps, broken, three_reps, "--exercise", "clamshell", "--json")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 2
    assert "broken.csv: line 3" in done.stderr.replace("\n", "")


def test_without_json_a_person_can_read_it(three_reps):
    done = score(three_reps, "--exercise", "clamshell", "--tempo", "2-1-2")
    assert done.returncode == 0, done.stderr
    assert "out-hold-back-rest" in done.stdout
    assert any(0x2801 <= ord(letter) <= 0x28FF for letter in done.stdout), "the curve is drawn"


def test_the_sheet_fits_80_columns_and_says_what_the_scores_are_made_of(three_reps):
    done = score(three_reps, "--exercise", "clamshell", "--tempo", "9-1-9")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert len(re.findall(r"snap back *\n", done.stdout)) >= 3, "a fault stands in one piece"
    for words in ("Tempo ", "back 0.45", "Eccentric control", "ramp 0.40", "SPARC", "N s a rep", "Not told:"):
        assert words in done.stdout


def test_a_walk_tells_its_floor_and_slack_instead_of_repetitions(tmp_path):
    time_s = np.arange(0, 30, 0.0125)
    tension = 20 + 2 * np.sin(2 * np.pi * time_s / 1.5) * (time_s > 4)
    tension[(time_s > 12) & (time_s < 13)] = 3
    path = tmp_path / "walk.csv"
    path.write_text(
        "time_s,tension_n\n" + "".join(f"{t:.4f},{f:.3f}\n" for t, f in zip(time_s, tension, strict=True))
    )
    done = score(path, "--exercise", "monster-walk")
    assert "Above the floor" in done.stdout
    assert "Slack once: at 12.0 s" in done.stdout
    assert " 40 a minute" in done.stdout


def test_a_file_without_header_or_times_is_told_about(tmp_path, three_reps):
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(line.split(",")[1] for line in three_reps.read_text().splitlines()[1:]))
    refused = score(bare, "--exercise", "clamshell", "--json")
    assert refused.returncode == 2
    assert "--columns" in refused.stderr
    done = score(bare, "--exercise", "clamshell", "--rate", "80", "--columns", "tension_n", "--json")
    assert len(json.loads(done.stdout)["reps"]) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--exercise", "juggling"], "known:"),
        (["--exercise", "clamshell", "--rate", "-1"], "--rate"),
        (["--exercise", "clamshell", "--columns", "knee"], "not understood"),
        (["--exercise", "clamshell", "--tempo", "2-1"], "out-hold-back-rest"),
        (["--exercise", "clamshell", "--reference-peak", "-3"], "positive"),
        (["--exercise", "clamshell", "--side", "up"], "left"),
    ],
)
def test_a_bad_option_says_what_is_accepted(three_reps, arguments, words):
    done = score(three_reps, *arguments)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.recordings
def test_real_strokes_are_counted_as_labelled(recordings):
    folder = recordings / "cable_strokes"
    done = score(folder / "m2_derived_blue_band_tension.csv", "--exercise", "clamshell", "--json")
    labels = (folder / "m2_reps_from_position.csv").read_text().splitlines()[1:]
    reps = json.loads(done.stdout)["reps"]
    assert len(reps) == len(labels)
    for rep, label in zip(reps, labels, strict=True):
        _, start_s, _, peak_s, _, end_s, *_ = map(float, label.split(","))
        assert start_s - 1 < rep["concentric_start_s"] < peak_s < rep["eccentric_end_s"] < end_s + 1


@pytest.mark.recordings
@pytest.mark.parametrize(("name", "reps"), [("legext_isok_R.txt", 3), ("legpress_isom_R.txt", 0)])
def test_set_up_moves_and_isometric_pushes_are_not_reps(recordings, tmp_path, name, reps):
    """The leg machine's own format, converted: seconds, then torque or cell force as tension."""
    lines = (recordings / "leg_machine" / name).read_text().splitlines()
    header = lines[0].split("|")
    column = header.index("UserTorque(Nm)")
    rows = [line.split("|") for line in lines[1:] if line.count("|") == len(header) - 1]
    converted = tmp_path / "leg.csv"
    converted.write_text("time_s,tension_n\n" + "\n".join(f"{row[0]},{row[column]}" for row in rows))
    done = score(converted, "--exercise", "standing-glute-kickback", "--json")
    assert len(json.loads(done.stdout)["reps"]) == reps, done.stderr
