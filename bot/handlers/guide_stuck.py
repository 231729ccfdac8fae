"""Being stuck at a step: smaller pieces, a screen that looks different, whom to call, and the way to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune import Commune
from bot.features.guides import pages, progress
from bot.features.guides.library import Library
from bot.features.guides.model import Guide, Step
from bot.features.guides.navigation import resolve
from bot.features.help.actions import AskPerson

from .guide_page import OpenStep, Stuck


@dataclass(frozen=True)
class Different(Action, code="d"):
    """My screen looks different."""

    guide: str
    step: str


class Pages(Protocol):
    """Shows a page of a guide; see bot.handlers.guides."""

    async def show(self, ctx: Context, slug: str, step_id: str) -> None: ...


class StuckTalk:
    def __init__(self, library: Library, pages_: Pages, commune: Callable[[Context], Commune]) -> None:
        self._library = library
        self._pages = pages_
        self._commune = commune

    async def stuck(self, ctx: Context, action: Stuck) -> None:
        """The step in smaller pieces, whom to call, and a way on; counted without a name."""
        guide = self._library.get(action.guide)
        resolved = resolve(guide, action.step) if guide is not None else None
        if guide is None or resolved is None:
            await self._pages.show(ctx, action.guide, action.step)
            return
        step = pages.localised(guide, resolved.step, ctx.locale, ctx.translate)
        pieces = [
            ctx.t("Không sao, bác làm từng việc nhỏ một:"),
            pages.smaller(step, self._commune(ctx).values),
            self._whom_to_call(ctx),
        ]
        buttons = [
            Button.to(ctx.word("Nhờ người giúp"), AskPerson(guide.slug, step.id)),
            Button.to(ctx.word("Màn hình của tôi khác"), Different(guide.slug, step.id)),
            Button.to(ctx.word("Quay lại bước này"), OpenStep(guide.slug, step.id)),
        ]
        await self._count(ctx, "stuck", guide, step, Text.join("\n\n", pieces), buttons)

    async def different(self, ctx: Context, action: Different) -> None:
        """Three times is a sign that the guide needs a look."""
        guide = self._library.get(action.guide)
        resolved = resolve(guide, action.step) if guide is not None else None
        if guide is None or resolved is None:
            await self._pages.show(ctx, action.guide, action.step)
            return
        said = Text.join(
            "\n\n",
            [
                ctx.t("Cảm ơn bác đã báo. Ứng dụng hay đổi hình; cán bộ xã sẽ xem lại bước này."),
                ctx.t("Bác tìm nút có chữ gần giống, hoặc nhờ người nhà, Tổ công nghệ số của thôn xem giúp."),
                self._whom_to_call(ctx),
            ],
        )
        buttons = [
            Button.to(ctx.word("Nhờ người giúp"), AskPerson(guide.slug, resolved.step.id)),
            Button.to(ctx.word("Quay lại bước này"), OpenStep(guide.slug, resolved.step.id)),
        ]
        await self._count(ctx, "different", guide, resolved.step, said, buttons)

    async def _count(
        self, ctx: Context, what: progress.Counted, guide: Guide, step: Step, said: Text, buttons: Sequence[Button]
    ) -> None:
        if ctx.stale:
            ctx.reply(said, buttons)
            return
        async with ctx.changes():
            await progress.count(what, guide.slug, step.id, ctx.now.date())
            ctx.reply(said, buttons)

    def _whom_to_call(self, ctx: Context) -> Text:
        commune = self._commune(ctx)
        if not commune.phone:
            return ctx.t("Vẫn chưa được, bác ra {centre} nhờ giúp nhé.", centre=f"{commune.centre} {commune.full_name}")
        return ctx.t(
            "Vẫn chưa được, bác gọi {phone} ({hours}).",
            phone=commune.phone,
            hours=commune.hours or ctx.word("giờ hành chính"),
        )


def build(talk: StuckTalk) -> Router:
    router = Router()
    router.action(Stuck)(talk.stuck)
    router.action(Different)(talk.different)
    return router
