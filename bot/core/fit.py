"""Fit any message into what a chat can show, and lose nothing.

Long text is split, styles kept; what cannot be shown becomes words or a link; buttons that cannot be shown become a
numbered list whose numbers lead to the same actions. Only where nobody can answer choices are left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.core.lean import patterns

from .actions import token_of
from .messages import Attachment, Button, Message, Poll, answers_of
from .platform import Capabilities
from .text import Span, Text, msg, utf16_len

_SENTENCE_END = patterns.compile(r"(?<=[.!?…])(?<!\d\.)[”\")]*\s+(?=[^\W\d_])|\n\n+")

POLL_QUESTION, POLL_CHOICE, POLL_WHY, POLL_CHOICES = 300, 100, 200, 10
"""The limits of every native quiz poll, in UTF-16 units."""

_LEAST_LABEL = 4
"""Shorter labels say nothing when they are cut."""
_NUMBERS_IN_ROW = 5

TYPE_A_NUMBER = msg("(Type a number to choose.)")

LinkTo = Callable[[str], str | None]
"""Public address of a stored file, or None when there is none."""


@dataclass(frozen=True, slots=True)
class FitWords:
    """The few words that fitting may add, in the language that `word` translates into."""

    word: Callable[[str], str] = str

    @property
    def picture(self) -> str:
        return self.word("Picture")

    @property
    def audio(self) -> str:
        return self.word("Audio")

    @property
    def file(self) -> str:
        return self.word("File")

    @property
    def or_type(self) -> str:
        return self.word("You can type")


def choice_hint(message: Message, caps: Capabilities, *, private: bool, word: Callable[[str], str]) -> str:
    """Return the hint below a list of this message's choices: how to choose in such a chat."""
    if message.expects == "figure" or not answers_of(message.buttons):
        return ""
    words = message.expects == "text"
    if private:
        return word("(Or type a number to choose.)") if words else word(TYPE_A_NUMBER)
    if caps.hears_everything:
        return word("(Or type a number here to choose.)") if words else word("(Type a number here to choose.)")
    return (
        word("(Or mention me and type a number to choose.)")
        if words
        else word("(Mention me, then type a number to choose.)")
    )


@dataclass(frozen=True, slots=True)
class Fitted:
    """`parts` are within every limit, one platform call each.

    `listed` are the buttons of a message whose answers became numbers, from `first` on; there may be buttons with these
    numbers besides. `stored` are packed actions that were too long for a button and stand in the parts as their tokens:
    they must be kept as long as the message.
    """

    parts: tuple[Message, ...]
    listed: tuple[Button, ...] = ()
    first: int = 1
    stored: tuple[str, ...] = ()


def fit(
    message: Message, caps: Capabilities, *, link_to: LinkTo, words: FitWords, first: int = 1, hint: str = ""
) -> Fitted:
    """Adapt a message to the capabilities of its chat.

    `first` is the number of the first listed choice; `hint` goes below a list ("gõ số để chọn").
    """
    if message.reply_to and not caps.reply:
        message = replace(message, reply_to="")
    if _fits_as_it_is(message, caps):
        return Fitted((message,))
    if not caps.answers:
        message = replace(message, buttons=())  # nobody could choose
    if message.poll is not None:
        if _fits_poll(message, message.poll, caps):
            buttons, stored = _shorten(message.buttons, caps)
            return Fitted((replace(message, buttons=buttons),), stored=stored)
        message = replace(message, poll=None)
    text, attachment = _attach(message, caps, link_to, words)
    offer = _offer(message, caps, words, first, hint)
    text = _lines(text, *offer.below)
    shown = _plain_links(text) if not caps.links else text
    shown = shown if caps.styles else Text(tuple(Span(span.text, "plain", span.link) for span in shown.spans))
    one_by_one = message.large and not caps.large_text
    parts = _parts(shown, attachment, caps, one_by_one=one_by_one)
    if message.large and caps.large_text:
        parts = tuple(replace(part, large=True) for part in parts)
    if message.reply_to:
        parts = (replace(parts[0], reply_to=message.reply_to), *parts[1:])
    last = replace(parts[-1], buttons=offer.buttons, rows=offer.rows, expects=message.expects)
    return Fitted((*parts[:-1], last), offer.listed, first, offer.stored)


@dataclass(frozen=True, slots=True)
class _Offer:
    """How choices are offered: `below` are paragraphs for the end of the text, the rest is as in `Fitted`."""

    below: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    rows: tuple[int, ...] = ()
    listed: tuple[Button, ...] = ()
    stored: tuple[str, ...] = ()


def _offer(message: Message, caps: Capabilities, words: FitWords, first: int, hint: str) -> _Offer:
    """Offer choices as buttons; else as buttons with cut labels or numbers that the text explains; else as text.

    One label that is too long takes no button from the others; if several are, numbers are easier to read.
    """
    buttons, stored = _shorten(message.buttons, caps)
    if _fits_buttons(buttons, caps):
        return _Offer(buttons=buttons, rows=message.rows if buttons else (), stored=stored)
    long = [button.label for button in buttons if utf16_len(button.label) > caps.label_limit]
    cut = tuple(replace(button, label=_cut_label(button.label, caps.label_limit)) for button in buttons)
    shows_buttons = caps.label_limit >= _LEAST_LABEL and _fits_buttons(cut, caps)
    if shows_buttons and (len(long) == 1 or message.expects == "figure"):
        whole = "\n".join(label for label in long if label not in message.text.plain)
        return _Offer((whole,), cut, message.rows, stored=stored)
    if message.expects == "figure":
        return _Offer((_called(words, buttons, upper=False),))
    answers = answers_of(message.buttons)
    listed = "\n".join(f"{n}. {button.label}" for n, button in enumerate(answers, start=first))
    if not shows_buttons:
        return _Offer((listed, hint, _called(words, buttons, upper=True)), listed=message.buttons)
    ways = tuple(button for button in cut if button.apart)
    numbers = tuple(replace(button, label=str(n)) for n, button in enumerate(answers_of(cut), start=first))
    rows = [len(numbers[at : at + _NUMBERS_IN_ROW]) for at in range(0, len(numbers), _NUMBERS_IN_ROW)]
    whole = "\n".join(button.label for button in message.buttons if button.apart and button.label in long)
    return _Offer((listed, whole), (*numbers, *ways), (*rows, *([len(ways)] if ways else ())), message.buttons, stored)


def _called(words: FitWords, buttons: Sequence[Button], *, upper: bool) -> str:
    """List choices without a number, each by its label: all of them, or with `upper` only those set apart."""
    labels = [button.label.upper() for button in buttons if button.apart] if upper else [one.label for one in buttons]
    return f"{words.or_type}: " + " · ".join(labels) if labels else ""


def _cut_label(label: str, limit: int) -> str:
    """Return a label in at most `limit` UTF-16 units; a shortened one ends with “…”."""
    if utf16_len(label) <= limit or limit < _LEAST_LABEL:
        return label
    return f"{label[: _cut(label, limit - 1)].rstrip()}…"


def _fits_as_it_is(message: Message, caps: Capabilities) -> bool:
    """Tell whether the message needs no change: the case that matters most, and costs least."""
    if message.attachment is not None or message.poll is not None or message.large:
        return False
    if not (caps.answers and caps.styles and caps.links) or (message.rows and not message.buttons):
        return False
    plain = message.text.plain
    fits = plain == plain.strip() and 0 < utf16_len(plain) <= caps.text_limit
    return fits and _fits_buttons(message.buttons, caps)


def split(text: Text, limit: int) -> tuple[Text, ...]:
    """Split a text into parts of at most `limit` UTF-16 units, after a paragraph, else a line, a word, a character."""
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


def _attach(message: Message, caps: Capabilities, link_to: LinkTo, words: FitWords) -> tuple[Text, Attachment | None]:
    item = message.attachment
    if item is None or _can_show(item, caps, link_to):
        return message.text, item
    if item.kind == "photo":
        # What is drawn says nothing to somebody who has not read yet what it is about.
        return _lines(message.text, f"[{words.picture}: {item.alt}]"), None
    url = link_to(item.media)
    name = words.audio if item.kind == "audio" else words.file
    if url is None:
        return _lines(message.text, f"[{name}: {item.alt}]"), None
    already_there = item.alt in message.text.plain.split("\n")
    return _lines(message.text, f"{name}: {url}" if already_there else f"{name}: {item.alt}\n{url}"), None


def _can_show(item: Attachment, caps: Capabilities, link_to: LinkTo) -> bool:
    if item.kind == "photo":
        if caps.photos == "url":
            return link_to(item.media) is not None
        return caps.photos == "upload" and (not caps.photo_limit or item.size <= caps.photo_limit)
    limit = caps.audio_limit if item.kind == "audio" else caps.file_limit
    return limit > 0 and item.size <= limit


def _shorten(buttons: tuple[Button, ...], caps: Capabilities) -> tuple[tuple[Button, ...], tuple[str, ...]]:
    long = tuple(button.data for button in buttons if len(button.data) > caps.button_bytes)
    short = tuple(replace(b, data=token_of(b.data)) if b.data in long else b for b in buttons)
    return short, long


def _fits_buttons(buttons: tuple[Button, ...], caps: Capabilities) -> bool:
    return len(buttons) <= caps.buttons and all(
        utf16_len(button.label) <= caps.label_limit and len(button.data) <= caps.button_bytes for button in buttons
    )


def _fits_poll(message: Message, poll: Poll, caps: Capabilities) -> bool:
    """Tell whether a native poll can show the message: with its own buttons below, and no file."""
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
    """Return one part for each sentence; a list of lines stays together."""
    plain = text.plain
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(plain)), len(plain)]
    return tuple(part for start, stop in pairwise(cuts) if (part := text.slice(start, stop).strip()))


def _lines(*pieces: Text | str) -> Text:
    """Join pieces with an empty line between; leave out empty pieces."""
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
    """Return the place to cut, in code points: at least 1, and the part before it has at most `limit` UTF-16 units."""
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
