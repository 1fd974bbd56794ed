import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import structlog

from analytics.settings import AnalyticsSettings
from analytics.stored import Announcement, Follower
from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import Side
from tempoband.storage.records import Records, declarations, sets
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.scored import ScoredSet
from tests.analytics.curves import RATE_HZ, SECOND, START_US
from tests.analytics.memory_store import MemoryStore, frames_of

CLINIC, SENSOR = "local", "sensor-1"


@dataclass
class Bench:
    """A follower on an in-memory store and real records, with a clock that the test moves."""

    records: Records
    store: MemoryStore = field(default_factory=MemoryStore)
    now_us: int = START_US
    monotonic_s: float = 0.0
    sensor: str = SENSOR
    announced: list[Announcement] = field(default_factory=list)
    expected_failures: list[str] = field(default_factory=list)
    settings: AnalyticsSettings = field(default_factory=lambda: AnalyticsSettings(reconcile_s=5))

    def __post_init__(self) -> None:
        self.follower = self.start()

    def start(self) -> Follower:
        self.follower = Follower(
            self.settings,
            self.records,
            self.store,
            now_us=lambda: self.now_us,
            monotonic_s=lambda: self.monotonic_s,
        )
        return self.follower

    def wait(self, seconds: float) -> None:
        self.now_us += round(seconds * SECOND)
        self.monotonic_s += seconds

    def step(self) -> None:
        self.announced += self.follower.step()

    def settle(self, seconds: float = 12) -> None:
        """Let some quiet wall-clock time pass, as after the last commit."""
        for _ in range(round(seconds)):
            self.wait(1)
            self.step()

    def stream(self, tape, *, every_s: float = 1.0, stream: str = "0123456789abcdef") -> None:
        """Commit a tape as it would be committed live."""
        time, tension = tape.time_us, tape.tension_n
        frames = frames_of(time, tension, stream)
        each = round(every_s * RATE_HZ / 20)
        for at in range(0, len(frames), each):
            self.store.commit(self.sensor, frames[at : at + each])
            self.now_us = max(self.now_us, frames[min(at + each, len(frames)) - 1].end_us)
            self.monotonic_s += every_s
            self.step()

    def open(self, set_id: str = "set-1", at_us: int = START_US, **told) -> SetDeclaration:
        base = SetDeclaration(
            id=set_id,
            sensor=self.sensor,
            person_id=None,
            opened_us=at_us,
            by="local-owner",
            exercise="clamshell",
            side=Side.LEFT,
            tempo="2-0-2",
        )
        with self.records.write() as session:
            declared, _ = declarations.open_set(session, CLINIC, replace(base, **told))
        self.follower.told(self.sensor)
        return declared

    def close(self, set_id: str, at_us: int) -> None:
        with self.records.write() as session:
            declarations.close(session, CLINIC, set_id, at_us, CloseReason.HAND)
        self.follower.told(self.sensor)

    def sets(self) -> list[ScoredSet]:
        with self.records.read() as session:
            return sets.latest(session, CLINIC, limit=100)[::-1]

    def declaration(self, set_id: str) -> SetDeclaration:
        with self.records.read() as session:
            return declarations.get(session, CLINIC, set_id)


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A records database brought to the newest version once; tests copy it."""
    path = tmp_path_factory.mktemp("records") / "empty.db"
    Records(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def make_bench(empty_records: Path, tmp_path: Path) -> Iterator[Callable[[], Bench]]:
    made: list[Bench] = []

    def make() -> Bench:
        path = shutil.copy(empty_records, tmp_path / f"records-{len(made)}.db")
        made.append(Bench(Records(f"sqlite:///{path}", owner=False)))
        return made[-1]

    yield make
    for bench in made:
        bench.records.close()


@pytest.fixture
def bench(make_bench: Callable[[], Bench]) -> Iterator[Bench]:
    with structlog.testing.capture_logs() as events:
        bench = make_bench()
        yield bench
    failed = [event for event in events if str(event["event"]).endswith("_failed")]
    assert [event["sensor"] for event in failed] == bench.expected_failures
