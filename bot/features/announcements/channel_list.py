"""The announcement that lists the commune's official channels."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.commune.settings import DirectoryEntry

TITLE = "Kênh liên lạc chính thức của xã"
_IN_USE, _RESTS, _GONE = "Đang dùng:", "Đang tạm dừng:", "Không dùng nữa:"


def text_of(channels: Sequence[DirectoryEntry]) -> str:
    """Write the list in Vietnamese, as every announcement: the words are the commune's, not the bot's."""
    lines = ["Kính báo bà con các kênh chính thức của xã."]
    for title, status in ((_IN_USE, "đang dùng"), (_RESTS, "tạm dừng"), (_GONE, "đã thay thế")):
        found = [one for one in channels if one.status == status]
        if found:
            lines += [title, *(f"• {_line(one)}" for one in found)]
    lines.append("Kênh nào không có tên ở đây mà nhận là của xã thì bà con hỏi lại xã trước khi tin.")
    return "\n".join(lines)


def _line(one: DirectoryEntry) -> str:
    if one.status == "đã thay thế":
        return f"{one.name}, nay dùng {one.replaced_by}" if one.replaced_by else one.name
    parts = [one.purpose, one.link, one.hours]
    return f"{one.name}: {', '.join(part for part in parts if part)}".removesuffix(": ")
