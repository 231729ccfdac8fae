"""News of one kind to one person: the first comes at once, what follows within a minute comes as one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from bot.core.events import Chat
from bot.core.machine import chance
from bot.core.messages import Message
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.row import NewRow
from bot.features.outbox.states import TOGETHER
from bot.i18n import msg

Kind = Literal["registered", "replaced", "left", "back", "retired", "full"]
WITHIN = timedelta(minutes=1)

_HEADS: Mapping[Kind, str] = {
    "registered": msg("**{count} nhóm vừa đăng ký:**"),
    "replaced": msg("**{count} nhóm vừa thôi nhận tin:**"),
    "left": msg("**{count} nhóm vừa đưa tôi ra:**"),
    "back": msg("**Tôi vừa vào lại {count} nhóm:**"),
    "retired": msg("**{count} nơi vừa đổi nhóm nhận tin:**"),
    "full": msg("**{count} nhóm chưa vào được vì gói đã đủ nhóm:**"),
}


_HINTS: Mapping[Kind, str] = {
    "left": msg(
        "Cách xử lý: nhờ quản trị viên nhóm thêm tôi vào lại, không cần mã mới. Thêm xong, gõ “kiểm tra” trong nhóm."
    ),
    "full": msg(
        "Cách xử lý: gõ “mời” để mời tổ trưởng hoặc trưởng thôn nhắn riêng với tôi, tin của xã tới người ấy. "
        "Hoặc gõ “chuyển kênh” để chuyển một thôn sang ứng dụng khác. Hoặc nâng gói."
    ),
}
"""Hints given once, below one item or many."""


class News(Struct, frozen=True):
    """`text` stands alone, or is one of several under a head."""

    kind: Kind
    text: Text


class NewsNotices(Struct, frozen=True):
    """Tells news, and is the job of the worker that tells what was gathered."""

    outbox: Outbox

    async def tell(self, chat: Chat, one: News, now: datetime) -> None:
        """Tell the news inside the caller's transaction. Raises LookupError when the chat's platform is switched off.

        Of callers that run at the same moment none sees the others: it is theirs to come one after the other.
        """
        begins = f"news:{one.kind}:"
        key = f"{begins}{chance.unique()}"
        first = await self.outbox.rows.begun(chat, begins, now - WITHIN)
        if first is None:
            await self.outbox.add(chat, Message(self._joined(one.kind, [one.text])), key=key, now=now)
            return
        row = NewRow(
            klass="notice", announcement=0, package=key, part=0, key=f"{key}/1", chat=chat, locale=self.outbox.locale,
            message=Message(one.text), choices="", any_hour=False, state="held", reason=TOGETHER,
            not_before=max(now, first + WITHIN), expires_at=None,
        )  # fmt: skip
        await self.outbox.rows.insert([row], now)

    async def tick(self, now: datetime) -> None:
        """Join the news that waits. It is taken and joined in one transaction: nothing is lost or told twice.

        While the first message waits (for the morning, for the messenger) the others wait behind it.
        """
        due = {(chat, _begins(package)) for chat, package, _ in await self.outbox.rows.together(now)}
        for chat, begins in sorted(due, key=lambda one: (one[0].platform, one[0].id, one[1])):
            if chat.kind not in self.outbox.capabilities.get(chat.platform, {}):
                continue  # the messenger is off; they wait until it is back
            if await self.outbox.rows.begun(chat, begins, now) is not None:
                continue
            async with self.outbox.rows.transaction():
                rows = await self.outbox.rows.take_together(chat, begins, now)
                if rows:
                    kind = next(kind for kind in _HEADS if begins == f"news:{kind}:")
                    text = self._joined(kind, [row.message.text for row in rows])
                    await self.outbox.add(chat, Message(text), key=f"{begins}{rows[0].id}", now=now)

    def _joined(self, kind: Kind, texts: Sequence[Text]) -> Text:
        def t(template: str) -> Text:
            return Text.of(self.outbox.translate(self.outbox.locale, template), count=len(texts))

        head = [t(_HEADS[kind])] if len(texts) > 1 else []
        return Text.join("\n", [*head, *texts, *([t(_HINTS[kind])] if kind in _HINTS else [])])


def _begins(package: str) -> str:
    return package[: package.rindex(":") + 1]
