"""The first announcement: written while the machine is set up, put before the officials as soon as it can go out.

It takes an official with an account to approve it, as it does for every announcement: the machine cannot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.announcements.actions import Approve, GiveBack, OpenAnnouncement
from bot.features.announcements.approval import Approval
from bot.features.announcements.audience import Audience
from bot.features.announcements.letter import words
from bot.features.announcements.model import CONSOLE, Announcement, AnnouncementRefused, announcement
from bot.features.announcements.notices import approvers, tell
from bot.features.announcements.writing.draft import Drafts
from bot.features.guides.contacts import Allowed
from bot.features.outbox.box import Outbox
from bot.i18n import msg
from bot.storage.sql import available
from bot.storage.tables.announcements import Announcement as Row

TITLE = msg("Nhóm nhận tin của xã")
LOOK_AGAIN = 2.0
"""Seconds, on the first day of one that waits for its first group or its first official."""
_WAITS = msg("Máy đã cài xong. Tin đầu tiên cho {village} chờ bác duyệt. Bà con sẽ thấy:")


async def write_first(drafts: Drafts, commune_id: int, village_id: int, text: str, now: datetime) -> Announcement | str:
    """Write or rewrite it for a village; return why it cannot be, in one sentence. Belongs inside a transaction.

    One that is on its way already stays as it is, and one that was refused is not written again in the same words.
    """
    row = await Row.filter(commune_id=commune_id, template=CONSOLE, author_id=None).order_by("-id").first()
    audience = Audience(villages=frozenset({village_id}))
    if row is not None and (row.text, row.audience) == (text, audience.to_json()):
        return announcement(row)
    if row is None or row.state in ("cancelled", "expired"):
        place = await units.by_id(commune_id)
        source = "" if place is None else f"Ủy ban nhân dân {place.full_name}"
        made = await drafts.create(
            commune_id, None, now, title=TITLE, text=text, source=source, template=CONSOLE, audience=audience
        )
        return Text.of(made.why, **made.values).plain if isinstance(made, AnnouncementRefused) else made
    one = announcement(row)
    if one.state not in ("draft", "waiting"):
        return one
    changed = await drafts.rewrite_from_console(one, text, audience, now)
    return announcement(await Row.get(id=one.id)) if changed is None else Text.of(changed.why, **changed.values).plain


class FirstAnnouncement:
    """Asks for its approval. `allowed_in` are the numbers and addresses that texts of a commune may contain."""

    def __init__(self, approval: Approval, outbox: Outbox, allowed_in: Callable[[int], Awaitable[Allowed]]) -> None:
        self._approval = approval
        self._outbox = outbox
        self._allowed_in = allowed_in

    async def tick(self, now: datetime) -> float | None:
        """Ask, once there is somewhere for it to go and somebody to approve it.

        One that was given back waits until its words are changed. Return the seconds until the next look, None when
        there is nothing to ask for. Raises StoreUnavailable.
        """
        with available():
            drafts = await Row.filter(state="draft", template=CONSOLE, author_id=None, refusal="").order_by("id")
            for row in drafts:
                async with in_transaction("default"):
                    one = announcement(row)
                    asked = await self._approval.ask(one, None, await self._allowed_in(one.commune_id), now)
                    if isinstance(asked, Announcement):
                        await self._show(asked, now)
            return LOOK_AGAIN if any(now - row.created_at < timedelta(days=1) for row in drafts) else None

    async def _show(self, one: Announcement, now: datetime) -> None:
        village = await units.by_id(next(iter(one.audience.villages), 0))
        text = Text.of(self._word(_WAITS), village="" if village is None else village.full_name)
        commune = await units.by_id(one.commune_id)
        seen = words(
            one,
            commune="" if commune is None else commune.full_name,
            corrects="",
            translate=self._outbox.translate,
            locale=self._outbox.locale,
            at=now,
            last=Text(),
        )
        buttons = [
            Button.to(self._word(msg("Duyệt")), Approve(one.id, one.version)),
            Button.to(self._word(msg("Từ chối")), GiveBack(one.id, one.version, final=True)),
            Button.to(self._word(msg("Mở")) + f" {one.label}", OpenAnnouncement(one.id)),
        ]
        for person_id in sorted(await approvers(one.commune_id, one.template, now)):
            key = f"tb{one.id}-{one.version}-ask"
            await tell(self._outbox, person_id, Text.join("\n\n", [text, seen]), key, now, buttons, klass="request")

    def _word(self, message: str) -> str:
        return self._outbox.translate(self._outbox.locale, message)
