"""Messages as a Zalo Official Account takes them: bodies of calls, and what each kind of chat can show."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.platform import Capabilities, Rejected
from bot.core.text import utf16_len

from .wire import PRESSED

TEXT_LIMIT, PHOTO_LIMIT = 2000, 1024 * 1024
BUTTONS, LABEL_LIMIT, BUTTON_BYTES = 5, 100, 512
TEMPLATE_FIELD_LIMIT = 200
"""UTF-16 units that one field of a template may hold."""
PRIVATE_PATH = "/v3.0/oa/message/cs"
GROUP_PATH = "/v3.0/oa/group/message"
TEMPLATE_PATH = "/v3.0/oa/message/template"

_PRIVATE = Capabilities(
    text_limit=TEXT_LIMIT, caption_limit=TEXT_LIMIT, photos="upload", photo_limit=PHOTO_LIMIT, sees_replies=False,
    push="window", cost="metered",
)  # fmt: skip
_GROUP = Capabilities(text_limit=TEXT_LIMIT, sees_replies=False, join_events=True, cost="metered")
CAPABILITIES: Mapping[ChatKind, Capabilities] = {"private": _PRIVATE, "group": _GROUP}
"""Without buttons. Files go as links everywhere: no Excel, no text beside them, and their ids die after a week."""


def capabilities(*, buttons: bool, template: bool) -> Mapping[ChatKind, Capabilities]:
    """Return the capabilities.

    Buttons stand under text alone, so a photo goes before it. A template reaches people any time.
    """
    private = _PRIVATE
    if buttons:
        private = replace(private, buttons=BUTTONS, label_limit=LABEL_LIMIT, button_bytes=BUTTON_BYTES, caption_limit=0)
    if template:
        private = replace(private, push="always", cost="paid")
    return {"private": private, "group": _GROUP}


def allowed(message: Message, can: Capabilities) -> None:
    """Raise Rejected for a message that was not fitted to this chat."""
    if any(span.link for span in message.text.spans):
        raise Rejected("links with words of their own cannot be shown here")
    if message.buttons and (not can.buttons or message.attachment is not None):
        raise Rejected("buttons cannot be shown here")
    if message.attachment is not None and (message.attachment.kind != "photo" or can.photos == "none"):
        raise Rejected(f"a {message.attachment.kind} cannot be shown here")


def body_for(chat: Chat, message: Message, photo: str = "") -> tuple[str, Mapping[str, object]]:
    """Return (path, body); `photo` is the id of the uploaded picture."""
    text = message.text.plain
    if chat.kind == "group":
        # "[@" would be a mention there; what somebody typed must not call a whole group.
        return GROUP_PATH, {"recipient": {"group_id": chat.id}, "message": {"text": text.replace("[@", "(@")}}
    content: dict[str, object] = {"text": text} if text else {}
    if photo:
        elements = [{"media_type": "image", "attachment_id": photo}]
        content["attachment"] = _template({"template_type": "media", "elements": elements})
    elif message.buttons:
        content["attachment"] = _template({"buttons": [_button(each) for each in message.buttons]})
    return PRIVATE_PATH, {"recipient": {"user_id": chat.id}, "message": content}


def template_for(chat: Chat, message: Message, template: str, field: str) -> Mapping[str, object] | None:
    """Return the body of a template message with the whole text; None if the message has more than text or is too long.

    A field is one line.
    """
    text = re.sub(r"\s+", " ", message.text.plain)
    if message.buttons or message.attachment is not None or utf16_len(text) > TEMPLATE_FIELD_LIMIT:
        return None
    return {"user_id": chat.id, "template_id": template, "template_data": {field: text}}


def _template(payload: Mapping[str, object]) -> Mapping[str, object]:
    return {"type": "template", "payload": payload}


def _button(button: Button) -> Mapping[str, object]:
    """Return a button whose press comes back as a message with this payload; `hide` keeps it out of the chat."""
    return {"title": button.label, "type": "oa.query.hide", "payload": f"{PRESSED}{button.data}"}
