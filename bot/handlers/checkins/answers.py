"""The steps after a report was read: questions about it, Đúng · Sửa · Hủy, signing off, writing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.sessions import VersionConflict
from bot.core.text import Text
from bot.features import units
from bot.features.calendar import periods
from bot.features.checkins import answers, photos
from bot.features.checkins.actions import AddNote, AddPhoto, Confirm, Correct, Drop, Settle, ShowReported
from bot.features.checkins.answers import Answer, AnswerBody, Doubt, FigureLine, Review
from bot.features.checkins.reading import values
from bot.features.checkins.reading.figures import amendment, number_of
from bot.features.checkins.scope import FigureScope, may, may_each
from bot.features.difficulties.difficulties import Difficulty
from bot.features.jobs.queue import Jobs
from bot.features.people import people
from bot.features.units import Place
from bot.handlers.difficulties.wording import how_urgent
from bot.handlers.kit.forwarding import offer
from bot.handlers.kit.provisions import KeepDifficulty
from bot.i18n import msg

from .common import NO_ROLE, CheckinService
from .for_group import FIGURES
from .replies import choice_of
from .wording import doubt, read_back

FLOW, CONFIRM = "checkin", "confirm"
ASIDE = "bc"
"""The fact that keeps a report while something else is asked in private: its id, a blank, when it was shown."""
_KEPT = 24 * 3600
"""So many seconds after it was shown a report that was put aside still waits; then one begins anew."""
_REWRITES = "rewrites"
"""Set in the flow after "Sửa": the next words are to be the right figure, and no yes to the wrong ones."""

_DONE_AT = msg("Báo cáo này đã xong lúc {at} ngày {day}.")
_CANCELLED_AT = msg("Báo cáo này đã hủy lúc {at} ngày {day}.")
WAITS = msg("Tôi chưa ghi gì cả. Bản báo cáo dưới đây đang chờ bác.")
_FIRST = msg("Bác trả lời giúp tôi câu này trước, tôi chưa ghi gì.")


class CheckinAnswerConversation:
    """`raise_difficulty` keeps what a report says after "khó khăn:", `jobs` fetch photos."""

    def __init__(self, service: CheckinService, raise_difficulty: KeepDifficulty | None, jobs: Jobs) -> None:
        self._service = service
        self._raise_difficulty = raise_difficulty
        self._jobs = jobs

    async def _difficulties(
        self, ctx: Context, answer: Answer, found: FigureScope | None, place: Place | None
    ) -> tuple[list[Difficulty], list[Text]]:
        """Keep the difficulties of a report; where nobody takes them, say who else to tell."""
        if self._raise_difficulty is None:
            reply = ctx.t("Phần khó khăn thì xã không nhận qua tôi: bác gọi cán bộ xã giúp.")
            return [], [reply] if answer.body.difficulties else []
        kept = [
            await self._raise_difficulty(ctx, found, place, text, f"{answer.id}-{number}")
            for number, text in enumerate(answer.body.difficulties, start=1)
            if found is not None and place is not None
        ]
        return kept, []

    async def show(
        self, ctx: Context, answer: Answer, looked: Review, notes: Sequence[Text] = (), among: Sequence[Place] = ()
    ) -> None:
        """Ask the next question about the report, or show all of it with Đúng · Sửa · Hủy.

        Villages that are `among` those at hand are not read again.
        """
        ctx.wait_for(FLOW, CONFIRM, {"id": str(answer.id)})
        if ctx.private:
            ctx.session.facts[ASIDE] = f"{answer.id} {int(ctx.now.timestamp())}"
        asked = looked.doubt
        if asked is not None:
            text, buttons = doubt(ctx, answer, *asked)
            ctx.reply(Text.join("\n", [*notes, text]), buttons)
            return
        if not answer.body.lines and not answer.body.difficulties:
            ctx.leave_flow()
            ctx.reply(Text.join("\n", [*notes, ctx.t("Không còn số nào để ghi.")]))
            return
        known = {one.id: one for one in among}
        ids = dict.fromkeys(one.line.unit_id for one in looked.shown)
        villages = {one: known.get(one) or await self._service.place(one) for one in ids}
        reply = read_back(ctx, looked.shown, answer.body, villages)
        ctx.reply(Text.join("\n", [*notes, reply, ctx.t("Đúng không ạ?")]), _buttons(ctx, answer), rows=(3,))

    async def show_again(self, ctx: Context, answer: Answer, *notes: Text) -> None:
        """Show the pending report as it stands now."""
        await self.show(ctx, answer, await self._review(answer), notes)

    async def waiting(self, ctx: Context) -> Answer | None:
        """Return the report pending this person's "Đúng" in this chat, even while something else is asked."""
        flow = ctx.flow
        here = flow is not None and (flow.name, flow.step) == (FLOW, CONFIRM)
        number = int(flow.data["id"]) if flow is not None and here else self._aside(ctx)
        answer = None if number is None else await answers.get(number)
        return answer if answer is not None and answer.state == "waiting" else None

    def _aside(self, ctx: Context) -> int | None:
        number, _, shown = ctx.session.facts.get(ASIDE, "").partition(" ") if ctx.private else ("", "", "")
        return int(number) if number and ctx.now.timestamp() - int(shown) <= _KEPT else None

    async def is_asked(self, ctx: Context, answer: Answer) -> bool:
        """Return whether yes and no belong to this report: not after "Sửa", and not under another question."""
        if ctx.flow is None or _REWRITES in ctx.flow.data:
            return False
        asked = (await self._review(answer)).doubt
        what = Settle(answer.id, answer.version, asked[0], "leave") if asked else Confirm(answer.id, answer.version)
        last = {button.data for item in ctx.session.lists[-1:] for button in item.buttons}
        return not ctx.private or not last or Button.to("", what).data in last

    async def rewrite(self, ctx: Context, answer: Answer, body: AnswerBody, *notes: Text) -> None:
        """Change the note, photos or difficulties beside the figures of a pending report."""
        async with ctx.changes():
            fresh = await answers.rewrite(answer, body)
            await self.show_again(ctx, fresh, *notes)

    async def agree(self, ctx: Context, answer: Answer) -> None:
        """Take "đúng" in words as the answer to the open doubt about one figure, else to the whole report."""
        looked = await self._review(answer)
        asked = looked.doubt
        if asked is not None and asked[1].doubt in ("falling", "jump") and looked.bases == answer.body.bases:
            await self.settle(ctx, Settle(answer.id, answer.version, asked[0], "sure"))
        else:
            await self.confirm(ctx, Confirm(answer.id, answer.version))

    async def confirm(self, ctx: Context, action: Confirm) -> None:
        answer = await self._present(ctx, action.answer, action.version)
        if answer is None:
            return
        who = await self._service.who(ctx)
        each = await may_each(who, [(one.unit_id, one.indicator) for one in answer.body.lines], ctx.now)
        allowed = list(each.values())
        own = answer.author_id is not None and answer.author_id == who.person_id
        signs = all(one.sign for one in allowed)
        if not allowed:
            # A difficulty alone needs no signature, but it takes the author, or who could sign there.
            signs = own or (await may(who, answer.unit_id, "", ctx.now)).sign
        if own and (await self._service.scope(ctx) is None or not all(one.report for one in allowed)):
            # The role in which it was written has ended since.
            ctx.leave_flow()
            ctx.reply(ctx.t(NO_ROLE))
            return
        if not signs and not own:
            ctx.reply(ctx.t("Báo cáo này do Tổ trưởng hoặc Tổ phó duyệt."))
            return
        try:
            async with ctx.changes():
                looked = await self._review(answer)
                if looked.bases != answer.body.bases:
                    await self._again(ctx, answer, looked)
                elif looked.doubt is not None:
                    await self.show(ctx, answer, looked, [ctx.t(_FIRST)])
                elif not signs:
                    await self._propose(ctx, answer, looked)
                else:
                    await self._write(ctx, answer, looked, who.person_id)
        except values.Changed:
            # Somebody wrote the same figure between our look and our write: the event runs again and shows theirs.
            raise VersionConflict from None

    async def correct(self, ctx: Context, action: Correct) -> None:
        answer = await self._present(ctx, action.answer, action.version)
        if answer is not None and await self.mine(ctx, answer):
            ctx.wait_for(FLOW, CONFIRM, {"id": str(answer.id), _REWRITES: "1"})
            reply = ctx.t("Bác gõ lại chỗ sai, ví dụ “vneid 13”. Các số khác tôi vẫn giữ.")
            ctx.reply(Text.join("\n", [reply, ctx.t("Gõ “bc” để xem lại, “hủy” để bỏ.")]), expects="text")

    async def drop(self, ctx: Context, action: Drop) -> None:
        answer = await self._present(ctx, action.answer, action.version)
        if answer is None or not await self.mine(ctx, answer):
            return
        async with ctx.changes():
            if await answers.cancel(answer, ctx.now) is None:
                raise VersionConflict
            _over(ctx)
            ctx.replace(ctx.t("Đã hủy, tôi không ghi số nào."))

    async def settle(self, ctx: Context, action: Settle) -> None:
        """Apply the answer to a doubt about one line."""
        answer = await self._present(ctx, action.answer, action.version)
        if answer is None or not await self.mine(ctx, answer):
            return
        lines = list(answer.body.lines)
        before = await self._review(answer)
        if not 0 <= action.line < len(lines):
            await self.show(ctx, answer, before)
            return
        asked, line = before.shown[action.line].doubt, lines[action.line]
        lines[action.line : action.line + 1] = [
            one for one in [answers.settled(line, asked, action.choice)] if one is not None
        ]
        await self._change(ctx, answer, lines)

    async def settle_in_words(self, ctx: Context, answer: Answer, text: str) -> bool:
        """Take “mới thêm”, “tổng”, “bỏ qua” as the answer to the question about a line."""
        asked = (await self._review(answer)).doubt
        choice = "" if asked is None else choice_of(text)
        if asked is None or not choice or (choice != "leave" and asked[1].doubt not in ("part", "sign")):
            return False
        await self.settle(ctx, Settle(answer.id, answer.version, asked[0], choice))
        return True

    async def retype(self, ctx: Context, answer: Answer, text: str) -> bool:
        """Take a number alone as the answer to the question about a line.

        For "out of how many?" it is the denominator, for every other question the right value.
        Return False when nothing is asked or the words say more.
        """
        asked = (await self._review(answer)).doubt
        if asked is None:
            return False
        return await self._renumber(ctx, answer, asked[0], text, asked[1].doubt)

    async def amend(self, ctx: Context, answer: Answer, text: str) -> bool:
        """Correct a figure: `nhầm, 13` with one line, `13 chứ không phải 31` with one line of 31; else return False."""
        amended = amendment(text, asked=ctx.flow is not None and _REWRITES in ctx.flow.data)
        if amended is None:
            return False
        meant = [at for at, line in enumerate(answer.body.lines) if amended.wrong in (None, line.value)]
        if len(meant) == 1:
            return await self._renumber(ctx, answer, meant[0], amended.words)
        found = await self._service.scope(ctx)
        lines = answer.body.lines
        if found is None or not lines:
            return False
        if number_of(lines[0].indicator, amended.words, found.lexicon(await self._service.indicators())) is None:
            return False
        note = ctx.t("“{words}” là số của chỉ tiêu nào ạ? Bác gõ cả tên, ví dụ “vneid 13”.", words=amended.words)
        await self.show_again(ctx, answer, note)
        return True

    async def _renumber(self, ctx: Context, answer: Answer, at: int, text: str, asked: Doubt | None = None) -> bool:
        """Put a number without a name into a line, of which was `asked`; False when the words say more."""
        found = await self._service.scope(ctx)
        lines = list(answer.body.lines)
        line = lines[at]
        entry = (
            None if found is None else number_of(line.indicator, text, found.lexicon(await self._service.indicators()))
        )
        if entry is None:
            return False
        if asked == "whole" and entry.out_of is None:
            lines[at] = line.model_copy(update={"out_of": entry.value})
        elif asked == "part":
            new = {"value": entry.value, "sign": entry.sign, "out_of": entry.out_of, "added": None, "sure": ()}
            lines[at] = line.model_copy(update=new)
        else:
            sign = line.sign if entry.sign == "?" else entry.sign
            out_of = line.out_of if entry.out_of is None else entry.out_of
            new = {"value": entry.value, "sign": sign, "out_of": out_of, "added": entry.added, "sure": ()}
            lines[at] = line.model_copy(update=new)
        await self._change(ctx, answer, lines)
        return True

    async def _change(self, ctx: Context, answer: Answer, lines: Sequence[FigureLine]) -> None:
        async with ctx.changes():
            looked = await answers.review(lines, await self._service.indicators(), self._service.cut_off)
            body = answer.body.model_copy(update={"lines": tuple(lines), "bases": looked.bases})
            fresh = await answers.rewrite(answer, body)
            await self.show(ctx, fresh, looked)

    async def _review(self, answer: Answer) -> Review:
        return await answers.review(answer.body.lines, await self._service.indicators(), self._service.cut_off)

    async def _again(self, ctx: Context, answer: Answer, looked: Review) -> None:
        body = answer.body.model_copy(update={"bases": looked.bases})
        fresh = await answers.change(answer, body)
        note = ctx.t("Số liệu vừa có người khác cập nhật. Bác xem lại bản mới dưới đây.")
        if fresh is not None:
            await self.show(ctx, fresh, looked, [note])

    async def _propose(self, ctx: Context, answer: Answer, looked: Review) -> None:
        proposed = await answers.propose(answer)
        if proposed is None:
            raise VersionConflict
        _over(ctx)
        ctx.reply(ctx.t("Cảm ơn bác. Tôi đã chuyển Tổ trưởng duyệt, duyệt xong số mới được tính."))
        villages = {one.line.unit_id: await self._service.place(one.line.unit_id) for one in looked.shown}
        reply = read_back(ctx, looked.shown, answer.body, villages)
        text = Text.join("\n", [ctx.t("Thành viên Tổ đề nghị duyệt số liệu:"), reply, ctx.t("Đúng không ạ?")])
        for unit_id in villages:
            leaders = [holder.person_id for holder in await people.holders("leader", unit_id, ctx.now)]
            await self._service.tell(leaders, text, f"cf{answer.id}", ctx.now, _buttons(ctx, proposed), klass="request")

    async def _write(self, ctx: Context, answer: Answer, looked: Review, person_id: int | None) -> None:
        done = await answers.confirm(answer, looked, by=person_id, now=ctx.now)
        if done is None:
            raise VersionConflict
        for sent in answer.body.sent if looked.shown else ():
            await photos.fetch(self._jobs, done, sent, ctx.now)
        if answer.author_id != person_id:
            details = {"count": len(looked.shown), "version": done.version}
            await self._service.audit.append(person_id, "figures_signed", f"answer:{answer.id}", ctx.now, details)
        _over(ctx)
        parts = [ctx.t("✅ Đã ghi {count} số liệu. Cảm ơn bác.", count=len(looked.shown))] if looked.shown else []
        found = await self._service.scope(ctx)
        place = await units.by_id(answer.unit_id)
        raised, untold = await self._difficulties(ctx, answer, found, place)
        more, buttons = how_urgent(ctx, raised)
        parts += untold
        if answer.body.difficulties:
            parts.append(ctx.t("Khó khăn đã chuyển xã, có hạn trả lời. Tôi sẽ báo lại bác khi xã trả lời."))
        if looked.shown:
            buttons = [
                *buttons,
                Button.to(ctx.word("Xem số đã báo"), ShowReported("" if place is None else place.code)),
                Button.to(ctx.word("Thêm ghi chú"), AddNote(answer.id)),
            ]
        if looked.shown and ctx.private:
            buttons.append(Button.to(ctx.word("Thêm ảnh"), AddPhoto(answer.id)))
        if looked.shown and place is not None:
            buttons += await offer(ctx, place.id, FIGURES, answer.id)
        ctx.replace(Text.join("\n", [*parts, *more]), buttons)

    async def _present(self, ctx: Context, answer_id: int, version: int) -> Answer | None:
        """Return the answer if it is still in the version of its button; otherwise tell its present state."""
        answer = await answers.get(answer_id)
        if answer is None:
            ctx.reply(ctx.t("Bản báo cáo này không còn nữa."))
        elif answer.state in ("done", "cancelled"):
            at = (answer.done_at or ctx.now).astimezone(periods.VIETNAM)
            reply = _DONE_AT if answer.state == "done" else _CANCELLED_AT
            ctx.reply(ctx.t(reply, at=f"{at:%H:%M}", day=f"{at:%d/%m}"))
        elif answer.version != version:
            if await self.mine(ctx, answer):
                await self.show_again(ctx, answer, ctx.t("Đã có bản mới hơn, bác xem dưới đây."))
        else:
            return answer
        return None

    async def mine(self, ctx: Context, answer: Answer) -> bool:
        """Return whether the sender is the author or may sign it off; refuse otherwise."""
        who = await self._service.who(ctx)
        if answer.author_id is not None and answer.author_id == who.person_id:
            return True
        each = await may_each(who, [(one.unit_id, one.indicator) for one in answer.body.lines], ctx.now)
        if each and all(one.sign for one in each.values()):
            return True
        ctx.reply(ctx.t("Báo cáo này của người khác. Bác gõ “bc” để báo số liệu của mình."))
        return False


def _over(ctx: Context) -> None:
    """End the waiting, so that a later “ok” confirms no report."""
    ctx.leave_flow()
    ctx.session.facts.pop(ASIDE, None)


def _buttons(ctx: Context, answer: Answer) -> list[Button]:
    return [
        Button.to(ctx.word("Đúng"), Confirm(answer.id, answer.version)),
        Button.to(ctx.word("Sửa"), Correct(answer.id, answer.version)),
        Button.to(ctx.word("Hủy"), Drop(answer.id, answer.version)),
    ]
