"""Setting up Telegram: a token of @BotFather."""

from __future__ import annotations

from collections.abc import Mapping

from bot.platforms._shared.http import read
from bot.platforms._shared.setup import Introduced, Setup, WrongToken, ask
from bot.settings import validate

from .options import TelegramOptions
from .wire import User

_HOW = (
    "Trên Telegram mở @BotFather, gõ /newbot, đặt tên, rồi chép dòng mã có dạng 123456789:AA… "
    "Muốn bot thấy tin không nhắc tên nó trong nhóm: gõ /setprivacy, chọn Disable."
)


class _Me(User):
    can_join_groups: bool = True


async def _introduce(options: Mapping[str, str]) -> Introduced:
    known = validate(TelegramOptions, options, "BOT_TELEGRAM_")
    try:
        result = await ask(known.api_base, known.token.get_secret_value(), "getMe", known.proxy)
    except WrongToken:
        raise WrongToken("chép lại mã ở @BotFather (gõ /mybots, chọn bot, API Token)") from None
    me = read(_Me, result)
    if me is None or not me.username:
        raise WrongToken("chép lại mã ở @BotFather")
    private, group = (f"https://t.me/{me.username}?{way}={{code}}" for way in ("start", "startgroup"))
    warning = "" if me.can_join_groups else "Bot này chưa được vào nhóm: ở @BotFather gõ /setjoingroups, chọn Enable."
    return Introduced(f"{me.first_name} (@{me.username})".strip(), private, group, warning)


SETUP = Setup(
    label="Telegram",
    about="miễn phí, có nút bấm, nhóm không giới hạn",
    how=_HOW,
    vendor="api.telegram.org",
    settings=(("token", "mã của bot"),),
    introduce=_introduce,
    order=10,
)
