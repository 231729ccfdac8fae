"""The command `python -m bot token`: tokens with which other programs read. Part of commands."""

from __future__ import annotations

import json
import sys

from bot.assembly import app
from bot.cli.office import Office, opened
from bot.features import rights, units
from bot.features.people import people
from bot.features.people.people import Holder
from bot.features.programs.tokens import MOST_DAYS, ListedToken, Tokens
from bot.features.rights import Act
from bot.features.rights.table import OFFICIALS
from bot.features.units import Place
from bot.settings import Settings, SettingsError
from bot.storage.transactions import writing

_LARGEST = 2**63 - 1
"""Of the numbers that a database knows."""


def _tokens(settings: Settings, office: Office) -> Tokens:
    return Tokens(app.secret_key(settings), office.audit, app.CLOCK.now)


async def _commune(unit: str) -> Place:
    place = await units.get(unit)
    if place is None or place.level != "commune":
        raise SettingsError(f"--unit: không có xã mã {unit!r}")
    return place


async def make(settings: Settings, unit: str, name: str, person: str, days: int, *, as_json: bool) -> int:
    """Print a new token, alone in its line; raise SettingsError for a wrong unit, person or number of days."""
    if not 1 <= days <= MOST_DAYS:
        raise SettingsError(f"--days: từ 1 đến {MOST_DAYS}")
    async with opened(settings) as office:
        place, now = await _commune(unit), app.CLOCK.now()
        holder = await _official(place, person)
        who = await people.who_is(holder.person_id, now)
        decision = await rights.decide(who, Act.CONNECT_PROGRAMS, place.id, on=now)
        if not decision.allowed:
            raise SettingsError(f"--person: {decision.why}")
        async with writing():
            token = await _tokens(settings, office).make(holder.person_id, place.id, name, days)
        if token is None:
            raise SettingsError("--name: xã đã có quá nhiều khóa đang dùng; thu hồi bớt bằng --revoke")
        print(json.dumps({"token": token, "unit": unit, "person": holder.name, "days": days}) if as_json else token)
        print(f"khóa có quyền của {holder.name}, chỉ hiện lần này", file=sys.stderr)
    return 0


async def _official(place: Place, person: str) -> Holder:
    """Return the official whose rights the token gets: the one of this name, or the only one."""
    now = app.CLOCK.now()
    found = [one for role in sorted(OFFICIALS) for one in await people.holders(role, place.id, now)]
    named = {one.person_id: one for one in found if not person or one.name.casefold() == person.casefold()}
    if len(named) == 1:
        return next(iter(named.values()))
    names = ", ".join(sorted({one.name for one in found})) or "chưa có ai"
    raise SettingsError(f"--person: ghi tên một cán bộ của xã ({names})")


async def listed(settings: Settings, unit: str, *, as_json: bool) -> int:
    """Print the tokens of a commune that can still be used."""
    async with opened(settings) as office:
        place, now = await _commune(unit), app.CLOCK.now()
        found = [one for one in await _tokens(settings, office).listed(place.id) if one.open(now)]
        if as_json:
            print(json.dumps([_row(one) for one in found], ensure_ascii=False))
        else:
            print("\n".join("\t".join(str(value or "-") for value in _row(one).values()) for one in found))
    return 0


def _row(one: ListedToken) -> dict[str, str | int | None]:
    used = None if one.used_at is None else one.used_at.isoformat(timespec="seconds")
    ends = one.ends_at.isoformat(timespec="seconds")
    return {"id": one.id, "name": one.name, "person": one.maker, "ends": ends, "used": used}


async def revoke(settings: Settings, unit: str, token_id: int) -> int:
    """Revoke a token; raise SettingsError for one that is not open in this commune."""
    async with opened(settings) as office:
        place = await _commune(unit)
        async with writing():
            done = 0 < token_id <= _LARGEST and await _tokens(settings, office).revoke(token_id, place.id, None)
        if not done:
            raise SettingsError(f"--revoke: xã không có khóa số {token_id}, hoặc nó đã bị thu hồi")
        print("đã thu hồi", file=sys.stderr)
    return 0
