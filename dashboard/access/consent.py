"""Consent: asked before the first data is shown, kept with its words, taken back when a wearer leaves."""

from sqlalchemy.orm import Session

from dashboard.access.consent_text import TEXTS, VERSION
from dashboard.access.models import ConsentIn, ConsentOut, ConsentTextOut, HeldConsentOut
from dashboard.errors import invalid
from tempoband.storage.records import accounts, consents, invitations, people
from tempoband.storage.records.consents import Consent


def held_view(consent: Consent) -> HeldConsentOut:
    """An agreement as the API shows it."""
    return HeldConsentOut(
        version=consent.version,
        language=consent.language,
        given_us=consent.given_us,
        withdrawn_us=consent.withdrawn_us,
        erasure_asked=consent.erasure_asked,
    )


def shown(session: Session, clinic_id: str, person_id: str | None) -> ConsentOut:
    """The text, and what this person agreed to."""
    given = [] if person_id is None else consents.of_person(session, clinic_id, person_id)
    return ConsentOut(
        version=VERSION,
        texts=[ConsentTextOut(language=t.language, paragraphs=t.paragraphs) for t in TEXTS.values()],
        held=held_view(given[0]) if given else None,
    )


def agree(session: Session, clinic_id: str, person_id: str, told: ConsentIn, *, now_us: int) -> Consent:
    """Keep the agreement to the present text.

    Raises:
        DashboardError: 422, when the text has changed meanwhile or is not there in that language.
    """
    text = TEXTS.get(told.language)
    if text is None or told.version != text.version:
        raise invalid("this is not the present text; load the page again and read it")
    if people.get(session, clinic_id, person_id).language is None:
        people.speak(session, clinic_id, person_id, text.language)
    return consents.give(
        session,
        clinic_id,
        person_id,
        version=text.version,
        language=text.language,
        text_sha256=text.sha256,
        now_us=now_us,
    )


def leave(session: Session, clinic_id: str, person_id: str, *, now_us: int, erase: bool) -> None:
    """The wearer leaves: consent ends, every device and program is logged off."""
    consents.withdraw(session, clinic_id, person_id, now_us=now_us, erasure_asked=erase)
    account = accounts.of_person(session, clinic_id, person_id)
    if account is not None:
        accounts.disable(session, clinic_id, account.id, now_us=now_us)
    invitations.remove_of_person(session, clinic_id, person_id)
