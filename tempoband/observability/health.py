"""Which parts of a process run: what ``/healthz`` answers."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part: whether it does its work now, and in words why not."""

    ok: bool
    detail: str = ""


class Health:
    """A small registry, safe from any thread. A part that was expected but never reported is not ok."""

    def __init__(self) -> None:
        self._parts: dict[str, PartHealth] = {}
        self._lock = threading.Lock()

    def expect(self, name: str) -> None:
        """Announce a part before it runs, so that its absence shows."""
        with self._lock:
            self._parts.setdefault(name, PartHealth(ok=False, detail="starting"))

    def set(self, name: str, *, ok: bool, detail: str = "") -> None:
        """Report a part's state; the newest word counts."""
        with self._lock:
            self._parts[name] = PartHealth(ok, detail)

    def parts(self) -> dict[str, PartHealth]:
        """Every part by name, in the order they were announced."""
        with self._lock:
            return dict(self._parts)

    @property
    def ok(self) -> bool:
        """Whether every part runs."""
        return all(part.ok for part in self.parts().values())
