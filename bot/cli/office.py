"""The commands of `python -m bot` for an office: invite, import, export, report, audit, offline. Part of commands."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tortoise.connection import get_connections

from bot.assembly import app
from bot.assembly.services import make_privacy
from bot.core.platform import START_LINK
from bot.features import units
from bot.features.audit import Audit, Broken, NotedSeal
from bot.features.bots import accounts
from bot.features.checkins.sheets import IndicatorsSheet, TargetsSheet
from bot.features.commune import settings as commune
from bot.features.commune.commune_settings import CommuneSettings
from bot.features.invites import InviteRefused, Invites, listed, slips
from bot.features.invites.service import MOST_DAYS
from bot.features.practices import methods, practices, remarks
from bot.features.privacy import Erased
from bot.features.quality.for_report import QualityOf
from bot.features.quality.opinions import Opinions
from bot.features.reports import ReportError, Reports, spans, write
from bot.features.rights.table import ROLES
from bot.features.upkeep.shown import LibrarySync
from bot.features.workbook import WorkbookScope
from bot.features.workbook.book import Outdated, Workbook
from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.nguoi import PeopleSheet
from bot.framework.sharing import check_key
from bot.office.guide_html import Voice
from bot.office.offline_page import render
from bot.settings import Settings, SettingsError
from bot.storage import data_folder, database
from bot.storage.backup import RESTORED, UNFINISHED
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.media import GUIDES, MediaFiles
from bot.storage.platform_store import PlatformValues
from bot.storage.transactions import writing


@dataclass(frozen=True)
class Office:
    """An installation's data, opened for one command, also while the bot runs."""

    settings: Settings
    audit: Audit
    invites: Invites
    links: Sequence[tuple[str, int | None]]
    """The form of each bot's addresses, and the commune that it belongs to."""

    async def links_at(self, code: str, unit_id: int) -> list[str]:
        """Return the addresses that say a code to the bots: those of the unit's commune, then those of all communes."""
        own = await units.commune_of(unit_id) if any(home is not None for _, home in self.links) else None
        ours = [] if own is None else [form for form, home in self.links if home == own.id]
        return [form.replace("{code}", code) for form in [*ours, *(form for form, home in self.links if home is None)]]

    @property
    def scope(self) -> WorkbookScope:
        return WorkbookScope(app.CLOCK.now(), self.settings.zone)

    async def reports(self) -> Reports:
        """Return the reports; raise CommuneError."""
        files = commune.load_all(self.settings.data_dir)
        book, db, cut_off = CommuneSettings(files), get_connections().get("default"), files.own.cut_off
        await book.refresh(app.CLOCK.now())
        return Reports(
            db,
            self.audit,
            book.of,
            cut_off,
            practices.for_report,
            remarks.for_report,
            QualityOf(Opinions(db, cut_off)),
            methods.for_report,
        )


@asynccontextmanager
async def opened(settings: Settings, *, any_key: bool = False) -> AsyncIterator[Office]:
    """Open the office. Raises DatabaseError, and SettingsError for another key than the database's, but for `any_key`.

    A bot of this database could open no token and no link made with another key.
    """
    with data_folder.closed_to_others():  # the file that was asked for may be for others, but not what is made here
        data_folder.prepare(settings.data_dir)
        await app.migrated_by_command(settings)
        key = app.secret_key(settings)
    async with database.opened(app.database_url(settings)) as db:
        if not any_key:
            await check_key(PlatformValues(db, "installation"), key)
        bots: dict[str, int | None] = dict.fromkeys(settings.platforms)
        bots |= {one.name: one.home.unit_id if one.home else None for one in await accounts.every() if one.at_work}
        forms = {name: await PlatformValues(db, name).get(START_LINK) for name in bots}
        links = [(form, bots[name]) for name, form in forms.items() if form]
        audit = Audit(key)
        yield Office(settings, audit, Invites(key, audit), links)


async def invite(settings: Settings, role: str, unit: str, uses: int, days: int, *, as_json: bool) -> int:
    """Print the code in line 1, then a link for each messenger that has one.

    Raises SettingsError for a wrong role or unit.
    """
    if role not in ROLES:
        raise SettingsError(f"--role: một trong {', '.join(ROLES)}")
    async with opened(settings) as office:
        place = await units.get(unit)
        if place is None:
            raise SettingsError(f"--unit: không có đơn vị mã {unit!r}")
        async with writing():
            made = await office.invites.create(role, place.id, by=None, now=app.CLOCK.now(), uses=uses, days=days)
        if isinstance(made, InviteRefused):
            raise SettingsError(made.why)
        links = await office.links_at(made.code, place.id)
        if as_json:
            expires = made.expires_at.isoformat(timespec="seconds")
            answer = {"code": made.code, "role": role, "unit": unit, "uses": uses, "expires": expires, "links": links}
            print(json.dumps(answer))
        else:
            print("\n".join([made.code, *links]))
        if not links:
            print(
                "chưa có đường dẫn: gõ mã trên một ứng dụng nhắn tin trong BOT_PLATFORMS; trang web không nhận vai trò",
                file=sys.stderr,
            )
    return 0


async def invite_listed(settings: Settings, unit: str, days: int, out: Path, *, again: bool) -> int:
    """Write slips for those who are listed and have not come; `again` also for those whose code still holds.

    Raises SettingsError for a wrong unit or number of days, and OSError.
    """
    async with opened(settings) as office:
        now, top = app.CLOCK.now(), await units.get(unit)
        if top is None:
            raise SettingsError(f"--unit: không có đơn vị mã {unit!r}")
        if not 1 <= days <= MOST_DAYS:
            raise SettingsError(f"--days: từ 1 đến {MOST_DAYS}")
        waiting = await listed.find([place.id for place in await units.everything(top.id)], now)
        found = [one for one in waiting if again or one.code_until is None]
        if len(found) < len(waiting):
            print(f"{len(waiting) - len(found)} người đã có mã còn hạn: làm lại thì thêm --again", file=sys.stderr)
        if not found:
            print("không còn ai cần phiếu mời", file=sys.stderr)
            return 0
        drawn = await slips.written(found, office.links_at)
        last_day = (now + timedelta(days=days)).astimezone(settings.zone).date() - timedelta(days=1)
        content = await asyncio.to_thread(slips.document, drawn, top.full_name, last_day)
        async with writing():
            codes = {one.person_id: one.code for one in drawn}
            await office.invites.create_slips(codes, by=None, now=now, days=days)
            # Where the file cannot be written no code holds either.
            await asyncio.to_thread(_write_for_oneself, out, content)
        print(f"{out}: {len(drawn)} phiếu, có tên và mã: in, đưa tận tay từng người, rồi xóa tệp", file=sys.stderr)
    return 0


def _write_for_oneself(out: Path, content: bytes) -> None:
    """Write a file for its owner only, even over one that others could read: it holds names and codes."""
    out.touch(mode=0o600)
    out.chmod(0o600)
    out.write_bytes(content)


async def import_workbook(settings: Settings, data: bytes, *, yes: bool, as_json: bool) -> int:
    """Show what would change; apply it all with `yes` or a word at the terminal, or nothing. 1 if a row has a fault."""
    async with opened(settings) as office:
        book, scope = _book(office.audit), office.scope
        proposal = await book.propose(data, scope)
        lines = [change.line for change in proposal.changes]
        if as_json:
            print(json.dumps(lines, ensure_ascii=False))
        else:
            for line in lines:
                print(line)
        if not proposal.clean:
            print("chưa ghi gì: sửa các hàng có dấu !", file=sys.stderr)
            return 1
        if not lines:
            print("không có gì thay đổi", file=sys.stderr)
            return 0
        if not yes and not _agreed(len(lines)):
            return 0
        try:
            async with writing():
                await book.apply(proposal, scope)
                await office.audit.append(None, "imported", "workbook:console", scope.now, proposal.counted)
        except Outdated:
            print("trong lúc đó có người đổi dữ liệu: xem lại thay đổi", file=sys.stderr)
            return 1
        print(f"đã ghi {len(lines)} thay đổi", file=sys.stderr)
        places = await units.everything()
        if waiting := len(await listed.find([place.id for place in places], app.CLOCK.now())):
            print(f"{waiting} người có tên mà chưa vào: phiếu mời bằng lệnh invite --listed", file=sys.stderr)
    return 0


async def export_workbook(settings: Settings) -> bytes:
    """Return the workbook as it could be imported again."""
    async with opened(settings) as office:
        return await _book(office.audit).export(office.scope)


async def erase_again(settings: Settings, erased: Erased, taken_at: datetime) -> int:
    """Erase, after a restore, the people erased since the backup was taken; return how many. Raises DatabaseError."""
    async with opened(settings) as office:
        privacy = make_privacy(app.secret_key(settings), office.audit, office.invites)
        async with writing():
            return await privacy.replay_erased(erased, taken_at, app.CLOCK.now())


async def settle_restored(settings: Settings, erased: Erased, taken_at: datetime) -> tuple[int, int]:
    """Do for a database filled by pg_restore what `restore` does on SQLite, in one transaction.

    Returns how many messages are on hold and how many people were erased. Raises DatabaseError.
    """
    async with opened(settings) as office:
        privacy = make_privacy(app.secret_key(settings), office.audit, office.invites)
        async with writing():
            held = await OutboxRow.filter(state__in=UNFINISHED).update(state="held", reason=RESTORED, token="")
            return held, await privacy.replay_erased(erased, taken_at, app.CLOCK.now())


async def verify_audit(settings: Settings, expected: Sequence[str], *, as_json: bool) -> int:
    """Print `OK n=… head=…` or `BROKEN id=…`, and why on stderr; `expected` are heads noted down as N:HEAD.

    Raises SettingsError for a text that is no such head.
    """
    noted = [(text, NotedSeal.read(text)) for text in expected]
    if wrong := [text for text, one in noted if one is None]:
        raise SettingsError(f"--expect: {wrong[0]!r} không phải SỐ:MÃ như in trên báo cáo, ví dụ 123:3f9c2a7be1d04c55")
    async with opened(settings) as office:
        found = await office.audit.verify_beside([one for _, one in noted if one is not None])
    if isinstance(found, Broken):
        answer = {"ok": False, "id": found.id, "why": found.why}
        print(json.dumps(answer, ensure_ascii=False) if as_json else f"BROKEN id={found.id}")
        print(found.why, file=sys.stderr)
        return 1
    whole = {"ok": True, "n": found.n, "head": found.head}
    print(json.dumps(whole) if as_json else f"OK n={found.n} head={found.head}")
    return 0


async def report(settings: Settings, unit: str, period: str, out: Path, *, as_json: bool) -> int:
    """Write the two files of a report and print their paths.

    Raises SettingsError for a wrong unit or period, ReportError for a unit without a report, CommuneError and OSError.
    """
    try:
        spans.named(period)
    except ReportError as error:
        raise SettingsError(f"--period: {error}") from None
    async with opened(settings) as office:
        place = await units.get(unit)
        if place is None:
            raise SettingsError(f"--unit: không có đơn vị mã {unit!r}")
        reports, now = await office.reports(), app.CLOCK.now()
        of = spans.named(period, reports.cut_off)
        data = await reports.gather(place, of, now)
        paths = await asyncio.to_thread(write, data, out)
        if data.letterhead.gaps:
            print(f"còn để trống: {', '.join(data.letterhead.gaps)}", file=sys.stderr)
        async with writing():
            await reports.record(place.id, of, paths[0].read_bytes(), now, by=None)
    if as_json:
        docx, xlsx = map(str, paths)
        answer = {"unit": unit, "period": of.name, "docx": docx, "xlsx": xlsx, "missing": list(data.missing)}
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print("\n".join(map(str, paths)))
    return 0


async def offline(settings: Settings, locale: str, out: Path) -> int:
    """Write the file of all guides, with the phone number that holds now. Without a database it makes none.

    Raises SettingsError for a language that does not exist, BrokenGuides, CommuneError, DatabaseError and OSError.
    """
    content = app.read_content(settings)
    if locale not in content.catalogues.locales:
        raise SettingsError(f"--lang: một trong {', '.join(content.catalogues.locales)}")
    book = CommuneSettings(content.communes)
    if settings.database_url is not None or (settings.data_dir / app.DATABASE).exists():
        async with opened(settings):
            await book.refresh(app.CLOCK.now())
            await LibrarySync(content.guides, content.index).refresh()
    media = MediaFiles(settings.data_dir / "media", app.guides_folder(settings), None, app.drawing_of(content.guides))
    voice = Voice(locale, content.catalogues.translate, book.own)
    html = await asyncio.to_thread(render, content.guides, voice, lambda file: media.path(GUIDES + file))
    await asyncio.to_thread(out.write_text, html, encoding="utf-8")
    print(f"{out}: {len(html.encode()) / 1e6:.1f} MB", file=sys.stderr)
    return 0


def _book(audit: Audit) -> Workbook:
    return Workbook([UnitsSheet(), PeopleSheet(), IndicatorsSheet(audit), TargetsSheet(audit)])


def _agreed(changes: int) -> bool:
    if not sys.stdin.isatty():
        print("chưa ghi gì: thêm --yes để ghi", file=sys.stderr)
        return False
    print(f"ghi {changes} thay đổi? [c/K] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "c", "có")
