"""Notices between people and groups: each group reads them in the language that it chose."""

from __future__ import annotations

from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.groups import channels
from bot.features.notices.mail import Mail
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.tasks import board
from bot.features.tasks.notices import TaskNotices
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import RICH
from tests.kit import catalogues

from .village import NOW, places, somebody


async def test_a_task_for_all_is_told_to_each_team_in_its_language_and_to_people_in_the_installations(
    db: BaseDBAsyncClient,
) -> None:
    at, translate = await places(), catalogues().translate
    outbox = Outbox(Rows(db, translate), {"fake": RICH}, translate, lambda name: None)
    member = await somebody("ba", "member", at.village)
    assert member.person_id is not None
    await channels.register("fake", "team", at.village, "team", "Tổ", NOW)
    await channels.set_locale("fake", "team", "en", NOW)
    one = await board.draft(at.village, "Dán áp phích", "", date(2026, 11, 27), giver=None, now=NOW)
    assert await board.open_up(one, NOW, giver=None)
    shown = await board.get(one.id)
    assert shown is not None
    await TaskNotices(Mail(outbox)).to_all(shown, [member.person_id], NOW)
    rows = {row.chat_id: row for row in await OutboxRow.all()}
    assert {chat: row.locale for chat, row in rows.items()} == {"team": "en", "chat-ba": "vi"}
    assert "Hạn: " in rows["chat-ba"].message
    assert "Nhận việc" in rows["chat-ba"].message
    assert "Due: " in rows["team"].message
    assert "Nhận việc" not in rows["team"].message
    assert all("Dán áp phích" in row.message for row in rows.values())
