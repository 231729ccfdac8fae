"""The speaker's account, the units of their roles, whether the chat is private, and the button back to the menu."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.people.accounts import Account
from bot.features.people.people import Grant, Who
from bot.features.units import Place


class OpenMenu(Action, code="m"):
    pass


class NotThis(Action, code="nt"):
    """“Không phải”: nothing of what was offered is meant."""


def account_of(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def in_private(ctx: Context) -> bool:
    if not ctx.private:
        ctx.reply(ctx.t("Việc này bác làm trong cuộc trò chuyện riêng với tôi."))
    return ctx.private


def to_menu(ctx: Context) -> list[Button]:
    return [Button.to(ctx.word("Về menu"), OpenMenu())]


def role_name(ctx: Context, role: str) -> str:
    return ctx.word(rights.ROLES[role])


async def role_in_unit(ctx: Context, grant: Grant) -> Text:
    unit = await units.by_id(grant.unit_id or 0)
    place = unit.full_name if unit is not None else ""
    return ctx.t("**{role}**, {unit}", role=role_name(ctx, grant.role), unit=place)


async def reach(ctx: Context, who: Who, roles: set[str]) -> list[Place]:
    return await reach_of(who, roles, ctx.now)


async def reach_of(who: Who, roles: AbstractSet[str], now: datetime) -> list[Place]:
    """Return the units of the person's grants with one of these roles; the whole commune for an official."""
    found: dict[int, Place] = {}
    today = now.astimezone(VIETNAM).date()
    for grant in who.grants:
        if grant.role not in roles or grant.unit_id is None:
            continue
        official = grant.role in rights.OFFICIALS
        top = await (units.commune_of(grant.unit_id) if official else units.by_id(grant.unit_id))
        if top is not None:
            found[top.id] = top
            found.update({below.id: below for below in await units.descendants(top.id, today)})
    return list(found.values())
