"""Addresses that are told what happens: an official names one, and the kinds of events that it wants."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from msgspec import Struct

from bot.core.machine import chance
from bot.features import happenings
from bot.features.audit import Audit
from bot.features.people import people
from bot.i18n import msg
from bot.storage.tables.programs import Webhook, WebhookDelivery

SET, ENDED, STOPPED = "webhook_set", "webhook_ended", "webhook_stopped"
"""Acts of the audit log."""
PING = "ping"
"""The kind of the event that tries an address out; nobody asks for it when registering."""
MOST = 10
"""Addresses of a commune that are told at a time."""
LONGEST = 300
SECRET_PREFIX = "whsec_"  # noqa: S105 - the beginning of every secret of the Standard Webhooks
_BAD = msg(
    "Địa chỉ phải bắt đầu bằng https://, dài tới {most} ký tự, không kèm tên, mật khẩu hay dấu #, "
    "ví dụ https://may.xa.vn/nhan-tin."
)
_NO_KIND = msg("Mời chọn ít nhất một loại sự kiện.")
_TOO_MANY = msg("Xã đã có {most} địa chỉ nhận tin. Mời bỏ bớt địa chỉ không dùng.")


class WebhookRefused(Struct, frozen=True):
    """`why` is a Vietnamese template for `most`."""

    why: str
    most: int = 0


class NewWebhook(Struct, frozen=True):
    id: int
    secret: str


class ListedWebhook(Struct, frozen=True):
    """An address as lists show it. `waiting` counts what has not reached it; `why` is for what reason it was stopped.

    `failing_since` None: the last attempt was taken, or there was none.
    """

    id: int
    address: str
    kinds: Sequence[str]
    maker: str
    made_at: datetime
    sent_at: datetime | None
    failing_since: datetime | None
    next_at: datetime | None
    last_answer: str
    stopped_at: datetime | None
    why: str
    waiting: int


class Webhooks:
    """Register, list and end addresses. `key` is the installation's secret.

    `open_to_all`: plain HTTP and addresses of the own network are taken too, for tests.
    """

    def __init__(self, key: bytes, audit: Audit, now: Callable[[], datetime], *, open_to_all: bool = False) -> None:
        self._key = key
        self._audit = audit
        self._now = now
        self._schemes = ("https", "http") if open_to_all else ("https",)

    async def register(
        self, person_id: int, commune_id: int, address: str, kinds: Collection[str]
    ) -> NewWebhook | WebhookRefused:
        """Add an address inside the caller's transaction; return its secret, which is shown this once."""
        now, wanted = self._now(), [kind for kind in happenings.KINDS if kind in kinds]
        if not is_address(address, self._schemes):
            return WebhookRefused(_BAD, LONGEST)
        if not wanted:
            return WebhookRefused(_NO_KIND)
        if await Webhook.filter(unit_id=commune_id, ended_at__isnull=True, stopped_at__isnull=True).count() >= MOST:
            return WebhookRefused(_TOO_MANY, MOST)
        row = await Webhook.create(
            person_id=person_id,
            unit_id=commune_id,
            address=address,
            kinds=f" {' '.join(wanted)} ",
            salt=chance.token_hex(16),
            made_at=now,
        )
        await self._audit.append(person_id, SET, f"webhook:{row.id}", now, {"unit": commune_id})
        return NewWebhook(row.id, shown(self.secret(row.salt)))

    async def end(self, webhook_id: int, commune_id: int, by: int) -> bool:
        """Take an address away inside the caller's transaction, with all that is on its way to it."""
        now = self._now()
        rows = Webhook.filter(id=webhook_id, unit_id=commune_id, ended_at__isnull=True)
        if not await rows.update(ended_at=now):
            return False
        await WebhookDelivery.filter(webhook_id=webhook_id).delete()
        await self._audit.append(by, ENDED, f"webhook:{webhook_id}", now, {"unit": commune_id})
        return True

    async def ping(self, webhook_id: int, commune_id: int) -> bool:
        """Write down, inside the caller's transaction, that an address is to be tried; False for one that is off.

        It is tried at once also where earlier attempts have failed.
        """
        now = self._now()
        rows = Webhook.filter(id=webhook_id, unit_id=commune_id, ended_at__isnull=True, stopped_at__isnull=True)
        if not await rows.update(next_at=None):
            return False
        await happenings.tell_one(webhook_id, PING, commune_id, now)
        return True

    async def listed(self, commune_id: int) -> Sequence[ListedWebhook]:
        """Return the addresses of a commune that nobody has taken away, the newest first."""
        rows = await Webhook.filter(unit_id=commune_id, ended_at__isnull=True).order_by("-id").limit(50)
        names = await people.names_of({row.key_of("person") for row in rows})
        waiting: dict[int, int] = {}
        on_the_way = WebhookDelivery.filter(webhook_id__in=[row.id for row in rows], state__in=["waiting", "sending"])
        for (webhook_id,) in await on_the_way.values_list("webhook_id"):
            waiting[webhook_id] = waiting.get(webhook_id, 0) + 1
        return [
            ListedWebhook(
                row.id, row.address, row.kinds.split(), names.get(row.key_of("person"), ""), row.made_at, row.sent_at,
                row.failing_since, row.next_at, row.last_answer, row.stopped_at, row.why, waiting.get(row.id, 0),
            )
            for row in rows
        ]  # fmt: skip

    def secret(self, salt: str) -> bytes:
        """Return the bytes with which deliveries are signed: whoever has the database alone cannot sign."""
        return hmac.new(self._key, f"webhook {salt}".encode(), sha256).digest()


def shown(secret: bytes) -> str:
    """Return a secret as the Standard Webhooks write it."""
    return SECRET_PREFIX + b64encode(secret).decode()


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: of id, time and body, so none of them can be another's."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()


def is_address(text: str, schemes: Collection[str] = ("https",)) -> bool:
    """Tell whether a text is the address of a machine that may be told something."""
    if not text.isascii() or not text.isprintable() or " " in text or len(text) > LONGEST:
        return False
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return whole and parts.scheme in schemes and "@" not in parts.netloc and not parts.fragment
