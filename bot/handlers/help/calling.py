"""The ways to a person: the command, a link, words that call for one, and what is said where a step offers help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import without_courtesy
from bot.core.text import Text
from bot.features import units
from bot.features.groups import channels
from bot.features.help.actions import AskPerson, GiveContact
from bot.features.search.index import POSSIBLE
from bot.handlers.people.home import VILLAGE
from bot.understanding.ranking import Ranking

from .asking import QUESTION_LINK, STEP_LINK, AskingConversation, lead
from .own_requests import OwnRequests
from .unsent import is_asked_for_matter, stuck_at, unsent, with_more

Instead = Callable[[Context], Awaitable[bool]]
"""What the command does for those who help; False for everybody else."""

_A_CALL = 8
"""So many words only call for a person; more say what for: “bà già rồi không biết dùng máy, ai giúp bà với”."""
_A_SIGH = 4
"""So many words may say no more than “vẫn chưa được”; more tell what is wrong."""
_FEW_WORDS = 5
"""As many as name a guide; a story has more."""


class HelpConversation:
    """Leads to the questions of `asking`, and those who have asked already to what they asked."""

    def __init__(self, own: OwnRequests, asking: AskingConversation, helpers: Instead, search: Ranking) -> None:
        self._search = search
        self._own = own
        self._asking = asking
        self._helpers = helpers

    async def command(self, ctx: Context) -> None:
        """Handle `/giupdo`: show helpers the waiting requests, and others their own, or begin one."""
        if not ctx.private:
            ctx.reply(await self.offer_in_group(ctx))
            return
        kept = unsent(ctx)
        if kept is not None and kept.words:
            await self._asking.begin(ctx, AskPerson(kept.guide, kept.step))
        else:
            await self._ask_for_person(ctx)

    async def _ask_for_person(self, ctx: Context, words: str = "") -> None:
        """Begin a request about `words`; helpers get the waiting ones, and without words one's own are listed."""
        if await self._helpers(ctx):
            return
        own = await self._own.mine(ctx)
        if own and not words:
            await self._own.list_them(ctx, own)
        else:
            await self._asking.begin(ctx, AskPerson("", ""), words)

    async def to_a_person(self, ctx: Context, words: str) -> bool:
        """Lead to a person, at the step where one stands if there is one; a story is the matter to ask about."""
        at = stuck_at(ctx)
        if at is not None:
            await self._asking.begin(ctx, at)
        elif ctx.private and len(words.split()) > _A_CALL and unsent(ctx) is None:
            await self._ask_for_person(ctx, words)
        else:
            await self.command(ctx)
        return True

    async def understand(self, ctx: Context, words: str) -> bool:
        """Lead a call for a person to one, or tell how far their request is; asked before the guides."""
        if self._search.means(words, "wish:call-me"):
            return await self.call_back(ctx, words)
        return self._search.means(words, "wish:human") and await self.to_a_person(ctx, words)

    async def call_back(self, ctx: Context, words: str) -> bool:
        """Take a telephone number for the one open request; without a request lead to a person."""
        own = await self._own.mine(ctx) if ctx.private else []
        if len(own) != 1:
            return await self.to_a_person(ctx, words)
        await self._own.give_contact(ctx, GiveContact(own[0].id, own[0].version))
        return True

    async def understand_stuck(self, ctx: Context, words: str) -> bool:
        """Take words at a step that offers help as the matter in which help is needed."""
        at = stuck_at(ctx)
        few = len(without_courtesy(words).split()) <= _A_SIGH
        if at is None or not with_more("", words) or (few and self._search.means(words, "wish:stuck")):
            return False
        for reads in self._asking.elsewhere.understands:
            if await reads(ctx, words):
                return True
        await self._asking.begin(ctx, at, words)
        return True

    async def understand_matter(self, ctx: Context, words: str) -> bool:
        """Take words after “Bác đang làm việc gì?” that nothing else understands as the question itself.

        A few words that come near to a guide are left to the search, which shows it beside a person to ask.
        """
        if not is_asked_for_matter(ctx) or not with_more("", words):
            return False
        if len(words.split()) <= _FEW_WORDS and self._near_guide(words):
            return False
        await self._asking.begin(ctx, AskPerson("", ""), words)
        return True

    def _near_guide(self, words: str) -> bool:
        """Tell whether a guide may be meant."""
        return any(hit.score >= POSSIBLE for hit in self._search.find(words))

    async def at_menu(self, ctx: Context) -> Text:
        """End the questions; return a reminder of the words that are not sent yet."""
        kept = unsent(ctx)
        if kept is None:
            return Text()
        if not kept.words:
            ctx.leave_flow()
            return Text()
        return ctx.t("Lời nhờ giúp của bác chưa gửi. Bác gõ “giúp đỡ” để gửi tiếp, “hủy” để bỏ.")

    async def open_link(self, ctx: Context, code: str) -> bool:
        """Ask about a step for `k_SLUG_STEP`, about anything for `hoi_UNIT`, of the unit of the group with the link."""
        kind, _, rest = code.partition("_")
        if kind == STEP_LINK and rest:
            slug, _, step = rest.partition("_")
            await self._asking.begin(ctx, AskPerson(slug, step))
        elif kind == QUESTION_LINK:
            if ctx.private and not ctx.session.facts.get(VILLAGE):
                place = await self._asking.place(ctx, rest)
                if place is not None and place.level == "village":
                    ctx.session.facts[VILLAGE] = place.code
            await self._asking.begin(ctx, AskPerson("", ""))
        else:
            return False
        return True

    async def offer_in_group(self, ctx: Context) -> Text:
        """Lead a group to a person in private, when the bot has no answer."""
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        place = None if channel is None else await units.by_id(channel.unit_id)
        return lead(ctx, f"{QUESTION_LINK}_{'' if place is None else place.code}")

    async def hand_over(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """Return the offer under “Tôi chưa hiểu”: a button in private, a link in a group."""
        if ctx.private:
            return Text(), [Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))]
        return await self.offer_in_group(ctx), []


def build(conversation: HelpConversation) -> Router:
    router = Router()
    # Not “nhờ người giúp”: that is the label under a step, and a command would win over the choice.
    router.command("giupdo", "giúp đỡ", "nhờ giúp", "giúp bà con")(conversation.command)
    return router
