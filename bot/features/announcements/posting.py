"""Add an announcement to the outbox, a package for each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.features import units
from bot.features.groups.channels import Channel
from bot.features.outbox.box import Outbox, Parcel
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow

from . import leaving, recalling
from .letter import buttons, letter
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
        (made,) = await self.to_each([group], now)
        return made

    async def to_each(self, groups: Sequence[Channel], now: datetime) -> Sequence[AnnouncementTarget]:
        """Create the targets of groups of one commune and their rows, inside the caller's transaction.

        Meanwhile nobody else writes to the database, so all of them together take a few visits.
        """
        if not groups:
            return ()
        one, outbox = self.one, self.outbox
        targets = await self._create(groups)
        # The hours are the commune's: what holds for one of its groups holds for all.
        at = await leaving.expected(one, targets[0].chat, outbox.quiet, now)
        letters: dict[tuple[str, bool], Sequence[Message]] = {}
        parcels: list[Parcel] = []
        for group, to in zip(groups, targets, strict=True):
            locale = group.locale or outbox.locale
            hears_everything = outbox.capabilities[group.platform]["group"].hears_everything
            if (locale, hears_everything) not in letters:
                letters[locale, hears_everything] = self._letter(locale, at, hears_everything=hears_everything)
            first, *files = letters[locale, hears_everything]
            # An edit of the old words would not ring, so a recall is a new message that answers them.
            answered = self.answered.get((group.platform, group.native_id), "")
            own = replace(first, buttons=buttons(one, to.id, outbox.translate, locale), reply_to=answered)
            parcels.append(Parcel(to.chat, [own, *files], to.package, locale))
        await outbox.add_each(
            parcels,
            now=now,
            announcement=one.id,
            klass=one.klass,
            not_before=one.not_before,
            expires_at=one.expires_at,
        )
        return targets

    async def _create(self, groups: Sequence[Channel]) -> Sequence[AnnouncementTarget]:
        await TargetRow.bulk_create(
            [
                TargetRow(
                    announcement_id=self.one.id,
                    channel_id=group.id,
                    unit_id=group.unit_id,
                    platform=group.platform,
                    native_id=group.native_id,
                )
                for group in groups
            ]
        )
        rows = await TargetRow.filter(announcement_id=self.one.id, channel_id__in=[group.id for group in groups])
        made = {one.channel_id: one for one in map(target, rows)}
        return [made[group.id] for group in groups]

    def _letter(self, locale: str, at: datetime, *, hears_everything: bool) -> Sequence[Message]:
        """Return what is the same for all groups of this language."""
        return letter(
            self.one,
            commune=self.commune,
            corrects=self.corrects,
            translate=self.outbox.translate,
            locale=locale,
            hears_everything=hears_everything,
            at=at,
        )
