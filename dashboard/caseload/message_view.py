"""A message as the API shows it."""

from dashboard.caseload.models import MessageOut
from tempoband.storage.records.messages import Message
from tempoband.storage.records.rows import values


def message_view(message: Message) -> MessageOut:
    """The message with its times."""
    return MessageOut(**values(message))
