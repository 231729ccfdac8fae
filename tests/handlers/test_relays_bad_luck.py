"""What goes wrong with who pastes announcements: each is answered with one plain sentence, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.platform import ChatGone
from bot.features.announcements.relays.actions import TellNotPasted, TellPasted
from bot.features.people import people
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import Announcement, RelayAsk
from bot.storage.tables.people import Person
from bot.storage.tables.places import Channel
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard
from .test_relays import NOT_PASTED, PASTED, TEXT, asked, fails, minutes, seen, sent, states
from .test_two_messengers import announces, links
from .two_messengers_world import CHAT, POOR, two_messengers

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Tu leads Lạc Hiền and Mai is the deputy; its group takes no bots."""
    made = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await somebody("mai", "deputy", made.at.village, made.world.clock.now())
    return made


async def test_who_pastes_for_two_villages_says_which_and_each_is_counted_for_itself(here: Yard) -> None:
    await Channel.filter(native_id=DONG_CAO).delete()
    person = await Person.get(name="tu")
    await people.grant(person.id, "leader", here.at.other_village, here.world.clock.now())
    _, tu, _ = await sent(here)
    assert "nhóm của thôn Lạc Hiền" in "\n".join(here.texts("chat-tu"))
    assert "nhóm của thôn Đông Cao" in "\n".join(here.texts("chat-tu"))
    await tu.says("đã dán")
    assert "Bác đã dán tin nào vào nhóm?" in tu.heard
    assert tu.choices == ["TB-0001, thôn Lạc Hiền", "TB-0001, thôn Đông Cao"]
    await tu.picks("TB-0001, thôn Đông Cao")
    assert "Đã ghi: thôn Đông Cao có TB-0001" in tu.heard
    assert (await seen(here)).reached == 1
    await tu.says("dán rồi")
    assert "Đã ghi: thôn Lạc Hiền có TB-0001" in tu.heard
    assert (await seen(here)).reached == 2


async def test_the_leader_of_another_village_is_told_that_somebody_else_is_asked(here: Yard) -> None:
    await somebody("cao", "leader", here.at.other_village, here.world.clock.now())
    await sent(here)
    ask, cao = await RelayAsk.get(), here.world.talk("cao")
    for action in (TellPasted(ask.id), TellNotPasted(ask.id)):
        await cao.forges(pack(action))
        assert cao.heard.count("Tin này đang nhờ người khác dán, không phải bác") == 1
    assert await states(here) == {"tu": "asked"}


async def test_what_was_stopped_or_has_expired_is_a_sentence_and_no_paste(here: Yard) -> None:
    _, tu, _ = await sent(here)
    await Announcement.filter(number=1).update(expires_at=here.world.clock.now() + timedelta(minutes=1))
    here.world.clock.passes(minutes=2)
    await tu.says("chưa dán được")
    assert "TB-0001 đã hết hạn nên không cần dán nữa." in tu.heard
    assert await states(here) == {"tu": "asked"}
    await tu.says("đã dán")
    assert "Tôi ghi bác đã dán TB-0001. Tin đã hết hạn nên bác không cần làm gì thêm." in tu.heard
    assert (await seen(here)).reached == 2, "what was done is known, however late it is said"
    await tu.says("bấm nhầm")
    assert await states(here) == {"tu": "refused"}
    await Announcement.filter(number=1).update(state="cancelled", expires_at=None)
    await tu.says("đã dán")
    assert "Xã đã dừng TB-0001. Nếu đã dán, bác xóa tin ấy khỏi nhóm của thôn Lạc Hiền giúp xã." in tu.heard
    assert await states(here) == {"tu": "pasted"}


async def test_who_pasted_what_was_stopped_keeps_nobody_else_from_hearing_of_it(here: Yard) -> None:
    """The stop is told by the worker, some seconds later, to everybody who has the words."""
    _, tu, _ = await sent(here)
    await minutes(here, 16)
    await Announcement.filter(number=1).update(state="cancelled")
    await tu.says("đã dán")
    assert "Xã đã dừng TB-0001" in tu.heard
    await minutes(here, 0.5)
    assert "Xã đã dừng tin TB-0001" in here.texts("chat-mai")[-1]
    assert await states(here) == {"tu": "pasted", "mai": "withdrawn"}


async def test_that_it_could_not_be_pasted_is_answered_each_time(here: Yard) -> None:
    _, tu, mai = await sent(here)
    ask = await RelayAsk.get()
    for _ in range(2):
        await tu.forges(pack(TellNotPasted(ask.id)))
        assert "Tôi nhờ người khác của thôn Lạc Hiền" in tu.heard
    await tu.says("chưa dán được")
    assert "Tôi nhờ người khác của thôn Lạc Hiền" in tu.heard
    assert await states(here) == {"tu": "refused", "mai": "asked"}
    await here.sends()
    await mai.says("đã dán")
    await tu.forges(pack(TellNotPasted(ask.id)))
    assert "Tôi ghi rồi: thôn Lạc Hiền có TB-0001 từ lúc" in tu.heard
    assert "qua mai" in tu.heard


async def test_who_is_not_needed_any_more_hears_so_whatever_they_press(here: Yard) -> None:
    _, tu, mai = await sent(here)
    ask = await RelayAsk.get()
    await minutes(here, 16)
    await mai.picks(PASTED)
    await tu.forges(pack(TellNotPasted(ask.id)))
    assert "Tôi ghi rồi: thôn Lạc Hiền có TB-0001 từ lúc" in tu.heard
    assert await states(here) == {"tu": "withdrawn", "mai": "pasted"}


async def test_a_leader_who_was_not_asked_hears_that_nothing_waits(here: Yard) -> None:
    """Of another village, or before anything was sent; a resident's words are somebody else's to understand."""
    await somebody("cao", "leader", here.at.other_village, here.world.clock.now())
    cao, tu, dan = here.world.talk("cao"), here.world.talk("tu"), here.world.talk("dan")
    await tu.says("đã dán")
    assert "Tôi không thấy tin nào đang nhờ bác dán vào nhóm" in tu.heard
    await sent(here)
    for words in ("đã dán", "chưa dán được", "đã dán TB-0001"):
        await cao.says(words)
        assert "Tôi không thấy tin nào đang nhờ bác dán vào nhóm" in cao.heard
    await dan.says("đã dán")
    assert "nhờ bác dán" not in dan.heard
    assert await states(here) == {"tu": "asked"}


async def test_who_names_the_announcement_answers_for_that_one_only(here: Yard) -> None:
    _, tu, _ = await sent(here)
    await tu.says("đã dán TB-0007")
    assert "Tôi không nhờ bác dán TB-0007 vào nhóm nào." in tu.heard
    assert await states(here) == {"tu": "asked"}
    await tu.says("chưa dán được tb 1")
    assert "bác chưa dán được TB-0001" in tu.heard
    await tu.says("đã dán TB-0001 rồi")
    assert "thôn Lạc Hiền có TB-0001 lúc" in tu.heard
    assert await states(here) == {"tu": "pasted", "mai": "withdrawn"}


async def test_a_thumb_much_later_says_nothing_about_it(here: Yard) -> None:
    _, tu, _ = await sent(here)
    here.world.clock.passes(seconds=timedelta(days=5).total_seconds())
    await tu.says("👍")
    assert await states(here) == {"tu": "asked"}
    await tu.says("đã dán")
    assert await states(here) == {"tu": "pasted"}


async def test_the_words_that_come_back_say_what_is_to_be_done_with_them_now(here: Yard) -> None:
    _, tu, _ = await sent(here)
    words = next(text for text in here.texts("chat-tu") if text.startswith("Ủy ban nhân dân"))
    await Announcement.filter(number=1).update(expires_at=here.world.clock.now() + timedelta(minutes=1))
    await tu.picks(PASTED)
    await tu.says(words)
    assert "Bác chuyển nhầm tin TB-0001 về đây. Thôn Lạc Hiền có tin từ lúc 15 giờ, qua tu" in tu.heard
    assert PASTED not in tu.heard
    here.world.clock.passes(minutes=2)
    await tu.says(words)
    assert "TB-0001 đã hết hạn nên không cần dán nữa" in tu.heard
    await Announcement.filter(number=1).update(state="cancelled", expires_at=None)
    await tu.says(words)
    assert "Xã đã dừng TB-0001. Nếu đã dán, bác xóa tin ấy" in tu.heard


async def test_the_words_that_come_back_without_a_link_are_known_too(here: Yard) -> None:
    """Where the commune has no public address nothing but the words says what it is."""
    _, tu, _ = await sent(here)
    words = next(text for text in here.texts("chat-tu") if text.startswith("Ủy ban nhân dân"))
    await tu.says(words)
    assert "Bác chuyển nhầm tin TB-0001 về đây. Nhờ bác chuyển vào nhóm của thôn Lạc Hiền" in tu.heard
    await tu.picks(PASTED)
    assert await states(here) == {"tu": "pasted"}
    stranger = here.world.talk("dan")
    await stranger.says(words)
    assert "Bác chuyển nhầm" not in stranger.heard
    assert TEXT.splitlines()[0] in words


async def test_a_former_leader_says_both_and_the_present_one_is_asked_all_the_same(here: Yard) -> None:
    await here.world.talk("tu").says("menu")
    _, tu, _ = await sent(here)
    person = await Person.get(name="tu")
    assert await people.end_all(person.id, "leader", here.at.village, here.world.clock.now())
    await tu.picks(NOT_PASTED)
    assert "Tôi nhờ người khác của thôn Lạc Hiền" in tu.heard
    assert await states(here) == {"tu": "refused", "mai": "asked"}
    await tu.says("đã dán")
    assert "Đã ghi: thôn Lạc Hiền có TB-0001" in tu.heard
    assert await states(here) == {"tu": "pasted", "mai": "withdrawn"}


async def test_who_blocks_the_bot_after_the_words_came_is_heard_when_they_are_back(here: Yard) -> None:
    """The reminder fails; the stand-in is asked in time, and nobody is written to again and again."""
    _, tu, _ = await sent(here)
    tried = fails(here, "chat-tu", ChatGone("blocked"))
    await minutes(here, 16)
    assert await states(here) == {"tu": "silent", "mai": "asked"}
    assert len(tried) <= 1
    del here.world.platform.send
    await tu.says("đã dán")
    assert await states(here) == {"tu": "pasted", "mai": "withdrawn"}


async def test_the_only_one_who_blocks_the_bot_is_on_the_list_to_telephone(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await Person.filter(name="tu").update(phone="0912345678")
    _, nam = await asked(here)
    fails(here, "chat-tu", ChatGone("blocked"))
    await nam.picks("Duyệt")
    await here.sends()
    await minutes(here, 0.5)
    assert await states(here) == {"tu": "withdrawn"}
    assert "1 thôn chưa có người dán" in here.texts("chat-lan")[-1]


async def test_who_has_two_messengers_is_asked_on_one_and_heard_on_the_other(
    db: BaseDBAsyncClient, shipped: Content
) -> None:
    here = await two_messengers(db, shipped)
    await here.joins(CHAT, "Lan", "officer", here.at.commune)
    await here.joins(CHAT, "Nam", "chair", here.at.commune)
    await here.joins(CHAT, "Hoa", "leader", here.at.village)
    await links(here, CHAT, POOR)
    await here.works()
    before = len(here.texts(POOR, "chat-hoa"))
    await announces(here)
    await here.works()
    assert "nhóm của thôn Lạc Hiền" in here.texts(CHAT, "chat-hoa")[-1]
    assert len(here.texts(POOR, "chat-hoa")) == before, "the same person is asked once"
    other = here.talk(POOR, "Hoa")
    await other.says("đã dán")
    assert (await RelayAsk.get()).state == "pasted"
    talk = here.talk(CHAT, "Hoa")
    await talk.says("đã dán")
    assert "Tôi ghi rồi: thôn Lạc Hiền có TB-0001" in talk.heard
