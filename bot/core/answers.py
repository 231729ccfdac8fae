"""Which open choice a typed message means, if any.

A message is a choice only as a whole: the label (case and accents aside), the number ("2", "2.", "số 2", "hai", "cái
thứ hai"), in a quiz the letter. Several numbers, or one that is on no list, are no choice and are asked about. In
private people also speak as to a neighbour: the last question may be answered by yes or no, by "xong rồi" where it goes
on, by the short of a label, with words of courtesy around. Anything more is not a choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.lean import patterns
from bot.core.small_words import BACK, DONE, FINE, NO, READY, STOPS, YES, denies, without_courtesy
from bot.core.words.choice_numbers import numbers_in

from .messages import Button
from .sessions import SHARED, OpenList, Session
from .text import fold

_LETTER = patterns.compile(r"(?:cau |chon )?([a-l])[.)]?")
# What a place is called by comes before its name, in small letters: “thôn Lạc Hiền” is “Lạc Hiền” too.
_PLACE = patterns.compile(
    r"(?:thôn|xóm|làng|bản|buôn|ấp|khóm|khối|phố|khu phố|tổ dân phố|xã|phường|thị trấn) (?=[^\Wa-z])"
)
_EXPLAINED = patterns.compile(r"(.+?) \(([^()]+)\)")
_NO_LABEL = patterns.compile(r"(?:khong(?: phai| dong y)?|no)(,.*)?|none of these")
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


@dataclass(frozen=True, slots=True)
class Unclear:
    """Several numbers, or one where words are asked for; `latest` is the list to show again."""

    latest: OpenList


Answer = Chosen | Belongs | NoSuch | Unclear | None
_LONGEST = 200


def recognise(session: Session, person: str, text: str) -> Answer:
    """Decide which open choice `text` means, if any. `person` is the sender's id, SHARED in a private chat."""
    if not session.lists or len(text) > _LONGEST:
        return None
    answer = fold(text)
    mine = [item for item in reversed(session.lists) if item.owner in (person, SHARED)]
    lists = _last_words(session, person, mine)
    if (button := _labelled(lists[0], answer) if lists else None) is not None:
        return Chosen(button)
    # In a group people say yes and no to each other.
    if session.kind == "private" and mine:
        plain = without_courtesy(text)
        if (button := _paraphrased(mine[0], plain) or _begun(mine[0], text, plain)) is not None:
            return Chosen(button)
    for item in lists[1:]:
        if (button := _labelled(item, answer)) is not None:
            return Chosen(button)
    if mine and mine[0].expects == "quiz" and (letter := _LETTER.fullmatch(answer)):
        at = ord(letter[1]) - ord("a")
        if at < len(mine[0].answers):
            return Chosen(mine[0].answers[at])
    return _by_number(session, person, text, mine)


def _paraphrased(item: OpenList, plain: str) -> Button | None:
    """Return the button of the last question that is meant without saying its label (“xong”, “quay lại”, “có”)."""
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
    """Return the only button whose label begins with these words, at least two: “tất cả” for “Tất cả các thôn”.

    Diacritics count if the person types them: “nhắn tin” does not select “Nhận tin trở lại”.
    """
    if " " not in plain or item.expects in ("text", "figure") or denies(plain):
        return None
    answer = " ".join(text.lower().split()).strip(STOPS)
    marked = answer != fold(answer)
    labels = [(" ".join(one.label.lower().split()) if marked else without_courtesy(one.label)) for one in item.buttons]
    begun = f"{answer if marked else plain} "
    meant = [button for button, label in zip(item.buttons, labels, strict=True) if label.startswith(begun)]
    return meant[0] if len(meant) == 1 else None


@lru_cache(maxsize=1024)
def _short(label: str) -> frozenset[str]:
    """Return the names a label answers to: itself, its part before a comma, a place's name without its kind.

    “Android (Samsung, Oppo)” answers to each of the three. A bare number is not a name: it selects a line of the list.
    """
    found = _EXPLAINED.fullmatch(label)
    main, examples = (label, "") if found is None else (found[1], found[2])
    names = {label, main, main.partition(",")[0], _PLACE.sub("", main, count=1), main.removeprefix("Tôi ")}
    short = {without_courtesy(name) for name in (*names, *examples.split(","))}
    return frozenset(name for name in short if not name.isdecimal())


def _yes_or_no(buttons: Sequence[Button], answer: str) -> Button | None:
    """Return the button meant by yes or no: for no the button “không”; for yes the other one, if there is just one."""
    no = [button for button in buttons if _NO_LABEL.fullmatch(fold(button.label))]
    if len(no) != 1:
        return None
    if answer in NO:
        return no[0]
    yes = answer in YES or (answer in FINE and fold(no[0].label) in _NOT_THIS)
    return next(button for button in buttons if button is not no[0]) if yes and len(buttons) == 2 else None


def last_asked(session: Session, person: str, text: str) -> Button | None:
    """Return the button of the last question to this person that the whole `text` names.

    In a private chat the buttons of an earlier question that is still open count too.
    """
    own = _own(session.lists, person)[::-1]
    answer = without_courtesy(text) if len(text) <= _LONGEST else ""
    asked = own if session.kind == "private" else own[:1]
    return next((found for item in asked if (found := _labelled(item, answer)) is not None), None)


def _last_words(session: Session, person: str, mine: list[OpenList]) -> list[OpenList]:
    """Return the lists whose labels still count. In a group an old “Đúng” would answer a question long over."""
    if session.kind == "private":
        return mine
    return [*_own(mine, person)[:1], *_own(mine, SHARED)]


def _own(lists: Sequence[OpenList], person: str) -> list[OpenList]:
    return [item for item in lists if item.owner == person]


def _labelled(item: OpenList, answer: str) -> Button | None:
    return next((button for button in item.buttons if fold(button.label) == answer), None)


def _by_number(session: Session, person: str, text: str, mine: list[OpenList]) -> Answer:
    own = _own(mine, person)[:1]
    if own and own[0].expects == "figure":
        return None
    lists = _last_and_notices(session) if session.kind == "private" else session.lists
    lists = own if own and own[0].expects == "text" else [item for item in lists if _shows_numbers(item)]
    shown = own if own and own[0].expects == "text" else [item for item in mine if _shows_numbers(item)]
    if not lists:
        return None
    numbers = numbers_in(text, lists[-1].last, close=session.kind != "private")
    if not numbers:
        return None
    if len(numbers) > 1 or (own and not _shows_numbers(own[0])):
        # In a group several numbers are rather said to somebody else.
        return Unclear(own[0]) if own and (session.kind == "private" or own[0].owner != SHARED) else None
    for item in reversed(lists):
        if numbers[0] in item.numbers:
            if item.owner in (person, SHARED):
                return Chosen(item.answers[numbers[0] - item.first])
            return Belongs(item.owner_name)
    return NoSuch(numbers[0], shown[0]) if shown else None


def _shows_numbers(item: OpenList) -> bool:
    """Tell whether a number may mean one of its lines; under a question for words, only if the lines show numbers."""
    return item.expects in ("choice", "quiz") or (item.expects == "text" and item.numbered)


def _last_and_notices(session: Session) -> list[OpenList]:
    """Return the lists whose numbers count in a private chat: notices and the last question.

    An earlier question can only be answered by its labels.
    """
    last = next((item for item in reversed(session.lists) if not item.is_notice), None)
    return [item for item in session.lists if item.is_notice or item is last]
