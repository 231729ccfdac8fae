"""An issued paper on its way to “Nơi nhận”: to each person who holds such a role, with its files."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.messages import Attachment, Button, Message
from bot.core.text import Text
from bot.features.notices import delivery_channels
from bot.features.outbox.box import Outbox
from bot.i18n import long_date, msg

from . import archive
from .actions import OpenPaper
from .model import FORMS, File, Paper

log = logging.getLogger(__name__)
_NEWS = msg("Xã gửi bác **{kind} số {label}** {day}: {subject}.")


class PaperSendResult(Struct, frozen=True):
    """`told` have it now or had it before; `missed` cannot be written to."""

    told: int
    missed: int


async def send(outbox: Outbox, one: Paper, now: datetime) -> PaperSendResult:
    """Send the paper inside the caller's transaction. With the same files nobody gets it twice."""
    files = await archive.files(one.id)
    key = f"vb{one.id}-{max((item.id for item in files), default=0)}"
    told = missed = 0
    for person_id in await archive.recipients(one, now):
        chats = await delivery_channels.to_person(outbox, person_id, now)
        found = False
        for chat in chats[:1]:
            try:
                await outbox.add(chat, _messages(outbox, one, files), key=f"{key}:{person_id}", now=now)
                found = True
            except LookupError:
                log.warning("a paper has no way out: %s is off", chat.platform)
        told, missed = told + found, missed + (not found)
    return PaperSendResult(told, missed)


def _messages(outbox: Outbox, one: Paper, files: Sequence[File]) -> list[Message]:
    def word(text: str) -> str:
        return outbox.translate(outbox.locale, text)

    day = long_date(one.signed_on, outbox.locale)
    text = Text.of(word(_NEWS), kind=word(FORMS[one.form].name), label=one.label, day=day, subject=one.subject)
    button = Button.to(word(msg("Mở văn bản")), OpenPaper(one.id))
    shown = [Message(Text.verbatim(item.title), attachment=attachment(item)) for item in files]
    return [*([Message(text)] if shown else []), *shown[:-1], *_last(shown, text, button)]


def _last(shown: list[Message], text: Text, button: Button) -> list[Message]:
    """Put the button under the message that is read last."""
    if not shown:
        return [Message(text, (button,))]
    return [Message(shown[-1].text, (button,), shown[-1].attachment)]


def attachment(item: File) -> Attachment:
    return Attachment(item.kind, item.media, item.title, item.size)
