"""Asking a mentor: an official sends a question or a difficulty, the answer comes back as a note beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.checkins.actions import AskMentor, OpenDifficulty
from bot.features.difficulties import difficulties, mentors
from bot.features.difficulties.difficulties import Difficulty
from bot.features.difficulties.mentors import LONGEST, MentorQuestion
from bot.features.difficulties.owners import owners
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.naming import names_somebody
from bot.features.people.people import Holder, Who
from bot.features.rights.table import OBSERVER, OFFICIALS
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import NAMED, too_long, typed
from bot.i18n import msg

from .difficulties import DifficultyConversation

FLOW = "mentor"
TEXT, ANSWER = "text", "answer"
_SHOWN = 8
_NONE = msg("Xã chưa có quan sát viên nào để hỏi. Bác gõ “mời” để mời người của Sở, của tỉnh.")
_NOT_YOURS = msg("Việc hỏi ý kiến quan sát viên là của cán bộ xã.")
_OVER = msg("Câu hỏi này không còn chờ bác trả lời.")


class PickMentor(Action, code="cvc"):
    """Choose the observer to ask; `difficulty` is 0 for a question about none."""

    difficulty: int
    person: int


class SendDifficulty(Action, code="cvg"):
    """Send a difficulty to somebody in the words in which it was shown at that version."""

    difficulty: int
    version: int
    person: int


class AnswerQuestion(Action, code="cvt"):
    question: int


class _Asking(Struct, frozen=True):
    """Hold the asker, the person asked, and the difficulty in question."""

    who: Who
    commune: Place
    one: Difficulty | None
    mentor: Holder | None
    known: Sequence[Holder]


class MentorConversation:
    def __init__(self, conversation: DifficultyConversation, mail: Mail, audit: Audit) -> None:
        self._conversation = conversation
        self._mail = mail
        self._audit = audit

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for an observer with an open question."""
        if not ctx.private:
            return []
        who = await people.who(account_of(ctx), ctx.now)
        waiting = [] if who.person_id is None or not who.has(OBSERVER) else await mentors.waiting_for(who.person_id)
        return [Button.to(ctx.word("Trả lời xã"), AnswerQuestion(waiting[0].id))] if waiting else []

    async def command(self, ctx: Context) -> None:
        """Handle `/hoiykien`: an official asks, perhaps with the question at once; an observer sees theirs."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        if who.has(OBSERVER) and not who.has(*OFFICIALS):
            await self._list(ctx, who)
            return
        await self._pick(ctx, 0, 0, ctx.args.strip().lstrip(":").strip())

    async def begin(self, ctx: Context, action: AskMentor) -> None:
        await self._pick(ctx, action.difficulty, 0)

    async def pick(self, ctx: Context, action: PickMentor) -> None:
        flow = ctx.flow
        words = flow.data.get("words", "") if flow is not None and flow.name == FLOW else ""
        await self._pick(ctx, action.difficulty, action.person, words)

    async def _pick(self, ctx: Context, difficulty: int, person: int, words: str = "") -> None:
        """Ask which observer, if there are several; then for the question."""
        asking = await self._asking(ctx, difficulty, person)
        if asking is None:
            return
        data = {"difficulty": str(difficulty), "words": words}
        if asking.mentor is None:
            ctx.wait_for(FLOW, TEXT, data)
            named = [
                Button.to(one.name or ctx.word("một người"), PickMentor(difficulty, one.person_id))
                for one in asking.known
            ]
            ctx.reply(ctx.t("Bác hỏi ai?"), named)
            return
        ctx.wait_for(FLOW, TEXT, {**data, "person": str(asking.mentor.person_id)})
        if words:
            await self._send_words(ctx, asking, words)
        elif asking.one is None or names_somebody(asking.one.text) or not asking.one.text:
            ctx.reply(ctx.t("Bác gõ câu hỏi, không nêu tên, không nêu số điện thoại của bà con."), expects="text")
        else:
            text = ctx.t(
                "Gửi {name} câu này được không? Tôi không gửi kèm tên người báo.\n“{text}”\n"
                "Câu có tên hay số của bà con thì bác gõ lại câu khác.",
                name=asking.mentor.name or ctx.word("một người"), text=asking.one.text,
            )  # fmt: skip
            send = SendDifficulty(asking.one.id, asking.one.version, asking.mentor.person_id)
            ctx.reply(text, [Button.to(ctx.word("Gửi câu này"), send), *to_menu(ctx)])

    async def send(self, ctx: Context, action: SendDifficulty) -> None:
        asking = await self._asking(ctx, action.difficulty, action.person)
        if asking is None:
            return
        if asking.one is None or asking.mentor is None or names_somebody(asking.one.text) or not asking.one.text:
            await self._pick(ctx, action.difficulty, 0)
        elif asking.one.version != action.version:
            await self._conversation.newer(ctx, asking.one.id)
        else:
            await self._send_words(ctx, asking, asking.one.text)

    async def take_answer(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words or too_long(ctx, words, LONGEST):
            return
        difficulty, person = int(flow.data["difficulty"]), int(flow.data.get("person", "0"))
        asking = await self._asking(ctx, difficulty, person)
        if asking is None:
            ctx.leave_flow()
        elif asking.mentor is None:
            await self._pick(ctx, difficulty, 0, words)
        else:
            await self._send_words(ctx, asking, words)

    async def _send_words(self, ctx: Context, asking: _Asking, words: str) -> None:
        if found := names_somebody(words):
            ctx.reply(ctx.t(NAMED, words=found), expects="text")
            return
        if asking.mentor is None or too_long(ctx, words, LONGEST):
            return
        ctx.leave_flow()
        one = asking.one
        if one is not None and any(
            each.mentor_id == asking.mentor.person_id and each.text == words for each in await mentors.about(one.id)
        ):
            ctx.reply(ctx.t("Bác đã hỏi câu này rồi."), to_menu(ctx))
            return
        async with ctx.changes():
            made = await mentors.ask(
                asking.commune.id, words, difficulty=None if one is None else one.id, asker=asking.who.person_id,
                mentor=asking.mentor.person_id, now=ctx.now,
            )  # fmt: skip
            details: dict[str, str | int | bool] = {"difficulty": 0 if one is None else one.id}
            await self._audit.append(asking.who.person_id, "mentor_asked", f"question:{made.id}", ctx.now, details)
            if await self._tell_mentor(ctx, made, asking):
                reply = ctx.t("✅ Đã gửi. Có câu trả lời tôi báo bác.")
            else:
                reply = ctx.t("Tôi đã ghi câu hỏi, nhưng chưa nhắn được cho người ấy. Bác báo giúp nhé.")
            ctx.reply(reply, to_menu(ctx))

    async def _tell_mentor(self, ctx: Context, made: MentorQuestion, asking: _Asking) -> bool:
        text = await self._asked(made, self._mail.t)
        buttons = [Button.to(self._mail.word("Trả lời"), AnswerQuestion(made.id))]
        return await self._mail.tell(made.mentor_id, text, buttons, key=f"cv{made.id}", now=ctx.now)

    async def _asked(self, one: MentorQuestion, t: Callable[..., Text]) -> Text:
        """Show the question as its mentor reads it: with the village, never with the reporter."""
        commune = await units.by_id(one.unit_id)
        difficulty = None if one.difficulty_id is None else await difficulties.get(one.difficulty_id)
        place = None if difficulty is None else await units.by_id(difficulty.unit_id)
        asks = "" if commune is None else commune.full_name
        if place is None:
            return t("**Câu hỏi của {commune}:**\n“{text}”", commune=asks, text=one.text)
        return t(
            "**Câu hỏi của {commune}** về một khó khăn ở {village}:\n“{text}”",
            commune=asks, village=place.full_name, text=one.text,
        )  # fmt: skip

    async def _asking(self, ctx: Context, difficulty: int, person: int) -> _Asking | None:
        """Return who asks whom about which difficulty; otherwise say why that is not possible."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        one, commune = None, None
        if difficulty:
            one = await self._conversation.allowed(ctx, difficulty)
            if one is None:
                return None
            commune = await units.commune_of(one.unit_id)
        else:
            grant = next((grant for grant in who.grants if grant.role in OFFICIALS and grant.unit_id), None)
            commune = None if grant is None or grant.unit_id is None else await units.commune_of(grant.unit_id)
        if commune is None:
            ctx.reply(ctx.t(_NOT_YOURS), to_menu(ctx))
            return None
        known = [holder for holder in await mentors.mentors(commune.id, ctx.now) if holder.person_id != who.person_id]
        if not known:
            ctx.reply(ctx.t(_NONE), to_menu(ctx))
            return None
        mentor = next((holder for holder in known if holder.person_id == person), None)
        if not person and len(known) == 1:
            mentor = known[0]
        return _Asking(who, commune, one, mentor, known)

    # The mentor

    async def _list(self, ctx: Context, who: Who) -> None:
        waiting = [] if who.person_id is None else await mentors.waiting_for(who.person_id)
        if not waiting:
            ctx.reply(ctx.t("Chưa có câu nào chờ bác trả lời."), to_menu(ctx))
            return
        shown = waiting[:_SHOWN]
        lines = [ctx.t("• Câu {id}: {text}", id=one.id, text=one.text[:200]) for one in shown]
        buttons = [Button.to(ctx.word("Trả lời câu") + f" {one.id}", AnswerQuestion(one.id)) for one in shown]
        ctx.reply(Text.join("\n", [ctx.t("Xã hỏi ý kiến bác:"), *lines]), [*buttons, *to_menu(ctx)])

    async def begin_answer(self, ctx: Context, action: AnswerQuestion) -> None:
        one = await self._open_for(ctx, action.question)
        if one is None:
            return
        ctx.wait_for(FLOW, ANSWER, {"question": str(one.id)})
        asked = ctx.t("Bác gõ ý kiến, một tin ngắn. Tôi gửi cán bộ xã; số liệu, việc xử lý vẫn do xã làm.")
        ctx.reply(Text.join("\n", [await self._asked(one, ctx.t), asked]), expects="text")

    async def answered(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words or too_long(ctx, words, LONGEST):
            return
        ctx.leave_flow()
        one = await self._open_for(ctx, int(flow.data["question"]))
        if one is None:
            return
        async with ctx.changes():
            if not await mentors.answer(one, words, ctx.now):
                ctx.reply(ctx.t(_OVER), to_menu(ctx))
                return
            await self._audit.append(one.mentor_id, "mentor_answered", f"question:{one.id}", ctx.now)
            await self._bring_back(ctx, one, words)
            ctx.reply(ctx.t("✅ Đã gửi ý kiến của bác về xã. Cảm ơn bác."), to_menu(ctx))

    async def _bring_back(self, ctx: Context, one: MentorQuestion, words: str) -> None:
        """Send the answer to the asker, while they hold a role, and to those who work on the difficulty."""
        difficulty = None if one.difficulty_id is None else await difficulties.get(one.difficulty_id)
        told = [] if difficulty is None else await owners(difficulty, one.unit_id, ctx.now)
        if one.asker_id is not None and await people.grants_of(one.asker_id, ctx.now):
            told.append(one.asker_id)
        text = self._mail.t(
            "**{role}** trả lời câu hỏi của xã:\n“{text}”\nÝ kiến: {answer}",
            role=self._mail.word(rights.ROLES[OBSERVER]), text=one.text, answer=words,
        )  # fmt: skip
        buttons = []
        if difficulty is not None:
            buttons = [Button.to(self._mail.word("Mở số") + f" {difficulty.id}", OpenDifficulty(difficulty.id))]
        await self._mail.tell_all(told, text, buttons, key=f"cv{one.id}:back", now=ctx.now)

    async def _open_for(self, ctx: Context, question_id: int) -> MentorQuestion | None:
        """Return the unanswered question for its mentor; otherwise say how things are."""
        if not in_private(ctx):
            return None
        one = await mentors.get(question_id)
        who = await people.who(account_of(ctx), ctx.now)
        if one is None or not one.text or not await mentors.may_answer(who, one, ctx.now):
            ctx.reply(ctx.t(_OVER), to_menu(ctx))
            return None
        if one.answered:
            ctx.reply(ctx.t("Bác đã trả lời câu này: “{answer}”", answer=one.answer), to_menu(ctx))
            return None
        return one


def build(conversation: MentorConversation) -> Router:
    router = Router()
    router.command("hoiykien", "hỏi ý kiến", "hỏi quan sát viên", "câu hỏi của xã", takes_args=True)(
        conversation.command
    )
    router.action(AskMentor)(conversation.begin)
    router.action(PickMentor)(conversation.pick)
    router.action(SendDifficulty)(conversation.send)
    router.action(AnswerQuestion)(conversation.begin_answer)
    router.step(FLOW, TEXT, TextSent, prose=True)(conversation.take_answer)
    router.step(FLOW, ANSWER, TextSent, prose=True)(conversation.answered)
    return router
