"""Which open choice a typed message means, if any.

A message is a choice only as a whole: the label (case and accents aside), the number ("2", "2.", "số 2", "hai"), in a
quiz the letter, or in private yes and no where the question is one of the two. Anything more is not a choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .messages import Button
from .sessions import LAST_NUMBER, SHARED, OpenList, Session
from .text import fold

_NUMBER = re.compile(r"(?:so |chon |cau )?(\d{1,2})[.)]?")
_LETTER = re.compile(r"(?:cau |chon )?([a-l])[.)]?")
_UNITS = ("", "mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin")


def _number_words() -> dict[str, int]:
    words = {word: n for n, word in enumerate(_UNITS) if word}
    words.update({"muoi": 10, "tu": 4})
    for tens in (1, 2, 3):
        stem = "muoi" if tens == 1 else f"{_UNITS[tens]} muoi"
        words[stem] = tens * 10
        for n, unit in enumerate(_UNITS[1:], start=1):
            words[f"{stem} {unit}"] = tens * 10 + n
        words[f"{stem} lam"] = tens * 10 + 5
        words[f"{stem} tu"] = tens * 10 + 4
        words[f"{stem} mot"] = tens * 10 + 1
    return {word: n for word, n in words.items() if n <= LAST_NUMBER}


_WORDS = _number_words()
# “Dạ” is no yes: it is how one begins to answer anything.
YES = frozenset({"co", "vang", "vang a", "da co", "u", "uh", "phai", "phai roi", "dung", "dung roi", "dong y"})
NO = frozenset({"khong", "khong a", "ko", "khong phai", "khong dong y", "sai", "sai roi"})
_NO_LABEL = re.compile(r"khong( phai| dong y)?(,.*)?")


@dataclass(frozen=True, slots=True)
class Chosen:
    button: Button


@dataclass(frozen=True, slots=True)
class Belongs:
    """The number is on the list of somebody else."""

    owner_name: str


@dataclass(frozen=True, slots=True)
class NoSuch:
    """A number, but on none of the open lists; `latest` is the list to show again."""

    number: int
    latest: OpenList


Answer = Chosen | Belongs | NoSuch | None
_LONGEST = 200


def recognise(session: Session, person: str, text: str) -> Answer:
    """`person` is the sender's id, SHARED in a private chat."""
    if not session.lists or len(text) > _LONGEST:
        return None
    said = fold(text)
    mine = [item for item in reversed(session.lists) if item.owner in (person, SHARED)]
    for item in _last_words(session, person, mine):
        if (button := _labelled(item, said)) is not None:
            return Chosen(button)
    if mine and mine[0].expects == "quiz" and (letter := _LETTER.fullmatch(said)):
        at = ord(letter[1]) - ord("a")
        if at < len(mine[0].buttons):
            return Chosen(mine[0].buttons[at])
    # In a group people say yes and no to each other.
    asked = session.kind == "private" and bool(mine) and mine[0].expects == "choice"
    if asked and (button := _yes_or_no(mine[0].buttons, said)) is not None:
        return Chosen(button)
    return _by_number(session, person, said, mine)


def _yes_or_no(buttons: Sequence[Button], said: str) -> Button | None:
    """The button that yes or no means, if there are just these two."""
    no = [button for button in buttons if _NO_LABEL.fullmatch(fold(button.label))]
    if len(buttons) != 2 or len(no) != 1:
        return None
    if said in NO:
        return no[0]
    return next(button for button in buttons if button is not no[0]) if said in YES else None


def last_asked(session: Session, person: str, text: str) -> Button | None:
    """The button of the last question to this person that `text` names as a whole."""
    own = _own(session.lists, person)
    return _labelled(own[-1], fold(text)) if own and len(text) <= _LONGEST else None


def _last_words(session: Session, person: str, mine: list[OpenList]) -> list[OpenList]:
    """Lists whose labels count. In a group an old “Đúng” would answer a question that is long over."""
    if session.kind == "private":
        return mine
    return [*_own(mine, person)[:1], *_own(mine, SHARED)]


def _own(lists: Sequence[OpenList], person: str) -> list[OpenList]:
    return [item for item in lists if item.owner == person]


def _labelled(item: OpenList, said: str) -> Button | None:
    return next((button for button in item.buttons if fold(button.label) == said), None)


def _by_number(session: Session, person: str, said: str, mine: list[OpenList]) -> Answer:
    number = _number(said)
    lists = mine[:1] if session.kind == "private" else session.lists
    if number is None or _wants_words(person, mine):
        return None
    lists = [item for item in lists if item.expects != "text"]
    for item in reversed(lists):
        if item.first <= number <= item.last:
            if item.owner in (person, SHARED):
                return Chosen(item.buttons[number - item.first])
            return Belongs(item.owner_name)
    shown = [item for item in mine if item.expects != "text"]
    return NoSuch(number, shown[0]) if shown else None


def _wants_words(person: str, mine: list[OpenList]) -> bool:
    """Whether the last question to this person wants a text: a number is one, and no choice of an older list."""
    own = _own(mine, person)
    return bool(own) and own[0].expects == "text"


def _number(said: str) -> int | None:
    if match := _NUMBER.fullmatch(said):
        return int(match[1])
    return _WORDS.get(said.removeprefix("so "))
