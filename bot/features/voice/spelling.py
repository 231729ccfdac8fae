"""From words to what a model was taught to read: sentence by sentence, in sounds or in letters.

A Piper model learned the sounds that espeak-ng writes, a clause at a time, with the mark that ends the clause behind
them; they are written for it in the same way. The program is asked by its command line: it is GPL and no part of ours.
"""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from bot.core.lean import patterns

from .espeak import PROGRAM
from .order import Spelling

_CLAUSE = patterns.compile(r"([^,.;:!?]+)([,.;:!?]?)[,.;:!?\s]*")
_ENDS = ".!?"
_OTHER_LANGUAGE = patterns.compile(r"\([a-z-]+\)")
_LONGEST = 10.0


def sentences(words: str, spelling: Spelling, accent: str) -> Sequence[str]:
    """Spell each sentence. Raises OSError, SubprocessError and ValueError if espeak-ng does not do its part."""
    spelled: list[str] = []
    going_on = False
    for clause, mark in _CLAUSE.findall(" ".join(words.split())):
        if not any(map(str.isalpha, clause)):
            continue
        signs = _sounds(clause + mark, accent) if spelling == "phonemes" else _letters(clause)
        if going_on:
            spelled[-1] += f" {signs}{mark}"
        else:
            spelled.append(signs + mark)
        going_on = mark not in _ENDS
    return spelled


def unknown(spelled: Sequence[str], tokens: Path) -> Sequence[str]:
    """Return the sounds or letters for which a model has no token, so that it leaves them out.

    Raises OSError and ValueError.
    """
    known = {line.rsplit(" ", 1)[0] for line in tokens.read_text("utf-8").splitlines() if " " in line}
    met = {sign for sentence in spelled for sign in sentence if sign not in " ,.;:!?"}
    return sorted(met - known)


def _letters(clause: str) -> str:
    return unicodedata.normalize("NFC", clause.strip().lower())


def _sounds(clause: str, accent: str) -> str:
    done = subprocess.run(  # noqa: S603 - words go in by stdin, never as options
        [PROGRAM, "-v", accent, "--ipa", "-q", "--stdin"],
        input=clause.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_LONGEST, check=True,
    )  # fmt: skip
    sounds = " ".join(_OTHER_LANGUAGE.sub("", done.stdout.decode()).split())
    if not sounds:
        raise ValueError("espeak-ng wrote no sounds")
    return unicodedata.normalize("NFD", sounds)
