"""Being stuck at a step: smaller pieces, a screen that looks different, whom to call, and the way to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune.settings import Commune
from bot.features.guides import pages, progress
from bot.features.guides.library import Library
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.navigation import resolve
from bot.features.help.actions import MATTER, AskPerson
from bot.features.insight import What
from bot.features.people.accounts import Account
from bot.features.upkeep import flags
from bot.features.upkeep.actions import TellScreen
from bot.handlers.kit.hooks import Offer
from bot.handlers.kit.provisions import CountStep
from bot.understanding.ranking import Ranking

from .page import OpenStep, Stuck
from .reading import ListGuides


class Different(Action, code="d"):
    """My screen looks different."""

    guide: str
    step: str


class StuckPages(Protocol):
    """Shows a page of a guide; see bot.handlers.guides.reading."""

    async def show(self, ctx: Context, slug: str, step_id: str) -> None: ...

    async def unfinished(self, ctx: Context) -> Sequence[Button]: ...


class StuckConversation:
    def __init__(
        self,
        library: Library,
        pages_: StuckPages,
        commune: Callable[[Context], Commune],
        count: CountStep,
        hand_over: Offer,
        search: Ranking,
    ) -> None:
        self._search = search
        self._library = library
        self._pages = pages_
        self._commune = commune
        self._count = count
        self._hand_over = hand_over

    async def understand(self, ctx: Context, words: str) -> bool:
        """Offer a person in a group, where pages are everybody's, to who is stuck."""
        return not ctx.private and self._search.means(words, "wish:stuck") and await self.help_on(ctx, words)

    async def help_in_words(self, ctx: Context, words: str) -> bool:
        """Help who is stuck, by their own words, at their open page, or ask for the matter.

        Under the question for the matter a whole sentence is the matter.
        """
        asked = ctx.session.asks
        matter = Button.to("", AskPerson("", MATTER)).data
        if words and asked is not None and any(one.data == matter for one in asked.buttons):
            return False
        return await self.help_on(ctx, words)

    async def help_on(self, ctx: Context, words: str) -> bool:
        """Help at the open page, or ask for the matter."""
        if not ctx.private:
            ctx.reply((await self._hand_over(ctx))[0])
            return True
        place = await progress.latest(Account(ctx.chat.platform, ctx.sender.id))
        lists = [{button.data for button in item.buttons} for item in ctx.session.lists]
        helped = None if place is None else Button.to("", AskPerson(place.guide, place.step)).data
        halted = None if place is None else Button.to("", Stuck(place.guide, place.step)).data
        if place is not None and helped in set().union(*lists[-1:]):
            buttons = [
                Button.to(ctx.word("Nhờ người giúp"), AskPerson(place.guide, place.step)),
                Button.to(ctx.word("Quay lại bước này"), OpenStep(place.guide, place.step)),
            ]
            reply = Text.join("\n", [ctx.t("Bác nhờ người giúp nhé."), self._whom_to_call(ctx)])
            ctx.reply(reply, buttons, aside=True)
        elif place is not None and halted in set().union(*lists):
            await self.stuck(ctx, Stuck(place.guide, place.step), aside=True)
        else:
            ctx.reply(
                ctx.t("Bác đang làm việc gì? Bác gõ vài chữ, ví dụ “cài vneid”, hoặc nhờ người giúp."),
                [
                    *await self._pages.unfinished(ctx),
                    Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", MATTER)),
                    Button.to(ctx.word("Hướng dẫn"), ListGuides("")),
                ],
            )
        return True

    async def stuck(self, ctx: Context, action: Stuck, *, aside: bool = False) -> None:
        """Show the step in smaller pieces, whom to call, and a way on; count it without a name.

        `aside`: the words of the page, “đọc lại”, are still understood.
        """
        guide = self._library.get(action.guide)
        resolved = resolve(guide, action.step) if guide is not None else None
        if guide is None or resolved is None:
            await self._pages.show(ctx, action.guide, action.step)
            return
        step = pages.localised(guide, resolved.step, ctx.locale, ctx.translate)
        pieces = [
            ctx.t("Không sao, bác làm từng việc nhỏ một:"),
            pages.smaller(step, ctx.locale, ctx.translate, self._commune(ctx).values),
            self._whom_to_call(ctx),
        ]
        buttons = [
            Button.to(ctx.word("Nhờ người giúp"), AskPerson(guide.slug, step.id)),
            Button.to(ctx.word("Màn hình của tôi khác"), Different(guide.slug, step.id)),
            Button.to(ctx.word("Quay lại bước này"), OpenStep(guide.slug, step.id)),
        ]
        await self._answer(ctx, "stuck", guide, step, Text.join("\n\n", pieces), buttons, aside=aside)

    async def different(self, ctx: Context, action: Different) -> None:
        """Note that the screen looks different; after three such reports the guide needs a look.

        See bot.handlers.guides.flags for the questions asked then.
        """
        guide = self._library.get(action.guide)
        resolved = resolve(guide, action.step) if guide is not None else None
        if guide is None or resolved is None:
            await self._pages.show(ctx, action.guide, action.step)
            return
        reply = Text.join(
            "\n\n",
            [
                ctx.t("Cảm ơn bác đã báo. Ứng dụng hay đổi hình; cán bộ xã sẽ xem lại bước này."),
                ctx.t("Bác tìm nút có chữ gần giống, hoặc nhờ người nhà, Tổ công nghệ số của thôn xem giúp."),
                self._whom_to_call(ctx),
            ],
        )
        step = resolved.step.id
        phones = [Button.to(ctx.word(name), TellScreen(guide.slug, step, kind)) for kind, name in flags.DEVICES.items()]
        buttons = [
            Button.to(ctx.word("Nhờ người giúp"), AskPerson(guide.slug, step)),
            Button.to(ctx.word("Quay lại bước này"), OpenStep(guide.slug, step)),
        ]
        if ctx.private:
            reply += ctx.t("\n\nĐể cán bộ dễ sửa, bác cho biết điện thoại của bác là loại nào?")
            buttons = [*phones, *buttons]
        await self._answer(ctx, "different", guide, resolved.step, reply, buttons)

    async def _answer(
        self,
        ctx: Context,
        what: What,
        guide: Guide,
        step: GuideStep,
        reply: Text,
        buttons: Sequence[Button],
        *,
        aside: bool = False,
    ) -> None:
        if ctx.stale:
            ctx.reply(reply, buttons, aside=aside)
            return
        async with ctx.changes():
            await self._count(ctx, what, guide.slug, step.id)
            if what == "different":
                await flags.raise_flag(guide.slug, step.id, ctx.now)
            ctx.reply(reply, buttons, aside=aside)

    def _whom_to_call(self, ctx: Context) -> Text:
        commune = self._commune(ctx)
        if not commune.phone:
            return ctx.t("Vẫn chưa được, bác ra {centre} nhờ giúp nhé.", centre=f"{commune.centre} {commune.full_name}")
        return ctx.t(
            "Vẫn chưa được, bác gọi {phone} ({hours}).",
            phone=commune.phone,
            hours=commune.hours or ctx.word("giờ hành chính"),
        )


def build(conversation: StuckConversation) -> Router:
    router = Router()
    router.action(Stuck)(conversation.stuck)
    router.action(Different)(conversation.different)
    return router
