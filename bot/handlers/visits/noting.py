"""Noting a field visit in two taps."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.units import Place
from bot.features.visits import log as visits
from bot.features.visits.log import MOST_PEOPLE, OUTCOMES, TOPICS, Outcome, topic_of
from bot.handlers.kit.speaker import account_of, to_menu
from bot.i18n import msg

from .details import UndoVisit, after, asks, details
from .log import LogVisit, ShowLog, month_of, subject_name

FLOW, COUNT = "visit", "count"
_OFFERED = (2, 3, 5, 10)
_SHOWN = 12
_NUMBER = patterns.compile(r"(?<!\d)(\d{1,4})(?!\d)")
_LONGEST = 150
_HELPED = patterns.compile(
    r"(?:\S+ ){0,8}?(?:hom nay|sang nay|chieu nay|toi nay|hom qua|vua|moi|da|di|den nha|sang nha) (?:\S+ ){0,8}?"
    r"(?:giup|ho tro|huong dan|cai (?:dat )?(?:cho|giup|ho)|lam (?:cho|giup|ho))\b"
)
_ASKED = patterns.compile(r"\b(?:giup (?:toi|em|chau|minh)|lam sao|the nao|o dau|duoc khong|ai|bao gio|cho hoi)\b")
_HOW_MANY = msg("Giúp được mấy người? Bác gõ con số, từ 1 đến {most}.")
_NOT_YOURS = msg("Việc ghi lượt hỗ trợ là của Tổ công nghệ số và tình nguyện viên.")
_NO_NAMES = msg("Chỉ ghi số người, không ghi tên bà con.")


class PickTopic(Action, code="ght"):
    """`topic` is a topic or an app, here and below; `key` names the visit that is being noted."""

    topic: str
    key: str


class PickCount(Action, code="ghc"):
    """Ask for the number of people."""

    topic: str
    key: str


class SetCount(Action, code="ghs"):
    topic: str
    key: str
    count: int


class NoteVisit(Action, code="ghn"):
    topic: str
    key: str
    count: int
    outcome: str


class VisitConversation:
    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for those who note visits."""
        who = await people.who(account_of(ctx), ctx.now)
        return [Button.to(ctx.word("Ghi lượt hỗ trợ"), LogVisit())] if visits.role_of(who) else []

    async def command(self, ctx: Context) -> None:
        """Handle `/ghiluot`, perhaps with topic and number: `ghi lượt vneid 3 người`.

        The word “ghi” alone begins too many sentences.
        """
        if await self._writer(ctx) is None:
            return
        topic, count, key = visits.subject_in(ctx.args), _count(ctx.args), _key(ctx)
        if count is not None and not 0 < count <= MOST_PEOPLE:
            ctx.reply(ctx.t(_HOW_MANY, most=MOST_PEOPLE))
        elif topic:
            await self._ask_outcome(ctx, topic, key, count or 1)
        else:
            buttons = [
                Button.to(ctx.word(label).capitalize(), SetCount(code, key, count) if count else PickTopic(code, key))
                for code, label in TOPICS.items()
            ]
            ctx.reply(
                Text.join(" ", [ctx.t("Bác vừa giúp bà con việc gì?"), ctx.t(_NO_NAMES)]),
                [*buttons, Button.to(ctx.word("Nhật ký của tôi"), ShowLog("", month_of(ctx)))],
            )

    async def understand(self, ctx: Context, words: str) -> bool:
        """Note “Hôm nay tôi đến nhà ông Ba giúp cài VNeID” from a helper; the name in it is not kept."""
        plain = fold(words)
        if not ctx.private or len(plain) > _LONGEST or not _HELPED.match(plain) or _ASKED.search(plain):
            return False
        if not visits.role_of(await people.who(account_of(ctx), ctx.now)):
            return False
        ctx.args = words
        await self.command(ctx)
        return True

    async def begin(self, ctx: Context, action: LogVisit) -> None:
        await self.command(ctx)

    async def pick_topic(self, ctx: Context, action: PickTopic) -> None:
        if topic_of(action.topic) and await self._writer(ctx) is not None:
            await self._ask_outcome(ctx, action.topic, action.key, 1)

    async def _ask_outcome(self, ctx: Context, topic: str, key: str, count: int) -> None:
        """Ask for the outcome, for one person unless said otherwise: most visits are to one."""
        buttons = [
            Button.to(ctx.word(label).capitalize(), NoteVisit(topic, key, count, code))
            for code, label in OUTCOMES.items()
        ]
        buttons.append(Button.to(ctx.word("Số người khác"), PickCount(topic, key)))
        ctx.replace(
            ctx.t("**{topic}**, {count} người. Kết quả thế nào?", topic=subject_name(ctx, topic), count=count),
            buttons,
            rows=(3, 1),
        )

    async def pick_count(self, ctx: Context, action: PickCount) -> None:
        if not topic_of(action.topic) or await self._writer(ctx) is None:
            return
        ctx.wait_for(FLOW, COUNT, {"topic": action.topic, "key": action.key})
        ctx.reply(
            ctx.t(_HOW_MANY, most=MOST_PEOPLE),
            [Button.to(ctx.t("{count} người", count=n).plain, SetCount(action.topic, action.key, n)) for n in _OFFERED],
            expects="figure",
            rows=(len(_OFFERED),),
        )

    async def set_count(self, ctx: Context, action: SetCount) -> None:
        if topic_of(action.topic) and 0 < action.count <= MOST_PEOPLE and await self._writer(ctx) is not None:
            ctx.leave_flow()
            await self._ask_outcome(ctx, action.topic, action.key, action.count)

    async def take_count(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent):
            return
        count = _count(ctx.event.text)
        if count is None or not 0 < count <= MOST_PEOPLE:
            ctx.reply(ctx.t(_HOW_MANY, most=MOST_PEOPLE), expects="figure")
            return
        ctx.leave_flow()
        await self._ask_outcome(ctx, flow.data["topic"], flow.data["key"], count)

    async def note(self, ctx: Context, action: NoteVisit) -> None:
        found = await self._writer(ctx)
        if found is None or not topic_of(action.topic) or not 0 < action.count <= MOST_PEOPLE:
            return
        outcome: Outcome | None = next((one for one in OUTCOMES if one == action.outcome), None)
        if outcome is None:
            return
        who, role, place = found
        key = sha256(f"{who.person_id} {action.key}".encode()).hexdigest()[:24]
        async with ctx.changes():
            made = await visits.note(who, place.id, role, action.topic, action.count, outcome, key=key, now=ctx.now)
            if made is None:
                ctx.reply(ctx.t("Lượt này tôi đã ghi rồi, không ghi thêm lần nữa."), after(ctx))
                return
            one = await visits.get(made, who.person_id or 0)
            if one is None:
                return
            reply = ctx.t(
                "✅ Đã ghi: {topic}, {count} người, {outcome}, {unit}.",
                topic=subject_name(ctx, action.topic), count=action.count, outcome=ctx.word(OUTCOMES[outcome]),
                unit=place.full_name,
            )  # fmt: skip
            rows = details(ctx, one)
            buttons = [button for row in rows for button in row]
            ctx.replace(
                Text.join(" ", [reply, asks(ctx, one)]),
                [*buttons, *after(ctx), Button.to(ctx.word("Ghi nhầm, bỏ đi"), UndoVisit(made))],
                rows=(*map(len, rows), 2, 1),
            )

    async def _writer(self, ctx: Context) -> tuple[Who, str, Place] | None:
        """Return the person, their role and the village: the group's, else the role's; or say why not."""
        who = await people.who(account_of(ctx), ctx.now)
        role = visits.role_of(who)
        if role is None:
            ctx.reply(ctx.t(_NOT_YOURS), to_menu(ctx))
            return None
        day = ctx.now.astimezone(VIETNAM).date()
        channel = None if ctx.private else await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        for unit_id in (role[1] if channel is None else channel.unit_id, role[1]):
            decision = await rights.decide(who, Act.LOG_VISIT, unit_id, on=ctx.now, own=True)
            place = await units.successor(unit_id, day)
            if decision.allowed and place is not None:
                return who, role[0], place
        ctx.reply(ctx.t("Bác ghi trong nhóm của thôn, để tôi biết ở nơi nào."))
        return None


def _count(words: str) -> int | None:
    found = _NUMBER.search(words)
    return None if found is None else int(found[1])


def _key(ctx: Context) -> str:
    return sha256(f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}".encode()).hexdigest()[:12]


def build(conversation: VisitConversation) -> Router:
    router = Router()
    router.command("ghiluot", "ghi lượt hỗ trợ", "ghi hỗ trợ", "ghi lượt", takes_args=True)(conversation.command)
    router.action(LogVisit)(conversation.begin)
    router.action(PickTopic)(conversation.pick_topic)
    router.action(PickCount)(conversation.pick_count)
    router.action(SetCount)(conversation.set_count)
    router.action(NoteVisit)(conversation.note)
    router.step(FLOW, COUNT, TextSent, figures=True)(conversation.take_count)
    return router
