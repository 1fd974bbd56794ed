"""Query texts. Every text that comes from outside goes through ``literal``."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def literal(text: str) -> str:
    """A Flux string literal; ``${`` would otherwise start an interpolation."""
    return json.dumps(text, ensure_ascii=False).replace("${", "\\${")


def any_of(column: str, values: Iterable[str]) -> str:
    """A condition: the column is one of the values.

    Many values are one expression: the server refuses a chain of a hundred "or" as nested too deep.
    """
    texts = list(values)
    if len(texts) == 1:
        return f"r[{literal(column)}] == {literal(texts[0])}"
    choice = "|".join(re.escape(text).replace("/", "\\/") for text in texts)
    return f"r[{literal(column)}] =~ /^(?:{choice})$/"


def points(bucket: str, measurement: str, start_ns: int, stop_ns: int, *, where: str = "") -> str:
    """Points of a measurement with start <= time < stop."""
    condition = f"r._measurement == {literal(measurement)}" + (f" and ({where})" if where else "")
    return (
        f"from(bucket: {literal(bucket)}) |> range(start: time(v: {start_ns}), stop: time(v: {stop_ns}))"
        f" |> filter(fn: (r) => {condition})"
    )


def batched(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items, at most ``size`` at a time."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def fields(names: Iterable[str]) -> str:
    """Only these fields: what is not read need not be decompressed."""
    return f" |> filter(fn: (r) => {any_of('_field', names)})"


ROWS = (
    ' |> drop(columns: ["_start", "_stop", "_measurement"])'
    ' |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()'
)
"""One row a point with its fields as columns."""

TIMES_AND_VALUES = ' |> keep(columns: ["_time", "_value"])'
