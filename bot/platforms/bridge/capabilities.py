"""Capabilities that a gateway declares, within sane limits; and text for gateways without diacritics."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from bot.core.events import ChatKind
from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import Capabilities, Cost
from bot.core.text import Span, Text
from bot.platforms._shared.http import read

from .wire import Edge

LEAST_TEXT = 70
"""UTF-16 units: one SMS with diacritics. Whatever a gateway says, text of this length must pass."""
MOST_PER_MONTH = 10_000_000
CAUTIOUS = Capabilities(text_limit=160, cost="paid")
"""A kind of chat of which nothing is known."""


def _within(least: float, most: float) -> WrapValidator:
    """Clamp a number between the two; use the least for anything that is no number."""

    def clamp(value: object, handler: ValidatorFunctionWrapHandler) -> float:
        try:
            number: float = handler(value)
        except ValidationError:
            number = least
        # Not a number is not more than anything.
        return min(number, type(number)(most)) if number > least else type(number)(least)

    return WrapValidator(clamp)


def _cost(value: object, handler: ValidatorFunctionWrapHandler) -> Cost:
    """Read the cost; anything unreadable is "paid", so that such a chat is preferred to no other."""
    try:
        cost: Cost = handler(value)
    except ValidationError:
        return "paid"
    return cost


def _or(otherwise: bool) -> WrapValidator:
    def read_flag(value: object, handler: ValidatorFunctionWrapHandler) -> bool:
        try:
            return bool(handler(value))
        except ValidationError:
            return otherwise

    return WrapValidator(read_flag)


Flag = Annotated[bool, _or(False)]
Answers = Annotated[bool, _or(True)]
_MEGABYTES_50 = 50_000_000


class ChatDocument(Edge):
    """Capabilities of one kind of chat: lengths in UTF-16 units, sizes in bytes, 0 is "cannot"."""

    text_limit: Annotated[int, _within(LEAST_TEXT, 4096)] = LEAST_TEXT
    caption_limit: Annotated[int, _within(0, 4096)] = 0
    buttons: Annotated[int, _within(0, 100)] = 0
    row_width: Annotated[int, _within(1, 8)] = 1
    label_limit: Annotated[int, _within(0, 64)] = 0
    button_bytes: Annotated[int, _within(0, 64)] = 0
    styles: Flag = False
    links: Flag = False
    edit: Flag = False
    photos: Flag = False
    audio_limit: Annotated[int, _within(0, _MEGABYTES_50)] = 0
    file_limit: Annotated[int, _within(0, _MEGABYTES_50)] = 0
    hears_everything: Flag = True
    sees_replies: Flag = True
    join_events: Flag = False
    answers: Answers = True
    ascii_only: Flag = False
    per_second: Annotated[float, _within(0.01, 30)] = 1.0
    per_minute: Annotated[float, _within(0.1, 1800)] = 60.0
    cost: Annotated[Cost, WrapValidator(_cost)] = "paid"

    def capabilities(self, *, public: bool) -> Capabilities:
        """Return the capabilities. `public`: our files have public addresses, the only way a gateway can get them."""
        return Capabilities(
            text_limit=self.text_limit,
            caption_limit=min(self.caption_limit, self.text_limit),
            buttons=self.buttons,
            row_width=self.row_width,
            label_limit=self.label_limit,
            button_bytes=self.button_bytes,
            styles=self.styles,
            links=self.links,
            edit=self.edit,
            photos="url" if self.photos and public else "none",
            audio_limit=self.audio_limit if public else 0,
            file_limit=self.file_limit if public else 0,
            hears_everything=self.hears_everything,
            sees_replies=self.sees_replies,
            join_events=self.join_events,
            answers=self.answers,
            per_second=self.per_second,
            per_minute=self.per_minute,
            cost=self.cost,
        )


def _number_or_none(value: object, handler: ValidatorFunctionWrapHandler) -> int | None:
    """Read a limit of messages per month; anything that is no such number is no limit."""
    try:
        number: int | None = handler(value)
    except ValidationError:
        return None
    return number if number is not None and 0 < number <= MOST_PER_MONTH else None


class Document(Edge):
    """The answer to `GET /capabilities`. `start_link` opens a private chat as if `/start {code}` was said there.

    `per_month`: how many messages the commune's contract allows in a month.
    """

    private: ChatDocument
    group: ChatDocument | None = None
    per_month: Annotated[int | None, WrapValidator(_number_or_none)] = None
    start_link: str | None = Field(default=None, pattern=r"^https://[^\s{}]*\{code\}[^\s{}]*$", max_length=500)


class Declared(Mapping[ChatKind, Capabilities]):
    """The capabilities as they were last declared, for all who hold this.

    A kind of chat that is no longer declared is not among them, yet has an answer: conversations there may go on.
    """

    def __init__(self, *, public: bool) -> None:
        self._public = public
        self._kinds: dict[ChatKind, Capabilities] = {"private": CAUTIOUS}
        self._ascii: set[ChatKind] = set()
        self.known = False
        self.per_month: int | None = None
        self.start_link: str | None = None

    def __getitem__(self, kind: ChatKind) -> Capabilities:
        return self._kinds.get(kind, CAUTIOUS)

    def __contains__(self, kind: object) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[ChatKind]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def take(self, raw: bytes) -> bool:
        """Heed a document; False, and no change, when it is none."""
        document = read(Document, raw)
        if document is None:
            return False
        kinds: dict[ChatKind, ChatDocument] = {"private": document.private}
        if document.group is not None:
            kinds["group"] = document.group
        self._kinds = {kind: one.capabilities(public=self._public) for kind, one in kinds.items()}
        self._ascii = {kind for kind, one in kinds.items() if one.ascii_only}
        self.per_month = document.per_month
        self.start_link = document.start_link
        self.known = True
        return True

    def spelled(self, kind: ChatKind, message: Message) -> Message:
        """Return the message in the letters that the gateway has."""
        if kind not in self._ascii:
            return message
        spans = tuple(Span(ascii_text(span.text), span.style, span.link) for span in message.text.spans)
        buttons = tuple(replace(button, label=ascii_text(button.label)) for button in message.buttons)
        item = message.attachment
        if item is None and not "".join(span.text for span in spans).strip():
            spans = (Span("-"),)  # it was a picture only
        return replace(
            message,
            text=Text(spans),
            buttons=buttons,
            attachment=replace(item, alt=ascii_text(item.alt)) if item is not None else None,
        )


_LETTERS = {
    "đ": "d", "Đ": "D", "–": "-", "—": "-", "‑": "-", "…": ".", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'",
    "•": "-", "·": "-", "→": ">", "×": "x", "₫": "d", "\u00a0": " ",
    "[": "(", "]": ")",  # each costs two places in an SMS, and fitting writes them
}  # fmt: skip
_GONE = "\0"
_ALONE = patterns.compile(rf"(?<!\S){_GONE}+ ")


def ascii_text(text: str) -> str:
    """Strip diacritics and pictographs; the result is never longer than `text`, so that it still fits.

    The space behind a pictograph is stripped with it, if the pictograph stood alone.
    """
    letters = "".join(_ascii(char) or _GONE for char in unicodedata.normalize("NFC", text))
    return _ALONE.sub("", letters).replace(_GONE, "")


def _ascii(char: str) -> str:
    char = _LETTERS.get(char, char)
    if char.isascii():
        return char
    base = unicodedata.normalize("NFKD", char)[0]
    if base.isascii():
        return base
    return "?" if char.isalnum() else ""
