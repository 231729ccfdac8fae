"""Files that somebody sent on the page and that nobody has fetched yet: they lie in a folder, no table knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.platform import owner_of
from bot.i18n import msg

from .personal_table import Fact, PersonalTable, Subject


class ReceivedFiles(Protocol):
    """The store of received files; `owner` as `owner_of` names it."""

    async def received_of(self, owner: str) -> Sequence[datetime]:
        """Return when each of them came."""
        ...

    async def forget_received_of(self, owner: str) -> None: ...


def personal_tables(files: ReceivedFiles) -> list[PersonalTable]:
    async def read(subject: Subject) -> Sequence[Fact]:
        came = [
            at for held in subject.accounts for at in await files.received_of(owner_of(held.platform, held.native_id))
        ]
        return [Fact(msg("Ảnh hoặc tệp gửi lúc {at}"), {"at": at}) for at in sorted(came)]

    async def erase(subject: Subject) -> None:
        """Erase the files at once: should the transaction fail, they were to go all the same."""
        for held in subject.accounts:
            await files.forget_received_of(owner_of(held.platform, held.native_id))

    return [
        PersonalTable(
            "received files",
            msg("Ảnh, tệp bác vừa gửi trên trang"),
            read,
            erase,
            why=msg("làm việc bác nhờ với ảnh, tệp ấy"),
            until=msg("một ngày, hoặc đến khi làm xong việc chờ ảnh"),
        )
    ]
