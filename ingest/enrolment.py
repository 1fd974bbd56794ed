"""Whether a bridge may speak for a sensor: it is enrolled, and both belong to the same clinic."""

import threading
import time
from collections.abc import Callable, Collection

from tempoband.contracts.errors import RejectReason
from tempoband.storage.records import Records, bridges

_KNOWN_S = 2.0  # a revocation reaches us this late; the broker has cut the bridge long before
_ASK_AGAIN_S = 0.25  # for somebody unknown: they may have been enrolled just now


class Enrolment:
    """Asks the records, and remembers the answer for a moment."""

    def __init__(
        self,
        records: Records,
        own_bridges: Collection[str] = (),
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``own_bridges`` are parts of this process: they need no enrolment."""
        self._records = records
        self._own = frozenset(own_bridges)
        self._now_s = monotonic_s
        self._read_s = float("-inf")
        self._clinics: dict[str, str] = {}
        self._sensors: dict[str, str] = {}
        self._households: dict[str, set[tuple[str, str]]] = {}
        self._lock = threading.Lock()

    def __call__(self, bridge: str, sensor: str) -> RejectReason | None:
        """Why this bridge may not speak for this sensor; None: it may.

        Raises:
            StorageError: the records are away, so that nothing can be said.
        """
        if bridge in self._own:
            return None
        with self._lock:
            age_s = self._now_s() - self._read_s
            if age_s > _KNOWN_S or (bridge not in self._clinics and age_s > _ASK_AGAIN_S):
                self._read()
            clinic = self._clinics.get(bridge)
            if clinic is None:
                return RejectReason.NOT_ENROLLED
            return None if self._sensors.get(sensor, clinic) == clinic else RejectReason.WRONG_SENSOR

    def kin(self, bridge: str, other: str) -> bool:
        """Whether one may carry on what the other began: two homes of one person, as when paired again."""
        with self._lock:
            return bool(self._households.get(bridge, set()) & self._households.get(other, set()))

    def _read(self) -> None:
        with self._records.read() as session:
            self._clinics = {name: clinic for name, (clinic, _) in bridges.admitted(session).items()}
            self._sensors = bridges.sensor_clinics(session)
            self._households = bridges.households(session)
        self._read_s = self._now_s()
