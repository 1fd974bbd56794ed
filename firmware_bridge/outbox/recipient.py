"""Whether somebody commits what this bridge sends: ingest's heartbeats, read for our shard."""

from dataclasses import dataclass

from tempoband.contracts.events import Heartbeat
from tempoband.contracts.topics import ShardRange


@dataclass(frozen=True, slots=True)
class _Heard:
    beat: Heartbeat
    at_s: float


class Recipient:
    """The ingest workers that serve this bridge's shard."""

    def __init__(self, shard: str, timeout_s: float) -> None:
        self._shard = shard
        self._timeout_s = timeout_s
        self._heard: dict[str, _Heard] = {}
        self._boots: dict[str, str] = {}

    def hear(self, beat: Heartbeat, now_s: float) -> bool:
        """Take a heartbeat.

        Returns:
            Whether everything without a receipt should be sent again at once: a worker booted, or one takes
            frames again after a time of silence or refusal.
        """
        try:
            if self._shard not in ShardRange.parse(beat.shards):
                return False
        except ValueError:
            return False
        before = self.accepting(now_s)
        self._heard[beat.worker] = _Heard(beat, now_s)
        if not (beat.online and beat.accepting):
            return False
        booted = self._boots.get(beat.worker) != beat.boot
        self._boots[beat.worker] = beat.boot
        return booted or not before

    def lose_sight(self) -> None:
        """The connection is gone: nobody counts as alive before the next heartbeat."""
        self._heard.clear()

    def accepting(self, now_s: float) -> bool:
        """Whether a worker for our shard is alive and its store takes frames."""
        return any(
            heard.beat.online and heard.beat.accepting and now_s - heard.at_s <= self._timeout_s
            for heard in self._heard.values()
        )
