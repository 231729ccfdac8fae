"""How an announcement looks in a group: one message for the words, one for each file, in this order.

The words come first and carry the buttons: a press under them proves that they arrived. A file that fails never repeats
the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.context import Translate
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.outbox.hours import VIETNAM
from bot.i18n import msg, short_date, spoken_time

from .actions import Played, Received
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
) -> list[Message]:
    """The messages for one group.

    `commune` as people say it ("xã Yên Mô"), `corrects` the label of what it corrects ("" for none), `target` the id
    that the buttons name; 0 makes no buttons (a trial, a preview).
    """

    def t(template: str, **values: str) -> Text:
        return Text.of(translate(locale, template), **values)

    time = moment(one.speaks_of, locale)
    lines = [t(_HEAD, commune=commune, label=one.label, time=time)]
    if one.urgent:
        lines.append(t(_URGENT))
    if corrects:
        lines.append(t(_RECALLS if one.template == RECALL else _CORRECTS, label=corrects))
    heading = Text.of("**{title}**", title=one.title) if one.title else Text()
    foot = [t(_SOURCE, source=one.source)] if one.source else []
    if one.expires_at is not None:
        foot.append(t(_EXPIRES, time=moment(one.expires_at, locale)))
    foot.append(t(_CHECK if hears_everything else _CHECK_MENTION, label=one.label))
    blocks = [Text.join("\n", lines), heading, Text.verbatim(one.text), Text.join("\n", foot)]
    words = Message(Text.join("\n\n", [block for block in blocks if block]), _buttons(one, target, translate, locale))
    files = [
        Message(t(_FILE, label=one.label, commune=commune, time=time, alt=item.alt), attachment=item)
        for item in one.attachments
    ]
    return [words, *files]


def moment(at: datetime, locale: str) -> str:
    """`17 giờ 30, 25/11/2026`, as the clocks in Vietnam show it."""
    local = at.astimezone(VIETNAM)
    return f"{spoken_time(local.time(), locale)}, {short_date(local.date(), locale)}"


def trial(messages: Sequence[Message], translate: Translate, locale: str) -> list[Message]:
    """The same for the group in which things are tried out: it says so, and nobody confirms it."""
    mark = Text.of(translate(locale, msg("(Bản thử, chưa gửi cho bà con)")))
    return [replace(one, text=Text.join("\n", [mark, one.text]), buttons=()) for one in messages]


def _buttons(one: Announcement, target: int, translate: Translate, locale: str) -> tuple[Button, ...]:
    if not target:
        return ()
    buttons = [Button.to(translate(locale, RECEIVED), Received(one.id, target))]
    if one.has_audio:
        buttons.append(Button.to(translate(locale, PLAYED), Played(one.id, target)))
    return tuple(buttons)
