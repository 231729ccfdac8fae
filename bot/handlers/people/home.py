"""The commune of a person, asked once if the installation has several, and their village.

Both are kept in the session, without consent, as long as the conversation itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import Commanded, TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import NO, READY, YES, without_courtesy
from bot.features import units
from bot.features.commune.commune_settings import UNKNOWN, CommuneSettings
from bot.features.commune.settings import Commune
from bot.features.groups import channels
from bot.features.invites import looks_like_code
from bot.features.outbox.homes import Homes
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights.table import OFFICIALS
from bot.features.units import Place
from bot.handlers.kit.base import HOME_LINK
from bot.handlers.kit.hooks import Resume
from bot.handlers.kit.speaker import OpenMenu

COMMUNE, VILLAGE = "xa", "thon"
"""Facts of a session: unit codes. The village is "" for somebody who did not want to say."""
_FLOW, _ASKED = "nha", "xa"
_LONGEST_KEPT = 500
_KEPT_FOR = timedelta(hours=1)
_NEEDS_NO_COMMUNE = frozenset({"dung", "dulieu", "xoadulieu", "ngonngu", "tiengviet", "tienganh", "chulon"})
"""Commands that are never put off."""
_LONGEST_NAME = 60
_MOST_LISTED = 20
"""Communes that are shown to choose from."""
_LIVES = patterns.compile(r"(?:(?:toi|ba|ong|bac|em|chau|minh|nha) )+(?:dang )?o ")
_AT = patterns.compile(r"^(?:(?:toi|ba|ong|bac|nha|minh|em|chau|la|nguoi|dan) )*(?:o )?")


class LiveIn(Action, code="hx"):
    """My commune, or my village: a unit's code."""

    unit: str


class AskHome(Action, code="hq"):
    """Show where I live (""), or ask me again: "xa" or "thon"."""

    what: str


class SkipVillage(Action, code="hs"):
    pass


_NO_HOMES: Homes = {}


class HomeConversation:
    """Knows the commune of a conversation; others ask it through `here` and `village`.

    A bot that belongs to one commune (`homes`) talks of that one alone, whoever writes to it.
    """

    def __init__(
        self, commune_settings: CommuneSettings, zone: tzinfo, resume: Iterable[Resume] = (), homes: Homes = _NO_HOMES
    ) -> None:
        self._commune_settings = commune_settings
        self._zone = zone
        self._resume = resume
        self._homes = homes

    def here(self, ctx: Context) -> Commune:
        """Return the commune that answers in this conversation."""
        if not self._commune_settings.several:
            return self._commune_settings.own
        if (home := self._homes.get(ctx.chat.platform)) is not None:
            return self._commune_settings.of(home.code) or UNKNOWN
        return self._commune_settings.of(ctx.session.facts.get(COMMUNE, "")) or UNKNOWN

    async def village(self, ctx: Context) -> Place | None:
        """Return the village of a private chat, as it is called today; None when it is not known."""
        known = await units.get(ctx.session.facts.get(VILLAGE, "")) if ctx.private else None
        return None if known is None else await units.successor(known.id, self._today(ctx))

    async def village_id(self, ctx: Context) -> int | None:
        """Return the id of the same, of which mostly nothing else is read."""
        code = ctx.session.facts.get(VILLAGE, "") if ctx.private else ""
        return await units.present_id(code, self._today(ctx)) if code else None

    def unit_code(self, ctx: Context) -> str:
        """Return the village as it was named by the person then, else the commune, without asking the database."""
        return ctx.session.facts.get(VILLAGE, "") or self.here(ctx).code

    async def settle(self, ctx: Context) -> bool:
        """Find out, before everything else, what can be known without asking."""
        if not self._commune_settings.fresh:
            await self._commune_settings.refresh(ctx.now)
        if isinstance(ctx.event, Commanded) and ctx.event.name == "start" and ctx.private:
            await self._take_link(ctx, ctx.event.args.strip())
        if (home := self._homes.get(ctx.chat.platform)) is not None:
            self._move_to(ctx, home.code)
            return False
        if self._commune_settings.several and (not ctx.private or COMMUNE not in ctx.session.facts):
            await self._look_up(ctx)
        return False

    def _all(self, ctx: Context) -> Sequence[Commune]:
        """Return the communes that may answer in this conversation."""
        home = self._homes.get(ctx.chat.platform)
        return [one for one in self._commune_settings.all if home is None or one.code == home.code]

    # Asking for the commune

    def communes_named(self, ctx: Context) -> str:
        """Name the commune or communes that run the bot, for the first contact."""
        if not self._commune_settings.several or COMMUNE in ctx.session.facts:
            return self.here(ctx).full_name
        every = self._all(ctx)
        if len(every) > _MOST_LISTED:
            return UNKNOWN.full_name
        return ", ".join(commune.full_name for commune in every)

    def ask_at_first(self, ctx: Context) -> bool:
        """Ask a newcomer for the commune and keep what they came for; False when there is nothing to ask.

        An invitation says by itself where it is from, and its code is nothing to keep.
        """
        event = ctx.event
        if (
            not self._commune_settings.several
            or COMMUNE in ctx.session.facts
            or not isinstance(event, TextSent | Commanded)
        ):
            return False
        answer = event.text if isinstance(event, TextSent) else event.args
        if any(looks_like_code(part) for part in (answer, *answer.split())):
            return False
        if isinstance(event, Commanded) and event.name in _NEEDS_NO_COMMUNE:
            return False
        if isinstance(event, Commanded) and event.name == "start":
            self._ask_commune(ctx, _kept(ctx, link=answer))
        else:
            self._ask_commune(
                ctx, _kept(ctx, words=answer if isinstance(event, TextSent) else f"/{event.name} {answer}")
            )
        return True

    def _ask_commune(
        self, ctx: Context, kept: dict[str, str], *, again: bool = False, among: Sequence[Commune] = ()
    ) -> None:
        """Ask for the commune; of a province's hundreds the name is typed, and `among` are those of the name typed."""
        ctx.wait_for(_FLOW, _ASKED, kept)
        if among:
            buttons = [Button.to(f"{one.full_name}, {one.province}", LiveIn(one.code)) for one in among[:_MOST_LISTED]]
            ctx.reply(ctx.t("Có mấy xã cùng tên. Bác ở xã nào?"), buttons)
            return
        every = self._all(ctx)
        if len(every) > _MOST_LISTED:
            ctx.reply(ctx.t("Bác gõ tên xã của bác giúp tôi, ví dụ: {commune}.", commune=every[0].full_name))
            return
        reply = ctx.t("Bác chọn xã giúp tôi, rồi tôi trả lời câu bác hỏi.") if again else ctx.t("Bác ở xã nào?")
        ctx.reply(reply, [Button.to(one.full_name, LiveIn(one.code)) for one in every])

    async def answered(self, ctx: Context) -> None:
        """Take the name of a commune, or of a village there, in one's own words; keep other words as the wish.

        A number is neither, and “ừ” asks for nothing.
        """
        answer = ctx.event.text if isinstance(ctx.event, TextSent) else ""
        if (code := await self._named(ctx, _AT.sub("", without_courtesy(answer)))) is not None:
            await self.live_in(ctx, LiveIn(code))
            return
        kept = _still_kept(ctx)
        if len(same := self._commune_settings.called(_AT.sub("", without_courtesy(answer)))) > 1:
            self._ask_commune(ctx, kept, among=same)
            return
        if any(letter.isalpha() for letter in answer) and without_courtesy(answer) not in YES | NO | READY:
            kept = _kept(ctx, words=answer, link=kept.get("link", ""))
        self._ask_commune(ctx, kept, again=bool(kept.get("words")))

    async def understand(self, ctx: Context, words: str) -> bool:
        """Take “Tôi ở thôn Lạc Hiền” at any time."""
        code = await self.lives_in(ctx, words)
        if code is None:
            return False
        await self.live_in(ctx, LiveIn(code))
        return True

    async def lives_in(self, ctx: Context, words: str) -> str | None:
        """Return the code of the place in which somebody says that they live."""
        answer = without_courtesy(words)
        at = _LIVES.match(answer) if ctx.private and len(words) <= _LONGEST_NAME else None
        return None if at is None else await self._named(ctx, answer[at.end() :])

    async def _named(self, ctx: Context, words: str) -> str | None:
        """Return the code of the only commune of this name, else village: since the merger many know only that."""
        wanted = units.search_key(words)
        if not wanted:
            return None
        all_here = {one.code for one in self._all(ctx)}
        fits = [one.code for one in self._commune_settings.called(words) if one.code in all_here]
        # In a province every second commune has a village of that name: there the commune is asked for.
        if not fits and len(all_here) <= _MOST_LISTED:
            communes = [found for one in self._all(ctx) if (found := await units.get(one.code)) is not None]
            below = [place for commune in communes for place in await units.find(words, commune.id, self._today(ctx))]
            # Not by the full name, which says of an invented village that it is one.
            fits = [place.code for place in below if units.search_key(place.name) == wanted]
        return fits[0] if len(fits) == 1 else None

    async def live_in(self, ctx: Context, action: LiveIn) -> None:
        place = await units.get(action.unit)
        if place is None or not ctx.private or not await self._set(ctx, place):
            ctx.reply(ctx.t("Tôi không có nơi này. Bác chọn lại giúp tôi."), self._to_menu(ctx))
            return
        kept = _still_kept(ctx)
        ctx.leave_flow()
        ctx.reply(ctx.t("Vâng, bác ở {unit}.", unit=place.full_name), [] if kept else self._to_menu(ctx))
        for resume in self._resume if kept else ():
            await resume(ctx, kept.get("link", ""), kept.get("words", ""))

    # The village

    async def mine(self, ctx: Context) -> None:
        """Show the place for “Thôn của tôi”, with buttons to change it."""
        if not ctx.private:
            ctx.reply(ctx.t("Việc này bác làm trong cuộc trò chuyện riêng với tôi."))
            return
        commune, village = self.here(ctx), await self.village(ctx)
        if commune is UNKNOWN:
            self._ask_commune(ctx, {})
            return
        if village is None:
            await self._ask_village(ctx)
            return
        buttons = [Button.to(ctx.word("Đổi thôn"), AskHome(VILLAGE))]
        if len(self._all(ctx)) > 1:
            buttons.append(Button.to(ctx.word("Đổi xã"), AskHome(COMMUNE)))
        ctx.reply(ctx.t("Bác ở **{unit}**.", unit=village.full_name), [*buttons, *self._to_menu(ctx)])

    async def ask_again(self, ctx: Context, action: AskHome) -> None:
        if action.what == COMMUNE and len(self._all(ctx)) > 1 and ctx.private:
            self._ask_commune(ctx, {})
        elif action.what == VILLAGE and ctx.private:
            await self._ask_village(ctx)
        else:
            await self.mine(ctx)

    async def ask_village_once(self, ctx: Context) -> bool:
        """Ask for the village in a message of its own, if it was never asked; return whether it was asked now.

        Officials are not asked: they are here for the whole commune and need not live in it.
        """
        if not ctx.private or VILLAGE in ctx.session.facts or self.here(ctx) is UNKNOWN:
            return False
        if any(grant.role in OFFICIALS for grant in (await self._who(ctx)).grants):
            return False
        return await self._ask_village(ctx)

    async def skip(self, ctx: Context, action: SkipVillage) -> None:
        if ctx.private:
            ctx.session.facts.setdefault(VILLAGE, "")
        ctx.reply(ctx.t("Vâng. Khi nào cần, bác gõ “thôn của tôi”."), self._to_menu(ctx))

    async def _ask_village(self, ctx: Context) -> bool:
        code = self.here(ctx).code
        commune = await units.get(code) if code else None
        villages = [] if commune is None else await units.villages(commune.id, self._today(ctx))
        if not villages:
            ctx.reply(ctx.t("Tôi chưa có danh sách thôn của xã."), self._to_menu(ctx))
            return False
        # Asked is asked, whatever comes of it.
        ctx.session.facts.setdefault(VILLAGE, "")
        buttons = [Button.to(one.full_name, LiveIn(one.code)) for one in villages]
        ctx.reply(
            ctx.t("Bác ở thôn nào? Biết thôn, tôi đưa đúng tin của thôn và nhờ đúng người giúp bác."),
            [*buttons, Button.to(ctx.word("Bỏ qua"), SkipVillage())],
        )
        return True

    # What is known

    async def _set(self, ctx: Context, place: Place) -> bool:
        """Keep a commune, or a village with its commune; False for what is neither, or does not exist now."""
        now = await units.successor(place.id, self._today(ctx))
        commune = None if now is None else await units.commune_of(now.id, self._today(ctx))
        if (
            now is None
            or commune is None
            or not now.exists(self._today(ctx))
            or commune.code not in {one.code for one in self._all(ctx)}
        ):
            return False
        facts = ctx.session.facts
        self._move_to(ctx, commune.code)
        if now.id != commune.id:
            facts[VILLAGE] = now.code
        return True

    def _move_to(self, ctx: Context, code: str) -> None:
        """Keep the commune; a village of another one is none of this one's."""
        facts = ctx.session.facts
        if facts.get(COMMUNE, code) != code:
            facts.pop(VILLAGE, None)
        facts[COMMUNE] = code

    async def _take_link(self, ctx: Context, code: str) -> None:
        unit = code.removeprefix(HOME_LINK)
        place = await units.get(unit) if code.startswith(HOME_LINK) and units.is_code(unit) else None
        if place is not None:
            await self._set(ctx, place)

    async def _look_up(self, ctx: Context) -> None:
        """Find the commune of a group by its unit, that of a person by their roles."""
        if ctx.private:
            grants = (await self._who(ctx)).grants
            ids: Sequence[int] = [grant.unit_id for grant in grants if grant.unit_id is not None]
        else:
            channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
            ids = [] if channel is None else [channel.unit_id]
        for unit_id in ids:
            if await self.belongs(ctx, unit_id):
                return

    async def belongs(self, ctx: Context, unit_id: int) -> bool:
        """Let the commune of this unit answer from now on; return False if it is none of the installation's."""
        commune = await units.commune_of(unit_id, self._today(ctx))
        if commune is None or commune.code not in {one.code for one in self._all(ctx)}:
            return False
        ctx.session.facts[COMMUNE] = commune.code
        return True

    async def _who(self, ctx: Context) -> people.Who:
        return await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)

    def _to_menu(self, ctx: Context) -> list[Button]:
        return [Button.to(ctx.word("Về menu"), OpenMenu())]

    def _today(self, ctx: Context) -> date:
        return ctx.now.astimezone(self._zone).date()

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return “Thôn của tôi” in private, once there are villages to choose from."""
        if not ctx.private or VILLAGE not in ctx.session.facts:
            return []
        return [Button.to(ctx.word("Thôn của tôi"), AskHome(""))]


def _kept(ctx: Context, *, words: str = "", link: str = "") -> dict[str, str]:
    """Return the words or link to go on with, kept until the commune is known."""
    return {"words": words[:_LONGEST_KEPT], "link": link.strip()[:_LONGEST_KEPT], "at": ctx.now.isoformat()}


def _still_kept(ctx: Context) -> dict[str, str]:
    """Return the same, while an answer to it is not a surprise."""
    flow = ctx.flow
    if flow is None or flow.name != _FLOW or "at" not in flow.data:
        return {}
    return dict(flow.data) if ctx.now - datetime.fromisoformat(flow.data["at"]) <= _KEPT_FOR else {}


def build(conversation: HomeConversation) -> Router:
    router = Router()
    router.intercept(order=20)(conversation.settle)
    router.command("thon", "thôn của tôi", "xã của tôi", "đổi thôn", "đổi xã")(conversation.mine)
    router.action(LiveIn)(conversation.live_in)
    router.action(AskHome)(conversation.ask_again)
    router.action(SkipVillage)(conversation.skip)
    router.step(_FLOW, _ASKED, TextSent, figures=True)(conversation.answered)
    return router
