"""What an outage left unclear is decided in at most three presses, however many groups it was."""

from __future__ import annotations

from datetime import date

import pytest
from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.text import Text
from bot.features import units
from bot.features.announcements.model import package
from bot.features.announcements.receipts.incidents import incidents
from bot.features.groups import channels
from bot.features.outbox import bodies
from bot.features.outbox.states import CUT_OFF
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement, AnnouncementTarget
from bot.testing import Participant
from tests.handlers.test_receipts import Sent, opened, sent

__all__ = ["sent"]

MORE = 30


async def more_groups(sent: Sent) -> None:
    """As many villages more have their row."""
    name, now = sent.world.platform.name, sent.world.clock.now()
    for n in range(MORE):
        village = await units.create(f"v{n}", "thôn", f"Số {n}", parent="yen-mo", valid_from=date(2025, 7, 1))
        made = await channels.register(name, f"g{n}", village.id, "village", f"Nhóm {n}", now)
        assert isinstance(made, channels.Registered)
        target = await AnnouncementTarget.create(
            announcement_id=sent.id, channel_id=made.channel.id, unit_id=village.id, platform=name, native_id=f"g{n}"
        )
        sent.targets.append(target)
        async with in_transaction("default"):
            key = package(sent.id, made.channel.id)
            await sent.box.add(
                Chat(name, f"g{n}", "group"), Message(Text.verbatim("Tối nay họp.")), key=key, now=now,
                klass="routine", announcement=sent.id,
            )  # fmt: skip
    await OutboxRow.all().update(state="sent", updated_at=now)


async def unclear(sent: Sent, groups: range, reason: str, seconds: float) -> None:
    """These became unclear one after the other, in so many seconds from now on."""
    for n in groups:
        sent.world.clock.passes(seconds=seconds / len(groups))
        await sent.is_now(f"g{n}", "uncertain", reason)


async def outage_and_kills(sent: Sent) -> None:
    await more_groups(sent)
    await unclear(sent, range(15), "no answer", 600)
    for kill in range(3):
        sent.world.clock.passes(minutes=30)
        await unclear(sent, range(15 + 5 * kill, 20 + 5 * kill), CUT_OFF, 0)


async def decided(talk: Participant, *labels: str) -> None:
    assert len(labels) <= 3
    for label in labels:
        await talk.picks(label)


async def test_an_outage_is_one_line_of_the_receipt(sent: Sent) -> None:
    await more_groups(sent)
    await unclear(sent, range(25), "no answer", 600)
    lan = await opened(sent)
    assert "Mất mạng 15:00–15:10, 25 nhóm chưa rõ đã có tin chưa: thôn Số 0, thôn Số 1" in lan.heard
    assert "và 20 nơi nữa" in lan.heard
    assert lan.heard.count("chưa rõ") == 1 + lan.heard.count("Quyết định tin chưa rõ")


async def test_an_outage_and_three_kills_are_sent_again_in_two_presses(sent: Sent) -> None:
    await outage_and_kills(sent)
    lan = await opened(sent)
    await decided(lan, "Quyết định tin chưa rõ (30)", "Gửi lại tất cả")
    assert "Tôi gửi lại 30 tin, ghi rõ “(gửi lại)” ở đầu tin." in lan.heard
    repeats = await OutboxRow.filter(resend_of__gt=0)
    assert len({row.chat_id for row in repeats}) == len(repeats) == 30
    assert all("(gửi lại)" in message.text.plain for message in await bodies.messages_of(repeats))
    assert not incidents(await sent.receipt())


async def test_all_of_them_have_it(sent: Sent) -> None:
    await outage_and_kills(sent)
    lan = await opened(sent)
    await decided(lan, "Quyết định tin chưa rõ (30)", "Các nhóm đã có cả")
    assert "Đã ghi: 30 tin nhóm đã nhận được." in lan.heard
    assert "Đã chuyển tới 32/32 nhóm." in lan.heard
    assert await OutboxRow.filter(resend_of__gt=0).count() == 0


async def test_one_of_several_incidents_is_decided_alone(sent: Sent) -> None:
    await outage_and_kills(sent)
    lan = await opened(sent)
    await decided(lan, "Quyết định tin chưa rõ (30)", "Máy tắt giữa chừng 15:40", "Các nhóm đã có cả")
    assert "Đã ghi: 5 tin nhóm đã nhận được." in lan.heard
    assert [len(one.parts) for one in incidents(await sent.receipt())] == [15, 5, 5]


async def test_group_by_group(sent: Sent) -> None:
    await more_groups(sent)
    await unclear(sent, range(2), "no answer", 10)
    lan = await opened(sent)
    await decided(lan, "Quyết định tin chưa rõ (2)", "Chọn từng nhóm", "Nhóm đã nhận")
    assert "Còn 1 tin chưa rõ đã tới chưa." in lan.heard
    assert "Thôn Số 1" in lan.heard


async def test_what_became_unclear_after_it_was_shown_is_not_decided_with_it(sent: Sent) -> None:
    await more_groups(sent)
    await unclear(sent, range(3), "no answer", 10)
    lan = await opened(sent)
    await lan.picks("Quyết định tin chưa rõ (3)")
    sent.world.clock.passes(minutes=1)
    await unclear(sent, range(3, 6), "no answer", 10)
    await lan.picks("Các nhóm đã có cả")
    assert [len(one.parts) for one in incidents(await sent.receipt())] == [3]


async def test_the_second_press_finds_nothing_and_a_leader_may_be_first(sent: Sent) -> None:
    await more_groups(sent)
    await unclear(sent, range(3), "no answer", 10)
    lan = await opened(sent)
    await lan.picks("Quyết định tin chưa rõ (3)")
    target = next(one for one in sent.targets if one.native_id == "g0")
    await sent.group("g0", "Sáu").forges(f"tn|{sent.id}|{target.id}")
    nam = sent.world.talk("lan")
    await lan.picks("Gửi lại tất cả")
    assert "Tôi gửi lại 2 tin" in lan.heard
    await nam.forges(f"tz2|{sent.id}|resend|0|4000000000|")
    assert "đã có người quyết định" in nam.heard
    assert await OutboxRow.filter(resend_of__gt=0).count() == 2


async def test_nothing_is_sent_again_of_what_was_stopped_but_all_may_be_noted(sent: Sent) -> None:
    await more_groups(sent)
    await unclear(sent, range(3), "no answer", 10)
    await Announcement.filter(id=sent.id).update(state="cancelled")
    lan = await opened(sent)
    await decided(lan, "Quyết định tin chưa rõ (3)", "Gửi lại tất cả")
    assert "đã dừng, không gửi thêm được" in lan.heard
    await lan.picks("Các nhóm đã có cả")
    assert "Đã ghi: 3 tin" in lan.heard


@pytest.mark.parametrize("data", ["resend|-5|99999999999999|", "sell|0|1|", "received|0|0|x"])
async def test_a_forged_press_decides_nothing(sent: Sent, data: str) -> None:
    await more_groups(sent)
    lan = sent.world.talk("lan")
    await lan.forges(f"tz2|{sent.id}|{data}")
    assert lan.heard
    assert await OutboxRow.filter(resend_of__gt=0).count() == 0
    stranger = sent.world.talk("Lạ")
    await unclear(sent, range(2), "no answer", 1)
    await stranger.forges(f"tz2|{sent.id}|received|0|4000000000|")
    assert len(incidents(await sent.receipt())) == 1


async def test_messages_far_apart_in_time_are_two_incidents(sent: Sent) -> None:
    await more_groups(sent)
    await unclear(sent, range(2), "no answer", 1)
    sent.world.clock.passes(minutes=11)
    await unclear(sent, range(2, 4), "no answer", 1)
    assert [len(one.parts) for one in incidents(await sent.receipt())] == [2, 2]
