"""Messages on their way to a gateway, and what its answers mean."""

from __future__ import annotations

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import (
    Capabilities,
    ChatGone,
    ChatReplaced,
    PlatformError,
    RateLimited,
    Rejected,
    TokenRefused,
    Unreachable,
)
from bot.core.text import clean, utf16_len
from bot.platforms._shared.http import read

from .wire import Out, OutAttachment, OutButton, OutChat, OutMessage, OutSpan, Refusal

DEFAULT_WAIT, LONGEST_WAIT = 5.0, 86_400.0
WORDS_LIMIT = 200


def check(message: Message, caps: Capabilities) -> None:
    """Raise Rejected for a message that was not fitted to this gateway."""
    item, text = message.attachment, message.text
    if utf16_len(text.plain) > (caps.text_limit if item is None else caps.caption_limit):
        raise Rejected("the text is too long")
    if len(message.buttons) > caps.buttons or (not caps.links and any(span.link for span in text.spans)):
        raise Rejected("buttons and links cannot be shown here")
    can = {"photo": caps.photos != "none", "audio": caps.audio_limit > 0, "file": caps.file_limit > 0}
    if item is not None and not can[item.kind]:
        raise Rejected(f"a {item.kind} cannot be shown here")


def body_of(chat: Chat, message: Message, *, url: str | None, replacing: str | None, key: str) -> Out:
    """Return the body of a message. `url` is the address of the attachment; raise Rejected if it has none."""
    attachment = None
    if (item := message.attachment) is not None:
        if url is None:
            raise Rejected("only a file with a public address can be sent here")
        attachment = OutAttachment(kind=item.kind, url=url, alt=item.alt, size=item.size)
    shown = OutMessage(
        text=message.text.plain,
        spans=[OutSpan(text=span.text, style=span.style, link=span.link) for span in message.text.spans],
        buttons=[OutButton(label=button.label, data=button.data) for button in message.buttons],
        rows=list(message.rows),
        attachment=attachment,
    )
    return Out(key=key, chat=OutChat(id=chat.id, kind=chat.kind), message=shown, replacing=replacing)


def decide(status: int, retry_after: str, raw: bytes) -> PlatformError:
    """Return the error for an answer that does not say that the message was taken; `retry_after` is the header."""
    refusal = read(Refusal, raw)
    error = refusal.error if refusal is not None else ""
    words = clean(refusal.reason if refusal is not None else "")[:WORDS_LIMIT] or f"HTTP {status}"
    if status == 401:
        return TokenRefused()
    if status == 429:
        given = refusal.retry_after if refusal is not None else None
        return RateLimited(_seconds(given, retry_after), refusal.scope if refusal is not None else "token")
    refused = 400 <= status < 500
    if refused and error == "chat_moved" and refusal is not None and refusal.new_chat_id is not None:
        return ChatReplaced(refusal.new_chat_id)
    if refused and error == "chat_gone":
        return ChatGone(words)
    if status in (400, 413, 415, 422) or (refused and error == "rejected"):
        return Rejected(words)
    # Of the rest only these can come of a gateway that has begun; others, from a wrong address say, never reach it.
    return Unreachable(words, maybe_sent=status < 300 or status >= 500 or status in (408, 409))


def _seconds(given: float | None, header: str) -> float:
    seconds = given if given is not None else float(header) if header.isascii() and header.isdecimal() else 0.0
    return min(seconds, LONGEST_WAIT) if seconds > 0 else DEFAULT_WAIT
