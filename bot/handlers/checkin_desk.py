"""What every conversation about check-ins needs: the catalogue of indicators, who may do what, and whom to tell."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.context import Context
from bot.core.events import Chat, Edited, Said, is_addressed
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import people, rights, units, ways
from bot.features.accounts import Account
from bot.features.audit import Audit
from bot.features.checkins import indicators, periods, targets
from bot.features.checkins.model import CADENCES, Indicator
from bot.features.checkins.periods import CutOff, Period
from bot.features.checkins.rounds import Rounds
from bot.features.checkins.scope import Scope, scope
from bot.features.people import Who
from bot.features.post import Post
from bot.features.rights import Act
from bot.features.rights.table import Cell
from bot.features.rights.table import Scope as Reach
from bot.features.units import Place
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


@dataclass(frozen=True)
class Desk:
    """`indicators` are those counted now, `cut_off` is the commune's."""

    rounds: Rounds
    post: Post
    audit: Audit
    cut_off: CutOff = "calendar"
    indicators: Callable[[], Awaitable[Sequence[Indicator]]] = indicators.active

    async def scope(self, ctx: Context) -> Scope | None:
        """For whom the sender may report; None for somebody without a role."""
        return await scope(account(ctx), None if ctx.private else ctx.chat.id, ctx.now)

    async def who(self, ctx: Context) -> Who:
        return await people.who(account(ctx), ctx.now)

    async def official(self, ctx: Context, act: Act) -> tuple[Scope, Cell] | None:
        """An official of the commune in a private chat, and what the rights say; otherwise the refusal is said."""
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
        """What is asked of a village: what it has targets for now, else the usual ones."""
        today = periods.today(ctx.now)
        names = [periods.at(today, cadence, self.cut_off).name for cadence in CADENCES]
        goals = {goal.indicator for name in names for goal in await targets.of_period(name, [place.id])}
        codes = goals or _USUAL
        return [one for one in await self.indicators() if one.code in codes]

    async def place(self, unit_id: int) -> Place:
        place = await units.by_id(unit_id)
        if place is None:
            raise LookupError(f"unit {unit_id} is gone")
        return place

    async def tell(
        self, person_ids: Iterable[int], text: Text, key: str, now: datetime, buttons: Sequence[Button] = ()
    ) -> int:
        """A notice in private to each person, inside the caller's transaction; returns how many can be reached."""
        told = 0
        for person_id in person_ids:
            for chat in (await ways.to_person(self.post, person_id, now))[:1]:
                told += await self.put(chat, Message(text, tuple(buttons)), f"{key}-{person_id}", now)
        return told

    async def put(self, chat: Chat, message: Message, key: str, now: datetime) -> bool:
        """A row of the outbox; False when the chat's messenger is switched off."""
        try:
            await self.post.add(chat, message, key=key[:_LONGEST_KEY], now=now)
        except LookupError:
            log.warning("a notice about check-ins has no way out: %s is off", chat.platform)
            return False
        return True


def account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def text_of(ctx: Context) -> str:
    """The words of the event, "" for a press."""
    return ctx.event.text if isinstance(ctx.event, Said | Edited) else ""


def spoken_to(ctx: Context) -> bool:
    """False for what somebody says in a group to the others."""
    return ctx.private or is_addressed(ctx.event)


def named(ctx: Context, of: Period) -> str:
    """A period in the words of the reader."""
    template, values = of.wording
    return ctx.t(template, **values).plain
