"""``/api/daily-mail``: who gets the mail of the day, and whether it arrives."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.language import reader
from dashboard.mail.models import DailyMailIn, DailyMailOut, TestMailIn
from dashboard.mail.smtp import MailError
from dashboard.services import Services
from tempoband.identity.permissions import Action
from tempoband.storage.records import daily_mails
from tempoband.storage.records.daily_mails import DailyMail
from tempoband.words.phrases import words_of

router = APIRouter(prefix="/daily-mail", tags=["daily mail"])
ChangeCaller = Annotated[Caller, Depends(May(Action.CHANGE_DAILY_MAIL))]


@router.get("")
def get_daily_mail(
    caller: Annotated[Caller, Depends(May(Action.READ_DAILY_MAIL))],
    services: ServicesDep,
    records: RecordsDep,
) -> DailyMailOut:
    """How the daily mail is set up, and when it was last sent."""
    with records.read() as session:
        return _view(services, daily_mails.get(session, caller.clinic_id))


@router.put("")
def change_daily_mail(
    told: DailyMailIn, caller: ChangeCaller, services: ServicesDep, records: RecordsDep
) -> DailyMailOut:
    """Switch it on or off, say who gets it and from which hour of the day; it is in the reader's language."""
    if told.enabled and not told.to:
        raise invalid("name at least one address for the daily mail")
    with records.write() as session:
        kept = daily_mails.setup(
            session,
            caller.clinic_id,
            enabled=told.enabled,
            to=tuple(told.to),
            hour=told.hour,
            language=reader(),
        )
        detail = {"enabled": told.enabled, "receivers": len(told.to), "hour": told.hour}
        auditing.note(session, caller, "daily_mail", caller.clinic_id, detail=detail)
    return _view(services, kept)


@router.post("/test")
async def test_mail(
    told: TestMailIn, caller: ChangeCaller, services: ServicesDep, records: RecordsDep
) -> bool:
    """Send a test to one address; refused with what the mail server said."""
    language = reader()

    def work() -> None:
        with records.write() as session:
            auditing.note(session, caller, "daily_mail", caller.clinic_id, detail={"what": "test"})
        services.mailer.test(told.to, language)

    try:
        await run_in_threadpool(work)
    except MailError as error:
        raise invalid(words_of(error)) from error
    return True


def _view(services: Services, mail: DailyMail) -> DailyMailOut:
    return DailyMailOut(
        enabled=mail.enabled,
        to=list(mail.to),
        hour=mail.hour,
        last_sent_us=mail.last_sent_us,
        trouble=mail.trouble,
        server=services.settings.smtp.host,
    )
