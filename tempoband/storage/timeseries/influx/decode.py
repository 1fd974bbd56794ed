"""Tables of the server back to rows."""

import base64
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.contracts.ledger import Evicted, Mark
from tempoband.storage.timeseries.influx.schema import Erasure, StreamRow, ranges_from
from tempoband.storage.timeseries.influx.server import Table

LEDGER_FIELDS = ("stream", "seq", "n", "span_us", "lost")


@dataclass(frozen=True, slots=True)
class LedgerRows:
    """The frames of one stream without their samples, by rising seq; arrays of one length."""

    seq: npt.NDArray[np.int64]
    t0_us: npt.NDArray[np.int64]
    end_us: npt.NDArray[np.int64]
    samples: npt.NDArray[np.int64]
    lost: npt.NDArray[np.int64]


def ledgers(table: Table) -> dict[str, LedgerRows]:
    """Ledger rows by stream, streams in order of their first frame."""
    t0_us, seq = table.time_ns() // 1000, table.whole("seq")
    span_us, samples, lost = table.whole("span_us"), table.whole("n"), table.whole("lost")
    names, of_name = np.unique(np.array(table.text("stream"), dtype=str), return_inverse=True)
    found: dict[str, LedgerRows] = {}
    for index, name in enumerate(names.tolist()):
        rows = np.flatnonzero(of_name == index)
        rows = rows[np.argsort(seq[rows], kind="stable")]
        t0 = t0_us[rows]
        found[name] = LedgerRows(seq[rows], t0, t0 + span_us[rows], samples[rows], lost[rows])
    return dict(sorted(found.items(), key=lambda item: int(item[1].t0_us.min())))


def payloads(table: Table) -> list[bytes]:
    """The frames' bytes by rising time."""
    order = np.argsort(table.time_ns(), kind="stable")
    texts = table.text("frame") if "frame" in table.columns else table.text("_value")
    return [base64.b64decode(texts[i]) for i in order]


def stream_rows(table: Table) -> list[StreamRow]:
    """Rows of ``streams``."""
    return [
        StreamRow(
            stream=stream,
            sensor=sensor,
            bridge=bridge,
            clock=ClockKind(clock) if clock else None,
            loss=LossKnowledge(loss) if loss else None,
            rate_hz=float(rate_hz) if rate_hz else None,
            from_us=_whole(from_us),
            until_us=_whole(until_us),
            last_seq=_whole(last_seq),
        )
        for stream, sensor, bridge, clock, loss, rate_hz, from_us, until_us, last_seq in zip(
            *(
                table.text(name)
                for name in (
                    "stream",
                    "sensor",
                    "bridge",
                    "clock",
                    "loss",
                    "rate_hz",
                    "from_us",
                    "until_us",
                    "last_seq",
                )
            ),
            strict=True,
        )
    ]


def evictions(table: Table) -> list[Evicted]:
    """Rows of ``evictions``."""
    return [
        Evicted(stream, ranges_from(ranges), int(samples), int(start_us), int(end_us), reason)
        for stream, ranges, samples, start_us, end_us, reason in zip(
            *(table.text(n) for n in ("stream", "ranges", "samples", "start_us", "end_us", "reason")),
            strict=True,
        )
    ]


def erasures(table: Table) -> list[Erasure]:
    """Rows of ``erasures``."""
    return [
        Erasure(sensor, int(start_us), int(end_us), int(samples), _by_stream(frames), done == "true")
        for sensor, start_us, end_us, samples, frames, done in zip(
            *(table.text(n) for n in ("sensor", "start_us", "end_us", "samples", "frames", "done")),
            strict=True,
        )
    ]


def marks(table: Table) -> dict[str, Mark]:
    """Rows of ``marks``, by filler."""
    return {
        filler: Mark(spool, int(position), int(documents))
        for filler, spool, position, documents in zip(
            *(table.text(name) for name in ("filler", "spool", "position", "documents")), strict=True
        )
    }


def _by_stream(text: str) -> dict[str, tuple[tuple[int, int], ...]]:
    pairs = (part.split("=") for part in text.split(";") if part)
    return {stream: ranges_from(ranges) for stream, ranges in pairs}


def _whole(text: str) -> int | None:
    return int(text) if text else None
