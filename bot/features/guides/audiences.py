"""The audiences of guides: the three of the commune's guideline (“doanh nghiệp, hộ kinh doanh, người dân”).

The `audience` of a guide stays a line in an author's own words. A guide is for the businesses that the line names; one
that names none is for residents, and so is one that names both.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from msgspec import Struct

from bot.core.text import fold
from bot.i18n import msg

from .model import Guide

LONGEST = 80
"""A request for a list is short; what is longer is a question."""


class GuideAudience(Struct, frozen=True):
    """`code` stands in buttons and addresses. `named` is looked for in a guide's line, `called` in what people say."""

    code: str
    name: str
    named: tuple[str, ...]
    called: tuple[str, ...]


RESIDENTS = GuideAudience(
    "nguoi-dan", msg("người dân"), ("người dân", "mọi người"), ("người dân", "bà con", "hộ gia đình", "nông dân")
)
HOUSEHOLDS = GuideAudience(
    "ho-kinh-doanh",
    msg("hộ kinh doanh"),
    ("hộ kinh doanh",),
    ("hộ kinh doanh", "hkd", "người bán hàng", "người buôn bán", "tiểu thương", "cửa hàng", "cá nhân kinh doanh"),
)
ENTERPRISES = GuideAudience(
    "doanh-nghiep",
    msg("doanh nghiệp"),
    ("doanh nghiệp", "hợp tác xã"),
    ("doanh nghiệp", "công ty", "hợp tác xã", "htx"),
)
AUDIENCES = (RESIDENTS, HOUSEHOLDS, ENTERPRISES)
"""In the order of lists."""

_LISTS = ("danh sách", "hướng dẫn", "dành riêng cho", "dành cho", "các bài", "những bài", "bài", "cho")
"""Words by which somebody asks for a list; after them a group of people is meant, not a matter."""
_FILLERS = ("tôi là", "tôi", "cho tôi", "xem", "cần", "muốn", "có", "gì", "nào", "của", "về", "với", "cháu ơi", "ạ")


def get(code: str) -> GuideAudience | None:
    return next((one for one in AUDIENCES if one.code == code), None)


def audiences_of(guide: Guide) -> tuple[GuideAudience, ...]:
    line = guide.audience.lower()
    named = tuple(one for one in AUDIENCES if any(words in line for words in one.named))
    return named or (RESIDENTS,)


def guides_for(audience: GuideAudience, guides: Iterable[Guide]) -> list[Guide]:
    """Return an audience's guides in their order; those that are kept for reference only come last."""
    return sorted((guide for guide in guides if audience in audiences_of(guide)), key=lambda guide: guide.archival)


def asked_for(words: str) -> GuideAudience | None:
    """Return the audience whose list is asked for (“hướng dẫn cho hộ kinh doanh”, “bai nao cho doanh nghiep”).

    The name alone asks for the list of a business, but not of residents: “bà con” says nothing.
    """
    if len(words) > LONGEST:
        return None
    bare = "".join([letter if letter.isalnum() else " " for letter in fold(words)])
    asked = f" {' '.join(bare.split())} "
    rest, wants_list = _without(asked, _LISTS)
    rest, _ = _without(rest, _FILLERS)
    for audience in AUDIENCES:
        if rest.strip() in _folded(audience.called):
            return audience if wants_list or audience is not RESIDENTS else None
    return None


@cache
def _folded(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """Fold words of the code, once."""
    return tuple(map(fold, phrases))


def _without(text: str, phrases: tuple[str, ...]) -> tuple[str, bool]:
    """Return `text` without these whole words, and whether any of them stood there."""
    bare = text
    for phrase in _folded(phrases):
        while f" {phrase} " in bare:
            bare = bare.replace(f" {phrase} ", " ")
    return bare, bare != text
