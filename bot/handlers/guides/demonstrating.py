"""“Làm mẫu”: a guide as those read it who teach it at somebody's home."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.features.commune.settings import Commune
from bot.features.guides import demonstration, pages, progress
from bot.features.guides.library import Library
from bot.features.guides.model import Guide
from bot.features.insight import Tallies, shown, weeks_before
from bot.features.people.accounts import Account
from bot.features.search.index import POSSIBLE, SURE
from bot.handlers.kit.speaker import OpenMenu

from .page import OpenGuide
from .reading import ListGuides, Search

WEEKS = 4
_MOST_HITS = 5


class Demonstrate(Action, code="lm"):
    guide: str


class DemonstrationConversation:
    def __init__(
        self, library: Library, search: Search, commune: Callable[[Context], Commune], tallies: Tallies
    ) -> None:
        self._library = library
        self._search = search
        self._commune = commune
        self._tallies = tallies

    async def command(self, ctx: Context) -> None:
        """Demonstrate the guide that is named, else the one that the person has open."""
        if ctx.args.strip():
            await self._named(ctx)
            return
        place = await progress.latest(Account(ctx.chat.platform, ctx.sender.id)) if ctx.private else None
        if place is None or self._taught(place.guide) is None:
            ctx.reply(ctx.t("Bác gõ “làm mẫu” rồi tên việc cần dạy, ví dụ: làm mẫu cài vneid."))
        else:
            await self.show(ctx, Demonstrate(place.guide))

    async def show(self, ctx: Context, action: Demonstrate) -> None:
        guide = self._taught(action.guide)
        if guide is None:
            ctx.reply(ctx.t("Bài hướng dẫn này nay không còn nữa."), [Button.to(ctx.word("Về menu"), OpenMenu())])
            return
        commune = self._commune(ctx)
        hard = await self._hard_steps(ctx, commune, guide)
        script = demonstration.script(guide, ctx.locale, ctx.translate, commune.values, hard)
        script += ctx.t("\n\nGiúp xong, bác gõ “ghi lượt” để ghi lại, không cần tên bà con.")
        buttons = [Button.to(ctx.word("Xem bài"), OpenGuide(guide.slug)), Button.to(ctx.word("Về menu"), OpenMenu())]
        ctx.reply(script, buttons)

    async def _named(self, ctx: Context) -> None:
        hits = [hit for hit in self._search(ctx.args) if hit.score >= POSSIBLE and self._taught(hit.slug) is not None]
        if len(hits) == 1 and hits[0].score >= SURE:
            await self.show(ctx, Demonstrate(hits[0].slug))
            return
        guides = [self._library.guides[hit.slug] for hit in hits[:_MOST_HITS]]
        choices = [
            Button.to(pages.title(guide, ctx.locale, ctx.translate), Demonstrate(guide.slug)) for guide in guides
        ]
        ctx.reply(
            ctx.t("Bác dạy bài nào?")
            if guides
            else ctx.t("Tôi chưa có bài nào về việc này. Bác thử vài chữ khác, hoặc xem danh sách."),
            [*choices, Button.to(ctx.word("Hướng dẫn"), ListGuides(""))],
        )

    def _taught(self, slug: str) -> Guide | None:
        """Return a guide that is still to be taught: not one that is kept for reference only."""
        guide = self._library.get(slug)
        return None if guide is None or guide.archival else guide

    async def _hard_steps(self, ctx: Context, commune: Commune, guide: Guide) -> list[str]:
        """Return the steps at which people of the commune were stuck, the hardest first; not if only a few were."""
        if not commune.code:
            return []
        used = await self._tallies.of_commune(commune.code, weeks_before(ctx.now, WEEKS), {guide.slug: guide.start})
        stuck = used[guide.slug].stuck if guide.slug in used else {}
        return [step for step in sorted(stuck, key=lambda step: -stuck[step]) if shown(stuck[step]) is not None]


def build(conversation: DemonstrationConversation) -> Router:
    router = Router()
    router.command("lammau", "làm mẫu", "cách dạy", takes_args=True)(conversation.command)
    router.action(Demonstrate)(conversation.show)
    return router
