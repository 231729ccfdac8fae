"""The texts of the front: introduction, help, numbers for danger, and the centre to go to."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.text import Text
from bot.features.commune.settings import Commune

_BULLET = "• "
_BOLD = patterns.compile(r"\*\*(.+?)\*\*")
_BETWEEN = patterns.compile(r"[,;] (?=\*\*)")


def introduction(ctx: Context, commune: str) -> Text:
    return ctx.t(
        "Kính chào bác. Đây là **máy trả lời tự động** của Ủy ban nhân dân {commune}.\n"
        "Tôi chỉ giữ cuộc trò chuyện này, ngôn ngữ, cỡ chữ và chỗ bác đang xem, trong 90 ngày. "
        "Xem hướng dẫn không cần khai tên hay số điện thoại.\n"
        "Bác gõ “trợ giúp” khi cần người giúp, “dừng” để không nhận tin nữa, “dữ liệu của tôi” để xem và xóa.",
        commune=commune,
    )


def only_known(listed: str, knows: Callable[[str], bool]) -> str:
    """Leave out of lines such as “• **loa**, **lịch loa**: …” each word of a family that is switched off."""
    lines: list[str] = []
    for line in listed.split("\n"):
        begin, bullet, items = line.partition(_BULLET)
        if begin or not bullet:
            lines.append(line)
            continue
        separators, words = _BETWEEN.findall(items), _BETWEEN.split(items)
        kept = [pair for pair in zip(["", *separators], words, strict=True) if _is_label(_BOLD.match(pair[1]), knows)]
        if kept:
            lines.append(bullet + kept[0][1] + "".join(between + word for between, word in kept[1:]))
    return "\n".join(lines)


def _is_label(bold: re.Match[str] | None, knows: Callable[[str], bool]) -> bool:
    """Tell whether an item stays: its word is known, or is an example such as TB-0001."""
    return bold is None or any(sign.isdigit() for sign in bold[1]) or knows(bold[1])


def help_text(ctx: Context, commune: Commune, knows: Callable[[str], bool]) -> Text:
    words = ctx.word(
        "• **menu**: các việc tôi làm được\n• **hướng dẫn**: danh sách bài hướng dẫn\n"
        "• **tìm** và điều cần hỏi, ví dụ “tìm cài vneid”\n• **tiếp tục**: xem tiếp bài đang dở\n"
        "• **thông báo**: tin của xã\n• **danh bạ**: số điện thoại và kênh của xã\n"
        "• **sản phẩm**: hàng của bà con, và đăng hàng nhà mình\n"
        "• **câu hỏi mỗi ngày**: mỗi ngày tôi hỏi một câu ngắn\n"
        "• **chữ lớn**, **ngôn ngữ**, **hủy**"
    )
    lines = [
        ctx.t("Bác gõ một trong các chữ sau, có dấu hay không dấu đều được:"),
        Text.of(only_known(words, knows)),
    ]
    whom = whom_to_meet(ctx, commune)
    return Text.join("\n\n", [*lines, whom] if whom else lines)


def still_open(ctx: Context) -> Text:
    """Remind, below an answer to something else, of the question that is still open."""
    return ctx.t("Việc bác đang làm dở vẫn còn: bác gõ tiếp, hoặc gõ “hủy” để thôi.")


def in_danger(ctx: Context) -> Text:
    """Return the emergency numbers for below words that were not understood: they may have been a cry for help."""
    return ctx.t("Nguy cấp thì gọi: **113** công an, **114** cháy và cứu nạn, **115** cấp cứu.")


def whom_to_meet(ctx: Context, commune: Commune) -> Text:
    """Name the commune's centre, if its number is known; empty otherwise."""
    if not commune.phone:
        return Text()
    return ctx.t(
        "Cần gặp người: {centre} {commune}, điện thoại {phone}, {hours}.",
        centre=commune.centre,
        commune=commune.full_name,
        phone=commune.phone,
        hours=commune.hours or ctx.word("giờ hành chính"),
    )
