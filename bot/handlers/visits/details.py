"""Details of a visit, added after it was noted: how long it took, which app it was about, how far people are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.checkins.reading.stages import STAGES, Stage
from bot.features.people import people
from bot.features.visits import log as visits
from bot.features.visits.apps import APPS
from bot.features.visits.log import Visit
from bot.handlers.kit.speaker import account_of
from bot.i18n import msg

from .log import LogVisit, ShowLog, month_of, subject_name

_MINUTES = {30: msg("30 phút"), 60: msg("1 giờ"), 120: msg("2 giờ"), 240: msg("nửa ngày")}
_STAGES: dict[Stage, str] = {"knows": msg("Mới biết"), "has": msg("Đã cài"), "uses": msg("Dùng được")}
"""As short as three buttons side by side want it."""
_GONE = msg("Lượt này không còn, hoặc không phải bác ghi.")
_OLD = msg("Lượt này không còn, hoặc đã qua ngày nên không bỏ được.")


class VisitTook(Action, code="ghp"):
    visit: int
    minutes: int


class PickApp(Action, code="gha"):
    """Which app the visit was about; "" asks."""

    visit: int
    app: str


class SetStage(Action, code="ghm"):
    visit: int
    app: str
    stage: str


class UndoVisit(Action, code="ghb"):
    visit: int


def after(ctx: Context) -> list[Button]:
    return [
        Button.to(ctx.word("Ghi lượt nữa"), LogVisit()),
        Button.to(ctx.word("Nhật ký của tôi"), ShowLog("", month_of(ctx))),
    ]


def details(ctx: Context, one: Visit) -> list[Sequence[Button]]:
    """Return rows of buttons for the details still missing."""
    rows: list[Sequence[Button]] = []
    if not one.minutes:
        rows.append([Button.to(ctx.word(label), VisitTook(one.id, minutes)) for minutes, label in _MINUTES.items()])
    if not one.stage and one.app:
        rows.append(_stages(ctx, one.id, one.app))
    elif not one.stage and _apps_of(one):
        rows.append([Button.to(ctx.word("Ứng dụng nào, tới đâu"), PickApp(one.id, ""))])
    return rows


def asks(ctx: Context, one: Visit) -> Text:
    """Return the question above those buttons, for a visit that was noted just now."""
    if one.app:
        return ctx.t("Mất bao lâu, bà con tới đâu rồi, nếu bác muốn ghi?")
    return ctx.t("Mất bao lâu, nếu bác muốn ghi?")


class VisitDetailConversation:
    async def took(self, ctx: Context, action: VisitTook) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        if who.person_id is None or action.minutes not in _MINUTES:
            return
        async with ctx.changes():
            new = await visits.took(action.visit, who.person_id, action.minutes)
            reply = ctx.t("✅ Đã ghi {time}.", time=ctx.word(_MINUTES[action.minutes]))
            one = await visits.get(action.visit, who.person_id)
            _answer(ctx, reply if new else ctx.t("Lượt này đã có thời gian, hoặc không còn."), one)

    async def pick_app(self, ctx: Context, action: PickApp) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        one = None if who.person_id is None else await visits.get(action.visit, who.person_id)
        near = [] if one is None else _apps_of(one)
        if one is None or not near:
            ctx.reply(ctx.t(_GONE), after(ctx))
        elif action.app in near:
            ctx.replace(
                ctx.t("**{app}**: bà con tới đâu rồi?", app=subject_name(ctx, action.app)),
                _stages(ctx, one.id, action.app),
                rows=(len(STAGES),),
            )
        else:
            buttons = [Button.to(subject_name(ctx, code), PickApp(one.id, code)) for code in near]
            ctx.replace(ctx.t("Lượt này về ứng dụng nào?"), buttons)

    async def set_stage(self, ctx: Context, action: SetStage) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        stage = next((one for one in get_args(Stage) if one == action.stage), None)
        if who.person_id is None or action.app not in APPS or stage is None:
            return
        async with ctx.changes():
            one = await visits.reached(action.visit, who.person_id, action.app, stage)
            if one is None:
                ctx.reply(ctx.t(_GONE), after(ctx))
                return
            reply = ctx.t(
                "✅ Đã ghi: {app}, {stage}.",
                app=subject_name(ctx, action.app),
                stage=ctx.word(_STAGES[stage]).lower(),
            )
            _answer(ctx, reply, one)

    async def undo(self, ctx: Context, action: UndoVisit) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        if who.person_id is None:
            return
        async with ctx.changes():
            gone = await visits.undo(action.visit, who.person_id, ctx.now)
            ctx.replace(ctx.t("Đã bỏ lượt vừa ghi.") if gone else ctx.t(_OLD), after(ctx))


def _apps_of(one: Visit) -> list[str]:
    return [code for code, app in APPS.items() if app.topic == one.topic]


def _stages(ctx: Context, visit_id: int, app: str) -> list[Button]:
    return [Button.to(ctx.word(label), SetStage(visit_id, app, stage)) for stage, label in _STAGES.items()]


def _answer(ctx: Context, reply: Text, one: Visit | None) -> None:
    """Reply with buttons for the details that may still be added."""
    rows = [] if one is None else details(ctx, one)
    ctx.replace(reply, [*(button for row in rows for button in row), *after(ctx)], rows=(*map(len, rows), 2))


def build(conversation: VisitDetailConversation) -> Router:
    router = Router()
    router.action(VisitTook)(conversation.took)
    router.action(PickApp)(conversation.pick_app)
    router.action(SetStage)(conversation.set_stage)
    router.action(UndoVisit)(conversation.undo)
    return router
