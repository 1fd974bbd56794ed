"""Inclusive ranges of sequence numbers, as receipts and the ledger carry them."""

from collections.abc import Iterable, Iterator
from typing import Any

Range = tuple[int, int]


def to_ranges(numbers: Iterable[int]) -> tuple[Range, ...]:
    """Sorted, merged inclusive ranges of a set of whole numbers: [1, 2, 5] gives ((1, 2), (5, 5))."""
    ranges: list[Range] = []
    for n in sorted(set(numbers)):
        if ranges and n == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], n)
        else:
            ranges.append((n, n))
    return tuple(ranges)


def expand(ranges: Iterable[Range]) -> Iterator[int]:
    """Every number in the ranges."""
    for first, last in ranges:
        yield from range(first, last + 1)


def check_ranges(value: Any) -> tuple[Range, ...]:
    """Ranges from decoded CBOR.

    Raises:
        ValueError: unless they are pairs of whole numbers a <= b, rising and disjoint.
    """
    if not isinstance(value, list | tuple):
        raise ValueError("ranges are not a list")  # noqa: TRY004 - one error type for one check
    ranges: list[Range] = []
    for item in value:
        if not (isinstance(item, list | tuple) and len(item) == 2 and all(type(n) is int for n in item)):
            raise ValueError(f"{item!r} is not a pair of whole numbers")
        first, last = item
        if not 0 <= first <= last < 2**53 or (ranges and first <= ranges[-1][1]):
            raise ValueError(f"{item!r} is not a rising range")
        ranges.append((first, last))
    return tuple(ranges)
