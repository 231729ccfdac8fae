"""Scheduled work: start announcements that are due, ask authors about missed ones, close those that are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.transactions import in_transaction

from bot.core.messages import Button
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.states import FINAL
from bot.i18n import msg
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.sql import available
from bot.storage.tables.announcements import Announcement as Row

from . import on_hold
from .actions import Cancel, OpenAnnouncement, SendLate
from .detours import Detours
from .letter import moment
from .missed import MissedAnnouncements
from .model import Announcement, AnnouncementRefused, announcement
from .moving import move
from .notices import tell
from .relays.asking import ReadAt, nowhere
from .schedule import MISFIRE
from .writing.draft import NEWER

_MISSED = msg(
    "{label} hẹn gửi lúc {time} nhưng máy không chạy được vào lúc đó. Tôi đang giữ lại, chưa gửi cho nhóm nào. "
    "Bác quyết định giúp tôi."
)
_EXPIRED = msg("{label} đã hết giá trị trước khi gửi được, nên không gửi nữa.")
_DONE = msg("{label} đã gửi xong. Bác mở để xem nhóm nào đã có, nhóm nào chưa.")


class AnnouncementSchedule:
    """Scheduled work on announcements.

    `tick` is idempotent: it may run at any time, twice, or after the clock was set back.
    """

    def __init__(self, outbox: Outbox, read_at: ReadAt = nowhere) -> None:
        self._outbox = outbox
        self._detours = Detours(outbox, read_at)
        self._after_all = MissedAnnouncements(outbox)

    async def tick(self, now: datetime) -> float | None:
        """Do everything that is due; return the seconds until the next plan, None without one.

        Raises StoreUnavailable.
        """
        with available():
            for one in await _in("approved"):
                async with in_transaction("default"):
                    await self._approved(one, now)
            for one in [*await _in("waiting"), *await _in("late")]:
                if one.expires_at is not None and one.expires_at <= now:
                    async with in_transaction("default"):
                        await self._expired(one, now)
            await self._detours.tick(now)
            await self._after_all.tick(now)
            for one in await _in("sending"):
                async with in_transaction("default"):
                    await self._finished(one, now)
            plans = [one.not_before for one in await _in("approved") if one.not_before is not None]
        return max(0.0, (min(plans) - now).total_seconds()) if plans else None

    async def send_late(self, one: Announcement, version: int, now: datetime) -> AnnouncementRefused | None:
        """Send an announcement that missed its time, as its author decided; inside the caller's transaction."""
        if one.version != version or one.state != "late" or not await move(one, "sending", now):
            return AnnouncementRefused(NEWER)
        await on_hold.release(self._outbox, one.id, now)
        return None

    async def _approved(self, one: Announcement, now: datetime) -> None:
        if one.expires_at is not None and one.expires_at <= now:
            await self._expired(one, now)
        elif one.not_before is None or one.not_before <= now - MISFIRE:
            await self._missed(one, now)
        elif one.not_before <= now and await move(one, "sending", now):
            await on_hold.release(self._outbox, one.id, now)

    async def _missed(self, one: Announcement, now: datetime) -> None:
        if not await move(one, "late", now):
            return
        await on_hold.ask(one.id, now)
        buttons = [
            Button.to(self._word(msg("Gửi ngay")), SendLate(one.id, one.version + 1)),
            Button.to(self._word(msg("Hủy tin này")), Cancel(one.id, one.version + 1, sure=True)),
        ]
        time = moment(one.not_before or now, self._outbox.locale)
        await self._tell(one, _MISSED, "late", now, buttons, time=time)

    async def _expired(self, one: Announcement, now: datetime) -> None:
        if await move(one, "expired", now, ended_at=now):
            await self._outbox.cancel(now, announcement=one.id, reason="expired")
            await self._tell(one, _EXPIRED, "expired", now, [])

    async def _finished(self, one: Announcement, now: datetime) -> None:
        """Close it once all its rows are final: counted from the rows, never from a flag, so true after any crash."""
        rows = OutboxRow.filter(announcement=one.id)
        if await rows.exclude(state__in=FINAL).exists():
            return
        none_left = not await rows.filter(state__in=["sent", "uncertain", "failed"]).exists()
        if await move(one, "expired" if none_left else "done", now, ended_at=now):
            buttons = [Button.to(self._word(msg("Mở")) + f" {one.label}", OpenAnnouncement(one.id))]
            await self._tell(one, _EXPIRED if none_left else _DONE, "done", now, [] if none_left else buttons)

    async def _tell(
        self, one: Announcement, template: str, what: str, now: datetime, buttons: Sequence[Button], **values: str
    ) -> None:
        text = Text.of(self._word(template), label=one.label, **values)
        await tell(self._outbox, one.author_id, text, f"tb{one.id}-{what}", now, buttons)

    def _word(self, message: str) -> str:
        return self._outbox.translate(self._outbox.locale, message)


async def _in(state: str) -> list[Announcement]:
    return [announcement(row) for row in await Row.filter(state=state).order_by("id")]
