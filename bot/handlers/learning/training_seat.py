"""A training session as those see it who learn: coming in by its code, the questions before and after, one's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Span, Text, fold
from bot.features.guides.quizzes import choice_id
from bot.features.learning import seats, sessions
from bot.features.learning.certificate import LONGEST_NAME, name_of
from bot.features.learning.seats import PHASES, Phase, Seat
from bot.features.learning.sessions import TrainingEvent
from bot.features.learning.topics import FrozenQuestion, Topics
from bot.features.learning.training_actions import AnswerTraining, NameSeat, NextTrainingQuestion, OpenSeat
from bot.features.people import people
from bot.handlers.guides.page import OpenGuide
from bot.handlers.kit.provisions import Consent
from bot.handlers.kit.speaker import account_of, to_menu
from bot.i18n import msg

from .certificates import NO_NAME, CertifyTraining
from .training_common import FLOW, JOIN_LINK
from .training_wording import heading

NAME = "name"
_TOPIC = "training"
_PURPOSE = msg("ghi bác vào buổi tập huấn")
_JOINING = patterns.compile(r"(?:vao (?:buoi |lop )?tap huan )?(?P<code>\S.*)")

_WRONG_CODE = msg("Không có buổi tập huấn nào mang mã này. Bác xem lại mã giúp tôi, mã có 6 chữ và số.")
_CLOSED = msg("Buổi tập huấn “{title}” đã đóng nên không vào được nữa.")
_CANCELLED = msg("Buổi tập huấn “{title}” đã hủy nên không vào được nữa.")
_HOW_TO_JOIN = msg("Bác gõ: vào tập huấn, rồi mã của buổi. Mã do người dạy đưa.")
_NOT_IN = msg("Bác chưa vào buổi tập huấn này. Bác gõ “vào tập huấn {code}” để vào.")
_NOT_OPEN = {
    "planned": msg("Câu hỏi chưa mở. Đến giờ học, người dạy mở thì tôi nhắn bác."),
    "taught": msg("Câu hỏi đầu buổi đã đóng. Dạy xong, người dạy mở câu hỏi cuối buổi thì tôi nhắn bác."),
    "closed": msg("Buổi tập huấn này đã đóng nên không trả lời được nữa."),
    "cancelled": msg("Buổi tập huấn này đã hủy nên không có câu hỏi."),
}
_ONLY_AFTER = msg("Bác chưa trả lời hết phần đầu buổi. Bác vẫn trả lời được phần này, chỉ không so được hai lần.")
_COUNTED = msg("Bác đã trả lời câu này rồi; câu trả lời đầu tiên được tính.")


class TrainingSeatConversation:
    def __init__(self, topics: Topics, consent: Consent, leaflet: Callable[[str], str | None]) -> None:
        self._topics = topics
        self._consent = consent
        self._leaflet = leaflet
        consent.on_consent(_TOPIC, self._agreed, purpose=_PURPOSE)

    # Coming in

    async def command(self, ctx: Context) -> None:
        """Handle `vào tập huấn K7QF9M`."""
        if ctx.args.strip():
            await self._join(ctx, ctx.args)
        else:
            ctx.reply(ctx.t(_HOW_TO_JOIN), expects="text")

    async def open_link(self, ctx: Context, code: str) -> bool:
        """Open `th_CODE`, from a QR code or a group."""
        kind, _, rest = code.partition("_")
        if kind != JOIN_LINK or not rest:
            return False
        await self._join(ctx, rest)
        return True

    async def understand(self, ctx: Context, words: str) -> bool:
        """Take a code on its own, or in a newcomer's words from before the commune was asked for."""
        found = _JOINING.fullmatch(fold(words))
        if not ctx.private or found is None or await sessions.by_code(found["code"]) is None:
            return False
        await self._join(ctx, found["code"])
        return True

    async def _join(self, ctx: Context, words: str) -> None:
        one = await sessions.by_code(words)
        if one is None:
            ctx.reply(ctx.t(_WRONG_CODE), to_menu(ctx))
        elif not ctx.private:
            self._lead(ctx, one)
        elif not one.live:
            why = _CANCELLED if one.state == "cancelled" else _CLOSED
            ctx.reply(ctx.t(why, title=one.title), to_menu(ctx))
        elif await self._consent.has_consent(ctx, _TOPIC):
            async with ctx.changes():
                await self._agreed(ctx, one.code)
        else:
            about = ctx.t(
                "Bác vào buổi tập huấn “{title}”. Câu trả lời của bác chỉ mình bác xem; "
                "người dạy chỉ thấy số chung. Sau 90 ngày tôi chỉ còn giữ số chung.",
                title=one.title,
            )
            self._consent.ask_consent(ctx, _TOPIC, one.code, about=about)

    def _lead(self, ctx: Context, one: TrainingEvent) -> None:
        """Lead a group to the private chat: each comes in by themselves."""
        reply = msg("Buổi tập huấn “{title}”: bác nhắn riêng cho tôi “vào tập huấn {code}”.")
        text = ctx.t(reply, title=one.title, code=one.code)
        address = ctx.private_link(f"{JOIN_LINK}_{one.code}")
        if address is not None:
            text += Text((Span("\n"), Span(ctx.word("Vào buổi học"), link=address)))
        ctx.reply(text)

    async def _agreed(self, ctx: Context, code: str) -> None:
        one = await sessions.by_code(code)
        who = await people.who(account_of(ctx), ctx.now)
        if one is None or not one.live or who.person_id is None:
            ctx.reply(ctx.t(_WRONG_CODE), to_menu(ctx))
            return
        new = await seats.take(one.id, who.person_id, ctx.now)
        seat = await seats.find(one.id, who.person_id)
        if seat is not None:
            note = ctx.t("✅ Bác đã vào buổi tập huấn.") if new else ctx.t("Bác đã vào buổi này rồi.")
            await self._show(ctx, one, seat, note)

    async def open(self, ctx: Context, action: OpenSeat) -> None:
        mine = await self._mine(ctx, action.training)
        if mine is not None:
            await self._show(ctx, *mine)

    async def _show(self, ctx: Context, one: TrainingEvent, seat: Seat, note: Text | None = None) -> None:
        lines = [] if note is None else [note]
        lines.append(await heading(ctx, one))
        guide = self._topics.guide(one.topic)
        leaflet = self._leaflet(guide)
        if leaflet is not None:
            lines.append(ctx.t("Tờ rơi của bài: {leaflet}", leaflet=leaflet))
        lines.append(
            ctx.t("Tên bác trong danh sách người dự: {name}.", name=seat.name)
            if seat.name
            else ctx.t("Danh sách người dự không có tên bác.")
        )
        buttons = await self._asking(ctx, one, seat)
        if guide:
            buttons.append(Button.to(ctx.word("Xem bài hướng dẫn"), OpenGuide(guide)))
        label = ctx.word("Bỏ tên tôi") if seat.name else ctx.word("Ghi tên tôi vào danh sách")
        buttons.append(Button.to(label, NameSeat(one.code, not seat.name)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def _asking(self, ctx: Context, one: TrainingEvent, seat: Seat) -> list[Button]:
        phase = _phase(one)
        if phase is not None and len(await seats.given(seat, phase)) < len(one.questions):
            return [Button.to(ctx.word("Trả lời câu hỏi"), NextTrainingQuestion(one.code))]
        if await seats.finished(one, seat):
            return [Button.to(ctx.word("Nhận giấy chứng nhận"), CertifyTraining(one.code))]
        return []

    # Questions

    async def next(self, ctx: Context, action: NextTrainingQuestion) -> None:
        mine = await self._mine(ctx, action.training)
        if mine is None:
            return
        one, seat = mine
        phase = _phase(one)
        if phase is None:
            ctx.reply(ctx.t(_NOT_OPEN[one.state]), to_menu(ctx))
            return
        notes: list[Text] = []
        begun = await seats.given(seat, phase)
        if phase == "after" and not begun and len(await seats.given(seat, "before")) < len(one.questions):
            notes.append(ctx.t(_ONLY_AFTER))
        await self._go_on(ctx, one, seat, phase, notes)

    async def answer(self, ctx: Context, action: AnswerTraining) -> None:
        """Record an answer; before the lesson nothing is told about it, as the same is asked again afterwards."""
        mine = await self._mine(ctx, action.training)
        if mine is None:
            return
        one, seat = mine
        phase = _phase(one)
        if phase is None or phase != action.phase:
            await self.next(ctx, NextTrainingQuestion(one.code))
            return
        asked = one.questions[action.question] if 0 <= action.question < len(one.questions) else None
        choice = None if asked is None else asked.choice(action.choice)
        if asked is None or choice is None:
            await self._go_on(ctx, one, seat, phase)
            return
        right = choice == asked.right
        async with ctx.changes():
            first = await seats.answer(seat, phase, action.question, right=right, now=ctx.now)
            notes = [ctx.t(_COUNTED)] if not first else [_told(ctx, asked, right=right)] if phase == "after" else []
            await self._go_on(ctx, one, seat, phase, notes)

    async def _go_on(
        self, ctx: Context, one: TrainingEvent, seat: Seat, phase: Phase, notes: Sequence[Text] = ()
    ) -> None:
        """Ask the next question, or show one's own result."""
        given = await seats.given(seat, phase)
        left = [at for at in seats.order(one, seat, phase) if at not in given]
        if not left:
            await self._result(ctx, one, seat, notes)
            return
        asked = one.questions[left[0]]
        head = ctx.t(
            "**Câu {number}/{count}.** {text}", number=len(given) + 1, count=len(one.questions), text=asked.text
        )
        buttons = [
            Button.to(choice, AnswerTraining(one.code, phase, left[0], choice_id(choice))) for choice in asked.choices
        ]
        ctx.reply(Text.join("\n\n", [*notes, head]), buttons, expects="quiz")

    async def _result(self, ctx: Context, one: TrainingEvent, seat: Seat, notes: Sequence[Text]) -> None:
        """Show the result only to its owner."""
        count = len(one.questions)
        before, after = [await seats.given(seat, phase) for phase in PHASES]
        if one.state != "after":
            reply = ctx.t("Cảm ơn bác, đã đủ {count} câu. Mời bác vào học.", count=count)
        elif len(before) == count:
            reply = ctx.t(
                "Bác đúng **{after}/{count}** câu; đầu buổi bác đúng {before}/{count}.",
                after=sum(after.values()),
                before=sum(before.values()),
                count=count,
            )
        else:
            reply = ctx.t("Bác đúng **{after}/{count}** câu.", after=sum(after.values()), count=count)
        buttons = [*await self._asking(ctx, one, seat), Button.to(ctx.word("Xem buổi học"), OpenSeat(one.code))]
        ctx.reply(Text.join("\n\n", [*notes, reply]), [*buttons, *to_menu(ctx)])

    # One's name in the list

    async def name(self, ctx: Context, action: NameSeat) -> None:
        mine = await self._mine(ctx, action.training)
        if mine is None:
            return
        one, seat = mine
        if action.named:
            ctx.wait_for(FLOW, NAME, {"training": one.code})
            ctx.reply(
                ctx.t(
                    "Bác gõ họ tên để ghi vào danh sách người dự. Người dạy giữ danh sách, trong đó không có kết quả."
                ),
                expects="text",
            )
            return
        async with ctx.changes():
            await seats.call(seat, "")
            await self._show(ctx, one, Seat(seat.id, ""), ctx.t("Đã bỏ tên bác khỏi danh sách."))

    async def take_name(self, ctx: Context) -> None:
        flow = ctx.flow
        mine = None if flow is None else await self._mine(ctx, flow.data["training"])
        if mine is None or not isinstance(ctx.event, TextSent):
            return
        name = name_of(ctx.event.text)
        if name is None:
            ctx.reply(ctx.t(NO_NAME, most=LONGEST_NAME), expects="text")
            return
        one, seat = mine
        ctx.leave_flow()
        async with ctx.changes():
            await seats.call(seat, name)
            await self._show(ctx, one, Seat(seat.id, name), ctx.t("✅ Đã ghi tên bác."))

    async def _mine(self, ctx: Context, code: str) -> tuple[TrainingEvent, Seat] | None:
        """Return the session and one's own seat in it; otherwise say why not."""
        one = await sessions.by_code(code)
        if one is None:
            ctx.reply(ctx.t(_WRONG_CODE), to_menu(ctx))
            return None
        if not ctx.private:
            self._lead(ctx, one)
            return None
        who = await people.who(account_of(ctx), ctx.now)
        seat = await seats.find(one.id, who.person_id)
        if seat is None:
            ctx.reply(ctx.t(_NOT_IN, code=one.code), to_menu(ctx))
            return None
        return one, seat


def build(conversation: TrainingSeatConversation) -> Router:
    router = Router()
    router.command("vaotaphuan", "vào tập huấn", "vào buổi tập huấn", "vào lớp tập huấn", takes_args=True)(
        conversation.command
    )
    router.action(OpenSeat)(conversation.open)
    router.action(NextTrainingQuestion)(conversation.next)
    router.action(AnswerTraining)(conversation.answer)
    router.action(NameSeat)(conversation.name)
    router.step(FLOW, NAME, TextSent)(conversation.take_name)
    return router


def _phase(one: TrainingEvent) -> Phase | None:
    """Return the phase whose questions are open now."""
    return next((phase for phase in PHASES if phase == one.state), None)


def _told(ctx: Context, asked: FrozenQuestion, *, right: bool) -> Text:
    reply = (
        ctx.t("✅ **Đúng rồi!**")
        if right
        else ctx.t("**Chưa đúng.** Câu đúng là: {choice}.", choice=asked.choices[asked.right].rstrip("."))
    )
    return Text.join("\n", [reply, Text.verbatim(asked.why)]) if asked.why else reply
