"""An official of the little town who looks: each figure that the outbox tells is counted a second time, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.router import Router
from bot.core.text import Text
from bot.features.outbox import detours, pauses, stop_words
from bot.features.outbox.row import RowStop
from bot.features.outbox.states import Decision
from bot.framework.services import AppServices
from bot.storage.sql import Row, asked, moment

from .little_months import needs
from .little_months import told as told_by

CAUSES = ("cut", "lost", "")
CUT_OFF = "the sender stopped"
WAITING = ("pending", "held", "leased")
BUSY = (*WAITING, "sending")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class ScreenError(AssertionError):
    """What the official is shown is not what is there."""


def same(what: str, shown: object, there: object) -> None:
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
            await _forecast(services, [Chat(name, f"g-{name}", "group") for name in services.platforms])
            await _paused(services)
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

    @router.command("tat", "tắt", takes_args=True)
    async def switch(ctx: Context) -> None:
        """Switch the account of this chat's messenger off, and on again."""
        async with ctx.changes():
            await _switched(services, ctx.chat.platform)
            ctx.reply(Text.verbatim(f"Đã tắt bật {ctx.args}."))

    @router.command("nhac", "nhấc", takes_args=True)
    async def lift(ctx: Context) -> None:
        """Have the messengers tried again that named no time."""
        async with ctx.changes():
            now = services.clock.now()
            standing = [one.platform for one in await pauses.standing(now) if one.lifts]
            there = await asked("select platform from platform_values where key = 'pause' order by platform")
            lifted = await pauses.lift(now)
            same("lifted", lifted, [str(row["platform"]) for row in there])
            same("lifted, and standing", set(standing) - {*lifted}, set())
            same("still standing", [one for one in await pauses.standing(now) if one.lifts and one.until > now], [])
            ctx.reply(Text.verbatim(f"Đã nhấc {ctx.args}."))


async def _switched(services: AppServices, platform: str) -> None:
    rows, now = services.outbox.rows, services.clock.now()
    own = "from outbox where platform = ? and state in ('pending', 'held', 'leased')"
    held = "select count(*) as n from outbox where platform = ? and state = 'held' and reason = 'off'"
    going = await asked(f"select count(*) as n {own} and state <> 'held'", [platform])
    waiting = await asked(f"select count(*) as n {own}", [platform])
    stop = await rows.switched_off(platform, now)
    same("waits for an account that is off", (await asked(held, [platform]))[0]["n"], going[0]["n"])
    shown = None if stop is None else (stop.reason, stop.platform, stop.held, stop.announcement)
    same("the stop of an account", shown, ("off", platform, waiting[0]["n"], 0) if going[0]["n"] else None)
    await rows.switched_on(platform, now)
    same("waits for an account that is on", (await asked(held, [platform]))[0]["n"], 0)
    open_ones = "select count(*) as n from outbox_stops where reason = 'off' and platform = ? and resumed_at is null"
    same("stops of an account that is on", (await asked(open_ones, [platform]))[0]["n"], 0)


async def _paused(services: AppServices) -> None:
    now = services.clock.now()
    named = await asked("select platform from pauses where chat_id = '' and until > ?", [now])
    tried = await asked("select platform from platform_values where key = 'pause'")
    there = {str(row["platform"]): False for row in named} | {str(row["platform"]): True for row in tried}
    shown = [(one.platform, one.lifts) for one in await pauses.standing(now)]
    same("pauses", shown, sorted(there.items()))


async def stuck(announcement: int) -> list[str]:
    """Return the packages that have no way to their chat, as the outbox tells them."""
    found = await detours.stuck(announcement, LONG_AGO)
    rows = await asked(
        "select * from outbox where announcement = ? and package not in (select instead_of from detours)",
        [announcement],
    )
    same("stuck", found, sorted({str(row["package"]) for row in rows if row["state"] == "failed" or _stays(row)}))
    return found


def _stays(row: Row) -> bool:
    if row["state"] == "pending":
        return row["reason"] == "window"
    return row["state"] == "held" and row["reason"] in ("token", "off", "quota", "window")


async def to_be_taken(package: str) -> list[int]:
    """Return the rows, one for each part, of a package that may go another way; none where it must stay."""
    rows = await asked("select * from outbox where package = ? order by part, id", [package])
    gone = await asked("select 1 as found from detours where instead_of = ?", [package])
    last: list[Row] = []
    for part in sorted({int(str(row["part"])) for row in rows}):
        own = [row for row in rows if row["part"] == part]
        last.append(next((row for row in own if row["state"] == "sent"), own[-1]))
    waiting = [row for row in last if row["state"] in WAITING]
    unclear = any(row["state"] in ("sending", "uncertain", "expired") for row in last)
    hopeless = any(row["state"] == "failed" for row in last) if not waiting else _stays(waiting[0])
    return [int(str(row["id"])) for row in last] if hopeless and not unclear and not gone else []


_SAYS = {
    "breaker": "nhiều nhóm không nhận được", "poison": "không nhận nội dung này", "outage": "không thấy trả lời",
    "off": "đã được tắt", "token": "mã của bot ở đó",
}  # fmt: skip


async def stop_is_right(stop: RowStop) -> None:
    """See that what an official is told of a stop names its reason and how many rows it holds."""
    words = stop_words.words(stop, "TB-1", lambda locale, message, context=None: message, "vi").plain
    told = [reason for reason, sentence in _SAYS.items() if sentence in words]
    same("the reason of a stop", told, [stop.reason])
    same("the rows of a stop", f" {stop.held} tin" in words.replace("\n", " "), True)
    rows = await asked("select * from outbox_stops where id = ?", [stop.id])
    there = [(row["reason"], row["platform"], row["announcement"], row["held"]) for row in rows]
    same("the stop", there, [(stop.reason, stop.platform, stop.announcement, stop.held)])


async def _announcement(services: AppServices, announcement: int, rows: Sequence[Row]) -> None:
    detoured = {str(row["package"]) for row in await asked("select package from detours")}
    frozen = [
        row for row in rows
        if row["announcement"] == announcement and not row["resend_of"] and row["package"] not in detoured
    ]  # fmt: skip
    states = Counter((str(row["state"]), str(row["reason"])) for row in frozen)
    standing = await services.outbox.standing(announcement)
    same("standing", {(one.state, one.reason): one.rows for one in standing}, dict(states))
    for one in standing:
        times = [
            moment(row["not_before"]) for row in frozen if (row["state"], row["reason"]) == (one.state, one.reason)
        ]
        same("first time", one.not_before, min(times))
    counts = await services.outbox.rows.counts(announcement)
    same("counts", counts, dict(Counter(str(row["state"]) for row in frozen)))
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
    same("stops", [stop.id for stop in stops], there)


async def _platform(services: AppServices, platform: str, rows: Sequence[Row]) -> None:
    here = [row for row in rows if row["platform"] == platform]
    until = services.clock.now() + timedelta(seconds=20)
    waiting = [row for row in here if row["state"] in WAITING]
    routine = sum(row["klass"] == "routine" for row in waiting)
    same("waiting", await services.outbox.rows.waiting(platform), routine)
    planned = sum(moment(row["not_before"]) < until for row in waiting)
    same("planned", await services.outbox.rows.planned(platform, until), planned)
    running = {int(str(row["announcement"])) for row in here if row["announcement"]
               and (row["state"] in BUSY or (row["state"] == "uncertain" and not row["decision"]))}  # fmt: skip
    same("running", await services.outbox.rows.running(platform), sorted(running))
    taken = Counter(str(row["chat_kind"]) for row in here if row["klass"] == "routine" and row["state"] in BUSY[2:])
    same("on their way", await services.outbox.rows.on_their_way(platform), taken)


async def _packages(services: AppServices, rows: Sequence[Row]) -> None:
    for package in dict.fromkeys(str(row["package"]) for row in rows[-6:]):
        own = [row for row in rows if row["package"] == package]
        sent = {int(str(row["part"])): str(row["message_id"]) for row in own if row["state"] == "sent"}
        delivered = await services.outbox.rows.delivered(package)
        same("delivered", {one.part: one.message_id for one in delivered}, dict(sorted(sent.items())))
        same(
            "whole", await services.outbox.rows.is_whole(package), sent.keys() == {int(str(row["part"])) for row in own}
        )


async def _forecast(services: AppServices, chats: Sequence[Chat]) -> None:
    message = Message(Text.verbatim("Ngắn."))
    now = services.clock.now()
    before = {name: await platform.usage() for name, platform in services.platforms.items()}
    for need in await services.outbox.forecast(chats, message, now=now):
        there = [chat for chat in chats if chat.platform == need.platform]
        caps = services.platforms[need.platform].capabilities[there[0].kind]
        own = len(there) if caps.push != "never" else 0
        if caps.push == "window":
            own = sum([await _is_open(chat, now - timedelta(hours=caps.window_hours)) for chat in there])
        same("forecast", (need.calls, need.unreachable), (own, len(there) - own))
        first, usage = before[need.platform], await services.platforms[need.platform].usage()
        if first is None or usage is None or usage.sent_limit is None:
            same("left", (need.left, need.for_bulk, need.limit, need.missing()), (None, None, 0, 0))
            continue
        if there[0].kind not in usage.kinds:
            same("left of what is not counted", (need.left, need.counted, need.missing()), (None, 0, 0))
            continue
        # The messenger takes messages meanwhile: what was left at some moment of the look is right.
        rows = await asked("select * from outbox where platform = ?", [need.platform])
        moments = [needs(sent, usage, own, own, now, rows) for sent in range(first.sent, usage.sent + 1)]
        told = told_by(need)
        same("need", told, told if told in moments else moments[0])


async def _is_open(chat: Chat, since: datetime) -> bool:
    """Whether somebody has written there since, and the messenger has refused nothing after that."""
    own = [chat.platform, chat.id]
    noted = await asked("select noted_at from inbox where platform = ? and chat_id = ?", own)
    rows = await asked("select state, updated_at from outbox where platform = ? and chat_id = ? and reason = 'window'",
                       own)  # fmt: skip
    shut = [moment(row["updated_at"]) for row in rows if row["state"] in ("pending", "leased", "sending")]
    return any(moment(row["noted_at"]) > since and all(at < moment(row["noted_at"]) for at in shut) for row in noted)


async def _decided(services: AppServices, announcement: int, number: int, rows: Sequence[Row]) -> None:
    now = services.clock.now()
    if number == 0:
        done = await services.outbox.retry(announcement, now)
        again = await asked("select count(*) as n from outbox where announcement = ? and resend_of <> 0 and state ="
                            " 'pending' and created_at = ?", [announcement, now])  # fmt: skip
        same("tried again", done, again[0]["n"])
        same("tried once more", await services.outbox.retry(announcement, now), 0)
        return
    cause, decisions = CAUSES[number % 3], ("received", "resend", "drop")
    decision: Decision = decisions[number % 3]  # type: ignore[assignment]
    since = now - timedelta(seconds=60)
    there = [row for row in rows if row["state"] == "uncertain" and not row["decision"]
             and since <= moment(row["updated_at"]) <= now
             and (not cause or (row["reason"] == CUT_OFF) == (cause == "cut"))]  # fmt: skip
    done = await services.outbox.decide_all(announcement, decision, now, since=since, until=now, cause=cause)
    same("decided", done, len(there))
