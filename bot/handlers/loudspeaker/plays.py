"""Playing in the villages: the list of messages to play, and “Đã phát loa 17:00”."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.at_once import each
from bot.features.checkins.scope import FigureScope, scope
from bot.features.groups import channels
from bot.features.loudspeaker import due, plays
from bot.features.loudspeaker.actions import NotePlay, ShowPlan, ShowPlays
from bot.features.loudspeaker.plays import Playable
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights import Act
from bot.features.units import Place

from . import wording as texts
from .wording import UrlOf

_SHOWN = 6
_LISTED = 10
_LATE = 20


class PlayOutbox(Protocol):
    """The outbox, as far as it is needed here."""

    async def arrived(self, key: str, now: datetime) -> int: ...


class LoudspeakerPlayConversation:
    """`url_of` is the public address of a stored file."""

    def __init__(self, box: PlayOutbox, url_of: UrlOf) -> None:
        self._box = box
        self._url_of = url_of

    async def offer(self, ctx: Context, found: FigureScope) -> None:
        places = (found.here,) if found.here is not None else found.own
        lines: list[Text] = []
        buttons: list[Button] = []
        for place in places:
            for item in await plays.playable(place.id, ctx.now, _SHOWN - len(buttons)):
                name = ctx.t("{village}, {label}", village=place.full_name, label=item.label)
                lines.append(texts.line(ctx, name, item.recording, self._url_of, item.notice.title))
                buttons.append(self._played_button(ctx, place, item, 0, many=len(places) > 1))
        plan = Button.to(ctx.word("Lịch phát loa"), ShowPlan(""))
        if not buttons:
            ctx.reply(ctx.t("Hai tuần qua xã chưa gửi bản phát loa nào cho thôn."), [plan])
            return
        intro = ctx.t("Bản phát loa xã đã gửi. Phát xong, bác chọn “Đã phát”, hoặc gõ giờ: đã phát loa 17:00")
        ctx.reply(Text.join("\n", [intro, *lines]), [*buttons, plan], for_all=True)

    def _played_button(self, ctx: Context, place: Place, item: Playable, minute: int, *, many: bool) -> Button:
        label = ctx.word("Đã phát") + f" {item.label}" + (f" · {place.name}" if many else "")
        return Button.to(label, NotePlay(place.code, item.notice.number, minute))

    async def say_played(self, ctx: Context) -> None:
        """Note a play for “Đã phát loa 17:00”."""
        found = await self._scope(ctx)
        if found is None:
            ctx.reply(ctx.t("Việc phát loa là của cán bộ xã và Tổ công nghệ số của thôn."))
            return
        at = plays.when(ctx.args, ctx.now) or ctx.now
        if trouble := plays.problem(at, ctx.now):
            ctx.reply(ctx.t(trouble))
            return
        places = (found.here,) if found.here is not None else found.own
        found_at = await each([plays.playable(place.id, at, _SHOWN) for place in places])
        choices = [(place, item) for place, items in zip(places, found_at, strict=True) for item in items]
        if not choices:
            ctx.reply(ctx.t("Hai tuần qua xã chưa gửi bản phát loa nào cho thôn."))
        elif len(choices) == 1:
            await self._note(ctx, *choices[0], at)
        else:
            minute = int(at.timestamp()) // 60
            buttons = [
                self._played_button(ctx, place, item, minute, many=len(places) > 1) for place, item in choices[:_SHOWN]
            ]
            time = texts.moment(at, ctx.locale)
            ctx.reply(ctx.t("Lúc {time}, thôn đã phát bản nào?", time=time), buttons, for_all=True)

    async def note(self, ctx: Context, action: NotePlay) -> None:
        place = await units.get(action.unit)
        offered = [] if place is None else await plays.playable(place.id, ctx.now, _LISTED)
        item = next((one for one in offered if one.notice.number == action.number), None)
        if place is None or item is None:
            ctx.reply(ctx.t("Bản này không còn để ghi giờ phát. Bác gõ “loa” để xem các bản mới."))
            return
        at = ctx.now if not action.minute else _from_minute(action.minute, ctx.now)
        if trouble := plays.problem(at, ctx.now):
            ctx.reply(ctx.t(trouble))
            return
        await self._note(ctx, place, item, at)

    async def _note(self, ctx: Context, place: Place, item: Playable, at: datetime) -> None:
        """Note a play, for the village's leaders; a press in an announcement's group proves its arrival there."""
        who = await people.who(_account(ctx), ctx.now)
        allowed = await rights.decide(who, Act.ACKNOWLEDGE, place.id, on=ctx.now)
        if not allowed.allowed:
            ctx.reply(ctx.t(allowed.why))
            return
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        name, values = place.full_name, {"label": item.label, "time": texts.moment(at, ctx.locale)}
        async with ctx.changes():
            new = await plays.note(place.id, item, at, who.person_id, ctx.now)
            for target in await plays.targets(place.id, item, ctx.now):
                if channel is not None and channel.id == target.channel_id:
                    await self._box.arrived(target.package, ctx.now)
            if new:
                reply = ctx.t("✅ Đã ghi: {village} phát loa {label} lúc {time}. Cảm ơn bác.", village=name, **values)
            else:
                begun = upper_first(name)
                reply = ctx.t("{village} đã ghi phát loa {label} lúc {time} rồi.", village=begun, **values)
            ctx.reply(reply)

    async def log(self, ctx: Context, action: ShowPlays) -> None:
        """Show the officials the plays noted by all villages."""
        here = await self._scope(ctx)
        who = await people.who(_account(ctx), ctx.now)
        if here is None or not (await rights.decide(who, Act.BROADCAST, here.commune.id, on=ctx.now)).allowed:
            ctx.reply(ctx.t("Nhật ký phát loa của cả xã chỉ mở cho cán bộ xã."))
            return
        late = await self._late(ctx, here.commune.id) if ctx.private else []
        found = await plays.log(here.commune.id, ctx.now)
        if found:
            lines = [ctx.t("Các thôn đã phát loa trong hai tuần qua, mới nhất trước:")]
        else:
            lines = [ctx.t("Hai tuần qua chưa thôn nào ghi giờ phát loa.")]
        for one in found:
            place = await units.by_id(one.unit_id)
            values = {"label": f"TB-{one.number:04}", "village": "" if place is None else place.full_name}
            lines.append(ctx.t("• {time}: {village}, {label}", time=texts.moment(one.at, ctx.locale), **values))
        ctx.reply(Text.join("\n", [*late, *lines]))

    async def _late(self, ctx: Context, commune_id: int) -> list[Text]:
        """List the turns of the plans that have passed and were not noted as played."""
        found = await due.missed(commune_id, ctx.now)
        if not found:
            return []
        lines = [ctx.t("**Đã đến giờ theo lịch mà chưa ghi phát:**")]
        for one in found[:_LATE]:
            village = one.place.full_name + (f", {one.plan.spot}" if one.plan.spot else "")
            time = texts.moment(one.turn.at, ctx.locale)
            lines.append(ctx.t("• {village}: {label}, từ {time}", village=village, label=one.label, time=time))
        if len(found) > _LATE:
            lines.append(ctx.t("… và {count} lần khác.", count=len(found) - _LATE))
        return [*lines, Text.verbatim("")]

    async def _scope(self, ctx: Context) -> FigureScope | None:
        return await scope(_account(ctx), None if ctx.private else ctx.chat.id, ctx.now)


def _from_minute(minute: int, now: datetime) -> datetime:
    """Convert minutes since 1970; a forged number out of range becomes a time that is refused."""
    if abs(minute) > 2**31:
        return now + timedelta(days=1)
    return datetime.fromtimestamp(minute * 60, UTC)


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def build(conversation: LoudspeakerPlayConversation) -> Router:
    router = Router()
    router.command("daphatloa", "đã phát loa", "đã phát", "phát loa rồi", takes_args=True)(conversation.say_played)
    router.action(NotePlay)(conversation.note)
    router.action(ShowPlays)(conversation.log)
    return router
