"""Every sample sent is stored, once, in order, at its time: by the test's own list, not by our counters."""

import numpy as np
import pytest

from tests.support.processes import until

pytestmark = pytest.mark.mosquitto


def test_what_was_sent_is_stored_once_in_order_at_its_time(chain):
    chain.start()
    until(lambda: chain.stored_count() > 400, "five seconds of samples")
    chain.settle()
    result = chain.compare()
    assert result.missing_s.size == 0
    assert result.invented_s.size == 0
    assert result.matched > 400
    # Intervals are exact to 1 ms a second from the first sample on.
    elapsed_s = result.true_s - result.true_s[0]
    assert np.all(np.abs(result.offset_s - result.offset_s[0]) <= 1e-3 * elapsed_s + 1e-4)


def test_the_same_ledger_fails_when_one_frame_is_deleted_by_hand(chain):
    chain.start()
    until(lambda: chain.stored_count() > 200, "some samples")
    chain.settle()
    chain.ingest.stop()
    assert chain.compare().missing_s.size == 0
    chain.delete_one_frame()
    assert 1 <= chain.compare().missing_s.size <= 31
