"""The list of officials and village teams, as it is pasted: one line each, its parts in any order."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import clean
from bot.features.rights.table import IN_VILLAGES, RESIDENT, ROLES, role_of

from .problem import AnswerProblem
from .villages import VillageLine, village_named

MOST = 2000
_PHONE = patterns.compile(r"\+?[\d .()-]{9,16}")
_BULLET = patterns.compile(r"^\s*(?:[-•*]|\d{1,4}[.)])\s+")


class PersonLine(Struct, frozen=True):
    """A person of the list; `village` None is the commune."""

    name: str
    role: str
    village: VillageLine | None
    phone: str

    @property
    def line(self) -> str:
        parts = [self.name, ROLES[self.role], "" if self.village is None else self.village.full_name, self.phone]
        return "; ".join(filter(None, parts))


def read_people(text: str, villages: Sequence[VillageLine]) -> Sequence[PersonLine]:
    """Return the people; raise AnswerProblem with the line that cannot be read."""
    lines = [(at, line) for at, line in enumerate(clean(text).splitlines(), start=1) if line.strip()]
    if len(lines) > MOST:
        raise AnswerProblem(f"Danh sách có {len(lines)} người, nhiều nhất {MOST}: người dân không ghi ở đây.")
    return [_person(at, _BULLET.sub("", line), villages) for at, line in lines]


def _person(at: int, line: str, villages: Sequence[VillageLine]) -> PersonLine:
    separator = next((one for one in (";", "\t", "|") if one in line), ",")
    name, role, phone, village = "", "", "", None
    for part in filter(None, (part.strip() for part in line.split(separator))):
        if not phone and _PHONE.fullmatch(part):
            phone = part
        elif not role and (found := _role(part, villages)) is not None:
            role, village = found[0], found[1] or village
        elif village is None and (place := village_named(part, villages)) is not None:
            village = place
        elif not name:
            name = part
        else:
            raise AnswerProblem(
                f"Dòng {at} “{line.strip()[:60]}”: không rõ “{part}” là gì; viết “họ tên; vai trò; thôn; "
                "số điện thoại”, tên thôn như trong danh sách."
            )
    if not name or not role or role == RESIDENT:
        what = "họ tên" if not name else "vai trò, ví dụ Chủ tịch, Công chức, Tổ trưởng"
        raise AnswerProblem(f"Dòng {at} “{line.strip()[:60]}” thiếu {what}.")
    if role in IN_VILLAGES and village is None:
        raise AnswerProblem(f"Dòng {at} “{line.strip()[:60]}”: {ROLES[role]} của thôn nào? Ghi thêm tên thôn.")
    return PersonLine(name, role, village if role in IN_VILLAGES else None, phone)


def _role(words: str, villages: Sequence[VillageLine]) -> tuple[str, VillageLine | None] | None:
    """Return the role that these words begin with, and the village that they end with: “Tổ trưởng thôn Lạc Hiền”."""
    if (role := role_of(words)) is not None:
        return role, None
    parts = words.split()
    for cut in range(len(parts) - 1, 0, -1):
        role, place = role_of(" ".join(parts[:cut])), village_named(" ".join(parts[cut:]), villages)
        if role is not None and place is not None:
            return role, place
    return None
