"""Choosing for whom an announcement is: each part is put on or off, the count is shown at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.core.context import Context, ReaderNow
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.actions import ChooseAudience, ChooseVillages, OpenAnnouncement, Toggle
from bot.features.announcements.audience import EXTRA, ResolvedAudience
from bot.features.announcements.model import Announcement, AnnouncementRefused
from bot.features.calendar.vietnam import VIETNAM
from bot.features.units import Place
from bot.i18n import msg

from .common import AnnouncementService
from .relay_wording import through_people

_PAGE = 20
EXTRA_NAMES: Mapping[str, str] = {
    "commune": msg("Nhóm chung toàn xã"),
    "team": msg("Nhóm Tổ công nghệ số"),
    "enterprise": msg("Nhóm doanh nghiệp"),
}
_ON = "✅ "


class AudienceConversation:
    def __init__(self, service: AnnouncementService) -> None:
        self._service = service

    async def choose(self, ctx: Context, action: ChooseAudience) -> None:
        found = await self._service.mine(ctx, action.announcement, 0)
        if found is not None:
            await self._offer(ctx, found[1])

    async def villages(self, ctx: Context, action: ChooseVillages) -> None:
        found = await self._service.mine(ctx, action.announcement, 0)
        if found is not None:
            await self._offer_villages(ctx, found[1], action.start)

    async def toggle(self, ctx: Context, action: Toggle) -> None:
        found = await self._service.mine(ctx, action.announcement, 0)
        if found is None:
            return
        who, one = found
        try:
            audience = one.audience.toggled(action.part)
        except ValueError:
            await self._offer(ctx, one)
            return
        async with ctx.changes():
            refusal: AnnouncementRefused | None = None
            # A list that was shown before another choice is out of date: what it shows as off may be on.
            if action.version == one.version:
                refusal = await self._service.features.drafts.set_audience(one, who, audience, ctx.now)
            fresh = await store.get(one.id)
            if refusal is not None or fresh is None:
                await self._service.refused(ctx, refusal or AnnouncementRefused(""), one.id)
            elif action.part.startswith("unit:"):
                places = await self._places(ctx, fresh)
                at = next((n for n, place in enumerate(places) if action.part == f"unit:{place.id}"), 0)
                await self._offer_villages(ctx, fresh, at // _PAGE * _PAGE)
            else:
                await self._offer(ctx, fresh)

    async def _offer(self, ctx: Context, one: Announcement) -> None:
        places, chosen = await self._places(ctx, one), one.audience

        def part(label: str, name: str, *, on: bool) -> Button:
            return Button.to((_ON if on else "") + label, Toggle(one.id, one.version, name))

        buttons = [part(ctx.word("Tất cả các thôn") + f" ({len(places)})", "all", on=chosen.every)]
        kinds = Counter(place.kind for place in places)
        if len(kinds) > 1:
            buttons += [
                part(ctx.word("Các") + f" {kind} ({count})", f"kind:{kind}", on=kind in chosen.kinds)
                for kind, count in kinds.items()
            ]
        buttons.append(Button.to(ctx.word("Chọn từng thôn"), ChooseVillages(one.id, 0)))
        buttons += [part(ctx.word(EXTRA_NAMES[name]), name, on=name in chosen.extra) for name in EXTRA]
        buttons.append(Button.to(ctx.word("Xong"), OpenAnnouncement(one.id)))
        ctx.replace(await self._summary(ctx, one), buttons)

    async def _offer_villages(self, ctx: Context, one: Announcement, start: int) -> None:
        places = await self._places(ctx, one)
        start = start if 0 <= start < len(places) else 0
        buttons = [
            Button.to(
                (_ON if one.audience.has_village(place) else "") + place.full_name,
                Toggle(one.id, one.version, f"unit:{place.id}"),
            )
            for place in places[start : start + _PAGE]
        ]
        if start + _PAGE < len(places):
            buttons.append(Button.to(ctx.word("Các thôn tiếp theo"), ChooseVillages(one.id, start + _PAGE)))
        buttons.append(Button.to(ctx.word("Xong"), ChooseAudience(one.id)))
        ctx.replace(await self._summary(ctx, one), buttons)

    async def _summary(self, ctx: Context, one: Announcement) -> Text:
        """Put the choice in words, with its count: on messengers without editing it stands below the last one."""
        if one.audience.empty:
            return ctx.t("Gửi {label} cho ai? Bác chọn một hay nhiều dòng.", label=one.label)
        return summary(ctx, one, await self._service.features.approval.resolve(one, ctx.now))

    async def _places(self, ctx: Context, one: Announcement) -> Sequence[Place]:
        return await units.villages(one.commune_id, ctx.now.astimezone(VIETNAM).date())


def summary(ctx: ReaderNow, one: Announcement, found: ResolvedAudience) -> Text:
    """Say how many groups and villages it would reach, through whom besides, and which ones not."""
    lines = [
        ctx.t(
            "{label} sẽ đến **{groups} nhóm** của {villages} thôn.",
            label=one.label,
            groups=len(found.channels),
            villages=len(found.villages) - len(found.unreached) - len(found.relayed),
        )
    ]
    lines += through_people(ctx, one, found)
    if found.unreached:
        names = ", ".join(place.full_name for place in found.unreached)
        lines.append(ctx.t("⚠️ Chưa có nhóm nên không nhận được: {names}", names=names))
    if one.audience.villages and not one.audience.every:
        names = ", ".join(place.full_name for place in found.villages)
        lines.append(ctx.t("Đang chọn: {names}", names=names))
    return Text.join("\n", lines)


def build(conversation: AudienceConversation) -> Router:
    router = Router()
    router.action(ChooseAudience)(conversation.choose)
    router.action(ChooseVillages)(conversation.villages)
    router.action(Toggle)(conversation.toggle)
    return router
