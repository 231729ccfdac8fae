"""Setting up a Zalo Official Account: the keys of its application, and a token that works once."""

from __future__ import annotations

from collections.abc import Mapping

from bot.platforms._shared.setup import Introduced, Setup
from bot.settings import validate

from .adapter import ZaloOaOptions


async def _introduce(options: Mapping[str, str]) -> Introduced:
    """Look at the form of the keys only: to try the token would use it up."""
    validate(ZaloOaOptions, options, "BOT_ZALO_OA_")
    return Introduced("", warning="Refresh token chỉ dùng được một lần nên bot thử nó lúc chạy; kết quả ở /trangthai.")


SETUP = Setup(
    label="Zalo Official Account",
    about="trang chính thức của xã, có gói trả tiền; nhóm phải lập mới từ OA; cần địa chỉ https",
    how="Trên developers.zalo.me mở ứng dụng của OA; refresh token lấy ở API Explorer và đừng dùng nó ở nơi khác.",
    vendor="openapi.zalo.me",
    settings=(
        ("app_id", "ID ứng dụng"),
        ("app_secret", "khóa bí mật của ứng dụng"),
        ("secret", "OA Secret Key"),
        ("refresh_token", "refresh token"),
    ),
    introduce=_introduce,
    order=30,
    beside=True,
    needs_address=True,
)
