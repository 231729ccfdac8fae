"""Reporting figures in one message: who reports for where, what is read, and what answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.core.context import Context
from bot.core.events import Edited, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features import units
from bot.features.checkins import answers
from bot.features.checkins.actions import (
    Confirm,
    Correct,
    Drop,
    EndSteps,
    OpenReport,
    PickFigure,
    PickVillage,
    Settle,
    ShowReported,
    SkipIndicator,
    StepByStep,
)
from bot.features.checkins.answers import AnswerBody, FigureLine
from bot.features.checkins.model import Figures, Indicator
from bot.features.checkins.reading.figures import read
from bot.features.checkins.scope import FigureScope
from bot.features.checkins.sent import SentPhotos
from bot.features.help.actions import AskPerson
from bot.features.jobs.queue import Jobs
from bot.features.units import Place
from bot.handlers.kit.hooks import Understand, understood
from bot.handlers.kit.provisions import KeepDifficulty
from bot.i18n import msg, number
from bot.understanding.figures import FigureReader

from .answers import CONFIRM, FLOW, WAITS, CheckinAnswerConversation
from .common import NO_ROLE, CheckinService, is_addressed_here, text_of
from .lines import LineReader
from .overheard import OverheardFiguresConversation
from .photos_beside import alone, brought, kept_beside
from .replies import agrees, denies, gives_up
from .step_by_step import FORM, LEAVE, StepByStepConversation
from .village import VILLAGE, VillageQuestion
from .which_number import WHICH, NumberQuestion
from .wording import added, unread

SAY, AMEND = "say", "amend"


_HOW = msg(
    "Bác gõ một tin, nhiều số cũng được, có dấu hay không dấu đều được. Ví dụ:\n"
    "“vneid +12, sổ sức khỏe =340, hồ sơ 5, khó khăn: mất sóng ở cuối thôn”\n"
    "“+” là mới thêm, “=” là tổng đến nay."
)
_STILL_WAITS = msg("Bản báo cáo của bác còn chờ, tôi chưa ghi gì. Gõ “bc” để xem lại, “hủy” để bỏ.")
_LONG_NOTE = msg("Ghi chú dài quá nên tôi chưa ghi. Bác viết gọn trong {count} chữ cái giúp tôi.")
_STEPS = frozenset({"tung so mot", "tung so", "tung buoc"})


class CheckinConversation:
    """`raise_difficulty` keeps what a report says after "khó khăn:", `jobs` fetch photos.

    `elsewhere` understands words that are no report, also while one is asked for;
    `about_figures` understands questions about those that were reported;
    `wanted` understands what stands behind “báo cáo” and asks for a report.
    """

    def __init__(
        self,
        service: CheckinService,
        raise_difficulty: KeepDifficulty | None,
        jobs: Jobs,
        elsewhere: Iterable[Understand] = (),
        about_figures: Iterable[Understand] = (),
        wanted: Iterable[Understand] = (),
    ) -> None:
        self._service = service
        self._reader = LineReader(service)
        self.answers = CheckinAnswerConversation(service, raise_difficulty, jobs)
        self.steps = StepByStepConversation(service, self.take)
        self.overheard = OverheardFiguresConversation(service)
        self.village = VillageQuestion(service, self.take, self.open_form)
        self.number = NumberQuestion(self.take_story, self.take_story)
        self._elsewhere = elsewhere
        self._about_figures = about_figures
        self._wanted = wanted

    # What people begin with

    async def report(self, ctx: Context) -> None:
        """Handle `/baocao`, with or without figures."""
        half = await self.steps.half_done(ctx)
        if not ctx.args.strip():
            await self.open_form(ctx, OpenReport(""))
        elif half is not None:
            # What was told step by step is of its village, whatever the new words name.
            await self.take(ctx, f"{half[0].full_name}: {half[1]}; {ctx.args}", asked=True, unit=half[0].code)
        else:
            unit, amends = _amended(ctx)
            # While a figure is put right, “bc 2026” is one.
            if not amends and await self._report_wanted(ctx):
                return
            if not await self.take(ctx, ctx.args, asked=True, unit=unit, amends=amends) and not await self._asked(ctx):
                await self.no_figure(ctx, unit, amends=amends)

    async def _report_wanted(self, ctx: Context) -> bool:
        """Answer “báo cáo tháng này”, and remind of figures that still wait for their "Đúng"."""
        if not (ctx.private and await understood(self._wanted, ctx, ctx.args)):
            return False
        if pending := await self.pending(ctx):
            ctx.reply(pending)
        return True

    async def understand(self, ctx: Context, text: str) -> bool:
        """Take free words in a private chat as a report only if every word of it is understood."""
        return await self.take(ctx, text, asked=False)

    async def open_form(self, ctx: Context, action: OpenReport) -> None:
        """Ask for the figures with an example and the way step by step; a pending report is shown instead."""
        if await self.shows_what_waits(ctx):
            return
        found = await self._service.scope(ctx)
        if found is None:
            ctx.reply(ctx.t(NO_ROLE))
            return
        village = found.named(action.unit) or found.meant
        if village is None:
            self.village.ask(ctx, found)
            return
        wanted = await self._service.wanted(village, ctx)
        names = ", ".join(one.aliases[0] for one in wanted)
        lines = [
            ctx.t("Báo số liệu **{village}**. Xã đang cần: {names}.", village=village.full_name, names=names),
            ctx.t(_HOW),
            ctx.t(LEAVE),
        ]
        ctx.reply(
            Text.join("\n", lines),
            [
                Button.to(ctx.word("Từng số một"), StepByStep(village.code)),
                Button.to(ctx.word("Xem số đã báo"), ShowReported(village.code)),
            ],
            expects="text",
        )
        ctx.wait_for(FLOW, SAY, {"unit": village.code})

    async def step_by_step(self, ctx: Context, action: StepByStep) -> None:
        if not await self.shows_what_waits(ctx):
            await self.steps.begin(ctx, action)

    async def shows_what_waits(self, ctx: Context) -> bool:
        """Show the report still without its "Đúng" instead of dropping it for a new one; return whether one waits."""
        waiting = await self.answers.waiting(ctx)
        half = await self.steps.half_done(ctx)
        if waiting is not None:
            await self.answers.show_again(ctx, waiting, ctx.t(WAITS), ctx.t("Muốn báo thêm, bác gõ luôn số liệu."))
        return waiting is not None or (
            half is not None and await self.take(ctx, half[1], asked=True, unit=half[0].code)
        )

    async def at_menu(self, ctx: Context) -> Text:
        """End the question for figures; return a reminder of the figures told already, which stay."""
        flow, pending = ctx.flow, await self.pending(ctx)
        if not pending and flow is not None and flow.name == FLOW and not flow.data.get("text"):
            ctx.leave_flow()
        return pending

    async def pending(self, ctx: Context) -> Text:
        """Say that a report still waits in this chat; empty if none does."""
        if await self.answers.waiting(ctx) is None and await self.steps.half_done(ctx) is None:
            return Text()
        return ctx.t(_STILL_WAITS)

    async def put_aside(self, ctx: Context) -> str:
        """Return the id of the pending report for `shows_again`, while something else is asked; "" for none."""
        waiting = await self.answers.waiting(ctx)
        return "" if waiting is None else str(waiting.id)

    async def shows_again(self, ctx: Context, report: str) -> None:
        """Show the report after something else in between, unless it was confirmed or dropped meanwhile."""
        answer = await answers.get(int(report)) if report else None
        if answer is not None and answer.state == "waiting":
            await self.answers.show_again(ctx, answer, ctx.t(WAITS))

    async def drops(self, ctx: Context) -> bool:
        """Drop the pending report on “hủy”, so that no button of it may record it later.

        Return False if none waits, or if another flow's question is open in its place.
        """
        if ctx.flow is not None and ctx.flow.name != FLOW:
            return False
        waiting = await self.answers.waiting(ctx)
        if waiting is None:
            return False
        ctx.stop()
        await self.answers.drop(ctx, Drop(waiting.id, waiting.version))
        return True

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button of the menu for those who may report."""
        found = await self._service.scope(ctx)
        return [] if found is None else [Button.to(ctx.word("Báo số liệu"), OpenReport(""))]

    # Words that are an answer

    async def take_answer(self, ctx: Context) -> None:
        """Read the words after "báo số liệu"."""
        text, flow = text_of(ctx), ctx.flow
        unit = "" if flow is None else flow.data.get("unit", "")
        if unit and fold(text) in _STEPS:
            await self.steps.begin(ctx, StepByStep(unit))
            return
        ctx.leave_flow()
        if is_addressed_here(ctx) and gives_up(text):
            ctx.reply(ctx.t("Đã dừng việc đang làm."))
        elif (
            await self._asked(ctx)
            or await self._understood_elsewhere(ctx, text)
            or await self.take(ctx, text, asked=True, unit=unit)
        ):
            return
        elif is_addressed_here(ctx):
            await self.no_figure(ctx, unit)
        else:
            ctx.wait_for(FLOW, SAY, {"unit": unit})

    async def no_figure(self, ctx: Context, unit: str = "", *, amends: bool = False) -> None:
        """Ask again after words without a figure; they never cost the pending report, which is shown again."""
        waiting = await self.answers.waiting(ctx)
        if waiting is not None:
            await self.answers.show_again(ctx, waiting, ctx.t(WAITS))
            return
        ctx.wait_for(FLOW, AMEND if amends else SAY, {"unit": unit})
        lines = [ctx.t("Tôi chưa thấy số liệu nào trong tin này."), ctx.t(_HOW), ctx.t(LEAVE)]
        ctx.reply(Text.join("\n", lines), expects="text")

    async def take(
        self,
        ctx: Context,
        text: str,
        *,
        asked: bool,
        unit: str = "",
        amends: bool = False,
        sent: SentPhotos | None = None,
        chosen: Mapping[int, str] | None = None,
    ) -> bool:
        """Read a message; False when it is no report or its sender may not report.

        `amends`: it puts right what counts already, so a number stands for the whole and is not added.
        `sent` are its photos, where they are not those of the event. `chosen` is what its numbers count, by their
        start: with it, also empty, the message is a story in which they are found by what was learned.
        """
        found = await self._service.scope(ctx)
        if found is None:
            if asked:
                person = Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))
                ctx.reply(ctx.t(NO_ROLE), [person] if ctx.private else [])
            return asked
        indicators = await self._service.indicators()
        lexicon = found.lexicon(indicators)
        figures = read(text, lexicon, asked=asked or bool(unit))
        if chosen is not None:
            understood_ = FigureReader().understand(text, lexicon, chosen)
            figures = understood_.figures
            if understood_.unsettled is not None:
                self.number.ask(ctx, text, unit, understood_.unsettled, chosen, lexicon)
                return True
        if not figures or not (figures.entries or figures.difficulties or is_addressed_here(ctx)):
            return False
        home = found.named(unit) or found.meant
        if home is None and (figures.difficulties or any(not one.village for one in figures.entries)):
            self.village.ask(ctx, found, text, sent or brought(ctx))
            return True
        # “Nhầm, vneid 21” after the figure was recorded stands for the whole.
        amends = amends or (figures.correction and await self.answers.waiting(ctx) is None)
        notes = unread(ctx, figures.questions, lexicon)
        lines, refused = await self._reader.read(ctx, found, figures, home, indicators, amends=amends)
        notes += refused
        place = home or (None if not lines else await units.by_id(lines[0].unit_id))
        if (not lines and not figures.difficulties) or place is None:
            waiting = await self.answers.waiting(ctx)
            if waiting is not None:
                await self.answers.show_again(ctx, waiting, *notes)
                return True
            ctx.reply(Text.join("\n", [*notes, ctx.t(LEAVE)]), expects="text")
            ctx.wait_for(FLOW, AMEND if amends else SAY, {"unit": unit})
            return True
        if len(figures.note) > answers.LONGEST_NOTE:
            most = number(answers.LONGEST_NOTE, ctx.locale)
            notes.append(Text.verbatim("⚠️ ") + ctx.t(_LONG_NOTE, count=most))
            figures = replace(figures, note="")
        await self._put(ctx, place, lines, figures, notes, indicators, found, sent or brought(ctx))
        return True

    async def take_story(
        self, ctx: Context, text: str, unit: str = "", chosen: Mapping[int, str] | None = None
    ) -> bool:
        """Read what is meant as a report in a leader's own words, or ask about its figures."""
        taken = await self.take(ctx, text, asked=True, unit=unit, chosen=chosen or {})
        if not taken:
            await self.no_figure(ctx, unit)
        return True

    async def _put(
        self,
        ctx: Context,
        place: Place,
        lines: Sequence[FigureLine],
        figures: Figures,
        notes: Sequence[Text],
        indicators: Sequence[Indicator],
        found: FigureScope,
        sent: SentPhotos | None,
    ) -> None:
        """Begin an answer, or add to the one that waits in this chat for this person's "Đúng"."""
        waiting = await self.answers.waiting(ctx)
        whole_anew = waiting is None or isinstance(ctx.event, Edited)
        old = () if whole_anew or waiting is None else waiting.body.lines
        known = () if whole_anew or waiting is None else waiting.body.difficulties
        troubles, kept = figures.difficulties, "" if whole_anew or waiting is None else waiting.body.note
        all_lines = answers.merged(old, lines)
        photos = () if waiting is None else waiting.body.sent
        if all_lines:
            photos, unkept = kept_beside(ctx, photos, sent)
            notes = [*notes, *unkept]
        elif sent is not None:
            notes = [*notes, alone(ctx)]
        body = AnswerBody(
            lines=all_lines,
            difficulties=tuple(dict.fromkeys((*known, *troubles))),
            note=figures.note or kept,
            sent=photos,
        )
        # Read before anything is written: whoever confirms it is told if a figure has changed since.
        looked = await answers.review(body.lines, indicators, self._service.cut_off)
        body = body.model_copy(update={"bases": looked.bases})
        async with ctx.changes():
            if waiting is not None and whole_anew:
                notes = [*notes, *_left_out(ctx, waiting.body.lines, body.lines, indicators)]
            if waiting is None:
                answer = await answers.begin(place.id, body, author=found.who.person_id, now=ctx.now)
            else:
                answer = await answers.rewrite(waiting, body)
            if old and looked.doubt is not None:
                # The question hides the rest of the report, so what it took in is said beside it.
                beside = [
                    one for at, one in enumerate(looked.shown) if at != looked.doubt[0] and body.lines[at] in lines
                ]
                notes = [*notes, *added(ctx, beside, [text for text in troubles if text not in known])]
            await self.answers.show(ctx, answer, looked, notes, found.villages)

    async def take_after_read_back(self, ctx: Context) -> None:
        """Read words while a report is pending: yes, no, the number asked for, or figures that change it."""
        answer = await self.answers.waiting(ctx)
        text = text_of(ctx)
        overheard, is_text = not is_addressed_here(ctx), isinstance(ctx.event, TextSent)
        if answer is None:
            ctx.leave_flow()
            await self.take(ctx, text, asked=False)
        elif is_text and agrees(text, overheard=overheard) and await self.answers.is_asked(ctx, answer):
            await self.answers.agree(ctx, answer)
        elif is_text and not overheard and gives_up(text):
            await self.answers.drop(ctx, Drop(answer.id, answer.version))
        elif is_text and not overheard and denies(text) and await self.answers.is_asked(ctx, answer):
            await self.answers.correct(ctx, Correct(answer.id, answer.version))
        elif (
            not overheard
            and (
                (is_text and await self.answers.settle_in_words(ctx, answer, text))
                or await self.answers.retype(ctx, answer, text)
                or await self.answers.amend(ctx, answer, text)
            )
        ) or (is_text and await self._asked(ctx)):
            return
        elif is_text and await self._understood_elsewhere(ctx, text):
            if not ctx.committed:
                ctx.reply(ctx.t(_STILL_WAITS))
        elif not await self.take(ctx, text, asked=True) and not overheard:
            await self.no_figure(ctx)

    async def _asked(self, ctx: Context) -> bool:
        """Answer “Báo cáo xong chưa?” and other questions about the figures, pending ones included."""
        return ctx.private and await understood(self._about_figures, ctx, text_of(ctx))

    async def _understood_elsewhere(self, ctx: Context, text: str) -> bool:
        """Answer a question in between in private, “xã có tin gì mới không?”, so that it is not read as a report."""
        return ctx.private and await understood(self._elsewhere, ctx, text)


def _amended(ctx: Context) -> tuple[str, bool]:
    """Return the village of which a figure is being corrected, and whether one is."""
    flow = ctx.flow
    if flow is None or (flow.name, flow.step) != (FLOW, AMEND):
        return "", False
    return flow.data["unit"], True


def _left_out(
    ctx: Context, old: Sequence[FigureLine], new: Sequence[FigureLine], indicators: Sequence[Indicator]
) -> list[Text]:
    """Name the figures missing from an edited message; they may have come with another message."""
    kept = {(one.indicator, one.unit_id) for one in new}
    gone = {one.indicator for one in old if (one.indicator, one.unit_id) not in kept}
    labels = ", ".join(one.label for one in indicators if one.code in gone)
    return [ctx.t("Tôi đọc lại theo tin bác vừa sửa, nên bỏ ra: {labels}.", labels=labels)] if gone else []


def build(conversation: CheckinConversation) -> Router:
    router = Router()
    router.command("baocao", "báo cáo", "bc", "báo số liệu", takes_args=True)(conversation.report)

    def reports(words: str) -> bool:
        command = router.command_in(words)
        return command is not None and bool(command[1])

    router.overhear(reports)(conversation.overheard.report)
    router.action(OpenReport)(conversation.open_form)
    router.action(StepByStep)(conversation.step_by_step)
    router.action(SkipIndicator)(conversation.steps.skip)
    router.action(EndSteps)(conversation.steps.end)
    router.action(PickVillage)(conversation.village.pick)
    router.action(PickFigure)(conversation.number.pick)
    router.action(Confirm)(conversation.answers.confirm)
    router.action(Correct)(conversation.answers.correct)
    router.action(Drop)(conversation.answers.drop)
    router.action(Settle)(conversation.answers.settle)
    router.step(FLOW, SAY, TextSent, Edited, figures=True)(conversation.take_answer)
    router.step(FLOW, VILLAGE, TextSent, Edited, figures=True)(conversation.village.take_answer)
    router.step(FLOW, WHICH, TextSent, figures=True)(conversation.number.take_answer)
    router.step(FLOW, FORM, TextSent, figures=True)(conversation.steps.take_answer)
    router.step(FLOW, CONFIRM, TextSent, Edited, figures=True)(conversation.take_after_read_back)
    return router
