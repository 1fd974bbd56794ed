"""What a person agreed to, word for word, and how much is kept of them."""

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from dashboard.access.consent_text import EVERY, VERSION
from dashboard.models import Out
from tempoband.storage.records import bridges, consents, forgetting, people, personal
from tempoband.storage.records.consents import Consent


class AgreementOut(Out):
    """One agreement; ``paragraphs`` is None for words this program does not hold any more."""

    version: str
    language: str
    paragraphs: tuple[str, ...] | None
    text_sha256: str
    given_us: int
    withdrawn_us: int | None
    erasure_asked: bool


class StandingOut(Out):
    """A person, and how their agreement stands; without one nothing about them is shown to themselves."""

    person_id: str
    name: str
    version: str | None = None
    given_us: int | None = None
    withdrawn_us: int | None = None
    erasure_asked: bool = False
    up_to_date: Annotated[bool, Field(description="agreed to the present text, and not withdrawn")] = False


class RightsOut(Out):
    """What is kept of a person, and by whose leave."""

    person_id: str
    name: str
    agreements: list[AgreementOut]
    rows: Annotated[dict[str, int], Field(description="rows kept about them, by table")]
    worn_s: Annotated[float, Field(description="how long a sensor was theirs; of it are samples")]
    homes: Annotated[int, Field(description="homes of theirs that are told to erase too")]


def standings(session: Session, clinic_id: str, only: str | None) -> list[StandingOut]:
    """Everybody of the clinic, or one person: who asks for erasure first, then by name."""
    given = consents.newest(session, clinic_id)
    found = [
        _standing(each.id, each.display_name, given.get(each.id))
        for each in people.current(session, clinic_id)
        if only in (None, each.id)
    ]
    return sorted(found, key=lambda each: not each.erasure_asked)


def _standing(person_id: str, name: str, held: Consent | None) -> StandingOut:
    if held is None:
        return StandingOut(person_id=person_id, name=name)
    return StandingOut(
        person_id=person_id,
        name=name,
        version=held.version,
        given_us=held.given_us,
        withdrawn_us=held.withdrawn_us,
        erasure_asked=held.erasure_asked,
        up_to_date=held.withdrawn_us is None and held.version == VERSION,
    )


def of_person(session: Session, clinic_id: str, person_id: str, *, now_us: int) -> RightsOut:
    """One person.

    Raises:
        RecordsError: NOT_FOUND.
    """
    person = people.get(session, clinic_id, person_id)
    stretches = forgetting.stretches_of(session, clinic_id, person_id, now_us=now_us)
    return RightsOut(
        person_id=person.id,
        name=person.display_name,
        agreements=[_agreement(each) for each in consents.of_person(session, clinic_id, person_id)],
        rows=personal.counts(session, clinic_id, person_id),
        worn_s=sum(each.end_us - each.start_us for each in stretches) / 1e6,
        homes=len(bridges.homes_of(session, clinic_id, person_id)),
    )


def _agreement(given: Consent) -> AgreementOut:
    return AgreementOut(
        version=given.version,
        language=given.language,
        paragraphs=EVERY.get(given.text_sha256),
        text_sha256=given.text_sha256,
        given_us=given.given_us,
        withdrawn_us=given.withdrawn_us,
        erasure_asked=given.erasure_asked,
    )
