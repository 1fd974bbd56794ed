"""A tempo as people write it, and what is said where it cannot be read."""

import pytest

from tempoband.contracts.tempo import TEXT_ORDER, Tempo, TempoError


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("2-0-2-0", "2-0-2-0"),
        ("2\N{EN DASH}1\N{EN DASH}2", "2-1-2"),
        ("2 - 1 - 2", "2-1-2"),
        ("2/1/2/0", "2-1-2-0"),
        ("2:1:2:0", "2-1-2-0"),
        ("2 1 2 0", "2-1-2-0"),
        ("1 s - 0 s - 1 s", "1-0-1"),
        ("1 second-0-3 seconds", "1-0-3"),
        ("2,5-0-2.5", "2.5-0-2.5"),
        ("2-X-2", "2-x-2"),
        (" Controlled ", "controlled"),
    ],
)
def test_a_tempo_is_read_as_people_write_it_and_said_in_one_way(text, plain):
    tempo = Tempo.parse(text)
    assert str(tempo) == plain
    assert Tempo.parse(plain) == tempo


@pytest.mark.parametrize(
    "text", ["", "2020", "2-0", "2-0-2-0-1", "2-0-2-", "-1-0-2", "nan-0-2", "inf-0-2", "1e2-0-2", "1_0-0-2"]
)
def test_what_cannot_be_read_is_refused_with_the_order(text):
    with pytest.raises(TempoError, match=TEXT_ORDER):
        Tempo.parse(text)


@pytest.mark.parametrize("text", ["0-1-2", "2-1-0", "0-0-0"])
def test_a_way_out_or_back_takes_time(text):
    with pytest.raises(TempoError, match="takes time"):
        Tempo.parse(text)


def test_a_phase_of_eleven_minutes_is_a_slip_of_the_pen():
    with pytest.raises(TempoError, match="0 to 600 s"):
        Tempo.parse("660-0-2")
