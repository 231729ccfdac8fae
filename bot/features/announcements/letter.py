"""The rendering of an announcement in a group: one message for the words, one for each file, in this order.

The words come first and carry the buttons: a press under them proves that they arrived. A failed file never causes the
words to be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.context import Translate
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.calendar.vietnam import VIETNAM
from bot.i18n import msg, short_date, time_in_words

from .actions import Received, TellPlayed
from .model import RECALL, Announcement

_HEAD = msg("**Ủy ban nhân dân {commune}**\n{label} · {time}")
_URGENT = msg("⚠️ **Tin khẩn**")
_CORRECTS = msg("**Đính chính thông báo {label}**")
_RECALLS = msg("**Thu hồi thông báo {label}**")
_SOURCE = msg("Nguồn: {source}")
_EXPIRES = msg("Tin có giá trị đến {time}")
_CHECK = msg("Muốn biết tin này thật hay giả, gõ: kiểm tra {label}")
_CHECK_MENTION = msg("Muốn biết tin này thật hay giả, nhắc tên tôi rồi gõ: kiểm tra {label}")
_FILE = msg("{label} · Ủy ban nhân dân {commune} · {time}\n{alt}")
RECEIVED, PLAYED = msg("Đã nhận"), msg("Đã phát loa")


def letter(
    one: Announcement,
    *,
    commune: str,
    corrects: str,
    translate: Translate,
    locale: str,
    hears_everything: bool = True,
    target: int = 0,
    at: datetime | None = None,
) -> list[Message]:
    """Compose the messages for one group.

    `commune` as people say it ("xã Yên Mô"), `corrects` the label of what it corrects ("" for none), `target` the id
    that the buttons name; 0 makes no buttons (a trial, a preview). `at` is the time shown, if not its own. A recall is
    short: what is taken back, and what to do now.
    """

    time = at or one.speaks_of
    last = Text.of(translate(locale, _CHECK if hears_everything else _CHECK_MENTION), label=one.label)
    text = words(one, commune=commune, corrects=corrects, translate=translate, locale=locale, at=time, last=last)
    first = Message(text, buttons(one, target, translate, locale) if target else ())
    return [first, *files(one, commune=commune, translate=translate, locale=locale, at=time)]


def words(
    one: Announcement, *, commune: str, corrects: str, translate: Translate, locale: str, at: datetime, last: Text
) -> Text:
    """Compose the words for the people of a village; `last` is the line that says where to ask."""

    def t(template: str, **values: str) -> Text:
        return Text.of(translate(locale, template), **values)

    recall = one.template == RECALL
    lines = [t(_HEAD, commune=commune, label=one.label, time=moment(at, locale))]
    if one.urgent:
        lines.append(t(_URGENT))
    if corrects:
        lines.append(t(_RECALLS if recall else _CORRECTS, label=corrects))
    heading = Text.of("**{title}**", title=one.title) if one.title and not recall else Text()
    foot = [t(_SOURCE, source=one.source)] if one.source and not recall else []
    if one.expires_at is not None:
        foot.append(t(_EXPIRES, time=moment(one.expires_at, locale)))
    foot.append(last)
    blocks = [Text.join("\n", lines), heading, Text.verbatim(one.text), Text.join("\n", foot)]
    return Text.join("\n\n", [block for block in blocks if block])


def files(one: Announcement, *, commune: str, translate: Translate, locale: str, at: datetime) -> list[Message]:
    """Compose a message for each file, which says whose it is wherever it is forwarded to."""
    head = translate(locale, _FILE)
    values = {"label": one.label, "commune": commune, "time": moment(at, locale)}
    return [Message(Text.of(head, **values, alt=item.alt), attachment=item) for item in one.attachments]


def moment(at: datetime, locale: str) -> str:
    """Format a time as the clocks in Vietnam show it: `17 giờ 30, 25/11/2026`."""
    local = at.astimezone(VIETNAM)
    return f"{time_in_words(local.time(), locale)}, {short_date(local.date(), locale)}"


def trial(messages: Sequence[Message], translate: Translate, locale: str) -> list[Message]:
    """Mark the same messages as a trial, for the sandbox group; without buttons, since nobody confirms them."""
    mark = Text.of(translate(locale, msg("(Bản thử, chưa gửi cho bà con)")))
    return [replace(one, text=Text.join("\n", [mark, one.text]), buttons=()) for one in messages]


def buttons(one: Announcement, target: int, translate: Translate, locale: str) -> tuple[Button, ...]:
    """Make the buttons of one group, which name its target."""
    made = [Button.to(translate(locale, RECEIVED), Received(one.id, target))]
    if one.has_audio:
        made.append(Button.to(translate(locale, PLAYED), TellPlayed(one.id, target)))
    return tuple(made)
