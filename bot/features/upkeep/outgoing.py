"""The present text of a guide as a Word file, for the officer who wants to change it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.messages import Attachment
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.i18n import msg

from .notices import UpkeepNotices
from .shown import LibrarySync

KIND = "guide as word"
KEPT = timedelta(days=7)
"""So long the file stays on the server."""
StoreAs = Callable[[str, bytes], Awaitable[str]]


class GiveText:
    """The job. The body: `guide`, `event` and who waits for it."""

    def __init__(self, shown: LibrarySync, notices: UpkeepNotices, store_as: StoreAs) -> None:
        self._shown = shown
        self._notices = notices
        self._store_as = store_as

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Send the guide as a file. Raises JobRefused when the guide is gone."""
        from bot.features.guides.word.writer import written

        await self._shown.refresh()
        chat, guide = chat_of(body), self._shown.library.get(body["guide"])
        if chat is None or guide is None:
            raise JobRefused(msg("Bài hướng dẫn này nay không còn nữa."))
        data = await asyncio.to_thread(written, guide)
        name = f"{guide.slug}.docx"
        media = await self._store_as(name, data)
        await temporary_files.keep(media, now + KEPT)
        text = self._notices.mail.t(
            msg(
                "Bài “{title}” đang dùng. Bác sửa chữ trong tệp rồi bấm “Gửi bản sửa”. "
                "Nút chọn, câu đố và ảnh không có trong tệp; tôi giữ nguyên theo tên bước."
            ),
            title=guide.title,
        )
        async with in_transaction("default"):
            item = Attachment("file", media, name, len(data))
            await self._notices.mail.send_file(chat, text, item, key=f"bkw:{body['event']}", now=now)
