"""What is said to a person before it is put in words: which sentence, and with which numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence without its language.

    Attributes:
        code: its key in the message files.
        values: what fills its holes: numbers, words, or sentences of their own. ``n`` chooses the plural.
    """

    code: str
    values: Mapping[str, "Value"] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON; ``from_dict`` reads it."""
        return {"code": self.code, "values": {name: _out(value) for name, value in self.values.items()}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Said":
        """What ``to_dict`` wrote."""
        return cls(document["code"], {name: _in(value) for name, value in document["values"].items()})


Value = str | float | Said


def say(code: str, **values: Value) -> Said:
    """A sentence with its values by name."""
    return Said(code, values)


def _out(value: Value) -> Any:
    return value.to_dict() if isinstance(value, Said) else value


def _in(value: Any) -> Value:
    return Said.from_dict(value) if isinstance(value, Mapping) else value
