"""What people bring from other programs, read without guessing."""

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempoband.app.errors import AppError, AppReason
from tempoband.app.scoring.foreign.table import Layout
from tempoband.app.scoring.recordings import read_recording

G = 9.80665


@pytest.fixture
def write(tmp_path):
    def write_text(text: str, name: str = "pull.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_text


def read_error(path: Path) -> str:
    with pytest.raises(AppError) as caught:
        read_recording(path)
    assert caught.value.reason is AppReason.BAD_FILE
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "time_s", "tension_n"),
    [
        ("time_s,tension_n\n0,1\n0.5,2\n", [0, 0.5], [1, 2]),
        ("time_us,force_kg\n0,1\n12500,2\n", [0, 0.0125], [G, 2 * G]),
        ("time_ms,force_lb\n0,1\n10,1\n", [0, 0.01], [4.4482216152605] * 2),
        ("timestamp,weight\n0.0,1\n0.0125,2\n0.025,1\n", [0, 0.0125, 0.025], [G, 2 * G, G]),
        ("timestamp,weight\n0,1\n12500,2\n", [0, 0.0125], [G, 2 * G]),
        ("Time_S;Tension_N;note\n0;1,5;a\n0,5;2,5;b\n", [0, 0.5], [1.5, 2.5]),
        ("\ufefftime_s\ttension_n\n\n0\t1\n0.5\t2\n", [0, 0.5], [1, 2]),
        ("Time (s),Force (N)\n0,1\n0.5,2\n", [0, 0.5], [1, 2]),
        ("time [ms],Load [kg]\n0,1\n500,2\n", [0, 0.5], [G, 2 * G]),
        ("seconds,lbs\n0,1\n0.5,1\n", [0, 0.5], [4.4482216152605] * 2),
        ("Zeit (s);Kraft (N)\n0,0;1,5\n0,5;2,5\n", [0, 0.5], [1.5, 2.5]),
        ('"time_s","tension_n"\n"0,0","1,5"\n"0,5","2,5"\n', [0, 0.5], [1.5, 2.5]),
        ("timestamp_us,force_g\n0,1000\n500000,2000\n", [0, 0.5], [G, 2 * G]),
        ("time_s tension_n\n0 1\n0.5  2\n", [0, 0.5], [1, 2]),
        ("time_s|tension_n\n0|1\n0.5|2\n", [0, 0.5], [1, 2]),
        ("time_s,tension_n\ns,N\n0,1\n0.5,2\n", [0, 0.5], [1, 2]),
        ("# app 1.0\ndate,2026-01-05\n\ntime_s,tension_n\n0,1\n0.5,2\n", [0, 0.5], [1, 2]),
        ("i,time_s,tension_n,note,\n7,0,1,a,\n8,0.5,2,b,\n", [0, 0.5], [1, 2]),
        ("time,tension_n\n23:59:59.950,1\n00:00:00.050,2\n", [86399.95, 86400.05], [1, 2]),
    ],
)
def test_the_header_decides_units(write, text, time_s, tension_n):
    recording = read_recording(write(text))
    np.testing.assert_allclose(recording.time_s, time_s)
    np.testing.assert_allclose(recording.tension_n, tension_n)


def test_iso_time_stamps_are_read(write):
    text = "timestamp,tension_n\n2026-01-05T10:00:00.000+00:00,1\n2026-01-05T10:00:00.050+00:00,2\n"
    recording = read_recording(write(text))
    assert np.diff(recording.time_s) == pytest.approx([0.05], abs=1e-6)


def test_equal_stamps_are_merged_and_reported(write):
    recording = read_recording(write("time_s,tension_n\n0,1\n1,2\n1,4\n2,3\n"))
    np.testing.assert_array_equal(recording.time_s, [0, 1, 2])
    np.testing.assert_array_equal(recording.tension_n, [1, 3, 3])
    assert "1 samples with equal time stamps merged" in recording.notes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("time_s,tension_n\n", "no sample follows"),
        ("time_s,time_us,tension_n\n0,0,1\n", "more than one time column (time_s, time_us)"),
        ("time_s,tension_n,force_kg\n0,1,1\n", "more than one tension column"),
        ("a,b\n1,2\n", "no time column"),
        ("time_s,tension_n\n0,1\n0.5,abc\n", "line 3: 'abc' is not a number"),
        ("time_s,tension_n\n0,1\n0.5,inf\n", "line 3: 'inf' is not a number"),
        ("time_s,tension_n\n0,nan\n0.5,\n", "no sample has a value"),
        ("time_s,force\n0,1\n", "no tension column"),
        ("0,1\n0.5,2\n", "--columns"),
        ("tension_n\n1\n2\n", "--rate HZ"),
        ("time_s,tension_n\n0,1\n0.5\n", "line 3: 1 columns"),
        ("time_s,tension_n\n1,1\n0.5,1\n", "line 3: time runs backwards"),
        ("timestamp,weight\n0,1\n1,1\n2,1\n", "unit of 'timestamp' cannot be told"),
    ],
)
def test_a_bad_file_is_named_with_line_and_remedy(write, text, words):
    assert words in read_error(write(text))


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "time_s,tension_n,weight\n0,1,1\n"])
def test_an_ambiguous_header_lists_what_is_accepted(write, text):
    message = read_error(write(text))
    assert "time_us" in message
    assert "force_kg" in message


def test_samples_without_a_value_are_passed_over_and_told(write):
    recording = read_recording(write("time_s,tension_n\n0,1\n0.5,NaN\n1,\n1.5,2\n"))
    np.testing.assert_array_equal(recording.time_s, [0, 1.5])
    assert "2 samples without a value, first in line 3" in recording.notes


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_encodings_of_other_programs(tmp_path, encoding):
    path = tmp_path / "other.csv"
    path.write_text("time_s,tension_n,Winkel (°)\n0,1,é\n0.5,2,é\n", encoding=encoding)
    np.testing.assert_array_equal(read_recording(path).tension_n, [1, 2])


def test_a_zipped_file_is_read_and_a_broken_one_refused(tmp_path):
    path = tmp_path / "pull.csv.gz"
    path.write_bytes(gzip.compress(b"time_s,tension_n\n0,1\n0.5,2\n"))
    np.testing.assert_array_equal(read_recording(path).tension_n, [1, 2])
    path.write_bytes(path.read_bytes()[:-12])
    assert "not a text file" in read_error(path)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("0;1,5\n0,5;2,5\n", Layout(("time_s", "tension_n"))),
        ("x,y,z\n9,1.5,0\n9,2.5,0.5\n", Layout(("-", "force_n", "time_s"))),
        ("1.5\n2.5\n", Layout(("tension_n",), 2.0)),
        ("tension_n\n1.5\n2.5\n", Layout(rate_hz=2.0)),
    ],
)
def test_what_the_file_does_not_say_is_told(write, text, layout):
    recording = read_recording(write(text), layout)
    np.testing.assert_array_equal(recording.time_s, [0, 0.5])
    np.testing.assert_array_equal(recording.tension_n, [1.5, 2.5])


@pytest.mark.parametrize("told", [(("elbow",), None), (("time_s", "force"), None), ((), 0.0), ((), math.nan)])
def test_what_is_told_wrongly_is_refused(told):
    with pytest.raises(ValueError, match=r"--columns|--rate"):
        Layout(*told)


def test_a_sensor_the_wrong_way_round_is_noticed(write):
    rows = "".join(f"{k / 10},{-20 if k % 9 > 4 else -1}\n" for k in range(90))
    assert any("wrong way round" in note for note in read_recording(write("time_s,tension_n\n" + rows)).notes)


def test_missing_and_binary_files_are_said_so(tmp_path):
    assert "No such file" in read_error(tmp_path / "none.csv")
    binary = tmp_path / "b.csv"
    binary.write_bytes(b"\xff\xfe\x00\x01\x80")
    assert "not a text file" in read_error(binary)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        recording = read_recording(path)
    except AppError as error:
        reason = error.reason
    else:
        assert np.all(np.diff(recording.time_s) > 0)
        reason = AppReason.BAD_FILE
    assert reason is AppReason.BAD_FILE
