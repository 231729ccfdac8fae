"""The archive: recording, finding, the files of a paper, and who may read it. Drafts never come here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from msgspec import Struct

from bot.core.text import fold
from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.jobs import temporary_files
from bot.features.papers.tables import IssuedPaper as Row
from bot.features.papers.tables import IssuedPaperFile as FileRow
from bot.features.people.people import Who
from bot.features.rights import Act, roster
from bot.features.rights.table import OFFICIALS
from bot.features.units import Place
from bot.storage.tables.places import Unit

from .model import FORMS, READERS, File, Paper, file, joined, paper

MOST_FILES = 6


class ArchiveReader(Struct, frozen=True):
    """A person who may look into the archive of a commune; `official` sees and changes all of it."""

    commune: Place
    official: bool
    roles: frozenset[str]

    def may_read(self, one: Paper) -> bool:
        return one.commune_id == self.commune.id and (self.official or bool(self.roles & one.roles))


async def reader(who: Who, now: datetime) -> ArchiveReader | None:
    """Return the reader's access: as official of the first such commune, else by a role that papers go to."""
    day, found = today(now), dict[int, tuple[Place, set[str]]]()
    known = {role for one in READERS.values() for role in one.roles}
    for grant in who.grants:
        if grant.unit_id is None or grant.role not in known | OFFICIALS:
            continue
        commune = await units.commune_of(grant.unit_id, day)
        if commune is not None:
            found.setdefault(commune.id, (commune, set()))[1].add(grant.role)
    readers = []
    for commune, roles in found.values():
        writes = bool(roles & OFFICIALS) and (await rights.decide(who, Act.EXPORT_REPORTS, commune.id, on=now)).allowed
        if writes or roles & known:
            readers.append(ArchiveReader(commune, writes, frozenset(roles)))
    return next((one for one in readers if one.official), readers[0] if readers else None)


async def record(
    commune_id: int,
    form: str,
    number: int,
    symbol: str,
    signed_on: date,
    subject: str,
    *,
    by: int | None,
    now: datetime,
) -> Paper | None:
    """Store a signed paper, inside the caller's transaction; None when this number of the year is there already."""
    # Two who record at the same moment: the second one waits here and then sees the first one's number.
    await Unit.filter(id=commune_id).select_for_update().first()
    if await same(commune_id, number, symbol, signed_on) is not None:
        return None
    row = await Row.create(
        commune_id=commune_id, recorder_id=by, form=form, year=signed_on.year, number=number, symbol=symbol,
        signed_on=signed_on, subject=subject, readers=joined(FORMS[form].readers), recorded_at=now,
    )  # fmt: skip
    return paper(row)


async def same(commune_id: int, number: int, symbol: str, signed_on: date) -> Paper | None:
    """Return the paper with this number, if any: an office counts its papers anew each year."""
    row = await Row.filter(commune_id=commune_id, year=signed_on.year, symbol=symbol, number=number).first()
    return None if row is None else paper(row)


async def get(paper_id: int) -> Paper | None:
    row = await Row.get_or_none(id=paper_id)
    return None if row is None else paper(row)


async def of_commune(commune_id: int, year: int = 0) -> Sequence[Paper]:
    """Return all papers of a year, or of all years, the latest first."""
    rows = Row.filter(commune_id=commune_id) if not year else Row.filter(commune_id=commune_id, year=year)
    return [paper(row) for row in await rows.order_by("-signed_on", "-number", "-id")]


def matching(papers: Sequence[Paper], words: str) -> Sequence[Paper]:
    """Find papers by number (`12`, `số 12/QĐ-UBND`) or by words of the subject and the kind, without marks too."""
    answer = fold(words).replace(" / ", "/").split()
    wanted = [word for word in answer if word not in ("so", "van", "ban", "ngay")] or answer
    return [one for one in papers if wanted and all(_has(one, word) for word in wanted)]


def _has(one: Paper, word: str) -> bool:
    if word.isdigit():
        return int(word) in (one.number, one.signed_on.year) or word in fold(one.subject).split()
    text = fold(f"{one.number}/{one.symbol} {one.label} {FORMS[one.form].name} {one.subject}")
    return word in text


async def files(paper_id: int) -> Sequence[File]:
    return [file(row) for row in await FileRow.filter(paper_id=paper_id).order_by("id")]


async def attach(one: Paper, item: File) -> bool:
    """Put a stored file to a paper, inside the caller's transaction; False when there are too many."""
    if await FileRow.filter(paper_id=one.id).count() >= MOST_FILES:
        return False
    await FileRow.create(paper_id=one.id, media=item.media, kind=item.kind, title=item.title, size=item.size)
    await temporary_files.settle(item.media)
    return True


async def detach(one: Paper, now: datetime) -> int:
    """Take all files off a paper, inside the caller's transaction; they go at the next sweep."""
    held = await files(one.id)
    for item in held:
        await temporary_files.keep(item.media, now)
    return await FileRow.filter(paper_id=one.id).delete()


async def set_readers(one: Paper, readers: Collection[str]) -> bool:
    """Set the readers; return False when it is no longer as it was shown."""
    held = Row.filter(id=one.id, version=one.version)
    return bool(await held.update(readers=joined(tuple(readers)), version=one.version + 1))


async def drop(one: Paper, now: datetime) -> bool:
    """Delete a paper recorded by mistake, with its files, inside the caller's transaction."""
    if not await Row.filter(id=one.id, version=one.version).exists():
        return False
    await detach(one, now)
    return bool(await Row.filter(id=one.id, version=one.version).delete())


async def recipients(one: Paper, now: datetime) -> Sequence[int]:
    """Return the person ids of those who hold a role in “Nơi nhận”, each once."""
    places = [one.commune_id, *(place.id for place in await units.descendants(one.commune_id, today(now)))]
    held = [entry for unit in places for entry in await roster.of_unit(unit, now)]
    return list(dict.fromkeys(entry.person_id for entry in held if entry.role in one.roles))
