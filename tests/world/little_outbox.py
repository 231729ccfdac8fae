"""What the little town does with the outbox beyond a notice: announcing, editing, cancelling, and deciding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.router import Router
from bot.core.text import Text
from bot.features.outbox import bodies, detours
from bot.features.outbox.states import Decision
from bot.framework.services import AppServices
from bot.storage.sql import asked

from . import little_screens
from .little_screens import ScreenError

WAITS = 40.0
DECISIONS: tuple[Decision, ...] = ("received", "resend", "drop")


def _add_announcing(router: Router, services: AppServices, places: Mapping[str, Chat]) -> None:
    groups = {name: Chat(name, f"g-{name}", "group") for name in services.platforms}

    @router.command("bao", "báo", takes_args=True)
    async def announce(ctx: Context) -> None:
        """To everybody at once, in two parts for who has a small screen; the first chat tries it for the others."""
        number, _, token = ctx.args.partition(" ")
        async with ctx.changes():
            for name, chat in (*places.items(), *groups.items()):
                message = Message(Text.verbatim(f"Loan {token} tới {name}. " + "loan " * int(number) * 3))
                more = [Message(Text.verbatim(f"Phần sau của {token}."))] * (int(number) % 2)
                await services.outbox.add(
                    chat, [message, *more], key=f"loan:{token}:{name}", now=services.clock.now(), klass="routine",
                    announcement=int(number),
                )  # fmt: skip
            ctx.reply(Text.verbatim(f"Đã loan {token}."))

    @router.command("gap", "gấp", takes_args=True)
    async def urgent(ctx: Context) -> None:
        async with ctx.changes():
            for name, chat in places.items():
                await services.outbox.add(
                    chat, Message(Text.verbatim(f"Gấp {token_of(ctx)} tới {name}.")), key=f"gap:{token_of(ctx)}:{name}",
                    now=services.clock.now(), klass="urgent", expires_at=services.clock.now() + timedelta(seconds=40),
                )  # fmt: skip
            ctx.reply(Text.verbatim(f"Đã báo gấp {token_of(ctx)}."))


def token_of(ctx: Context) -> str:
    return ctx.args.split()[-1]


def _add_changing(router: Router, services: AppServices) -> None:
    @router.command("suatin", "sửa tin", takes_args=True)
    async def edit(ctx: Context) -> None:
        """Put other words in the place of the newest notice that was sent."""
        async with ctx.changes():
            rows = await asked("select package from outbox where package like 'note:%' order by id desc limit 1")
            for row in rows:
                message = Message(Text.verbatim(f"Sửa {ctx.args}."))
                await services.outbox.edit(
                    str(row["package"]), message, key=f"edit:{ctx.args}", now=services.clock.now()
                )
            ctx.reply(Text.verbatim(f"Đã sửa tin {ctx.args}."))

    @router.command("huytin", "hủy tin", takes_args=True)
    async def cancel(ctx: Context) -> None:
        async with ctx.changes():
            rows = await asked(
                "select package from outbox where package like 'loan:%' and state in ('pending', 'held')"
                " order by id desc limit 1"
            )
            for row in rows:
                await services.outbox.cancel(services.clock.now(), key=str(row["package"]), reason="by hand")
            ctx.reply(Text.verbatim(f"Đã hủy tin {ctx.args}."))

    @router.command("quyet", "quyết", takes_args=True)
    async def decide(ctx: Context) -> None:
        """Decide about what is unclear, and let go on what is held."""
        at, _, token = ctx.args.partition(" ")
        async with ctx.changes():
            rows = await asked("select id from outbox where state = 'uncertain' and decision = '' order by id")
            for row in rows:
                if not await services.outbox.decide(int(str(row["id"])), DECISIONS[int(at)], services.clock.now()):
                    raise ScreenError(f"row {row['id']} waits for a decision, and takes none")
            held = await asked("select distinct announcement from outbox where state = 'held' order by announcement")
            for row in held:
                number = int(str(row["announcement"]))
                reasons = await asked(
                    "select count(*) as n from outbox where announcement = ? and state = 'held' and reason in"
                    " ('breaker', 'poison', 'restored', 'quota', 'token')",
                    [number],
                )
                let_go = await services.outbox.resume(number, services.clock.now())
                little_screens.same("let go", let_go, reasons[0]["n"])
            ctx.reply(Text.verbatim(f"Đã quyết {token}."))


def _add_waiting(router: Router, services: AppServices, places: Mapping[str, Chat]) -> None:
    @router.command("thap", "thấp", takes_args=True)
    async def low(ctx: Context) -> None:
        """Tell somebody what can wait for the day's digest."""
        to, _, token = ctx.args.partition(" ")
        async with ctx.changes():
            await services.outbox.add(
                places[to], Message(Text.verbatim(f"Thấp {token}.")), key=f"low:{token}", now=services.clock.now(),
                low=True,
            )  # fmt: skip
            ctx.reply(Text.verbatim(f"Đã để đó {token}."))

    @router.command("hen", "hẹn", takes_args=True)
    async def later(ctx: Context) -> None:
        """Ask somebody for something, and not before a while has passed."""
        to, _, token = ctx.args.partition(" ")
        async with ctx.changes():
            now = services.clock.now()
            await services.outbox.add(
                places[to], Message(Text.verbatim(f"Hẹn {token}.")), key=f"ask:{token}", now=now, klass="request",
                not_before=now + timedelta(seconds=WAITS),
            )  # fmt: skip
            ctx.reply(Text.verbatim(f"Đã hẹn {token}."))

    @router.command("vong", "vòng", takes_args=True)
    async def around(ctx: Context) -> None:
        """Give what is stuck to the chat after the one that it was for."""
        async with ctx.changes():
            chats = [*places.values()]
            announcements = await asked("select distinct announcement from outbox order by announcement")
            for row in announcements:
                number = int(str(row["announcement"]))
                for package in await little_screens.stuck(number):
                    await _go_around(services, number, package, chats)
            if token_of(ctx)[-1] in "2468":  # somebody's own chat is gone for good
                for number, package in (await detours.waiting_in(chats[0].platform, chats[0].id))[:1]:
                    if number:
                        await _go_around(services, number, package, chats, waiting=True)
            ctx.reply(Text.verbatim(f"Đã vòng {ctx.args}."))


async def _go_around(
    services: AppServices, announcement: int, package: str, chats: Sequence[Chat], *, waiting: bool = False
) -> None:
    now = services.clock.now()
    expected = await little_screens.to_be_taken(package)
    rows = await detours.take_off(package, now, waiting=waiting)
    if not waiting:
        little_screens.same("taken off", [row.id for row in rows], expected)
    if not rows:
        return
    words = [Message(Text.join(" ", [Text.verbatim("Vòng"), one.text])) for one in await bodies.messages_of(rows)]
    before = await detours.tried(package)
    ids = [chat.id for chat in chats]
    own = rows[0].chat_id
    to = chats[(ids.index(own) + 1) % len(chats)] if own in ids else chats[0]
    key = f"via:{rows[0].id}"
    await services.outbox.add(to, words, key=key, now=now, announcement=announcement)
    await detours.note(key, package, now)
    little_screens.same("tried", [*await detours.tried(key)], list(dict.fromkeys([*before, to])))


def add(router: Router, services: AppServices, partners: Mapping[str, Chat]) -> None:
    _add_waiting(router, services, partners)
    _add_announcing(router, services, partners)
    _add_changing(router, services)
