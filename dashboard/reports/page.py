"""The one-page report for the patient's file: A4, one language, one curve, one table, three trends."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from analytics.coaching.calendar import local_day
from dashboard.reports.figures import Box, breaks, draw_break, draw_curve, draw_trend
from dashboard.reports.sheet import BACK, HOLD, INK, INK_2, INK_3, MARGIN, OUT, WIDTH, Sheet
from dashboard.reports.summary import Dot, Summary, weekly
from dashboard.reports.words import Language, Wording
from tempoband.contracts.exercise import Side
from tempoband.storage.errors import StorageError
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.scored import ScoredSet
from tempoband.storage.timeseries.base import Curve, TimeSeriesReader

NOTHING = "\N{EN DASH}"
_CURVE_POINTS = 1600
_MOST_PLANS = 7
_ROW = 5.0
_FOOT_Y = 260.0
_TALLEST_TREND = 60.0
_PHASES = (("concentric", "out"), ("hold", "hold"), ("eccentric", "back"), ("rest", "rest"))
_COLUMNS = (("exercise", 0.0, 47.0), ("amount", 48.0, 29.0), ("tempo", 78.0, 17.0), ("band", 96.0, 51.0))
_MORE_COLUMNS = (("days", 148.0, 18.0), ("version", 167.0, 13.0))


def report(told: Summary, store: TimeSeriesReader, language: Language) -> bytes:
    """The PDF; where the samples cannot be read it says so and holds the rest."""
    say = Wording(language)
    sheet = Sheet(f"{say('title')} {told.record.person.pseudonym}", language)
    y = _head(sheet, say, told)
    y = _figures(sheet, say, told, y + 5)
    y = _plans(sheet, say, told.plans, told, y + 5)
    y = _last_set(sheet, say, told, store, y + 5)
    if told.last or told.pain:  # never an empty chart
        y = _trends(sheet, say, told, y + 4)
    _foot(sheet, say, told, max(y + 3, _FOOT_Y))
    return bytes(sheet.output())


def _head(sheet: Sheet, say: Wording, told: Summary) -> float:
    person, clinic = told.record.person, told.record.clinic
    sheet.words(MARGIN, 13, say("title"), 9, INK_3)
    sheet.words(
        MARGIN + WIDTH,
        13,
        f"{say.clinic(clinic.name)}. {say('made', date=say.date(told.today))}",
        9,
        INK_3,
        "R",
    )
    known = sheet.knows(person.display_name)
    wide = WIDTH - 56 if told.record.any_simulated else WIDTH
    name = person.display_name if known else person.pseudonym
    sheet.headline(18.5, name, wide)
    parts = [say("span", first=say.date(told.first), last=say.date(told.today))]
    if told.week is not None:
        parts.insert(0, say("week", n=told.week))
    parts.append(say("number", pseudonym=person.pseudonym))
    sheet.words(MARGIN, 27.5, ". ".join(parts) + ".", 9, INK_2)
    if told.record.any_simulated:
        sheet.stamp(say("simulated"))
    if not known:
        sheet.words(MARGIN, 32, say("not_drawn", pseudonym=person.pseudonym), 9, INK)
    return 31.5 if known else 36.0


def _figures(sheet: Sheet, say: Wording, told: Summary, y: float) -> float:
    pain = say("not_reported") if told.worst_pain is None else say("of_ten", n=told.worst_pain)
    shares = say("not_known") if told.on_tempo_share is None else say.share(told.on_tempo_share)
    kept = say("kept_of", n=told.days_kept, of=told.days_asked) if told.days_asked else NOTHING
    figures = (
        (say("kept"), kept, ""),
        (say("set_days"), str(told.set_days), say("set_days_note")),
        (say("on_tempo"), shares, ""),
        (say("worst_pain"), pain, ""),
    )
    wide = WIDTH / len(figures)
    for n, (what, value, note) in enumerate(figures):
        x = MARGIN + n * wide
        sheet.words(x, y, what, 7.5, INK_3, width=wide - 2)
        sheet.words(x, y + 4, value, 14, bold=True, width=wide - 2)
        if note:
            sheet.words(x, y + 10, note, 7, INK_3)
    return y + 12.5


def _title(sheet: Sheet, text: str, y: float) -> float:
    sheet.words(MARGIN, y, text, 11, bold=True, width=WIDTH)
    return y + 6


def _plans(sheet: Sheet, say: Wording, plans: Sequence[Prescription], told: Summary, y: float) -> float:
    sheet.words(MARGIN + WIDTH, y + 1, say("order"), 7, INK_3, "R")
    y = _title(sheet, say("plan"), y)
    if not plans:
        sheet.words(MARGIN, y, say("no_plan"), 9, INK_2)
        return y + _ROW
    columns = (*_COLUMNS, *_MORE_COLUMNS)
    for key, x, width in columns:
        sheet.words(MARGIN + x, y, say(key), 7, INK_3, width=width)
    y += 4
    shown = plans if len(plans) <= _MOST_PLANS else plans[: _MOST_PLANS - 1]
    for plan in shown:
        sheet.rule(y)
        cells = _plan_cells(say, plan, told)
        for (_, x, width), cell in zip(columns, cells, strict=True):
            sheet.words(MARGIN + x, y + 1.1, cell, 8, INK, width=width)
        y += _ROW
    if len(shown) < len(plans):
        sheet.words(MARGIN, y + 1, say("more", n=len(plans) - len(shown)), 8, INK_3)
        y += _ROW
    return y


def _plan_cells(say: Wording, plan: Prescription, told: Summary) -> list[str]:
    name = say.exercise(plan.exercise)
    if plan.side is not Side.BOTH:
        name = f"{name}, {say(f'side_{plan.side}')}"
    tempo = say(plan.tempo) if plan.tempo in ("constant", "controlled") else plan.tempo
    band = ", ".join(
        part
        for part in (
            say.band(plan.band_brand, plan.band_label),
            say.placement(plan.placement or ""),
        )
        if part
    )
    days = say("a_week", n=plan.days_per_week or len(plan.weekdays or ()))
    if len(plan.weekdays or ()) == 7 or (not plan.weekdays and plan.days_per_week == 7):
        days = say("daily")
    elif plan.weekdays:
        days = " ".join(say("weekdays").split()[day] for day in plan.weekdays)
    since = local_day(plan.valid_from_us, told.record.zone)
    return [name, say.amount(plan), tempo, band or NOTHING, days, say.short(since)]


def _last_set(sheet: Sheet, say: Wording, told: Summary, store: TimeSeriesReader, y: float) -> float:
    last = told.last
    if last is None:
        return _title(sheet, say("no_set"), y)
    name = say.exercise(last.set.exercise)
    if last.set.side not in (None, Side.BOTH):
        name = f"{name}, {say(f'side_{last.set.side}')}"
    day = local_day(last.set.started_us, told.record.zone)
    key = ((OUT, f"▲ {say('out')}"), (HOLD, f"■ {say('hold')}"), (BACK, f"▼ {say('back')}"))
    for n, (colour, word) in enumerate(key):
        sheet.words(MARGIN + WIDTH - 42 + 15 * n, y + 1, word, 8, colour)
    y = _title(sheet, say("last_set", exercise=name, date=say.date(day)), y)
    reps = last.score.reps if last.score else ()
    found = _curve(store, last)
    if found is None:
        sheet.words(MARGIN, y, say("no_curve"), 9, INK_2)
        y += 6
    else:
        curve, gaps_s = found
        # Reps count from the start of the set, the drawing from the first sample.
        shift_s = (int(curve.time_us[0]) - last.set.started_us) / 1e6
        moved = [
            {k: v - shift_s for k, v in rep.items() if k.endswith(("_start_s", "_end_s"))} for rep in reps
        ]
        draw_curve(
            sheet, Box(MARGIN, y, WIDTH, 44), curve, [(a - shift_s, b - shift_s) for a, b in gaps_s], moved
        )
        y += 46.5
    y = sheet.paragraph(y, _caption(say, last))
    return _phases(sheet, say, last, y + 1.5)


def _curve(store: TimeSeriesReader, last: ScoredSet) -> tuple[Curve, list[tuple[float, float]]] | None:
    start_us, end_us = last.set.started_us, last.set.ended_us + 1
    try:
        curve = store.read_decimated(last.set.sensor, start_us, end_us, _CURVE_POINTS)
        gaps = store.gaps(last.set.sensor, start_us, end_us)
    except StorageError:
        return None
    if len(curve) < 2:
        return None
    return curve, [((gap.start_us - start_us) / 1e6, (gap.end_us - start_us) / 1e6) for gap in gaps]


def _caption(say: Wording, last: ScoredSet) -> str:
    version = last.set.prescription_version
    judged = say("not_judged") if version is None else say("judged", n=version)
    quality = say("loss_unknown") if last.set.lost_samples is None else ""
    if last.set.coverage is not None and last.set.coverage < 0.999:
        quality = say("lost", share=say.share(last.set.coverage))
    elif last.set.lost_samples == 0:
        quality = say("nothing_lost")
    seconds = (last.set.ended_us - last.set.started_us) / 1e6
    return say("curve", seconds=seconds, judged=judged, quality=quality)


def _phases(sheet: Sheet, say: Wording, last: ScoredSet, y: float) -> float:
    score = last.score
    phases = ((score.result.get("tempo") or {}).get("phases") or {}) if score else {}
    places = (0.0, 40.0, 70.0, 105.0, 140.0)
    if phases:
        for x, key in zip(places, ("phase", "asked", "done", "off", "kept_reps"), strict=True):
            sheet.words(MARGIN + x, y, say(key), 7, INK_3)
        y += 4
    for name, word in _PHASES:
        if name not in phases or (name == "rest" and phases[name].get("target_s") is None):
            continue
        sheet.rule(y)
        for x, cell in zip(
            places, _phase_cells(say, phases[name], score.reps if score else (), name, word), strict=True
        ):
            sheet.words(MARGIN + x, y + 1.1, cell, 8)
        y += _ROW
    return sheet.paragraph(y + 1, _said(say, last), 8, INK_2)


def _phase_cells(
    say: Wording, told: Mapping[str, Any], reps: Sequence[Mapping[str, Any]], name: str, word: str
) -> list[str]:
    verdicts = [(rep["tempo"].get(name) or {}).get("on_tempo") for rep in reps]
    judged = [each for each in verdicts if each is not None]
    target, error = told.get("target_s"), told.get("mean_error_s")
    return [
        say(word),
        NOTHING if target is None else f"{say.number(target, 1)} s",
        f"{say.number(told['mean_s'], 1)} s",
        NOTHING if error is None else f"{'+' if error >= 0 else ''}{say.number(error, 2)} s",
        say("kept_of", n=sum(judged), of=len(judged)) if judged else NOTHING,
    ]


def _said(say: Wording, last: ScoredSet) -> str:
    score = last.score
    if score is None:
        return ""
    parts = []
    if score.tempo_score is not None:
        parts.append(say("tempo_score", n=round(score.tempo_score)))
    if score.eccentric_score is not None:
        parts.append(say("control_score", n=round(score.eccentric_score)))
    if score.tut_s is not None:
        parts.append(say("tut", n=round(score.tut_s)))
    faults = {name: n for name, n in (score.result.get("faults") or {}).items() if n}
    if faults:
        parts.append(say("faults", list=", ".join(say(f"fault_{name}", n=n) for name, n in faults.items())))
    return " ".join(parts)


def _trends(sheet: Sheet, say: Wording, told: Summary, y: float) -> float:
    name = say.exercise(told.last.set.exercise) if told.last else ""
    if told.last and told.last.set.side not in (None, Side.BOTH):
        name = f"{name}, {say(f'side_{told.last.set.side}')}"
    y = _title(sheet, say("trends", exercise=name) if name else say("trends_none"), y)
    wide = (WIDTH - 12) / 3
    span = (told.first, told.today + timedelta(days=1))
    trends: tuple[tuple[str, Sequence[Dot], Sequence[Dot], float], ...] = (
        ("trend_tempo", told.tempo, weekly(told.tempo), 100),
        ("trend_control", told.control, weekly(told.control), 100),
        ("trend_pain", told.pain, weekly(told.pain, max), 10),
    )
    tall = min(_TALLEST_TREND, _FOOT_Y - y - 12)
    for n, (key, dots, middles, top) in enumerate(trends):
        x = MARGIN + n * (wide + 6)
        sheet.words(x, y, say(key), 7.5, INK_2, width=wide)
        box = Box(x, y + 5, wide, tall, axis=7)
        draw_trend(sheet, box, dots, middles, span, top)
        for across, day in ((0.0, told.first), (1.0, told.today)):
            left, ground = box.at(across, 0)
            sheet.words(left, ground + 1.2, say.short(day), 6.5, INK_3, "R" if across else "L")
        if not dots:
            sheet.words(*box.at(0.5, 0.3), say("trend_none"), 8, INK_3, "C")
        for day in breaks(dots):
            draw_break(sheet, box, day, span, say("new_rig"))
    return sheet.paragraph(y + 6.5 + tall, say("trend_note"), 7)


def _foot(sheet: Sheet, say: Wording, told: Summary, y: float) -> None:
    sheet.rule(y)
    sheet.words(MARGIN, y + 2, say("cannot"), 8, bold=True)
    y = sheet.paragraph(y + 6, say("cannot_text"), 7.5, INK_2)
    score = told.last.score if told.last else None
    last = say("scoring", version=score.scoring_version) if score else say("scoring_none")
    sheet.paragraph(y + 0.5, f"{last} {say('missing')}" if sheet.missed else last, 7)
