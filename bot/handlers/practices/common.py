"""The common ground of the conversations about good practice: its buttons, its card, rights."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.practices import practices
from bot.features.practices.practices import STATES, Practice
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, LEADER, Condition, Scope
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, to_menu

FLOW = "practice"


class NewPractice(Action, code="clm"):
    pass


class HandIn(Action, code="clg"):
    """`named`: no, yes (they agreed) or ask."""

    practice: int
    version: int
    named: str


class DropPractice(Action, code="clb"):
    practice: int
    version: int


class OpenPractice(Action, code="cl"):
    practice: int


class PublishPractice(Action, code="cld"):
    practice: int
    version: int


class EditPractice(Action, code="cls"):
    practice: int
    version: int


class RefusePractice(Action, code="clk"):
    practice: int
    version: int


class UsePractice(Action, code="cla"):
    """`unit` "" is the presser's own village."""

    practice: int
    unit: str


class ShowPracticeDigest(Action, code="clt"):
    """Show the practices published in a month (`2026-11`)."""

    month: str


class PracticeService(Struct, frozen=True):
    mail: Mail
    audit: Audit

    def offer(self, one: Practice, word: Callable[[str], str] | None = None) -> list[Button]:
        """Return the buttons of who reviews it, in the installation's language without `word`."""
        word = word or self.mail.word
        return [
            Button.to(word("Đăng"), PublishPractice(one.id, one.version)),
            Button.to(word("Sửa lời"), EditPractice(one.id, one.version)),
            Button.to(word("Không đăng"), RefusePractice(one.id, one.version)),
        ]

    async def newer(self, ctx: Context, practice_id: int) -> None:
        one = await practices.get(practice_id)
        if one is None:
            ctx.reply(ctx.t("Không còn tin này, hoặc tin không phải của bác."), to_menu(ctx))
            return
        note = ctx.t("Tin này vừa thay đổi, tình hình bây giờ:")
        buttons = self.offer(one) if one.state == "waiting" and await self._reviewer(ctx, one) else []
        ctx.reply(Text.join("\n", [note, await self.card(ctx, one)]), [*buttons, *to_menu(ctx)])

    async def _reviewer(self, ctx: Context, one: Practice) -> bool:
        return await may_review(await people.who(account_of(ctx), ctx.now), one.unit_id, ctx.now)

    async def card(self, ctx: Context, one: Practice) -> Text:
        place = await units.by_id(one.unit_id)
        lines = [
            ctx.t(
                "**{title}** ({state}), {village}",
                title=one.title,
                state=ctx.word(STATES[one.state]),
                village=full(place),
            ),
            ctx.t("Cách làm: {text}", text=one.text),
            ctx.t("Kết quả: {result}", result=one.result),
        ]
        if one.named:
            lines.append(ctx.t("Có nêu tên người, đã được đồng ý."))
        if one.reason:
            lines.append(ctx.t("Lý do: {reason}", reason=one.reason))
        if taken_up := await practices.users(one.id):
            lines.append(ctx.t("Đã áp dụng: {names}", names=", ".join(taken_up)))
        return Text.join("\n", lines)


async def may_review(who: Who, unit_id: int, now: datetime) -> bool:
    """Return whether somebody decides on the practices that a commune publishes."""
    decision = await rights.decide(who, Act.GOOD_PRACTICE, unit_id, on=now)
    return decision.allowed and decision.cell.scope is Scope.COMMUNE and decision.cell.condition is Condition.NONE


def full(place: Place | None) -> str:
    return "" if place is None else place.full_name


async def writes_for(ctx: Context, who: Who) -> Place | None:
    """Return the unit for which somebody may hand in a good practice; a village before the commune."""
    found = []
    for grant in who.grants:
        cell = rights.cell_of(grant.role, Act.GOOD_PRACTICE)
        if grant.unit_id is not None and cell.scope is not Scope.NONE and cell.condition is not Condition.COMMENT:
            place = await units.successor(grant.unit_id, ctx.now.astimezone(VIETNAM).date())
            if place is not None:
                found.append(place)
    return min(found, key=lambda one: one.level != "village", default=None)


async def commune_of(ctx: Context, who: Who) -> Place | None:
    """Return the commune of somebody's first role that has to do with good practice."""
    for grant in who.grants:
        if grant.unit_id is not None and rights.cell_of(grant.role, Act.GOOD_PRACTICE).scope is not Scope.NONE:
            return await units.commune_of(grant.unit_id, ctx.now.astimezone(VIETNAM).date())
    return None


async def same_commune(ctx: Context, who: Who, unit_id: int) -> bool:
    mine, theirs = await commune_of(ctx, who), await units.commune_of(unit_id, ctx.now.astimezone(VIETNAM).date())
    return mine is not None and theirs is not None and mine.id == theirs.id


async def led(ctx: Context, who: Who, roles: Collection[str] = (LEADER, DEPUTY)) -> list[Place]:
    """Return the villages that somebody leads, or in which they hold another of these roles."""
    day = ctx.now.astimezone(VIETNAM).date()
    found = {}
    for grant in who.grants:
        if grant.role in roles and grant.unit_id is not None:
            place = await units.successor(grant.unit_id, day)
            if place is not None:
                found[place.id] = place
    return list(found.values())


def month_of(name: str) -> tuple[date, date] | None:
    """Return the first and last day of `2026-11`; None if it is no month."""
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError:
        return None
    if not 2000 <= first.year < 3000:
        return None
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
