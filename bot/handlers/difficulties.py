"""Difficulties: raised in a report or by `/khokhan`, worked on by the commune, answered to reporter and group."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.context import Context
from bot.core.events import Chat, Said
from bot.core.messages import Button, Message
from bot.core.router import Router
from bot.core.spoken import NO, READY, YES, without_courtesy
from bot.core.text import Text
from bot.features import channels, people, rights, units, ways
from bot.features.accounts import Account
from bot.features.checkins import difficulties, mentors, periods
from bot.features.checkins.actions import (
    AnswerDifficulty,
    AskGrade,
    AskMentor,
    DirectDifficulty,
    MergeDifficulty,
    OpenDifficulty,
    ReopenDifficulty,
    TakeDifficulty,
)
from bot.features.checkins.difficulties import CATEGORIES, STATES, Difficulty, State
from bot.features.checkins.grades import GRADES
from bot.features.checkins.scope import Scope, scope
from bot.features.help.actions import AskPerson
from bot.features.post import Post
from bot.features.rights import Act
from bot.features.rights.table import CHAIR, OFFICER, POLICE, STEERING
from bot.features.units import Place
from bot.i18n import short_date

from .difficulty_progress import asks_for_the_answer, asks_how_far, tell_how_far, waiting
from .difficulty_texts import URGENT, how_urgent
from .inviting import in_private
from .typed import too_long, typed

log = logging.getLogger(__name__)

FLOW = "difficulty"
TEXT, RESPONSE = "text", "response"
_SHOWN = 8
_HANDLE = (OFFICER, CHAIR, POLICE)
_REPORT = "report"
_NOTHING = NO | {"chua", "chua co", "chua co gi", "khong co", "khong co gi", "khong co kho khan"}
"""What is said to the question for a difficulty by who has none; it would go to the commune as one."""
DIRECTS = (CHAIR, STEERING)
"""Who says what is to be done about it, without doing it."""


class Aside(Protocol):
    """The report of figures that may wait meanwhile; see bot.handlers.checkins."""

    async def put_aside(self, ctx: Context) -> str: ...

    async def shows_again(self, ctx: Context, report: str) -> None: ...


class DifficultyTalk:
    """`report` is put in by who makes both: a report raises difficulties, and waits while one is asked for."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self.report: Aside | None = None

    async def command(self, ctx: Context) -> None:
        """`/khokhan`: officials see what is open, the others say what is wrong."""
        found = await self._scope(ctx)
        text = ctx.args.strip().lstrip(":").strip()
        if found is None:
            ctx.reply(
                ctx.t("Bác nói với Tổ công nghệ số của thôn, hoặc chọn “Tôi bị kẹt” trong bài hướng dẫn để được giúp."),
                [Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))] if ctx.private else [],
            )
        elif not text and found.who.has(OFFICER, CHAIR, STEERING):
            # What the villages complain of is not read out before one of them.
            if in_private(ctx):
                await self._list(ctx, found)
        elif not text:
            await self._ask(ctx, found)
        elif asks_how_far(text):
            await tell_how_far(ctx, found)
        else:
            await self._take(ctx, found, text)

    async def understand(self, ctx: Context, words: str) -> bool:
        """“Xã trả lời chưa?” from who reports difficulties; it was one more of them."""
        found = await self._scope(ctx) if ctx.private and asks_for_the_answer(words) else None
        if found is None or not found.own:
            return False
        await tell_how_far(ctx, found)
        return True

    async def _ask(self, ctx: Context, found: Scope | None = None) -> None:
        report = _put_aside(ctx) or ("" if self.report is None else await self.report.put_aside(ctx))
        lines = [ctx.t("Bác gõ khó khăn bằng một tin ngắn, không ghi tên bà con. Gõ “hủy” để thôi.")]
        if found is not None:
            lines = [*await waiting(ctx, found), *lines]
        if report:
            lines.append(ctx.t("Bản báo cáo của bác vẫn chờ, xong việc này tôi hỏi lại."))
        ctx.wait_for(FLOW, TEXT, {_REPORT: report} if report else {})
        ctx.reply(Text.join("\n", lines), expects="text")

    async def said(self, ctx: Context) -> None:
        if too_long(ctx, typed(ctx), difficulties.LONGEST):
            return
        said = without_courtesy(typed(ctx))
        if said in YES | READY:
            await self._ask(ctx)
            return
        found = await self._scope(ctx)
        report = _put_aside(ctx)
        ctx.leave_flow()
        if said in _NOTHING:
            ctx.reply(ctx.t("Vâng, tôi không gửi gì lên xã."))
            await self._back_to(ctx, report)
        elif found is not None and isinstance(ctx.event, Said):
            await self._take(ctx, found, ctx.event.text, report)

    async def _take(self, ctx: Context, found: Scope, text: str, report: str = "") -> None:
        place = found.meant or (found.own[0] if found.own else None)
        if place is None:
            ctx.reply(ctx.t("Bác gõ trong nhóm của thôn, để tôi biết khó khăn ở nơi nào."))
            return
        async with ctx.changes():
            one = await self.keep(ctx, found, place, text, ctx.event.id)
            more, buttons = how_urgent(ctx, [one])
            said = ctx.t("Đã chuyển xã. Tôi sẽ báo lại bác khi xã trả lời.")
            ctx.reply(Text.join("\n", [said, *more]), buttons)
            await self._back_to(ctx, report)

    async def _back_to(self, ctx: Context, report: str) -> None:
        if self.report is not None:
            await self.report.shows_again(ctx, report)

    async def keep(self, ctx: Context, found: Scope, place: Place, text: str, key: str) -> Difficulty:
        """Keep a difficulty, inside the caller's transaction, and tell its owner, of an urgent one at any hour."""
        officers = await people.holders("officer", found.commune.id, ctx.now)
        owner = await people.first_reachable([officer.person_id for officer in officers])
        one = await difficulties.raise_one(place.id, text, reporter=found.who.person_id, owner=owner, now=ctx.now)
        said, urgent = await self.card(ctx, one), one.grade == "urgent"
        if urgent:
            said = Text.join("\n", [ctx.t(URGENT), said])
        for officer in officers:
            await self.tell_person(
                officer.person_id, said, f"kk{one.id}-new", ctx.now, self.offer(ctx, one), at_once=urgent
            )
        return one

    async def open(self, ctx: Context, action: OpenDifficulty) -> None:
        who = await people.who(_account(ctx), ctx.now)
        one = await self.allowed(ctx, action.difficulty, (*_HANDLE, STEERING))
        if one is not None:
            offers = self.offer(ctx, one) if who.has(*_HANDLE) else []
            if offers and await self._has_mentors(ctx, one):
                offers.append(Button.to(ctx.word("Hỏi quan sát viên"), AskMentor(one.id)))
            if who.has(*DIRECTS):
                offers.append(Button.to(ctx.word("Ý kiến chỉ đạo"), DirectDifficulty(one.id, one.version)))
            ctx.reply(await self.card(ctx, one), offers)

    async def take(self, ctx: Context, action: TakeDifficulty) -> None:
        one = await self.allowed(ctx, action.difficulty)
        if one is None:
            return
        who = await people.who(_account(ctx), ctx.now)
        async with ctx.changes():
            if one.version != action.version or not await difficulties.take(one, who.person_id, ctx.now):
                await self.newer(ctx, one.id)
                return
            fresh = await difficulties.get(one.id) or one
            said = ctx.t("Đã ghi nhận bác xử lý khó khăn số {id}.", id=one.id)
            ctx.reply(Text.join("\n", [said, await self.card(ctx, fresh)]), self.offer(ctx, fresh))

    async def begin_answer(self, ctx: Context, action: AnswerDifficulty) -> None:
        one = await self.allowed(ctx, action.difficulty)
        if one is None:
            return
        who = await people.who(_account(ctx), ctx.now)
        changed = one.version != action.version
        # Whoever has taken it goes on from the card on which they did so.
        mine = one.open and one.owner_id is not None and one.owner_id == who.person_id
        if (changed and not mine) or action.state not in ("solved", "passed_on"):
            await self.newer(ctx, one.id)
            return
        ctx.wait_for(FLOW, RESPONSE, {"id": str(one.id), "version": str(one.version), "state": action.state})
        asked = ctx.t("Bác gõ câu trả lời cho thôn, một tin ngắn.")
        ctx.reply(Text.join("\n\n", [await self.card(ctx, one), asked]) if changed else asked, expects="text")

    async def answered(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, Said) or too_long(ctx, typed(ctx), difficulties.LONGEST):
            return
        one = await self.allowed(ctx, int(flow.data["id"]))
        ctx.leave_flow()
        if one is None:
            return
        who = await people.who(_account(ctx), ctx.now)
        state: State = "solved" if flow.data["state"] == "solved" else "passed_on"
        async with ctx.changes():
            known = str(one.version) == flow.data["version"]
            if not known or not await difficulties.answer(one, ctx.event.text, state, by=who.person_id, now=ctx.now):
                await self.newer(ctx, one.id)
                return
            await self.give_back(ctx, one.id)
            for each in await difficulties.same(one.id):
                if await difficulties.answer(each, ctx.event.text, state, by=who.person_id, now=ctx.now):
                    await self.give_back(ctx, each.id)
            ctx.reply(ctx.t("✅ Đã gửi câu trả lời về thôn."))

    async def reopen(self, ctx: Context, action: ReopenDifficulty) -> None:
        one = await difficulties.get(action.difficulty)
        found = await self._scope(ctx)
        if one is None or found is None or all(one.unit_id != own.id for own in found.own):
            ctx.reply(ctx.t("Chỉ Tổ công nghệ số của nơi này báo lại được."))
            return
        async with ctx.changes():
            if one.version != action.version or not await difficulties.reopen(one, ctx.now):
                await self.newer(ctx, one.id)
                return
            ctx.reply(ctx.t("Tôi đã báo xã là chưa xong, xã sẽ xem lại."))
            fresh = await difficulties.get(one.id)
            if fresh is not None:
                await self.tell_owner(ctx, fresh)

    async def give_back(self, ctx: Context, difficulty_id: int) -> None:
        """The commune's answer goes to who reported it and to the village's group."""
        one = await difficulties.get(difficulty_id)
        if one is None:
            return
        place = await units.by_id(one.unit_id)
        name = "" if place is None else place.full_name
        text = ctx.t(
            "Xã trả lời khó khăn số {id} của {village}:\n“{text}”\n**{state}**: {response}",
            id=one.id,
            village=name,
            text=one.text,
            state=ctx.word(STATES[one.state]),
            response=one.response,
        )
        buttons = [Button.to(ctx.word("Chưa xong"), ReopenDifficulty(one.id, one.version))]
        await self.tell_village(ctx, one, text, buttons)

    async def tell_village(self, ctx: Context, one: Difficulty, text: Text, buttons: Sequence[Button] = ()) -> None:
        """To who reported it, and to the village's groups."""
        key = f"kk{one.id}-{one.version}"
        if one.reporter_id is not None:
            await self.tell_person(one.reporter_id, text, key, ctx.now, buttons)
        for group in await channels.of_unit(one.unit_id, periods.today(ctx.now)):
            await self._add(
                Chat(group.platform, group.native_id, "group"), Message(text), f"{key}-g{group.id}", ctx.now
            )

    async def tell_owner(self, ctx: Context, one: Difficulty) -> None:
        """The card as it is now, to who works on it."""
        if one.owner_id is not None:
            key = f"kk{one.id}-own{one.version}"
            await self.tell_person(one.owner_id, await self.card(ctx, one), key, ctx.now, self.offer(ctx, one))

    async def _list(self, ctx: Context, found: Scope) -> None:
        ids = [found.commune.id, *(one.id for one in found.villages)]
        if not found.who.has(OFFICER, CHAIR):
            ids = [one.id for one in found.own]
        today = periods.today(ctx.now)
        names = {one.id: one.full_name for one in (found.commune, *found.villages)}
        rows = [one for one in await difficulties.ageing(ids) if not one.same_as]
        if not rows:
            ctx.reply(ctx.t("Không còn khó khăn nào chờ xử lý."))
            return
        lines = [ctx.t("Khó khăn chờ xử lý: {count}. Việc cần ngay đứng trước, rồi đến việc cũ nhất.", count=len(rows))]
        for one in rows[:_SHOWN]:
            late = ctx.word("quá hạn") if one.overdue(today) else ctx.word("hạn") + f" {one.due_on:%d/%m}"
            if one.grade != "normal":
                late = f"{ctx.word(GRADES[one.grade])}, {late}"
            lines.append(
                ctx.t(
                    "• Số {id}, {village}, {days} ngày, {late}: {text}",
                    id=one.id,
                    village=names[one.unit_id],
                    days=one.age(today),
                    late=late,
                    text=one.text[:120],
                )
            )
        buttons = [Button.to(ctx.word("Mở số") + f" {one.id}", OpenDifficulty(one.id)) for one in rows[:_SHOWN]]
        ctx.reply(Text.join("\n", lines), buttons)

    async def allowed(self, ctx: Context, difficulty_id: int, roles: Sequence[str] = _HANDLE) -> Difficulty | None:
        """The difficulty, for somebody with one of these roles who may see to it; otherwise the refusal is said."""
        one = await difficulties.get(difficulty_id)
        if one is None:
            ctx.reply(ctx.t("Không còn khó khăn này."))
            return None
        who = await people.who(_account(ctx), ctx.now)
        decision = await rights.decide(who, Act.HANDLE_DIFFICULTIES, one.unit_id, on=ctx.now)
        if decision.allowed and decision.for_category(one.category) and who.has(*roles):
            return one
        ctx.reply(ctx.t("Việc xử lý khó khăn là của cán bộ xã."))
        return None

    async def newer(self, ctx: Context, difficulty_id: int) -> None:
        one = await difficulties.get(difficulty_id)
        if one is not None:
            note = ctx.t("Đã có người cập nhật trước, tình hình bây giờ:")
            ctx.reply(Text.join("\n", [note, await self.card(ctx, one)]), self.offer(ctx, one))

    async def card(self, ctx: Context, one: Difficulty) -> Text:
        place = await units.by_id(one.unit_id)
        card = ctx.t(
            "Khó khăn số {id} ({state}), {village}, loại: {category}, hạn trả lời {due}:\n“{text}”",
            id=one.id,
            state=ctx.word(STATES[one.state]) + ("" if one.grade == "normal" else f", {ctx.word(GRADES[one.grade])}"),
            village="" if place is None else place.full_name,
            category=ctx.word(CATEGORIES.get(one.category, CATEGORIES["other"])),
            due=short_date(one.due_on, ctx.locale),
            text=one.text,
        )
        if one.directive:
            card += ctx.t("\nÝ kiến chỉ đạo: {text}", text=one.directive)
        for asked in await mentors.about(one.id):
            if asked.answered:
                card += ctx.t("\nÝ kiến quan sát viên: {text}", text=asked.answer)
            else:
                card += ctx.t("\nĐã hỏi quan sát viên, chờ trả lời.")
        if one.same_as and one.open:
            card += ctx.t("\nTrùng với khó khăn số {id}, trả lời chung.", id=one.same_as)
        if others := await difficulties.same(one.id):
            card += ctx.t("\nCùng nội dung: {numbers}.", numbers=", ".join(str(each.id) for each in others))
        return card

    async def _has_mentors(self, ctx: Context, one: Difficulty) -> bool:
        commune = await units.commune_of(one.unit_id)
        return commune is not None and bool(await mentors.mentors(commune.id, ctx.now))

    def offer(self, ctx: Context, one: Difficulty) -> list[Button]:
        if not one.open:
            return []
        offers = [Button.to(ctx.word("Nhận xử lý"), TakeDifficulty(one.id, one.version))] if one.state == "new" else []
        return [
            *offers,
            Button.to(ctx.word("Trả lời"), AnswerDifficulty(one.id, one.version, "solved")),
            Button.to(ctx.word("Chuyển cấp trên"), AnswerDifficulty(one.id, one.version, "passed_on")),
            Button.to(ctx.word("Đổi mức gấp"), AskGrade(one.id)),
            Button.to(ctx.word("Trùng với khó khăn khác"), MergeDifficulty(one.id, one.version, 0)),
        ]

    async def tell_person(
        self,
        person_id: int,
        text: Text,
        key: str,
        now: datetime,
        buttons: Sequence[Button] = (),
        *,
        at_once: bool = False,
    ) -> None:
        """`at_once`: also in quiet hours."""
        for chat in (await ways.to_person(self._post, person_id, now))[:1]:
            await self._add(chat, Message(text, tuple(buttons)), f"{key}-{person_id}", now, at_once=at_once)

    async def _add(self, chat: Chat, message: Message, key: str, now: datetime, *, at_once: bool = False) -> None:
        try:
            await self._post.add(chat, message, key=key[:90], now=now, answering=at_once)
        except LookupError:
            log.warning("a notice about a difficulty has no way out: %s is off", chat.platform)

    async def _scope(self, ctx: Context) -> Scope | None:
        return await scope(_account(ctx), None if ctx.private else ctx.chat.id, ctx.now)


def _put_aside(ctx: Context) -> str:
    """The report that was set aside for the question that is open."""
    return ctx.flow.data.get(_REPORT, "") if ctx.flow is not None and ctx.flow.name == FLOW else ""


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def build(talk: DifficultyTalk) -> Router:
    router = Router()
    router.command("khokhan", "khó khăn", "vướng mắc", takes_args=True)(talk.command)
    router.action(OpenDifficulty)(talk.open)
    router.action(TakeDifficulty)(talk.take)
    router.action(AnswerDifficulty)(talk.begin_answer)
    router.action(ReopenDifficulty)(talk.reopen)
    router.step(FLOW, TEXT, Said, prose=True)(talk.said)
    router.step(FLOW, RESPONSE, Said, prose=True)(talk.answered)
    return router
