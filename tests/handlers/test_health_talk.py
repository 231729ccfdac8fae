"""/trangthai: an official learns in plain words what works, what runs out, and which groups are silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.core.platform import Usage
from bot.core.probing import Probe
from bot.core.router import Router
from bot.features.audit import Audit
from bot.features.doctor.diagnosis import Diagnosis, bad, good, soon
from bot.features.doctor.kept import Examination
from bot.features.groups import channels
from bot.features.health import Health
from bot.features.outbox.rows import Rows
from bot.handlers.commune import health
from bot.storage.core_tables.conversation import Pause
from bot.storage.probes import ProbeStore
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform, Participant, World
from tests.features.village import KEY, Places, places, somebody
from tests.kit import catalogues

TRANSLATE = catalogues().translate


@dataclass
class Commune:
    """Yên Mô and its officer; `off` is what the platforms' keeper knows."""

    world: World
    at: Places
    platform: FakePlatform
    off: dict[str, str] = field(default_factory=dict)
    woken: list[bool] = field(default_factory=list)
    examined: list[Examination] = field(default_factory=list)

    def found(self, *diagnoses: Diagnosis) -> None:
        self.examined[:] = [Examination(at=self.world.clock.now(), version="1", found=diagnoses)]

    async def asks(self, name: str = "lan", chat: str | None = None) -> Participant:
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
    woken: list[bool] = []
    examined: list[Examination] = []
    planned = Rows(db, TRANSLATE).planned

    async def last() -> Examination | None:
        return examined[-1] if examined else None

    def router() -> Router:
        root = Router()
        talk = health.HealthConversation(
            Health([platform], off, planned), Audit(KEY), lambda: woken.append(True), examined=last
        )
        root.include(health.build(talk))
        return root

    here = Commune(World(db, router, TRANSLATE, platform), await places(), platform, off, woken, examined)
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


async def test_what_is_wrong_with_the_machine_is_said_with_its_mend_the_worst_first(commune: Commune) -> None:
    commune.found(
        good("disk", "Ổ đĩa còn nhiều chỗ."),
        soon("certificate", "Chứng chỉ còn {days} ngày.", "Gia hạn: `certbot renew`.", days=15),
        bad("backup", "Chưa có bản sao lưu nào.", "Gõ lệnh `backup --every`."),
        bad("plan", "Hết tin của tháng.", "Gửi bớt."),
    )
    heard = (await commune.asks()).heard
    assert "Máy chạy bot (xem lúc 15:00 24/11). Bác chuyển các dòng này cho người phụ trách máy:" in heard
    assert "⚠ Chưa có bản sao lưu nào. Gõ lệnh backup --every." in heard
    assert "• Chứng chỉ còn 15 ngày. Gia hạn: certbot renew." in heard
    assert heard.index("sao lưu") < heard.index("Chứng chỉ")
    assert "nhiều chỗ" not in heard
    assert "Hết tin" not in heard, "the messengers' own lines say that"


async def test_a_machine_in_order_is_one_line_and_none_where_nobody_looked(commune: Commune) -> None:
    assert "Máy chạy bot" not in (await commune.asks()).heard
    commune.found(good("disk", "Ổ đĩa còn nhiều chỗ."))
    assert "Máy chạy bot: tôi xem lúc 15:00 24/11, không có gì phải sửa." in (await commune.asks()).heard


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


async def _pauses(commune: Commune) -> None:
    """For the third time in a row, two minutes ago."""
    now = commune.world.clock.now()
    pause = Probe("fake", now - timedelta(minutes=9), now + timedelta(minutes=13), 3)
    assert await ProbeStore().swap_probe("fake", None, pause)


async def test_a_messenger_that_takes_nothing_is_named_with_the_next_try_and_can_be_tried_at_once(
    commune: Commune,
) -> None:
    await _pauses(commune)
    talk = await commune.asks()
    assert "⚠ Fake: từ 14h51 tạm không nhận tin của tôi. Tôi thử lại lúc 15h13, tin khẩn đi trước" in talk.heard
    assert "đang chạy" not in talk.heard
    await talk.picks("Gửi lại ngay")
    assert "Tôi gửi lại qua Fake ngay bây giờ." in talk.heard
    assert commune.woken
    probe = await ProbeStore().probe("fake")
    assert probe is not None
    assert probe.until <= commune.world.clock.now()
    assert probe.refusals == 0
    assert (await AuditRow.get(act="pause_lifted")).object == "platform:fake"
    talk = await commune.asks()
    assert "Có tin là tôi thử lại ngay." in talk.heard


async def test_the_pause_is_lifted_by_words_too_and_by_officials_alone(commune: Commune) -> None:
    talk = commune.world.talk("lan")
    await talk.says("gửi lại ngay")
    assert "Không ứng dụng nào đang tạm dừng" in talk.heard
    await _pauses(commune)
    for name in ("tu", "hoa"):
        other = commune.world.talk(name)
        await other.says("/guilaingay")
        assert "chỉ cán bộ xã" in other.heard
    probe = await ProbeStore().probe("fake")
    assert probe is not None
    assert probe.refusals == 3
    await talk.says("gửi lại ngay")
    assert "Tôi gửi lại qua Fake ngay bây giờ." in talk.heard


async def test_a_wait_that_the_messenger_has_named_is_said_and_not_lifted(commune: Commune) -> None:
    await Pause.create(platform="fake", chat_id="", until=commune.world.clock.now() + timedelta(hours=10))
    talk = await commune.asks()
    assert "⚠ Fake: phải chờ đến 1h00 25/11/2026 mới được gửi tiếp." in talk.heard
    assert "Gửi lại ngay" not in talk.heard


async def test_where_nothing_is_kept_for_the_bot_it_is_said_with_what_helps(commune: Commune) -> None:
    assert "không giữ tin" not in (await commune.asks()).heard
    kinds = commune.platform.capabilities
    commune.platform.capabilities = {kind: replace(caps, keeps=False) for kind, caps in kinds.items()}
    talk = await commune.asks()
    assert "• Fake: đang chạy." in talk.heard
    assert "ứng dụng không giữ tin cho tôi. Bác nhờ người phụ trách máy đặt BOT_PUBLIC_URL" in talk.heard
    commune.off["fake"] = "BOT_FAKE_TOKEN: nobody knows this token"
    assert "không giữ tin" not in (await commune.asks()).heard


async def test_groups_of_a_messenger_that_takes_nothing_are_not_said_to_hear(commune: Commune) -> None:
    """Mechanism: a group hears where it is open and its messenger carries; only the first was asked for."""
    await commune.has_group("Thôn Lạc Hiền", commune.at.village)
    await _pauses(commune)
    talk = await commune.asks()
    assert "đều nhận được tin" not in talk.heard
    assert "Nhóm của xã Yên Mô ở Fake lúc này chưa nhận được tin." in talk.heard
