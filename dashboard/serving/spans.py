"""Instants and spans as routes are asked for them: UTC microseconds that a sample can have."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from tempoband.contracts.frame import EARLIEST_US, LATEST_US

Instant = Annotated[int, Query(ge=EARLIEST_US, le=LATEST_US)]


@dataclass(frozen=True, slots=True)
class Span:
    """start_us <= t < end_us."""

    start_us: int
    end_us: int


def _span(start_us: Instant = EARLIEST_US, end_us: Instant = LATEST_US) -> Span:
    return Span(start_us, end_us)


SpanDep = Annotated[Span, Depends(_span)]
