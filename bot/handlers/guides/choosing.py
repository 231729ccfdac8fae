"""Answers in one's own words at the open page of a guide, before anybody else takes them for a new matter."""

from __future__ import annotations

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import fold
from bot.core.words.short_answers import named, yes_or_no
from bot.features.guides import pages, progress
from bot.features.guides.library import Library
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.navigation import resolve
from bot.features.people.accounts import Account
from bot.handlers.kit.typed import MOST_WORDS

from .page import Finish, OpenGuide, OpenStep, Stuck, next_of, way
from .reading import GuideConversation
from .stuck import StuckConversation

_UNSURE = ("khong ro", "chua ro", "khong biet", "chua biet", "khong nho", "khong chac")


class _Page(Struct, frozen=True):
    """`shown`: it is what was shown last, and its choices are open."""

    guide: Guide
    step: GuideStep
    shown: bool


class GuideChoiceConversation:
    """Press what somebody says at the page that was shown last."""

    def __init__(self, library: Library, reader: GuideConversation, halted: StuckConversation) -> None:
        self._library = library
        self._reader = reader
        self._halted = halted

    async def understand(self, ctx: Context, words: str) -> bool:
        """Take “ra xã”, “chưa” at the open page of a guide as an answer to it."""
        page = await self._page(ctx, shown=True) if len(words.split()) <= MOST_WORDS else None
        if page is None:
            return False
        at = _meant(page.step, words)
        if at is not None:
            await self._take(ctx, way(page.guide, page.step, page.step.options[at]))
        return at is not None

    async def next(self, ctx: Context, words: str) -> bool:
        """Go on for “làm sao nữa”: show the page where something else was shown since, or take its only way on."""
        page = await self._page(ctx)
        if page is None:
            return await self._reader.same_page(ctx, words)
        guide, step = page.guide, page.step
        if not page.shown:
            await self._reader.show(ctx, guide.slug, step.id)
        elif len(step.options) == 1:
            await self._take(ctx, way(guide, step, step.options[0]))
        elif step.options and ctx.session.asks is not None:
            ctx.reply(ctx.t("Bác chọn một việc dưới đây giúp tôi nhé."), ctx.session.asks.buttons)
        else:
            await self._take(ctx, next_of(guide, step))
        return True

    async def unsure(self, ctx: Context, words: str) -> bool:
        """Take “hổng biết” as the only option that begins so, else as being stuck at the page."""
        page = await self._page(ctx, shown=True)
        if page is None:
            return False
        places = [at for at, one in enumerate(page.step.options) if _is_unsure(one.label)]
        if len(places) == 1:
            await self._take(ctx, way(page.guide, page.step, page.step.options[places[0]]))
        else:
            await self._halted.stuck(ctx, Stuck(page.guide.slug, page.step.id), aside=True)
        return True

    async def _page(self, ctx: Context, *, shown: bool = False) -> _Page | None:
        """Return the page on which somebody stands in private, if it is none of a quiz; `shown`: only if it is that."""
        place = await progress.latest(Account(ctx.chat.platform, ctx.sender.id)) if ctx.private else None
        guide = self._library.get(place.guide) if place is not None else None
        resolved = resolve(guide, place.step) if guide is not None and place is not None else None
        if guide is None or resolved is None or resolved.step.quiz is not None:
            return None
        asked, halt = ctx.session.asks, Button.to("", Stuck(guide.slug, resolved.step.id)).data
        is_shown = asked is not None and halt in {button.data for button in asked.buttons}
        if shown and not is_shown:
            return None
        return _Page(guide, pages.localised(guide, resolved.step, ctx.locale, ctx.translate), is_shown)

    async def _take(self, ctx: Context, action: Action) -> None:
        match action:
            case OpenStep():
                await self._reader.open_step(ctx, action)
            case OpenGuide():
                await self._reader.open_guide(ctx, action)
            case Finish():
                await self._reader.finish(ctx, action)
            case Stuck():
                await self._halted.stuck(ctx, action)


def _meant(step: GuideStep, words: str) -> int | None:
    """Return the place of the option that is meant."""
    labels = [option.label for option in step.options]
    at = named(labels, words)
    return yes_or_no(labels, words) if at is None else at


def _is_unsure(label: str) -> bool:
    """Tell whether this option is for who does not know.

    “Mất vì tai nạn, hoặc chưa rõ vì sao” is about something else that nobody knows.
    """
    return fold(label).removeprefix("toi ").startswith(_UNSURE)
