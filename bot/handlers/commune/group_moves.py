"""A village goes on in another of its groups; a whole commune leaves a messenger that is blocked, or comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.core.actions import Action
from bot.core.context import Context, ReaderNow
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.group_moves import GroupMoves
from bot.features.groups import channels
from bot.features.groups.channels import RETIRED, Channel
from bot.features.groups.naming import called, name_of
from bot.features.notices.news import News
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

_FLOW, _ASKED = "chuyenkenh", "asked"
_SHOWN = 15
_LOST = msg("Nhóm này không dùng được nữa. Bác nhờ quản trị viên nhóm thêm tôi vào lại.")
_NEWS = msg("Tin của xã cho {unit} nay gửi vào nhóm “{group}” ({platform}), không vào {retired} nhóm cũ nữa.")


class MoveHere(Action, code="vmh"):
    """Said in a new group by who registered it: `agree` makes it the only one of its village."""

    agree: bool


class ShowMessageGroups(Action, code="vmg"):
    """Show in which groups the villages of a commune get their messages."""

    commune: int


class ChooseVillage(Action, code="vmv"):
    """Which of its groups a village is to go on in."""

    village: int


class MoveTo(Action, code="vmt"):
    channel: int
    sure: bool


class LeaveMessenger(Action, code="vml"):
    commune: int
    platform: str
    sure: bool


class ComeBack(Action, code="vmb"):
    commune: int
    platform: str


TellOfficers = Callable[[int, News], Awaitable[None]]


class GroupMoveConversation:
    """`tell_officers` writes a notice to the officers of a commune, by its unit's id."""

    def __init__(self, moves: GroupMoves, tell_officers: TellOfficers) -> None:
        self._moves = moves
        self._tell_officers = tell_officers

    # In the new group

    async def offer(self, ctx: Context, group: Channel) -> tuple[Text, list[Button]] | None:
        """Ask who has just registered a group about other groups of the same people; None if there are none."""
        others = await channels.same_people(group)
        if not others:
            return None
        ctx.wait_for(_FLOW, _ASKED, {"channel": str(group.id)})
        lines = [
            ctx.t(
                "{unit} còn nhóm “{group}” trên {platform}.",
                unit=upper_first(named["unit"]),
                group=named["group"],
                platform=named["platform"],
            )
            for named in [await _named(other) for other in others]
        ]
        lines.append(
            ctx.t(
                "Bác chuyển hẳn sang nhóm này, hay giữ cả hai? "
                "Nếu giữ cả hai, mỗi tin chỉ vào một nhóm, nhóm kia để dự phòng."
            )
        )
        buttons = [
            Button.to(ctx.word("Chuyển hẳn sang nhóm này"), MoveHere(True)),
            Button.to(ctx.word("Giữ cả hai"), MoveHere(False)),
        ]
        return Text.join("\n", lines), buttons

    async def move_here(self, ctx: Context, action: MoveHere) -> None:
        flow = ctx.flow
        if flow is None or flow.name != _FLOW:
            ctx.reply(ctx.t("Câu hỏi này không chờ bác trả lời. Người đã gõ mã mới chọn được."))
            return
        async with ctx.changes():
            ctx.leave_flow()
            group = await channels.get(int(flow.data["channel"]))
            if not action.agree:
                ctx.reply(ctx.t("Vâng, tôi giữ cả hai nhóm."))
            elif group is None or not group.active:
                ctx.reply(ctx.t(_LOST))
            else:
                await self._move(ctx, group, await people.who(account_of(ctx), ctx.now))

    # For the officials

    async def command(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        for grant in who.grants:
            commune = None if grant.unit_id is None else await units.commune_of(grant.unit_id)
            if commune is not None and await self._may(ctx, who, commune.id) is None:
                await self._overview(ctx, commune)
                return
        ctx.reply(ctx.t("Việc chuyển kênh của thôn là của cán bộ xã."), to_menu(ctx))

    async def show(self, ctx: Context, action: ShowMessageGroups) -> None:
        commune = await self._commune(ctx, action.commune)
        if commune is not None:
            await self._overview(ctx, commune)

    async def _overview(self, ctx: Context, commune: Place) -> None:
        found = await channels.of_commune(commune.id, ctx.now.astimezone(VIETNAM).date(), active_only=False)
        active = [one for one in found if one.active and one.purpose != "sandbox"]
        lines = [ctx.t("**Kênh của {unit}**", unit=commune.full_name)]
        buttons: list[Button] = []
        platforms = sorted({one.platform for one in active})
        for platform in platforms:
            count = sum(one.platform == platform for one in active)
            lines.append(ctx.t("• {platform}: {count} nhóm đang dùng.", platform=called(platform), count=count))
            if len(platforms) > 1:
                label = ctx.word("Chuyển hết khỏi {platform}").format(platform=called(platform))
                buttons.append(Button.to(label, LeaveMessenger(commune.id, platform, sure=False)))
        for platform in sorted({one.platform for one in found if one.reason == RETIRED}):
            label = ctx.word("Dùng lại {platform}").format(platform=called(platform))
            buttons.append(Button.to(label, ComeBack(commune.id, platform)))
        without = await without_group(ctx, commune, active)
        if without:
            lines.append(ctx.t("⚠ Chưa có kênh nào: {names}.", names=_few(ctx, without)))
        several = await with_choice(ctx, commune)
        buttons += [Button.to(place.full_name, ChooseVillage(place.id)) for place in list(several)[:_SHOWN]]
        if several:
            lines.append(ctx.t("Bác chọn tên thôn để chuyển riêng thôn đó sang nhóm khác của thôn."))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def choose(self, ctx: Context, action: ChooseVillage) -> None:
        if not in_private(ctx):
            return
        place = await units.by_id(action.village)
        if place is None or await self._refused(ctx, place.id):
            return
        on = ctx.now.astimezone(VIETNAM).date()
        groups = movable(await channels.of_unit(place.id, on, purpose="village", active_only=False))
        lines = [ctx.t("**{unit}** có {count} nhóm:", unit=upper_first(place.full_name), count=len(groups))]
        names = {one.id: await name_of(one, place.full_name) for one in groups}
        lines += [
            ctx.t("• “{group}” trên {platform}", group=names[one.id], platform=called(one.platform))
            + Text.verbatim("" if one.active else f" ({ctx.word(one.reason)})")
            for one in groups
        ]
        lines.append(ctx.t("Bác chọn nhóm mà thôn dùng từ nay. Các nhóm kia thôi nhận tin."))
        buttons = [Button.to(f"{called(one.platform)}: {names[one.id]}", MoveTo(one.id, sure=False)) for one in groups]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def move_to(self, ctx: Context, action: MoveTo) -> None:
        if not in_private(ctx):
            return
        group = await channels.get(action.channel)
        if group is None:
            ctx.reply(ctx.t(_LOST), to_menu(ctx))
            return
        if await self._refused(ctx, group.unit_id):
            return
        if not action.sure:
            others = await channels.same_people(group)
            if not others:
                name = upper_first((await _named(group))["unit"])
                ctx.reply(ctx.t("{unit} chỉ dùng nhóm này rồi.", unit=name), to_menu(ctx))
                return
            ctx.reply(
                ctx.t(
                    "Chuyển {unit} sang nhóm “{group}” trên {platform}? Tin đang chờ cũng đi theo. "
                    "Tôi báo trong cả hai nhóm.",
                    **await _named(group),
                ),
                [Button.to(ctx.word("Chuyển"), MoveTo(group.id, sure=True)), *to_menu(ctx)],
                rows=(2,),
            )
            return
        async with ctx.changes():
            await self._move(ctx, group, await people.who(account_of(ctx), ctx.now))

    async def leave(self, ctx: Context, action: LeaveMessenger) -> None:
        commune = await self._commune(ctx, action.commune)
        if commune is None:
            return
        plan = await self._moves.plan(commune.id, action.platform, ctx.now)
        stay = [(await _named(one))["unit"] for one in plan.stay]
        name = called(action.platform)
        staying = ctx.t("Chưa có kênh khác, vẫn ở {platform}: {names}.", platform=name, names=_few(ctx, stay))
        asking = ctx.t("Bác gõ “mời” để lấy mã nhóm cho các nơi này.")
        if not plan.moves:
            lines = [ctx.t("Không còn nhóm nào để chuyển khỏi {platform}.", platform=name)]
            ctx.reply(Text.join("\n", [*lines, *([staying, asking] if stay else [])]), to_menu(ctx))
            return
        if not action.sure:
            lines = [ctx.t("Chuyển {count} nơi từ {platform} sang kênh khác:", count=len(plan.moves), platform=name)]
            lines += [
                ctx.t("• {unit}: nhóm “{group}” trên {platform}", **await _named(group))
                for _, group in plan.moves[:_SHOWN]
            ]
            if len(plan.moves) > _SHOWN:
                lines.append(ctx.t("và {count} nơi nữa.", count=len(plan.moves) - _SHOWN))
            lines += [staying, asking] if stay else []
            lines.append(ctx.t("Tin đang chờ cũng đi theo."))
            label = ctx.word("Chuyển {count} nơi").format(count=len(plan.moves))
            again = LeaveMessenger(commune.id, action.platform, sure=True)
            ctx.reply(Text.join("\n", lines), [Button.to(label, again), *to_menu(ctx)], rows=(2,))
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            done = await self._moves.leave(commune.id, action.platform, who.person_id, ctx.now)
            lines = [ctx.t("✅ Đã chuyển {count} nơi khỏi {platform}.", count=len(done.moves), platform=name)]
            lines += [staying, asking] if stay else []
            label = ctx.word("Dùng lại {platform}").format(platform=name)
            back = Button.to(label, ComeBack(commune.id, action.platform))
            ctx.reply(Text.join("\n", lines), [back, *to_menu(ctx)])

    async def come_back(self, ctx: Context, action: ComeBack) -> None:
        commune = await self._commune(ctx, action.commune)
        if commune is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            back = await self._moves.come_back(commune.id, action.platform, who.person_id, ctx.now)
            name = called(action.platform)
            ctx.reply(
                ctx.t("✅ {count} nhóm trên {platform} dùng lại được.", count=len(back), platform=name)
                if back
                else ctx.t("Không có nhóm nào trên {platform} để dùng lại.", platform=name),
                to_menu(ctx),
            )

    async def _move(self, ctx: Context, group: Channel, who: Who) -> None:
        retired = await self._moves.to(group, who.person_id, ctx.now)
        menu = to_menu(ctx) if ctx.private else []
        if retired is None:
            ctx.reply(ctx.t(_LOST), menu)
            return
        values = await _named(group)
        ctx.reply(ctx.t("✅ Từ nay tin của xã cho {unit} chỉ vào nhóm “{group}” trên {platform}.", **values), menu)
        commune = await units.commune_of(group.unit_id)
        if retired and commune is not None and not ctx.private:
            news = News("retired", Text.of(_NEWS, **values, retired=len(retired)))
            await self._tell_officers(commune.id, news)

    async def _commune(self, ctx: Context, commune_id: int) -> Place | None:
        """Return a commune for whose groups the person may decide; refuse otherwise."""
        if not in_private(ctx):
            return None
        place = await units.by_id(commune_id)
        return None if place is None or await self._refused(ctx, place.id) else place

    async def _refused(self, ctx: Context, unit_id: int) -> bool:
        why = await self._may(ctx, await people.who(account_of(ctx), ctx.now), unit_id)
        if why is not None:
            ctx.reply(ctx.t(why), to_menu(ctx))
        return why is not None

    async def _may(self, ctx: Context, who: Who, unit_id: int) -> str | None:
        """Say why somebody may not decide what a group receives, as if they registered it; None when they may."""
        decision = await rights.decide(who, rights.Act.REGISTER_CHAT, unit_id, on=ctx.now)
        return None if decision.allowed else decision.why


async def without_group(ctx: ReaderNow, commune: Place, active: Sequence[Channel]) -> list[str]:
    """Return the names of the villages to which none of these groups belongs."""
    reached = {one.unit_id for one in active if one.purpose == "village"}
    villages = await units.villages(commune.id, ctx.now.astimezone(VIETNAM).date())
    return [place.full_name for place in villages if place.id not in reached]


async def with_choice(ctx: ReaderNow, commune: Place) -> Mapping[Place, Sequence[Channel]]:
    """Return the villages that could go on in another of their groups, with the groups."""
    on = ctx.now.astimezone(VIETNAM).date()
    villages = await units.villages(commune.id, on)
    groups = await channels.of_each([one.id for one in villages], on, purpose="village", active_only=False)
    return {place: movable(groups[place.id]) for place in villages if len(movable(groups[place.id])) > 1}


def movable(groups: Sequence[Channel]) -> list[Channel]:
    """Return the groups in which the village can go on."""
    return [one for one in groups if one.active or one.reason == RETIRED]


async def _named(group: Channel) -> dict[str, str]:
    unit = await units.successor(group.unit_id)
    name = "" if unit is None else unit.full_name
    return {
        "unit": name,
        "group": await name_of(group, name),
        "platform": called(group.platform),
    }


def _few(ctx: Context, names: Sequence[str]) -> str:
    if len(names) <= _SHOWN:
        return ", ".join(names)
    return ", ".join(names[:_SHOWN]) + " " + ctx.word("và {count} nơi nữa").format(count=len(names) - _SHOWN)


def build(conversation: GroupMoveConversation) -> Router:
    router = Router()
    router.command("chuyenkenh", "chuyển kênh", "kênh của thôn")(conversation.command)
    router.action(MoveHere)(conversation.move_here)
    router.action(ShowMessageGroups)(conversation.show)
    router.action(ChooseVillage)(conversation.choose)
    router.action(MoveTo)(conversation.move_to)
    router.action(LeaveMessenger)(conversation.leave)
    router.action(ComeBack)(conversation.come_back)

    @router.step(_FLOW, _ASKED)
    async def asked(ctx: Context) -> None:
        """Ignore words: only a choice is awaited, and what its person says to others meanwhile is not the bot's."""

    return router
