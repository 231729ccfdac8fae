"""A message that was changed after it was sent replaces what still waits; else it is said once that it is not read."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.handlers.kit.base import Content
from bot.storage.tables.help import HelpMessage, HelpRequest
from bot.testing import FakePlatform

from .help_world import CONSENT, STEP, Neighbours, neighbours

NOT_READ = "Tin đã sửa thì tôi không đọc lại"


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


async def test_an_edited_message_replaces_the_words_of_a_request_that_waits(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_yen-mo")
    await sau.says(STEP)
    await sau.picks("Tôi bị kẹt")
    await sau.says("màn hình nó đen thui")
    await sau.edits("x", "màn hình nó trắng tinh")
    assert "“màn hình nó trắng tinh”" in sau.heard
    assert "Bác có đồng ý không?" in sau.heard
    await sau.picks(CONSENT)
    await sau.says("bấm mật khẩu nó báo sai")
    await sau.edits("x", "bấm mật khẩu mới nó báo sai")
    await sau.picks("thôn Lạc Hiền")
    await sau.picks("Bỏ qua")
    assert [row.text for row in await HelpMessage.all()] == ["màn hình nó trắng tinh\nbấm mật khẩu mới nó báo sai"]


async def test_an_edit_that_replaces_nothing_is_said_once_not_to_be_read(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.edits("x", "giúp tôi cài vneid")
    assert NOT_READ in sau.heard
    await sau.edits("x", "giúp tôi cài vneid với")
    assert sau.heard == ""
    village.world.clock.passes(days=2)
    await sau.edits("x", "giúp tôi cài vneid với nhé")
    assert NOT_READ in sau.heard


async def test_what_was_sent_already_stays_as_it_was(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says("giúp đỡ")
    await sau.picks(CONSENT)
    await sau.says("sổ sức khỏe của tôi ở đâu")
    await sau.edits("x", "sổ hồng của tôi ở đâu")
    assert NOT_READ in sau.heard
    assert [row.text for row in await HelpMessage.all()] == ["sổ sức khỏe của tôi ở đâu"]
    assert await HelpRequest.all().count() == 1


async def test_nobody_is_told_in_a_group_who_speaks_to_the_others(village: Neighbours) -> None:
    talk = village.world.talk("Bảy", chat="g1", kind="group")
    await talk.edits("x", "mai họp nhé", addressed=False)
    assert talk.heard == ""


async def test_an_edit_of_long_ago_replaces_nothing(village: Neighbours) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says(STEP)
    await sau.picks("Tôi bị kẹt")
    await sau.says("màn hình nó đen thui")
    await sau.edits("x", "chuyện hôm kia", ago_hours=30)
    assert NOT_READ in sau.heard
    assert "Nút này đã cũ" not in sau.heard
