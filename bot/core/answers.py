"""Which open choice a typed message means, if any.

A message is a choice only as a whole: the label (case and accents aside), the number ("2", "2.", "số 2", "hai") or, in
a quiz, the letter. Anything more is not a choice.
"""

from __future__ import annotations

import re
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


def recognise(session: Session, person: str, text: str) -> Answer:
    """`person` is the sender's id, SHARED in a private chat."""
    if not session.lists or len(text) > 200:
        return None
    said = fold(text)
    mine = [item for item in reversed(session.lists) if item.owner in (person, SHARED)]
    for item in mine:
        for button in item.buttons:
            if fold(button.label) == said:
                return Chosen(button)
    if mine and mine[0].expects == "quiz" and (letter := _LETTER.fullmatch(said)):
        at = ord(letter[1]) - ord("a")
        if at < len(mine[0].buttons):
            return Chosen(mine[0].buttons[at])
    return _by_number(session, person, said, mine)


def _by_number(session: Session, person: str, said: str, mine: list[OpenList]) -> Answer:
    number = _number(said)
    lists = [item for item in session.lists if item.expects != "text"]
    if number is None or not lists:
        return None
    for item in reversed(lists):
        if item.first <= number <= item.last:
            if item.owner in (person, SHARED):
                return Chosen(item.buttons[number - item.first])
            return Belongs(item.owner_name)
    shown = [item for item in mine if item.expects != "text"]
    return NoSuch(number, shown[0]) if shown else None


def _number(said: str) -> int | None:
    if match := _NUMBER.fullmatch(said):
        return int(match[1])
    return _WORDS.get(said.removeprefix("so "))
