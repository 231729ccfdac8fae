"""What the bot says: text, buttons and at most one photo, audio or file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .actions import Action, pack
from .text import Span, Text

Expects = Literal["choice", "text", "quiz"]


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a message. `data` is the packed action or its token; adapters send only `data`."""

    label: str
    data: str

    @classmethod
    def to(cls, label: str, action: Action) -> Button:
        return cls(label, pack(action))


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file to go with a message.

    `media` names the file in the media store (`Media`); `alt` says in words what it holds and is never empty for a
    photo; `size` is in bytes.
    """

    kind: Literal["photo", "audio", "file"]
    media: str
    alt: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """A question for many: the first `choices` buttons of its message are the answers, the text is the question.

    `right` is the 0-based index of the right one, `why` is shown to who has answered. Where there are no such polls the
    message is shown as it stands.
    """

    choices: int
    right: int
    why: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing the bot says.

    `expects` tells how an answer is read: with "choice" the buttons may become a numbered list and a number picks one;
    with "quiz" a letter does too; with "text" buttons are words ("BỎ QUA") and a number is an answer. `rows` says how
    many buttons stand in each row where a platform shows rows; empty is one to a row. `large` is for weak eyes: larger
    letters where the platform can, otherwise a message for each sentence. `poll` is set for a quiz in a group.
    """

    text: Text
    buttons: tuple[Button, ...] = ()
    attachment: Attachment | None = None
    expects: Expects = "choice"
    rows: tuple[int, ...] = ()
    large: bool = False
    poll: Poll | None = None


def message_to_json(message: Message) -> dict[str, object]:
    """The stored form; `message_from_json` reads it back."""
    stored: dict[str, object] = {"t": [[span.text, span.style, span.link] for span in message.text.spans]}
    if message.buttons:
        stored["b"] = [[button.label, button.data] for button in message.buttons]
    if message.attachment is not None:
        a = message.attachment
        stored["a"] = [a.kind, a.media, a.alt, a.size]
    if message.expects != "choice":
        stored["e"] = message.expects
    if message.rows:
        stored["r"] = list(message.rows)
    if message.large:
        stored["g"] = 1
    if message.poll is not None:
        stored["p"] = [message.poll.choices, message.poll.right, message.poll.why]
    return stored


def message_from_json(stored: dict[str, object]) -> Message:
    """Raises ValueError or TypeError when `stored` was not made by `message_to_json`."""
    spans, buttons, attachment, rows = stored["t"], stored.get("b", []), stored.get("a"), stored.get("r", [])
    if not isinstance(spans, list) or not isinstance(buttons, list) or not isinstance(rows, list):
        raise TypeError("not a stored message")
    poll = stored.get("p")
    expects = stored.get("e", "choice")
    if expects != "choice" and expects != "text" and expects != "quiz":
        raise ValueError("not a stored message")
    return Message(
        text=Text(tuple(Span(*span) for span in spans)),
        buttons=tuple(Button(*button) for button in buttons),
        attachment=Attachment(*attachment) if isinstance(attachment, list) else None,
        expects=expects,
        rows=tuple(rows),
        large=bool(stored.get("g")),
        poll=Poll(*poll) if isinstance(poll, list) else None,
    )
