"""How recordings are told: a line in a list, and the message in which one is heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.context import Context, Translate
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.loudspeaker.actions import DropRecording, RedoRecording, UseRecording
from bot.features.loudspeaker.recordings import Recording
from bot.features.loudspeaker.script import reading_seconds
from bot.features.outbox.hours import VIETNAM
from bot.i18n import number, short_date, spoken_time

UrlOf = Callable[[str], str | None]
"""The public address of a stored file; None where the installation has none."""


def heard(one: Recording, translate: Translate, locale: str) -> Message:
    """“Nghe thử”: the recording with its length; what was not decided yet is asked."""

    def t(template: str, **values: str | int) -> Text:
        return Text.of(translate(locale, template), **values)

    lines = [
        t("**Nghe thử bản phát loa số {id}**", id=one.id),
        t(
            "{title}\nDài {length} cả chuông, tệp {size} kB.",
            title=one.title,
            length=length(one.seconds, translate, locale),
            size=number(round(one.size / 1000), locale),
        ),
    ]
    if one.script:
        reading = length(reading_seconds(one.script), translate, locale)
        lines.append(t("Đây là giọng máy. Nếu bác tự đọc thì mất khoảng {length}.", length=reading))
    buttons: tuple[Button, ...] = ()
    if one.state == "ready":
        lines.append(t("Nghe hết rồi, bác dùng bản này chứ?"))
        buttons = (
            Button.to(translate(locale, "Dùng bản này"), UseRecording(one.id)),
            Button.to(translate(locale, "Làm lại"), RedoRecording(one.id)),
            Button.to(translate(locale, "Bỏ bản này"), DropRecording(one.id)),
        )
    return Message(Text.join("\n", lines), buttons, one.attachment)


def length(seconds: int, translate: Translate, locale: str) -> str:
    """`1 phút 20 giây`."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return Text.of(translate(locale, "{seconds} giây"), seconds=rest).plain
    return Text.of(translate(locale, "{minutes} phút {seconds} giây"), minutes=minutes, seconds=rest).plain


def line(ctx: Context, name: Text, one: Recording, url_of: UrlOf, title: str = "") -> Text:
    """One recording in a list, with the address where its file can be had."""
    shown = ctx.t(
        "• {name}: {title} ({length})",
        name=name,
        title=title or one.title,
        length=length(one.seconds, ctx.translate, ctx.locale),
    )
    url = url_of(one.media)
    return shown if url is None else shown + Text.verbatim(f"\n{url}")


def moment(at: datetime, locale: str) -> str:
    """`17 giờ 30, 25/11/2026`, as the clocks in Vietnam show it."""
    local = at.astimezone(VIETNAM)
    return f"{spoken_time(local.time(), locale)}, {short_date(local.date(), locale)}"
