"""Writing an announcement into the outbox, for one group after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.features import units
from bot.features.channels import Channel
from bot.features.outbox.box import Outbox
from bot.storage.announcements import AnnouncementTarget as TargetRow

from . import store
from .letter import letter
from .model import RECALL, Announcement, Target, package, target


@dataclass(frozen=True, slots=True)
class Posting:
    """One announcement as it leaves. `commune` as people say it, `corrects` the label of what it corrects or ""."""

    one: Announcement
    commune: str
    corrects: str
    outbox: Outbox

    @classmethod
    async def of(cls, one: Announcement, outbox: Outbox) -> Posting:
        commune = await units.by_id(one.commune_id)
        first = await store.get(one.corrects) if one.corrects else None
        return cls(one, "" if commune is None else commune.full_name, "" if first is None else first.label, outbox)

    async def to(self, group: Channel, now: datetime) -> Target:
        """Its target and its rows, inside the caller's transaction."""
        one, outbox = self.one, self.outbox
        row = await TargetRow.create(
            announcement_id=one.id,
            channel_id=group.id,
            unit_id=group.unit_id,
            platform=group.platform,
            native_id=group.native_id,
        )
        to = target(row)
        locale = group.locale or outbox.locale
        messages = letter(
            one,
            commune=self.commune,
            corrects=self.corrects,
            translate=outbox.translate,
            locale=locale,
            hears_everything=outbox.capabilities[group.platform]["group"].hears_everything,
            target=to.id,
        )
        # A recall takes the place of the old words where the messenger can edit; a correction must be heard.
        if one.template == RECALL and await outbox.edit(
            package(one.corrects, group.id),
            messages,
            key=to.package,
            now=now,
            klass=one.klass,
            expires_at=one.expires_at,
            announcement=one.id,
        ):
            return to
        await outbox.add(
            to.chat,
            messages,
            key=to.package,
            now=now,
            klass=one.klass,
            not_before=one.not_before,
            expires_at=one.expires_at,
            announcement=one.id,
            locale=locale,
        )
        return to
