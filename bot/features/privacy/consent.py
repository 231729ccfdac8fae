"""Consent: what somebody agreed to, which version of the text, when and where. A new text asks again."""

from __future__ import annotations

from datetime import datetime

from bot.features import people
from bot.features.accounts import Account
from bot.i18n import msg
from bot.storage.people import Account as AccountRow
from bot.storage.people import Consent

VERSION = "2026-11"
"""Of TEXT: a change of what is kept, why or how long needs a new one."""
TEXT = msg(
    "Để làm việc này, Ủy ban nhân dân {commune} cần lưu: **tên hiển thị** của bác, **vai trò** và "
    "**tài khoản nhắn tin** bác đang dùng, để biết ai làm việc gì và gửi tin đến đúng người.\n"
    "Tôi giữ đến khi bác thôi vai trò và 90 ngày sau lần liên lạc cuối. Bác xem bằng “dữ liệu của tôi”, xóa bằng "
    "“xóa dữ liệu” lúc nào cũng được.\n"
    "Bác có đồng ý không? Không đồng ý thì bác vẫn xem hướng dẫn như thường."
)


async def has_consent(account: Account) -> bool:
    """Whether the person agreed to the present text, on any of their accounts, and said nothing else since."""
    row = await AccountRow.get_or_none(platform=account.platform, native_id=account.person).select_related("person")
    if row is None:
        return False
    same = Consent.filter(account_id=row.id) if row.person is None else Consent.filter(account__person_id=row.person.id)
    last = await same.order_by("-at", "-id").first()
    return last is not None and (last.action, last.text_version) == ("agreed", VERSION)


async def agree(account: Account, chat_id: str, name: str, now: datetime) -> int:
    """Write down that the person agreed; returns the person's id."""
    person_id = await people.remember(account, chat_id, name, now)
    await _write(account, "agreed", now)
    return person_id


async def decline(account: Account, now: datetime) -> None:
    """Nothing is written of somebody whom we do not know."""
    if await AccountRow.filter(platform=account.platform, native_id=account.person).exists():
        await _write(account, "declined", now)


async def _write(account: Account, action: str, now: datetime) -> None:
    row = await AccountRow.get(platform=account.platform, native_id=account.person)
    await Consent.create(account_id=row.id, action=action, text_version=VERSION, at=now)
