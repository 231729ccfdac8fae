"""What `python -m bot` does for an office: invite, import, export, audit. A part of bot.cli."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tortoise.transactions import in_transaction

from bot import app
from bot.core.platform import START_LINK
from bot.features import units
from bot.features.audit import Audit, Broken
from bot.features.checkins.sheets import IndicatorsSheet, TargetsSheet
from bot.features.invites import Invites, Refused
from bot.features.rights.table import ROLES
from bot.features.workbook import Outdated, Scope, Workbook
from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.nguoi import PeopleSheet
from bot.settings import Settings, SettingsError
from bot.storage import database
from bot.storage.platform_store import PlatformValues


@dataclass(frozen=True)
class Office:
    """An installation's data, opened for one command, also while the bot runs."""

    settings: Settings
    audit: Audit
    invites: Invites
    links: dict[str, str]

    @property
    def scope(self) -> Scope:
        return Scope(app.CLOCK.now(), self.settings.zone)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Office]:
    """Raises DatabaseError."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    url = app.database_url(settings)
    await app.migrated(url)
    key = app.secret_key(settings)
    async with database.opened(url) as db:
        links: dict[str, str] = {}
        for name in settings.platforms:
            if template := await PlatformValues(db, name).get(START_LINK):
                links[name] = template
        audit = Audit(key)
        yield Office(settings, audit, Invites(key, audit), links)


async def invite(settings: Settings, role: str, unit: str, uses: int, days: int, *, as_json: bool) -> int:
    """Line 1 the code, then a link for each messenger that has one. Raises SettingsError for a wrong role or unit."""
    if role not in ROLES:
        raise SettingsError(f"--role: one of {', '.join(ROLES)}")
    async with opened(settings) as office:
        place = await units.get(unit)
        if place is None:
            raise SettingsError(f"--unit: there is no unit {unit!r}")
        async with in_transaction():
            made = await office.invites.create(role, place.id, by=None, now=app.CLOCK.now(), uses=uses, days=days)
        if isinstance(made, Refused):
            raise SettingsError(made.why)
        links = [template.replace("{code}", made.code) for template in office.links.values()]
        if as_json:
            expires = made.expires_at.isoformat(timespec="seconds")
            answer = {"code": made.code, "role": role, "unit": unit, "uses": uses, "expires": expires, "links": links}
            print(json.dumps(answer))
        else:
            print("\n".join([made.code, *links]))
    return 0


async def import_workbook(settings: Settings, data: bytes, *, yes: bool, as_json: bool) -> int:
    """Show what would change; apply it all with `yes` or a word at the terminal, or nothing. 1 if a row has a fault."""
    async with opened(settings) as office:
        book, scope = _book(), office.scope
        proposal = await book.propose(data, scope)
        lines = [change.line for change in proposal.changes]
        if as_json:
            print(json.dumps(lines, ensure_ascii=False))
        else:
            for line in lines:
                print(line)
        if not proposal.clean:
            print("nothing was applied: mend the rows marked !", file=sys.stderr)
            return 1
        if not lines:
            print("nothing would change", file=sys.stderr)
            return 0
        if not yes and not _agreed(len(lines)):
            return 0
        try:
            await book.apply(proposal, scope)
        except Outdated:
            print("somebody changed the data meanwhile: look at the changes again", file=sys.stderr)
            return 1
        print(f"{len(lines)} changes applied", file=sys.stderr)
    return 0


async def export_workbook(settings: Settings) -> bytes:
    """The workbook as it could be imported again."""
    async with opened(settings) as office:
        return await _book().export(office.scope)


async def verify_audit(settings: Settings, *, as_json: bool) -> int:
    """`OK n=… head=…` or `BROKEN id=…`."""
    async with opened(settings) as office:
        found = await office.audit.verify()
    if isinstance(found, Broken):
        print(json.dumps({"ok": False, "id": found.id}) if as_json else f"BROKEN id={found.id}")
        return 1
    answer = {"ok": True, "n": found.n, "head": found.head}
    print(json.dumps(answer) if as_json else f"OK n={found.n} head={found.head}")
    return 0


def _book() -> Workbook:
    return Workbook([UnitsSheet(), PeopleSheet(), IndicatorsSheet(), TargetsSheet()])


def _agreed(changes: int) -> bool:
    if not sys.stdin.isatty():
        print("nothing was applied: say --yes to apply", file=sys.stderr)
        return False
    print(f"apply {changes} changes? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "c", "có")
