"""Messages as WhatsApp takes them: three buttons, or a list of ten behind one; styles are marks in the text."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.events import Chat, ChatKind
from bot.core.lean import patterns
from bot.core.messages import Message
from bot.core.platform import Capabilities, Rejected
from bot.core.text import Text, utf16_len

TEXT_LIMIT, CAPTION_LIMIT, PHOTO_LIMIT = 4096, 1024, 5 * 1024 * 1024
BUTTONS, BUTTON_LABEL, BUTTON_TEXT = 3, 20, 1024
"""More buttons, longer labels or a longer text stand in a list."""

CAPABILITIES: Mapping[ChatKind, Capabilities] = {
    "private": Capabilities(
        text_limit=TEXT_LIMIT, buttons=10, label_limit=24, button_bytes=200, styles=True, reply=True, photos="upload",
        photo_limit=PHOTO_LIMIT, push="window", window_hours=24.0,
    )
}  # fmt: skip
"""Without captions, for a photo cannot stand above a list; files go as links."""

_MARKS = {"bold": "*", "italic": "_", "code": "`"}
_OPENING = patterns.compile(r"(?<!\w)([*_~`])(?=\S[^\n]*?(?<=\S)\1(?!\w))")
"""A mark with another one behind it: what stands between them would lose both and be seen in a style."""
_LOOKALIKES = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}


def allowed(message: Message) -> None:
    """Raise Rejected for a message that was not fitted to these chats."""
    item = message.attachment
    if any(span.link for span in message.text.spans) or (item is not None and item.kind != "photo"):
        raise Rejected("only words, buttons and photos can be shown here")
    if item is not None and message.buttons:
        raise Rejected("a photo cannot stand above buttons here")


def body_of(chat: Chat, message: Message, photo: str, choose: str) -> Mapping[str, object]:
    """Return the body of the call; `choose` stands on the button that opens a list."""
    text = marked(message.text)
    content: dict[str, object]
    if photo:
        kind, content = "image", {"id": photo, **({"caption": text} if text else {})}
    elif message.buttons:
        kind, content = "interactive", _interactive(message, text, choose)
    else:
        kind, content = "text", {"body": text, "preview_url": False}
    context = {"context": {"message_id": message.reply_to}} if message.reply_to else {}
    to = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": chat.id}
    return {**to, "type": kind, kind: content, **context}


def _interactive(message: Message, text: str, choose: str) -> dict[str, object]:
    buttons = message.buttons
    short = all(utf16_len(button.label) <= BUTTON_LABEL for button in buttons) and utf16_len(text) <= BUTTON_TEXT
    if len(buttons) <= BUTTONS and short:
        replies = [{"type": "reply", "reply": {"id": button.data, "title": button.label}} for button in buttons]
        return {"type": "button", "body": {"text": text}, "action": {"buttons": replies}}
    rows = [{"id": button.data, "title": button.label} for button in buttons]
    return {"type": "list", "body": {"text": text}, "action": {"button": choose, "sections": [{"rows": rows}]}}


def marked(text: Text) -> str:
    """Return the text with its styles as marks, and what was typed like one as a letter that looks like it."""
    plain = _OPENING.sub(lambda mark: _LOOKALIKES[mark[1]], text.plain)
    words, at = "", 0
    for span in text.spans:
        piece, end = plain[at : at + len(span.text)], at + len(span.text)
        mark, inside = _MARKS.get(span.style, ""), piece.strip()
        free = not plain[:at][-1:].isalnum() and not plain[end : end + 1].isalnum()
        if mark and inside and free and mark not in inside and "\n" not in inside:
            piece = piece.replace(inside, f"{mark}{inside}{mark}")
        words, at = words + piece, end
    return words if utf16_len(words) <= TEXT_LIMIT else plain
