"""Requests for help as they are stored. Every change is one conditional update; False means that somebody was first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from msgspec import Struct
from tortoise.expressions import F, Q

from bot.core.events import Chat
from bot.storage.tables.commune import PassingFile
from bot.storage.tables.help import HelpAsk as AskRow
from bot.storage.tables.help import HelpMessage as MessageRow
from bot.storage.tables.help import HelpRequest as Row
from bot.storage.tables.people import Account

State = Literal["waiting", "taken", "answered", "closed"]
Stage = Literal["village", "centre", "all"]
Asked = Literal["waiting", "taken", "declined", "passed", "called"]
Device = Literal["", "iphone", "android", "unknown"]

LONGEST_TEXT, LONGEST_CONTACT = 1000, 120
MOST_OPEN = 3
"""Requests that one person may have at a time."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A new request: the account that asks, the unit, the step of a guide or a question of their own."""

    account_id: int
    unit_id: int
    guide: str = ""
    step: str = ""
    device: Device = ""
    locale: str = "vi"
    text: str = field(default="", repr=False)


class Request(Struct, frozen=True):
    """`asker_id` is an account, None once it was erased; `helper_id` a person. Times are UTC."""

    id: int
    unit_id: int
    asker_id: int | None
    locale: str
    guide: str
    step: str
    device: str
    contact: str
    state: State
    version: int
    stage: Stage
    helper_id: int | None
    reminded: bool
    next_at: datetime | None
    promised_at: datetime | None
    created_at: datetime
    first_answer_at: datetime | None

    @property
    def open(self) -> bool:
        return self.state != "closed"


class RequestMessage(Struct, frozen=True):
    """One message between the two; `photo` is a name of the media store."""

    id: int
    request_id: int
    from_asker: bool
    text: str
    photo: str


async def create(new: Asking, now: datetime) -> Request:
    row = await Row.create(
        unit_id=new.unit_id,
        asker_id=new.account_id,
        locale=new.locale,
        guide=new.guide,
        step=new.step,
        device=new.device,
        state="waiting",
        created_at=now,
        updated_at=now,
    )
    if new.text:
        await write(row.id, new.text, None, now)
    return _request(row)


async def get(request_id: int) -> Request | None:
    row = await Row.get_or_none(id=request_id)
    return None if row is None else _request(row)


async def open_of(account_id: int) -> Sequence[Request]:
    """Return an account's requests that are not closed, the newest first."""
    return [_request(row) for row in await Row.filter(Q(asker_id=account_id) & _OPEN).order_by("-id")]


async def open_in(unit_ids: Collection[int]) -> Sequence[Request]:
    """Return the open requests of these units: the promised first, then the oldest."""
    rows = [_request(row) for row in await Row.filter(_OPEN, unit_id__in=list(unit_ids)).order_by("created_at", "id")]
    return sorted(rows, key=lambda one: (one.state != "waiting", one.promised_at is None, one.created_at, one.id))


async def asker_chat(one: Request) -> Chat | None:
    """Return the chat for the answer; None when the asker cannot be written to there any more."""
    row = None if one.asker_id is None else await Account.get_or_none(id=one.asker_id, reachable=True)
    return None if row is None or not row.chat_id else Chat(row.platform, row.chat_id, "private")


async def asker_person(one: Request) -> int | None:
    row = None if one.asker_id is None else await Account.get_or_none(id=one.asker_id)
    return None if row is None else row.key_or_none("person")


# Changes


async def take(one: Request, person_id: int, next_at: datetime, now: datetime) -> bool:
    """Take the request; of two helpers at once the second one gets False."""
    if not await _move(one, "waiting", now, state="taken", helper_id=person_id, next_at=next_at, reminded=False):
        return False
    await AskRow.filter(request_id=one.id, state="waiting").update(state="passed")
    if not await AskRow.filter(request_id=one.id, person_id=person_id).update(state="taken"):
        await AskRow.create(request_id=one.id, person_id=person_id, state="taken", at=now)
    return True


async def free(one: Request, now: datetime) -> bool:
    """Free a request whose helper helps no longer; the next one may be asked."""
    return await _move(one, one.state, now, state="waiting", helper_id=None, reminded=False, next_at=now)


async def answered(one: Request, now: datetime) -> bool:
    first = one.first_answer_at or now
    return await _move(one, one.state, now, state="answered", next_at=None, first_answer_at=first)


async def asked_back(one: Request, next_at: datetime, now: datetime) -> bool:
    """Record that the resident answered the helper, whose turn it is again."""
    return await _move(one, "answered", now, state="taken", next_at=next_at, reminded=False)


async def close(one: Request, now: datetime) -> bool:
    if not await _move(one, one.state, now, state="closed", next_at=None):
        return False
    await AskRow.filter(request_id=one.id, state="waiting").update(state="passed")
    return True


async def claim(one: Request) -> bool:
    """Claim the request for the clock; False when it was taken or looked at since it was read."""
    same = Row.filter(id=one.id, version=one.version, state=one.state, next_at=one.next_at)
    return bool(await same.update(next_at=None))


async def schedule(
    one: Request, *, stage: Stage, next_at: datetime | None, promised_at: datetime | None, reminded: bool = False
) -> None:
    """Set when the clock looks again. No button becomes stale by this."""
    await Row.filter(id=one.id, version=one.version, state=one.state).update(
        stage=stage, next_at=next_at, promised_at=promised_at, reminded=reminded
    )


async def set_contact(one: Request, contact: str) -> None:
    await Row.filter(id=one.id).update(contact=contact[:LONGEST_CONTACT])


async def _move(one: Request, held_in: State, now: datetime, /, **new: str | int | bool | datetime | None) -> bool:
    held = Row.filter(id=one.id, version=one.version, state=held_in)
    return bool(await held.update(**new, version=F("version") + 1, updated_at=now))


# Who was asked


async def ask(request_id: int, person_id: int, state: Asked, now: datetime) -> int:
    """Write down that somebody is asked; returns the row's id."""
    return int((await AskRow.create(request_id=request_id, person_id=person_id, state=state, at=now)).id)


async def set_asked(request_id: int, person_id: int, state: Asked) -> None:
    await AskRow.filter(request_id=request_id, person_id=person_id).update(state=state)


async def pass_over(request_id: int) -> None:
    """Note that the one asked last did not answer."""
    await AskRow.filter(request_id=request_id, state="waiting").update(state="passed")


async def asked_in(request_id: int) -> frozenset[int]:
    """Return the persons who were asked in turn; being called with everybody does not count."""
    rows = await AskRow.filter(request_id=request_id, person_id__isnull=False).exclude(state="called")
    return frozenset(row.key_of("person") for row in rows)


async def is_asked(request_id: int, person_id: int) -> bool:
    """Tell whether the request waits for this person's answer."""
    return await AskRow.filter(request_id=request_id, person_id=person_id, state="waiting").exists()


async def last_asked(person_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each was last asked for anything; those who never were are missing."""
    last: dict[int, datetime] = {}
    for row in await AskRow.filter(person_id__in=list(person_ids)).order_by("at", "id"):
        last[row.key_of("person")] = row.at
    return last


# What was written


async def write(request_id: int, text: str, by: int | None, now: datetime, *, photo: str = "") -> RequestMessage:
    """Store a message of the helper `by`, or of the resident."""
    row = await MessageRow.create(
        request_id=request_id,
        person_id=by,
        from_asker=by is None,
        text=text.strip()[:LONGEST_TEXT],
        photo=photo,
        at=now,
    )
    return _written(row)


async def messages(request_id: int) -> Sequence[RequestMessage]:
    return [_written(row) for row in await MessageRow.filter(request_id=request_id).order_by("id")]


async def message(message_id: int) -> RequestMessage | None:
    row = await MessageRow.get_or_none(id=message_id)
    return None if row is None else _written(row)


async def drop_photo(written: RequestMessage, now: datetime) -> None:
    """Drop a message's photo; the file goes at the next sweep of files."""
    await PassingFile.filter(name=written.photo).update(until=now)
    await drop_message(written.id)


async def drop_message(message_id: int) -> None:
    await MessageRow.filter(id=message_id).delete()


# The clock


async def due(now: datetime) -> Sequence[Request]:
    """Return the requests the clock has to look at, in the order in which they were promised."""
    return [_request(row) for row in await Row.filter(_OPEN, next_at__lte=now).order_by("next_at", "created_at", "id")]


async def taken() -> Sequence[Request]:
    return [_request(row) for row in await Row.filter(state="taken").order_by("id")]


async def older_than(before: datetime) -> Sequence[Request]:
    return [_request(row) for row in await Row.filter(_OPEN, created_at__lt=before).order_by("id")]


async def next_at() -> datetime | None:
    row = await Row.filter(_OPEN, next_at__isnull=False).order_by("next_at").first()
    return None if row is None else row.next_at


async def between(unit_ids: Collection[int], start: datetime, end: datetime) -> Sequence[Request]:
    rows = await Row.filter(unit_id__in=list(unit_ids), created_at__gte=start, created_at__lt=end)
    return [_request(row) for row in rows]


_OPEN = Q(state__in=["waiting", "taken", "answered"])


def _written(row: MessageRow) -> RequestMessage:
    return RequestMessage(row.id, row.key_of("request"), row.from_asker, row.text, row.photo)


def _request(row: Row) -> Request:
    state: State = row.state  # type: ignore[assignment]  # written by this module alone
    stage: Stage = row.stage  # type: ignore[assignment]
    return Request(
        row.id, row.key_of("unit"), row.key_or_none("asker"), row.locale, row.guide, row.step, row.device, row.contact,
        state, row.version, stage, row.key_or_none("helper"), row.reminded, row.next_at, row.promised_at,
        row.created_at, row.first_answer_at,
    )  # fmt: skip
