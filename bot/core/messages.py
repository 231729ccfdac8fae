"""Messages of the bot: text, buttons and at most one photo, audio or file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .actions import Action, code_of, pack
from .text import Span, Text

Expects = Literal["choice", "text", "figure", "quiz"]


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a message. `data` is the packed action or its token; adapters send only `data`.

    One that is `apart` is a way out or back beside answers: it never has a number, people call it by its label.
    """

    label: str
    data: str
    apart: bool = False

    @property
    def code(self) -> str:
        """Return the code of the packed action, or the whole token that stands for it."""
        return code_of(self.data)

    @classmethod
    def to(cls, label: str, action: Action, *, apart: bool = False) -> Button:
        return cls(label, pack(action), apart)


def answers_of(buttons: Sequence[Button]) -> tuple[Button, ...]:
    """Return the buttons that get a number when shown as a list."""
    return tuple([button for button in buttons if not button.apart])


def button_to_json(button: Button) -> list[object]:
    return [button.label, button.data, 1] if button.apart else [button.label, button.data]


def button_from_json(stored: Sequence[object]) -> Button:
    label, data, *apart = stored
    return Button(str(label), str(data), bool(apart))


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

    `right` is the 0-based index of the right one, `why` is shown to those who have answered. A platform without such
    polls shows the message as it stands.
    """

    choices: int
    right: int
    why: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing the bot says.

    `expects` tells how an answer is read: with "choice" the buttons may become a numbered list and a number picks one;
    with "quiz" a letter does too; with "text" words are asked for, and a number picks a line where there are numbered
    ones; with "figure" a number is the answer and buttons are words ("BỎ QUA"). `rows` says how many buttons stand in
    each row where a platform shows rows; empty is one to a row. `large` is for weak eyes: larger letters where the
    platform can, otherwise a message for each sentence. `poll` is set for a quiz in a group.
    `reply_to` is the id of an earlier message of the same chat that this one answers, "" for none.
    """

    text: Text
    buttons: tuple[Button, ...] = ()
    attachment: Attachment | None = None
    expects: Expects = "choice"
    rows: tuple[int, ...] = ()
    large: bool = False
    poll: Poll | None = None
    reply_to: str = ""

    @property
    def asks_for_words(self) -> bool:
        """Tell whether the answer is typed: choices, if there are any, only stand beside the question."""
        return self.expects in ("text", "figure")


def message_to_json(message: Message) -> dict[str, object]:
    """Return the stored form; `message_from_json` reads it back."""
    stored: dict[str, object] = {"t": [[span.text, span.style, span.link] for span in message.text.spans]}
    if message.buttons:
        stored["b"] = [button_to_json(button) for button in message.buttons]
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
    if message.reply_to:
        stored["q"] = message.reply_to
    return stored


def message_from_json(stored: dict[str, object]) -> Message:
    """Return the message that `message_to_json` stored; raise ValueError or TypeError for anything else."""
    spans, buttons, attachment, rows = stored["t"], stored.get("b", []), stored.get("a"), stored.get("r", [])
    if not isinstance(spans, list) or not isinstance(buttons, list) or not isinstance(rows, list):
        raise TypeError("not a stored message")
    poll = stored.get("p")
    expects = stored.get("e", "choice")
    if expects != "choice" and expects != "text" and expects != "figure" and expects != "quiz":
        raise ValueError("not a stored message")
    return Message(
        text=Text(tuple(Span(*span) for span in spans)),
        buttons=tuple(button_from_json(button) for button in buttons),
        attachment=Attachment(*attachment) if isinstance(attachment, list) else None,
        expects=expects,
        rows=tuple(rows),
        large=bool(stored.get("g")),
        poll=Poll(*poll) if isinstance(poll, list) else None,
        reply_to=str(stored.get("q", "")),
    )
