"""Officials at the demo's desk who read pages and send forms as a browser does, and announcements that were sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from aiohttp import ClientSession, CookieJar
from tortoise.transactions import in_transaction

from bot.assembly.parts import Parts
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.demo import village
from bot.features.guides.contacts import Allowed
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.framework.process import CLOCK
from bot.storage.core_tables.outbox import OutboxRow

from .seats import Office, Seat, office

Values = Mapping[str, str | Sequence[str]]


class _Forms(HTMLParser):
    """The forms of a page with the fields that are filled in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._typing = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        elif tag == "textarea" and self.found:
            self._typing = given["name"]
            self.found[-1][1].setdefault(self._typing, [""])
        elif tag == "input" and self.found and "name" in given:
            if given.get("type") in ("checkbox", "radio") and "checked" not in given:
                return
            self.found[-1][1].setdefault(given["name"], []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._typing:
            self.found[-1][1][self._typing][0] += data

    def handle_endtag(self, tag: str) -> None:
        self._typing = "" if tag == "textarea" else self._typing


@dataclass
class NewsSeat(Seat):
    """One official at one browser, who fills in the forms of the page that was read last."""

    @property
    def path(self) -> str:
        return self.address.partition("?")[0]

    async def reads(self, path: str, status: int = 200) -> str:
        await self.shows(await self.client.get(path))
        assert self.status == status, (path, self.status, self.words)
        return self.words

    def form(self, action: str) -> dict[str, list[str]]:
        """Return the fields of a form of this page, as a browser would send them."""
        return next(fields for to, fields in _Forms(self.page).found if to == action)

    async def sends(self, action: str, values: Values, *, form: Mapping[str, Sequence[str]] | None = None) -> str:
        """Fill in fields of a form and send it; `form` was taken before, as by a second window."""
        fields = {name: list(given) for name, given in (form or self.form(action)).items()}
        for name, value in values.items():
            fields[name] = [value] if isinstance(value, str) else list(value)
        pairs = [(name, one) for name, given in fields.items() for one in given]
        return await self.shows(await self.client.post(action, data=pairs))


@dataclass
class NewsRoom:
    """What the bot has to send leaves when `sends` is called."""

    office: Office
    seats: list[NewsSeat] = field(default_factory=list)

    @property
    def bot(self) -> Parts:
        return self.office.bot

    async def sits(self, person_id: int) -> NewsSeat:
        seat = NewsSeat(ClientSession(self.office.origin, cookie_jar=CookieJar(unsafe=True)))
        self.seats.append(seat)
        key = await self.bot.services.desk.offer(person_id)
        await self.office.enters(seat, ma=key.link)
        assert seat.path == "/ban", seat.words
        return seat

    async def official(self, role: str) -> NewsSeat:
        return await self.sits(await self.office.person(role))

    async def sends(self, one: Announcement) -> None:
        """The worker sends until all of it has left: the first group tries it for the others."""
        waits = OutboxRow.filter(announcement=one.id).exclude(state="sent")
        for _ in range(50):
            for sender in self.bot.senders:
                await asyncio.wait_for(sender.run(), 30)
            if not await waits.exists():
                return
        raise AssertionError(await waits.values_list("state", "reason"))

    async def sent(self, text: str = "Sáng mai bà con đi quét đường.") -> Announcement:
        """An announcement of the officer's that the chair has approved and every group has."""
        features, now = self.bot.services.announcements, CLOCK.now()
        lan, nam = await holder(OFFICER), await holder(CHAIR)
        async with in_transaction():
            made = await features.drafts.create(
                await commune_id(), lan, now, title="Quét đường", text=text, source="Văn phòng",
                audience=Audience(every=True),
            )  # fmt: skip
            assert isinstance(made, Announcement)
            asked = await features.approval.ask(made, lan, Allowed(), now)
            assert isinstance(asked, Announcement), asked
            assert isinstance(await features.approval.approve(asked, asked.version, nam, now), Announcement)
        await self.sends(made)
        return await fresh(made)


@asynccontextmanager
async def news_room(
    folder: Path, *, webhooks_anywhere: bool = False, database_url: str = ""
) -> AsyncIterator[NewsRoom]:
    async with office(folder, webhooks_anywhere=webhooks_anywhere, database_url=database_url) as found:
        room = NewsRoom(found)
        try:
            yield room
        finally:
            for seat in room.seats:
                await seat.client.close()


async def commune_id() -> int:
    place = await units.get(village.COMMUNE)
    assert place is not None
    return place.id


async def holder(role: str) -> people.Who:
    held = await people.holders(role, await commune_id(), CLOCK.now())
    return await people.who_is(held[0].person_id, CLOCK.now())


async def fresh(one: Announcement) -> Announcement:
    found = await store.get(one.id)
    assert found is not None
    return found
