"""The two self-tests of the runners' article: guided, answered by hand. The sensor sees nothing of them."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from analytics.coaching.exercise import Source
from tempoband.contracts.exercise import Side
from tempoband.words.catalogue import Language, phrase, text
from tempoband.words.phrases import phrased
from tempoband.words.said import say


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A test one does alone and answers for oneself.

    Attributes:
        slug: its name; the drawing has the same.
        sides: what is answered separately.
        steps: how to do it, in our own words.
        question: what to answer with yes or no, per side.
        yes: what a yes may mean; never a diagnosis.
        no: what a no may mean; never a diagnosis.
        hides: why the sensor cannot answer.
    """

    slug: str
    name: str
    sides: tuple[Side, ...]
    steps: tuple[str, ...]
    question: str
    yes: str
    no: str
    hides: str
    source: Source

    def to_dict(self, language: Language = Language.EN) -> dict[str, Any]:
        """JSON for the guide and the record."""
        return {
            "slug": self.slug,
            "name": phrase(language, self.name),
            "sides": [str(side) for side in self.sides],
            "steps": [phrase(language, each) for each in self.steps],
            "question": phrase(language, self.question),
            "yes": phrase(language, self.yes),
            "no": phrase(language, self.no),
            "hides": phrase(language, self.hides),
            "source": str(self.source),
        }


DEEP_SQUAT = SelfTest(
    slug="deep-squat-test",
    name="Standing deep squat",
    sides=(Side.BOTH,),
    steps=(
        "Stand with the feet just wider than the hips, both arms straight up.",
        "Squat as deep as you can, the arms stay up.",
        "See whether the seat comes down to the heels without leaning forward or tipping back.",
    ),
    question="Did you get all the way down, without leaning forward or tipping back?",
    yes="Range and strength sufficed for this test today.",
    no="The article reads this as a sign of tightness, stiffness or weakness. Tell your physio.",
    hides="There is no band in it: the record is what you answer, with a note.",
    source=Source.ARTICLE_B,
)

HIP_BRIDGE = SelfTest(
    slug="hip-bridge-test",
    name="Hip bridge",
    sides=(Side.LEFT, Side.RIGHT),
    steps=(
        "Lie on your back, heels at hip width and near the hips.",
        "Lift the hips into a bridge and hold as still as you can.",
        "Lift one foot a hand's width off the floor. Watch the pelvis. Then the other foot.",
    ),
    question="Did the pelvis stay level while this leg was lifted?",
    yes="The hips held for this test today.",
    no="The article reads sagging as a sign of weakness in the hips. Tell your physio.",
    hides="The height of the pelvis is not in the band; with a loop on, only the push-out would show.",
    source=Source.ARTICLE_B,
)

SELF_TESTS: Final = MappingProxyType({test.slug: test for test in (DEEP_SQUAT, HIP_BRIDGE)})


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """What somebody answered, per side; a record by hand, never measured.

    Raises:
        ValueError: an unknown test, or answers for other sides than the test has.
    """

    test: str
    at_us: int
    passed: dict[Side, bool]
    note: str = ""

    def __post_init__(self) -> None:
        known = SELF_TESTS.get(self.test)
        if known is None:
            raise ValueError(
                phrased("no self-test {test!r}; known: {known}", test=self.test, known=", ".join(SELF_TESTS))
            )
        if set(self.passed) != set(known.sides):
            raise ValueError(phrased("answer for: {sides}", sides=", ".join(known.sides)))

    def sentence(self, language: Language = Language.EN) -> str:
        """What it says, with the side where there is one."""
        known = SELF_TESTS[self.test]
        name = phrase(language, known.name)
        failed = [side for side in known.sides if not self.passed[side]]
        if not failed:
            return text(language, say("self_test.yes", name=name, means=phrase(language, known.yes)))
        means = phrase(language, known.no)
        if Side.BOTH in failed:
            return text(language, say("self_test.no", name=name, means=means))
        sides = ", ".join(text(language, say(f"self_test_side.{side}")) for side in failed)
        return text(language, say("self_test.no_side", name=name, sides=sides, means=means))
