"""Files that conversations make: where they are kept, and whether somebody can get them where they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.events import Chat
from bot.core.platform import NoRoom
from bot.features.outbox.box import Outbox
from bot.i18n import msg

StoreMedia = Callable[[bytes, str], Awaitable[str]]
"""(content, MIME type) → the name in the media store; raises NoRoom, FilesAway."""
StoreAs = Callable[[str, bytes], Awaitable[str]]
"""(file name, content) → the name in the media store."""
LinksAt = Callable[[str, int], Awaitable[Sequence[str]]]
"""(code, unit) → the addresses that say the code to the bot of the unit's commune, if it has one, before the others."""
KeepUntil = Callable[[str, datetime], Awaitable[None]]
NO_WAY = msg(
    "Kênh này không nhận được tệp và xã chưa đặt địa chỉ trang của xã, nên tôi chưa gửi được tệp. "
    "Bác mở tôi trên kênh khác, hoặc nhờ người quản trị xuất báo cáo."
)
NO_ROOM = msg("Máy hết chỗ để giữ tệp. Mời báo người phụ trách máy.")


def reaches(outbox: Outbox, chat: Chat, media: str, size: int) -> bool:
    """Return whether a chat can show a file of this size, or at least a link to it."""
    caps = outbox.capabilities.get(chat.platform, {}).get(chat.kind)
    shows = caps is not None and 0 < size <= caps.file_limit
    return shows or outbox.link_to(media) is not None


class Uploads(Protocol):
    """Files that people sent and that no page shows: kept for a day, and gone with the person."""

    async def receive(self, data: bytes, owner: str) -> str:
        """Keep a file of `owner` (see bot.core.platform.owner_of); return its name. Raises NoRoom."""
        ...

    async def received(self, name: str) -> bytes:
        """Return a file; `name` may be untrusted. Raises FileNotFoundError."""
        ...


class NoUploads:
    """An installation that keeps nothing that was sent."""

    async def receive(self, data: bytes, owner: str) -> str:
        raise NoRoom

    async def received(self, name: str) -> bytes:
        raise FileNotFoundError(name)
