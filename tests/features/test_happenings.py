"""What may be told to other programs: written with what happened, on both databases, and nothing where nobody asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features import happenings
from bot.features.jobs.queue import JobRunner
from bot.features.people import people
from bot.storage.core_tables.jobs import JobRow
from bot.storage.tables.programs import Webhook, WebhookDelivery

from .village import NOW, Places, places


async def _hook(at: Places, kinds: str = f" {happenings.FIGURES_REPORTED} {happenings.DIFFICULTY_OPENED} ") -> Webhook:
    person = await people.create("Cô Lan", NOW)
    return await Webhook.create(
        person_id=person, unit_id=at.commune, address="https://may.xa.vn", kinds=kinds, salt="s", made_at=NOW
    )


async def test_each_address_that_asked_is_told_of_each_subject_and_has_one_job(db: BaseDBAsyncClient) -> None:
    at = await places()
    first, second = await _hook(at), await _hook(at)
    await _hook(at, " announcement.sent ")
    async with in_transaction():
        subjects = [(at.village, "2026-11"), (at.other_village, "2026-11")]
        await happenings.note(happenings.FIGURES_REPORTED, subjects, NOW)
    rows = await WebhookDelivery.all().order_by("webhook_id", "unit")
    found = [(row.key_of("webhook"), row.unit, row.subject, row.kind, row.happened_at) for row in rows]
    assert found == [
        (hook.id, unit, "2026-11", happenings.FIGURES_REPORTED, NOW)
        for hook in (first, second)
        for unit in sorted((at.village, at.other_village))
    ]
    ran: list[str] = []

    async def run(body: object, now: object) -> None:
        ran.append(str(dict(body)["webhook"]))  # type: ignore[call-overload]

    async def never(body: object, refusal: object) -> None:
        raise AssertionError(refusal)

    runner = JobRunner({happenings.JOB: run}, db, never, lambda: NOW)
    while await JobRow.filter(state="waiting").exists():
        await runner.run()
    assert sorted(ran) == sorted([str(first.id), str(second.id)])


async def test_what_waits_already_is_not_added_again(db: BaseDBAsyncClient) -> None:
    at = await places()
    await _hook(at)
    for _ in range(2):
        async with in_transaction():
            await happenings.note(happenings.DIFFICULTY_OPENED, [(at.village, "7")], NOW)
    assert await WebhookDelivery.all().count() == 1
    assert await JobRow.all().count() == 1
    await WebhookDelivery.all().update(state="sending")
    async with in_transaction():
        await happenings.note(happenings.DIFFICULTY_OPENED, [(at.village, "7")], NOW)
    assert await WebhookDelivery.all().count() == 2, "what is on its way may have been read already"


async def test_nothing_is_written_where_no_address_asked_or_it_is_off(db: BaseDBAsyncClient) -> None:
    at = await places()
    await happenings.note(happenings.FIGURES_REPORTED, [(at.village, "2026-11")], NOW)
    hook = await _hook(at)
    for off in ({"ended_at": NOW}, {"ended_at": None, "stopped_at": NOW}):
        await Webhook.filter(id=hook.id).update(**off)
        await happenings.note(happenings.FIGURES_REPORTED, [(at.village, "2026-11")], NOW)
    assert not await WebhookDelivery.all().exists()
    assert not await JobRow.all().exists()
    with pytest.raises(ValueError, match="no kind of event"):
        await happenings.note("ping", [(at.village, "")], NOW)


async def test_one_address_is_tried_and_a_later_attempt_has_its_time(db: BaseDBAsyncClient) -> None:
    at = await places()
    hook = await _hook(at)
    await happenings.tell_one(hook.id, "ping", at.commune, NOW)
    await happenings.send_later(hook.id, "again:1:1", NOW + timedelta(minutes=1), NOW)
    await happenings.send_later(hook.id, "again:1:1", NOW + timedelta(minutes=2), NOW)
    times = [row.not_before for row in await JobRow.all().order_by("not_before")]
    assert times == [NOW, NOW + timedelta(minutes=1)]
