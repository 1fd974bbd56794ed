"""The words of the one-page report, in English and German; names of exercises too."""

from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from dashboard.catalogue import english_name
from tempoband.words.catalogue import Language as Speaks
from tempoband.words.catalogue import messages, phrase

Language = Literal["en", "de"]

_EN: Final = {
    "title": "Training record",
    "made": "Made {date}",
    "span": "{first} to {last}",
    "week": "Week {n}",
    "number": "Record {pseudonym}",
    "simulated": "SIMULATED PERSON",
    "kept": "Prescribed days kept",
    "kept_of": "{n} of {of}",
    "set_days": "Days with a set, last 30 days",
    "set_days_note": "a count only",
    "on_tempo": "Reps on tempo",
    "worst_pain": "Worst pain reported",
    "of_ten": "{n} of 10",
    "none": "none",
    "not_reported": "not reported",
    "not_known": "not known",
    "plan": "What is prescribed",
    "order": "Tempo in seconds, in the order out-hold-back-rest",
    "no_plan": "Nothing is prescribed at present.",
    "exercise": "Exercise",
    "amount": "Sets and amount",
    "tempo": "Tempo",
    "band": "Band, placement",
    "days": "Days",
    "version": "Since",
    "more": "and {n} more",
    "last_set": "Last set: {exercise}, {date}",
    "no_set": "No set was done in this time.",
    "no_curve": "The samples of this set cannot be read just now.",
    "curve": "Tension in one strand, newtons, over seconds. {judged} {quality}",
    "judged": "Judged by version {n} of its prescription.",
    "not_judged": "Done without a prescription.",
    "lost": "{share} of the time was measured.",
    "loss_unknown": "Lost samples cannot be known.",
    "nothing_lost": "Nothing was lost.",
    "phase": "Phase",
    "asked": "Asked",
    "done": "Done, mean",
    "off": "Mean error",
    "kept_reps": "On tempo",
    "out": "Out",
    "hold": "Hold",
    "back": "Back",
    "rest": "Rest",
    "tempo_score": "Tempo {n} of 100.",
    "control_score": "Control on the way back {n} of 100.",
    "tut": "Time under tension {n} s.",
    "faults": "Faults: {list}.",
    "trends": "Over the weeks: {exercise}",
    "trend_tempo": "Reps on tempo, %",
    "trend_control": "Control on the way back, 0 to 100",
    "trend_pain": "Pain reported, 0 to 10",
    "trend_none": "no figures yet",
    "new_rig": "new band",
    "trend_note": (
        "Dots: sets. Line: middle of each week, for pain the worst. The line breaks where band or placement"
        " changed."
    ),
    "cannot": "What tension cannot show",
    "cannot_text": (
        "The angle of a joint, the pelvis, which leg of a loop pulls, or strength: newtons are the pull in"
        " one strand of this band. Exercise and side are told by a person, not measured. Pain and effort are"
        " as reported. This page is a record of work, not a diagnosis."
    ),
    "scoring": "Scoring version {version}. On tempo: each phase within a fifth of its target, or 0.25 s.",
    "side_left": "left",
    "side_right": "right",
    "side_both": "each side",
    "reps": "{sets} x {lower} to {upper} reps",
    "reps_one": "{sets} x {lower} reps",
    "seconds": "{sets} x {n} s",
    "steps": "{sets} x {n} steps",
    "a_week": "{n} a week",
    "daily": "every day",
    "weekdays": "Mo Tu We Th Fr Sa Su",
    "constant": "constant",
    "controlled": "controlled",
    "fault_snap_back": "snapped back {n}x",
    "fault_momentum": "thrown out {n}x",
    "fault_partial_range": "short range {n}x",
    "fault_lost_hold": "hold lost {n}x",
    "fault_slack": "went slack {n}x",
    "fault_band_release": "band let go {n}x: inspect it",
    "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "untold": "Not labelled yet",
}
_DE: Final = {
    "title": "Trainingsbericht",
    "made": "Erstellt am {date}",
    "span": "{first} bis {last}",
    "week": "Woche {n}",
    "number": "Akte {pseudonym}",
    "simulated": "SIMULIERTE PERSON",
    "kept": "Verordnete Tage eingehalten",
    "kept_of": "{n} von {of}",
    "set_days": "Tage mit Satz, letzte 30 Tage",
    "set_days_note": "nur eine Zählung",
    "on_tempo": "Wiederholungen im Tempo",
    "worst_pain": "Stärkster Schmerz, berichtet",
    "of_ten": "{n} von 10",
    "none": "keiner",
    "not_reported": "nicht berichtet",
    "not_known": "nicht bekannt",
    "plan": "Was verordnet ist",
    "order": "Tempo in Sekunden, in der Folge raus-halten-zurück-Pause",
    "no_plan": "Zurzeit ist nichts verordnet.",
    "exercise": "Übung",
    "amount": "Sätze und Umfang",
    "tempo": "Tempo",
    "band": "Band, Lage",
    "days": "Tage",
    "version": "Seit",
    "more": "und {n} weitere",
    "last_set": "Letzter Satz: {exercise}, {date}",
    "no_set": "In dieser Zeit wurde kein Satz gemacht.",
    "no_curve": "Die Messwerte dieses Satzes sind gerade nicht lesbar.",
    "curve": "Spannung in einem Strang, Newton, über Sekunden. {judged} {quality}",
    "judged": "Bewertet nach Version {n} der Verordnung.",
    "not_judged": "Ohne Verordnung gemacht.",
    "lost": "{share} der Zeit wurden gemessen.",
    "loss_unknown": "Verlorene Messwerte sind nicht erkennbar.",
    "nothing_lost": "Nichts ging verloren.",
    "phase": "Phase",
    "asked": "Verordnet",
    "done": "Gemacht, Mittel",
    "off": "Mittlere Abweichung",
    "kept_reps": "Im Tempo",
    "out": "Raus",
    "hold": "Halten",
    "back": "Zurück",
    "rest": "Pause",
    "tempo_score": "Tempo {n} von 100.",
    "control_score": "Kontrolle auf dem Rückweg {n} von 100.",
    "tut": "Zeit unter Spannung {n} s.",
    "faults": "Fehler: {list}.",
    "trends": "Über die Wochen: {exercise}",
    "trend_tempo": "Wiederholungen im Tempo, %",
    "trend_control": "Kontrolle auf dem Rückweg, 0 bis 100",
    "trend_pain": "Berichteter Schmerz, 0 bis 10",
    "trend_none": "noch keine Werte",
    "new_rig": "neues Band",
    "trend_note": (
        "Punkte: Sätze. Linie: Mitte jeder Woche, beim Schmerz der stärkste. Sie bricht, wo Band oder Lage"
        " gewechselt haben."
    ),
    "cannot": "Was die Spannung nicht zeigt",
    "cannot_text": (
        "Den Winkel eines Gelenks, das Becken, welches Bein einer Schlaufe zieht, oder Kraft: Newton sind die"
        " Spannung in einem Strang dieses Bandes. Übung und Seite sind gesagt, nicht gemessen. Schmerz und"
        " Anstrengung sind wie berichtet. Diese Seite hält Training fest, sie ist keine Diagnose."
    ),
    "scoring": "Bewertung Version {version}. Im Tempo: jede Phase bis auf ein Fünftel oder 0,25 s genau.",
    "side_left": "links",
    "side_right": "rechts",
    "side_both": "je Seite",
    "reps": "{sets} x {lower} bis {upper} Wdh.",
    "reps_one": "{sets} x {lower} Wdh.",
    "seconds": "{sets} x {n} s",
    "steps": "{sets} x {n} Schritte",
    "a_week": "{n} je Woche",
    "daily": "täglich",
    "weekdays": "Mo Di Mi Do Fr Sa So",
    "constant": "gleichmäßig",
    "controlled": "kontrolliert",
    "fault_snap_back": "{n}x zurückgeschnellt",
    "fault_momentum": "{n}x mit Schwung",
    "fault_partial_range": "{n}x zu kurz",
    "fault_lost_hold": "{n}x nicht gehalten",
    "fault_slack": "{n}x locker",
    "fault_band_release": "{n}x Band gelöst: bitte prüfen",
    "months": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "untold": "Noch nicht benannt",
}
WORDS: Final = MappingProxyType({"en": _EN, "de": _DE})


class Wording:
    """One language's words, numbers and dates."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._words = WORDS[language]
        self._speaks = Speaks(language)

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key with their holes filled."""
        return self._words[key].format(**values)

    def exercise(self, slug: str) -> str:
        """An exercise's name."""
        if slug == "unknown":
            return self._words["untold"]
        return phrase(self._speaks, english_name(slug))

    def placement(self, words: str) -> str:
        """Where the band sits; the catalogue's places are known in both languages."""
        return messages(self._speaks).get(f"place.{words}", words)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's decimal sign and a true minus."""
        text = f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
        return text.replace(".", ",") if self._language == "de" else text

    def share(self, value: float) -> str:
        """A share as per cent."""
        return f"{self.number(100 * value)} %"

    def short(self, day: date) -> str:
        """21 Nov, 21.11."""
        if self._language == "de":
            return f"{day.day}.{day.month}."
        return f"{day.day} {self._words['months'].split()[day.month - 1]}"

    def date(self, day: date) -> str:
        """21 Nov 2026, 21. Nov. 2026."""
        month = self._words["months"].split()[day.month - 1]
        return f"{day.day}. {month} {day.year}" if self._language == "de" else f"{day.day} {month} {day.year}"
