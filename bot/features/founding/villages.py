"""The list of a commune's villages, as it is pasted: one line each, perhaps with the number of households."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.text import clean, fold
from bot.features.units import is_code
from bot.features.units.place import split_kind

from .problem import AnswerProblem

MOST = 500
"""More lines than any commune has villages."""
_LONGEST = 80
_BULLET = patterns.compile(r"^\s*(?:[-•*+]|\d{1,3}[.)])\s+")
_SIZE = patterns.compile(r"\s*(?:[;|\t,]|\s[-–:])\s*(\d[\d .]*)\s*(?:hộ|ho)?\s*$", re.IGNORECASE)
_BARE_SIZE = patterns.compile(r"^\s*(\d[\d .]*)\s*(?:hộ|ho)?\s*$", re.IGNORECASE)
_SHORT = patterns.compile(r"^(?:tdp|tổ dp)[ .]+", re.IGNORECASE)
_NO_WORD = patterns.compile(r"[^a-z0-9]+")


class VillageLine(Struct, frozen=True):
    """A village of the list: `thôn`, `Lạc Hiền`, 120 households or None."""

    kind: str
    name: str
    households: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def line(self) -> str:
        return self.full_name if self.households is None else f"{self.full_name}; {self.households}"


def read_villages(text: str, commune_kind: str) -> tuple[Sequence[VillageLine], str]:
    """Return the villages, and a sentence about lines that were left out ("" for none).

    A line that says the same as an earlier one is left out. Raises AnswerProblem.
    """
    usual = "tổ dân phố" if commune_kind == "phường" else "thôn"
    found: dict[str, tuple[int, VillageLine]] = {}
    twice: list[str] = []
    lines = [(at, line) for at, line in enumerate(clean(text).splitlines(), start=1) if line.strip()]
    if len(lines) > MOST:
        raise AnswerProblem(f"Danh sách có {len(lines)} dòng, nhiều nhất {MOST}: bỏ những dòng không phải thôn.")
    for at, line in lines:
        one = _village(line, at, usual)
        key = fold(one.full_name)
        if key not in found:
            found[key] = at, one
            continue
        before, same = found[key]
        if None not in (same.households, one.households) and same.households != one.households:
            raise AnswerProblem(
                f"Dòng {at} trùng tên với dòng {before} ({one.full_name}) mà số hộ khác nhau: nếu là hai thôn thì đặt "
                f"tên khác nhau, ví dụ “{one.full_name} (xã cũ)”, nếu là một thì bỏ một dòng."
            )
        found[key] = before, replace(same, households=same.households or one.households)
        twice.append(f"dòng {at} ({one.full_name}, đã có ở dòng {before})")
    if not found:
        raise AnswerProblem("Chưa có thôn nào: dán danh sách, mỗi thôn một dòng.")
    shown = ", ".join(twice[:5]) + (f" và {len(twice) - 5} dòng nữa" if len(twice) > 5 else "")
    return [one for _, one in found.values()], f"Đã bỏ {len(twice)} dòng trùng: {shown}." if twice else ""


def _village(line: str, at: int, usual: str) -> VillageLine:
    words = _BULLET.sub("", line).strip()
    size = _SIZE.search(words)
    if size is not None:
        words = words[: size.start()]
    kind, name = split_kind(_SHORT.sub("tổ dân phố ", " ".join(words.split()).strip(" .,;")))
    if not name or len(name) > _LONGEST or not _NO_WORD.sub("", fold(name)):
        raise AnswerProblem(f"Dòng {at} “{line.strip()[:40]}” không phải tên thôn: sửa hoặc bỏ dòng ấy.")
    return VillageLine(kind or usual, name, None if size is None else _number(size[1]))


def read_households(text: str, villages: Sequence[VillageLine]) -> Sequence[VillageLine]:
    """Return the villages with their households: lines `Lạc Hiền; 120`, or one number for each village in order.

    Raises AnswerProblem.
    """
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    bare = [_BARE_SIZE.match(line) for line in lines]
    if lines and all(bare):
        wanting = [one for one in villages if one.households is None]
        if len(lines) not in (len(villages), len(wanting)):
            raise AnswerProblem(
                f"Có {len(lines)} số mà {len(wanting)} thôn chưa có số hộ: viết mỗi thôn một số, hoặc "
                "“tên thôn; số hộ”."
            )
        asked = villages if len(lines) == len(villages) else wanting
        counts = {one.full_name: _number(match[1]) for one, match in zip(asked, bare, strict=True) if match}
        return [replace(one, households=counts.get(one.full_name, one.households)) for one in villages]
    counts = {}
    for line in lines:
        size = _SIZE.search(_BULLET.sub("", line))
        named = None if size is None else village_named(_BULLET.sub("", line)[: size.start()], villages)
        if size is None or named is None:
            raise AnswerProblem(f"“{line[:60]}”: viết “tên thôn; số hộ”, tên như trong danh sách thôn.")
        counts[named.full_name] = _number(size[1])
    return [replace(one, households=counts.get(one.full_name, one.households)) for one in villages]


def village_named(words: str, villages: Sequence[VillageLine]) -> VillageLine | None:
    """Return the one village of this name, with or without its kind and marks; None for none or several."""
    wanted = fold(words).strip(" .,;")
    whole = [one for one in villages if fold(one.full_name) == wanted]
    named = whole or [one for one in villages if fold(one.name) == wanted]
    return named[0] if len(named) == 1 else None


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text)[:9])


def slug(name: str) -> str:
    """Return a code made of a name: `Lạc Hiền` → `lac-hien`."""
    return _NO_WORD.sub("-", fold(name)).strip("-")[:56]


def codes_of(
    villages: Sequence[VillageLine], taken: Collection[str], known: Mapping[str, str]
) -> Mapping[str, VillageLine]:
    """Return the villages by their codes.

    `known` are the codes of villages that exist already, by folded full name; `taken` the codes of other units.
    """
    used, coded = {*taken, *known.values()}, dict[str, VillageLine]()
    for one in villages:
        code = known.get(fold(one.full_name))
        if code is None:
            base = slug(one.name)
            tries = ([] if base.isdecimal() or not is_code(base) else [base]) + [slug(one.full_name)]
            numbered = (f"{slug(one.full_name)}-{number}" for number in range(2, MOST + 2))
            code = next(name for name in (*tries, *numbered) if name not in used)
        used.add(code)
        coded[code] = one
    return coded
