"""Writing an announcement: from a template or freely, and changing every part of a draft."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import Literal

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import READY, YES, without_courtesy
from bot.core.text import Text, fold
from bot.features.announcements import schedule
from bot.features.announcements.actions import (
    AskApproval,
    ChangeDraft,
    DropAttachment,
    GoUrgent,
    NewAnnouncement,
    ShowOtherChannels,
    TrySandbox,
)
from bot.features.announcements.model import Announcement, AnnouncementRefused
from bot.features.announcements.writing import answers
from bot.features.announcements.writing.draft import NEWER
from bot.features.announcements.writing.templates import LONGEST_ANSWER, TEMPLATES, Template
from bot.features.jobs.queue import Jobs
from bot.features.meetings.when import read_when
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.units import Place
from bot.handlers.kit.provisions import Dispatch
from bot.handlers.kit.speaker import in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .common import FLOW, AnnouncementService, account, commune_to_write_for, open_button
from .rewording import EDIT, TEXT, RewordConversation

FIELD, FILE, WHAT, THESE = "field", "file", "what", "these"
_WORDS = "words"
_ASKS, _KEPT = "?", "="
_COMMANDS = (
    "soạn thông báo", "soạn thông báo mới", "soạn tin", "viết thông báo", "viết thông báo mới", "tạo thông báo",
    "gửi thông báo", "thông báo mới",
)  # fmt: skip
_BEGINNINGS = frozenset(fold(words) for words in _COMMANDS)
_HEADING = re.compile(r"\s*thông báo\s*[:\n–-]\s*(?P<text>\S.*)", re.IGNORECASE | re.DOTALL)
_A_TEXT = 4
"""Fewer words are another request, or a slip: no announcement is so short."""
_NONE = frozenset({"khong", "bo", "khong han", "khong can"})

_ASK: Mapping[str, str] = {
    "text": msg(
        "Bác gõ lại toàn bộ nội dung tin. Tên tin “{title}” vẫn giữ, bác không cần gõ.\n"
        "Chỉ sửa vài chữ thì bác gõ: đổi … thành …, ví dụ: đổi 7 giờ thành 8 giờ."
    ),
    "title": msg("Bác gõ tên tin, một dòng ngắn."),
    "source": msg("Tin này theo nguồn nào? Ví dụ: Công văn số 12/UBND-VHXH ngày 20/11/2026."),
    "plan": msg("Bác muốn gửi lúc nào? Gõ “ngay”, “17:00”, “mai 7:30” hoặc “25/11 19:00”."),
    "expiry": msg("Tin có giá trị đến lúc nào? Gõ như “25/11 19:00”, hoặc “không” nếu không có hạn."),
}
_NOT_A_TIME = msg("Tôi chưa hiểu giờ này. Bác gõ như “17:00”, “mai 7:30” hoặc “25/11 19:00”.")
NOT_WRITER = msg("Việc soạn thông báo là của công chức và lãnh đạo xã.")

Setter = Callable[[Announcement, Who, str, datetime], Awaitable[AnnouncementRefused | None]]


class AnnouncementWritingConversation:
    def __init__(
        self, service: AnnouncementService, jobs: Jobs, reworded: RewordConversation, dispatch: Dispatch
    ) -> None:
        self._reworded = reworded
        self._dispatch = dispatch
        self._service = service
        self._drafts = service.features.drafts
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
        """Handle `/soanthongbao`: ask what to write, without the list of announcements."""
        await self.begin(ctx, NewAnnouncement(_ASKS))

    async def begin(self, ctx: Context, action: NewAnnouncement) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account(ctx), ctx.now)
        if await commune_to_write_for(ctx, who) is None:
            ctx.reply(ctx.t(NOT_WRITER), to_menu(ctx))
        elif action.template in TEMPLATES:
            self._ask_field(ctx, TEMPLATES[action.template], {"template": action.template})
        elif action.template == _ASKS:
            ctx.wait_for(FLOW, WHAT)
            ctx.reply(ctx.t("Bác soạn tin gì?"), [*_kinds(ctx), *to_menu(ctx)])
        elif action.template == _KEPT and _kept(ctx):
            await self._write(ctx, _kept(ctx))
        else:
            ctx.wait_for(FLOW, TEXT)
            ctx.reply(
                ctx.t("Bác gõ nội dung thông báo trong một tin. Dòng đầu ngắn thì tôi lấy làm tên tin."), expects="text"
            )

    # Words that may be one

    async def understand(self, ctx: Context, words: str) -> bool:
        """Offer to send what stands behind “gửi thông báo …” or “Thông báo: …”."""
        return ctx.private and await self._offer(ctx, _announced(typed(ctx)))

    async def understand_at_question(self, ctx: Context, words: str) -> bool:
        """Offer to send what was typed where a kind of announcement was to be chosen, if it means nothing else."""
        at_question = ctx.flow is not None and (ctx.flow.name, ctx.flow.step) == (FLOW, WHAT)
        return at_question and ctx.private and await self._offer(ctx, typed(ctx))

    async def _offer(self, ctx: Context, text: str) -> bool:
        """Ask whether this is the announcement; keep and send nothing before a press."""
        template = next((one for one in TEMPLATES.values() if fold(ctx.word(one.name)) == fold(text)), None)
        if template is None and len(text.split()) < _A_TEXT:
            return False
        if await commune_to_write_for(ctx, await people.who(account(ctx), ctx.now)) is None:
            return False
        if template is not None:
            await self.begin(ctx, NewAnnouncement(template.key))
            return True
        text = text[:1].upper() + text[1:]
        ctx.wait_for(FLOW, THESE, {_WORDS: text})
        lines = [ctx.t("Bác gửi bà con tin này nhé?"), Text.of(f"“{text}”")]
        these = Button.to(ctx.word("Soạn tin này"), NewAnnouncement(_KEPT))
        ctx.reply(Text.join("\n", lines), [these, *_kinds(ctx), *to_menu(ctx)])
        return True

    async def what(self, ctx: Context) -> None:
        """Answer words in place of a choice: as whatever they mean elsewhere, else as the text of an announcement."""
        await self._dispatch.otherwise(ctx)
        if ctx.flow is not None and (ctx.flow.name, ctx.flow.step) == (FLOW, WHAT):
            ctx.leave_flow()

    async def these(self, ctx: Context) -> None:
        if without_courtesy(typed(ctx)) in YES | READY:
            await self._write(ctx, _kept(ctx))
            return
        ctx.leave_flow()
        await self._dispatch.otherwise(ctx)

    # What a draft is made of

    def _ask_field(self, ctx: Context, template: Template, data: dict[str, str]) -> None:
        """Ask the first question that has no answer yet."""
        question = next(one for one in template.questions if one.field not in data)
        ctx.wait_for(FLOW, FIELD, data)
        ctx.reply(ctx.t(question.ask), expects="text")

    async def field(self, ctx: Context) -> None:
        flow = ctx.flow
        template = TEMPLATES.get("" if flow is None else flow.data.get("template", ""))
        if flow is None or template is None or not isinstance(ctx.event, TextSent):
            ctx.leave_flow()
            return
        data, answer = dict(flow.data), ctx.event.text.strip()
        question = next(one for one in template.questions if one.field not in data)
        if too_long(ctx, answer, LONGEST_ANSWER):
            return
        problem = answers.problem(template, question, answer, ctx.now)
        if problem is not None:
            ctx.reply(ctx.t(problem.why, **problem.values), expects="text")
            return
        data[question.field] = answers.given(question, answer)
        if any(one.field not in data for one in template.questions):
            self._ask_field(ctx, template, data)
            return
        ctx.leave_flow()
        made = answers.made(template, data, ctx.now)
        await self._create(ctx, made.title, made.text, template, made.expires_at, made.source)

    async def text(self, ctx: Context) -> None:
        if isinstance(ctx.event, TextSent):
            await self._write(ctx, ctx.event.text)

    async def _write(self, ctx: Context, words: str) -> None:
        title, text = answers.titled(words, ctx.word("Thông báo"))
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
            ctx.reply(ctx.t(NOT_WRITER), to_menu(ctx))
            return
        async with ctx.changes():
            made = await self._drafts.create(
                commune.id,
                who,
                ctx.now,
                title=title,
                text=text,
                source=source or office_of(commune),
                template="" if template is None else template.key,
                klass="routine" if template is None else template.klass,
                expires_at=expires_at,
            )
            if isinstance(made, AnnouncementRefused):
                ctx.reply(ctx.t(made.why, **made.values), expects="text")
                return
            ctx.leave_flow()
            await self._service.show(ctx, made.id, ctx.t("Đã ghi. Bác xem lại rồi chọn nơi nhận."))

    # Changing one

    async def change(self, ctx: Context, action: ChangeDraft) -> None:
        """Begin to change a part; a request for approval is withdrawn as soon as the change is written."""
        found = await self._service.mine(ctx, action.announcement, action.version)
        if found is None:
            return
        who, one = found
        if action.part in _ASK:
            ctx.wait_for(FLOW, EDIT, {"id": str(one.id), "version": str(one.version), "part": action.part})
            ctx.reply(ctx.t(_ASK[action.part], title=one.title), expects="text")
        elif action.part == "klass":
            async with ctx.changes():
                klass = "routine" if one.urgent else "urgent"
                refusal = await self._drafts.set_klass(one, who, "urgent" if klass == "urgent" else "routine", ctx.now)
                await self._service.changed(ctx, one, refusal)
        else:
            self._more(ctx, one)

    def _more(self, ctx: Context, one: Announcement) -> None:
        def change(label: str, part: str) -> Button:
            return Button.to(ctx.word(label), ChangeDraft(one.id, one.version, part))

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
            Button.to(ctx.word("Đưa tin bằng cách khác"), ShowOtherChannels(one.id)),
            Button.to(ctx.word("Gửi vào nhóm làm thử"), TrySandbox(one.id, one.version)),
            Button.to(ctx.word("Gửi khẩn, không chờ duyệt"), GoUrgent(one.id, one.version)),
        ]
        if one.state == "draft":
            buttons.append(Button.to(ctx.word("Xin duyệt"), AskApproval(one.id, one.version)))
        ctx.reply(ctx.t("Bác sửa gì ở {label}?", label=one.label), [*buttons, open_button(ctx, one)])

    async def edited(self, ctx: Context) -> None:
        """Apply the words typed for the part that was asked."""
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent):
            return
        found = await self._service.mine(ctx, int(flow.data["id"]), int(flow.data["version"]))
        setter = self._setters.get(flow.data["part"])
        if found is None or setter is None:
            ctx.leave_flow()
            return
        who, one = found
        if flow.data["part"] == TEXT and await self._reworded.at_question(ctx, who, one):
            return
        async with ctx.changes():
            refusal = await setter(one, who, ctx.event.text, ctx.now)
            if refusal is not None and refusal.why != NEWER:
                ctx.reply(ctx.t(refusal.why, **refusal.values), expects="text")
                return
            ctx.leave_flow()
            await self._service.changed(ctx, one, refusal)

    async def _set_plan(self, one: Announcement, who: Who, answer: str, now: datetime) -> AnnouncementRefused | None:
        plan = plan_in(answer, one.expires_at, now)
        return plan if isinstance(plan, AnnouncementRefused) else await self._drafts.set_plan(one, who, plan, now)

    async def _set_expiry(self, one: Announcement, who: Who, answer: str, now: datetime) -> AnnouncementRefused | None:
        expiry = expiry_in(answer, one.not_before, now)
        if isinstance(expiry, AnnouncementRefused):
            return expiry
        return await self._drafts.set_expiry(one, who, expiry, now)


def _kinds(ctx: Context) -> list[Button]:
    buttons = [Button.to(ctx.word(one.name), NewAnnouncement(one.key)) for one in TEMPLATES.values()]
    return [*buttons, Button.to(ctx.word("Tự viết"), NewAnnouncement(""))]


def _kept(ctx: Context) -> str:
    """Return the words that were offered as an announcement, "" where the offer is over."""
    flow = ctx.flow
    return flow.data[_WORDS] if flow is not None and (flow.name, flow.step) == (FLOW, THESE) else ""


def _announced(sentence: str) -> str:
    """Return what stands behind “gửi thông báo …” or “Thông báo: …”, "" where the words begin in another way."""
    if (under := _HEADING.fullmatch(sentence)) is not None:
        return under["text"].strip()
    ends = [word.end() for word in islice(re.finditer(r"\w+", sentence), 4)]
    end = next((end for end in reversed(ends) if fold(sentence[:end]) in _BEGINNINGS), len(sentence))
    return sentence[end:].lstrip(" :,.–-\n").strip()


def plan_in(answer: str, expires_at: datetime | None, now: datetime) -> datetime | AnnouncementRefused | None:
    """Return when it is to go as a person says it, None for at once; or why that is no such time."""
    when = _moment(answer, now)
    if when is None:
        return AnnouncementRefused(_NOT_A_TIME)
    return None if when == "now" else schedule.plan_problem(when, expires_at, now) or when


def expiry_in(answer: str, not_before: datetime | None, now: datetime) -> datetime | AnnouncementRefused | None:
    """Return until when it has worth as a person says it, None for no end; or why that is no such time."""
    if fold(answer).strip() in _NONE:
        return None
    when = _moment(answer, now)
    if when is None or when == "now":
        return AnnouncementRefused(_NOT_A_TIME)
    return schedule.expiry_problem(when, not_before, now) or when


def office_of(commune: Place) -> str:
    """Return the source of what the commune's own office says."""
    return f"Ủy ban nhân dân {commune.full_name}"


def _moment(answer: str, now: datetime) -> datetime | Literal["now"] | None:
    """Read `ngay`, `17:00`, `mai 7:30`, and with a weekday: `thứ Bảy 28/11 16 giờ`, `7h30 thứ Hai`."""
    return "now" if schedule.read(answer, now) == "now" else read_when(answer, now)


def build(conversation: AnnouncementWritingConversation) -> Router:
    router = Router()
    router.command("soanthongbao", *_COMMANDS)(conversation.command)
    router.action(NewAnnouncement)(conversation.begin)
    router.action(ChangeDraft)(conversation.change)
    steps = {FIELD: conversation.field, TEXT: conversation.text, EDIT: conversation.edited}
    for step, handler in steps.items():
        router.step(FLOW, step, TextSent, prose=True)(handler)
    router.step(FLOW, WHAT, TextSent)(conversation.what)
    router.step(FLOW, THESE, TextSent)(conversation.these)
    return router
