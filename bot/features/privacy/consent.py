"""Consent: what somebody agreed to, which version of the text, when and where. A new text asks again."""

from __future__ import annotations

from datetime import datetime

from tortoise.queryset import QuerySet

from bot.features.people import people
from bot.features.people.accounts import Account
from bot.i18n import msg
from bot.storage.tables.people import Account as AccountRow
from bot.storage.tables.people import Consent

VERSION = "2026-11"
"""Of TEXT: a change of what is kept, why or how long needs a new one."""
TEXT = msg(
    "Để làm việc này, Ủy ban nhân dân {commune} cần lưu: **tên hiển thị** của bác, **vai trò** và "
    "**tài khoản nhắn tin** bác đang dùng, để biết ai làm việc gì và gửi tin đến đúng người.\n"
    "Tôi giữ đến khi bác thôi vai trò và 90 ngày sau lần liên lạc cuối. Bác xem bằng “dữ liệu của tôi”, xóa bằng "
    "“xóa dữ liệu” lúc nào cũng được.\n"
    "Bác có đồng ý không? Không đồng ý thì bác vẫn xem hướng dẫn như thường."
)
ONCE_VERSION = "2026-11.2"
"""Of ONCE_TEXT, which allows less than TEXT: whoever agreed to that one is not asked for this."""
ONCE_TEXT = msg(
    "Để {purpose}, Ủy ban nhân dân {commune} cần lưu: **tên hiển thị** và **tài khoản nhắn tin** bác đang dùng, để trả "
    "lời đúng bác.\n"
    "Tôi giữ đến 90 ngày sau lần liên lạc cuối. Bác xem bằng “dữ liệu của tôi”, xóa bằng “xóa dữ liệu” lúc nào cũng "
    "được.\n"
    "Bác có đồng ý không? Không đồng ý thì bác vẫn xem hướng dẫn như thường."
)


WORDS = "words-"
"""With it begin the versions of a text that asks for something else: whether words may be kept to learn from them.

It is agreed to and refused by itself: whoever agreed to a role did not agree to it, and refusing it takes no role away.
"""


def version_of(*, once: bool) -> str:
    """Return the version of ONCE_TEXT, or of TEXT."""
    return ONCE_VERSION if once else VERSION


async def has_consent(account: Account, *, once: bool = False) -> bool:
    """Tell whether the person agreed to the present text, on any of their accounts, and said nothing else since.

    `once`: to ONCE_TEXT, or to the one that allows more.
    """
    theirs = await _consents_of(account)
    last = (
        None if theirs is None else await theirs.exclude(text_version__startswith=WORDS).order_by("-at", "-id").first()
    )
    return last is not None and last.action == "agreed" and last.text_version in {VERSION, version_of(once=once)}


async def about_words(account: Account, version: str) -> bool | None:
    """Tell whether the person agreed to this text about keeping words; None where they were not asked."""
    theirs = await _consents_of(account)
    last = None if theirs is None else await theirs.filter(text_version=version).order_by("-at", "-id").first()
    return None if last is None else last.action == "agreed"


async def _consents_of(account: Account) -> QuerySet[Consent] | None:
    """Select what the person said on all their accounts; None for a stranger."""
    row = await AccountRow.get_or_none(platform=account.platform, native_id=account.person).select_related("person")
    if row is None:
        return None
    return Consent.filter(account_id=row.id) if row.person is None else Consent.filter(account__person_id=row.person.id)


async def agree(account: Account, chat_id: str, name: str, now: datetime, *, once: bool = False) -> int:
    """Write down that the person agreed; returns the person's id."""
    person_id = await people.remember(account, chat_id, name, now)
    await _write(account, "agreed", now, version_of(once=once))
    return person_id


async def agree_to_words(account: Account, chat_id: str, name: str, now: datetime, version: str) -> int:
    """Write down that words may be kept; return the person's id."""
    person_id = await people.remember(account, chat_id, name, now)
    await _write(account, "agreed", now, version)
    return person_id


async def decline(account: Account, now: datetime, version: str = VERSION) -> None:
    """Record a refusal; nothing is written of somebody whom we do not know."""
    if await AccountRow.filter(platform=account.platform, native_id=account.person).exists():
        await _write(account, "declined", now, version)


async def _write(account: Account, action: str, now: datetime, version: str) -> None:
    row = await AccountRow.get(platform=account.platform, native_id=account.person)
    await Consent.create(account_id=row.id, action=action, text_version=version, at=now)
