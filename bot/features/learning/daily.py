"""One question a day for who asked for it: when, which one, and what its message looks like."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from msgspec import Struct
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.calendar import vietnam
from bot.features.calendar.vietnam import VIETNAM
from bot.features.guides.quizzes import choice_id
from bot.features.learning.tables import DailyReader, QuestionAnswer
from bot.features.outbox.box import Outbox
from bot.features.people.accounts import Account
from bot.i18n import msg
from bot.storage.tables.people import Account as AccountRow

from .actions import AnswerDaily, StopDaily
from .banks import Bank, QuizQuestion
from .shipped import Shipped
from .spacing import Once, choose

log = logging.getLogger(__name__)

HOURS = (7, 12, 19)
"""When a question may come; none of them is in quiet hours by the usual settings."""
_AT_ONCE = 100

_ASKED = msg("**Câu hỏi hôm nay:** {question}")
_STOP = msg("Thôi nhận câu hỏi")


class DailyQuestionReader(Struct, frozen=True):
    """`asked` is the id of the question of the day `asked_on`, 0 for none. `unit_id` is the village."""

    id: int
    account: Account
    commune_id: int
    unit_id: int | None
    hour: int
    asked_on: date | None
    asked: int


class DailyWish(Struct, frozen=True):
    """A person's wish for a question a day at `hour`, in this private chat."""

    account: Account
    chat_id: str
    commune_id: int
    unit_id: int | None
    locale: str
    hour: int


def day_of(now: datetime) -> date:
    return vietnam.today(now)


def occasion(day: date) -> str:
    return f"d{day.isoformat()}"


async def find(account: Account) -> DailyQuestionReader | None:
    row = await DailyReader.get_or_none(platform=account.platform, person=account.person)
    return None if row is None else _reader(row)


async def join(wish: DailyWish, now: datetime) -> DailyQuestionReader:
    """Begin the daily questions; somebody who gets questions already keeps today's and changes the rest."""
    own = DailyReader.filter(platform=wish.account.platform, person=wish.account.person)
    changed = await own.update(
        chat_id=wish.chat_id, commune_id=wish.commune_id, unit_id=wish.unit_id, locale=wish.locale, hour=wish.hour
    )
    if not changed:
        await DailyReader.create(
            platform=wish.account.platform,
            person=wish.account.person,
            chat_id=wish.chat_id,
            commune_id=wish.commune_id,
            unit_id=wish.unit_id,
            locale=wish.locale,
            hour=wish.hour,
            since=now,
        )
    return _reader(await own.get())


async def leave(account: Account) -> bool:
    """Stop the daily questions; return False for somebody who gets none."""
    return bool(await DailyReader.filter(platform=account.platform, person=account.person).delete())


async def pick(reader: DailyQuestionReader, held: Sequence[Bank], today: date) -> QuizQuestion | None:
    """Pick today's question for somebody, of these banks."""
    everything = [one for bank in held for one in bank.questions]
    who = f"{reader.account.platform}:{reader.account.person}"
    return choose(everything, await _history(reader.account), today, who)


async def ask(reader: DailyQuestionReader, shipped: Shipped, now: datetime) -> QuizQuestion | None:
    """Return today's question, remembered as asked; None when this day has had it, or there is none.

    Inside the caller's transaction. The day is taken first: two clocks cannot both ask.
    """
    today = day_of(now)
    fresh = DailyReader.filter(Q(asked_on__isnull=True) | Q(asked_on__lt=today), id=reader.id)
    if not await fresh.update(asked_on=today, asked=0):
        return None
    question = await pick(reader, await shipped.to_ask(reader.commune_id, now), today)
    if question is not None:
        await DailyReader.filter(id=reader.id).update(asked=question.id)
    return question


def message(question: QuizQuestion, today: date, t: Callable[..., Text], word: Callable[[str], str]) -> Message:
    """Return the question as a message; `t` and `word` translate for the reader."""
    buttons = [
        Button.to(choice, AnswerDaily(question.id, today.isoformat(), choice_id(choice))) for choice in question.choices
    ]
    text = t(_ASKED, question=question.text)
    return Message(text, (*buttons, Button.to(word(_STOP), StopDaily(), apart=True)), expects="quiz")


class DailyQuestionSchedule:
    """The clock of the daily questions: a notice in the outbox for everybody whose hour has come."""

    def __init__(self, outbox: Outbox, shipped: Shipped) -> None:
        self._outbox = outbox
        self._shipped = shipped

    async def tick(self, now: datetime) -> float | None:
        """Ask those who are due. Returns 0.0 when more people wait than were asked now."""
        here, today = now.astimezone(VIETNAM), day_of(now)
        rows = await (
            DailyReader.filter(Q(asked_on__isnull=True) | Q(asked_on__lt=today), hour__lte=here.hour)
            .order_by("id")
            .limit(_AT_ONCE)
        )
        for row in rows:
            async with in_transaction("default"):
                await self._ask(row, today, now)
        return 0.0 if len(rows) == _AT_ONCE else None

    async def _ask(self, row: DailyReader, today: date, now: datetime) -> None:
        """Ask a reader. The day is taken in any case: a reader out of reach today is tried again tomorrow."""
        reader = _reader(row)
        question = await ask(reader, self._shipped, now)
        if question is None or await _unwilling(reader.account):
            return

        def t(template: str, /, **values: Text | str | int) -> Text:
            return Text.of(self._outbox.translate(row.locale, template), **values)

        shown = message(question, today, t, lambda label: self._outbox.translate(row.locale, label))
        chat = Chat(row.platform, row.chat_id, "private")
        midnight = datetime.combine(today + timedelta(days=1), time(), VIETNAM)
        try:
            await self._outbox.add(
                chat, shown, key=f"daily{row.id}:{today}", now=now, expires_at=midnight, locale=row.locale
            )
        except LookupError:
            log.warning("a daily question has no way out: %s is off", row.platform)


async def _unwilling(account: Account) -> bool:
    """Return True for people who said "dừng", who get nothing unasked, and for those who blocked the bot."""
    silent = Q(muted=True) | Q(reachable=False)
    return await AccountRow.filter(silent, platform=account.platform, native_id=account.person).exists()


async def _history(account: Account) -> Mapping[int, Sequence[Once]]:
    rows = await QuestionAnswer.filter(
        platform=account.platform, person=account.person, occasion__startswith="d"
    ).order_by("answered_at", "id")
    found: dict[int, list[Once]] = defaultdict(list)
    for row in rows:
        question_id = row.key_of("question")
        found[question_id].append(Once(date.fromisoformat(row.occasion[1:]), row.right))
    return found


def _reader(row: DailyReader) -> DailyQuestionReader:
    commune_id = row.key_of("commune")
    unit_id = row.key_or_none("unit")
    account = Account(row.platform, row.person)
    return DailyQuestionReader(row.id, account, commune_id, unit_id, row.hour, row.asked_on, row.asked)
