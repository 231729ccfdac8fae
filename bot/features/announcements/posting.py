"""Add an announcement to the outbox, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from bot.core.lean.values import replace
from bot.features import units
from bot.features.groups.channels import Channel
from bot.features.outbox.box import Outbox
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow

from . import leaving, recalling
from .letter import letter
from .model import RECALL, Announcement, AnnouncementTarget, target


class Posting(Struct, frozen=True):
    """One announcement as it leaves. `commune` as people say it, `corrects` the label of what it corrects or "".

    `answered` are the messages that a recall answers, by platform and chat.
    """

    one: Announcement
    commune: str
    corrects: str
    outbox: Outbox
    answered: Mapping[tuple[str, str], str]

    @classmethod
    async def of(cls, one: Announcement, outbox: Outbox) -> Posting:
        commune = await units.by_id(one.commune_id)
        return cls(
            one,
            "" if commune is None else commune.full_name,
            await recalling.named(one, outbox.translate, outbox.locale),
            outbox,
            await recalling.newest_words(one) if one.template == RECALL else {},
        )

    async def to(self, group: Channel, now: datetime) -> AnnouncementTarget:
        """Create the target of a group and its rows, inside the caller's transaction."""
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
            at=await leaving.expected(one, to.chat, outbox.quiet, now),
        )
        # An edit of the old words would not ring, so a recall is a new message that answers them.
        answered = self.answered.get((group.platform, group.native_id), "")
        messages = [replace(messages[0], reply_to=answered), *messages[1:]]
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
