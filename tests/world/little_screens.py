"""An official of the little town who looks: each figure that the outbox tells is counted a second time, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.router import Router
from bot.core.text import Text
from bot.features.outbox.states import Decision
from bot.framework.services import AppServices
from bot.storage.sql import Row, asked, moment

CAUSES = ("cut", "lost", "")
CUT_OFF = "the sender stopped"
WAITING = ("pending", "held", "leased")
BUSY = (*WAITING, "sending")


class ScreenError(AssertionError):
    """What the official is shown is not what is there."""


def _is(what: str, shown: object, there: object) -> None:
    if shown != there:
        raise ScreenError(f"{what}: {shown!r} is shown, {there!r} is there")


def add(router: Router, services: AppServices, places: Mapping[str, Chat]) -> None:
    @router.command("soi", takes_args=True)
    async def look(ctx: Context) -> None:
        """Look at the newest announcement and at its messengers."""
        async with ctx.changes():
            rows = await asked("select * from outbox order by id")
            announcement = max((int(str(row["announcement"])) for row in rows), default=0)
            if announcement:
                await _announcement(services, announcement, rows)
            for platform in services.platforms:
                await _platform(services, platform, rows)
            await _packages(services, rows)
            await _forecast(services, [*places.values()])
            ctx.reply(Text.verbatim(f"Đã soi {ctx.args}."))

    @router.command("xu", "xử", takes_args=True)
    async def decide(ctx: Context) -> None:
        """Decide about all that is unclear of one announcement, or have what failed tried again."""
        number, _, token = ctx.args.partition(" ")
        async with ctx.changes():
            rows = await asked("select * from outbox where announcement > 0 and state in ('uncertain', 'failed')")
            for announcement in sorted({int(str(row["announcement"])) for row in rows}):
                of = [row for row in rows if row["announcement"] == announcement]
                await _decided(services, announcement, int(number), of)
            ctx.reply(Text.verbatim(f"Đã xử {token}."))


async def _announcement(services: AppServices, announcement: int, rows: Sequence[Row]) -> None:
    frozen = [row for row in rows if row["announcement"] == announcement and not row["resend_of"]]
    states = Counter((str(row["state"]), str(row["reason"])) for row in frozen)
    standing = await services.outbox.standing(announcement)
    _is("standing", {(one.state, one.reason): one.rows for one in standing}, dict(states))
    for one in standing:
        times = [
            moment(row["not_before"]) for row in frozen if (row["state"], row["reason"]) == (one.state, one.reason)
        ]
        _is("first time", one.not_before, min(times))
    counts = await services.outbox.rows.counts(announcement)
    _is("counts", counts, dict(Counter(str(row["state"]) for row in frozen)))
    stops = await services.outbox.stops(announcement)
    found = await asked("select * from outbox_stops where resumed_at is null order by id")
    own = {(str(row["platform"]), str(row["reason"])) for row in rows
           if row["announcement"] == announcement and row["state"] == "held"}  # fmt: skip
    there = [
        int(str(stop["id"]))
        for stop in found
        if stop["announcement"] in (announcement, 0)
        and any(reason == stop["reason"] and stop["platform"] in ("", platform) for platform, reason in own)
    ]
    _is("stops", [stop.id for stop in stops], there)


async def _platform(services: AppServices, platform: str, rows: Sequence[Row]) -> None:
    here = [row for row in rows if row["platform"] == platform]
    until = services.clock.now() + timedelta(seconds=20)
    waiting = [row for row in here if row["state"] in WAITING]
    routine = sum(row["klass"] == "routine" for row in waiting)
    _is("waiting", await services.outbox.rows.waiting(platform), routine)
    planned = sum(moment(row["not_before"]) < until for row in waiting)
    _is("planned", await services.outbox.rows.planned(platform, until), planned)
    running = {int(str(row["announcement"])) for row in here if row["announcement"]
               and (row["state"] in BUSY or (row["state"] == "uncertain" and not row["decision"]))}  # fmt: skip
    _is("running", await services.outbox.rows.running(platform), sorted(running))
    taken = Counter(str(row["chat_kind"]) for row in here if row["klass"] == "routine" and row["state"] in BUSY[2:])
    _is("on their way", await services.outbox.rows.on_their_way(platform), taken)


async def _packages(services: AppServices, rows: Sequence[Row]) -> None:
    for package in dict.fromkeys(str(row["package"]) for row in rows[-6:]):
        own = [row for row in rows if row["package"] == package]
        sent = {int(str(row["part"])): str(row["message_id"]) for row in own if row["state"] == "sent"}
        delivered = await services.outbox.rows.delivered(package)
        _is("delivered", {one.part: one.message_id for one in delivered}, dict(sorted(sent.items())))
        _is(
            "whole", await services.outbox.rows.is_whole(package), sent.keys() == {int(str(row["part"])) for row in own}
        )


async def _forecast(services: AppServices, chats: Sequence[Chat]) -> None:
    message = Message(Text.verbatim("Ngắn."))
    before = {name: await platform.usage() for name, platform in services.platforms.items()}
    for need in await services.outbox.forecast(chats, message, now=services.clock.now()):
        own = sum(chat.platform == need.platform for chat in chats)
        _is("forecast", (need.calls, need.unreachable), (own, 0))
        first, usage = before[need.platform], await services.platforms[need.platform].usage()
        if first is not None and usage is not None and usage.sent_limit is not None:
            # The messenger takes messages meanwhile: what was left at some moment of the look is right.
            moments = [max(0, usage.sent_limit - sent) for sent in range(first.sent, usage.sent + 1)]
            left = need.left if need.left in moments else moments[0]
            _is("left", (need.left, need.counted, need.limit), (left, own, usage.sent_limit))
            _is("missing", need.missing(urgent=True), max(0, own - left))


async def _decided(services: AppServices, announcement: int, number: int, rows: Sequence[Row]) -> None:
    now = services.clock.now()
    if number == 0:
        done = await services.outbox.retry(announcement, now)
        again = await asked("select count(*) as n from outbox where announcement = ? and resend_of <> 0 and state ="
                            " 'pending' and created_at = ?", [announcement, now])  # fmt: skip
        _is("tried again", done, again[0]["n"])
        _is("tried once more", await services.outbox.retry(announcement, now), 0)
        return
    cause, decisions = CAUSES[number % 3], ("received", "resend", "drop")
    decision: Decision = decisions[number % 3]  # type: ignore[assignment]
    since = now - timedelta(seconds=60)
    there = [row for row in rows if row["state"] == "uncertain" and not row["decision"]
             and since <= moment(row["updated_at"]) <= now
             and (not cause or (row["reason"] == CUT_OFF) == (cause == "cut"))]  # fmt: skip
    done = await services.outbox.decide_all(announcement, decision, now, since=since, until=now, cause=cause)
    _is("decided", done, len(there))
