"""People who walk through the guide: open it, press on to the end, open it again. For both sides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from benchmarks import telegram_stub, worker
from benchmarks.menu import DONE, NEXT, SLUG
from benchmarks.traffic import CONVERSATIONS, FIRST_CHAT, in_lanes, press_update, text_update

Brings = Callable[[int, bytes], Awaitable[telegram_stub.Seen]]


class Walk:
    """`brings` takes an update of a chat and returns what the person sees then."""

    def __init__(self, brings: Brings) -> None:
        self._brings = brings
        self._seen: dict[int, telegram_stub.Seen] = {}
        self._count = 0

    async def turn(self, chat: int) -> None:
        self._seen[chat] = await self._brings(chat, self._next(chat))

    def _next(self, chat: int) -> bytes:
        self._count += 1
        seen = self._seen.get(chat)
        buttons = seen.buttons() if seen is not None else {}
        data = buttons.get(NEXT) or buttons.get(DONE)
        if seen is None or data is None:
            return text_update(self._count, chat, f"/start g_{SLUG}")
        return press_update(self._count, chat, data, seen.message_id)

    async def round(self, count: int, lanes: int, finish: Callable[[], Awaitable[None]]) -> worker.Figures:
        chats = [FIRST_CHAT + number % CONVERSATIONS for number in range(count)]

        async def everything() -> None:
            await in_lanes(lanes, chats, self.turn)
            await finish()

        return await worker.measured(count, everything)
