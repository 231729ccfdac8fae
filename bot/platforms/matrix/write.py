"""Messages as Matrix takes them: plain words, the same in HTML where they have styles or links, and files."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.events import ChatKind
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import Capabilities, Rejected
from bot.platforms._shared.html import html_of, is_styled, with_links

TEXT_LIMIT = 5000
"""An event has 65,536 bytes, with the words once plain and once in HTML, where a letter may take six."""
FILE_LIMIT = 20 * 1024 * 1024

_PRIVATE = Capabilities(
    text_limit=TEXT_LIMIT, caption_limit=TEXT_LIMIT, styles=True, links=True, reply=True, photos="upload",
    photo_limit=FILE_LIMIT, audio_limit=FILE_LIMIT, file_limit=FILE_LIMIT, per_minute=30,
)  # fmt: skip
CAPABILITIES: Mapping[ChatKind, Capabilities] = {"private": _PRIVATE, "group": replace(_PRIVATE, join_events=True)}

_KINDS = {"photo": "m.image", "audio": "m.audio", "file": "m.file"}


def content_of(message: Message, uploaded: str) -> Mapping[str, object]:
    """Return the content of an event; `uploaded` is the address of the file. Typed words call nobody."""
    if message.buttons:
        raise Rejected("there are no buttons here")
    text, item, words = message.text, message.attachment, with_links(message.text)
    content: dict[str, object] = {"msgtype": "m.text", "body": words, "m.mentions": {}}
    if is_styled(text):
        content |= {"format": "org.matrix.custom.html", "formatted_body": html_of(text)}
    if item is not None:  # words beside a file are its body, else that is what it shows
        content |= {"msgtype": _KINDS[item.kind], "url": uploaded, "filename": item.alt, "body": words or item.alt}
    if message.reply_to:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": message.reply_to}}
    return content
