"""Topics: what is made can be taken apart, and nothing else can."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from tempoband.contracts import topics
from tempoband.contracts.errors import ContractError
from tempoband.contracts.ranges import check_ranges, expand, to_ranges
from tempoband.contracts.topics import EventKind, ShardRange, UpKind

NAMES = st.from_regex(r"\A[A-Za-z0-9_.:-]{1,64}\Z")
SHARDS = st.integers(0, 255)


@given(NAMES, NAMES, st.sampled_from(UpKind))
def test_up_topics_come_apart_as_they_were_made(bridge: str, sensor: str, kind: UpKind):
    parsed = topics.parse_up(topics.up(bridge, sensor, kind))
    assert (parsed.bridge, parsed.sensor, parsed.kind) == (bridge, sensor, kind)
    assert parsed.shard == topics.shard_of(bridge)


@given(NAMES, NAMES, st.sampled_from(EventKind))
def test_event_topics_come_apart_as_they_were_made(bridge: str, sensor: str, kind: EventKind):
    shard = topics.shard_of(bridge)
    assert topics.parse_event(topics.event(shard, sensor, kind)) == (shard, sensor, kind)


@given(st.one_of(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=9).map("/".join)))
def test_every_other_text_is_refused(text: str):
    for topic in (text, f"{topics.ROOT}/{text}"):
        for parse in (topics.parse_up, topics.parse_event):
            try:
                parse(topic)
            except ContractError:
                continue


def test_the_shard_must_be_the_bridges_own():
    good = topics.up("home", "band", UpKind.FRAMES)
    other = f"{(int(topics.shard_of('home'), 16) + 1) % 256:02x}"
    with pytest.raises(ContractError, match="shard"):
        topics.parse_up(good.replace(f"/{topics.shard_of('home')}/", f"/{other}/"))


@given(SHARDS, SHARDS, NAMES)
def test_the_filters_of_a_range_match_exactly_its_shards(a: int, b: int, bridge: str):
    shards = ShardRange(min(a, b), max(a, b))
    assert ShardRange.parse(str(shards)) == shards
    topic = topics.up(bridge, "band", UpKind.FRAMES)
    matches = [f for f in shards.filters("up/+/+/frames") if topic_matches_sub(f, topic)]
    assert len(matches) == (topics.shard_of(bridge) in shards)


@pytest.mark.parametrize("text", ["", "7", "7f-00", "00-7f-ff", "g0", "-", "000"])
def test_ranges_that_cannot_be_are_refused_in_words(text: str):
    with pytest.raises(ValueError, match="shards"):
        ShardRange.parse(text)


@given(st.lists(st.integers(0, 300)))
def test_ranges_hold_the_numbers_they_were_made_of(numbers: list[int]):
    ranges = to_ranges(numbers)
    assert sorted(set(numbers)) == list(expand(ranges))
    assert check_ranges([list(r) for r in ranges]) == ranges
    assert all(b[0] > a[1] + 1 for a, b in itertools.pairwise(ranges))


@pytest.mark.parametrize(
    "value", [None, 5, [[1]], [[1, 2, 3]], [[2, 1]], [[-1, 2]], [[0, 2**53]], [[1, 2], [2, 3]], [[True, 2]]]
)
def test_ranges_that_do_not_rise_are_refused(value: object):
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        check_ranges(value)
