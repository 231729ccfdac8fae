"""Words as people type them: marks left out, tones in odd places, Telex and VNI keys left as they are."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from bot.core.lean import patterns
from bot.core.text import fold

_WORD = patterns.compile(r"[^\W_]+")
_DRAWN_OUT = patterns.compile(
    r"([^\W\d_bcdđfghjklmnpqrstvwxz])\1{2,}"
)  # vowels of “cháyyyy”; `attt` is an abbreviation
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE_KEYS = dict(zip("sfrxj12345", "\u0301\u0300\u0309\u0303\u0323" * 2, strict=True))
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_VNI_SHAPES = {"6": (_CIRCUMFLEX, "aeo"), "7": (_HORN, "uo"), "8": (_BREVE, "a")}
_SYLLABLE = patterns.compile(r"[a-z][a-z0-9]{0,11}")  # `nghieengs` is among the longest
# Pairs that sound alike in some region, and so are written for one another.
_SOUNDS = (("tr", "ch"), ("gi", "d"), ("r", "d"), ("x", "s"), ("n", "l"), ("q", "k"), ("c", "k"))


def words(text: str) -> list[str]:
    """Return runs of letters and digits, NFC, lower case; a vowel that is cried three times or more is one."""
    return _WORD.findall(_DRAWN_OUT.sub(r"\1", unicodedata.normalize("NFC", text).lower()))


@lru_cache(maxsize=8192)
def mark_key(word: str) -> str:
    """Return a key that is equal for words that differ in the place of the tone only: `hoà` and `hòa`."""
    parts = unicodedata.normalize("NFD", word)
    return "".join(char for char in parts if char not in _TONES) + "".join(char for char in parts if char in _TONES)


def tone(word: str) -> str:
    """Return the mark of its tone or "". `Hỏi` and `ngã` are one: half of the country says them so."""
    parts = unicodedata.normalize("NFD", word).replace("\u0303", "\u0309")
    return next((char for char in parts if char in _TONES), "")


def sound(word: str) -> str:
    """Merge, in a folded word, sounds that people confuse: `chu` and `tru`, `ki` and `ky`, `nua` and `lua`."""
    for written, heard in _SOUNDS:
        if word.startswith(written) and not word.startswith(("nh", "ng", "ch")):
            word = heard + word.removeprefix(written)
            break
    return word.replace("y", "i")


def untangle(word: str) -> str | None:
    """Return the word meant by Telex or VNI keys (`dichj` or `dich5` → `dịch`), or None if they change nothing."""
    if not _SYLLABLE.fullmatch(word):
        return None
    letters: list[str] = []
    tone = ""
    for char in word:
        vowel = any(letter[0] in "aeiouy" for letter in letters)
        if char in _TONE_KEYS and vowel:
            tone = _TONE_KEYS[char]
        elif char == "z" and vowel:
            tone = ""
        elif not _reshape(letters, char):
            letters.append(char)
    if not any(letter[0] in "aeiouy" for letter in letters):
        return None
    last = max(at for at, letter in enumerate(letters) if letter[0] in "aeiouy")
    letters[last] += tone
    made = unicodedata.normalize("NFC", "".join(letters))
    return made if made != word else None


def _reshape(letters: list[str], char: str) -> bool:
    """Apply a key that changes a letter already typed; False if `char` is a letter of its own."""
    if char in "d9" and letters[:1] == ["d"]:
        letters[0] = "đ"
        return True
    if char in "aeo" and char in letters:
        letters[letters.index(char)] += _CIRCUMFLEX
        return True
    if char == "w":
        return _put(letters, _HORN, "uo") or _put(letters, _BREVE, "a")
    if char in _VNI_SHAPES:
        return _put(letters, *_VNI_SHAPES[char])
    return False


def _put(letters: list[str], mark: str, bases: str) -> bool:
    """Put `mark` on the last of `bases`; `uo` takes the horn on both."""
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] in bases:
            letters[at] += mark
            if mark == _HORN and at > 0 and letters[at - 1] == "u":
                letters[at - 1] += mark
            return True
    return False


@lru_cache(maxsize=8192)
def bare(word: str) -> str:
    """Return `word` without marks."""
    return fold(word)


def folded(text: str) -> tuple[str, ...]:
    """Return the words of `text` without marks."""
    return tuple(bare(word) for word in words(text))
