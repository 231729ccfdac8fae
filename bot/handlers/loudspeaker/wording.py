"""How recordings are told: a line in a list, and the message in which one is heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.context import Context, ReaderWords, Translate
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.audio.script import reading_seconds
from bot.features.calendar.vietnam import VIETNAM
from bot.features.loudspeaker.actions import DropRecording, RedoRecording, UseRecording
from bot.features.loudspeaker.plans import LoudspeakerPlan
from bot.features.loudspeaker.recordings import LoudspeakerRecording
from bot.i18n import number, short_date, time_in_words

UrlOf = Callable[[str], str | None]
"""The public address of a stored file; None where the installation has none."""


def heard(one: LoudspeakerRecording, translate: Translate, locale: str) -> Message:
    """Return “Nghe thử”, the recording with its length; if undecided, with the question."""

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
    """Put a length in words: `1 phút 20 giây`."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return Text.of(translate(locale, "{seconds} giây"), seconds=rest).plain
    return Text.of(translate(locale, "{minutes} phút {seconds} giây"), minutes=minutes, seconds=rest).plain


def line(ctx: Context, name: Text, one: LoudspeakerRecording, url_of: UrlOf, title: str = "") -> Text:
    """Return a recording as a line of a list, with the address of its file."""
    shown = ctx.t(
        "• {name}: {title} ({length})",
        name=name,
        title=title or one.title,
        length=length(one.seconds, ctx.translate, ctx.locale),
    )
    url = url_of(one.media)
    return shown if url is None else shown + Text.verbatim(f"\n{url}")


def moment(at: datetime, locale: str) -> str:
    """Put a moment in words, as the clocks in Vietnam show it: `17 giờ 30, 25/11/2026`."""
    local = at.astimezone(VIETNAM)
    return f"{time_in_words(local.time(), locale)}, {short_date(local.date(), locale)}"


def line_of(say: ReaderWords, one: LoudspeakerPlan, *, named_too: bool) -> Text:
    """Return a plan on one line; `named_too`: with who presses play."""
    line = one.when.told(say.t, say.locale)
    if one.spot:
        line = say.t("{spot}: {when}", spot=one.spot, when=line)
    if named_too:
        line = say.t("{when}. Người bật: {player}", when=line, player=one.player or say.word("chưa ghi"))
    return line
