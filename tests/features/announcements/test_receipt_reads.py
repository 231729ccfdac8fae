"""How a receipt is read: with as many questions for many groups as for a few, and in the order of who was meant."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.model import AnnouncementTarget
from bot.features.announcements.receipts import receipt as receipt_reads
from bot.features.announcements.receipts.delivery import AudienceDelivery
from bot.features.announcements.receipts.receipt import Receipt, _chained, deliveries_of, receipt
from bot.features.calendar.vietnam import today
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.database import MEMORY, created, opened
from bot.storage.event_reads import remembered
from bot.storage.lite import table_versions
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow
from tests.features.village import NOW

from .office import office

_FROZEN = store._FROZEN


async def test_a_receipt_asks_no_more_of_the_database_for_many_groups_than_for_a_few() -> None:
    async def asked(villages: int) -> int:
        async with created(MEMORY) as db:
            at = await office(db)
            for n in range(villages):
                await units.create(f"thon-{n}", "thôn", f"Số {n}", parent="yen-mo", valid_from=date(2025, 7, 1))
                place = await units.get(f"thon-{n}")
                assert place is not None
                await at.group(f"nhom-{n}", place.id)
            await units.create("khong", "thôn", "Không nhóm", parent="yen-mo", valid_from=date(2025, 7, 1))
            sent = await at.approved(await at.draft())
            statements: list[str] = []
            await db._connection.set_trace_callback(statements.append)
            found = await receipt(sent.id, today(NOW))
            await db._connection.set_trace_callback(None)
            assert found is not None
            assert found.total == len(found.deliveries) >= villages
            assert "thôn Không nhóm" in found.unreached
            assert {one.village for one in found.deliveries} >= {f"thôn Số {n}" for n in range(villages)}
            assert {one.group for one in found.deliveries} >= {f"Nhóm nhom-{n}" for n in range(villages)}
            assert await deliveries_of([sent.id]) == {sent.id: list(found.deliveries)}
            return len(statements)

    few = await asked(1)
    assert few == await asked(30)
    assert few <= 13


async def test_a_receipt_that_is_looked_at_again_is_put_together_anew_only_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_versions, "FRESH", 60)  # on a busy machine an event may begin late
    address = f"sqlite://{tmp_path}/bot.sqlite3"
    async with created(address):
        pass
    async with opened(address) as db:
        at = await office(db)
        sent = await at.approved(await at.draft())

        async def looked_at() -> Receipt:
            with remembered():
                found = await receipt(sent.id, today(NOW))
            assert found is not None
            return found

        first, again = await looked_at(), await looked_at()
        assert again.deliveries is first.deliveries
        assert again.standing is first.standing
        assert (len(first.waiting), len(first.groups("sent")), len(first.standing.silent)) == (2, 0, 0)

        package = first.deliveries[0].target.package
        await OutboxRow.filter(package=package).update(state="sent")
        after = await looked_at()
        assert (len(after.waiting), len(after.groups("sent")), len(after.standing.silent)) == (1, 1, 1)

        await TargetRow.filter(id=first.deliveries[0].target.id).update(ack_at=NOW)
        after = await looked_at()
        assert (len(after.acknowledged), len(after.standing.silent)) == (1, 0)


async def test_a_receipt_of_more_rows_than_are_read_at_once_has_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async with created(MEMORY) as db:
        at = await office(db)
        for n in range(4):
            await units.create(f"thon-{n}", "thôn", f"Số {n}", parent="yen-mo", valid_from=date(2025, 7, 1))
            place = await units.get(f"thon-{n}")
            assert place is not None
            await at.group(f"nhom-{n}", place.id)
        sent = await at.approved(await at.draft())
        whole = await receipt(sent.id, today(NOW))
        for most in (1, 2, 3, 6, 7):
            monkeypatch.setattr(receipt_reads, "_AT_ONCE", most)
            monkeypatch.setattr(store, "_AT_ONCE", most)
            monkeypatch.setattr(store, "_FROZEN", _FROZEN.replace("limit 1000", f"limit {most}"))
            assert await receipt(sent.id, today(NOW)) == whole


async def test_each_audience_stands_where_the_group_stood_that_was_tried_first() -> None:
    chance = random.Random(7)  # noqa: S311
    for _ in range(300):
        deliveries = [_delivery(number, acked=chance.random() < 0.3) for number in range(1, chance.randrange(2, 9))]
        packages = [one.target.package for one in deliveries]
        chance.shuffle(packages)
        instead_of = {after: before for before, after in pairwise(packages) if chance.random() < 0.4}
        if chance.random() < 0.5 and (free := [one for one in packages if one not in instead_of.values()]):
            instead_of["tb1:v7"] = free[0]  # a village that is told through a person now
        assert await _chained(deliveries, instead_of) == _meant(deliveries, instead_of)


def _delivery(number: int, *, acked: bool) -> AudienceDelivery:
    at = NOW if acked else None
    target = AnnouncementTarget(number, 1, number, number, "p", f"g{number}", at, number if acked else None, None, None)
    return AudienceDelivery(target, f"thôn {number}", f"Nhóm {number}", True, (), "sent", "", None)


def _meant(deliveries: Sequence[AudienceDelivery], instead_of: Mapping[str, str]) -> tuple[AudienceDelivery, ...]:
    """Say it as the receipt promises it, however long it takes."""
    by_package = {one.target.package: one for one in deliveries}
    order = [one.target.package for one in deliveries]
    found: list[tuple[int, AudienceDelivery]] = []
    for last in deliveries:
        if last.target.package in instead_of.values():
            continue
        before: list[AudienceDelivery] = []
        package = last.target.package
        while package in instead_of:
            package = instead_of[package]
            before.insert(0, by_package[package])
        acked = next((one.target for one in (last, *before) if one.target.ack_at), last.target)
        target = AnnouncementTarget(
            last.target.id, 1, last.target.channel_id, last.target.unit_id, "p", last.target.native_id,
            acked.ack_at, acked.ack_by, None, None,
        )  # fmt: skip
        one = AudienceDelivery(target, last.village, last.group, True, (), "sent", "", None, tuple(before))
        found.append((order.index(package), one))
    return tuple(one for _, one in sorted(found, key=lambda each: each[0]))
