"""Putting messages into the outbox, and what people decide about them there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct, field

from bot.core.context import Translate
from bot.core.events import Chat, ChatKind
from bot.core.fit import Fitted, FitWords, LinkTo, choice_hint, fit
from bot.core.lean.values import replace
from bot.core.messages import Message, answers_of, button_to_json
from bot.core.platform import Capabilities, Usage
from bot.core.text import Text, utf16_len
from bot.features.calendar.hours import DailyQuietHours, DigestHour, QuietHours, QuietTime

from .homes import Homes, of_commune
from .quota import Months, Need
from .row import FrozenRows, NewRow, RowStop, resend_mark
from .rows import Rows
from .states import CANARY, DIGEST, QUIET, WINDOW, Decision, Klass

LONGEST_KEY = 90


class Wake(Protocol):
    """Tells the senders that there is something to do, of one platform or ("") of any."""

    def __call__(self, platform: str = "", /) -> None: ...


def _nobody(platform: str = "", /) -> None:
    return


class Parcel(Struct, frozen=True):
    """One package for one chat; `key` is its name, as in `Outbox.add`."""

    chat: Chat
    messages: Sequence[Message]
    key: str
    locale: str


class _Terms(Struct, frozen=True):
    """When packages may leave, as in `Outbox.add`; `announcement` is 0 for none."""

    klass: Klass
    not_before: datetime | None
    expires_at: datetime | None
    announcement: int
    any_hour: bool


class _Package(Struct, frozen=True):
    """The rows of a package, and the long actions that they carry."""

    rows: Sequence[NewRow]
    actions: Sequence[str]


class Outbox(Struct, frozen=True):
    """`capabilities` are by platform and kind of chat; `wake` tells the senders that there is something to do.

    `usage` asks a platform what it has used of its month, `off` names those that ended, and why. `digest` is when
    notices leave that can wait. `homes` are the communes of bots that belong to one.
    """

    rows: Rows
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
    translate: Translate
    link_to: LinkTo
    locale: str = "vi"
    quiet: QuietTime = field(default_factory=QuietHours)
    wake: Wake = _nobody
    usage: Mapping[str, Callable[[], Awaitable[Usage | None]]] = field(default_factory=dict)
    off: Mapping[str, str] = field(default_factory=dict)
    digest: DigestHour = field(default_factory=DailyQuietHours)
    homes: Homes = field(default_factory=dict)

    def capabilities_for(self, commune_id: int) -> Mapping[str, Mapping[ChatKind, Capabilities]]:
        """Return the capabilities of the platforms through which messages of this commune may leave."""
        return of_commune(self.homes, self.capabilities, commune_id)

    @property
    def months(self) -> Months:
        return Months(self.rows, self.usage)

    async def add(
        self,
        chat: Chat,
        message: Message | Sequence[Message],
        *,
        key: str,
        now: datetime,
        klass: Klass = "notice",
        not_before: datetime | None = None,
        expires_at: datetime | None = None,
        announcement: int = 0,
        answering: bool = False,
        low: bool = False,
        locale: str | None = None,
    ) -> bool:
        """Write a row for each message that `fit` makes, inside the caller's transaction; they leave in order.

        `key` names the package, at most LONGEST_KEY characters: the same key again writes nothing and returns False.
        `answering`: the person waits for it, so quiet hours do not hold it. `low`: it can wait for the day's digest and
        does where each message is one less of the month's; only for notices of one text. Raises LookupError when the
        chat's platform is switched off or has no such chats, ValueError for a key that is too long.
        """
        if low and isinstance(message, Message) and message.attachment is None and await self.months.counts(chat):
            return await self._gather(chat, message, key, now, locale or self.locale)
        parcel = Parcel(chat, _listed(message), key, locale or self.locale)
        terms = _Terms(klass, not_before, expires_at, announcement, answering or klass == "urgent")
        (package,) = await self._packed([parcel], terms, now)
        return await self._write(package, now)

    async def add_each(
        self,
        parcels: Sequence[Parcel],
        *,
        now: datetime,
        announcement: int,
        klass: Klass = "notice",
        not_before: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> int:
        """Do what `add` does for each package of an announcement, in this order; return how many are new.

        All of them together take a few visits to the database, for nobody else writes there meanwhile. Errors as in
        `add`, and VersionConflict when somebody has added one of them at the same moment.
        """
        there = await self.rows.present([f"{parcel.key}/1" for parcel in parcels])
        fresh: dict[str, Parcel] = {}
        for parcel in parcels:
            if f"{parcel.key}/1" not in there:
                fresh.setdefault(parcel.key, parcel)
        if not fresh:
            return 0
        terms = _Terms(klass, not_before, expires_at, announcement, klass == "urgent")
        packages = await self._packed(list(fresh.values()), terms, now)
        rows = [row for package in packages for row in package.rows]
        await self.rows.insert_each(rows, now, [packed for package in packages for packed in package.actions])
        for platform in dict.fromkeys(parcel.chat.platform for parcel in fresh.values()):
            self.wake(platform)
        return len(fresh)

    async def edit(
        self,
        package: str,
        message: Message | Sequence[Message],
        *,
        key: str,
        now: datetime,
        klass: Klass = "notice",
        expires_at: datetime | None = None,
        announcement: int = 0,
    ) -> bool:
        """Put a message in the place of what `package` has left in its chat, inside the caller's transaction.

        True when that is in the outbox, also from an earlier call with the same key. False when it cannot be done, and
        nothing is written: the platform cannot edit, not all of the package is there, or the new message is shorter
        than the old one by a part, which would stay. Then a message of its own has to be added. Errors as in `add`.
        """
        old = await self.rows.delivered(package)
        if not old or not all(part.message_id for part in old) or not await self.rows.is_whole(package):
            return False
        chat, locale = old[0].chat, old[0].locale
        kinds = self.capabilities.get(chat.platform, {})
        if chat.kind not in kinds or not kinds[chat.kind].edit:
            return False
        (fitted,) = await self._fit([Parcel(chat, _listed(message), key, locale)])
        parts = [part for each in fitted for part in each.parts]
        if len(parts) < len(old):
            return False
        # An edit does not ring.
        any_hour = klass == "urgent" or len(parts) == len(old)
        reason, start = await self._waits_for(chat, key, announcement, now, now, any_hour=any_hour)
        first = NewRow(
            klass=klass, announcement=announcement, package=key, part=1, key=key, chat=chat, locale=locale,
            message=Message(Text()), choices="", any_hour=any_hour, state="held" if reason else "pending",
            reason=reason, not_before=start, expires_at=expires_at,
        )  # fmt: skip
        await self._write(_package(first, fitted, [part.message_id for part in old]), now)
        return True

    async def resume(self, announcement: int, now: datetime) -> int:
        """Resume rows that were stopped or held by the quota, on a person's decision; return how many rows that are.

        `announcement` 0 means the notices, which are held after a restore.
        """
        resumed = await self.rows.resume(announcement, now)
        self.wake()
        return resumed

    async def retry(self, announcement: int, now: datetime, *, package: str = "") -> int:
        """Send once more what surely was not taken, to all groups or one; returns how many new rows that makes."""
        new = await self.rows.retry(announcement, now, package)
        self.wake()
        return new

    async def standing(self, announcement: int) -> list[FrozenRows]:
        """Return its frozen rows by state and reason."""
        return await self.rows.standing(announcement)

    async def stops(self, announcement: int) -> list[RowStop]:
        """Return the stops that a person has to decide about before the rest of the announcement goes on."""
        return await self.rows.stops(announcement)

    async def forecast(
        self, chats: Sequence[Chat], message: Message | Sequence[Message], *, now: datetime, locale: str | None = None
    ) -> list[Need]:
        """Estimate, by platform, the calls needed to send this to these chats; a platform that is off reaches none."""
        calls: dict[tuple[str, ChatKind], int] = {}
        unreachable: dict[str, int] = {}
        by_kind: dict[tuple[str, ChatKind], list[Chat]] = {}
        for chat in chats:
            by_kind.setdefault((chat.platform, chat.kind), []).append(chat)
        for (platform, kind), alike in by_kind.items():
            if kind not in self.capabilities.get(platform, {}):
                unreachable[platform] = unreachable.get(platform, 0) + len(alike)
                continue
            shut = [chat for chat in alike if not await self.may_push(chat, now)]
            unreachable[platform] = unreachable.get(platform, 0) + len(shut)
            (fitted,) = await self._fit([Parcel(alike[0], _listed(message), "", locale or self.locale)])
            each = sum(len(one.parts) for one in fitted)
            calls[platform, kind] = each * (len(alike) - len(shut))
        return [
            await self.months.need(
                platform,
                {kind: count for (at, kind), count in calls.items() if at == platform},
                unreachable.get(platform, 0),
                now,
            )
            for platform in sorted({chat.platform for chat in chats})
        ]

    async def _gather(self, chat: Chat, message: Message, key: str, now: datetime, locale: str) -> bool:
        """Keep the message as it was given: it is fitted together with the others of its day."""
        if chat.kind not in self.capabilities.get(chat.platform, {}):
            raise LookupError(f"{chat.platform} takes no messages to a {chat.kind} chat now")
        at = await self.digest.next_for(chat, now)
        row = NewRow(
            klass="notice", announcement=0, package=_checked(key), part=0, key=f"{key}/1", chat=chat, locale=locale,
            message=message, choices="", any_hour=False, state="held", reason=DIGEST, not_before=at, expires_at=None,
        )  # fmt: skip
        return await self.rows.insert([row], now)

    async def _packed(self, parcels: Sequence[Parcel], terms: _Terms, now: datetime) -> list[_Package]:
        """Make the rows of these packages."""
        earliest = max(now, terms.not_before) if terms.not_before is not None else now
        found: list[_Package] = []
        for parcel, fitted in zip(parcels, await self._fit(parcels), strict=True):
            reason, start = await self._waits_for(
                parcel.chat, parcel.key, terms.announcement, earliest, now,
                any_hour=terms.any_hour, behind=bool(found),
            )  # fmt: skip
            first = NewRow(
                klass=terms.klass, announcement=terms.announcement, package=parcel.key, part=1, key=parcel.key,
                chat=parcel.chat, locale=parcel.locale, message=Message(Text()), choices="", any_hour=terms.any_hour,
                state="held" if reason else "pending", reason=reason, not_before=start, expires_at=terms.expires_at,
            )  # fmt: skip
            found.append(_package(first, fitted))
        return found

    async def _write(self, package: _Package, now: datetime) -> bool:
        new = await self.rows.insert(package.rows, now, package.actions)
        if new:
            self.wake(package.rows[0].chat.platform)
        return new

    async def _waits_for(
        self, chat: Chat, key: str, announcement: int, start: datetime, now: datetime, *,
        any_hour: bool, behind: bool = False,
    ) -> tuple[str, datetime]:  # fmt: skip
        """Say why a new package is held ("": it is not) and until when. `behind`: surely it is not the first."""
        if not await self.may_push(chat, now):
            return WINDOW, start
        if announcement and (behind or await self.rows.has_others(announcement, key)):
            return CANARY, start
        # What is for later is held when its time has come: other hours may be quiet by then.
        quiet_until = None if any_hour or start > now else await self.quiet.until_for(chat, start)
        return ("", start) if quiet_until is None else (QUIET, quiet_until)

    async def may_push(self, chat: Chat, now: datetime) -> bool:
        """Tell whether it may be written to unasked now."""
        caps = self.capabilities[chat.platform][chat.kind]
        since = now - timedelta(hours=caps.window_hours)
        return caps.push == "always" or (caps.push == "window" and await self.rows.window_is_open(chat, since))

    async def cancel(self, now: datetime, *, key: str = "", announcement: int = 0, reason: str) -> int:
        """Cancel what has not begun to leave, of one package or one announcement; returns how many rows."""
        if bool(key) == bool(announcement):
            raise ValueError("cancel either a package or an announcement")
        return await self.rows.cancel(now, package=key, announcement=announcement, reason=reason)

    async def decide(self, row_id: int, decision: Decision, now: datetime) -> bool:
        """Apply a person's decision about an uncertain row; return False if there is nothing to decide any more."""
        decided = await self.rows.decide(row_id, decision, now)
        self.wake()
        return decided

    async def decide_all(
        self, announcement: int, decision: Decision, now: datetime, *, since: datetime, until: datetime, cause: str
    ) -> int:
        """Apply one decision to all rows that became uncertain in this time, as in `Rows`; return how many rows."""
        decided = await self.rows.decide_all(announcement, decision, now, since=since, until=until, cause=cause)
        self.wake()
        return decided

    async def quiet_changed(self, now: datetime) -> None:
        """Look at the rows again after the quiet hours changed; inside the caller's transaction."""
        await self.rows.quiet_changed(now)
        self.wake()

    async def arrived(self, key: str, now: datetime) -> int:
        """Mark a package as arrived, since its button was pressed in its chat; return how many rows that resolved."""
        resolved = await self.rows.arrived(key, now)
        self.wake()
        return resolved

    async def vouched(self, key: str, now: datetime) -> int:
        """Take a person's word, said elsewhere, that they have a package; as in `Rows`. Return how many rows."""
        resolved = await self.rows.vouched(key, now)
        self.wake()
        return resolved

    async def _fit(self, parcels: Sequence[Parcel]) -> list[list[Fitted]]:
        """Fit the messages of each; each list has numbers of its own, beside those that are open or on their way."""
        rooms: dict[tuple[str, ChatKind, str], Capabilities] = {}
        fitted: list[list[Fitted]] = []
        for parcel in parcels:
            kind = parcel.chat.platform, parcel.chat.kind, parcel.locale
            if kind not in rooms:
                rooms[kind] = self._room(parcel)
            fitted.append([self._numbered_from(1, message, parcel, rooms[kind]) for message in parcel.messages])
        listing = [parcel.chat for parcel, own in zip(parcels, fitted, strict=True) if any(one.listed for one in own)]
        if not listing:
            return fitted
        sessions, taken = await self.rows.sessions(listing), await self.rows.numbers_waiting(listing)
        for chat, session in sessions.items():
            if chat.kind == "private":
                taken[chat][:0] = [item.numbers for item in session.lists if item.is_notice]
        for parcel, own in zip(parcels, fitted, strict=True):
            chat = parcel.chat
            for at, one in enumerate(own):
                if one.listed:
                    count = len(answers_of(one.listed))
                    first = sessions[chat].number_for(count, taken[chat])
                    taken[chat].append(range(first, first + count))
                    room = rooms[chat.platform, chat.kind, parcel.locale]
                    own[at] = self._numbered_from(first, parcel.messages[at], parcel, room)
        return fitted

    def _room(self, parcel: Parcel) -> Capabilities:
        """Return the limits of its chat. Raises LookupError."""
        chat = parcel.chat
        kinds = self.capabilities.get(chat.platform, {})
        if chat.kind not in kinds:
            raise LookupError(f"{chat.platform} takes no messages to a {chat.kind} chat now")
        return self._with_room_for_mark(kinds[chat.kind], parcel.locale)

    def _numbered_from(self, first: int, message: Message, parcel: Parcel, caps: Capabilities) -> Fitted:
        def word(text: str) -> str:
            return self.translate(parcel.locale, text)

        hint = choice_hint(message, caps, private=parcel.chat.kind == "private", word=word)
        return fit(message, caps, link_to=self.link_to, words=FitWords(word), first=first, hint=hint)

    def _with_room_for_mark(self, caps: Capabilities, locale: str) -> Capabilities:
        """Reduce the limits by the length of the mark of a repeat: with the mark it must still be one call."""
        room = utf16_len(resend_mark(self.translate, locale)) + 1
        return replace(caps, text_limit=caps.text_limit - room, caption_limit=max(0, caps.caption_limit - room))


def _package(first: NewRow, fitted: Sequence[Fitted], replacing: Sequence[str] = ()) -> _Package:
    """Make a row like `first` for each part."""
    _checked(first.key)
    parts = [(part, _choices(first.chat, each, part)) for each in fitted for part in each.parts]
    rows = [
        replace(
            first, part=number, key=f"{first.key}/{number}", message=part, choices=choices,
            replacing=replacing[number - 1] if number <= len(replacing) else "",
        )
        for number, (part, choices) in enumerate(parts, start=1)
    ]  # fmt: skip
    return _Package(rows, [packed for each in fitted for packed in each.stored])


def _checked(key: str) -> str:
    if len(key) > LONGEST_KEY:
        raise ValueError(f"a key has at most {LONGEST_KEY} characters: {key!r}")
    return key


def _listed(message: Message | Sequence[Message]) -> Sequence[Message]:
    return [message] if isinstance(message, Message) else message


def _choices(chat: Chat, fitted: Fitted, part: Message) -> str:
    """Return as JSON the choices open once the part has arrived: by number, in a private chat also by words."""
    buttons = fitted.listed or (part.buttons if chat.kind == "private" else ())
    if not buttons or part is not fitted.parts[-1]:
        return ""
    pairs = [button_to_json(button) for button in buttons]
    stored = [pairs, fitted.first, int(bool(fitted.listed)), part.expects]
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
