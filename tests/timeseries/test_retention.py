"""What keeps the embedded store small: samples go by policy, an outline of them stays."""

import numpy as np
import pytest

from tempoband.storage.timeseries.retention import DAY_US, RetentionPolicy
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.timeseries.conftest import seal_all
from tests.timeseries.making import (
    FOREVER,
    SENSOR,
    T0_US,
    A,
    all_stored,
    make_frame,
    make_stream,
    stored,
)


def test_retention_drops_the_old_keeps_an_outline_and_says_nothing_to_followers(embedded: SqliteStore):
    frames = make_stream(A, 100)
    embedded.write(all_stored(frames))
    seal_all(embedded)
    cursor = embedded.changes(0)[-1].cursor
    before = embedded.read(SENSOR, *FOREVER)
    border_us = T0_US + 8_000_000
    dropped = 0
    while step := embedded.retain(border_us + 123):
        dropped += step
    kept = embedded.read(SENSOR, *FOREVER)
    old = before.time_us < border_us
    assert dropped == np.count_nonzero(old)
    np.testing.assert_array_equal(kept.time_us, before.time_us[~old])
    assert embedded.changes(cursor) == []
    assert embedded.streams(SENSOR, *FOREVER)[0].missing == ()
    outline = embedded.read_decimated(SENSOR, *FOREVER, 10_000)
    seconds = before.time_us[old] // 1_000_000
    for second in np.unique(seconds):
        ours = outline.tension_n[outline.time_us // 1_000_000 == second]
        theirs = before.tension_n[old][seconds == second]
        np.testing.assert_allclose([ours.min(), ours.max()], [theirs.min(), theirs.max()], rtol=1e-6)


def test_erasing_reaches_the_outline_too(embedded: SqliteStore):
    frames = make_stream(A, 100)
    embedded.write(all_stored(frames))
    while embedded.retain(T0_US + 10_000_000):
        pass
    embedded.erase(SENSOR, T0_US + 3_000_000, T0_US + 6_500_000)
    outline = embedded.read_decimated(SENSOR, T0_US, T0_US + 10_000_000, 10_000)
    seconds = set(((outline.time_us - T0_US) // 1_000_000).tolist())
    assert seconds.isdisjoint({3, 4, 5, 6})
    assert {0, 1, 2, 7, 8, 9} <= seconds


def test_the_outline_ages_too_and_the_policy_says_so(embedded: SqliteStore):
    day_us = DAY_US
    embedded.write(all_stored(make_stream(A, 100)))
    policy = RetentionPolicy(keep_days=2, outline_days=10)
    assert str(policy) == "samples are kept 2 days, their outline 10 days"
    now_us = T0_US + 5 * day_us
    assert embedded.kept_since_us() == 0
    assert policy.step(embedded, now_us) == 1000
    assert embedded.kept_since_us() == T0_US + 3 * day_us
    assert policy.step(embedded, now_us) == 0
    assert len(embedded.read_decimated(SENSOR, *FOREVER, 10_000)) > 0
    policy.step(embedded, T0_US + 11 * day_us)
    assert len(embedded.read_decimated(SENSOR, *FOREVER, 10_000)) == 0


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (RetentionPolicy(), "every sample is kept for ever"),
        (RetentionPolicy(30), "samples are kept 30 days, their outline for ever"),
        (RetentionPolicy(30, 0), "samples are kept 30 days, their outline not at all"),
    ],
)
def test_a_policy_in_words(policy: RetentionPolicy, words: str, embedded: SqliteStore):
    assert str(policy) == words
    embedded.write(all_stored(make_stream(A, 100)))
    now_us = T0_US + 31 * DAY_US
    while policy.step(embedded, now_us):
        pass
    assert len(embedded.read(SENSOR, *FOREVER)) == (1000 if policy.keep_days is None else 0)
    kept = len(embedded.read_decimated(SENSOR, *FOREVER, 10_000))
    assert (kept == 0) == (policy.outline_days == 0)


def test_retention_takes_a_bounded_step_at_a_time(embedded: SqliteStore):
    day_us = DAY_US
    for day in range(3):
        embedded.write([stored(make_frame(f"{day:016x}", 0, t0_us=T0_US + day * day_us))])
    steps = []
    while step := embedded.retain(T0_US + 10 * day_us):
        steps.append(step)
    assert steps == [10, 10, 10]
