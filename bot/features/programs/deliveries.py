"""Sending what has happened to an address: signed, one after the other, again after a failure, and not for ever.

It runs as a job. A delivery may arrive twice, when a process dies between the answer and the mark; it has the same id
then, by which the receiver drops it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from bot.core.text import Text
from bot.features import happenings, rights, units
from bot.features.announcements import store
from bot.features.audit import Audit, Detail
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.rights import Act
from bot.features.units import Place
from bot.i18n import msg
from bot.storage.tables.programs import Webhook, WebhookDelivery

from .webhooks import PING, STOPPED, Webhooks, signature

log = logging.getLogger(__name__)

PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600)
)
"""How long to wait after so many failures in a row; the last one from then on."""
ATTEMPTS = 8
"""So often one delivery is tried: what a receiver refuses each time is dropped, and the others go on."""
PATIENCE = timedelta(days=5)
"""After so long without a single success the address is switched off, and the officials are told."""
AT_ONCE = 20
LONGEST_RUN = timedelta(seconds=15)
"""Other jobs wait meanwhile: reports that people have asked for."""
_HELD = timedelta(seconds=60)
_ANSWER_GONE = 410
_RIGHTS: Mapping[str, Act] = {
    happenings.ANNOUNCEMENT_SENT: Act.BROADCAST,
    happenings.RECEIPT_CHANGED: Act.BROADCAST,
    happenings.FIGURES_REPORTED: Act.EXPORT_REPORTS,
    happenings.DIFFICULTY_OPENED: Act.HANDLE_DIFFICULTIES,
    happenings.DIFFICULTY_CHANGED: Act.HANDLE_DIFFICULTIES,
}
"""The right that whoever registered the address needs, at the time of sending, to be told of an event."""
_FAILED = msg(
    "Địa chỉ nhận tin số {id} ({host}) không trả lời suốt {days} ngày, nên tôi đã tắt. "
    "Bên nhận sửa xong thì mời đăng ký lại ở bàn làm việc, mục Phần mềm khác."
)
_GONE = msg(
    "Địa chỉ nhận tin số {id} ({host}) trả lời là không nhận nữa, nên tôi đã tắt. "
    "Cần dùng lại thì mời đăng ký lại ở bàn làm việc, mục Phần mềm khác."
)
_NO_RIGHT = msg(
    "Địa chỉ nhận tin số {id} ({host}) đã tắt, vì người đăng ký không còn vai trò ở xã. "
    "Cần dùng tiếp thì mời đăng ký lại ở bàn làm việc, mục Phần mềm khác."
)


class PostAnswer(Struct, frozen=True):
    """The outcome of a call. `status` 0: there was no answer, and `why` says what came instead."""

    status: int
    why: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def words(self) -> str:
        return f"HTTP {self.status}" if self.status else self.why


Post = Callable[[str, Mapping[str, str], bytes], Awaitable[PostAnswer]]
"""Sends a body to an address outside; never raises, follows nothing, and reads next to nothing of the answer."""


async def nowhere_to_post(address: str, headers: Mapping[str, str], body: bytes) -> PostAnswer:
    """Send nothing: there is no network."""
    return PostAnswer(0, "no network")


TellOfficers = Callable[[int, Text], Awaitable[None]]
"""Tells the officials of a commune, inside the caller's transaction."""
Translate = Callable[[str], str]


class Deliveries:
    """The job `happenings.JOB`: sends what waits for one address."""

    def __init__(
        self, webhooks: Webhooks, audit: Audit, post: Post, tell: TellOfficers, translate: Translate,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._webhooks = webhooks
        self._audit = audit
        self._post = post
        self._tell = tell
        self._translate = translate
        self._now = now

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Send what is due to the address that the job names."""
        hook = await Webhook.get_or_none(id=int(body["webhook"]))
        if hook is None or hook.ended_at is not None or hook.stopped_at is not None:
            return
        if hook.next_at is not None and hook.next_at > now:
            return  # The attempt that failed has asked for the next one.
        free = Q(held_until__isnull=True) | Q(held_until__lte=now)
        if not await Webhook.filter(free, id=hook.id).update(held_until=now + _HELD):
            await happenings.send_later(hook.id, f"held:{int(now.timestamp())}", now + _HELD, now)
            return
        try:
            await self._send_all(hook, now + LONGEST_RUN)
        finally:
            await Webhook.filter(id=hook.id).update(held_until=None)

    async def _send_all(self, hook: Webhook, until: datetime) -> None:
        """Send one after the other until one fails; what was being sent when a process died is sent again."""
        commune = await self._still_allowed(hook)
        if commune is None:
            await self._stop(hook, "right", _NO_RIGHT)
            return
        await WebhookDelivery.filter(webhook_id=hook.id, state="sending").update(state="waiting")
        waiting = WebhookDelivery.filter(webhook_id=hook.id, state="waiting").order_by("attempts", "id")
        found = await waiting.limit(AT_ONCE + 1)
        for one in found[:AT_ONCE]:
            if self._now() >= until:
                break
            if not await self._send(hook, commune, one):
                return
        if await waiting.exists():
            last = found[-1].id if found else 0
            await happenings.send_later(hook.id, f"more:{last}:{int(until.timestamp())}", self._now(), self._now())

    async def _still_allowed(self, hook: Webhook) -> Place | None:
        """Return the commune, if whoever registered the address may still do so."""
        now = self._now()
        commune = await units.successor(hook.key_of("unit"), today(now))
        if commune is None:
            return None
        who = await people.who_is(hook.key_of("person"), now)
        allowed = await rights.decide(who, Act.CONNECT_PROGRAMS, commune.id, on=now)
        return commune if allowed.allowed else None

    async def _send(self, hook: Webhook, commune: Place, one: WebhookDelivery) -> bool:
        """Send one delivery; False when the address did not take it."""
        data = await self._data(hook, commune, one)
        if data is None:  # of another commune, gone, or no longer theirs to see
            await WebhookDelivery.filter(id=one.id).update(state="dropped")
            return True
        now = self._now()
        await WebhookDelivery.filter(id=one.id).update(state="sending", attempts=one.attempts + 1, tried_at=now)
        body = json.dumps(
            {"type": one.kind, "timestamp": one.happened_at.isoformat(), "data": data}, ensure_ascii=False
        ).encode()
        message_id, timestamp = f"msg_{one.event}_{one.id}", int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._webhooks.secret(hook.salt), message_id, timestamp, body),
        }
        answer = await self._post(hook.address, headers, body)
        return await self._taken(hook, one, answer) if answer.taken else await self._not_taken(hook, one, answer)

    async def _taken(self, hook: Webhook, one: WebhookDelivery, answer: PostAnswer) -> bool:
        async with in_transaction():
            await WebhookDelivery.filter(id=one.id).update(state="sent")
            await Webhook.filter(id=hook.id).update(
                sent_at=self._now(), failures=0, failing_since=None, next_at=None, last_answer=answer.words[:40]
            )
        hook.failures, hook.failing_since = 0, None
        return True

    async def _not_taken(self, hook: Webhook, one: WebhookDelivery, answer: PostAnswer) -> bool:
        """Plan the next attempt; switch the address off where none was taken for long, or it says that it is gone."""
        now = self._now()
        log.info("webhook %d took nothing: %s", hook.id, answer.words)
        since, failures = hook.failing_since or now, hook.failures + 1
        after = now + PAUSES[min(failures, len(PAUSES)) - 1]
        async with in_transaction():
            state = "dropped" if one.attempts + 1 >= ATTEMPTS else "waiting"
            await WebhookDelivery.filter(id=one.id).update(state=state)
            await Webhook.filter(id=hook.id).update(
                failures=failures, failing_since=since, next_at=after, last_answer=answer.words[:40]
            )
            if answer.status != _ANSWER_GONE and now - since < PATIENCE:
                await happenings.send_later(hook.id, f"again:{one.id}:{one.attempts + 1}", after, now)
                return False
        gone = answer.status == _ANSWER_GONE
        await self._stop(hook, "gone" if gone else "failing", _GONE if gone else _FAILED)
        return False

    async def _stop(self, hook: Webhook, why: str, words: str) -> None:
        """Switch an address off: what waits for it is dropped, and the officials are told."""
        now, unit_id = self._now(), hook.key_of("unit")
        async with in_transaction():
            if not await Webhook.filter(id=hook.id, stopped_at__isnull=True).update(stopped_at=now, why=why):
                return
            await WebhookDelivery.filter(webhook_id=hook.id, state__in=["waiting", "sending"]).update(state="dropped")
            details: dict[str, Detail] = {"unit": unit_id, "why": why}
            await self._audit.append(None, STOPPED, f"webhook:{hook.id}", now, details)
            host = hook.address.partition("://")[2].partition("/")[0]
            text = Text.of(self._translate(words), id=hook.id, host=host, days=PATIENCE.days)
            await self._tell(unit_id, text)

    async def _data(self, hook: Webhook, commune: Place, one: WebhookDelivery) -> Mapping[str, str | int] | None:
        """Return what a receiver is told: codes and where to read more, and nothing about a person."""
        found: dict[str, str | int] = {"commune": commune.code}
        if one.kind == PING:
            return found
        place = await units.successor(one.unit, today(self._now()))
        if place is None or not await units.is_inside(place.id, commune.id):
            return None
        who = await people.who_is(hook.key_of("person"), self._now())
        right = await rights.decide(who, _RIGHTS[one.kind], place.id, on=self._now())
        if not right.allowed:
            return None
        if place.id != commune.id:
            found["village"] = place.code
        about = await _about(one)
        return None if about is None else {**found, **about}


async def _about(one: WebhookDelivery) -> Mapping[str, str | int] | None:
    if one.kind == happenings.FIGURES_REPORTED:
        return {"period": one.subject, "path": f"/api/v1/figures?period={one.subject}"}
    if one.kind in (happenings.DIFFICULTY_OPENED, happenings.DIFFICULTY_CHANGED):
        return {"difficulty": int(one.subject), "path": f"/api/v1/difficulties/{one.subject}"}
    found = await store.get(int(one.subject))
    if found is None:
        return None
    return {"announcement": found.label, "path": f"/api/v1/announcements/{found.label}/receipt"}
