"""After “Màn hình của tôi khác”: which phone, what is different, and whether to tell when the guide is mended."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.features.guides.library import Library
from bot.features.guides.navigation import resolve
from bot.features.people import people
from bot.features.upkeep import flags
from bot.features.upkeep.actions import HearBack, TellScreen
from bot.features.upkeep.flags import Device
from bot.handlers.kit.provisions import Consent
from bot.handlers.kit.speaker import account_of, in_private
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .page import OpenStep

FLOW, NOTE = "screen", "note"
_TOPIC = "manhinh"
_PURPOSE = msg("báo lại khi bài được sửa")


class GuideFlagConversation:
    def __init__(self, library: Library, consent: Consent) -> None:
        self._library = library
        self._consent = consent
        consent.on_consent(_TOPIC, self._agreed, purpose=_PURPOSE)

    async def tell_screen(self, ctx: Context, action: TellScreen) -> None:
        """Note the kind of phone without a name; one sentence may follow."""
        step, kind = self._step(action.guide, action.step), _device(action.device)
        if not in_private(ctx) or ctx.stale:
            return
        if step is None or kind is None:
            ctx.reply(ctx.t("Cảm ơn bác đã báo."))
            return
        async with ctx.changes():
            flag = await flags.tell_device(action.guide, step, kind, ctx.now)
            buttons = self._buttons(ctx, action.guide, step)
            if flag is None:
                ctx.reply(ctx.t("Cảm ơn bác đã báo. Tôi đã ghi rồi."), buttons)
                return
            ctx.wait_for(FLOW, NOTE, {"guide": action.guide, "step": step, "flag": str(flag)})
            ctx.reply(
                ctx.t("Cảm ơn bác. Bác thấy khác ở chỗ nào thì gõ một câu, không thì chọn nút dưới đây."),
                buttons,
                expects="text",
            )

    async def take_answer(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, flags.LONGEST_NOTE):
            return
        ctx.leave_flow()
        async with ctx.changes():
            await flags.tell_note(int(flow.data["flag"]), words)
            ctx.reply(
                ctx.t("✅ Đã ghi lời bác để cán bộ xem lại bước này."),
                self._buttons(ctx, flow.data["guide"], flow.data["step"]),
            )

    async def hear_back(self, ctx: Context, action: HearBack) -> None:
        """Ask for consent first: from here on the waiting person is known."""
        step = self._step(action.guide, action.step)
        if not in_private(ctx) or ctx.stale or step is None:
            return
        if not await self._consent.has_consent(ctx, _TOPIC):
            about = ctx.t("Để báo lại, tôi cần nhớ cuộc trò chuyện này với bác. Cán bộ không thấy bác là ai.")
            self._consent.ask_consent(ctx, _TOPIC, f"{action.guide}/{step}", about=about)
            return
        async with ctx.changes():
            await self._agreed(ctx, f"{action.guide}/{step}")

    async def _agreed(self, ctx: Context, arg: str) -> None:
        guide, _, wanted = arg.partition("/")
        step, who = self._step(guide, wanted), await people.who(account_of(ctx), ctx.now)
        if step is None or not who.account_id:
            return
        await flags.hear_back(guide, step, who.account_id, ctx.locale, ctx.now)
        ctx.leave_flow()
        ctx.reply(
            ctx.t("Vâng, bước này được xem lại thì tôi báo bác ngay."),
            [Button.to(ctx.word("Quay lại bước này"), OpenStep(guide, step))],
        )

    def _buttons(self, ctx: Context, guide: str, step: str) -> list[Button]:
        return [
            Button.to(ctx.word("Báo tôi khi bài được sửa"), HearBack(guide, step)),
            Button.to(ctx.word("Quay lại bước này"), OpenStep(guide, step)),
        ]

    def _step(self, slug: str, wanted: str) -> str | None:
        """Return the id of the step as it is now; None for a step that does not exist."""
        guide = self._library.get(slug)
        found = None if guide is None else resolve(guide, wanted)
        return None if found is None else found.step.id


def _device(word: str) -> Device | None:
    known: tuple[Device, ...] = ("iphone", "android", "unknown")
    return next((one for one in known if one == word), None)


def build(conversation: GuideFlagConversation) -> Router:
    router = Router()
    router.action(TellScreen)(conversation.tell_screen)
    router.action(HearBack)(conversation.hear_back)
    router.step(FLOW, NOTE, TextSent, prose=True)(conversation.take_answer)
    return router
