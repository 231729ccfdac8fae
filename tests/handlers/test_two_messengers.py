"""One commune on two messengers: people keep their guide, notices come once, villages move from one to the other."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.platform import ChatGone, PlatformError, Unreachable, WindowShut
from bot.core.text import Text
from bot.features.announcements import store
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.announcements.receipts.receipt import receipt
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.guides.contacts import Allowed
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.commune.group_moves import ComeBack, LeaveMessenger, MoveTo
from bot.handlers.kit.base import Content
from bot.handlers.kit.speaker import OpenMenu
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.people import Account as AccountRow
from bot.storage.tables.places import Channel as ChannelRow

from .two_messengers_world import CHAT, POOR, Two, two_messengers


@pytest.fixture
async def here(db: BaseDBAsyncClient, shipped: Content) -> Two:
    return await two_messengers(db, shipped)


async def links(here: Two, first: str, second: str, name: str = "Hoa") -> None:
    """She types the code of one messenger in the other."""
    talk, other = here.talk(first, name), here.talk(second, name)
    await talk.says("/lienket")
    if "Đồng ý" in talk.choices:
        await talk.picks("Đồng ý")
    found = re.search(r"/lienket ([A-Z0-9-]+)", talk.heard)
    assert found is not None, talk.heard
    await other.says(f"/lienket {found[1]}")
    assert "nay là một người" in other.heard


# People


@pytest.mark.parametrize(("first", "second"), [(CHAT, POOR), (POOR, CHAT)])
async def test_who_links_another_messenger_goes_on_with_the_guide_there(here: Two, first: str, second: str) -> None:
    """And comes back to the first one at the step that was reached on the second."""
    talk, other = here.talk(first, "Hoa"), here.talk(second, "Hoa")
    await talk.says("/start g_dien-thoai-co-ban")
    start = talk.heard
    await talk.picks(talk.choices[0])
    assert talk.heard != start
    here.clock.passes(minutes=1)
    await links(here, first, second)
    await other.says("tiếp tục")
    step = _first_line(other.heard)
    assert step in "\n".join(here.texts(first, "chat-hoa"))
    assert step != _first_line(start)
    here.clock.passes(minutes=1)
    await other.picks(other.choices[0])
    later = _first_line(other.heard)
    assert later != step
    await talk.says("tiếp tục")
    assert _first_line(talk.heard) == later


async def test_a_stranger_on_the_other_messenger_has_no_part_in_it(here: Two) -> None:
    await here.talk(CHAT, "Hoa").says("/start g_dien-thoai-co-ban")
    other = here.talk(POOR, "Hoa")
    await other.says("tiếp tục")
    assert "không có bài nào đang xem dở" in other.heard


def _first_line(heard: str) -> str:
    lines = [line for line in heard.splitlines() if line.strip() and not line.startswith("[")]
    return lines[0]


async def tells(here: Two, person_id: int, text: str = "Việc mới") -> None:
    async with in_transaction("default"):
        button = Button.to("Về menu", OpenMenu())
        assert await here.services.mail.tell(person_id, Text.verbatim(text), [button], key="k1", now=here.clock.now())


async def somebody(here: Two) -> int:
    await here.joins(CHAT, "Hoa", "leader", here.at.village)
    await links(here, CHAT, POOR)
    who = await people.who(Account(CHAT, "id-hoa"), here.clock.now())
    assert who.person_id is not None
    return who.person_id


async def test_a_notice_goes_to_the_cheapest_of_the_messengers_in_use(here: Two) -> None:
    person_id = await somebody(here)
    await tells(here, person_id)
    await here.works()
    assert here.texts(CHAT, "chat-hoa")[-1] == "Việc mới"
    assert "Việc mới" not in "".join(here.texts(POOR, "chat-hoa"))


async def test_a_messenger_that_nobody_opens_any_more_is_not_the_cheapest(here: Two) -> None:
    """The free one has not been used for a month: the notice goes where the person is."""
    person_id = await somebody(here)
    await AccountRow.filter(platform=CHAT).update(last_seen=here.clock.now() - timedelta(days=30))
    await tells(here, person_id)
    await here.works()
    assert "Việc mới" in here.texts(POOR, "chat-hoa")[-1]
    assert "Việc mới" not in "".join(here.texts(CHAT, "chat-hoa"))


@pytest.mark.parametrize("error", [ChatGone("blocked"), WindowShut("the vendor says so")])
async def test_a_notice_that_fails_goes_to_the_other_messenger_once(here: Two, error: PlatformError) -> None:
    """Its choices can be answered there by number."""
    person_id = await somebody(here)
    await here.works()
    await tells(here, person_id)
    here.worlds[CHAT].platform.faults.extend([error] * 5)
    await here.works()
    here.clock.passes(seconds=5)
    await here.works()
    got = [text for text in here.texts(POOR, "chat-hoa") if "Việc mới" in text]
    assert len(got) == 1
    assert "2. Về menu" in got[0], "there “1” is a choice of the question that stands above"
    other = here.talk(POOR, "Hoa")
    await other.says("2")
    assert "menu" in other.heard.lower() or other.choices
    sent = await OutboxRow.filter(announcement=0, state="sent", platform=POOR).values_list("message", flat=True)
    assert sum("Việc mới" in str(message) for message in sent) == 1


async def test_a_notice_of_an_unclear_fate_is_not_sent_a_second_way(here: Two) -> None:
    person_id = await somebody(here)
    await tells(here, person_id)
    here.worlds[CHAT].platform.faults.append(Unreachable("hangs", maybe_sent=True))
    await here.works()
    assert "Việc mới" not in "".join(here.texts(POOR, "chat-hoa"))


async def test_that_a_role_has_ended_is_said_on_every_messenger(here: Two) -> None:
    """One of them may be in other hands."""
    person_id = await somebody(here)
    async with in_transaction("default"):
        await here.services.tell_person(person_id, Text.verbatim("Vai trò đã hết."))
    await here.works()
    assert [here.texts(on, "chat-hoa")[-1] for on in (CHAT, POOR)] == ["Vai trò đã hết."] * 2
    # Where one of them cannot be reached the other does not hear it twice.
    here.worlds[CHAT].platform.faults.append(ChatGone("blocked"))
    async with in_transaction("default"):
        await here.services.tell_person(person_id, Text.verbatim("Có người thay bác."))
    await here.works()
    assert [text for text in here.texts(POOR, "chat-hoa") if "thay bác" in text] == ["Có người thay bác."]


# Villages


async def announces(here: Two, later: timedelta | None = None) -> Announcement:
    features, now = here.services.announcements, here.clock.now()
    lan = await people.who(Account(CHAT, "id-lan"), now)
    nam = await people.who(Account(CHAT, "id-nam"), now)
    async with in_transaction("default"):
        one = await features.drafts.create(
            here.at.commune, lan, now, title="Họp thôn", text="Mời bà con đi họp.", source="Ủy ban nhân dân xã",
            audience=Audience(every=True),
        )  # fmt: skip
        assert isinstance(one, Announcement)
        if later is not None:
            assert await features.drafts.set_plan(one, lan, now + later, now) is None
            one = await fresh(one)
        asked = await features.approval.ask(one, lan, Allowed(), now)
        assert isinstance(asked, Announcement), asked
        done = await features.approval.approve(asked, asked.version, nam, now)
    assert isinstance(done, Announcement), done
    return done


async def fresh(one: Announcement) -> Announcement:
    found = await store.get(one.id)
    assert found is not None
    return found


async def told_in(here: Two, one: Announcement) -> dict[str, str]:
    found = await receipt(one.id, here.clock.now().astimezone(VIETNAM).date())
    assert found is not None
    assert found.total == one.rows
    return {each.village: f"{each.target.chat.platform}:{each.state}" for each in found.deliveries}


@pytest.fixture
async def commune(here: Two) -> Two:
    """Lạc Hiền has a group on both messengers, Đông Cao only on the free one."""
    await here.joins(CHAT, "Lan", "officer", here.at.commune)
    await here.joins(CHAT, "Nam", "chair", here.at.commune)
    await here.has_group(CHAT, "g-lac", here.at.village)
    await here.has_group(POOR, "z-lac", here.at.village)
    await here.has_group(CHAT, "g-dong", here.at.other_village)
    return here


async def test_groups_without_a_title_are_named_by_village_and_messenger(here: Two) -> None:
    """A messenger that tells no titles made each of them “”."""
    for on, name in ((CHAT, "g-lac"), (POOR, "z-old"), (POOR, "z-lac")):
        await here.has_group(on, name, here.at.village)
        await ChannelRow.filter(native_id=name).update(title="")
        retired = {"active": False, "inactive_reason": channels.RETIRED}
        await ChannelRow.filter(native_id="z-old").update(**retired)
    lan = await here.joins(CHAT, "Lan", "officer", here.at.commune)
    await lan.says("/chuyenkenh")
    await lan.picks("thôn Lạc Hiền")
    for name in ("Nhóm Chat thôn Lạc Hiền", "Nhóm Poor thôn Lạc Hiền (1)", "Nhóm Poor thôn Lạc Hiền (2)"):
        assert f"• “{name}” trên" in lan.heard
    assert "“”" not in lan.heard
    await lan.picks("Poor: Nhóm Poor thôn Lạc Hiền (1)")
    assert "sang nhóm “Nhóm Poor thôn Lạc Hiền (1)” trên Poor" in lan.heard
    await lan.picks("Chuyển")
    await here.works()
    assert "đến nhóm “Nhóm Poor thôn Lạc Hiền (1)” trên Poor" in here.texts(CHAT, "g-lac")[-1]


async def test_the_whole_commune_leaves_a_blocked_messenger_in_one_step(commune: Two) -> None:
    """The plan that waits follows, both groups hear it once, and who has no other channel is named."""
    here = commune
    one = await announces(here, timedelta(hours=2))
    assert await told_in(here, one) == {"thôn Lạc Hiền": "chat:held", "thôn Đông Cao": "chat:held"}
    lan = here.talk(CHAT, "Lan")
    await lan.says("/chuyenkenh")
    assert "• Chat: 2 nhóm đang dùng." in lan.heard
    await lan.picks("Chuyển hết khỏi Chat")
    assert "• thôn Lạc Hiền: nhóm “Nhóm z-lac” trên Poor" in lan.heard
    assert "Chưa có kênh khác, vẫn ở Chat: thôn Đông Cao." in lan.heard
    await lan.picks("Chuyển 1 nơi")
    assert "✅ Đã chuyển 1 nơi khỏi Chat." in lan.heard
    assert await told_in(here, one) == {"thôn Lạc Hiền": "poor:held", "thôn Đông Cao": "chat:held"}
    await here.works()
    assert here.texts(CHAT, "g-lac") == [
        "Từ nay tin của xã cho thôn Lạc Hiền đến nhóm “Nhóm z-lac” trên Poor, không vào nhóm này nữa."
    ]
    assert here.texts(POOR, "z-lac") == [
        "Từ nay tin của xã cho thôn Lạc Hiền đến nhóm này, thay nhóm “Nhóm g-lac” trên Chat."
    ]
    here.clock.passes(hours=2, minutes=1)
    await here.works()
    assert await told_in(here, one) == {"thôn Lạc Hiền": "poor:sent", "thôn Đông Cao": "chat:sent"}
    assert len(here.texts(CHAT, "g-lac")) == 1
    # The same button again finds nobody else to move.
    await lan.forges(pack(LeaveMessenger(here.at.commune, CHAT, sure=True)))
    assert "Không còn nhóm nào để chuyển khỏi Chat." in lan.heard


async def test_and_comes_back_when_it_works_again(commune: Two) -> None:
    here = commune
    lan = here.talk(CHAT, "Lan")
    await lan.forges(pack(LeaveMessenger(here.at.commune, CHAT, sure=True)))
    await lan.picks("Dùng lại Chat")
    assert "✅ 1 nhóm trên Chat dùng lại được." in lan.heard
    one = await announces(here)
    await here.works()
    assert await told_in(here, one) == {"thôn Lạc Hiền": "chat:sent", "thôn Đông Cao": "chat:sent"}
    await lan.forges(pack(ComeBack(here.at.commune, CHAT)))
    assert "Không có nhóm nào trên Chat để dùng lại." in lan.heard


async def test_one_village_moves_and_what_waits_there_follows(commune: Two) -> None:
    """A notice that waits for the morning, too."""
    here = commune
    async with in_transaction("default"):
        message = Message(Text.verbatim("Tuần này thôn báo cáo giúp."), (Button.to("Về menu", OpenMenu()),))
        later = here.clock.now() + timedelta(hours=1)
        await here.services.outbox.add(
            Chat(CHAT, "g-lac", "group"), message, key="rd1", now=here.clock.now(), not_before=later
        )
    lan = here.talk(CHAT, "Lan")
    await lan.says("chuyển kênh")
    await lan.picks("thôn Lạc Hiền")
    await lan.picks("Poor: Nhóm z-lac")
    assert "Tin đang chờ cũng đi theo." in lan.heard
    await lan.picks("Chuyển")
    assert "✅ Từ nay tin của xã cho thôn Lạc Hiền chỉ vào nhóm “Nhóm z-lac” trên Poor." in lan.heard
    here.clock.passes(hours=1, minutes=1)
    await here.works()
    assert len([text for text in here.texts(POOR, "z-lac") if "Tuần này" in text]) == 1
    assert "Tuần này" not in "".join(here.texts(CHAT, "g-lac"))
    old = await channels.of_chat(CHAT, "g-lac")
    assert old is not None
    assert (old.active, old.reason) == (False, channels.RETIRED)


async def test_the_leader_moves_it_with_the_code_in_the_new_group(here: Two) -> None:
    await here.joins(CHAT, "Lan", "officer", here.at.commune)
    await here.has_group(CHAT, "g-lac", here.at.village)
    await here.joins(POOR, "Tú", "leader", here.at.village)
    tu = here.talk(POOR, "Tú", group="z-lac")
    await tu.says(f"/dangky {await here.code(here.at.village)}")
    assert "Thôn Lạc Hiền còn nhóm “Nhóm g-lac” trên Chat." in tu.heard
    stranger = here.talk(POOR, "Lạ", group="z-lac")
    await stranger.picks("Chuyển hẳn sang nhóm này")
    assert "✅" not in stranger.heard
    await tu.picks("Chuyển hẳn sang nhóm này")
    assert "✅ Từ nay tin của xã cho thôn Lạc Hiền chỉ vào nhóm" in tu.heard
    await here.works()
    assert "không vào nhóm này nữa" in here.texts(CHAT, "g-lac")[-1]
    assert any("không vào 1 nhóm cũ nữa" in text for text in here.texts(CHAT, "chat-lan"))


async def test_both_groups_may_stay_and_one_of_them_is_told(here: Two) -> None:
    await here.joins(CHAT, "Lan", "officer", here.at.commune)
    await here.joins(CHAT, "Nam", "chair", here.at.commune)
    await here.has_group(CHAT, "g-lac", here.at.village)
    await here.joins(POOR, "Tú", "leader", here.at.village)
    tu = here.talk(POOR, "Tú", group="z-lac")
    await tu.says(f"/dangky {await here.code(here.at.village)}")
    await tu.picks("Giữ cả hai")
    assert "tôi giữ cả hai nhóm" in tu.heard
    one = await announces(here)
    assert await told_in(here, one) == {"thôn Lạc Hiền": "chat:pending"}


async def test_only_officials_move_villages_and_a_lost_group_takes_nobody(commune: Two) -> None:
    here = commune
    hoa = here.talk(CHAT, "Hoa")
    await hoa.says("/chuyenkenh")
    assert "của cán bộ xã" in hoa.heard
    channel = await channels.of_chat(POOR, "z-lac")
    assert channel is not None
    for action in (LeaveMessenger(here.at.commune, CHAT, True), MoveTo(channel.id, True), ComeBack(1, CHAT)):
        await hoa.forges(pack(action))
        assert "✅" not in hoa.heard
    async with in_transaction("default"):
        await channels.left(POOR, "z-lac", channels.LEFT, here.clock.now())
    lan = here.talk(CHAT, "Lan")
    await lan.forges(pack(MoveTo(channel.id, True)))
    assert "Nhóm này không dùng được nữa" in lan.heard
    still = await channels.of_chat(CHAT, "g-lac")
    assert still is not None
    assert still.active


async def test_the_receipt_says_that_a_village_was_told_in_its_other_group(commune: Two) -> None:
    here = commune
    await here.has_group(POOR, "z-dong", here.at.other_village)
    here.worlds[CHAT].platform.faults.append(ChatGone("bot was kicked from the group chat"))
    one = await announces(here)
    await here.works()
    assert await told_in(here, one) == {"thôn Lạc Hiền": "chat:sent", "thôn Đông Cao": "poor:sent"}
    lan = here.talk(CHAT, "Lan")
    await lan.forges(pack(OpenReceipt(one.id)))
    assert "Đã chuyển tới 2/2 nhóm." in lan.heard
    assert "Nhóm chính không nhận được nên đã gửi sang nhóm khác: thôn Đông Cao." in lan.heard
    assert "Gửi lại nhóm bị lỗi" not in lan.choices


async def test_the_state_names_villages_without_any_channel(commune: Two) -> None:
    here = commune
    here.off[CHAT] = "BOT_CHAT_TOKEN: nobody knows this token"
    lan = here.talk(CHAT, "Lan")
    await lan.says("/trangthai")
    assert "⚠ Chat: đã tắt." in lan.heard
    assert "Chưa có kênh nào tới được: thôn Đông Cao." in lan.heard
    await lan.picks("Chuyển kênh của thôn")
    assert "Kênh của xã Yên Mô" in lan.heard
