"""/trangthai: what an official should know about the bot itself, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.platform import Usage
from bot.core.router import Router
from bot.core.text import Text
from bot.features import people, rights, units
from bot.features.channels import LEFT, Channel
from bot.features.health import Health, Messenger, is_near
from bot.features.outbox.hours import VIETNAM
from bot.features.units import Place
from bot.i18n import number

from .inviting import account_of, in_private, to_menu
from .village_moves import ShowGroups


class HealthTalk:
    def __init__(self, health: Health) -> None:
        self._health = health

    async def show(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        communes = await _communes(ctx)
        if not communes:
            ctx.reply(ctx.t("Trạng thái của bot chỉ mở cho cán bộ xã."), to_menu(ctx))
            return
        parts = [Text.join("\n", [ctx.t("**Các ứng dụng nhắn tin**"), *await self._messengers(ctx)])]
        for place in communes:
            on = ctx.now.astimezone(VIETNAM).date()
            parts.append(_groups(ctx, place, await self._health.groups(place.id, on)))
            if unreached := await self._health.unreached(place.id, on):
                names = ", ".join(village.full_name for village in unreached)
                said = ctx.t("**Chưa có kênh nào tới được:** {names}. Bác báo bằng loa và điện thoại.", names=names)
                parts.append(said)
        moves = [Button.to(ctx.word("Chuyển kênh của thôn"), ShowGroups(place.id)) for place in communes[:1]]
        ctx.reply(Text.join("\n\n", parts), [*moves, *to_menu(ctx)])

    async def _messengers(self, ctx: Context) -> list[Text]:
        return [line for one in await self._health.messengers(ctx.now) for line in _messenger(ctx, one)]


def _messenger(ctx: Context, one: Messenger) -> list[Text]:
    name = called(one.name)
    if one.off:
        said = ctx.t("⚠ {name}: đã tắt. Bác chuyển dòng này cho người phụ trách máy: {why}", name=name, why=one.off)
    elif one.refused:
        said = ctx.t(
            "⚠ {name}: mã của bot không còn dùng được nên tin chưa gửi đi. Bác báo người phụ trách máy.", name=name
        )
    else:
        said = ctx.t("• {name}: đang chạy.", name=name)
    return [said, *(_plan(ctx, one.usage, one.expected) if one.usage is not None else ())]


def _plan(ctx: Context, usage: Usage, expected: int) -> list[Text]:
    """What the month and the plan have left; what comes to its end has a line of its own that says what follows."""

    def shown(value: int) -> str:
        return number(value, ctx.locale)

    if usage.sent_limit is None:
        lines = [ctx.t("Tháng này đã gửi {sent} tin.", sent=shown(usage.sent))]
    else:
        lines = [
            ctx.t("Tháng này đã gửi {sent} trên {limit} tin.", sent=shown(usage.sent), limit=shown(usage.sent_limit))
        ]
        lines += _end_of_month(ctx, usage.sent, usage.sent_limit, expected)
    if usage.users_limit and usage.groups_limit:
        lines.append(
            ctx.t(
                "Đã gặp {users} trên {users_limit} người, {groups} trên {groups_limit} nhóm.",
                users=shown(usage.users), users_limit=shown(usage.users_limit), groups=shown(usage.groups),
                groups_limit=shown(usage.groups_limit),
            )
        )  # fmt: skip
    if is_near(usage.users, usage.users_limit) or is_near(usage.groups, usage.groups_limit):
        lines.append(ctx.t("⚠ Gói đang dùng sắp hết chỗ. Người mới, nhóm mới có thể không dùng bot ở đây được."))
    return lines


def _end_of_month(ctx: Context, sent: int, limit: int, expected: int) -> list[Text]:
    said = number(expected, ctx.locale)
    if is_near(sent, limit):
        left = number(max(0, limit - sent), ctx.locale)
        return [ctx.t("⚠ Tháng này chỉ còn {left} tin. Hết số này thì sang tháng bot mới gửi tiếp được.", left=left)]
    if expected > limit:
        return [ctx.t("⚠ Theo đà này, đến hết tháng cần khoảng {count} tin, không đủ. Bác gửi bớt tin.", count=said)]
    return [ctx.t("Theo đà này, đến hết tháng gửi khoảng {count} tin.", count=said)]


def _groups(ctx: Context, place: Place, groups: Sequence[Channel]) -> Text:
    if not groups:
        return ctx.t("Chưa có nhóm nào của {unit} đăng ký. Bác gõ “mời”, chọn “Mã đăng ký nhóm”.", unit=place.full_name)
    silent = [one for one in groups if not one.active]
    if not silent:
        return ctx.t("Các nhóm của {unit} đều nhận được tin.", unit=place.full_name)
    lines = [ctx.t("**Nhóm của {unit} không nhận được tin:**", unit=place.full_name)]
    lines += [
        ctx.t("• {title} ({name}): {why}", title=one.title, name=called(one.platform), why=ctx.word(one.reason))
        for one in silent
    ]
    if any(one.reason == LEFT for one in silent):
        lines.append(ctx.t("Nhóm mà tôi không còn trong đó: bác nhờ Tổ trưởng thêm tôi vào lại."))
    return Text.join("\n", lines)


async def _communes(ctx: Context) -> list[Place]:
    """The communes in which the person is an official, in the order in which the roles came."""
    who = await people.who(account_of(ctx), ctx.now)
    found: dict[int, Place] = {}
    for grant in who.grants:
        if grant.unit_id is not None:
            decision = await rights.decide(who, rights.Act.READ_AUDIT, grant.unit_id, on=ctx.now)
            place = await units.commune_of(grant.unit_id)
            if decision.allowed and place is not None:
                found[place.id] = place
    return list(found.values())


def called(name: str) -> str:
    """A messenger's name as it is set, for people to read."""
    return name.replace("_", " ").capitalize()


def build(talk: HealthTalk) -> Router:
    router = Router()
    router.command("trangthai", "trạng thái", "tình trạng bot", "bot có chạy không")(talk.show)
    return router
