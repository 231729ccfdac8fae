"""Let schemathesis ask the reads of other programs for whatever their OpenAPI document allows and forbids.

`python -m tools.api_fuzz PATH_OF_SCHEMATHESIS [MORE ARGUMENTS]`: the demo's commune is served on this machine,
a token is made, and its limit of reads is off meanwhile. Exit code is that of schemathesis.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tortoise.transactions import in_transaction

from bot.assembly import app
from bot.assembly.parts import put_together
from bot.features import units
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.announcements.service import Announcements
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.guides.contacts import Allowed
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.framework import web_app
from bot.office.api.limits import Limits
from bot.office.api.reading import ROOT
from bot.settings import Settings


def _no_limit(self: Limits, token_id: int) -> int:
    return 0


async def _announced(features: Announcements, commune_id: int, maker: int, chair: int) -> None:
    """Approve the first announcement of the commune, TB-0001."""
    now = app.CLOCK.now()
    writer, approver = await people.who_is(maker, now), await people.who_is(chair, now)
    made = await features.drafts.create(
        commune_id, writer, now, title="Họp thôn", text="Tối mai họp.", source="", audience=Audience(every=True)
    )
    asked = await features.approval.ask(made, writer, Allowed(), now) if isinstance(made, Announcement) else made
    if isinstance(asked, Announcement):
        asked = await features.approval.approve(asked, asked.version, approver, now)
    if not isinstance(asked, Announcement):
        raise RuntimeError(asked)


async def fuzzed(command: str, more: Sequence[str]) -> int:
    Limits.wait = _no_limit  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), platforms=("web", "workdesk"), port=0)
        async with put_together(settings, {}, demo=True) as bot, web_app.serving(settings, bot.pages) as address:
            place = await units.get(village.COMMUNE)
            thon = await units.get(village.VILLAGE)
            if place is None or thon is None:
                raise RuntimeError("the demo has no commune")
            now = app.CLOCK.now()
            maker, chair = [(await people.holders(role, place.id, now))[0].person_id for role in (OFFICER, CHAIR)]
            async with in_transaction():
                token = await bot.services.tokens.make(maker, place.id, "schemathesis")
                for text in ("Mất sóng cả thôn", "Nhiều cụ không có điện thoại"):
                    await difficulties.raise_one(thon.id, text, reporter=None, owner=None, now=now)
                await _announced(bot.services.announcements, place.id, maker, chair)
            # It keeps a cache where it stands.
            run = await asyncio.create_subprocess_exec(
                command, "run", f"{address}{ROOT}/openapi.json", "--url", f"{address}{ROOT}", "--header",
                f"Authorization: Bearer {token}", "--checks", "all", *more, cwd=folder,
            )  # fmt: skip
            return await run.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(fuzzed(str(Path(sys.argv[1]).absolute()), sys.argv[2:])))
