"""A row of the table of messengers in the documents: what an adapter's chats can show and hear."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.events import ChatKind
from bot.core.platform import Capabilities

HEAD = "| ứng dụng | cuộc | dài nhất | nút | sửa tin | kiểu chữ | ảnh | âm thanh | tệp | nghe được |"
KINDS: Mapping[ChatKind, str] = {"private": "riêng", "group": "nhóm"}


def row(name: str, kind: ChatKind, can: Capabilities) -> str:
    cells = [
        name,
        KINDS[kind],
        f"{can.text_limit}",
        f"{can.buttons}" if can.buttons else "số" if can.answers else "–",
        "có" if can.edit else "–",
        "có" if can.styles else "–",
        {"upload": "có", "url": "qua địa chỉ công khai", "none": "–"}[can.photos],
        "có" if can.audio_limit else "đường dẫn",
        "có" if can.file_limit else "đường dẫn",
        _heard(can),
    ]
    return "| " + " | ".join(cells) + " |"


def table(rows: list[str]) -> str:
    """Return rows below their head."""
    return "\n".join([HEAD, "|" + "---|" * 10, *rows]) + "\n"


def _heard(can: Capabilities) -> str:
    if not can.answers:
        return "–"
    return "mọi tin" if can.hears_everything else "tin gọi tên bot"


BORNE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ghi hỏng": (
        ("what_could_not_be_noted_comes_again", ""),
        ("whoever_speaks_hears_that_it_could_not_be_noted", ""),
    ),
    "gửi lặp": (("what_the_vendor_repeats_is_the_same_event", ""),),
    "đứt mạng": (
        ("every_failure_of_the_vendor_is_a_decision_after_one_call", "dropped after acceptance"),
        ("where_nobody_answers_nothing_was_sent", ""),
    ),
    "quá nhiều tin": (("every_failure_of_the_vendor_is_a_decision_after_one_call", "too many messages"),),
    "bị chặn": (
        ("every_failure_of_the_vendor_is_a_decision_after_one_call", "the chat is gone"),
        ("who_blocks_the_bot_is_noticed", ""),
    ),
    "mất điện": (("after_a_restart_it_sends_and_knows_its_keys", ""),),
    "mất cơ sở dữ liệu": (("a_database_that_is_away_makes_no_message_vanish", ""),),
}
"""What an adapter bears, and the checks that show it; one that does not run for it says nothing against it."""


def borne(name: str, kept: Mapping[tuple[str, str], bool]) -> str:
    """Return the table of what an adapter bears; `kept` has each check that ran, by its name and its fault."""
    cells = [name]
    for checks in BORNE.values():
        outcomes = [kept[one] for one in checks if one in kept]
        cells.append("–" if not outcomes else "✓" if all(outcomes) else "✗")
    return (
        "\n".join([f"| ứng dụng | {' | '.join(BORNE)} |", "|" + "---|" * len(cells), f"| {' | '.join(cells)} |"]) + "\n"
    )
