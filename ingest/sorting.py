"""Looks at each message of a batch: a frame to commit, a ledger note, or a reject with its reason."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from ingest.listening import Listening
from ingest.register import DeadLetter, Owner, Pack
from ingest.senml import decode_senml
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.frame import Frame, decode_frame, digest, encode_frame
from tempoband.contracts.ledger import LedgerNote, Reached, decode_note
from tempoband.contracts.topics import UpKind, UpTopic, parse_up
from tempoband.storage.timeseries.base import StoredFrame

FUTURE_US = 24 * 3600 * 1_000_000  # a day: further ahead no clock of a home is


@dataclass(slots=True)
class Message:
    """One message as it came; ``frame`` and ``pack`` are set once decoded: a retry stores the same."""

    topic: str
    payload: bytes
    arrival_us: int
    frame: Frame | None = None
    again: bool = False  # the broker says that we may have had it before
    pack: Pack | None = None


@dataclass(slots=True)
class Sorted:
    """A batch, looked at. ``frames`` and ``backfill`` run side by side."""

    frames: list[StoredFrame] = field(default_factory=list)
    frame_topics: list[str] = field(default_factory=list)
    backfill: list[bool] = field(default_factory=list)
    notes: list[tuple[str, str, LedgerNote]] = field(default_factory=list)
    reached: list[tuple[str, Reached]] = field(default_factory=list)  # by home
    note_digests: list[tuple[str, bytes]] = field(default_factory=list)  # bridge, sha256
    rejects: list[tuple[str | None, DeadLetter]] = field(default_factory=list)  # bridge where it is known
    new_owners: dict[str, Owner] = field(default_factory=dict)
    packs: list[Pack] = field(default_factory=list)


Allowed = Callable[[str, str], RejectReason | None]
"""Why this bridge may not speak for this sensor; None: it may."""
Kin = Callable[[str, str], bool]
"""Whether the first may carry on a stream of the second."""
_REFUSALS = {
    RejectReason.NOT_ENROLLED: "bridge {0} is not enrolled here",
    RejectReason.WRONG_SENSOR: "bridge {0} may not speak for {1}: it belongs to another clinic",
}


class Sorter:
    """Sorts batches; remembers which sensor a stream belongs to through ``owner``."""

    def __init__(
        self,
        owner: Callable[[str], Owner | None],
        allowed: Allowed,
        packs: Iterable[Pack] = (),
        kin: Kin = lambda _, __: False,
    ) -> None:
        """``packs`` are the last ones before this start: the broker may deliver them again."""
        self._owner = owner
        self._kin = kin
        self._allowed = allowed
        self._listening = Listening()
        self._senml: dict[str, tuple[str, Iterator[int]]] = {}  # topic to stream and next seqs
        self._latest = [list(packs), []]  # of the last two batches, which may not be acknowledged yet

    def sort(self, messages: Sequence[Message]) -> Sorted:
        """Look at every message; none is ever passed over."""
        done = Sorted()
        known = {id(message.pack) for message in messages if message.pack is not None}
        for message in messages:
            try:
                self._take(message, done)
            except ContractError as error:
                done.rejects.append((bridge_of(message.topic), dead_letter(message, error)))
        if fresh := [pack for pack in done.packs if id(pack) not in known]:
            self._latest = [self._latest[-1], fresh]
        return done

    def _take(self, message: Message, done: Sorted) -> None:
        topic = topic_of(message.topic)
        if (refusal := self._allowed(topic.bridge, topic.sensor)) is not None:
            words = _REFUSALS.get(refusal, "bridge {0} is refused for {1}")
            raise ContractError(refusal, words.format(topic.bridge, topic.sensor))
        if topic.kind is UpKind.LEDGER:
            note = decode_note(message.payload)
            if isinstance(note, Reached):
                done.reached.append((topic.bridge, note))
            else:
                owner = self._claim(note.stream, topic, done)
                done.notes.append((owner, topic.sensor, note))
            done.note_digests.append((topic.bridge, digest(message.payload)))
            return
        frame = message.frame = message.frame or self._decode(topic, message)
        done.packs += [message.pack] if message.pack is not None else []
        if frame.end_us > message.arrival_us + FUTURE_US:
            raise ContractError(RejectReason.ABSURD_TIMES, "more than a day ahead of this machine's clock")
        if topic.kind is not UpKind.SENML:
            self._listened(topic, frame)
        owner = self._claim(frame.stream, topic, done)
        payload = encode_frame(frame) if topic.kind is UpKind.SENML else message.payload
        done.frames.append(StoredFrame(topic.sensor, owner, frame, payload))
        done.frame_topics.append(message.topic)
        done.backfill.append(topic.kind is UpKind.BACKFILL)

    def _listened(self, topic: UpTopic, frame: Frame) -> None:
        holder = self._listening.holder(topic.bridge, topic.sensor, frame)
        if holder != topic.bridge:
            raise ContractError(
                RejectReason.OWNED_ELSEWHERE,
                f"bridge {holder} holds {topic.sensor}, which can only be listened to",
            )

    def _decode(self, topic: UpTopic, message: Message) -> Frame:
        if topic.kind is not UpKind.SENML:
            return decode_frame(message.payload)
        pack = (self._had(message) if message.again else None) or self._new(message)
        message.pack = pack
        return decode_senml(message.payload, pack.arrival_us, pack.stream, pack.seq)

    def _new(self, message: Message) -> Pack:
        stream, seqs = self._senml.get(message.topic) or (secrets.token_hex(8), count())
        decode_senml(message.payload, message.arrival_us, stream, 0)  # a refused pack takes no seq
        self._senml[message.topic] = (stream, seqs)
        return Pack(message.topic, digest(message.payload), stream, next(seqs), message.arrival_us)

    def _had(self, message: Message) -> Pack | None:
        """The same pack in one of the last batches, newest first; each stands for one delivery."""
        sha256 = digest(message.payload)
        for packs in reversed(self._latest):
            for pack in reversed(packs):
                if (pack.topic, pack.sha256) == (message.topic, sha256):
                    packs.remove(pack)
                    return pack
        return None

    def _claim(self, stream: str, topic: UpTopic, done: Sorted) -> str:
        """A stream belongs to whoever sent it first; a home that was paired again carries on as that one."""
        here = (topic.bridge, topic.sensor)
        owner = self._owner(stream) or done.new_owners.setdefault(stream, here)
        if owner != here and (owner[1] != topic.sensor or not self._kin(topic.bridge, owner[0])):
            raise ContractError(
                RejectReason.WRONG_SENSOR,
                f"stream {stream} belongs to sensor {owner[1]} at bridge {owner[0]}",
            )
        return owner[0]


def dead_letter(message: Message, error: ContractError) -> DeadLetter:
    """What is kept of a refused message."""
    return DeadLetter(message.topic, message.payload, digest(message.payload), error.reason, error.detail)


@lru_cache(maxsize=4096)
def topic_of(topic: str) -> UpTopic:
    """``parse_up``, remembered: the same few topics come all the time."""
    return parse_up(topic)


def bridge_of(topic: str) -> str | None:
    """Who sent on this topic, where the topic tells."""
    try:
        return topic_of(topic).bridge
    except ContractError:
        return None
