"""Tasks in words: the card, its buttons for who does it and for who gave it, and the notices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from msgspec import Struct

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import rights, units
from bot.features.calendar import vietnam
from bot.features.groups.channels import Purpose
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.rights import Act
from bot.features.rights.table import CHAIR, DEPUTY, LEADER, OFFICER
from bot.i18n import msg, short_date, weekday_date
from bot.storage.tables.people import Person

from .actions import ChooseDoer, DropTask, FinishTask, GiveTo, HandOver, NameSource, RefuseTask, TakeTask
from .model import STATES, Task
from .sources import Source

NEW_FOR_YOU = msg("Bác được giao một việc:")
OPEN_FOR_ALL = msg("Có việc chờ người nhận:")
RETURNED = msg("Việc sau chưa có người làm, bác giao lại giúp:")
LEFT = msg("người được giao không còn trong Tổ")
LEFT_OUTSIDE = msg("người được giao không còn trong danh sách doanh nghiệp")
_DONE = msg("✅ {name} đã làm xong: “{title}”. Kết quả: {note}")
_TAKEN = msg("{name} đã nhận việc “{title}”, hạn {due}.")
_TOMORROW = msg("Nhắc bác: mai ({due}) là hạn của việc này.")
_TODAY = msg("Nhắc bác: hôm nay ({due}) là hạn của việc này.")
_LATE = msg("Việc này đã quá hạn, bác xem giúp:")


class TaskWords(Struct, frozen=True):
    """How something is said: to the reader of a chat, or to the installation's people."""

    t: Callable[..., Text]
    word: Callable[[str], str]
    locale: str


def card(one: Task, words: TaskWords, *, village: str, doer: str, today: date) -> Text:
    """Return the card of a task; `doer` is a name, "" for nobody."""
    lines = [
        words.t(
            "**Việc số {id}** ({state}), {village}: {title}",
            id=one.id, state=words.word(STATES[one.state]), village=village, title=one.title,
        ),
        words.t("Hạn: {due}", due=weekday_date(one.due_on, words.locale))
        + (words.t(" (quá hạn)") if one.late(today) else Text()),
    ]  # fmt: skip
    if one.source.level:
        lines.append(words.t("Nơi giao: {level}", level=one.source.level))
    if one.source.document:
        lines.append(words.t("Theo: {document}", document=paper(one.source, words)))
    if doer:
        lines.append(words.t("Người làm: {name}", name=doer))
    if one.outcome:
        lines.append(words.t("Xong khi: {outcome}", outcome=one.outcome))
    if one.note:
        told = words.t("Kết quả: {note}", note=one.note) if one.state == "done" else None
        lines.append(told or words.t("Ghi chú: {note}", note=one.note))
    return Text.join("\n", lines)


def paper(source: Source, words: TaskWords) -> Text:
    """Write `công văn số 793/BTTTT-THH ngày 05/03/2022`."""
    if source.dated is None:
        return Text.verbatim(source.document)
    day = short_date(source.dated, words.locale)
    return words.t("{document} ngày {day}", document=source.document, day=day)


def doer_buttons(one: Task, words: TaskWords) -> list[Button]:
    """Return the buttons for the person who is named, or for all while there is none."""
    if one.state == "open":
        return [Button.to(words.word("Nhận việc"), TakeTask(one.id, one.version))]
    if one.state not in ("given", "taken"):
        return []
    first = [Button.to(words.word("Nhận"), TakeTask(one.id, one.version))] if one.state == "given" else []
    return [
        *first,
        Button.to(words.word("Xong"), FinishTask(one.id, one.version)),
        Button.to(words.word("Chưa làm được"), RefuseTask(one.id, one.version)),
        # An enterprise does not learn which others there are.
        *([] if one.outside else [Button.to(words.word("Chuyển cho người khác"), HandOver(one.id, one.version, 0))]),
    ]


def giver_buttons(one: Task, words: TaskWords) -> list[Button]:
    if not one.alive and one.state != "draft":
        return []
    buttons = [Button.to(words.word("Giao cho người khác"), ChooseDoer(one.id, one.version))]
    if one.state != "open":
        buttons.append(Button.to(words.word("Để ai nhận cũng được"), GiveTo(one.id, one.version, 0)))
    return [
        *buttons,
        Button.to(words.word("Ghi nơi giao, số văn bản"), NameSource(one.id, one.version)),
        Button.to(words.word("Bỏ việc này"), DropTask(one.id, one.version)),
    ]


class TaskNotices:
    """Notices about tasks, inside the caller's transaction. A key names the task's version: each is written once."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    @property
    def _words(self) -> TaskWords:
        return TaskWords(self._mail.t, self._mail.word, self._mail.locale)

    async def to_doer(self, one: Task, now: datetime) -> bool:
        """Tell the doer; return False when the person cannot be written to."""
        text = await self._with(NEW_FOR_YOU, one, now)
        return await self._mail.tell(
            one.doer_id, text, doer_buttons(one, self._words), key=f"nv{one.id}:{one.version}", now=now
        )

    async def to_all(self, one: Task, person_ids: list[int], now: datetime) -> None:
        """Tell the members, and the group of the team or of the enterprises."""

        async def write(mail: Mail) -> tuple[Text, Sequence[Button]]:
            notices = TaskNotices(mail)
            return await notices._with(OPEN_FOR_ALL, one, now), doer_buttons(one, notices._words)

        text, buttons = await write(self._mail)
        key = f"nv{one.id}:{one.version}"
        await self._mail.tell_all(person_ids, text, buttons, key=key, now=now)
        purpose: Purpose = "enterprise" if one.outside else "team"
        await self._mail.groups(one.unit_id, purpose, write, key=key, now=now)

    async def returned(self, one: Task, now: datetime) -> None:
        text = await self._with(RETURNED, one, now)
        key = f"nv{one.id}:{one.version}:back"
        await self._mail.tell_all(await _deciders(one, now), text, giver_buttons(one, self._words), key=key, now=now)

    async def taken(self, one: Task, name: str, now: datetime) -> None:
        due = weekday_date(one.due_on, self._mail.locale)
        text = self._mail.t(_TAKEN, name=name, title=one.title, due=due)
        await self._mail.later.tell_all(await _deciders(one, now), text, key=f"nv{one.id}:{one.version}:taken", now=now)

    async def done(self, one: Task, name: str, now: datetime) -> None:
        text = self._mail.t(_DONE, name=name, title=one.title, note=one.note or self._mail.word("đã xong"))
        await self._mail.later.tell_all(await _deciders(one, now), text, key=f"nv{one.id}:done", now=now)

    async def remind(self, one: Task, days: int, now: datetime) -> None:
        """Remind of it `days` before its day; once for each person who has it."""
        template = _TODAY if days == 0 else _TOMORROW
        due = weekday_date(one.due_on, self._mail.locale)
        text = Text.join("\n", [self._mail.t(template, due=due), await self._card(one, now)])
        key = f"nv{one.id}:remind:{one.due_on:%m%d}:{days}"
        await self._mail.tell(one.doer_id, text, doer_buttons(one, self._words), key=key, now=now)

    async def late(self, one: Task, now: datetime) -> None:
        text = await self._with(_LATE, one, now)
        key = f"nv{one.id}:late:{one.due_on:%m%d}"
        await self._mail.tell_all(await _deciders(one, now), text, giver_buttons(one, self._words), key=key, now=now)

    async def _with(self, lead: str, one: Task, now: datetime) -> Text:
        return Text.join("\n", [self._mail.t(lead), await self._card(one, now)])

    async def _card(self, one: Task, now: datetime) -> Text:
        return await card_of(one, self._words, now)


async def _deciders(one: Task, now: datetime) -> Sequence[int]:
    """Return its giver while allowed to give tasks there; else the village's leaders or the commune's officials."""
    if one.giver_id is not None:
        who = await people.who_is(one.giver_id, now)
        if (await rights.decide(who, Act.ASSIGN_TASKS, one.unit_id, on=now)).allowed:
            return [one.giver_id]
    leading = (OFFICER, CHAIR) if one.outside else (LEADER, DEPUTY)
    held = [await people.holders(role, one.unit_id, now) for role in leading]
    return [holder.person_id for holders in held for holder in holders]


async def card_of(one: Task, words: TaskWords, now: datetime) -> Text:
    place = await units.by_id(one.unit_id)
    village = "" if place is None else place.full_name
    name = "" if one.doer_id is None else await name_of(one.doer_id) or words.word("một người")
    return card(one, words, village=village, doer=name, today=vietnam.today(now))


async def name_of(person_id: int) -> str:
    row = await Person.get_or_none(id=person_id)
    return "" if row is None else row.name
