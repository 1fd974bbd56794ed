from tempoband.storage.timeseries.influx.keys import SLOTS, TakenTimes, free_time, usual_slot
from tests.stores.contract import FRAME_US, T0, make, new_stream

MINE, OTHER = b"mine", b"other"


def test_a_free_time_is_kept_and_a_taken_one_is_not():
    assert free_time("s", T0, 7, MINE, {}) == T0 * 1000 + 7
    assert free_time("s", T0, 7, MINE, {("s", T0 * 1000 + 7): OTHER}) == T0 * 1000 + 8
    assert free_time("s", T0, 7, MINE, {("s", T0 * 1000 + 7): MINE}) == T0 * 1000 + 7
    assert free_time("s", T0, 7, MINE, {("t", T0 * 1000 + 7): OTHER}) == T0 * 1000 + 7


def test_the_search_stays_inside_the_microsecond():
    last = T0 * 1000 + SLOTS - 1
    assert free_time("s", T0, SLOTS - 1, MINE, {("s", last): OTHER}) == T0 * 1000
    full = {("s", T0 * 1000 + slot): OTHER for slot in range(SLOTS)}
    assert free_time("s", T0, 3, MINE, full) is None


def test_a_thousand_neighbours_choose_different_times():
    stream = new_stream()
    assert len({usual_slot(stream, seq) for seq in range(SLOTS)}) == SLOTS


class Server:
    """Knows one sensor, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], int, int]] = []

    def newest(self, sensors):
        return {sensor: T0 for sensor in sensors if sensor == "known"}

    def taken(self, sensors, start_us, end_us):
        self.asked.append((list(sensors), start_us, end_us))
        return {("known", T0 * 1000): OTHER}


def test_the_server_is_asked_only_about_what_comes_late():
    server, stream = Server(), new_stream()
    times = TakenTimes(server.newest, server.taken)
    live = [make("known", stream, seq) for seq in range(1, 4)]
    assert times.among(live) == {}
    times.remember(live)
    assert times.among([make("known", stream, 4), make("new", stream, 0)]) == {}
    assert server.asked == []
    late = make("known", stream, 0)
    assert times.among([late, make("known", stream, 5)]) == {("known", T0 * 1000): OTHER}
    assert server.asked == [(["known"], T0, late.frame.end_us + 1)]
    times.remember([make("new", stream, 9)])
    times.among([make("new", stream, 2)])
    assert server.asked[1:] == [(["new"], T0 + 2 * FRAME_US, T0 + 3 * FRAME_US - 12_500 + 1)]
