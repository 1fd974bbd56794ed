"""Dead letters go out again once what was wrong is right; none is forgotten without a receipt."""

from dataclasses import replace

from ingest.register import Register
from ingest.replay import Replayed, replay
from ingest.settings import IngestSettings
from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import encode_frame
from tempoband.contracts.ledger import StreamEnded, encode_note
from tempoband.contracts.topics import UpKind
from tests.ingest.sender import Sender
from tests.messaging.tasks import running, until
from tests.timeseries.making import make_frame, make_stream, samples_of

A, B = "a" * 16, "b" * 16
FOREVER = (0, 2**52)


async def test_letters_are_sent_again_and_forgotten_only_when_committed(settings, store, make_ingest):
    enrolled: set[str] = set()
    bridge = Sender(settings, "home")
    frames = make_stream(A, 4)
    conflict = encode_frame(replace(make_frame(B, 0), lost=5))
    config = IngestSettings(mqtt=settings, store=str(store.data_dir))
    async with running(
        make_ingest(allowed=lambda _b, s: None if s in enrolled else RejectReason.WRONG_SENSOR).run(),
        bridge.link.run(),
    ):
        await until(lambda: bridge.heartbeats, "the heartbeat")
        enrolled.add("other")
        bridge.send("other", [make_frame(B, 0)])
        await until(lambda: not bridge.spool, "the good one")
        bridge.send("band", frames)
        bridge.keep_raw("band", UpKind.LEDGER, encode_note(StreamEnded(A, 3)))
        bridge.keep_raw("band", UpKind.FRAMES, b"rubbish")
        bridge.keep_raw("other", UpKind.FRAMES, conflict)
        for topic, payload in list(bridge.spool.values()):
            await bridge.link.publish(topic, payload)
        register = Register(store.data_dir)
        await until(lambda: len(register.dead_letters()) == 7, "the dead letters")
        assert await replay(config, {RejectReason.CONFLICT}) == Replayed(refused=1)
        enrolled.add("band")
        assert await replay(config) == Replayed(committed=5, refused=2)
        left = register.dead_letters()
        register.close()
    assert sorted(d.payload for d in left) == sorted([b"rubbish", conflict])
    curve = store.read("band", *FOREVER)
    assert curve.time_us.tolist() == samples_of(frames)[0].tolist()
    assert store.streams("band", *FOREVER)[0].last_seq == 3


async def test_without_a_running_ingest_the_letters_stay(settings, store):
    register = Register(store.data_dir)
    from ingest.sorting import Message, dead_letter
    from tempoband.contracts.errors import ContractError
    from tempoband.contracts.topics import up

    message = Message(up("home", "band", UpKind.FRAMES), encode_frame(make_frame(A, 0)), 0)
    register.keep([dead_letter(message, ContractError(RejectReason.WRONG_SENSOR, "not enrolled"))], {})
    config = IngestSettings(mqtt=settings, store=str(store.data_dir))
    assert await replay(config, timeout_s=0.5) == Replayed(unanswered=1)
    assert len(register.dead_letters()) == 1
    register.close()
