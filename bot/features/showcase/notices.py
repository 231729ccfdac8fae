"""Messages of the showcase: to officials that something waits, to owners about the decision on their product."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.i18n import msg, short_date

from .actions import EditProduct, NewProduct, StillSold, Withdraw
from .model import Product
from .shown import opening

_WAITS = msg("Có hàng của bà con chờ bác xem: “{name}”, {village}.")
_SHOWN = msg("✅ Xã đã cho hiện “{name}”. Hàng hiện đến hết {day}; trước đó tôi hỏi bác còn bán không.")
_RETURNED = msg("Xã chưa cho hiện “{name}”: {reason}")
_STILL_SOLD = msg("“{name}” hiện đến hết {day}. Bác còn bán không? Không trả lời thì hết ngày ấy tôi tự gỡ.")
_OVER = msg("“{name}” đã hết hạn nên tôi gỡ và xóa rồi. Mùa sau bác đăng lại bằng chữ “sản phẩm”.")
_UNSEEN = msg("Xin lỗi bác, 30 ngày xã chưa xem “{name}” nên tôi đã xóa. Bác gọi xã hỏi giúp rồi đăng lại nhé.")


class ProductNotices:
    """Everything is written inside the caller's transaction; each notice has a key of its own."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail

    async def waits(self, one: Product, now: datetime) -> None:
        """Tell the officers of the commune, or its chairs if there are none, that it waits."""
        commune, place = await units.commune_of(one.unit_id), await units.by_id(one.unit_id)
        if commune is None or place is None:
            return
        text = self.mail.t(_WAITS, name=one.name, village=place.full_name)
        look = [opening(self.mail.word("Xem xét"), one)]
        officers = await people.holders(OFFICER, commune.id, now) or await people.holders(CHAIR, commune.id, now)
        await self.mail.asking.tell_all(
            [one.person_id for one in officers], text, look, key=f"hang{one.id}:{one.version}", now=now
        )

    async def published(self, one: Product, now: datetime) -> None:
        day = "" if one.ends_on is None else short_date(one.ends_on, self.mail.locale)
        await self._tell(one, self.mail.t(_SHOWN, name=one.name, day=day), [opening("", one)], "hien", now)

    async def returned(self, one: Product, now: datetime) -> None:
        text = self.mail.t(_RETURNED, name=one.name, reason=one.reason)
        await self._tell(one, text, [Button.to(self.mail.word("Sửa"), EditProduct(one.id, one.version))], "tra", now)

    async def ask_still_sold(self, one: Product, now: datetime) -> None:
        day = "" if one.ends_on is None else short_date(one.ends_on, self.mail.locale)
        buttons = [
            Button.to(self.mail.word("Còn bán"), StillSold(one.id)),
            Button.to(self.mail.word("Gỡ xuống"), Withdraw(one.id)),
        ]
        await self._tell(one, self.mail.t(_STILL_SOLD, name=one.name, day=day), buttons, "hoi", now)

    async def over(self, one: Product, now: datetime) -> None:
        again = [Button.to(self.mail.word("Đăng hàng"), NewProduct(one.behalf))]
        await self._tell(one, self.mail.t(_OVER, name=one.name), again, "het", now)

    async def unseen(self, one: Product, now: datetime) -> None:
        await self._tell(one, self.mail.t(_UNSEEN, name=one.name), (), "quen", now)

    async def _tell(self, one: Product, text: Text, buttons: Sequence[Button], what: str, now: datetime) -> None:
        await self.mail.tell(one.owner_id, text, buttons, key=f"hang{one.id}:{one.version}:{what}", now=now)
