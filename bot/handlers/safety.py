"""What comes before everything else: emergencies, and secrets that somebody typed."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import Heard, Said, Spoken
from bot.core.guard import TOO_LONG, only_secret
from bot.core.router import Router
from bot.features.emergency import number_for


def build() -> Router:
    router = Router()

    @router.intercept
    async def help_at_once(ctx: Context) -> bool:
        """The number to call is the first line, in any state; the conversation then goes on."""
        if isinstance(ctx.event, Said | Heard) and (emergency := number_for(ctx.event.text)) is not None:
            ctx.reply(ctx.t(emergency.line))
        return False

    @router.intercept
    async def warn(ctx: Context) -> bool:
        event = ctx.event
        if not isinstance(event, Spoken) or not event.findings:
            return False
        if TOO_LONG in event.findings:
            ctx.reply(ctx.t("Tin của bác dài quá nên tôi không đọc được. Bác chia thành vài tin ngắn giúp tôi nhé."))
            return True
        ctx.reply(
            ctx.t(
                "⚠️ Tôi đã ẩn số vừa gõ và không lưu lại. Bác đừng gửi mã OTP, mật khẩu, số căn cước, số tài khoản "
                "cho ai, kể cả tôi. Bác xóa tin vừa gửi đi nhé."
            )
        )
        return isinstance(event, Said | Heard) and only_secret(event.text)

    return router
