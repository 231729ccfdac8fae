"""Pages of what stood in replies alone: unclear messages, groups of villages, a training session, guides in use."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.features.demo import village
from bot.features.learning.tables import TrainingSession
from bot.features.rights.table import LEADER, OFFICER
from bot.office.desk.visit import HOME
from bot.storage.core_tables.outbox import OutboxRow

from . import full_house
from .news_room import NewsRoom, news_room

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewsRoom]:
    async with news_room(tmp_path_factory.mktemp("pages")) as made:
        await full_house.fill(made)
        yield made


async def test_an_unclear_message_is_decided_for_its_group_alone(room: NewsRoom) -> None:
    lan = await room.official(OFFICER)
    row = await OutboxRow.filter(state="uncertain").first()
    assert row is not None
    await lan.reads(f"{HOME}/thong-bao/TB-0001")
    assert f"{HOME}/thong-bao/TB-0001/chua-ro" in lan.page
    await lan.reads(f"{HOME}/thong-bao/TB-0001/chua-ro")
    assert "lời thông báo" in lan.words
    await lan.press("Nhóm đã nhận")
    await row.refresh_from_db()
    assert row.decision == "received"
    assert "đều rõ đã tới hay chưa" in await lan.reads(f"{HOME}/thong-bao/TB-0001/chua-ro")


async def test_a_village_goes_on_in_another_of_its_groups(room: NewsRoom) -> None:
    lan = await room.official(OFFICER)
    words = await lan.reads(f"{HOME}/kenh")
    assert "“Nhóm cũ” trên Zalo (thôn đã chuyển sang kênh khác)" in words
    assert "Dùng lại Zalo" in words
    await lan.press("Web: Nhóm mới")
    assert "sang nhóm “Nhóm mới” trên Web?" in lan.words
    await lan.press("Chuyển")
    assert "chỉ vào nhóm “Nhóm mới” trên Web" in lan.words
    assert "“Nhóm thứ hai” trên Telegram (thôn đã chuyển sang kênh khác)" in await lan.reads(f"{HOME}/kenh")


async def test_a_group_on_a_messenger_that_does_not_run_is_no_way_on(room: NewsRoom) -> None:
    lan = await room.official(OFFICER)
    await lan.reads(f"{HOME}/kenh")
    await lan.press("Zalo: Nhóm cũ")
    await lan.press("Chuyển")
    assert "Nhóm này không dùng được nữa." in lan.words


async def test_a_training_session_has_a_page_with_all_that_its_trainer_does(room: NewsRoom) -> None:
    lan = await room.official(OFFICER)
    closed = await TrainingSession.filter(state="closed").first()
    assert closed is not None
    await lan.reads(f"{HOME}/tap-huan")
    assert f"{HOME}/tap-huan/{closed.id}" in lan.page
    words = await lan.reads(f"{HOME}/tap-huan/{closed.id}")
    assert "Người ngồi dự: 20." in words
    await lan.press("Xuất Excel")
    assert "Đang soạn tệp Excel" in lan.words
    await lan.reads(f"{HOME}/tap-huan/99999", status=404)


async def test_guides_in_use_are_counted_and_small_counts_hidden(room: NewsRoom) -> None:
    lan = await room.official(OFFICER)
    words = await lan.reads(f"{HOME}/bai-duoc-xem")
    assert "5 lượt bắt đầu, xem xong: ẩn" in words
    assert f"{HOME}/bai-duoc-xem?bai={full_house.GUIDE}" in lan.page
    words = await lan.reads(f"{HOME}/bai-duoc-xem?bai={full_house.GUIDE}")
    assert "thôn Lạc Hiền: 5" in words
    await lan.press("Vẽ biểu đồ")
    assert "Đang vẽ biểu đồ" in lan.words
    await lan.reads(f"{HOME}/bai-duoc-xem?bai=khong-co", status=404)


async def test_what_changed_in_indicators_is_a_link_away_from_the_targets(room: NewsRoom) -> None:
    lan = await room.official(OFFICER)
    await lan.reads(f"{HOME}/chi-tieu")
    assert f"{HOME}/chi-tieu/da-doi" in lan.page
    assert "chưa chỉ tiêu nào đổi" in await lan.reads(f"{HOME}/chi-tieu/da-doi")


async def test_who_has_no_right_to_them_sees_none(room: NewsRoom) -> None:
    leader = await room.office.person(LEADER, village.VILLAGE)
    async with room.office.seat() as seat:
        key = await room.bot.services.desk.offer(leader)
        await room.office.enters(seat, ma=key.link)
        for path in ("/kenh", "/bai-duoc-xem", "/thong-bao/TB-0001/chua-ro", "/chi-tieu/da-doi"):
            await seat.get(path)
            assert "Ghi số người dự" not in seat.words
            assert seat.address.startswith(f"{HOME}/vao") or seat.status == 403
