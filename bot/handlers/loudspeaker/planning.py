"""Setting the plan of a village's loudspeaker: a sentence, what it was understood as, “Đúng”."""

from __future__ import annotations

from msgspec import Struct

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold, upper_first
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.checkins.scope import FigureScope, scope
from bot.features.loudspeaker import plans
from bot.features.loudspeaker.actions import KeepPlan, LeavePlan, ReadPlan, ShowPlan, WritePlan
from bot.features.loudspeaker.plan_notices import PlanNotices
from bot.features.loudspeaker.plan_words import ME, read
from bot.features.loudspeaker.plans import PlanDraft
from bot.features.loudspeaker.timetable import MOST_SLOTS, Timetable, timetable
from bot.features.loudspeaker.village_words import named
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

FLOW = "loudspeaker_plan"
VILLAGE, WORDS = "village", "words"
_LONGEST = 300
_OFFERED = 6

EXAMPLE = msg("thứ 2, 4, 6 lúc 5 giờ 30 và 17 giờ, chú Hòa bật")
_ASK = msg("Loa {village} phát ngày nào, lúc mấy giờ, ai bật? Bác gõ một câu, ví dụ: {example}")
_NO_TIME = msg("Tôi chưa thấy ngày và giờ. Bác gõ lại giúp tôi, ví dụ: {example}")
_NO_HOUR = msg("Phát lúc mấy giờ? Ví dụ: 5 giờ 30 và 17 giờ.")
_NO_DAY = msg("Phát những ngày nào? Ví dụ: thứ 2, 4, 6. Ngày nào cũng phát thì bác gõ: hằng ngày.")
_NOT_THEN = msg("Loa chỉ phát từ 5 giờ sáng đến 21 giờ, mỗi ngày nhiều nhất {most} lần. Bác gõ lại ngày và giờ.")
_STRANGER = msg(
    "Tôi chưa thấy “{name}” trong những người đã vào Tổ hay ban lãnh đạo thôn. Bác chọn người khác ở dưới, "
    "hoặc gõ “mời” để mời người ấy vào rồi đặt lại."
)
_SEVERAL = msg("Có {count} người tên “{name}”, bác chọn người bật ở dưới.")
_NOT_YOU = msg("Người bật loa phải ở trong Tổ hay ban lãnh đạo thôn. Bác chọn người ở dưới.")


class CheckedPlan(Struct, frozen=True):
    """Hold the checked contents of a button: the presser, the village as named and as it is today, the draft."""

    who: Who
    unit: Place
    place: Place
    draft: PlanDraft


class PlanWriting:
    def __init__(self, notices: PlanNotices, audit: Audit) -> None:
        self._notices = notices
        self._audit = audit

    async def may(self, ctx: Context, unit_id: int) -> rights.Decision:
        who = await people.who(account_of(ctx), ctx.now)
        return await rights.decide(who, Act.PLAN_LOUDSPEAKER, unit_id, on=ctx.now)

    # From a sentence

    async def take(self, ctx: Context, words: str, found: FigureScope) -> None:
        """Read a whole sentence, which may name the village."""
        if too_long(ctx, words, _LONGEST):
            return
        meant = named(words, found.villages)
        if meant.places:
            allowed = [one for one in meant.places if (await self.may(ctx, one.id)).allowed]
        else:
            allowed = await self._allowed(ctx, found)
        if not allowed:
            ctx.reply(ctx.t((await self.may(ctx, meant.places[0].id if meant.places else found.commune.id)).why))
        elif len(allowed) == 1 and not meant.strange:
            await self._go_on(ctx, allowed[0], meant.rest)
        else:
            self._ask_village(ctx, allowed, meant.rest, strange=meant.strange)

    async def write(self, ctx: Context, action: WritePlan) -> None:
        """Write the plan of a village, or ask for one; details said before that are not asked again."""
        if not in_private(ctx):
            return
        flow = ctx.flow
        before = flow.data.get("said", "") if flow is not None and (flow.name, flow.step) == (FLOW, VILLAGE) else ""
        found = await self._scope(ctx)
        allowed = [] if found is None else await self._allowed(ctx, found)
        place = next((one for one in allowed if one.code == action.unit), None)
        if place is None and len(allowed) == 1 and not action.unit:
            place = allowed[0]
        if not allowed:
            who = await people.who(account_of(ctx), ctx.now)
            ctx.reply(ctx.t((await rights.decide(who, Act.PLAN_LOUDSPEAKER, None, on=ctx.now)).why), to_menu(ctx))
        elif place is None:
            self._ask_village(ctx, allowed, before)
        elif before:
            await self._go_on(ctx, place, before)
        else:
            ctx.wait_for(FLOW, WORDS, {"unit": place.code, "said": ""})
            ctx.reply(ctx.t(_ASK, village=place.full_name, example=ctx.word(EXAMPLE)), expects="text")

    def _ask_village(self, ctx: Context, places: list[Place], sentence: str, *, strange: bool = False) -> None:
        ctx.wait_for(FLOW, VILLAGE, {"said": sentence})
        asked = ctx.t("Lịch loa này của thôn nào?")
        if strange:
            asked = Text.join(" ", [ctx.t("Tôi không thấy thôn bác nói trong danh sách của xã."), asked])
        ctx.reply(asked, [Button.to(one.full_name, WritePlan(one.code)) for one in places])

    async def take_village(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        found = await self._scope(ctx)
        if flow is None or not words or found is None:
            return
        allowed = await self._allowed(ctx, found)
        chosen = [one for one in await units.find(words, found.commune.id, today(ctx.now)) if one in allowed]
        if len(chosen) == 1:
            await self.write(ctx, WritePlan(chosen[0].code))
        else:
            self._ask_village(ctx, chosen or allowed, flow.data.get("said", ""), strange=not chosen)

    async def take_words(self, ctx: Context) -> None:
        """Read the sentence, or the part that the last one lacked."""
        flow, words = ctx.flow, typed(ctx)
        place = None if flow is None else await units.get(flow.data["unit"])
        if flow is None or not words or place is None or too_long(ctx, words, _LONGEST):
            return
        whole = ", ".join(part for part in (flow.data["said"], named(words, [place]).rest) if part)
        await self._go_on(ctx, place, whole[-_LONGEST:])

    async def _go_on(self, ctx: Context, place: Place, words: str) -> None:
        parts = read(words)
        if not parts.whole:
            ctx.wait_for(FLOW, WORDS, {"unit": place.code, "said": words if parts.days or parts.slots else ""})
            asked = _NO_HOUR if parts.days else _NO_DAY if parts.slots else _NO_TIME
            ctx.reply(ctx.t(asked, example=ctx.word(EXAMPLE)), expects="text")
            return
        if len(parts.slots) > MOST_SLOTS or not all(slot.fits for slot in parts.slots):
            ctx.wait_for(FLOW, WORDS, {"unit": place.code, "said": ""})
            ctx.reply(ctx.t(_NOT_THEN, most=MOST_SLOTS), expects="text")
            return
        ctx.leave_flow()
        when = Timetable(parts.days, parts.slots)
        there = await plans.of_village(place.id, today(ctx.now))
        old = next((one for one in there if fold(one.spot) == fold(parts.spot)), None)
        if old is None and not parts.spot and len(there) == 1:
            old = there[0]
        player, note = await self._player(ctx, place, parts.player)
        if not parts.player and old is not None:
            player = old.player_id
        spot = parts.spot if old is None else old.spot
        if not parts.spot and there and old is None:
            buttons = [
                Button.to(one.spot, ReadPlan(place.code, one.spot, when.days, when.hours, player or 0)) for one in there
            ]
            ctx.reply(
                ctx.t("{village} có mấy cụm loa. Lịch này của cụm nào?", village=upper_first(place.full_name)), buttons
            )
            return
        await self._read_back(ctx, place, PlanDraft(spot, when, player), note)

    async def _player(self, ctx: Context, place: Place, name: str) -> tuple[int | None, Text]:
        """Return the person of this name among those who may press play, and a question when that is not clear."""
        able = await plans.players(place.id, ctx.now)
        if name == ME:
            who = await people.who(account_of(ctx), ctx.now)
            mine = any(one.person_id == who.person_id for one in able)
            return (who.person_id, Text()) if mine else (None, ctx.t(_NOT_YOU))
        meant = plans.called(name, able) if name else []
        if len(meant) == 1 or not name:
            return (meant[0].person_id if meant else None), Text()
        if meant:
            return None, ctx.t(_SEVERAL, count=len(meant), name=name)
        return None, ctx.t(_STRANGER, name=name)

    # Reading back, and keeping

    async def read(self, ctx: Context, action: ReadPlan) -> None:
        found = await self._checked(ctx, action)
        if found is not None:
            await self._read_back(ctx, found.place, found.draft, Text())

    async def _read_back(self, ctx: Context, place: Place, draft: PlanDraft, note: Text) -> None:
        there = await plans.of_village(place.id, today(ctx.now))
        old = next((one for one in there if fold(one.spot) == fold(draft.spot)), None)
        unit = place if old is None else await units.by_id(old.unit_id) or place
        spot, version = (draft.spot, 0) if old is None else (old.spot, old.version)
        able = await plans.players(place.id, ctx.now)
        player = next((one for one in able if one.person_id == draft.player_id), None)
        days, hours = draft.when.days, draft.when.hours
        lines = [
            ctx.t(
                "Lịch loa **{village}**: {when}. Người bật: {player}.",
                village=place.full_name + (f", {spot}" if spot else ""),
                when=draft.when.told(ctx.t, ctx.locale),
                player=ctx.word("chưa ghi") if player is None else player.name,
            )
        ]
        lines += [note] if note else []
        lines.append(ctx.t("Bác xem đúng chưa?"))
        keep = KeepPlan(unit.code, spot, days, hours, 0 if player is None else player.person_id, version)
        buttons = [
            Button.to(ctx.word("Đúng"), keep),
            Button.to(ctx.word("Sửa"), WritePlan(place.code)),
            Button.to(ctx.word("Hủy"), LeavePlan()),
        ]
        others = [] if player is not None else able[:_OFFERED]
        picks = [
            Button.to(
                ctx.t("{name} bật", name=one.name).plain, ReadPlan(unit.code, spot, days, hours, one.person_id)
            )
            for one in others
            if one.name
        ]  # fmt: skip
        ctx.reply(Text.join("\n", lines), [*buttons, *picks], rows=(3, *(1 for _ in picks)))

    async def keep(self, ctx: Context, action: KeepPlan) -> None:
        found = await self._checked(ctx, action)
        if found is None:
            return
        place, draft = found.place, found.draft
        async with ctx.changes():
            kept = await plans.keep(found.unit.id, draft, action.version, ctx.now)
            plan = await plans.at_spot(found.unit.id, draft.spot)
            button = [Button.to(ctx.word("Xem lịch loa"), ShowPlan(place.code)), *to_menu(ctx)]
            if kept == "full":
                ctx.reply(ctx.t("Thôn đã có {count} cụm loa trong lịch, bác bỏ bớt một cụm.", count=plans.MOST_SPOTS))
            elif plan is None or kept == "newer":
                ctx.reply(ctx.t("Lịch này vừa có người đổi. Bác xem lịch mới rồi sửa giúp tôi."), button)
            elif kept == "same":
                ctx.reply(ctx.t("Lịch này tôi đã ghi rồi."), button)
            else:
                await self._notices.set(plan, place, found.who.person_id, ctx.now)
                await self._audit.append(
                    found.who.person_id, "loudspeaker_plan_set", f"unit:{found.unit.id}", ctx.now, {"plan": plan.id}
                )
                mine = plan.player_id is not None and plan.player_id == found.who.person_id
                told = ctx.t(
                    "✅ Đã ghi lịch loa {village}: {when}. Có bản cần phát thì trước giờ 10 phút tôi nhắc {whom}.",
                    village=place.full_name,
                    when=draft.when.told(ctx.t, ctx.locale),
                    whom=ctx.word("bác") if mine else plan.player or ctx.word("Tổ trưởng"),
                )
                ctx.reply(told, button)

    async def leave(self, ctx: Context, action: LeavePlan) -> None:
        ctx.reply(ctx.t("Vâng, tôi không ghi lịch này."), to_menu(ctx))

    async def _checked(self, ctx: Context, action: ReadPlan | KeepPlan) -> CheckedPlan | None:
        """Check a button, all of which may be forged; say what is refused."""
        if not in_private(ctx):
            return None
        unit = await units.get(action.unit)
        place = None if unit is None else await units.successor(unit.id, today(ctx.now))
        when, spot = timetable(action.days, action.hours), plans.spot_of(action.spot)
        if unit is None or place is None or place.level != "village" or when is None or spot is None:
            ctx.reply(ctx.t("Lịch này không còn dùng được. Bác gõ “lịch loa” để đặt lại."), to_menu(ctx))
            return None
        decision = await self.may(ctx, unit.id)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return None
        able = {one.person_id for one in await plans.players(place.id, ctx.now)}
        if action.player and action.player not in able:
            ctx.reply(ctx.t("Người bật loa này không còn trong danh sách của thôn. Bác gõ “lịch loa” để đặt lại."))
            return None
        who = await people.who(account_of(ctx), ctx.now)
        return CheckedPlan(who, unit, place, PlanDraft(spot, when, action.player or None))

    async def _allowed(self, ctx: Context, found: FigureScope) -> list[Place]:
        """Return the villages whose plan the person sets: the group's or those of the role, else the commune's."""
        own = [one for one in found.own if (await self.may(ctx, one.id)).allowed]
        if own:
            return own
        return list(found.villages) if (await self.may(ctx, found.commune.id)).allowed else []

    async def _scope(self, ctx: Context) -> FigureScope | None:
        return await scope(account_of(ctx), None, ctx.now)


def build(conversation: PlanWriting) -> Router:
    router = Router()
    router.action(WritePlan)(conversation.write)
    router.action(ReadPlan)(conversation.read)
    router.action(KeepPlan)(conversation.keep)
    router.action(LeavePlan)(conversation.leave)
    router.step(FLOW, VILLAGE, TextSent, figures=True)(conversation.take_village)
    router.step(FLOW, WORDS, TextSent, prose=True)(conversation.take_words)
    return router
