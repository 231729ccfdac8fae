"""/trangthai: what an official should know about the bot itself, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from bot.core.context import Context, ReaderNow
from bot.core.messages import Button
from bot.core.platform import Usage
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.at_once import at_once
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.doctor.diagnosis import worst_first
from bot.features.doctor.kept import Examination, Examined, never
from bot.features.groups.channels import LEFT, Channel
from bot.features.groups.naming import called
from bot.features.health import Health, MessengerHealth, is_near
from bot.features.notices.paused import TRY_NOW
from bot.features.outbox import pauses
from bot.features.outbox.pauses import LiftPause
from bot.features.people import people
from bot.features.units import Place
from bot.handlers.kit.pausing import paused_line, stands
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg, number

from .group_moves import ShowMessageGroups
from .registering import Relays

_GROUPS_FULL = msg(
    "⚠ Đã đủ {limit} nhóm của gói: nhóm mới chưa vào được. Thôn không có nhóm ở đây: gõ “mời” để mời tổ trưởng hoặc "
    "trưởng thôn nhắn riêng với tôi. Người ấy dán tin vào nhóm sẵn có. Hoặc chuyển kênh, hoặc nâng gói."
)
_USERS_FULL = msg(
    "⚠ Đã đủ {limit} người của gói: người mới nhắn ở đây có thể không được trả lời. Chỉ mời ở đây người đưa tin và "
    "cán bộ. Bà con dùng trang của xã hoặc ứng dụng khác. Hoặc nâng gói."
)
_THROUGH_PEOPLE = msg("**Qua người đưa tin:** {names}.")
_BROKEN = msg("⚠ {what} {mend}")
_SOON = msg("• {what} {mend}")
_NOWHERE = msg("**Chưa có kênh nào tới được:** {names}. Bác báo bằng loa và điện thoại.")


class HealthConversation:
    """`wake` has what waits looked at again; `relays` are those who pass on news in a village without a group.

    `examined` is what the bot last found about its machine.
    """

    def __init__(
        self,
        health: Health,
        audit: Audit,
        wake: Callable[[], None],
        relays: Relays | None = None,
        *,
        examined: Examined = never,
    ) -> None:
        self._relays = relays
        self._examined = examined
        self._health = health
        self._audit = audit
        self._wake = wake

    async def show(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        communes = await _communes(ctx)
        if not communes:
            ctx.reply(ctx.t("Trạng thái của bot chỉ mở cho cán bộ xã."), to_menu(ctx))
            return
        messengers = await self._health.messengers([place.id for place in communes], ctx.now)
        lines = [line for one in messengers for line in messenger_lines(ctx, one)]
        parts = [Text.join("\n", [ctx.t("**Các ứng dụng nhắn tin**"), *lines])]
        halted = {one.name for one in messengers if one.off or one.refused or stands(ctx, one.paused)}
        for place in communes:
            on = ctx.now.astimezone(VIETNAM).date()
            groups, unreached = await at_once(self._health.groups(place.id, on), self._health.unreached(place.id, on))
            parts.append(group_lines(ctx, place, groups, halted))
            if unreached:
                parts += await self._without_group(ctx, unreached)
        if (examination := await self._examined()) is not None:
            parts.append(_machine(ctx, examination))
        lifts = any(one.paused is not None and one.paused.lifts for one in messengers)
        tries = [Button.to(ctx.word(TRY_NOW), LiftPause(""))] if lifts else []
        moves = [Button.to(ctx.word("Chuyển kênh của thôn"), ShowMessageGroups(place.id)) for place in communes[:1]]
        ctx.reply(Text.join("\n\n", parts), [*tries, *moves, *to_menu(ctx)])

    async def _without_group(self, ctx: Context, found: Sequence[Place]) -> list[Text]:
        """Name the villages that a person tells, and those that nobody does."""
        known = {} if self._relays is None else await self._relays([village.id for village in found], ctx.now)
        told = [village for village in found if any(one.lives for one in known.get(village.id, ()))]
        parts = [ctx.t(_THROUGH_PEOPLE, names=_names(told))] if told else []
        if nowhere := [village for village in found if village not in told]:
            parts.append(ctx.t(_NOWHERE, names=_names(nowhere)))
        return parts

    async def lift_all(self, ctx: Context) -> None:
        await self.lift(ctx, LiftPause(""))

    async def lift(self, ctx: Context, action: LiftPause) -> None:
        """Retry at once all that waits for a messenger that named no time."""
        if not in_private(ctx):
            return
        if not await _communes(ctx):
            ctx.reply(ctx.t("Việc này chỉ cán bộ xã làm được."), to_menu(ctx))
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            lifted = await pauses.lift(ctx.now, action.platform)
            for platform in lifted:
                await self._audit.append(who.person_id, "pause_lifted", f"platform:{platform}", ctx.now)
            if lifted:
                names = ", ".join(called(platform) for platform in lifted)
                ctx.reply(
                    ctx.t(
                        "Tôi gửi lại qua {names} ngay bây giờ. Nếu ứng dụng vẫn chưa nhận, tôi tự thử lại sau 1 phút, "
                        "rồi thưa dần. Bác gõ /trangthai để xem.",
                        names=names,
                    ),
                    to_menu(ctx),
                )
            else:
                ctx.reply(ctx.t("Không ứng dụng nào đang tạm dừng, tin vẫn đi bình thường."), to_menu(ctx))
        self._wake()


def _machine(ctx: ReaderNow, examination: Examination) -> Text:
    """Say what is wrong with the machine and its mend; the plans of the messengers were said before."""
    at = f"{examination.at.astimezone(VIETNAM):%H:%M %d/%m}"
    found = [one for one in worst_first(examination.found) if one.check != "plan"]
    if not found:
        return ctx.t("**Máy chạy bot:** tôi xem lúc {at}, không có gì phải sửa.", at=at)
    lines = [ctx.t("**Máy chạy bot** (xem lúc {at}). Bác chuyển các dòng này cho người phụ trách máy:", at=at)]
    for one in found:
        what, mend = one.described(ctx.word), one.mended(ctx.word)
        template = _BROKEN if one.grade == "bad" else _SOON
        lines.append(ctx.t(template, what=what, mend=mend))
    return Text.join("\n", lines)


def _names(found: Sequence[Place]) -> str:
    return ", ".join(village.full_name for village in found)


def messenger_lines(ctx: ReaderNow, one: MessengerHealth) -> list[Text]:
    """Say how it is: its state, and what is left of the plan."""
    name = called(one.name)
    if one.off:
        reply = ctx.t("⚠ {name}: đã tắt. Bác chuyển dòng này cho người phụ trách máy: {why}", name=name, why=one.off)
    elif one.refused:
        reply = ctx.t(
            "⚠ {name}: mã của bot không còn dùng được nên tin chưa gửi đi. Bác báo người phụ trách máy.", name=name
        )
    elif one.paused is not None and stands(ctx, one.paused):
        reply = paused_line(ctx, one.paused)
    else:
        reply = ctx.t("• {name}: đang chạy.", name=name)
    plan = _plan(ctx, one.usage, one.expected) if one.usage is not None else []
    return [reply, *([] if one.off or not one.forgets else [_forgets(ctx)]), *plan]


def _forgets(ctx: ReaderNow) -> Text:
    return ctx.t(
        "Lúc tôi đang khởi động lại, bà con nhắn vào đây thì tôi không nghe được: ứng dụng không giữ tin cho tôi. Bác "
        "nhờ người phụ trách máy đặt BOT_PUBLIC_URL là hết."
    )


def _plan(ctx: ReaderNow, usage: Usage, expected: int) -> list[Text]:
    """Say what is left of the month and the plan; for what runs out, a line of its own gives the consequence."""

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
    return [*lines, *_room(ctx, usage)]


def _room(ctx: ReaderNow, usage: Usage) -> list[Text]:
    """Say what is full and what to do about it; what is only near its end, in one line."""
    lines: list[Text] = []
    groups_full = bool(usage.groups_limit) and usage.groups >= usage.groups_limit
    users_full = bool(usage.users_limit) and usage.users >= usage.users_limit
    if groups_full:
        lines.append(ctx.t(_GROUPS_FULL, limit=number(usage.groups_limit, ctx.locale)))
    if users_full:
        lines.append(ctx.t(_USERS_FULL, limit=number(usage.users_limit, ctx.locale)))
    near = is_near(usage.users, usage.users_limit) and not users_full
    if near or (is_near(usage.groups, usage.groups_limit) and not groups_full):
        lines.append(ctx.t("⚠ Gói đang dùng sắp hết chỗ. Người mới, nhóm mới có thể không dùng bot ở đây được."))
    return lines


def _end_of_month(ctx: ReaderNow, sent: int, limit: int, expected: int) -> list[Text]:
    amount = number(expected, ctx.locale)
    if is_near(sent, limit):
        left = number(max(0, limit - sent), ctx.locale)
        return [ctx.t("⚠ Tháng này chỉ còn {left} tin. Hết số này thì sang tháng bot mới gửi tiếp được.", left=left)]
    if expected > limit:
        return [ctx.t("⚠ Theo đà này, đến hết tháng cần khoảng {count} tin, không đủ. Bác gửi bớt tin.", count=amount)]
    return [ctx.t("Theo đà này, đến hết tháng gửi khoảng {count} tin.", count=amount)]


def group_lines(ctx: ReaderNow, place: Place, groups: Sequence[Channel], halted: Collection[str]) -> Text:
    """Say of which groups nothing is heard; `halted`: messengers that carry nothing now."""
    if not groups:
        return ctx.t("Chưa có nhóm nào của {unit} đăng ký. Bác gõ “mời”, chọn “Mã đăng ký nhóm”.", unit=place.full_name)
    silent = [one for one in groups if not one.active]
    waiting = ", ".join(sorted({called(one.platform) for one in groups if one.active and one.platform in halted}))
    if not silent and waiting:
        return ctx.t("Nhóm của {unit} ở {names} lúc này chưa nhận được tin.", unit=place.full_name, names=waiting)
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
    """Return the communes in which the person is an official, in the order of their roles."""
    who = await people.who(account_of(ctx), ctx.now)
    found: dict[int, Place] = {}
    for grant in who.grants:
        if grant.unit_id is not None:
            decision = await rights.decide(who, rights.Act.READ_AUDIT, grant.unit_id, on=ctx.now)
            place = await units.commune_of(grant.unit_id)
            if decision.allowed and place is not None:
                found[place.id] = place
    return list(found.values())


def build(conversation: HealthConversation) -> Router:
    router = Router()
    router.command("trangthai", "trạng thái", "tình trạng bot", "bot có chạy không")(conversation.show)
    router.command("guilaingay", "gửi lại ngay", "thử gửi lại")(conversation.lift_all)
    router.action(LiftPause)(conversation.lift)
    return router
