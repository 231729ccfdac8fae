"""Rarer things that the little town asks of the outbox: news of a minute, a person's word, a restore, other hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.router import Router
from bot.core.text import Text
from bot.features.notices.news import News, NewsNotices
from bot.features.outbox import detours
from bot.features.outbox.homes import BotHome
from bot.framework.services import AppServices
from bot.storage.sql import asked, moment

from .little_place import place_of
from .little_screens import same
from .timeline import BEGAN

if TYPE_CHECKING:
    from .world import World

HOMES = {"rich": BotHome(7, "b7")}
"""The rich messenger's bot belongs to one commune; that changes nothing here but what is told of it."""
LEAVES_WITHIN, NOTED_WITHIN, FEW = 0.15, 0.05, 4
"""Seconds from the commit of a notice to its call, and from the answer to its note; of how many at least."""
LEFT_ALONE = "('decision', 'poison', 'breaker', 'token', 'off', 'quota')"


def add(router: Router, services: AppServices, places: Mapping[str, Chat]) -> None:
    news = NewsNotices(services.outbox)

    @router.command("moi", takes_args=True)
    async def tell_news(ctx: Context) -> None:
        """Tell somebody news twice; what is not the first within a minute waits for the others."""
        to, _, token = ctx.args.partition(" ")
        async with ctx.changes():
            for nth in (1, 2):
                one = News("retired", Text.verbatim(f"Mới {token}-{nth}."))
                await news.tell(places[to], one, services.clock.now())
            ctx.reply(Text.verbatim(f"Đã có tin mới {token}."))

    @router.command("chung", takes_args=True)
    async def vouch(ctx: Context) -> None:
        """Take somebody's word for what nobody knows whether it arrived, or for the last part of what waits."""
        async with ctx.changes():
            unclear = await asked(
                "select package from outbox where state = 'uncertain' or (state = 'pending' and part > 1)"
                " order by state desc, id desc limit 1"
            )
            for row in unclear:
                await services.outbox.vouched(str(row["package"]), services.clock.now())
            ctx.reply(Text.verbatim(f"Đã xử lời {ctx.args}."))

    @router.command("phuc", takes_args=True)
    async def restore(ctx: Context) -> None:
        """Hold what waits as a restore does, and let it go."""
        async with ctx.changes():
            await asked(
                "update outbox set state = 'held', reason = 'restored', token = '' where state in ('pending', 'held')"
                f" and reason not in {LEFT_ALONE}"
            )
            rows = await asked("select distinct announcement from outbox where reason = 'restored' order by 1")
            for row in rows:
                await services.outbox.resume(int(str(row["announcement"])), services.clock.now())
            left = await asked("select count(*) as n from outbox where reason = 'restored'")
            same("still held after a restore", left[0]["n"], 0)
            ctx.reply(Text.verbatim(f"Đã phục hồi {ctx.args}."))

    @router.command("gio", takes_args=True)
    async def hours(ctx: Context) -> None:
        async with ctx.changes():
            await services.outbox.quiet_changed(services.clock.now())
            _homes_are_right(services)
            for chat in places.values():
                await _waiting_is_right(chat)
            ctx.reply(Text.verbatim(f"Đã đổi giờ {ctx.args}."))


def _homes_are_right(services: AppServices) -> None:
    own, others = services.outbox.capabilities_for(7), services.outbox.capabilities_for(8)
    same("ways of the bot's own commune", {*own}, {"rich", "plain"})
    same("ways of another commune", {*others}, {"plain"})
    nobody_s = replace(services.outbox, homes={})
    same("ways where all bots are everybody's", {*nobody_s.capabilities_for(8)}, {"rich", "plain"})


async def _waiting_is_right(chat: Chat) -> None:
    found = await detours.waiting_in(chat.platform, chat.id)
    rows = await asked(
        "select announcement, package from outbox where platform = ? and chat_id = ?"
        " and state in ('pending', 'held', 'leased') order by id",
        [chat.platform, chat.id],
    )
    same("waiting in a chat", found, [*dict.fromkeys((row["announcement"], row["package"]) for row in rows)])
    ways = await asked("select package, instead_of from detours")
    earlier = {str(row["package"]): str(row["instead_of"]) for row in ways}
    wanted = {}
    for package in earlier:
        at = package
        chain: list[str] = []
        while at in earlier:
            at = earlier[at]
            chain.insert(0, at)
        wanted[package] = chain
    same("ways before", {key: [*value] for key, value in (await detours.before([*earlier])).items()}, wanted)


def violations(world: World) -> Iterator[str]:
    yield from _news(world)
    if not world.plan.faults and place_of(world.plan.seed).nodes == 1:
        yield from _prompt(world)


def _news(world: World) -> Iterator[str]:
    """What was news stands once in its chat's rows: by itself, or with the others of its minute."""
    rows = world.disk.ask(
        "select package, part, state, reason, message, chat_id from outbox"
        " where package like 'news:%' and resend_of = 0"
    )
    for said in world.said:
        if not said.answer.startswith("Đã có tin mới "):
            continue
        token = said.answer.removeprefix("Đã có tin mới ").rstrip(".")
        for nth in (1, 2):
            own = [row for row in rows if f"Mới {token}-{nth}." in str(row[4])]
            gathered = [row for row in own if row[1] == 0]
            told = [row for row in own if row[1]]
            if len({row[5] for row in own}) != 1 or len(gathered) > 1 or len(told) > 1:
                yield f"digest: news {token}-{nth} stands in {[row[0] for row in own]}"
            if [one for one in gathered if one[2:4] == ("held", "together")] and _first_waits(rows, own[0][5]):
                continue
            if gathered and (gathered[0][2], gathered[0][3]) != ("cancelled", "in the digest"):
                yield f"digest: news {token}-{nth} is {gathered[0][2]} ({gathered[0][3]})"
            if not told and not any(row[3] == "in the digest" for row in gathered):
                yield f"digest: news {token}-{nth} is nowhere"


def _prompt(world: World) -> Iterator[str]:
    """Where nothing goes wrong, most notices leave within moments, and what became of them is written down at once.

    Some wait for a place in their chat's minute, a window or an hour, so it is the middle one that is looked at.
    """
    first = {call.key: call for vendor in world.vendors.values() for call in reversed(vendor.calls)}
    rows = (
        "select id, created_at, not_before, updated_at from outbox where state = 'sent' and announcement = 0"
        " and resend_of = 0"
    )
    left, noted = [], []
    for number, created, since, updated in world.disk.ask(rows):
        call = first.get(f"row:{number}")
        if call is not None and call.ended is not None:
            left.append(call.at - (max(moment(created), moment(since)) - BEGAN).total_seconds())
            noted.append((moment(updated) - BEGAN).total_seconds() - call.ended)
    for what, times, most in (("leave", left, LEAVES_WITHIN), ("are noted", noted, NOTED_WITHIN)):
        if len(times) >= FEW and median(times) > most:
            yield f"prompt: notices {what} after {median(times):.2f} s, and nothing was wrong"


def _first_waits(rows: Sequence[Sequence[object]], chat: object) -> bool:
    """Tell whether the first of the news of this chat has not left yet: the others wait behind it."""
    return any(row[1] and row[5] == chat and row[2] in ("pending", "held", "leased", "sending") for row in rows)
