"""Which open choice a typed message means, if any.

A message is a choice only as a whole: the label (case and accents aside), the number ("2", "2.", "số 2", "hai"), in a
quiz the letter. In private people also speak as to a neighbour: the last question may be answered by yes or no, by
"xong rồi" where it goes on, by the short of a label, with words of courtesy around. Anything more is not a choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .messages import Button
from .sessions import LAST_NUMBER, SHARED, OpenList, Session
from .spoken import BACK, DONE, FINE, FIRST, NO, READY, STOPS, YES, denies, without_courtesy
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
_SPOKEN_NUMBER = re.compile(
    r"(?:(?:toi|bac|ba|ong|cho|chon|lay|bam|go|phim|cai thu|cai|dong|bai|muc|cau|so) )+(?P<number>[\w ]+)"
)
# What a place is called by comes before its name, in small letters: “thôn Lạc Hiền” is “Lạc Hiền” too.
_PLACE = re.compile(r"(?:thôn|xóm|làng|bản|buôn|ấp|khóm|khối|phố|khu phố|tổ dân phố|xã|phường|thị trấn) (?=[^\Wa-z])")
_EXPLAINED = re.compile(r"(.+?) \(([^()]+)\)")
_NO_LABEL = re.compile(r"(?:khong(?: phai| dong y)?|no)(,.*)?|none of these")
_NOT_THIS = ("khong phai", "none of these")
_NEXT, _END, _BACK = frozenset({"tiep", "next"}), frozenset({"xong", "done"}), "quay lai"
"""Labels that go on, that may also end something, and the beginning of those that lead back."""


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
    lists = _last_words(session, person, mine)
    if (button := _labelled(lists[0], said) if lists else None) is not None:
        return Chosen(button)
    spoken = said
    # In a group people say yes and no to each other.
    if session.kind == "private" and mine:
        plain = without_courtesy(text)
        if (button := _as_spoken(mine[0], plain) or _begun(mine[0], text, plain)) is not None:
            return Chosen(button)
        spoken = _spoken_number(said, plain)
    for item in lists[1:]:
        if (button := _labelled(item, said)) is not None:
            return Chosen(button)
    if mine and mine[0].expects == "quiz" and (letter := _LETTER.fullmatch(said)):
        at = ord(letter[1]) - ord("a")
        if at < len(mine[0].buttons):
            return Chosen(mine[0].buttons[at])
    return _by_number(session, person, spoken, mine)


def _as_spoken(item: OpenList, plain: str) -> Button | None:
    """The button of the last question that a person may mean who does not say the label."""
    if item.expects == "choice" and (button := _yes_or_no(item.buttons, plain)) is not None:
        return button
    labels = _NEXT | _END if plain in DONE else _NEXT if plain in READY else ()
    onward = [button for button in item.buttons if fold(button.label) in labels]
    if len(onward) == 1:
        return onward[0]
    if plain in BACK:
        back = [button for button in item.buttons if fold(button.label).startswith(_BACK)]
        return back[0] if len(back) == 1 else None
    meant = [button for button in item.buttons if plain in _short(button.label)]
    return meant[0] if len(meant) == 1 else None


def _begun(item: OpenList, text: str, plain: str) -> Button | None:
    """The only button whose label begins with these words, two at least: “tất cả” for “Tất cả các thôn”.

    Marks count where somebody types them: “nhắn tin” is no “Nhận tin trở lại”.
    """
    if " " not in plain or item.expects == "text" or denies(plain):
        return None
    said = " ".join(text.lower().split()).strip(STOPS)
    marked = said != fold(said)
    labels = [(" ".join(one.label.lower().split()) if marked else without_courtesy(one.label)) for one in item.buttons]
    begun = f"{said if marked else plain} "
    meant = [button for button, label in zip(item.buttons, labels, strict=True) if label.startswith(begun)]
    return meant[0] if len(meant) == 1 else None


@lru_cache(maxsize=1024)
def _short(label: str) -> frozenset[str]:
    """What a label may be called: itself, its beginning up to a comma, a place without what it is called by.

    “Android (Samsung, Oppo)” is each of the three. No bare number is a name: it is a line.
    """
    found = _EXPLAINED.fullmatch(label)
    main, examples = (label, "") if found is None else (found[1], found[2])
    names = {label, main, main.partition(",")[0], _PLACE.sub("", main, count=1), main.removeprefix("Tôi ")}
    short = {without_courtesy(name) for name in (*names, *examples.split(","))}
    return frozenset(name for name in short if not name.isdecimal())


def _yes_or_no(buttons: Sequence[Button], said: str) -> Button | None:
    """The button that yes or no means: “không” where one says so, yes where there is just one other."""
    no = [button for button in buttons if _NO_LABEL.fullmatch(fold(button.label))]
    if len(no) != 1:
        return None
    if said in NO:
        return no[0]
    yes = said in YES or (said in FINE and fold(no[0].label) in _NOT_THIS)
    return next(button for button in buttons if button is not no[0]) if yes and len(buttons) == 2 else None


def _spoken_number(said: str, plain: str) -> str:
    """`cho tôi cái số 2 nhé` → `2`; what is no number stays as it is."""
    if plain in FIRST:
        return "1"
    found = _SPOKEN_NUMBER.fullmatch(plain)
    number = plain if found is None else found["number"]
    return number if _number(number) is not None else said


def last_asked(session: Session, person: str, text: str) -> Button | None:
    """The button of the last question to this person that `text` names as a whole; in private also of one beneath."""
    own = _own(session.lists, person)[::-1]
    said = without_courtesy(text) if len(text) <= _LONGEST else ""
    asked = own if session.kind == "private" else own[:1]
    return next((found for item in asked if (found := _labelled(item, said)) is not None), None)


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
    lists = _last_and_notices(session) if session.kind == "private" else session.lists
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


def _last_and_notices(session: Session) -> list[OpenList]:
    """Lists whose numbers count in private: what was asked before the last question has only its words left."""
    last = next((item for item in reversed(session.lists) if not item.is_notice), None)
    return [item for item in session.lists if item.is_notice or item is last]


def _wants_words(person: str, mine: list[OpenList]) -> bool:
    """Whether the last question to this person wants a text: a number is one, and no choice of an older list."""
    own = _own(mine, person)
    return bool(own) and own[0].expects == "text"


def _number(said: str) -> int | None:
    if match := _NUMBER.fullmatch(said):
        return int(match[1])
    return _WORDS.get(said.removeprefix("so "))
