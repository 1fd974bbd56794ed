"""The daily mail: at most one a day and clinic, counts and a link, nothing about anybody."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import structlog

from dashboard.caseload.board import Board
from dashboard.language import known_language
from dashboard.mail.smtp import MailError, SmtpSettings, compose, send
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, RecordsError, clinics, daily_mails
from tempoband.storage.records.daily_mails import DailyMail
from tempoband.words.catalogue import Language, text
from tempoband.words.said import say

log = structlog.get_logger(__name__)

_LOOK_S = 60.0
_AGAIN_US = 15 * 60 * 1_000_000
"""After a refusal: a wrong password once a minute would lock the account."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEEDS = ("act", "look", "kit")


class DailyMailer:
    """Sends each clinic's mail after its hour, once a local day, and only when somebody needs a look."""

    def __init__(
        self,
        records: Records,
        board: Board,
        smtp: SmtpSettings,
        page_url: str,
        now_us: Callable[[], int],
    ) -> None:
        self._records = records
        self._board = board
        self._smtp = smtp
        self._page_url = page_url
        self._now_us = now_us
        self._not_before_us: dict[str, int] = {}

    async def run(self) -> None:
        """Look once a minute until cancelled; also keeps the standings fresh past midnight."""
        while True:
            try:
                await asyncio.to_thread(self.step)
            except (StorageError, RecordsError) as error:
                log.warning("caseload_waits", why=str(error))
            await asyncio.sleep(_LOOK_S)

    def step(self) -> int:
        """Send what is due; returns how many mails were sent."""
        now_us = self._now_us()
        with self._records.read() as session:
            clinic_ids = [clinic.id for clinic in clinics.every(session)]
            wanted = daily_mails.wanted(session)
        for clinic_id in clinic_ids:
            self._board.refresh(clinic_id, now_us)
        return sum(self._due(clinic_id, mail, now_us) for clinic_id, mail in wanted.items())

    def test(self, to: str, language: Language) -> None:
        """Send a mail that says only that mails arrive.

        Raises:
            MailError: what the server said.
        """
        body = f"{text(language, say('mail.test'))}\n\n{self._page_url}\n"
        send(self._smtp, compose(self._smtp, (to,), text(language, say("mail.test_subject")), body))

    def _due(self, clinic_id: str, mail: DailyMail, now_us: int) -> bool:
        with self._records.read() as session:
            local = _local(now_us, ZoneInfo(clinics.get(session, clinic_id).time_zone))
        day = local.date().isoformat()
        too_soon = now_us < self._not_before_us.get(clinic_id, 0)
        if local.hour < mail.hour or mail.last_day == day or not mail.to or too_soon:
            return False
        message = self._message(clinic_id, mail, now_us)
        if message is None:  # nobody needs a look yet; perhaps later today
            return False
        with self._records.write() as session:
            if not daily_mails.claim(session, clinic_id, day):
                return False
        trouble = self._send(message)
        if trouble is not None:
            self._not_before_us[clinic_id] = now_us + _AGAIN_US
        with self._records.write() as session:
            sent_us = now_us if trouble is None else None
            daily_mails.settle(session, clinic_id, before=mail.last_day, sent_us=sent_us, trouble=trouble)
        return trouble is None

    def _message(self, clinic_id: str, mail: DailyMail, now_us: int) -> EmailMessage | None:
        rows = self._board.rows(clinic_id, now_us)
        waiting = [row for row in rows["rows"] if row["state"] == "open"]
        if not waiting:
            return None
        language = known_language(mail.language) or Language.EN
        counts = Counter(row["need"] for row in waiting)
        parts = [text(language, say(f"mail.{need}", n=counts[need])) for need in _NEEDS if counts[need]]
        lines = (
            text(language, say("mail.waiting", n=len(waiting), needs=", ".join(parts))),
            text(language, say("mail.others", n=rows["total"] - len(waiting))),
        )
        link = f"\n{self._page_url}\n" if self._page_url else ""
        subject = text(language, say("mail.subject", waiting=len(waiting), total=rows["total"]))
        return compose(self._smtp, mail.to, subject, "".join(f"{line}\n" for line in lines) + link)

    def _send(self, message: EmailMessage) -> str | None:
        try:
            send(self._smtp, message)
        except MailError as error:
            log.warning("daily_mail_not_sent", why=str(error))
            return str(error)
        return None


def _local(at_us: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone)
