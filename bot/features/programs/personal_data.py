"""Personal data of tokens and addresses for other programs: how it is shown and erased, and how long it stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.privacy.retention import Rule
from bot.i18n import msg
from bot.storage.portions import delete
from bot.storage.tables.programs import ProgramToken, Webhook, WebhookDelivery

ENDED_DAYS, DELIVERY_DAYS = 365, 30


async def _read_tokens(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    return [
        Fact(msg("Khóa đọc dữ liệu “{name}” làm {at}"), {"name": row.name, "at": row.made_at})
        for row in await ProgramToken.filter(person_id=subject.person_id).order_by("id")
    ]


async def _read_webhooks(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    return [
        Fact(msg("Địa chỉ nhận tin {address} đăng ký {at}"), {"address": row.address, "at": row.made_at})
        for row in await Webhook.filter(person_id=subject.person_id).order_by("id")
    ]


async def _erase_tokens(subject: Subject) -> None:
    if subject.person_id is not None:
        await ProgramToken.filter(person_id=subject.person_id).delete()


async def _erase_webhooks(subject: Subject) -> None:
    if subject.person_id is not None:
        own = [row.id for row in await Webhook.filter(person_id=subject.person_id)]
        await WebhookDelivery.filter(webhook_id__in=own).delete()
        await Webhook.filter(id__in=own).delete()


def personal_tables() -> list[PersonalTable]:
    why = msg("biết phần mềm nào đọc dữ liệu của xã, bằng quyền của ai")
    return [
        PersonalTable(
            "program_tokens",
            msg("Khóa cho phần mềm khác"),
            _read_tokens,
            _erase_tokens,
            why=why,
            until=msg("một năm sau khi khóa hết hạn hoặc bị thu hồi"),
        ),
        PersonalTable(
            "webhooks",
            msg("Địa chỉ nhận tin của phần mềm khác"),
            _read_webhooks,
            _erase_webhooks,
            why=why,
            until=msg("một năm sau khi địa chỉ bị bỏ hoặc bị tắt"),
        ),
    ]


def rules() -> Sequence[Rule]:
    return (
        Rule("program_tokens", ENDED_DAYS, msg("sau khi hết hạn hoặc bị thu hồi"), _old_tokens),
        Rule("webhook_deliveries", DELIVERY_DAYS, msg("sau sự kiện"), _old_deliveries),
        Rule("webhooks", ENDED_DAYS, msg("sau khi bị bỏ hoặc bị tắt"), _old_webhooks),
    )


async def _old_tokens(before: datetime, now: datetime) -> int:
    revoked = await delete(ProgramToken.filter(revoked_at__lt=before))
    return revoked + await delete(ProgramToken.filter(ends_at__lt=before))


async def _old_deliveries(before: datetime, now: datetime) -> int:
    return await delete(WebhookDelivery.filter(happened_at__lt=before))


async def _old_webhooks(before: datetime, now: datetime) -> int:
    """Delete addresses that are off; of those nothing younger than a month is left on its way."""
    ended = await delete(Webhook.filter(ended_at__lt=before))
    return ended + await delete(Webhook.filter(stopped_at__lt=before))
