"""Fit any message into what a chat can show, and lose nothing.

Long text is split, styles kept; what cannot be shown becomes words or a link; buttons that cannot be shown become a
numbered list whose numbers lead to the same actions. Only where nobody can answer choices are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from .actions import token_of
from .messages import Attachment, Button, Message, Poll
from .platform import Capabilities
from .text import Span, Text, utf16_len

_SENTENCE_END = re.compile(r"(?<=[.!?…])(?<!\d\.)[”\")]*\s+(?=[^\W\d_])|\n\n+")

POLL_QUESTION, POLL_CHOICE, POLL_WHY, POLL_CHOICES = 300, 100, 200, 10
"""What every native quiz poll takes, in UTF-16 units."""

LinkTo = Callable[[str], str | None]
"""Public address of a stored file, or None when there is none."""


@dataclass(frozen=True, slots=True)
class Words:
    """The few words that fitting may add, in the language that `word` translates into."""

    word: Callable[[str], str] = str

    @property
    def picture(self) -> str:
        return self.word("Hình")

    @property
    def audio(self) -> str:
        return self.word("Âm thanh")

    @property
    def file(self) -> str:
        return self.word("Tệp")

    @property
    def or_type(self) -> str:
        return self.word("Bác có thể gõ")


def choice_hint(message: Message, caps: Capabilities, *, private: bool, word: Callable[[str], str]) -> str:
    """What is said below a list of this message's choices: how one is chosen in such a chat."""
    if message.expects == "text" or not message.buttons:
        return ""
    if private:
        return word("(Bác gõ số để chọn.)")
    if caps.hears_everything:
        return word("(Gõ số để chọn.)")
    return word("(Nhắc tên tôi rồi gõ số để chọn.)")


@dataclass(frozen=True, slots=True)
class Fitted:
    """`parts` are within every limit, one platform call each.

    `listed` are the buttons that became numbers, from `first` on. `stored` are packed actions that were too long for a
    button and stand in the parts as their tokens: they must be kept as long as the message.
    """

    parts: tuple[Message, ...]
    listed: tuple[Button, ...] = ()
    first: int = 1
    stored: tuple[str, ...] = ()


def fit(
    message: Message, caps: Capabilities, *, link_to: LinkTo, words: Words, first: int = 1, hint: str = ""
) -> Fitted:
    """`first` is the number of the first listed choice; `hint` goes below a list ("gõ số để chọn")."""
    if _fits_as_it_is(message, caps):
        return Fitted((message,))
    if not caps.answers:
        message = replace(message, buttons=())  # nobody could choose
    buttons, stored = _shorten(message.buttons, caps)
    if message.poll is not None:
        if _fits_poll(message, message.poll, caps):
            return Fitted((replace(message, buttons=buttons),), stored=stored)
        message = replace(message, poll=None)
    text, attachment = _attach(message, caps, link_to, words)
    listed: tuple[Button, ...] = ()
    if not _fits_buttons(buttons, caps):
        if message.expects == "text":
            text = _lines(text, f"{words.or_type}: " + " · ".join(button.label for button in buttons))
        else:
            listed = message.buttons
            numbered = "\n".join(f"{n}. {button.label}" for n, button in enumerate(listed, start=first))
            text = _lines(text, numbered, hint)
        buttons, stored = (), ()
    rows = message.rows if buttons else ()
    shown = _plain_links(text) if not caps.links else text
    shown = shown if caps.styles else Text(tuple(Span(span.text, "plain", span.link) for span in shown.spans))
    one_by_one = message.large and not caps.large_text
    parts = _parts(shown, attachment, caps, one_by_one=one_by_one)
    if message.large and caps.large_text:
        parts = tuple(replace(part, large=True) for part in parts)
    last = replace(parts[-1], buttons=buttons, rows=rows, expects=message.expects)
    return Fitted((*parts[:-1], last), listed, first, stored)


def _fits_as_it_is(message: Message, caps: Capabilities) -> bool:
    """Whether there is nothing to do: the case that matters most, and costs least."""
    if message.attachment is not None or message.poll is not None or message.large:
        return False
    if not (caps.answers and caps.styles and caps.links) or (message.rows and not message.buttons):
        return False
    plain = message.text.plain
    fits = plain == plain.strip() and 0 < utf16_len(plain) <= caps.text_limit
    return fits and _fits_buttons(message.buttons, caps)


def split(text: Text, limit: int) -> tuple[Text, ...]:
    """Parts of at most `limit` UTF-16 units, cut at a paragraph, else a line, else a word, else a character."""
    parts: list[Text] = []
    rest = text.strip()
    while utf16_len(rest.plain) > limit:
        at = _cut(rest.plain, limit)
        if part := rest.slice(0, at).strip():
            parts.append(part)
        rest = rest.slice(at, len(rest.plain)).strip()
    if rest:
        parts.append(rest)
    return tuple(parts)


def _attach(message: Message, caps: Capabilities, link_to: LinkTo, words: Words) -> tuple[Text, Attachment | None]:
    item = message.attachment
    if item is None or _can_show(item, caps, link_to):
        return message.text, item
    if item.kind == "photo":
        return _lines(Text.verbatim(f"[{words.picture}: {item.alt}]"), message.text), None
    url = link_to(item.media)
    name = words.audio if item.kind == "audio" else words.file
    if url is None:
        return _lines(message.text, f"[{name}: {item.alt}]"), None
    said_already = item.alt in message.text.plain.split("\n")
    return _lines(message.text, f"{name}: {url}" if said_already else f"{name}: {item.alt}\n{url}"), None


def _can_show(item: Attachment, caps: Capabilities, link_to: LinkTo) -> bool:
    if item.kind == "photo":
        if caps.photos == "url":
            return link_to(item.media) is not None
        return caps.photos == "upload" and (not caps.photo_limit or item.size <= caps.photo_limit)
    limit = caps.audio_limit if item.kind == "audio" else caps.file_limit
    return limit > 0 and item.size <= limit


def _shorten(buttons: tuple[Button, ...], caps: Capabilities) -> tuple[tuple[Button, ...], tuple[str, ...]]:
    long = tuple(button.data for button in buttons if len(button.data) > caps.button_bytes)
    short = tuple(Button(b.label, token_of(b.data)) if b.data in long else b for b in buttons)
    return short, long


def _fits_buttons(buttons: tuple[Button, ...], caps: Capabilities) -> bool:
    return len(buttons) <= caps.buttons and all(
        utf16_len(button.label) <= caps.label_limit and len(button.data) <= caps.button_bytes for button in buttons
    )


def _fits_poll(message: Message, poll: Poll, caps: Capabilities) -> bool:
    """Whether a native poll can hold it: with its own buttons below, and no file."""
    choices, others = message.buttons[: poll.choices], message.buttons[poll.choices :]
    return (
        caps.quiz_poll
        and message.attachment is None
        and 2 <= len(choices) <= POLL_CHOICES
        and utf16_len(message.text.plain) <= POLL_QUESTION
        and all(utf16_len(button.label) <= POLL_CHOICE for button in choices)
        and utf16_len(poll.why) <= POLL_WHY
        and _fits_buttons(others, caps)
    )


def _parts(
    text: Text, attachment: Attachment | None, caps: Capabilities, *, one_by_one: bool = False
) -> tuple[Message, ...]:
    pieces = _sentences(text) if one_by_one else (text,)
    texts = tuple(Message(part) for piece in pieces for part in split(piece, caps.text_limit))
    if attachment is None:
        return texts
    if len(texts) <= 1 and utf16_len(text.plain) <= caps.caption_limit:
        return (Message(text, attachment=attachment),)
    return Message(Text(), attachment=attachment), *texts


def _sentences(text: Text) -> tuple[Text, ...]:
    """One part for each sentence; a list of lines stays together."""
    plain = text.plain
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(plain)), len(plain)]
    return tuple(part for start, stop in pairwise(cuts) if (part := text.slice(start, stop).strip()))


def _lines(*pieces: Text | str) -> Text:
    """Pieces one below the other with an empty line between; empty pieces go."""
    texts = (piece if isinstance(piece, Text) else Text.verbatim(piece) for piece in pieces)
    return Text.join("\n\n", [text for text in texts if text])


def _plain_links(text: Text) -> Text:
    return Text(
        tuple(
            span
            if span.link is None
            else Span(span.text if span.text == span.link else f"{span.text} ({span.link})", span.style)
            for span in text.spans
        )
    )


def _cut(plain: str, limit: int) -> int:
    """Where to cut, in code points: at least 1, and what is before it has at most `limit` UTF-16 units."""
    room = 0
    end = 0
    for char in plain:
        room += 2 if ord(char) > 0xFFFF else 1
        if room > limit:
            break
        end += 1
    end = max(end, 1)
    for mark in ("\n\n", "\n", " "):
        # A cut in the first third would make many short messages: then a smaller mark is better.
        at = plain.rfind(mark, end // 3, end + 1)
        if at > 0:
            return at
    while end > 1 and unicodedata.combining(plain[end]):
        end -= 1
    return end
