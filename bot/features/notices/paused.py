"""Officials hear that a messenger takes nothing for now, on another messenger than that."""

from __future__ import annotations

from datetime import datetime

from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.probing import Probe
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.groups.naming import called
from bot.features.notices import delivery_channels
from bot.features.notices.fallback import ALONE
from bot.features.outbox.box import Outbox
from bot.features.outbox.pauses import LiftPause
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.i18n import msg, short_time
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.probes import ProbeStore

_PAUSED = msg(
    "⚠ Từ {time}, {platform} tạm không nhận tin của tôi và không báo đến bao giờ. Tôi tự thử lại sau 1, 5, 15, rồi 60 "
    "phút một lần, tin khẩn đi trước. Tin đang chờ không mất, kể cả câu trả lời bà con. Bác gõ /trangthai để xem. Muốn "
    "thử ngay thì bác bấm nút này, hoặc gõ /guilaingay."
)
TRY_NOW = msg("Gửi lại ngay")


class PauseNews:
    """Tells of each pause once, of one messenger once an hour. In quiet hours only when what is urgent waits there."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def tick(self, now: datetime) -> None:
        standing = await ProbeStore().probes()
        for one in standing:
            if not one.told:
                async with in_transaction("default"):
                    await self._tell(one, {each.platform for each in standing}, now)

    async def _tell(self, one: Probe, paused: set[str], now: datetime) -> None:
        urgent = await OutboxRow.exists(platform=one.platform, klass="urgent", state__in=["pending", "leased"])
        told = True
        for chat in await self._officials(paused, now):
            if not urgent and await self._outbox.quiet.until_for(chat, now) is not None:
                told = False  # when the morning comes, if it is still so
                continue
            # The hour is in the key: a messenger that comes and goes is no news each time.
            key = f"{ALONE}paused:{one.platform}:{one.since:%Y%m%d%H}:{chat.platform}:{chat.id}"[:90]
            await self._outbox.add(chat, self._message(one), key=key, now=now, answering=urgent)
        if told:
            await ProbeStore().swap_probe(one.platform, one, replace(one, told=True))

    async def _officials(self, paused: set[str], now: datetime) -> list[Chat]:
        """Return, for each officer and chair, the best of their chats on a messenger that does not pause."""
        found: dict[Chat, None] = {}
        for place in await units.communes(today(now)):
            for role in (OFFICER, CHAIR):
                for holder in await people.holders(role, place.id, now):
                    chats = await delivery_channels.to_person(self._outbox, holder.person_id, now)
                    found |= dict.fromkeys([chat for chat in chats if chat.platform not in paused][:1])
        return list(found)

    def _message(self, one: Probe) -> Message:
        def word(text: str) -> str:
            return self._outbox.translate(self._outbox.locale, text)

        at = short_time(one.since.astimezone(VIETNAM).time(), self._outbox.locale)
        text = Text.of(word(_PAUSED), time=at, platform=called(one.platform))
        return Message(text, (Button.to(word(TRY_NOW), LiftPause(one.platform)),))
