"""Founding, renaming, merging and splitting units. Nothing is rewritten: old figures stay under their old unit.

History is kept so: a new name leaves the old one with its last day in `former_names`; a merge or a split closes the old
row. Every function belongs inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta

from bot.storage.tables.places import Unit, UnitSize

from . import tree
from .place import Former, Place, is_code, level_of, rank


class UnitError(Exception):
    """A change that makes no sense; the text says in Vietnamese which and why."""


async def create(
    code: str,
    kind: str,
    name: str,
    *,
    parent: str | None = None,
    valid_from: date,
    valid_to: date | None = None,
    aliases: Sequence[str] = (),
    fictitious: bool = False,
) -> Place:
    """Create a unit. Raises UnitError: code in use or not a slug, no name, unknown or unfit parent."""
    if not is_code(code):
        raise UnitError(f"mã “{code}” chỉ được gồm chữ thường không dấu, số và dấu gạch nối")
    if not name.strip() or not kind.strip():
        raise UnitError(f"{code}: thiếu loại hoặc tên")
    if await tree.get(code) is not None:
        raise UnitError(f"mã “{code}” đã có")
    if valid_to is not None and valid_to < valid_from:
        raise UnitError(f"{code}: ngày kết thúc trước ngày bắt đầu")
    above = None if parent is None else await _known(parent)
    _check_levels(code, kind, above)
    row = await Unit.create(
        code=code,
        kind=kind.strip(),
        name=name.strip(),
        aliases=json.dumps(list(aliases), ensure_ascii=False),
        parent_id=None if above is None else above.id,
        valid_from=valid_from,
        valid_to=valid_to,
        fictitious=fictitious,
    )
    return await _again(row.id)


async def rename(code: str, name: str, on: date) -> Place:
    """Rename the unit from the day `on`; up to the day before it keeps its old name."""
    unit = await _known(code)
    if not name.strip():
        raise UnitError(f"{code}: thiếu tên mới")
    if name.strip() == unit.name:
        return unit
    former = [*unit.former, Former(unit.name, on - timedelta(days=1))]
    stored = json.dumps([[old.name, old.until.isoformat()] for old in former], ensure_ascii=False)
    await Unit.filter(id=unit.id).update(name=name.strip(), former_names=stored)
    return await _again(unit.id)


async def move(code: str, parent: str | None) -> Place:
    """Put the unit under another parent, for good and all: to correct a mistake. Merges move what is below them."""
    unit = await _known(code)
    above = None if parent is None else await _known(parent)
    _check_levels(code, unit.kind, above)
    if above is not None and await tree.is_inside(above.id, unit.id):
        raise UnitError(f"{code} không thể nằm trong {above.code}, vì {above.code} nằm trong {code}")
    await Unit.filter(id=unit.id).update(parent_id=None if above is None else above.id)
    return await _again(unit.id)


async def correct(
    code: str,
    *,
    kind: str | None = None,
    aliases: Sequence[str] | None = None,
    valid_from: date | None = None,
) -> Place:
    """Put right what was entered wrongly; None leaves a thing as it is."""
    unit = await _known(code)
    if kind is not None and level_of(kind) != unit.level:
        raise UnitError(f"{code}: không đổi được từ {unit.kind} thành {kind}, vì khác cấp")
    other = unit.aliases if aliases is None else aliases
    await Unit.filter(id=unit.id).update(
        kind=kind or unit.kind,
        aliases=json.dumps(list(other), ensure_ascii=False),
        valid_from=valid_from or unit.valid_from,
    )
    return await _again(unit.id)


async def end(code: str, last_day: date | None) -> Place:
    """End the unit after that day, its last one; None: it goes on. A merged one stays merged."""
    unit = await _known(code)
    if unit.merged_into_id is not None:
        raise UnitError(f"{code} đã được nhập vào đơn vị khác")
    if last_day is not None and last_day < unit.valid_from:
        raise UnitError(f"{code}: ngày kết thúc trước ngày bắt đầu")
    await Unit.filter(id=unit.id).update(valid_to=last_day)
    return await _again(unit.id)


async def count(unit_id: int, counted_on: date, *, households: int | None, adults: int | None) -> None:
    """Store households and adults from that day on; a second count of one day corrects the first."""
    row = UnitSize(unit_id=unit_id, counted_on=counted_on, households=households, adults=adults)
    await UnitSize.bulk_create([row], on_conflict=("unit_id", "counted_on"), update_fields=("households", "adults"))


async def merge(codes: Sequence[str], into: str, on: date) -> Place:
    """Merge the units `codes`, from the day `on`, into `into`, which may be new or one that goes on.

    Units in them lie in `into` from then on. If every part was counted, the sum is the first count of `into`.
    """
    target = await _known(into)
    parts = [await _known(code) for code in dict.fromkeys(codes) if code != into]
    if not parts:
        raise UnitError("cần ít nhất một đơn vị để nhập")
    for part in parts:
        await _check_merge(part, target, on)
    await _sum_up(parts, target, on)
    last = on - timedelta(days=1)
    await Unit.filter(id__in=[part.id for part in parts]).update(merged_into_id=target.id, valid_to=last)
    return await _again(target.id)


async def split(code: str, into: Sequence[tuple[str, str]], on: date) -> list[Place]:
    """Replace the unit, from the day `on`, by new ones (code, name); its figures stay under its own code.

    The new units know the old name, so that people who ask for it are asked which one is meant.
    """
    unit = await _known(code)
    if len(into) < 2:
        raise UnitError("chia tách cần ít nhất hai đơn vị mới")
    if not unit.exists(on - timedelta(days=1)) or not unit.exists(on):
        raise UnitError(f"{code} không còn hoạt động vào ngày {on:%d/%m/%Y}")
    if await tree.descendants(unit.id, on):
        raise UnitError(f"{code} còn đơn vị bên trong, cần chuyển chúng đi trước")
    parent = None if unit.parent_id is None else await tree.by_id(unit.parent_id)
    made = [
        await create(
            new, unit.kind, name, parent=None if parent is None else parent.code, valid_from=on, aliases=[unit.name],
            fictitious=unit.fictitious,
        )
        for new, name in into
    ]  # fmt: skip
    await Unit.filter(id=unit.id).update(valid_to=on - timedelta(days=1))
    return made


def check_levels(code: str, kind: str, above: str | None) -> str | None:
    """Say why a unit of this kind cannot lie under a kind `above` (None: under nothing); None when it can."""
    own, village = rank(level_of(kind)), rank("village")
    if above is None:
        return f"{code}: {kind} phải thuộc một đơn vị cấp trên" if own == village else None
    upper = rank(level_of(above))
    if upper > own or (upper == own and own < village):
        return f"{code}: {kind} không thể thuộc {above}"
    return None


def _check_levels(code: str, kind: str, above: Place | None) -> None:
    if why := check_levels(code, kind, None if above is None else above.kind):
        raise UnitError(why)


async def _check_merge(part: Place, target: Place, on: date) -> None:
    if part.level != target.level:
        raise UnitError(f"{part.code} và {target.code} không cùng cấp")
    if part.merged_into_id is not None:
        raise UnitError(f"{part.code} đã được nhập từ trước")
    if not part.exists(on - timedelta(days=1)):
        raise UnitError(f"{part.code} không còn hoạt động trước ngày {on:%d/%m/%Y}")
    if not target.exists(on):
        raise UnitError(f"{target.code} không hoạt động vào ngày {on:%d/%m/%Y}")
    if await tree.is_inside(target.id, part.id):
        raise UnitError(f"{target.code} nằm trong {part.code}")


async def _sum_up(parts: Sequence[Place], target: Place, on: date) -> None:
    counted = await tree.size(target.id, on)
    if counted is not None and counted.counted_on == on:
        return
    before = on - timedelta(days=1)
    together = [*parts, target] if target.exists(before) else list(parts)
    sizes = [await tree.size(part.id, before) for part in together]
    households = _sum([None if one is None else one.households for one in sizes])
    adults = _sum([None if one is None else one.adults for one in sizes])
    if households is not None or adults is not None or counted is not None:
        await count(target.id, on, households=households, adults=adults)


def _sum(values: Sequence[int | None]) -> int | None:
    """Return the sum if all parts are known: a missing one is not zero."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


async def _known(code: str) -> Place:
    found = await tree.get(code)
    if found is None:
        raise UnitError(f"không có đơn vị “{code}”")
    return found


async def _again(unit_id: int) -> Place:
    found = await tree.by_id(unit_id)
    if found is None:
        raise UnitError(f"đơn vị số {unit_id} vừa bị xóa")
    return found
