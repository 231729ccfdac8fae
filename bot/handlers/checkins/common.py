"""The common ground of the conversations about check-ins: indicators, rights, and notices to the people concerned."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.context import Context, ReaderWords
from bot.core.events import Chat, Edited, TextSent, is_addressed
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import rights, units
from bot.features.at_once import at_once
from bot.features.audit import Audit
from bot.features.calendar import periods
from bot.features.calendar.periods import CADENCES, CutOff, Period
from bot.features.checkins import indicators, targets
from bot.features.checkins.model import Indicator
from bot.features.checkins.rounds import Rounds
from bot.features.checkins.scope import FigureScope, scope
from bot.features.notices import delivery_channels
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.outbox.states import Klass
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.rights.table import RightsCell
from bot.features.rights.table import Scope as Reach
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of
from bot.i18n import msg

log = logging.getLogger(__name__)

NO_ROLE = msg(
    "Việc báo số liệu là của Tổ công nghệ số và cán bộ xã. Bác có mã mời thì gửi mã cho tôi trên ứng dụng nhắn tin, "
    "ở cuộc trò chuyện riêng."
)
_OF_COMMUNE = msg("Việc này là của cán bộ xã.")
IN_PRIVATE = msg("Việc này tôi chỉ làm trong nhắn tin riêng, không nêu số từng nơi trước nhóm. Bác nhắn riêng nhé.")
_USUAL = frozenset({"TT02", "TC05", "AT01", "CQ01", "XH01", "CQ02", "TC06", "KT01", "TT01"})
"""What is asked for each week and month where no targets are set."""
_LONGEST_KEY = 90


class CheckinService(Struct, frozen=True):
    """`indicators` are those counted now, `cut_off` is the commune's."""

    rounds: Rounds
    outbox: NoticeOutbox
    audit: Audit
    cut_off: CutOff = "calendar"
    indicators: Callable[[], Awaitable[Sequence[Indicator]]] = indicators.active

    async def scope(self, ctx: Context) -> FigureScope | None:
        """Return the villages for which the sender may report; None for somebody without a role."""
        return await scope(account_of(ctx), None if ctx.private else ctx.chat.id, ctx.now)

    async def who(self, ctx: Context) -> Who:
        return await people.who(account_of(ctx), ctx.now)

    async def official(self, ctx: Context, act: Act) -> tuple[FigureScope, RightsCell] | None:
        """Return the scope of an official of the commune in private, and the cell of their right; refuse otherwise."""
        found = await self.scope(ctx)
        who = await self.who(ctx)
        commune_id = None if found is None else found.commune.id
        decision = await rights.decide(who, act, commune_id, on=ctx.now)
        if found is None or not decision.allowed or decision.cell.scope is not Reach.COMMUNE:
            ctx.reply(ctx.t(decision.why or _OF_COMMUNE))
        elif not ctx.private:
            ctx.reply(ctx.t(IN_PRIVATE))
        else:
            return found, decision.cell
        return None

    async def wanted(self, place: Place, ctx: Context) -> list[Indicator]:
        """Return the indicators asked of a village: those with a target now, else the usual ones."""
        today = periods.today(ctx.now)
        names = [periods.at(today, cadence, self.cut_off).name for cadence in CADENCES]
        goals, counted = await at_once(targets.of_unit(place.id, names), self.indicators())
        codes = {indicator for _, indicator in goals} or _USUAL
        return [one for one in counted if one.code in codes]

    async def place(self, unit_id: int) -> Place:
        place = await units.by_id(unit_id)
        if place is None:
            raise LookupError(f"unit {unit_id} is gone")
        return place

    async def tell(
        self,
        person_ids: Iterable[int],
        text: Text,
        key: str,
        now: datetime,
        buttons: Sequence[Button] = (),
        *,
        klass: Klass = "notice",
    ) -> int:
        """Send each person a notice in private, inside the caller's transaction; return how many can be reached."""
        told = 0
        for person_id in person_ids:
            for chat in (await delivery_channels.to_person(self.outbox, person_id, now))[:1]:
                told += await self.put(chat, Message(text, tuple(buttons)), f"{key}-{person_id}", now, klass)
        return told

    async def put(self, chat: Chat, message: Message, key: str, now: datetime, klass: Klass = "notice") -> bool:
        """Add a row to the outbox; return False when the chat's messenger is switched off."""
        try:
            await self.outbox.add(chat, message, key=key[:_LONGEST_KEY], now=now, klass=klass)
        except LookupError:
            log.warning("a notice about check-ins has no way out: %s is off", chat.platform)
            return False
        return True


def text_of(ctx: Context) -> str:
    """Return the words of the event, "" for a press."""
    return ctx.event.text if isinstance(ctx.event, TextSent | Edited) else ""


def is_addressed_here(ctx: Context) -> bool:
    """Return whether the words are for the bot: False for talk among the members of a group."""
    return ctx.private or is_addressed(ctx.event)


def named(ctx: ReaderWords, of: Period) -> str:
    """Name a period in the language of the reader."""
    template, values = of.wording
    return ctx.t(template, **values).plain
