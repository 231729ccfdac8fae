"""Taking out of words what must not be kept: numbers, names as far as they can be seen, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.guard import MASK, mask
from bot.core.lean import patterns
from bot.features.people.naming import names_in

LONGEST = 400
NAME = "[tên đã ẩn]"
ADDRESS = "[địa chỉ đã ẩn]"
_ADDRESS = patterns.compile(r"\S+@\S+\.\w+|\b(?:https?://|www\.)\S+|@\w{3,}", re.IGNORECASE)
# Years, fees and the numbers of forms are shorter, or written with dots; whatever else is a number belongs to somebody.
_NUMBER = patterns.compile(r"(?<![\w.])(?:\+\d{1,3}[ .-]?)?\(?\d(?:[ .()-]{0,2}\d){5,}(?!\d)")
_CALLED = patterns.compile(
    r"(?<!\w)(?P<says>(?:(?:họ )?tên (?:tôi|tui|em|cháu|con|bà|ông|bác|là)|tôi tên|tui tên|em tên|cháu tên)(?: là)?:? )"
    r"(?!gì|chi|sao)\w+(?: \w+){0,3}",
    re.IGNORECASE,
)
"""“Tên tôi là hoa”: up to four words go, one that is no name among them rather than half a name left."""


def masked(text: str, own_names: Iterable[str] = ()) -> str:
    """Return at most 400 letters without numbers, addresses and names that can be seen.

    `own_names` are those of the person who wrote it; they go in any spelling. A name in small letters of somebody else
    is not seen: an officer who reads one drops the words.
    """
    found = " ".join(mask(text)[0].split())
    found = _ADDRESS.sub(ADDRESS, found)
    # The whole name goes in any spelling; the given name alone is often a word, and goes only with its capital.
    own = [name.split() for name in own_names if name.split()]
    for name in own:
        if len(name) > 1:
            found = re.sub(rf"(?<!\w){re.escape(' '.join(name))}(?!\w)", NAME, found, flags=re.IGNORECASE)
    found = _CALLED.sub(rf"\g<says>{NAME}", found)
    for seen in names_in(found):
        found = found.replace(seen, NAME)
    for *_, given in own:
        if given[0].isupper():
            found = re.sub(rf"(?<!\w){re.escape(given)}(?!\w)", NAME, found)
    return _NUMBER.sub(MASK, found)[:LONGEST].strip()
