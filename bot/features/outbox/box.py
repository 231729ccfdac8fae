"""Putting messages into the outbox, and what people decide about them there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.context import Translate
from bot.core.events import Chat, ChatKind
from bot.core.fit import Fitted, LinkTo, Words, fit
from bot.core.messages import Message
from bot.core.platform import Capabilities
from bot.core.text import utf16_len

from .hours import QuietHours
from .row import New, resend_mark
from .rows import Rows
from .states import QUIET, Decision, Klass, State

LONGEST_KEY = 90


@dataclass(frozen=True, slots=True)
class Outbox:
    """`capabilities` are by platform and kind of chat; `wake` tells the worker that there is something to send."""

    rows: Rows
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
    translate: Translate
    link_to: LinkTo
    locale: str = "vi"
    quiet: QuietHours = field(default_factory=QuietHours)
    wake: Callable[[], None] = lambda: None

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
        locale: str | None = None,
    ) -> bool:
        """Write a row for each message that `fit` makes, inside the caller's transaction; they leave in order.

        `key` names the package, at most LONGEST_KEY characters: the same key again writes nothing and returns False.
        `answering`: the person waits for it, so quiet hours do not hold it. Raises LookupError when the chat's platform
        is switched off or has no such chats, ValueError for a key that is too long.
        """
        if len(key) > LONGEST_KEY:
            raise ValueError(f"a key has at most {LONGEST_KEY} characters: {key!r}")
        spoken = locale or self.locale
        fitted = await self._fit(chat, [message] if isinstance(message, Message) else message, spoken)
        parts = [(part, _choices(chat, each, part)) for each in fitted for part in each.parts]
        any_hour = answering or klass == "urgent"
        start = max(now, not_before) if not_before is not None else now
        quiet_until = None if any_hour else self.quiet.until(start)
        state: State = "pending" if quiet_until is None else "held"
        rows = [
            New(
                klass=klass,
                announcement=announcement,
                package=key,
                part=number,
                key=f"{key}/{number}",
                chat=chat,
                locale=spoken,
                message=part,
                choices=choices,
                any_hour=any_hour,
                state=state,
                reason=QUIET if state == "held" else "",
                not_before=quiet_until or start,
                expires_at=expires_at,
            )
            for number, (part, choices) in enumerate(parts, start=1)
        ]
        new = await self.rows.insert(rows, now, [packed for each in fitted for packed in each.stored])
        if new:
            self.wake()
        return new

    async def cancel(self, now: datetime, *, key: str = "", announcement: int = 0, reason: str) -> int:
        """Cancel what has not begun to leave, of one package or one announcement; returns how many rows."""
        if bool(key) == bool(announcement):
            raise ValueError("cancel either a package or an announcement")
        return await self.rows.cancel(now, package=key, announcement=announcement, reason=reason)

    async def decide(self, row_id: int, decision: Decision, now: datetime) -> bool:
        """A person's word about an uncertain row; False when there is nothing to decide any more."""
        decided = await self.rows.decide(row_id, decision, now)
        self.wake()
        return decided

    async def arrived(self, key: str, now: datetime) -> int:
        """A button of this package was pressed in its chat, so it has arrived; returns how many rows that resolved."""
        resolved = await self.rows.arrived(key, now)
        self.wake()
        return resolved

    async def _fit(self, chat: Chat, messages: Sequence[Message], locale: str) -> list[Fitted]:
        kinds = self.capabilities.get(chat.platform, {})
        if chat.kind not in kinds:
            raise LookupError(f"{chat.platform} takes no messages to a {chat.kind} chat now")
        caps = self._with_room_for_mark(kinds[chat.kind], locale)
        session = await self.rows.session(chat)
        words = Words(*(self.translate(locale, word) for word in ("Hình", "Âm thanh", "Tệp", "Bác có thể gõ")))
        return [
            fit(
                message,
                caps,
                link_to=self.link_to,
                words=words,
                first=session.number_for(len(message.buttons)),
                hint=self._hint(chat, message, caps, locale),
            )
            for message in messages
        ]

    def _with_room_for_mark(self, caps: Capabilities, locale: str) -> Capabilities:
        """A repeat begins with a mark and must still be one call."""
        room = utf16_len(resend_mark(self.translate, locale)) + 1
        return replace(caps, text_limit=caps.text_limit - room, caption_limit=max(0, caps.caption_limit - room))

    def _hint(self, chat: Chat, message: Message, caps: Capabilities, locale: str) -> str:
        if message.expects == "text" or not message.buttons:
            return ""
        if chat.kind == "private":
            return self.translate(locale, "(Bác gõ số để chọn.)")
        if caps.hears_everything:
            return self.translate(locale, "(Gõ số để chọn.)")
        return self.translate(locale, "(Nhắc tên tôi rồi gõ số để chọn.)")


def _choices(chat: Chat, fitted: Fitted, part: Message) -> str:
    """What may be answered by number, or in a private chat by its words, once the part is there."""
    buttons = fitted.listed or (part.buttons if chat.kind == "private" else ())
    if not buttons or part is not fitted.parts[-1]:
        return ""
    pairs = [[button.label, button.data] for button in buttons]
    stored = [pairs, fitted.first, int(bool(fitted.listed)), part.expects]
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
