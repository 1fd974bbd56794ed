"""Sets and reps as CSV and NDJSON, for spreadsheets and programs. The person is a pseudonym here."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard.reports.dossier import Dossier
from tempoband.contracts.tempo import Phase
from tempoband.storage.records.scored import ScoredSet
from tempoband.storage.records.self_reports import SelfReport

SET_COLUMNS = (
    "set_id",
    "person",
    "started",
    "started_us",
    "ended_us",
    "exercise",
    "side",
    "kind",
    "sensor",
    "tempo_out_hold_back_rest",
    "prescription_id",
    "prescription_version",
    "band_brand",
    "band_label",
    "placement",
    "status",
    "close_reason",
    "coverage",
    "lost_samples",
    "scoring_version",
    "reps",
    "tut_s",
    "on_tempo_reps",
    "judged_reps",
    "tempo_score",
    "eccentric_score",
    "pain_0_10",
    "effort_cr10",
    "sentence",
    "simulated",
)
_PHASE_COLUMNS = tuple(
    f"{phase}_{what}" for phase in Phase for what in ("s", "target_s", "error_s", "uncertainty_s")
)
REP_COLUMNS = (
    "set_id",
    "rep",
    "starts_s",
    "ends_s",
    *_PHASE_COLUMNS,
    "on_tempo",
    "tempo_score",
    "peak_n",
    "excursion_n",
    "eccentric_score",
    "rate_ratio",
    "sparc",
    "eccentric_impulse_n_s",
    "faults",
    "coverage",
    "simulated",
)
_FORMULA = ("=", "+", "-", "@")


def sets_csv(record: Dossier) -> str:
    """One row per set; an empty field is a number that cannot be known, never zero."""
    felt = record.felt
    return _csv(SET_COLUMNS, (_set_row(record, each, felt) for each in record.sets))


def reps_csv(record: Dossier) -> str:
    """One row per rep of a dynamic set; times in seconds from the start of its set."""
    rows = (
        _rep_row(each.set.id, number, rep, simulated=record.is_simulated(each.set.sensor))
        for each in record.sets
        for number, rep in enumerate(each.score.reps if each.score else (), 1)
    )
    return _csv(REP_COLUMNS, rows)


def sets_ndjson(record: Dossier) -> str:
    """One JSON object per line and set, with its whole score and every rep."""
    felt = record.felt
    lines = []
    for each in record.sets:
        row = dict(zip(SET_COLUMNS, _set_row(record, each, felt), strict=True))
        score = each.score
        row |= {"score": score.result if score else None, "rep_scores": list(score.reps) if score else []}
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines)


def _set_row(record: Dossier, each: ScoredSet, felt: Mapping[str, SelfReport]) -> list[Any]:
    item, score, plan = each.set, each.score, record.plan_of(each.set)
    said = felt.get(item.id)
    started = datetime.fromtimestamp(item.started_us / 1_000_000, UTC).astimezone(record.zone)
    return [
        item.id,
        record.person.pseudonym,
        started.isoformat(timespec="seconds"),
        item.started_us,
        item.ended_us,
        item.exercise,
        item.side,
        item.kind,
        item.sensor,
        item.tempo,
        item.prescription_id,
        item.prescription_version,
        plan.band_brand if plan else None,
        plan.band_label if plan else None,
        plan.placement if plan else None,
        item.status,
        item.close_reason,
        item.coverage,
        item.lost_samples,
        score.scoring_version if score else None,
        score.rep_count if score else None,
        score.tut_s if score else None,
        score.on_tempo_reps if score else None,
        score.judged_reps if score else None,
        score.tempo_score if score else None,
        score.eccentric_score if score else None,
        said.pain if said else None,
        said.effort_cr10 if said else None,
        score.sentence if score else None,
        record.is_simulated(item.sensor),
    ]


def _rep_row(set_id: str, number: int, rep: dict[str, Any], *, simulated: bool) -> list[Any]:
    tempo, control = rep.get("tempo") or {}, rep.get("eccentric") or {}
    phases = [tempo.get(phase) or {} for phase in Phase]
    times = [
        each.get(name) for each in phases for name in ("seconds", "target_s", "error_s", "uncertainty_s")
    ]
    return [
        set_id,
        number,
        rep.get("concentric_start_s"),
        rep.get("eccentric_end_s"),
        *times,
        tempo.get("on_tempo"),
        tempo.get("score"),
        rep.get("peak_n"),
        rep.get("excursion_n"),
        control.get("score"),
        control.get("rate_ratio"),
        control.get("sparc"),
        control.get("impulse_n_s"),
        " ".join(rep.get("faults") or ()),
        rep.get("coverage"),
        simulated,
    ]


def _csv(header: Iterable[str], rows: Iterable[list[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is kept as text."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
