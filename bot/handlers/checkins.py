"""Reporting figures: in one message or step by step, read back, questioned, confirmed, signed off."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.context import Context
from bot.core.events import Chat, Edited, Said
from bot.core.messages import Button, Message
from bot.core.router import Router
from bot.core.sessions import VersionConflict
from bot.core.text import Text, fold
from bot.features import people, units
from bot.features.accounts import Account
from bot.features.checkins import answers, periods, targets, values
from bot.features.checkins.actions import (
    AcknowledgeTargets,
    Confirm,
    Correct,
    Drop,
    OpenReport,
    PickVillage,
    Settle,
    SkipIndicator,
    StepByStep,
)
from bot.features.checkins.answers import Answer, Body, Line, Review
from bot.features.checkins.figures import read
from bot.features.checkins.model import Cadence, Figures, Indicator
from bot.features.checkins.periods import CutOff, Period
from bot.features.checkins.rounds import Rounds
from bot.features.checkins.scope import Scope, may, scope
from bot.features.units import Place
from bot.i18n import msg

from .checkin_texts import doubt, read_back, unread

log = logging.getLogger(__name__)

FLOW = "checkin"
SAY, VILLAGE, FORM, CONFIRM = "say", "village", "form", "confirm"

_NO_ROLE = msg(
    "Việc báo số liệu là của Tổ công nghệ số và cán bộ xã. Bác có mã mời thì gửi mã cho tôi trong nhắn tin riêng."
)
_WHICH = msg("Bác báo cho nơi nào?")
_HOW = msg(
    "Bác gõ một tin, nhiều số cũng được, có dấu hay không dấu đều được. Ví dụ:\n"
    "“vneid +12, sổ sức khỏe =340, hồ sơ 5, khó khăn: mất sóng ở cuối thôn”\n"
    "“+” là mới thêm, “=” là tổng đến nay."
)
_DONE_AT = msg("Báo cáo này đã xong lúc {at} ngày {day}.")
_CANCELLED_AT = msg("Báo cáo này đã hủy lúc {at} ngày {day}.")
_ACKNOWLEDGED = msg("✅ Đã ghi nhận {village} nhận chỉ tiêu.")
_KNOWN = msg("{village} đã nhận chỉ tiêu này từ trước.")
_YES = frozenset({"dung", "dung roi", "dung a", "da dung", "ok", "oke", "u", "uh", "vang", "da", "phai", "chuan"})
_NO = frozenset({"sai", "sai roi", "khong", "khong dung", "chua dung", "nham", "nham roi"})
_SKIP = frozenset({"bo qua", "boqua", "chua co", "bo"})
_STEPS = frozenset({"tung so mot", "tung so", "tung buoc"})
_USUAL: Mapping[Cadence, tuple[str, ...]] = {
    "week": ("TT02", "TC05", "AT01"),
    "month": ("CQ01", "XH01", "CQ02", "TC06", "KT01", "TT01"),
    "quarter": ("TC01", "TC03"),
}
"""What is asked for where no targets are set."""


class Post(Protocol):
    """The outbox, as far as it is needed here."""

    async def add(self, chat: Chat, message: Message, *, key: str, now: datetime) -> bool: ...


TellDifficulty = Callable[[Context, Scope, Place, str, str], Awaitable[None]]
"""(ctx, scope, village, text, key): keeps a difficulty and tells who has to know."""


class CheckinTalk:
    """`indicators` are those counted now; `raise_difficulty` keeps what a report says after "khó khăn:"."""

    def __init__(
        self,
        *,
        indicators: Callable[[], Awaitable[Sequence[Indicator]]],
        rounds: Rounds,
        post: Post,
        raise_difficulty: TellDifficulty,
        cut_off: CutOff = "calendar",
    ) -> None:
        self._indicators = indicators
        self._rounds = rounds
        self._post = post
        self._raise_difficulty = raise_difficulty
        self._cut_off: CutOff = cut_off

    # What people begin with

    async def report(self, ctx: Context) -> None:
        """`/baocao`, with or without figures."""
        if not ctx.args.strip():
            await self.open_form(ctx, OpenReport(""))
        elif not await self.take(ctx, ctx.args, asked=True):
            ctx.reply(ctx.t("Tôi chưa thấy số liệu nào trong tin này.") + Text.verbatim("\n") + ctx.t(_HOW))
            ctx.wait_for(FLOW, SAY, {"unit": ""})

    async def understand(self, ctx: Context, text: str) -> bool:
        """Free words in a private chat: a report only when every word of it is understood."""
        return await self.take(ctx, text, asked=False)

    async def open_form(self, ctx: Context, action: OpenReport) -> None:
        """What is asked for, an example, and the way step by step."""
        found = await self._scope(ctx)
        if found is None:
            ctx.reply(ctx.t(_NO_ROLE))
            return
        village = found.named(action.unit) or found.meant
        if village is None:
            ctx.reply(ctx.t(_WHICH), _villages(ctx, found))
            ctx.wait_for(FLOW, VILLAGE, {"text": ""})
            return
        wanted = await self._wanted(village, ctx)
        names = ", ".join(one.aliases[0] for one in wanted)
        lines = [
            ctx.t("Báo số liệu **{village}**. Xã đang cần: {names}.", village=village.full_name, names=names),
            ctx.t(_HOW),
        ]
        ctx.reply(
            Text.join("\n", lines),
            [Button.to(ctx.word("Từng số một"), StepByStep(village.code))],
            expects="text",
        )
        ctx.wait_for(FLOW, SAY, {"unit": village.code})

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """A button of the menu for those who may report."""
        found = await self._scope(ctx)
        return [] if found is None else [Button.to(ctx.word("Báo số liệu"), OpenReport(""))]

    # Words that are an answer

    async def said(self, ctx: Context) -> None:
        """The words after "báo số liệu"."""
        text, flow = _text(ctx), ctx.flow
        unit = "" if flow is None else flow.data.get("unit", "")
        if unit and fold(text) in _STEPS:
            await self.begin_steps(ctx, StepByStep(unit))
            return
        ctx.leave_flow()
        if not await self.take(ctx, text, asked=True, unit=unit):
            ctx.wait_for(FLOW, SAY, {"unit": unit})
            ctx.reply(
                ctx.t("Tôi chưa thấy số liệu nào trong tin này.") + Text.verbatim("\n") + ctx.t(_HOW), expects="text"
            )

    async def said_village(self, ctx: Context) -> None:
        found = await self._scope(ctx)
        flow = ctx.flow
        if found is None or flow is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(_NO_ROLE))
            return
        named = await units.find(_text(ctx), found.commune.id, periods.today(ctx.now))
        if len(named) != 1:
            ctx.reply(ctx.t(_WHICH), _villages(ctx, found))
            return
        await self.pick_village(ctx, PickVillage(named[0].code))

    async def pick_village(self, ctx: Context, action: PickVillage) -> None:
        flow = ctx.flow
        text = flow.data.get("text", "") if flow is not None and (flow.name, flow.step) == (FLOW, VILLAGE) else ""
        ctx.leave_flow()
        if not text:
            await self.open_form(ctx, OpenReport(action.unit))
        else:
            await self.take(ctx, text, asked=True, unit=action.unit)

    async def take(self, ctx: Context, text: str, *, asked: bool, unit: str = "") -> bool:
        """Read a message; False when it is no report or its sender may not report."""
        found = await self._scope(ctx)
        if found is None:
            if asked:
                ctx.reply(ctx.t(_NO_ROLE))
            return asked
        indicators = await self._indicators()
        lexicon = found.lexicon(indicators)
        figures = read(text, lexicon, asked=asked or bool(unit))
        if not figures:
            return False
        home = found.named(unit) or found.meant
        if home is None and (figures.difficulties or any(not one.village for one in figures.entries)):
            ctx.reply(ctx.t(_WHICH), _villages(ctx, found))
            ctx.wait_for(FLOW, VILLAGE, {"text": text})
            return True
        notes = unread(ctx, figures.questions, lexicon)
        lines, refused = await self._lines(ctx, found, figures, home, indicators)
        notes += refused
        place = home or (None if not lines else await units.by_id(lines[0].unit_id))
        if (not lines and not figures.difficulties) or place is None:
            ctx.reply(Text.join("\n", notes), expects="text")
            ctx.wait_for(FLOW, SAY, {"unit": unit})
            return True
        await self._put(ctx, place, lines, figures.difficulties, notes, indicators, found)
        return True

    async def _put(
        self,
        ctx: Context,
        place: Place,
        lines: Sequence[Line],
        troubles: Sequence[str],
        notes: Sequence[Text],
        indicators: Sequence[Indicator],
        found: Scope,
    ) -> None:
        """Begin an answer, or add to the one that waits in this chat for this person's "Đúng"."""
        waiting = await self._waiting(ctx)
        whole_anew = waiting is None or isinstance(ctx.event, Edited)
        old = () if whole_anew or waiting is None else waiting.body.lines
        known = () if whole_anew or waiting is None else waiting.body.difficulties
        body = Body(lines=answers.merged(old, lines), difficulties=tuple(dict.fromkeys((*known, *troubles))))
        async with ctx.changes():
            looked = await answers.review(body.lines, indicators, self._cut_off)
            body = body.model_copy(update={"bases": looked.bases})
            answer = await answers.change(waiting, body) if waiting is not None else None
            if answer is None:
                answer = await answers.begin(place.id, body, author=found.who.person_id, now=ctx.now)
            await self._show(ctx, answer, looked, notes)

    async def _lines(
        self, ctx: Context, found: Scope, figures: Figures, home: Place | None, indicators: Sequence[Indicator]
    ) -> tuple[list[Line], list[Text]]:
        """The entries with their village and period, and why some are not taken."""
        by_code = {one.code: one for one in indicators}
        lines: list[Line] = []
        refused: list[Text] = []
        for entry in figures.entries:
            place = found.named(entry.village) or home
            if place is None:
                continue
            allowed = await may(found.who, place.id, entry.indicator, ctx.now)
            indicator = by_code[entry.indicator]
            if not allowed.report:
                refused.append(_not_yours(ctx, indicator, place, allowed.why))
                continue
            of = await self._period(found, place, indicator, figures.period, ctx)
            if isinstance(of, Text):
                refused.append(of)
            else:
                lines.append(answers.line_of(entry, place.id, of))
        return lines, list(dict.fromkeys(refused))

    async def _period(self, found: Scope, place: Place, indicator: Indicator, hint: str, ctx: Context) -> Period | Text:
        """The period meant: the one said, else the oldest that is still asked for, else the present one."""
        today = periods.today(ctx.now)
        cadence = indicator.cadence
        of = periods.said(hint, cadence, today, self._cut_off) if hint else None
        if of is None and hint.startswith("W"):
            week = periods.said(hint, "week", today, self._cut_off)
            of = None if week is None else periods.at(min(week.last, today), cadence, self._cut_off)
        if of is None and hint not in ("", "this"):
            return Text.verbatim("⚠️ ") + ctx.t(
                "{label} không báo theo kỳ bác nêu nên tôi chưa tính. Bác gõ lại, ghi rõ tuần, tháng hoặc quý.",
                label=indicator.label,
            )
        if of is None:
            of = periods.at(today, cadence, self._cut_off)
            awaited = await self._rounds.awaited(found.commune.id, cadence)
            if (
                awaited is not None
                and awaited.period.last < today
                and not await values.of_period(place.id, awaited.period.name)
            ):
                of = awaited.period
        status = await self._rounds.status(found.commune.id, cadence, of.name)
        if status is not None and not status.open:
            return Text.verbatim("⚠️ ") + ctx.t(
                "Kỳ {period} đã khóa sổ nên tôi không ghi {label}. Bác nhờ cán bộ xã mở lại kỳ, hoặc báo vào kỳ này.",
                period=of.label,
                label=indicator.label,
            )
        return of

    # Read-back and its buttons

    async def _show(self, ctx: Context, answer: Answer, looked: Review, notes: Sequence[Text] = ()) -> None:
        """The next question, or the whole answer with Đúng · Sửa · Hủy."""
        ctx.wait_for(FLOW, CONFIRM, {"id": str(answer.id)})
        asked = looked.doubt
        if asked is not None:
            text, buttons = doubt(ctx, answer, *asked)
            ctx.reply(Text.join("\n", [*notes, text]), buttons)
            return
        if not answer.body.lines and not answer.body.difficulties:
            ctx.leave_flow()
            ctx.reply(Text.join("\n", [*notes, ctx.t("Không còn số nào để ghi.")]))
            return
        villages = {one.line.unit_id: await self._place(one.line.unit_id) for one in looked.shown}
        said = read_back(ctx, looked.shown, answer.body.difficulties, villages)
        ctx.reply(Text.join("\n", [*notes, said, ctx.t("Đúng không ạ?")]), self._buttons(ctx, answer), rows=(3,))

    def _buttons(self, ctx: Context, answer: Answer) -> list[Button]:
        return [
            Button.to(ctx.word("Đúng"), Confirm(answer.id, answer.version)),
            Button.to(ctx.word("Sửa"), Correct(answer.id, answer.version)),
            Button.to(ctx.word("Hủy"), Drop(answer.id, answer.version)),
        ]

    async def said_after_read_back(self, ctx: Context) -> None:
        """Words while an answer waits: yes, no, or figures that change it."""
        answer = await self._waiting(ctx)
        text = fold(_text(ctx))
        if answer is None:
            ctx.leave_flow()
            await self.take(ctx, _text(ctx), asked=False)
        elif text in _YES and isinstance(ctx.event, Said):
            await self.confirm(ctx, Confirm(answer.id, answer.version))
        elif text in _NO and isinstance(ctx.event, Said):
            await self.correct(ctx, Correct(answer.id, answer.version))
        elif not await self.take(ctx, _text(ctx), asked=True) and (ctx.private or _addressed(ctx)):
            looked = await answers.review(answer.body.lines, await self._indicators(), self._cut_off)
            await self._show(ctx, answer, looked, [ctx.t("Tôi chưa ghi gì cả. Bản báo cáo dưới đây đang chờ bác.")])

    async def confirm(self, ctx: Context, action: Confirm) -> None:
        answer = await self._present(ctx, action.answer, action.version)
        if answer is None:
            return
        who = await people.who(_account(ctx), ctx.now)
        allowed = [await may(who, one.unit_id, one.indicator, ctx.now) for one in answer.body.lines]
        signs = all(one.sign for one in allowed)
        own = answer.author_id is not None and answer.author_id == who.person_id
        if not signs and not own:
            ctx.reply(ctx.t("Báo cáo này do Tổ trưởng hoặc Tổ phó duyệt."))
            return
        indicators = await self._indicators()
        try:
            async with ctx.changes():
                looked = await answers.review(answer.body.lines, indicators, self._cut_off)
                if looked.doubt is not None or looked.bases != answer.body.bases:
                    await self._again(ctx, answer, looked)
                elif not signs:
                    await self._propose(ctx, answer, looked)
                else:
                    await self._write(ctx, answer, looked, who.person_id)
        except values.Changed:
            # Somebody wrote the same figure between our look and our write: the event runs again and shows theirs.
            raise VersionConflict from None

    async def _again(self, ctx: Context, answer: Answer, looked: Review) -> None:
        body = answer.body.model_copy(update={"bases": looked.bases})
        fresh = await answers.change(answer, body)
        note = ctx.t("Số liệu vừa có người khác cập nhật. Bác xem lại bản mới dưới đây.")
        if fresh is not None:
            await self._show(ctx, fresh, looked, [note])

    async def _propose(self, ctx: Context, answer: Answer, looked: Review) -> None:
        proposed = await answers.propose(answer)
        if proposed is None:
            raise VersionConflict
        ctx.leave_flow()
        ctx.reply(ctx.t("Cảm ơn bác. Tôi đã chuyển Tổ trưởng duyệt, duyệt xong số mới được tính."))
        villages = {one.line.unit_id: await self._place(one.line.unit_id) for one in looked.shown}
        said = read_back(ctx, looked.shown, answer.body.difficulties, villages)
        text = Text.join("\n", [ctx.t("Thành viên Tổ đề nghị duyệt số liệu:"), said, ctx.t("Đúng không ạ?")])
        for unit_id in villages:
            for holder in await people.holders("leader", unit_id, ctx.now):
                for platform, chat_id in (await people.accounts_of(holder.person_id))[:1]:
                    message = Message(text, tuple(self._buttons(ctx, proposed)), rows=(3,))
                    chat = Chat(platform, chat_id, "private")
                    try:
                        await self._post.add(chat, message, key=f"cf{answer.id}-{holder.person_id}", now=ctx.now)
                    except LookupError:
                        log.warning("answer %d waits for a leader who cannot be told: %s is off", answer.id, platform)

    async def _write(self, ctx: Context, answer: Answer, looked: Review, person_id: int | None) -> None:
        done = await answers.confirm(answer, looked, by=person_id, now=ctx.now)
        if done is None:
            raise VersionConflict
        ctx.leave_flow()
        parts = [ctx.t("✅ Đã ghi {count} số liệu. Cảm ơn bác.", count=len(looked.shown))] if looked.shown else []
        found = await self._scope(ctx)
        place = await units.by_id(answer.unit_id)
        for number, text in enumerate(answer.body.difficulties, start=1):
            if found is not None and place is not None:
                await self._raise_difficulty(ctx, found, place, text, f"{answer.id}-{number}")
        if answer.body.difficulties:
            parts.append(ctx.t("Khó khăn đã chuyển xã, có hạn trả lời. Tôi sẽ báo lại bác khi xã trả lời."))
        ctx.replace(Text.join("\n", parts))

    async def correct(self, ctx: Context, action: Correct) -> None:
        answer = await self._present(ctx, action.answer, action.version)
        if answer is not None and await self._mine(ctx, answer):
            ctx.wait_for(FLOW, CONFIRM, {"id": str(answer.id)})
            ctx.reply(ctx.t("Bác gõ lại chỗ sai, ví dụ “vneid 13”. Các số khác tôi vẫn giữ."), expects="text")

    async def drop(self, ctx: Context, action: Drop) -> None:
        answer = await self._present(ctx, action.answer, action.version)
        if answer is None or not await self._mine(ctx, answer):
            return
        async with ctx.changes():
            if await answers.cancel(answer, ctx.now) is None:
                raise VersionConflict
            ctx.leave_flow()
            ctx.replace(ctx.t("Đã hủy, tôi không ghi số nào."))

    async def settle(self, ctx: Context, action: Settle) -> None:
        """The answer to a doubt about one line."""
        answer = await self._present(ctx, action.answer, action.version)
        if answer is None or not await self._mine(ctx, answer):
            return
        lines = list(answer.body.lines)
        indicators = await self._indicators()
        before = await answers.review(lines, indicators, self._cut_off)
        if not 0 <= action.line < len(lines):
            await self._show(ctx, answer, before)
            return
        asked = before.shown[action.line].doubt
        line = lines[action.line]
        if action.choice == "leave":
            del lines[action.line]
        elif action.choice in ("plus", "total"):
            lines[action.line] = line.model_copy(update={"sign": "+" if action.choice == "plus" else "="})
        elif asked in ("falling", "jump"):
            lines[action.line] = line.model_copy(update={"sure": (*line.sure, asked)})
        async with ctx.changes():
            looked = await answers.review(lines, indicators, self._cut_off)
            body = answer.body.model_copy(update={"lines": tuple(lines), "bases": looked.bases})
            fresh = await answers.change(answer, body)
            if fresh is None:
                raise VersionConflict
            await self._show(ctx, fresh, looked)

    async def _present(self, ctx: Context, answer_id: int, version: int) -> Answer | None:
        """The answer if it is still as its button showed it; otherwise the state of things is told."""
        answer = await answers.get(answer_id)
        if answer is None:
            ctx.reply(ctx.t("Bản báo cáo này không còn nữa."))
        elif answer.state in ("done", "cancelled"):
            at = (answer.done_at or ctx.now).astimezone(periods.VIETNAM)
            said = _DONE_AT if answer.state == "done" else _CANCELLED_AT
            ctx.reply(ctx.t(said, at=f"{at:%H:%M}", day=f"{at:%d/%m}"))
        elif answer.version != version:
            if await self._mine(ctx, answer):
                looked = await answers.review(answer.body.lines, await self._indicators(), self._cut_off)
                await self._show(ctx, answer, looked, [ctx.t("Đã có bản mới hơn, bác xem dưới đây.")])
        else:
            return answer
        return None

    async def _mine(self, ctx: Context, answer: Answer) -> bool:
        """Its author, or somebody who may sign it off."""
        who = await people.who(_account(ctx), ctx.now)
        if answer.author_id is not None and answer.author_id == who.person_id:
            return True
        signs = [(await may(who, one.unit_id, one.indicator, ctx.now)).sign for one in answer.body.lines]
        if signs and all(signs):
            return True
        ctx.reply(ctx.t("Báo cáo này của người khác. Bác gõ “bc” để báo số liệu của mình."))
        return False

    # Step by step

    async def begin_steps(self, ctx: Context, action: StepByStep) -> None:
        found = await self._scope(ctx)
        place = None if found is None else found.named(action.unit)
        if found is None or place is None or not (found.own or found.here or found.who.has("officer")):
            ctx.reply(ctx.t(_NO_ROLE))
            return
        await self._ask_step(ctx, place, 0, "")

    async def said_step(self, ctx: Context) -> None:
        flow = ctx.flow
        found = await self._scope(ctx)
        place = None if found is None or flow is None else found.named(flow.data["unit"])
        if flow is None or found is None or place is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(_NO_ROLE))
            return
        if fold(_text(ctx)) in _SKIP:
            await self.skip(ctx, SkipIndicator())
            return
        at, collected = int(flow.data["at"]), flow.data["text"]
        wanted = await self._wanted(place, ctx)
        if at >= len(wanted):
            await self._end_steps(ctx, place, collected)
            return
        said = f"{wanted[at].code} {_text(ctx)}"
        lexicon = found.lexicon(await self._indicators())
        figures = read(said, lexicon, asked=True)
        if len(figures.entries) != 1 or figures.questions:
            notes = unread(ctx, figures.questions, lexicon)
            await self._ask_step(ctx, place, at, collected, notes or [ctx.t("Bác gõ một số giúp tôi.")])
            return
        await self._ask_step(ctx, place, at + 1, f"{collected}; {said}" if collected else said)

    async def skip(self, ctx: Context, action: SkipIndicator) -> None:
        flow = ctx.flow
        place = None if flow is None or flow.step != FORM else await units.get(flow.data["unit"])
        if flow is None or place is None:
            ctx.reply(ctx.t("Bác gõ “bc” để báo số liệu."))
            return
        await self._ask_step(ctx, place, int(flow.data["at"]) + 1, flow.data["text"])

    async def _ask_step(self, ctx: Context, place: Place, at: int, collected: str, notes: Sequence[Text] = ()) -> None:
        wanted = await self._wanted(place, ctx)
        if at >= len(wanted):
            await self._end_steps(ctx, place, collected)
            return
        one = wanted[at]
        question = ctx.t(
            "({at}/{all}) **{label}** ({unit})? {help}\nBác gõ số, ví dụ “+12” hoặc “=340”; chưa có thì gõ BỎ QUA.",
            at=at + 1,
            all=len(wanted),
            label=one.label,
            unit=one.unit,
            help=one.help,
        )
        ctx.wait_for(FLOW, FORM, {"unit": place.code, "at": str(at), "text": collected})
        ctx.reply(Text.join("\n", [*notes, question]), [Button.to(ctx.word("BỎ QUA"), SkipIndicator())], expects="text")

    async def _end_steps(self, ctx: Context, place: Place, collected: str) -> None:
        ctx.leave_flow()
        if not collected or not await self.take(ctx, collected, asked=True, unit=place.code):
            ctx.reply(ctx.t("Bác chưa báo số nào. Khi có, bác gõ “bc” và số liệu."))

    # Targets

    async def acknowledge(self, ctx: Context, action: AcknowledgeTargets) -> None:
        found = await self._scope(ctx)
        place = None if found is None else found.named(action.unit)
        if (
            found is None
            or place is None
            or not any(grant.role in ("leader", "deputy") and grant.unit_id == place.id for grant in found.who.grants)
        ):
            ctx.reply(ctx.t("Chỉ Tổ trưởng, Tổ phó của nơi này xác nhận chỉ tiêu."))
            return
        async with ctx.changes():
            new = await targets.acknowledge(place.id, action.period, by=found.who.person_id, now=ctx.now)
            ctx.reply(ctx.t(_ACKNOWLEDGED if new else _KNOWN, village=place.full_name))

    # Helpers

    async def _scope(self, ctx: Context) -> Scope | None:
        return await scope(_account(ctx), None if ctx.private else ctx.chat.id, ctx.now)

    async def _waiting(self, ctx: Context) -> Answer | None:
        flow = ctx.flow
        if flow is None or (flow.name, flow.step) != (FLOW, CONFIRM):
            return None
        answer = await answers.get(int(flow.data["id"]))
        return answer if answer is not None and answer.state == "waiting" else None

    async def _wanted(self, place: Place, ctx: Context) -> list[Indicator]:
        """What is asked of a village: what it has targets for now, else the usual ones."""
        today = periods.today(ctx.now)
        cadences: tuple[Cadence, ...] = ("week", "month", "quarter")
        names = [periods.at(today, cadence, self._cut_off).name for cadence in cadences]
        goals = {goal.indicator for name in names for goal in await targets.of_period(name, [place.id])}
        codes = goals or {code for cadence in ("week", "month") for code in _USUAL[cadence]}
        return [one for one in await self._indicators() if one.code in codes]

    async def _place(self, unit_id: int) -> Place:
        place = await units.by_id(unit_id)
        if place is None:
            raise LookupError(f"unit {unit_id} is gone")
        return place


def _text(ctx: Context) -> str:
    return ctx.event.text if isinstance(ctx.event, Said | Edited) else ""


def _addressed(ctx: Context) -> bool:
    return isinstance(ctx.event, Said | Edited) and ctx.event.addressed


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def _villages(ctx: Context, found: Scope) -> list[Button]:
    choices = found.own or found.villages
    return [Button.to(one.full_name, PickVillage(one.code)) for one in choices]


def _not_yours(ctx: Context, indicator: Indicator, place: Place, why: str) -> Text:
    return Text.verbatim("⚠️ ") + ctx.t(
        "{label} của {village}: {why}", label=indicator.label, village=place.full_name, why=ctx.t(why)
    )


def build(talk: CheckinTalk) -> Router:
    router = Router()
    router.command("baocao", "báo cáo", "bc", "báo số liệu", takes_args=True)(talk.report)
    router.action(OpenReport)(talk.open_form)
    router.action(StepByStep)(talk.begin_steps)
    router.action(SkipIndicator)(talk.skip)
    router.action(PickVillage)(talk.pick_village)
    router.action(Confirm)(talk.confirm)
    router.action(Correct)(talk.correct)
    router.action(Drop)(talk.drop)
    router.action(Settle)(talk.settle)
    router.action(AcknowledgeTargets)(talk.acknowledge)
    router.step(FLOW, SAY, Said, Edited)(talk.said)
    router.step(FLOW, VILLAGE, Said)(talk.said_village)
    router.step(FLOW, FORM, Said)(talk.said_step)
    router.step(FLOW, CONFIRM, Said, Edited)(talk.said_after_read_back)
    return router
