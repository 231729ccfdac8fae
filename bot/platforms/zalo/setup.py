"""Setting up a Zalo Bot: a token of its maker."""

from __future__ import annotations

from collections.abc import Mapping

from bot.platforms._shared.http import read
from bot.platforms._shared.setup import Introduced, Setup, WrongToken, ask
from bot.settings import validate

from .adapter import ZaloOptions
from .wire import Me


async def _introduce(options: Mapping[str, str]) -> Introduced:
    known = validate(ZaloOptions, options, "BOT_ZALO_")
    again = "lấy lại mã ở “Zalo Bot Manager” trên Zalo"
    try:
        result = await ask(known.api_base, known.token.get_secret_value(), "getMe")
    except WrongToken:
        raise WrongToken(again) from None
    me = read(Me, result)
    if me is None:
        raise WrongToken(again)
    return Introduced(me.display_name or me.account_name or "Zalo Bot")


SETUP = Setup(
    label="Zalo Bot",
    about="miễn phí, gõ số thay nút bấm; gói thường nhận 3 nhóm và 3.000 tin mỗi tháng",
    how="Trên Zalo tìm “Zalo Bot Manager”, chọn “Tạo bot” (tên bắt đầu bằng “Bot”), rồi chép mã nhận được.",
    vendor="bot-api.zaloplatforms.com",
    settings=(("token", "mã của bot"),),
    introduce=_introduce,
    order=20,
    beside=True,
)
