"""Training sessions: what there is, and planning one, by one question after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.announcements import schedule
from bot.features.calendar.vietnam import VIETNAM
from bot.features.learning import sessions
from bot.features.learning.sessions import AUDIENCES, LONGEST_PLACE, STATES, Audience
from bot.features.learning.topics import Topic
from bot.features.learning.training_actions import (
    ListTraining,
    NewTraining,
    OpenTraining,
    PickAudience,
    PickSubject,
    PlanTraining,
)
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, LEADER, MEMBER, OFFICIALS
from bot.features.units import Place
from bot.handlers.kit.provisions import Consent
from bot.handlers.kit.speaker import account_of, in_private, reach, to_menu
from bot.handlers.kit.typed import answer, too_long
from bot.i18n import msg, short_date, time_in_words, weekday_date

from . import training_common, training_seat
from .training_common import FLOW, TrainingService
from .training_seat import TrainingSeatConversation

TOPIC, WHEN, PLACE, READY = "topic", "when", "place", "ready"

_SHOWN = 8
_WHAT = msg("Buổi này dạy việc gì? Bác gõ vài chữ, ví dụ “cài vneid”, hoặc chọn một bộ câu hỏi của xã.")
_NOT_FOUND = msg("Tôi chưa có bài nào có câu hỏi về việc này. Bác gõ vài chữ khác giúp tôi.")
_WHEN = msg("Buổi này lúc nào? Bác gõ ví dụ: 19:30 26/11, hoặc mai 14:00.")
_UNCLEAR = msg("Tôi chưa rõ lúc nào. Bác gõ cả giờ và ngày, ví dụ: 19:30 26/11.")
_WHERE = msg("Học ở đâu? Bác gõ một tin ngắn, ví dụ: nhà văn hóa thôn.")
_BEGIN_AGAIN = msg("Buổi này tôi đã lập, hoặc bác lập dở từ lâu rồi. Bác xem danh sách dưới đây.")


class TrainingPlanConversation:
    def __init__(self, service: TrainingService) -> None:
        self._service = service

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for those who teach."""
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.decide(who, Act.TEACH, None, on=ctx.now)
        return [Button.to(ctx.word("Tập huấn"), ListTraining())] if decision.allowed else []

    async def command(self, ctx: Context) -> None:
        """Handle `/taphuan`: list the planned and the past sessions."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        places = await _taught(ctx, who)
        if not places:
            ctx.reply(ctx.t((await rights.decide(who, Act.TEACH, None, on=ctx.now)).why), to_menu(ctx))
            return
        found = await sessions.of_units([one.id for one in places], _SHOWN)
        lines = [ctx.t("**Buổi tập huấn**, sắp tới trước:") if found else ctx.t("Chưa có buổi tập huấn nào.")]
        lines += [
            ctx.t(
                "• Số {id} ({state}), {day}: {title}",
                id=one.id, state=ctx.word(STATES[one.state]), day=short_date(one.day, ctx.locale), title=one.title,
            )
            for one in found
        ]  # fmt: skip
        buttons = [Button.to(ctx.word("Mở số") + f" {one.id}", OpenTraining(one.id)) for one in found]
        new = Button.to(ctx.word("Lập buổi mới"), NewTraining(places[0].code if len(places) == 1 else ""))
        ctx.reply(Text.join("\n", lines), [new, *buttons, *to_menu(ctx)])

    async def list(self, ctx: Context, action: ListTraining) -> None:
        await self.command(ctx)

    async def new(self, ctx: Context, action: NewTraining) -> None:
        if not in_private(ctx):
            return
        if not action.unit:
            places = await _taught(ctx, await people.who(account_of(ctx), ctx.now))
            ctx.reply(
                ctx.t("Buổi tập huấn của đơn vị nào?"),
                [*(Button.to(one.full_name, NewTraining(one.code)) for one in places), *to_menu(ctx)],
            )
        elif (place := await self._place(ctx, action.unit)) is not None:
            ctx.reply(
                ctx.t("Buổi này cho ai, ở {unit}?", unit=place.full_name),
                [
                    Button.to(ctx.word(label).capitalize(), PickAudience(place.code, audience))
                    for audience, label in AUDIENCES.items()
                ],
            )

    async def pick_audience(self, ctx: Context, action: PickAudience) -> None:
        place = await self._place(ctx, action.unit) if in_private(ctx) else None
        commune = None if place is None else await units.commune_of(place.id)
        if place is None or commune is None or action.audience not in AUDIENCES:
            return
        ctx.wait_for(FLOW, TOPIC, {"unit": place.code, "audience": action.audience})
        offered = (await self._service.topics.banks(commune.id))[:_SHOWN]
        ctx.reply(ctx.t(_WHAT), _subjects(offered), expects="choice" if offered else "text")

    async def take_topic(self, ctx: Context) -> None:
        data, words = answer(ctx)
        place = await self._place(ctx, data["unit"])
        commune = None if place is None else await units.commune_of(place.id)
        if commune is None:
            return
        found = await self._service.topics.find(words, commune.id)
        if found:
            ctx.reply(ctx.t("Bác chọn nội dung:"), _subjects(found))
        else:
            ctx.reply(ctx.t(_NOT_FOUND), expects="text")

    async def pick_subject(self, ctx: Context, action: PickSubject) -> None:
        data = _begun(ctx)
        place = await self._planned(ctx, data)
        commune = None if place is None else await units.commune_of(place.id)
        if commune is None:
            return
        topic = await self._service.topics.get(action.topic, commune.id)
        if topic is None:
            ctx.reply(ctx.t(_NOT_FOUND), expects="text")
            return
        ctx.wait_for(FLOW, WHEN, {**data, "topic": topic.key, "title": topic.title})
        ctx.reply(ctx.t(_WHEN), expects="text")

    async def take_when(self, ctx: Context) -> None:
        data, words = answer(ctx)
        found = schedule.read(words, ctx.now)
        if found is None:
            ctx.reply(ctx.t(_UNCLEAR), expects="text")
            return
        at = ctx.now if found == "now" else found.at
        refused = schedule.plan_problem(at, None, ctx.now) if at != ctx.now else None
        if refused is not None:
            ctx.reply(ctx.t(refused.why, **refused.values), expects="text")
            return
        ctx.wait_for(FLOW, PLACE, {**data, "at": at.isoformat()})
        ctx.reply(ctx.t(_WHERE), expects="text")

    async def take_place(self, ctx: Context) -> None:
        data, words = answer(ctx)
        place = await self._place(ctx, data["unit"])
        if place is None:
            return
        if too_long(ctx, words, LONGEST_PLACE):
            return
        ctx.wait_for(FLOW, READY, {**data, "place": " ".join(words.split())})
        at = datetime.fromisoformat(data["at"]).astimezone(VIETNAM)
        ctx.reply(
            ctx.t(
                "Buổi tập huấn “{title}”, {unit}, cho {audience}.\nLúc {time}, {day}, tại {place}.\nĐúng không ạ?",
                title=data["title"], unit=place.full_name, audience=ctx.word(AUDIENCES[_audience(data)]),
                time=time_in_words(at.time(), ctx.locale), day=weekday_date(at.date(), ctx.locale), place=words,
            ),
            [
                Button.to(ctx.word("Đúng, lập buổi này"), PlanTraining()),
                Button.to(ctx.word("Làm lại"), NewTraining(place.code)),
            ],
        )  # fmt: skip

    async def take_other_words(self, ctx: Context) -> None:
        """Take words while the plan waits for a yes as another place."""
        await self.take_place(ctx)

    async def plan(self, ctx: Context, action: PlanTraining) -> None:
        data = _begun(ctx)
        place = await self._planned(ctx, data if "place" in data else {})
        if place is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        ctx.leave_flow()
        async with ctx.changes():
            one = await sessions.plan(
                place.id, who.person_id, _audience(data), data["topic"], data["title"], data["place"],
                datetime.fromisoformat(data["at"]), ctx.now,
            )  # fmt: skip
            details: dict[str, str | int | bool] = {"unit": place.id}
            await self._service.audit.append(who.person_id, "training_planned", f"training:{one.id}", ctx.now, details)
            await self._service.show_share(ctx, one)

    async def _planned(self, ctx: Context, data: dict[str, str]) -> Place | None:
        """Return the unit of the session being planned; without a plan show the list."""
        if not in_private(ctx):
            return None
        if "audience" not in data:
            ctx.reply(ctx.t(_BEGIN_AGAIN))
            await self.command(ctx)
            return None
        return await self._place(ctx, data["unit"])

    async def _place(self, ctx: Context, code: str) -> Place | None:
        """Return a unit for somebody who may teach there; otherwise say why not."""
        place = await units.get(code)
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.decide(who, Act.TEACH, None if place is None else place.id, on=ctx.now)
        if place is not None and decision.allowed:
            return place
        ctx.leave_flow()
        ctx.reply(ctx.t(decision.why or "Không còn đơn vị này."), to_menu(ctx))
        return None


class Training(Struct, frozen=True):
    """The conversations of who teaches and of who learns."""

    service: TrainingService
    plan: TrainingPlanConversation
    seat: TrainingSeatConversation


def make(service: TrainingService, consent: Consent) -> Training:
    return Training(
        service,
        TrainingPlanConversation(service),
        TrainingSeatConversation(service.topics, consent, service.passed.leaflet),
    )


def build(training: Training) -> Router:
    conversation = training.plan
    router = Router()
    router.include(training_common.build(training.service), training_seat.build(training.seat))
    router.command("taphuan", "tập huấn", "buổi tập huấn", "lớp tập huấn")(conversation.command)
    router.action(ListTraining)(conversation.list)
    router.action(NewTraining)(conversation.new)
    router.action(PickAudience)(conversation.pick_audience)
    router.action(PickSubject)(conversation.pick_subject)
    router.action(PlanTraining)(conversation.plan)
    router.step(FLOW, TOPIC, TextSent, prose=True)(conversation.take_topic)
    router.step(FLOW, WHEN, TextSent)(conversation.take_when)
    router.step(FLOW, PLACE, TextSent, prose=True)(conversation.take_place)
    router.step(FLOW, READY, TextSent)(conversation.take_other_words)
    return router


def _begun(ctx: Context) -> dict[str, str]:
    """Return the details known of the session that is being planned in this chat."""
    return dict(ctx.flow.data) if ctx.flow is not None and ctx.flow.name == FLOW else {}


def _subjects(topics: Sequence[Topic]) -> list[Button]:
    return [Button.to(one.title, PickSubject(one.key)) for one in topics]


def _audience(data: dict[str, str]) -> Audience:
    return "team" if data["audience"] == "team" else "people"


async def _taught(ctx: Context, who: Who) -> list[Place]:
    """Return the units in which somebody may teach."""
    return [
        place
        for place in await reach(ctx, who, {LEADER, DEPUTY, MEMBER, *OFFICIALS})
        if (await rights.decide(who, Act.TEACH, place.id, on=ctx.now)).allowed
    ]
