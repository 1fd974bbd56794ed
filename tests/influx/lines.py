"""A reader of line protocol, written from its specification and not from our writer."""

from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True)
class Point:
    measurement: str
    tags: dict[str, str]
    fields: dict[str, Value]
    time_ns: int


def parse(text: str) -> list[Point]:
    points = []
    at = 0
    while at < len(text):
        key, at = until(text, at, " ")
        measurement, *tags = split(key, ",")
        fields, at = until(text, at, " ", strings=True)
        end = text.index("\n", at)
        values = (pair(field, keep=True) for field in split(fields, ",", strings=True))
        points.append(
            Point(
                unescape(measurement),
                dict(pair(tag) for tag in tags),
                {name: value(raw) for name, raw in values},
                int(text[at:end]),
            )
        )
        at = end + 1
    return points


def until(text: str, at: int, stop: str, *, strings: bool = False) -> tuple[str, int]:
    """Text up to an unescaped, unquoted ``stop``, and where to go on after it."""
    start, quoted = at, False
    while True:
        if text[at] == "\\":
            at += 2
            continue
        if strings and text[at] == '"':
            quoted = not quoted
        elif text[at] == stop and not quoted:
            return text[start:at], at + 1
        at += 1


def split(text: str, on: str, *, strings: bool = False) -> list[str]:
    parts, at = [], 0
    closed = text + on
    while at < len(closed):
        part, at = until(closed, at, on, strings=strings)
        parts.append(part)
    return parts


def pair(text: str, *, keep: bool = False) -> tuple[str, str]:
    name, at = until(text, 0, "=")
    return unescape(name), text[at:] if keep else unescape(text[at:])


def unescape(text: str) -> str:
    for special in ", =":
        text = text.replace(f"\\{special}", special)
    return text


def value(raw: str) -> Value:
    if raw.startswith('"'):
        assert raw.endswith('"')
        return raw[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if raw in {"true", "false"}:
        return raw == "true"
    return int(raw[:-1]) if raw.endswith("i") else float(raw)
