"""The reasons why a group does not have an announcement, in words for an official, and the remedies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.features.announcements.on_hold import SCHEDULED
from bot.features.outbox.detours import ELSEWHERE
from bot.features.outbox.states import (
    BREAKER,
    CANARY,
    CUT_OFF,
    DECISION,
    OFF,
    POISON,
    QUIET,
    QUOTA,
    RESTORED,
    TOKEN,
    WINDOW,
    State,
)  # fmt: skip
from bot.i18n import msg

from .delivery import DROPPED, AudienceDelivery


class Cause(Struct, frozen=True):
    """Vietnamese templates: what happened, and the remedy ("" where nothing has to be done)."""

    what: str
    remedy: str = ""


_ADD_AGAIN = msg("Nhờ quản trị viên nhóm thêm tôi vào lại, rồi chọn “Gửi lại nhóm bị lỗi”.")
_ASK = msg("Hỏi tổ trưởng xem nhóm đã thấy tin chưa, rồi chọn.")
_BY_PHONE = msg("Gọi điện cho tổ trưởng, hoặc dùng loa.")
_REMOVED = Cause(msg("tôi không còn trong nhóm"), _ADD_AGAIN)

_FAILED: Sequence[tuple[tuple[str, ...], Cause]] = (
    ((DROPPED,), Cause(msg("không rõ tin đã tới chưa, đã thôi không gửi lại"))),
    (
        ("kicked", "not a member", "blocked", "deactivated", "chat not found", "left", "forbidden", "bot was"),
        _REMOVED,
    ),
    (
        ("rights", "restricted", "write", "topic", "admin"),
        Cause(
            msg("nhóm không cho tôi gửi tin"),
            msg("Nhờ quản trị viên cho tôi quyền gửi tin, rồi chọn “Gửi lại nhóm bị lỗi”."),
        ),
    ),
    (("too large", "too big", "file"), Cause(msg("tệp không gửi được vào nhóm"), _BY_PHONE)),
    (
        ("moved",),
        Cause(
            msg("nhóm đổi địa chỉ hai lần trong lúc gửi"),
            msg("Gõ “kiểm tra” trong nhóm, rồi chọn “Gửi lại nhóm bị lỗi”."),
        ),
    ),
)
_HELD: Mapping[str, Cause] = {
    SCHEDULED: Cause(msg("chờ đến giờ hẹn")),
    QUIET: Cause(msg("chờ hết giờ yên tĩnh")),
    DECISION: Cause(msg("chờ quyết định về tin trước"), _ASK),
    CANARY: Cause(msg("chờ nhóm đầu tiên nhận được tin")),
    POISON: Cause(msg("nhóm đầu tiên không nhận được tin này nên chưa gửi tiếp"), msg("Sửa tin, hoặc chọn Gửi tiếp.")),
    BREAKER: Cause(msg("tạm dừng vì nhiều nhóm bị lỗi"), msg("Xem các nhóm bị lỗi, rồi chọn Gửi tiếp.")),
    TOKEN: Cause(msg("ứng dụng nhắn tin không cho bot gửi nữa"), msg("Báo người quản trị bot, rồi chọn Gửi tiếp.")),
    OFF: Cause(msg("tài khoản của bot ở đó đang tắt"), msg("Bật lại tài khoản thì tin tự đi.")),
    QUOTA: Cause(msg("hết số tin của tháng"), msg("Chờ sang tháng, chọn Gửi tiếp, hoặc báo bằng loa và điện thoại.")),
    WINDOW: Cause(
        msg("lâu chưa ai nhắn cho tôi ở đó nên tôi chưa được gửi"), msg("Nhờ một người nhắn cho tôi trong nhóm.")
    ),
    RESTORED: Cause(msg("giữ lại sau khi khôi phục dữ liệu"), msg("Xem lại, rồi chọn Gửi tiếp hoặc Hủy.")),
}
STOPPED = frozenset({POISON, BREAKER, TOKEN, QUOTA, RESTORED})
"""Reasons of messages that leave when an official says so."""


def cause(one: AudienceDelivery) -> Cause:
    """Explain why a group does not have everything; empty for `sent`."""
    by_state: dict[State, Cause] = {
        "sent": Cause(""),
        "pending": Cause(msg("đang chờ đến lượt")),
        "leased": Cause(msg("đang chờ đến lượt")),
        "sending": Cause(msg("đang gửi")),
        "uncertain": Cause(
            msg("máy tắt giữa chừng, không rõ tin đã tới chưa")
            if one.reason == CUT_OFF
            else msg("mất mạng giữa chừng, không rõ tin đã tới chưa"),
            _ASK,
        ),
        "expired": Cause(msg("quá hạn trước khi gửi được"), _BY_PHONE),
        "cancelled": Cause(msg("chưa gửi vào đó được") if one.reason == ELSEWHERE else msg("đã hủy")),
        "held": _HELD.get(one.reason, Cause(msg("đang giữ lại"))),
        "failed": _failed(one.reason.lower()),
    }
    return by_state[one.state]


def removed(one: AudienceDelivery) -> bool:
    """Tell whether the group does not have it because the bot had been removed from it."""
    return cause(one) == _REMOVED


def _failed(reason: str) -> Cause:
    otherwise = Cause(msg("ứng dụng nhắn tin không nhận"), _BY_PHONE)
    return next((cause for words, cause in _FAILED if any(word in reason for word in words)), otherwise)
