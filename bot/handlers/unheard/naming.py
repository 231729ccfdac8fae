"""An officer says what words meant that the bot did not understand: one press names the meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.guides.library import Library
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.unheard import second_look, words
from bot.features.unheard.words import Unheard
from bot.handlers.front.meanings import Mean
from bot.handlers.guides.page import OpenGuide
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg, short_date
from bot.understanding.model import NONE
from bot.understanding.ranking import Ranking

FLOW, SEARCH = "unheard", "search"
MOST = 5
"""Meanings to choose from; another one is searched for."""
_LABEL, _LONGEST = 60, 100
_NO_GUIDE = msg("Không có bài")
_PERHAPS = 0.05
"""Meanings that are less likely are no answer to a search; for words to be named even a guess is a beginning."""


class ListUnheard(Action, code="uh"):
    pass


class OpenUnheard(Action, code="uho"):
    word: int


class NameUnheard(Action, code="uhn"):
    word: int
    meaning: str


class SearchMeaning(Action, code="uhs"):
    word: int


class DropUnheard(Action, code="uhd"):
    word: int


class NamingConversation:
    """`declared` are the meanings beside guides; only those with a label can be named here."""

    def __init__(self, library: Library, search: Ranking, declared: Iterable[Meaning], audit: Audit) -> None:
        self._library = library
        self._search = search
        self._declared = declared
        self._audit = audit

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        return {one.name: one.label for one in self._declared if one.label}

    async def command(self, ctx: Context) -> None:
        await self.show(ctx, ListUnheard())

    async def show(self, ctx: Context, action: ListUnheard) -> None:
        """List the newest words that have no meaning yet."""
        found = await self._officer(ctx)
        if found is None:
            return
        ctx.leave_flow()
        await self._list(ctx, found[1])

    async def _list(self, ctx: Context, communes: Sequence[str], note: Text | None = None) -> None:
        shown, count = await words.latest(communes)
        head = (
            ctx.t("**{count} câu chưa hiểu** còn chờ bác nói giúp nghĩa. Bác chọn một câu.", count=count)
            if shown
            else ctx.t("Không còn câu nào chờ. Chỉ câu của người đã đồng ý mới có ở đây, mỗi câu 30 ngày.")
        )
        buttons = [Button.to(_short(one.text), OpenUnheard(one.id)) for one in shown]
        ctx.reply(Text.join("\n\n", [note, head] if note else [head]), [*buttons, *to_menu(ctx)])

    async def open(self, ctx: Context, action: OpenUnheard) -> None:
        found = await self._word(ctx, action.word)
        if found is not None:
            ctx.leave_flow()
            one = found[0]
            self._ask(ctx, one, self.perhaps(ctx.word, one))

    def _ask(self, ctx: Context, one: Unheard, meanings: Sequence[str]) -> None:
        offered = [title for name in one.offered if (title := self.title(ctx.word, name))]
        lines = [
            ctx.t("“{text}”", text=one.text),
            ctx.t("Gõ ngày {day}.", day=short_date(one.at.astimezone(VIETNAM).date(), ctx.locale)),
            ctx.t("Tôi đã đưa ra: {titles}.", titles="; ".join(offered)) if offered else Text(),
            ctx.t("Sau đó bác ấy mở: {title}.", title=title) if (title := self.title(ctx.word, one.chosen)) else Text(),
            ctx.t("Đã ghi nghĩa: {title}.", title=title) if (title := self.title(ctx.word, one.named)) else Text(),
            ctx.t("Câu này muốn hỏi gì? Còn thấy tên hay số của ai thì bác chọn “Bỏ câu này”."),
        ]
        ctx.reply(
            Text.join("\n", [line for line in lines if line]),
            [*self.buttons(ctx.word, one, meanings), Button.to(ctx.word("Các câu khác"), ListUnheard())],
        )

    async def search(self, ctx: Context, action: SearchMeaning) -> None:
        if await self._word(ctx, action.word) is not None:
            ctx.wait_for(FLOW, SEARCH, {"word": str(action.word)})
            ctx.reply(
                ctx.t("Bác gõ vài chữ về việc ấy, tôi tìm bài."),
                [Button.to(ctx.word("Quay lại câu này"), OpenUnheard(action.word))],
                expects="text",
            )

    async def take_search(self, ctx: Context) -> None:
        flow, asked_for = ctx.flow, typed(ctx)
        if flow is None or not asked_for or too_long(ctx, asked_for, _LONGEST):
            return
        found = await self._word(ctx, int(flow.data["word"]))
        if found is None:
            ctx.leave_flow()
            return
        meanings = self._likely(asked_for, _PERHAPS)
        if meanings:
            ctx.leave_flow()
            self._ask(ctx, found[0], meanings)
        else:
            ctx.reply(
                ctx.t("Tôi chưa tìm ra bài nào. Bác thử vài chữ khác."),
                [Button.to(ctx.word("Quay lại câu này"), OpenUnheard(found[0].id))],
                expects="text",
            )

    async def name(self, ctx: Context, action: NameUnheard) -> None:
        found, title = await self._word(ctx, action.word), self.title(ctx.word, action.meaning)
        if found is None:
            return
        one, who, communes = found
        if not title:
            self._ask(ctx, one, self._likely(one.text))
            return
        ctx.leave_flow()
        async with ctx.changes():
            if await words.name(one, action.meaning):
                details = {"meaning": action.meaning}
                await self._audit.append(who.person_id, "unheard_named", f"unheard:{one.id}", ctx.now, details)
            note = ctx.t("✅ Đã ghi: “{text}” là “{title}”.", text=_short(one.text), title=title)
            await self._list(ctx, communes, note)

    async def drop(self, ctx: Context, action: DropUnheard) -> None:
        found = await self._word(ctx, action.word)
        if found is None:
            return
        one, who, communes = found
        ctx.leave_flow()
        async with ctx.changes():
            if await words.drop(one):
                await self._audit.append(who.person_id, "unheard_dropped", f"unheard:{one.id}", ctx.now)
            await self._list(ctx, communes, ctx.t("Đã xóa câu ấy."))

    def perhaps(self, word: Callable[[str], str], one: Unheard) -> list[str]:
        """Return what words may mean: what was chosen after them, then the likeliest."""
        found = dict.fromkeys([one.chosen, *self._likely(one.text)])
        return [name for name in found if self.title(word, name)]

    def buttons(self, word: Callable[[str], str], one: Unheard, meanings: Sequence[str]) -> list[Button]:
        """Return the buttons that name one of these meanings, or none, or search for another, or delete the words."""
        return [
            *(Button.to(self.title(word, name)[:_LABEL], NameUnheard(one.id, name)) for name in meanings[:MOST]),
            Button.to(word(_NO_GUIDE), NameUnheard(one.id, NONE)),
            Button.to(word(msg("Tìm nghĩa khác")), SearchMeaning(one.id)),
            Button.to(word(msg("Bỏ câu này")), DropUnheard(one.id)),
        ]

    def offers(self, text: str, word: Callable[[str], str]) -> Mapping[str, Button]:
        """Return the likeliest meanings of words with the buttons that open them, for a second look."""
        found: dict[str, Button] = {}
        for name in self._likely(text, most=second_look.MOST):
            guide = self._library.get(name)
            if guide is not None:
                found[name] = Button.to(guide.title, OpenGuide(name))
            elif name.startswith("wish:"):
                found[name] = Button.to(word(self._labels[name]), Mean(name))
        return found

    def _likely(self, asked_for: str, least: float = 0.0, most: int = MOST) -> list[str]:
        """Return meanings, the likeliest first: as the model ranks them, then what the index finds besides."""
        ranked = self._search.read(asked_for).ranked
        known = [
            one.meaning
            for one in ranked
            if one.likely >= least and (one.meaning in self._labels or self._library.get(one.meaning) is not None)
        ]
        besides = [hit.slug for hit in self._search.index.find(asked_for, most)]
        return list(dict.fromkeys([*known[: most - 1], *besides, *known]))[:most]

    def title(self, word: Callable[[str], str], meaning: str) -> str:
        """Return what a meaning is called, "" for one that there is not."""
        if meaning == NONE:
            return word(_NO_GUIDE)
        guide = self._library.get(meaning)
        if guide is not None:
            return guide.title
        return word(self._labels[meaning]) if meaning in self._labels else ""

    async def _word(self, ctx: Context, word_id: int) -> tuple[Unheard, Who, Sequence[str]] | None:
        """Return words of the officer's commune; otherwise say why not."""
        found = await self._officer(ctx)
        if found is None:
            return None
        who, communes = found
        one = await words.get(word_id)
        if one is None or one.commune not in communes:
            await self._list(ctx, communes, ctx.t("Câu ấy không còn."))
            return None
        return one, who, communes

    async def _officer(self, ctx: Context) -> tuple[Who, Sequence[str]] | None:
        """Return somebody who checks guides, and the codes under which their commune's words are kept."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        for grant in who.grants:
            place = None if grant.unit_id is None else await units.commune_of(grant.unit_id, today(ctx.now))
            if place is None:
                continue
            if (await rights.decide(who, Act.VERIFY_GUIDE, grant.unit_id, on=ctx.now)).allowed:
                return who, (place.code, "")  # a commune that is alone may have no code in its file
        ctx.reply(ctx.t((await rights.decide(who, Act.VERIFY_GUIDE, None, on=ctx.now)).why), to_menu(ctx))
        return None


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def build(conversation: NamingConversation) -> Router:
    router = Router()
    router.command("loichuahieu", "lời chưa hiểu", "câu chưa hiểu")(conversation.command)
    router.action(ListUnheard)(conversation.show)
    router.action(OpenUnheard)(conversation.open)
    router.action(NameUnheard)(conversation.name)
    router.action(SearchMeaning)(conversation.search)
    router.action(DropUnheard)(conversation.drop)
    router.step(FLOW, SEARCH, TextSent, prose=True)(conversation.take_search)
    return router
