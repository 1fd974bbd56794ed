"""The exercise page of the documentation, made from the catalogue (run this module to print it)."""

import sys
from collections.abc import Iterator

from analytics.coaching.catalogue import CATALOGUE
from analytics.coaching.exercise import Exercise, Source
from analytics.coaching.named_faults import NAMED_FAULTS
from analytics.coaching.programmes import EXPECTATIONS, PROGRAMMES, Programme
from analytics.coaching.self_tests import SELF_TESTS, SelfTest
from tempoband.contracts.tempo import TEXT_ORDER, UNPRESCRIBED

_SOURCES = {
    Source.ARTICLE_A: "article A",
    Source.ARTICLE_B: "article B",
    Source.DEFAULT: "our starting point",
}


def exercises_page() -> str:
    """``docs/exercises.md``, whole."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Exercises"
    yield ""
    yield "Made from the catalogue by `python -m analytics.coaching.document`; a test keeps it so."
    yield ""
    yield (
        "Article A is a hip-band article, article B one on hips for runners. Facts are theirs, the words are"
        f" ours. Tempo is written {TEXT_ORDER}; `{UNPRESCRIBED}` and a missing last number are unprescribed"
        " and never scored. A set is done at the lower bound and guided to the upper."
    )
    yield ""
    yield (
        "One tension in one band cannot show which exercise it is, a joint angle, or which leg works. Newtons"
        " are the tension in one strand. With pain or an injury, ask a physiotherapist first."
    )
    yield from _table()
    for row in CATALOGUE.values():
        yield from _section(row)
    yield from _self_tests()
    yield from _faults()
    yield from _programmes()


def _table() -> Iterator[str]:
    yield ""
    yield "| exercise | slug | kind | sets x amount | tempo | sides |"
    yield "|---|---|---|---|---|---|"
    for row in CATALOGUE.values():
        yield (
            f"| {row.name} | `{row.slug}` | {_word(row.kind)} | {_sets(row)} x {row.dose}"
            f" ({_SOURCES[row.dose_source]}) | `{row.tempo}` ({_SOURCES[row.tempo_source]}) |"
            f" {_word(row.sides)} |"
        )


def _section(row: Exercise) -> Iterator[str]:
    yield ""
    yield f"## {row.name}"
    yield ""
    yield f"*{row.plane}.* Trains {', '.join(row.muscles)}. Described by {_names(row.sources)}."
    if row.placement:
        yield f"Band: {', or '.join(row.placement)}."
    yield ""
    for n, step in enumerate(row.steps, start=1):
        yield f"{n}. {step}"
    yield ""
    yield f"Watch: {row.watch}"
    if row.harder:
        yield f"Harder: {row.harder}"
    yield ""
    yield f"- The sensor shows: {'; '.join(row.shows)}."
    yield f"- It cannot show: {'; '.join(row.hides)}."


def _self_tests() -> Iterator[str]:
    yield ""
    yield "# Self-tests"
    yield ""
    yield "Two tests of article B, guided and answered by hand. They are no diagnosis."
    for test in SELF_TESTS.values():
        yield from _self_test(test)


def _self_test(test: SelfTest) -> Iterator[str]:
    yield ""
    yield f"## {test.name}"
    yield ""
    for n, step in enumerate(test.steps, start=1):
        yield f"{n}. {step}"
    yield ""
    yield f"{test.question} Yes: {test.yes} No: {test.no} {test.hides}"


def _faults() -> Iterator[str]:
    yield ""
    yield "# Faults the articles name"
    yield ""
    yield "| fault | named by | how sure | in the tension | shown as | what stays unknown |"
    yield "|---|---|---|---|---|---|"
    for fault in NAMED_FAULTS:
        shown = ", ".join(f"`{f}`" for f in fault.shown_by) or "-"
        see = f"; {fault.see}" if fault.see else ""
        yield (
            f"| {fault.name} | {_names(fault.sources)} | {fault.confidence} | {fault.signature or '-'} |"
            f" {shown} | {fault.hides}{see} |"
        )


def _programmes() -> Iterator[str]:
    yield ""
    yield "# Programmes"
    yield ""
    yield "The modes contradict one another on purpose: a warm-up is no workout, and daily work is light."
    for programme in PROGRAMMES.values():
        yield from _programme(programme)
    yield ""
    yield "## What usually comes"
    yield ""
    for claim in EXPECTATIONS:
        first, last = claim.weeks
        weeks = f"Week {first}" if first == last else f"Weeks {first} to {last}"
        yield f"- {weeks}. {claim.words}"


def _programme(programme: Programme) -> Iterator[str]:
    yield ""
    yield f"## {programme.name} (`{programme.slug}`, {_word(programme.mode)})"
    yield ""
    facts = [f"Put together by {_SOURCES[programme.source]}"]
    if programme.days is not None:
        lower, upper = programme.days.lower, programme.days.upper
        facts.append("every day" if lower == 7 else f"{lower} to {upper} days a week")
    if programme.rest_s is not None:
        facts.append(f"{programme.rest_s:g} s between sets")
    facts.append(" or ".join(str(order) for order in programme.orders))
    yield f"{'; '.join(facts)}. {programme.caution}".strip()
    yield ""
    for item in programme.items:
        sets = str(item.sets.lower)
        sets = sets if item.sets.lower == item.sets.upper else f"{sets}-{item.sets.upper}"
        yield f"- {CATALOGUE[item.exercise].name}: {sets} x {item.dose}, `{item.tempo}`"


def _sets(row: Exercise) -> str:
    lower, upper = row.sets.lower, row.sets.upper
    return str(lower) if lower == upper else f"{lower}-{upper}"


def _names(sources: tuple[Source, ...]) -> str:
    return " and ".join(_SOURCES[source] for source in sources)


def _word(word: str) -> str:
    return str(word).replace("_", " ")


if __name__ == "__main__":
    sys.stdout.write(exercises_page())
