"""/trangthai: an official learns in plain words what works, what runs out, and which groups are silent."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Usage
from bot.core.router import Router
from bot.features import channels
from bot.features.health import Health
from bot.features.outbox.rows import Rows
from bot.handlers import health
from bot.testing import FakePlatform, Talk, World
from tests.features.village import Places, places, somebody
from tests.kit import catalogues

TRANSLATE = catalogues().translate


@dataclass
class Commune:
    """Yên Mô and its officer; `off` is what the platforms' keeper knows."""

    world: World
    at: Places
    platform: FakePlatform
    off: dict[str, str] = field(default_factory=dict)

    async def asks(self, name: str = "lan", chat: str | None = None) -> Talk:
        talk = self.world.talk(name) if chat is None else self.world.talk(name, chat=chat, kind="group")
        await talk.says("/trangthai")
        return talk

    async def has_group(self, title: str, unit_id: int) -> None:
        made = await channels.register(self.platform.name, title, unit_id, "village", title, self.world.clock.now())
        assert isinstance(made, channels.Registered)

    async def lost(self, title: str) -> None:
        assert await channels.left(self.platform.name, title, channels.LEFT, self.world.clock.now())


@pytest.fixture
async def commune(db: BaseDBAsyncClient, platform: FakePlatform) -> Commune:
    off: dict[str, str] = {}
    planned = Rows(db, TRANSLATE).planned

    def router() -> Router:
        root = Router()
        root.include(health.build(health.HealthTalk(Health([platform], off, planned))))
        return root

    here = Commune(World(db, router, TRANSLATE, platform), await places(), platform, off)
    await somebody("lan", "officer", here.at.commune)
    await somebody("tu", "leader", here.at.village)
    return here


async def test_all_is_well_and_it_says_so(commune: Commune) -> None:
    talk = await commune.asks()
    assert "Chưa có nhóm nào của xã Yên Mô đăng ký." in talk.heard, "and not that all of them hear"
    await commune.has_group("Thôn Lạc Hiền", commune.at.village)
    talk = await commune.asks()
    assert "• Fake: đang chạy." in talk.heard
    assert "Các nhóm của xã Yên Mô đều nhận được tin." in talk.heard
    assert "⚠" not in talk.heard


@pytest.mark.parametrize(
    ("sent", "users", "warned"),
    [
        (2300, 39, ()),
        (2399, 39, ("Theo đà này, đến hết tháng cần khoảng 3.",)),
        (2400, 39, ("chỉ còn 600 tin",)),
        (3000, 40, ("chỉ còn 0 tin", "sắp hết chỗ")),
    ],
)
async def test_a_plan_that_comes_to_its_end_is_said_in_time(
    commune: Commune, sent: int, users: int, warned: tuple[str, ...]
) -> None:
    commune.platform.used = Usage(sent, 3000, users, 50, 1, 3)
    talk = await commune.asks()
    shown = f"{sent:,}".replace(",", ".")
    assert f"Tháng này đã gửi {shown} trên 3.000 tin." in talk.heard
    assert f"Đã gặp {users} trên 50 người, 1 trên 3 nhóm." in talk.heard
    assert talk.heard.count("⚠") == len(warned)
    assert all(words in talk.heard for words in warned)


async def test_a_messenger_that_ended_is_named_with_its_reason(commune: Commune) -> None:
    commune.off["fake"] = "BOT_FAKE_TOKEN: nobody knows this token"
    talk = await commune.asks()
    assert "⚠ Fake: đã tắt." in talk.heard
    assert "BOT_FAKE_TOKEN: nobody knows this token" in talk.heard
    assert "đang chạy" not in talk.heard


async def test_a_group_that_gets_nothing_is_named_with_what_to_do(commune: Commune) -> None:
    for title, unit in (("Thôn Lạc Hiền", commune.at.village), ("Thôn Đông Cao", commune.at.other_village)):
        await commune.has_group(title, unit)
    await commune.has_group("Thôn Phú Long", commune.at.far_village)
    await commune.lost("Thôn Đông Cao")
    await commune.lost("Thôn Phú Long")
    talk = await commune.asks()
    assert "Nhóm của xã Yên Mô không nhận được tin:" in talk.heard
    assert "• Thôn Đông Cao (Fake): tôi không còn trong nhóm" in talk.heard
    assert "nhờ Tổ trưởng thêm tôi vào lại" in talk.heard
    assert "Lạc Hiền" not in talk.heard
    assert "Phú Long" not in talk.heard, "another commune's group"


async def test_it_is_for_officials_and_in_private(commune: Commune) -> None:
    for name in ("tu", "hoa"):
        assert (await commune.asks(name)).heard.startswith("Trạng thái của bot chỉ mở cho cán bộ xã.")
    talk = await commune.asks("lan", chat="nhom")
    assert "cuộc trò chuyện riêng" in talk.heard
    assert "đang chạy" not in talk.heard


async def test_the_words_do_as_well_as_the_command(commune: Commune) -> None:
    talk = commune.world.talk("lan")
    await talk.says("trang thai")
    assert "đang chạy" in talk.heard


async def test_what_is_counted_without_a_limit_is_said_without_one(commune: Commune) -> None:
    commune.platform.used = Usage(1234, None)
    talk = await commune.asks()
    assert "Tháng này đã gửi 1.234 tin." in talk.heard
    assert "Đã gặp" not in talk.heard
    assert "⚠" not in talk.heard


async def test_how_the_month_will_end_is_said_before_it_does(commune: Commune) -> None:
    commune.platform.used = Usage(600, 3000)
    talk = await commune.asks()
    assert "Theo đà này, đến hết tháng gửi khoảng 762 tin." in talk.heard
    assert "⚠" not in talk.heard
