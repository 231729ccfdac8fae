"""A step of a guide read aloud, for who would rather listen."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.navigation import resolve
from bot.features.guides.recordings import Recordings, StepRecording

from .page import HearStep, OpenStep


class GuideAudioConversation:
    def __init__(self, library: Library, recordings: Recordings) -> None:
        self._library = library
        self._recordings = recordings

    def found(self, ctx: Context, guide: Guide, step: GuideStep) -> StepRecording | None:
        """Return the recording of a step that this chat can play, or open by its address."""
        one = self._recordings.of(guide, step, ctx.locale, ctx.translate)
        if one is None or one.size <= ctx.capabilities.audio_limit or ctx.link_to(one.media) is not None:
            return one
        return None

    async def hear(self, ctx: Context, action: HearStep) -> None:
        """Send the sound alone: the page with its numbered choices stays as it is."""
        guide = self._library.get(action.guide)
        resolved = None if guide is None else resolve(guide, action.step)
        one = None if guide is None or resolved is None else self.found(ctx, guide, resolved.step)
        if guide is None or resolved is None or one is None:
            again = Button.to(ctx.word("Đọc lại"), OpenStep(action.guide, action.step))
            ctx.reply(ctx.t("Bước này nay chưa có tiếng đọc. Bác xem chữ giúp tôi."), [again])
            return
        step = plain(pages.localised(guide, resolved.step, ctx.locale, ctx.translate).title)
        name = ctx.t("Tiếng đọc bước “{step}”.", step=step)
        if one.by_machine:
            name = ctx.t("Tiếng đọc bước “{step}” (giọng máy).", step=step)
        only = [] if one.locale == ctx.locale else [ctx.t("Bước này mới có tiếng Việt.")]
        sound = Attachment("audio", one.media, name.plain, one.size)
        ctx.reply(Text.join("\n", [name, *only]), attachment=sound)


def build(conversation: GuideAudioConversation) -> Router:
    router = Router()
    router.action(HearStep)(conversation.hear)
    return router
