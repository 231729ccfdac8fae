"""Meanings of free words beside a guide: acted upon where it is sure, else offered beside the nearest guides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.features.people import people
from bot.features.rights import OFFICIALS
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.provisions import Dispatch, GuideReader, Misheard, NothingMisheard
from bot.handlers.kit.speaker import account_of
from bot.understanding.decisions import REPORTED, Reading, joined
from bot.understanding.numbers_in_context import numbers_of
from bot.understanding.ranking import EVERYBODY, Ranking

_REPORTS = frozenset({"leader:report", "leader:amend"})
_MOST_WORDS = 60
"""More are a story, which a person should read."""


class Mean(Action, code="mea"):
    """`meaning` is the name of a declared meaning."""

    meaning: str


class MeaningConversation:
    """Answers what the declared meanings say; `search` knows the guides of this commune."""

    def __init__(
        self,
        declared: Iterable[Meaning],
        search: Ranking,
        dispatch: Dispatch,
        reader: GuideReader,
        misheard: Misheard | None = None,
    ) -> None:
        self._reader = reader
        self._misheard = misheard or NothingMisheard()
        self._declared = declared
        self._search = search
        self._dispatch = dispatch
        self._read_last: tuple[Mapping[str, float], Reading] | None = None

    @cached_property
    def _by_name(self) -> Mapping[str, Meaning]:
        return {one.name: one for one in self._declared}

    @cached_property
    def _leads_to(self) -> Mapping[str, str]:
        return {name: f"/{one.command}" for name, one in self._by_name.items() if one.command}

    async def understand(self, ctx: Context, words: str) -> bool:
        """Do what the words surely mean, if it is no guide."""
        if not ctx.private or len(words.split()) > _MOST_WORDS:
            return False
        meaning = self._by_name.get((await self._read(ctx, words)).surely)
        return meaning is not None and await self._does(ctx, meaning, words)

    async def elsewhere(self, ctx: Context, words: str) -> bool:
        """Do another matter that is meant for sure while figures are asked for; words with a number are an answer."""
        if not ctx.private or len(words.split()) > _MOST_WORDS or numbers_of(words).spots:
            return False
        meaning = self._by_name.get((await self._read(ctx, words)).surely)
        return meaning is not None and not meaning.of_report and await self._does(ctx, meaning, words)

    async def perhaps_reported(self, ctx: Context, words: str) -> bool:
        """Read a number that somebody probably reports, where nothing else is meant for sure."""
        if not ctx.private or len(words.split()) > _MOST_WORDS or not any(one.clear for one in numbers_of(words).spots):
            return False
        reports = [one for one in (await self._read(ctx, words)).ranked if one.meaning in _REPORTS]
        meaning = self._by_name.get(reports[0].meaning) if sum(one.likely for one in reports) >= REPORTED else None
        return meaning is not None and await self._does(ctx, meaning, words)

    async def nearest(self, ctx: Context, words: str) -> Sequence[Button]:
        """Return buttons for what may be meant, guides and all else in one order; in a group for guides alone."""
        read = await self._read(ctx, words)
        buttons = {one.meaning: button for one in read.ranked if (button := self._button(ctx, one.meaning)) is not None}
        return [buttons[name] for name in read.guesses(buttons)]

    def _button(self, ctx: Context, name: str) -> Button | None:
        meaning = self._by_name.get(name)
        if meaning is None:
            return self._reader.offer(ctx, name)
        return Button.to(ctx.word(meaning.label), Mean(name)) if meaning.label and ctx.private else None

    async def chosen(self, ctx: Context, action: Mean) -> None:
        meaning = self._by_name.get(action.meaning)
        if meaning is not None:
            self._misheard.chosen(ctx, meaning.name)
        if meaning is None or not await self._does(ctx, meaning, ""):
            await self._dispatch.otherwise(ctx)

    async def _read(self, ctx: Context, words: str) -> Reading:
        who = await people.who(account_of(ctx), ctx.now)
        kinds = set(EVERYBODY)
        if any(grant.role != "resident" for grant in who.grants):
            kinds.add("leader")
        if who.has(*OFFICIALS):
            kinds.add("official")
        likely = self._search.likely(words, frozenset(kinds))
        if self._read_last is None or self._read_last[0] is not likely:  # three readers ask for the same words
            self._read_last = likely, Reading(joined(likely, self._leads_to))
        return self._read_last[1]

    async def _does(self, ctx: Context, meaning: Meaning, words: str) -> bool:
        if meaning.command:
            await self._dispatch.run(ctx, meaning.command)
            return True
        return meaning.does is not None and await meaning.does(ctx, words)


def build(conversation: MeaningConversation) -> Router:
    router = Router()
    router.action(Mean)(conversation.chosen)
    return router
