"""Messages as LINE takes them: up to five objects, which one call shows together and a plan counts as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.events import ChatKind
from bot.core.messages import Button, Message
from bot.core.platform import Capabilities, Rejected
from bot.core.text import utf16_len

TEXT_LIMIT = 5000
TEMPLATE_BUTTONS, TEMPLATE_TEXT = 4, 160
"""A template keeps its buttons for good; quick replies, of which there may be more, vanish with the next message."""
ALT_LIMIT = 400

_CAPABILITIES = Capabilities(
    text_limit=TEXT_LIMIT, caption_limit=TEXT_LIMIT, buttons=13, label_limit=20, button_bytes=300, photos="url",
    sees_replies=False, cost="metered",
)  # fmt: skip
CAPABILITIES: Mapping[ChatKind, Capabilities] = {"private": _CAPABILITIES, "group": _CAPABILITIES}

Object = Mapping[str, object]


def objects_of(message: Message, photo: str | None, choose: str) -> Sequence[Object]:
    """Return the objects of a message; `choose` stands over buttons whose text is too long to stand there itself.

    Raises Rejected for a message that was not fitted.
    """
    text, buttons, item = message.text.plain, message.buttons, message.attachment
    if any(span.link for span in message.text.spans) or (item is not None and photo is None):
        raise Rejected("only words, buttons and a photo with a public address can be shown here")
    objects: list[Object] = []
    if photo is not None:
        objects.append({"type": "image", "originalContentUrl": photo, "previewImageUrl": photo})
    if 0 < len(buttons) <= TEMPLATE_BUTTONS:
        short = 0 < utf16_len(text) <= TEMPLATE_TEXT
        if text and not short:
            objects.append({"type": "text", "text": text})
        objects.append(_template(text if short else choose, buttons))
    elif text:
        quick = {"quickReply": {"items": [{"type": "action", "action": _action(each)} for each in buttons]}}
        objects.append({"type": "text", "text": text, **(quick if buttons else {})})
    return objects


def _template(text: str, buttons: Sequence[Button]) -> Object:
    actions = [_action(each) for each in buttons]
    return {
        "type": "template",
        "altText": text[:ALT_LIMIT],
        "template": {"type": "buttons", "text": text, "actions": actions},
    }


def _action(button: Button) -> Object:
    return {"type": "postback", "label": button.label, "data": button.data, "displayText": button.label}
