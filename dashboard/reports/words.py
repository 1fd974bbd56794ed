"""The words of the one-page report: one language's sentences, numbers and dates."""

from datetime import date

from analytics.coaching.catalogue import exercise_name
from tempoband.storage.records.prescriptions import Prescription
from tempoband.words.catalogue import Language, messages, number, phrase, text
from tempoband.words.said import Value, say

__all__ = ["Language", "Wording"]


class Wording:
    """One language's words, numbers and dates."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __call__(self, key: str, **values: Value) -> str:
        """The words of a key with their holes filled."""
        return text(self._language, say(f"report.{key}", **values))

    def knows(self, key: str) -> bool:
        """Whether there are words for a key."""
        return f"report.{key}" in messages(self._language)

    def exercise(self, slug: str) -> str:
        """An exercise's name."""
        return phrase(self._language, exercise_name(slug))

    def amount(self, plan: Prescription) -> str:
        """Sets and what each holds."""
        if plan.seconds is not None:
            return self("seconds", sets=plan.sets, n=plan.seconds)
        if plan.steps is not None:
            return self("steps", sets=plan.sets, n=plan.steps)
        lower, upper = plan.reps_lower or 0, plan.reps_upper or plan.reps_lower or 0
        return self("reps_one" if upper == lower else "reps", sets=plan.sets, lower=lower, upper=upper)

    def clinic(self, name: str) -> str:
        """A clinic's name; one that nobody named has a name of ours."""
        return phrase(self._language, name)

    def band(self, brand: str | None, label: str | None) -> str:
        """A band; the usual colours are known in both languages."""
        known = messages(self._language)
        told = known.get(f"band_name.{label.lower()}", label) if label else None
        return " ".join(filter(None, (brand, told)))

    def placement(self, words: str) -> str:
        """Where the band sits; the catalogue's places are known in both languages."""
        return messages(self._language).get(f"place.{words}", words)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's decimal sign and a true minus."""
        return number(self._language, value, f".{digits}f").replace("-", "\N{MINUS SIGN}")

    def share(self, value: float) -> str:
        """A share as per cent."""
        return f"{self.number(100 * value)} %"

    def short(self, day: date) -> str:
        """21 Nov, 21.11."""
        return f"{day.day}.{day.month}." if self._language is Language.DE else f"{day.day} {self._month(day)}"

    def _month(self, day: date) -> str:
        return self("months").split()[day.month - 1]

    def date(self, day: date) -> str:
        """21 Nov 2026, 21. Nov. 2026."""
        dot = "." if self._language is Language.DE else ""
        return f"{day.day}{dot} {self._month(day)} {day.year}"
