"""Changes that an import of banks would make, shown line by line; nothing of it counts before "Đúng"."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.features.learning.tables import BankImport, BankQuestion, QuestionBank

from .reading import BankSheet, QuestionLine


class BankChange(Struct, frozen=True):
    """`+` a new question, `~` one with another answer, explanation …, `-` one that is asked no more."""

    mark: Literal["+", "~", "-"]
    bank: str
    text: str
    right: str

    @property
    def key(self) -> str:
        return json.dumps([self.mark, self.bank, self.text, self.right], ensure_ascii=False)


class Pending(Struct, frozen=True):
    """An import that waits for a person's word; `shown` is the digest of the changes that were read to them."""

    id: int
    commune_id: int
    person_id: int
    sheets: tuple[BankSheet, ...]
    shown: str


async def changes(commune_id: int, sheets: Sequence[BankSheet]) -> list[BankChange]:
    """Return the changes; none for a question that stays as it is. A bank that the workbook lacks stays whole."""
    found: list[BankChange] = []
    for sheet in sheets:
        bank = await QuestionBank.get_or_none(commune_id=commune_id, name=sheet.name)
        rows = [] if bank is None else await BankQuestion.filter(bank_id=bank.id).order_by("place", "id")
        known = {row.text: row for row in rows}
        for line in sheet.lines:
            row = known.get(line.text)
            if row is None or not row.active:
                found.append(BankChange("+", sheet.name, line.text, line.choices[line.right]))
            elif _content(row) != _wanted(line):
                found.append(BankChange("~", sheet.name, line.text, line.choices[line.right]))
        kept = {line.text for line in sheet.lines}
        found += [BankChange("-", sheet.name, row.text, "") for row in rows if row.active and row.text not in kept]
    return found


def digest(found: Sequence[BankChange], sheets: Sequence[BankSheet]) -> str:
    """Return a digest, the same for the same changes from the same workbook."""
    lines = [one.key for one in found] + [json.dumps(_stored(sheets), ensure_ascii=False)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


async def keep(commune_id: int, person_id: int, sheets: Sequence[BankSheet], now: datetime) -> int:
    """Put a workbook aside until its changes are shown; an earlier one of the same person is forgotten."""
    await BankImport.filter(commune_id=commune_id, person_id=person_id).delete()
    row = await BankImport.create(
        commune_id=commune_id,
        person_id=person_id,
        banks=json.dumps(_stored(sheets), ensure_ascii=False),
        shown="",
        at=now,
    )
    return int(row.id)


async def pending(import_id: int) -> Pending | None:
    row = await BankImport.get_or_none(id=import_id)
    if row is None:
        return None
    sheets = tuple(
        BankSheet(str(name), tuple(QuestionLine(**{**line, "choices": tuple(line["choices"])}) for line in lines))
        for name, lines in json.loads(row.banks)
    )
    commune_id = row.key_of("commune")
    person_id = row.key_of("person")
    return Pending(row.id, commune_id, person_id, sheets, row.shown)


async def set_shown(import_id: int, shown: str) -> None:
    await BankImport.filter(id=import_id).update(shown=shown)


async def drop(import_id: int) -> None:
    await BankImport.filter(id=import_id).delete()


async def apply(one: Pending, now: datetime) -> list[BankChange] | None:
    """Apply it inside the caller's transaction. None, and nothing is done, if it is no longer as it was shown."""
    found = await changes(one.commune_id, one.sheets)
    if digest(found, one.sheets) != one.shown:
        return None
    for sheet in one.sheets:
        await _apply(one.commune_id, sheet, now)
    await drop(one.id)
    return found


async def _apply(commune_id: int, sheet: BankSheet, now: datetime) -> None:
    bank, _ = await QuestionBank.get_or_create(commune_id=commune_id, name=sheet.name, defaults={"updated_at": now})
    known = {row.text: row for row in await BankQuestion.filter(bank_id=bank.id)}
    for place, line in enumerate(sheet.lines):
        row = known.pop(line.text, None)
        choices, right, why, guide = _wanted(line)
        if row is None:
            await BankQuestion.create(
                bank_id=bank.id, place=place, text=line.text, choices=choices, right=right, why=why, guide=guide
            )
        elif not row.active or _content(row) != _wanted(line) or row.place != place:
            await BankQuestion.filter(id=row.id).update(
                place=place, choices=choices, right=right, why=why, guide=guide, active=True
            )
    await BankQuestion.filter(id__in=[row.id for row in known.values()]).update(active=False)
    await QuestionBank.filter(id=bank.id).update(updated_at=now)


def _content(row: BankQuestion) -> tuple[str, int, str, str]:
    return row.choices, row.right, row.why, row.guide


def _wanted(line: QuestionLine) -> tuple[str, int, str, str]:
    return json.dumps(line.choices, ensure_ascii=False), line.right, line.why, line.guide


def _stored(sheets: Sequence[BankSheet]) -> list[tuple[str, list[dict[str, object]]]]:
    return [(sheet.name, [asdict(line) for line in sheet.lines]) for sheet in sheets]
