"""A pause until midnight, which an older program stored, is shortened when a process starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.probing import STEPS
from bot.storage.core_tables.conversation import Pause
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from tests.features.outbox_rig import NAME, Rig, group

NOW = datetime(2066, 11, 24, 2, 0, tzinfo=UTC)
MIDNIGHT = NOW + timedelta(hours=15)
OTHER = "other"
SECOND = timedelta(seconds=1)


async def _pauses(db: BaseDBAsyncClient) -> dict[tuple[str, str], datetime]:
    await ConversationStore(db).shorten_pauses(NOW)
    return {(row.platform, row.chat_id): row.until for row in await Pause.all()}


async def test_only_what_is_longer_than_any_pause_of_ours_and_for_the_whole_token_is_shortened(
    db: BaseDBAsyncClient,
) -> None:
    await Pause.create(platform=NAME, chat_id="", until=MIDNIGHT)
    await Pause.create(platform=NAME, chat_id="g", until=MIDNIGHT)
    await Pause.create(platform=OTHER, chat_id="", until=NOW + STEPS[-1])
    assert await _pauses(db) == {
        (NAME, ""): NOW + STEPS[0],
        (NAME, "g"): MIDNIGHT,
        (OTHER, ""): NOW + STEPS[-1],
    }


async def test_rows_that_the_pause_sent_back_come_with_it_and_what_was_planned_keeps_its_hour(
    db: BaseDBAsyncClient,
) -> None:
    """Those that it sent back were changed since they were written, and wait for its end, give or take five seconds."""
    rig = Rig(db)
    waits = {
        "at its end": MIDNIGHT,
        "just before": MIDNIGHT - 5 * SECOND,
        "just after": MIDNIGHT + 5 * SECOND,
        "earlier": MIDNIGHT - 6 * SECOND,
        "later": MIDNIGHT + 6 * SECOND,
        "planned": MIDNIGHT,
        "elsewhere": MIDNIGHT,
    }
    for name, until in waits.items():
        await rig.add(group(name), "chào", key=name)
        written = NOW if name == "planned" else NOW + SECOND
        await OutboxRow.filter(package=name).update(not_before=until, created_at=NOW, updated_at=written)
    await OutboxRow.filter(package="elsewhere").update(platform=OTHER)
    await Pause.create(platform=NAME, chat_id="", until=MIDNIGHT)
    await _pauses(db)
    brought = [row.package for row in await OutboxRow.filter(not_before=NOW + STEPS[0]).order_by("id")]
    assert brought == ["at its end", "just before", "just after"]
    assert [(await rig.row(f"{name}/1")).not_before for name in ("planned", "elsewhere")] == [MIDNIGHT, MIDNIGHT]
