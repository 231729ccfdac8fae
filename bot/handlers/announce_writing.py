"""Writing an announcement: from a template or freely, and changing every part of a draft."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal

from bot.core.context import Context
from bot.core.events import Said
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import fold
from bot.features import people
from bot.features.announcements import schedule
from bot.features.announcements.actions import (
    AskApproval,
    Change,
    DropAttachment,
    GoUrgent,
    NewAnnouncement,
    ShowWays,
    TrySandbox,
)
from bot.features.announcements.draft import NEWER
from bot.features.announcements.lint import names_a_paper
from bot.features.announcements.model import LONGEST_TITLE, Announcement, Refused
from bot.features.announcements.templates import LONGEST_ANSWER, TEMPLATES, Template
from bot.features.jobs import Jobs
from bot.features.meetings.when import read_when
from bot.features.people import Who
from bot.i18n import msg

from .announce_desk import FLOW, Desk, account, commune_to_write_for, open_button
from .inviting import in_private, to_menu
from .typed import too_long

FIELD, TEXT, EDIT, FILE = "field", "text", "edit", "file"
_FIRST_LINE = 80
_RECORDINGS = 5
_SKIP = frozenset({"bo qua", "khong", "khong co", "thoi"})
_NONE = frozenset({"khong", "bo", "khong han", "khong can"})

_ASK: Mapping[str, str] = {
    "text": msg("Bác gõ lại toàn bộ nội dung tin."),
    "title": msg("Bác gõ tên tin, một dòng ngắn."),
    "source": msg("Tin này theo nguồn nào? Ví dụ: Công văn số 12/UBND-VHXH ngày 20/11/2026."),
    "plan": msg("Bác muốn gửi lúc nào? Gõ “ngay”, “17:00”, “mai 7:30” hoặc “25/11 19:00”."),
    "expiry": msg("Tin có giá trị đến lúc nào? Gõ như “25/11 19:00”, hoặc “không” nếu không có hạn."),
}
_NOT_A_TIME = msg("Tôi chưa hiểu giờ này. Bác gõ như “17:00”, “mai 7:30” hoặc “25/11 19:00”.")
_WHEN_PAST = msg("Giờ này đã qua rồi. Bác gõ lại thời gian giúp tôi.")
_NO_PAPER = msg("Tôi chưa thấy số văn bản, như “12/UBND-VHXH” hay “30/2020/NĐ-CP”. Bác ghi lại cả số giúp tôi.")
_NOT_WRITER = msg("Việc soạn thông báo là của công chức và lãnh đạo xã.")

Setter = Callable[[Announcement, Who, str, datetime], Awaitable[Refused | None]]


class WritingTalk:
    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        self._desk = desk
        self._drafts = desk.features.drafts
        self._jobs = jobs
        self._setters: Mapping[str, Setter] = {
            "text": self._drafts.set_text,
            "title": self._drafts.set_title,
            "source": self._drafts.set_source,
            "plan": self._set_plan,
            "expiry": self._set_expiry,
        }

    # A new one

    async def command(self, ctx: Context) -> None:
        """`/soanthongbao`: what to write, without the list of what there is."""
        await self.begin(ctx, NewAnnouncement("?"))

    async def begin(self, ctx: Context, action: NewAnnouncement) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account(ctx), ctx.now)
        if await commune_to_write_for(ctx, who) is None:
            ctx.reply(ctx.t(_NOT_WRITER), to_menu(ctx))
        elif action.template in TEMPLATES:
            self._ask_field(ctx, TEMPLATES[action.template], {"template": action.template})
        elif action.template == "?":
            buttons = [Button.to(ctx.word(one.name), NewAnnouncement(one.key)) for one in TEMPLATES.values()]
            buttons.append(Button.to(ctx.word("Tự viết"), NewAnnouncement("")))
            ctx.reply(ctx.t("Bác soạn tin gì?"), [*buttons, *to_menu(ctx)])
        else:
            ctx.wait_for(FLOW, TEXT)
            ctx.reply(
                ctx.t("Bác gõ nội dung thông báo trong một tin. Dòng đầu ngắn thì tôi lấy làm tên tin."), expects="text"
            )

    def _ask_field(self, ctx: Context, template: Template, data: dict[str, str]) -> None:
        """The first question that has no answer yet."""
        question = next(one for one in template.questions if one.field not in data)
        ctx.wait_for(FLOW, FIELD, data)
        ctx.reply(ctx.t(question.ask), expects="text")

    async def field(self, ctx: Context) -> None:
        flow = ctx.flow
        template = TEMPLATES.get("" if flow is None else flow.data.get("template", ""))
        if flow is None or template is None or not isinstance(ctx.event, Said):
            ctx.leave_flow()
            return
        data, said = dict(flow.data), ctx.event.text.strip()
        question = next(one for one in template.questions if one.field not in data)
        if too_long(ctx, said, LONGEST_ANSWER):
            return
        if question.field == "when" and template.expires:
            when = schedule.find(said, ctx.now)
            if when is not None and when.at <= ctx.now:
                ctx.reply(ctx.t(_WHEN_PAST), expects="text")
                return
        if question.field == "source" and not names_a_paper(said):
            ctx.reply(ctx.t(_NO_PAPER), expects="text")
            return
        data[question.field] = "" if question.optional and fold(said) in _SKIP else said
        if any(one.field not in data for one in template.questions):
            self._ask_field(ctx, template, data)
            return
        ctx.leave_flow()
        when = schedule.find(data.get("when", ""), ctx.now) if template.expires else None
        expires_at = None if when is None else when.at
        await self._create(ctx, template.title, template.fill(data), template, expires_at, data.get("source", ""))

    async def text(self, ctx: Context) -> None:
        if not isinstance(ctx.event, Said):
            return
        first, _, rest = ctx.event.text.strip().partition("\n")
        titled = bool(rest.strip()) and len(first) <= min(_FIRST_LINE, LONGEST_TITLE)
        title, text = (first, rest) if titled else (ctx.word("Thông báo"), ctx.event.text)
        await self._create(ctx, title, text, None, None)

    async def _create(
        self,
        ctx: Context,
        title: str,
        text: str,
        template: Template | None,
        expires_at: datetime | None,
        source: str = "",
    ) -> None:
        who = await people.who(account(ctx), ctx.now)
        commune = await commune_to_write_for(ctx, who)
        if commune is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(_NOT_WRITER), to_menu(ctx))
            return
        async with ctx.changes():
            made = await self._drafts.create(
                commune.id,
                who,
                ctx.now,
                title=title,
                text=text,
                source=source or f"Ủy ban nhân dân {commune.full_name}",
                template="" if template is None else template.key,
                klass="routine" if template is None else template.klass,
                expires_at=expires_at,
            )
            if isinstance(made, Refused):
                ctx.reply(ctx.t(made.why, **made.values), expects="text")
                return
            ctx.leave_flow()
            await self._desk.show(ctx, made.id, ctx.t("Đã ghi. Bác xem lại rồi chọn nơi nhận."))

    # Changing one

    async def change(self, ctx: Context, action: Change) -> None:
        """Begin to change a part. What waits for approval is taken back as soon as the change is written."""
        found = await self._desk.mine(ctx, action.announcement, action.version)
        if found is None:
            return
        who, one = found
        if action.part in _ASK:
            ctx.wait_for(FLOW, EDIT, {"id": str(one.id), "version": str(one.version), "part": action.part})
            ctx.reply(ctx.t(_ASK[action.part]), expects="text")
        elif action.part == "klass":
            async with ctx.changes():
                klass = "routine" if one.urgent else "urgent"
                refusal = await self._drafts.set_klass(one, who, "urgent" if klass == "urgent" else "routine", ctx.now)
                await self._desk.changed(ctx, one, refusal)
        else:
            self._more(ctx, one)

    def _more(self, ctx: Context, one: Announcement) -> None:
        def change(label: str, part: str) -> Button:
            return Button.to(ctx.word(label), Change(one.id, one.version, part))

        buttons = [
            change(msg("Sửa nội dung"), "text"),
            change(msg("Sửa tên tin"), "title"),
            change(msg("Sửa nguồn"), "source"),
            change(msg("Hạn của tin"), "expiry"),
            change(msg("Đổi thành tin thường") if one.urgent else msg("Đổi thành tin khẩn"), "klass"),
            *(
                Button.to(
                    ctx.word("Bỏ tệp") + f": {item.alt[:40]}", DropAttachment(one.id, one.version, item.media[:12])
                )
                for item in one.attachments
            ),
            Button.to(ctx.word("Đưa tin bằng cách khác"), ShowWays(one.id)),
            Button.to(ctx.word("Gửi vào nhóm làm thử"), TrySandbox(one.id, one.version)),
            Button.to(ctx.word("Gửi khẩn, không chờ duyệt"), GoUrgent(one.id, one.version)),
        ]
        if one.state == "draft":
            buttons.append(Button.to(ctx.word("Xin duyệt"), AskApproval(one.id, one.version)))
        ctx.reply(ctx.t("Bác sửa gì ở {label}?", label=one.label), [*buttons, open_button(ctx, one)])

    async def edited(self, ctx: Context) -> None:
        """What the person typed for the part that was asked."""
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, Said):
            return
        found = await self._desk.mine(ctx, int(flow.data["id"]), int(flow.data["version"]))
        setter = self._setters.get(flow.data["part"])
        if found is None or setter is None:
            ctx.leave_flow()
            return
        who, one = found
        async with ctx.changes():
            refusal = await setter(one, who, ctx.event.text, ctx.now)
            if refusal is not None and refusal.why != NEWER:
                ctx.reply(ctx.t(refusal.why, **refusal.values), expects="text")
                return
            ctx.leave_flow()
            await self._desk.changed(ctx, one, refusal)

    async def _set_plan(self, one: Announcement, who: Who, said: str, now: datetime) -> Refused | None:
        when = _moment(said, now)
        if when is None:
            return Refused(_NOT_A_TIME)
        if when == "now":
            return await self._drafts.set_plan(one, who, None, now)
        problem = schedule.plan_problem(when, one.expires_at, now)
        return problem or await self._drafts.set_plan(one, who, when, now)

    async def _set_expiry(self, one: Announcement, who: Who, said: str, now: datetime) -> Refused | None:
        if fold(said).strip() in _NONE:
            return await self._drafts.set_expiry(one, who, None, now)
        when = _moment(said, now)
        if when is None or when == "now":
            return Refused(_NOT_A_TIME)
        problem = schedule.expiry_problem(when, one.not_before, now)
        return problem or await self._drafts.set_expiry(one, who, when, now)


def _moment(said: str, now: datetime) -> datetime | Literal["now"] | None:
    """`ngay`, `17:00`, `mai 7:30`, and with a weekday: `thứ Bảy 28/11 16 giờ`, `7h30 thứ Hai`."""
    return "now" if schedule.read(said, now) == "now" else read_when(said, now)


def build(talk: WritingTalk) -> Router:
    router = Router()
    words = ("soạn tin", "viết thông báo", "tạo thông báo", "gửi thông báo", "thông báo mới", "viết thông báo mới")
    router.command("soanthongbao", "soạn thông báo", "soạn thông báo mới", *words)(talk.command)
    router.action(NewAnnouncement)(talk.begin)
    router.action(Change)(talk.change)
    steps = {FIELD: talk.field, TEXT: talk.text, EDIT: talk.edited}
    for step, handler in steps.items():
        router.step(FLOW, step, Said, prose=True)(handler)
    return router
