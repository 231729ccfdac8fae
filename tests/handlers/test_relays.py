"""Villages without the bot in their group: the leader pastes what the commune sends, and says so."""

from __future__ import annotations

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import ChatGone, PlatformError, Sent, Unreachable, Usage
from bot.features.announcements import personal_data, store
from bot.features.announcements.actions import CorrectIt, OpenReceipt
from bot.features.announcements.receipts import evidence
from bot.features.announcements.receipts.receipt import Receipt, receipt
from bot.features.announcements.relays import village_groups
from bot.features.announcements.relays.actions import TellPasted
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.privacy.personal_table import Subject
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement, RelayAsk, RelayTarget
from bot.storage.tables.people import Account, Person
from bot.storage.tables.places import Channel
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TEXT = "Sáng mai bà con đi quét đường.\nBà con tập trung lúc 6 giờ 30 ở đầu thôn."
PASTED, NOT_PASTED = "Đã dán vào nhóm", "Chưa dán được"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Lạc Hiền has a group that takes no bots, a leader and a deputy; Đông Cao a group with the bot."""
    made = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await somebody("mai", "deputy", made.at.village, made.world.clock.now())
    await Person.filter(name="tu").update(phone="0912345678")
    return made


async def asked(here: Yard) -> tuple[Participant, Participant]:
    """Officer Lan has asked chair Nam to approve an announcement to all villages."""
    lan, nam = here.world.talk("lan"), here.world.talk("nam")
    await lan.says("/thongbao")
    await lan.picks("Soạn mới")
    await lan.picks("Tự viết")
    await lan.says(TEXT)
    await lan.picks("Nơi nhận")
    await lan.picks("Tất cả các thôn (2)")
    await lan.picks("Xong")
    await lan.picks("Xin duyệt")
    await here.sends()
    return lan, nam


async def sent(here: Yard) -> tuple[Participant, Participant, Participant]:
    lan, nam = await asked(here)
    await nam.picks("Duyệt")
    await here.sends()
    return lan, here.world.talk("tu"), here.world.talk("mai")


async def minutes(here: Yard, count: float) -> None:
    """Let time pass; the ladder and the sender look every quarter of a minute."""
    for _ in range(round(count * 4)):
        here.world.clock.passes(seconds=15)
        await here.features.ladder.tick(here.world.clock.now())
        await here.sends()


async def seen(here: Yard, number: int = 1) -> Receipt:
    one = await Announcement.get(number=number)
    found = await receipt(one.id, today(here.world.clock.now()))
    assert found is not None
    return found


async def shown(here: Yard) -> str:
    lan = here.world.talk("lan")
    await lan.forges(pack(OpenReceipt(1)))
    return lan.heard


async def states(here: Yard) -> dict[str, str]:
    names = {row.id: row.name for row in await Person.all()}
    return {names[row.key_of("person")]: row.state for row in await RelayAsk.all().order_by("id")}


async def test_the_leader_gets_words_to_forward_then_one_question_and_says_that_it_is_pasted(here: Yard) -> None:
    _lan, nam = await asked(here)
    assert "Qua người đưa tin: 1 thôn (thôn Lạc Hiền)" in "\n".join(here.texts("chat-nam"))
    await nam.picks("Duyệt")
    before = len(here.texts("chat-tu"))
    await here.sends()
    tu = here.world.talk("tu")
    words, question = here.texts("chat-tu")[before:]
    assert words.startswith("Ủy ban nhân dân xã Yên Mô\nTB-0001")
    assert "Sáng mai bà con đi quét đường." in words
    for word in ("bác", "bot", "tôi", "chọn"):
        assert word not in words
    assert "TB-0001" in question
    assert "nhóm của thôn Lạc Hiền" in question
    assert "Đã chuyển tới 1/1 nhóm.\nQua người đưa tin: đã dán 0/1 thôn." in await shown(here)
    assert "thôn Lạc Hiền: đã nhờ tu lúc 15 giờ" in await shown(here)
    here.world.clock.passes(minutes=2)
    await tu.picks(PASTED)
    assert "Đã ghi: thôn Lạc Hiền có TB-0001 lúc 15 giờ 02" in tu.heard
    assert "Qua người đưa tin: đã dán 1/1 thôn." in await shown(here)
    assert "thôn Lạc Hiền: qua tu, đã dán lúc 15 giờ 02" in await shown(here)
    assert (await seen(here)).reached == 2
    assert here.texts("chat-mai") == []


async def test_nothing_is_pasted_before_somebody_says_so_and_a_reminder_a_stand_in_and_the_telephone_follow(
    here: Yard,
) -> None:
    """Mechanism: a message that arrived is an ask; the receipt counts what was said to be pasted."""
    _, _, mai = await sent(here)
    assert (await seen(here)).reached == 1
    await minutes(here, 9)
    before = len(here.texts("chat-tu"))
    await minutes(here, 2)
    assert "Nhắc bác: tin TB-0001" in here.texts("chat-tu")[-1]
    assert len(here.texts("chat-tu")) == before + 1
    assert here.texts("chat-mai") == []
    await minutes(here, 5)
    assert next(text.splitlines()[0] for text in here.texts("chat-mai")) == "Ủy ban nhân dân xã Yên Mô"
    assert await states(here) == {"tu": "silent", "mai": "asked"}
    await minutes(here, 15)
    called = here.texts("chat-lan")[-1]
    assert "1 thôn chưa có người dán" in called
    assert "• thôn Lạc Hiền: tu 0912345678, mai" in called
    text = await shown(here)
    assert "☎ Cần gọi:\n• thôn Lạc Hiền: tu 0912345678: nhờ lúc 15 giờ, chưa trả lời; mai: nhờ lúc" in text
    total = len(here.texts("chat-lan"))
    await minutes(here, 60)
    assert len(here.texts("chat-lan")) == total
    assert len(here.texts("chat-tu")) == before + 1
    # Whoever pastes it late is still heard.
    await mai.says("dán rồi")
    assert (await seen(here)).reached == 2
    assert "Cần gọi" not in await shown(here)


async def test_after_the_first_the_other_one_hears_that_it_is_done(here: Yard) -> None:
    _, tu, mai = await sent(here)
    await minutes(here, 16)
    await mai.picks(PASTED)
    await here.sends()
    assert "mai đã dán vào nhóm của thôn Lạc Hiền" in here.texts("chat-tu")[-1]
    assert await states(here) == {"tu": "withdrawn", "mai": "pasted"}
    # Tu had done so, too, and says it now: both are kept, the first one counts.
    await tu.picks(PASTED)
    assert "Tôi ghi bác cũng đã dán TB-0001" in tu.heard
    assert (await seen(here)).relayed[0].pasted is not None
    assert "qua mai" in await shown(here)
    before = len(here.texts("chat-mai"))
    await minutes(here, 30)
    assert len(here.texts("chat-mai")) == before


async def test_who_was_silent_is_not_told_where_each_message_is_one_of_a_plan(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Mechanism: the plan is asked before the words; whoever answers after all still hears how it stands."""
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await somebody("mai", "deputy", here.at.village, here.world.clock.now())
    platform.used = Usage(sent=100, sent_limit=3000)
    _, tu, mai = await sent(here)
    await minutes(here, 16)
    before = len(here.texts("chat-tu"))
    await mai.picks(PASTED)
    await here.sends()
    assert len(here.texts("chat-tu")) == before
    assert await states(here) == {"tu": "withdrawn", "mai": "pasted"}
    await tu.picks(PASTED)
    assert "Tôi ghi bác cũng đã dán TB-0001" in tu.heard


@pytest.mark.parametrize(
    "words", ["dán rồi", "đã dán", "Em đã dán vào nhóm rồi ạ", "👍", "chuyển vào nhóm rồi", "xong rồi"]
)
async def test_words_and_a_thumb_are_understood_while_somebody_waits_for_them(here: Yard, words: str) -> None:
    _, tu, _ = await sent(here)
    await tu.says(words)
    assert "Đã ghi: thôn Lạc Hiền có TB-0001" in tu.heard
    assert await states(here) == {"tu": "pasted"}


@pytest.mark.parametrize("words", ["👍", "xong rồi", "ok"])
async def test_the_same_words_mean_nothing_of_the_kind_at_another_time(here: Yard, words: str) -> None:
    tu = here.world.talk("tu")
    await tu.says(words)
    assert "dán" not in tu.heard


async def test_who_cannot_paste_it_is_followed_by_the_next_one_at_once(here: Yard) -> None:
    _, tu, mai = await sent(here)
    await tu.picks(NOT_PASTED)
    assert "Tôi nhờ người khác của thôn Lạc Hiền" in tu.heard
    await here.sends()
    assert len(here.texts("chat-mai")) == 2
    await mai.says("chưa dán được")
    assert "Tôi báo xã" in mai.heard
    await minutes(here, 1)
    assert "• thôn Lạc Hiền: tu 0912345678, mai" in here.texts("chat-lan")[-1]
    await tu.says("đã dán")
    assert await states(here) == {"tu": "pasted", "mai": "refused"}


async def test_the_wrong_number_is_taken_back(here: Yard) -> None:
    _, tu, _ = await sent(here)
    await tu.picks(PASTED)
    await tu.picks(NOT_PASTED)
    assert (await seen(here)).reached == 1
    await tu.picks(PASTED)
    assert (await seen(here)).reached == 2
    await tu.says("bấm nhầm")
    assert (await seen(here)).reached == 1


async def test_urgent_ones_go_to_both_at_once(here: Yard) -> None:
    _, nam = await asked(here)
    await Announcement.filter(number=1).update(klass="urgent")
    urgent = await store.get(1)
    assert urgent is not None
    await Announcement.filter(number=1).update(content_hash=urgent.fingerprint())
    await nam.picks("Duyệt")
    await here.sends()
    assert await states(here) == {"tu": "asked", "mai": "asked"}
    await here.world.talk("mai").picks(PASTED)
    await here.sends()
    assert "Bác không cần dán nữa" in here.texts("chat-tu")[-1]


async def test_said_twice_by_somebody_else_or_of_what_is_gone_each_is_a_sentence(here: Yard) -> None:
    _, tu, mai = await sent(here)
    await tu.picks(PASTED)
    here.world.clock.passes(minutes=1)
    await tu.says("đã dán")
    assert "Tôi ghi rồi: thôn Lạc Hiền có TB-0001 từ lúc 15 giờ" in tu.heard
    ask = await RelayAsk.get()
    for stranger in (mai, here.world.talk("dan")):
        await stranger.forges(pack(TellPasted(ask.id)))
        assert "nhờ người khác dán" in stranger.heard
    await tu.forges(pack(TellPasted(999)))
    assert "Không còn tin này nữa" in tu.heard
    assert await states(here) == {"tu": "pasted"}


async def test_a_leader_who_left_the_role_is_heard_and_not_asked_any_more(here: Yard) -> None:
    await here.world.talk("tu").says("menu")
    _, tu, _ = await sent(here)
    person = await Person.get(name="tu")
    assert await people.end_all(person.id, "leader", here.at.village, here.world.clock.now())
    await tu.picks(PASTED)
    assert (await seen(here)).reached == 2


def fails(here: Yard, chat: str, error: PlatformError) -> list[Message]:
    """From now on this chat takes nothing; returns what was tried there."""
    tried: list[Message] = []
    platform = here.world.platform
    send = platform.send

    async def refusing(to: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if to.id == chat:
            tried.append(message)
            raise error
        return await send(to, message, replacing=replacing, key=key)

    platform.send = refusing  # type: ignore[method-assign, assignment]
    return tried


async def test_who_has_blocked_the_bot_is_followed_at_once(here: Yard) -> None:
    _, nam = await asked(here)
    fails(here, "chat-tu", ChatGone("blocked"))
    await nam.picks("Duyệt")
    await here.sends()
    await minutes(here, 0.5)
    assert await states(here) == {"tu": "withdrawn", "mai": "asked"}
    await here.world.talk("mai").picks(PASTED)
    assert (await seen(here)).reached == 2
    await minutes(here, 30)
    assert "chưa có người dán" not in "".join(here.texts("chat-lan"))


async def test_an_unclear_ask_becomes_silent_and_is_never_sent_again(here: Yard) -> None:
    """Mechanism: nobody is asked to decide about it; the stand-in's is an ask of its own."""
    _, nam = await asked(here)
    tried = fails(here, "chat-tu", Unreachable("hangs", maybe_sent=True))
    await nam.picks("Duyệt")
    await here.sends()
    await minutes(here, 5)
    assert await states(here) == {"tu": "asked"}
    assert "Quyết định tin chưa rõ" not in await shown(here)
    await minutes(here, 11)
    assert await states(here) == {"tu": "silent", "mai": "asked"}
    assert len([message for message in tried if "tập trung lúc" in message.text.plain]) == 1
    del here.world.platform.send
    await here.world.talk("tu").says("đã dán")
    assert await states(here) == {"tu": "pasted", "mai": "withdrawn"}
    heard = here.texts("chat-tu")
    await here.sends()
    assert here.texts("chat-tu") == heard, "the question that was answered before it left is not asked"


@pytest.mark.parametrize("lost", ["", "Nhờ bác chuyển tin"])
async def test_pasted_under_a_reminder_proves_nothing_of_a_question_whose_call_was_lost(here: Yard, lost: str) -> None:
    """Mechanism: the reminder's buttons are a person's word; those of the question prove that it is there."""
    _, nam = await asked(here)
    platform, send = here.world.platform, here.world.platform.send

    async def loses(to: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if lost and to.id == "chat-tu" and message.text.plain.startswith(lost):
            raise Unreachable("hangs", maybe_sent=True)
        return await send(to, message, replacing=replacing, key=key)

    platform.send = loses  # type: ignore[method-assign, assignment]
    await nam.picks("Duyệt")
    await here.sends()
    await minutes(here, 11)
    assert "chưa dán vào nhóm" in here.texts("chat-tu")[-1]
    await here.world.talk("tu").picks(PASTED)
    assert await states(here) == {"tu": "pasted"}
    rows = await OutboxRow.filter(package="tb1:v1:1").order_by("part")
    assert [(row.state, row.decision) for row in rows] == [
        ("sent", ""),
        ("uncertain", "drop") if lost else ("sent", ""),
    ]


async def test_a_forwarded_message_that_comes_back_is_told_where_it_belongs(here: Yard) -> None:
    _, tu, _ = await sent(here)
    code = (await RelayTarget.get()).code
    await tu.says(f"Ủy ban nhân dân xã Yên Mô\nTB-0001\nNghe đọc ở: https://xa.example/t/{code}")
    assert "Bác chuyển nhầm tin TB-0001 về đây" in tu.heard
    assert await states(here) == {"tu": "asked"}
    await tu.picks(PASTED)
    assert await states(here) == {"tu": "pasted"}


async def test_a_correction_goes_to_the_same_person_who_removes_or_pastes(here: Yard) -> None:
    lan, tu, mai = await sent(here)
    await minutes(here, 16)
    await mai.picks(PASTED)
    await here.sends()
    await here.ticks()
    await lan.forges(pack(CorrectIt(1, recall=False)))
    await lan.says("Quét đường lúc 7 giờ.")
    assert "1 thôn qua người đưa tin: tôi nhờ đúng người đã nhận tin cũ" in lan.heard
    await lan.picks("Xin duyệt")
    await here.sends()
    before = len(here.texts("chat-mai"))
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    words, question = here.texts("chat-mai")[before:]
    assert "Đính chính thông báo TB-0001" in words
    assert "Tin cũ TB-0001 trong nhóm: bác xóa giúp, hoặc dán tin này." in question
    # What was pasted late of the old one is answered with what to do now.
    await tu.says("đã dán")
    assert "TB-0001 đã có đính chính TB-0002. Bác xóa tin cũ" in tu.heard
    await mai.picks(PASTED)
    assert (await seen(here, 2)).reached == 2


async def test_what_is_taken_back_is_not_pasted_any_more(here: Yard) -> None:
    lan, tu, _ = await sent(here)
    await here.ticks()
    await lan.forges(pack(CorrectIt(1, recall=True)))
    await lan.picks("Đúng, soạn tin thu hồi")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await minutes(here, 1)
    question = here.texts("chat-tu")[-1]
    assert question.startswith("Tin cũ TB-0001 trong nhóm: bác xóa giúp, hoặc dán tin này.")
    first = await RelayAsk.all().order_by("id").first()
    assert first is not None
    assert first.state == "withdrawn"
    await tu.forges(pack(TellPasted(first.id)))
    assert "TB-0001 đã thu hồi. Nếu đã dán, bác xóa tin ấy khỏi nhóm của thôn Lạc Hiền giúp xã." in tu.heard


async def test_a_reminder_and_the_telephone_wait_for_the_morning(here: Yard) -> None:
    """The words came at eight in the evening and 55 minutes; the next steps are due at night."""
    here.world.clock.passes(hours=5, minutes=55)
    _lan, _, _ = await sent(here)
    total = len(here.texts("chat-tu")), len(here.texts("chat-lan"))
    await minutes(here, 120)
    assert (len(here.texts("chat-tu")), len(here.texts("chat-lan"))) == total
    here.world.clock.passes(hours=7, minutes=6)
    await minutes(here, 1)
    assert "Nhắc bác" in here.texts("chat-tu")[-1]
    assert len(here.texts("chat-lan")) == total[1]


async def test_who_must_not_be_written_to_now_is_no_living_way(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Seen before the approval; the village is one to telephone at once, and nobody waits."""
    kinds = {**platform.capabilities, "private": replace(platform.capabilities["private"], push="window")}
    here = await yard(db, FakePlatform(kinds), shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    nam = here.world.talk("nam")
    await nam.says("chào")
    await asked(here)
    card = "\n".join(here.texts("chat-nam"))
    assert "⚠️ Chưa nhờ được ai dán ở thôn Lạc Hiền (tu: lâu chưa nhắn cho tôi trên Fake). Bác gọi điện" in card
    await nam.picks("Duyệt")
    await minutes(here, 0.5)
    assert "1 thôn chưa có người dán" in here.texts("chat-lan")[-1]
    assert await RelayAsk.all().count() == 0


async def test_the_next_person_is_asked_at_once_and_the_approver_reads_why(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """The leader has not written for the vendor's window, the deputy has."""
    kinds = {**platform.capabilities, "private": replace(platform.capabilities["private"], push="window")}
    here = await yard(db, FakePlatform(kinds), shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await somebody("mai", "deputy", here.at.village, here.world.clock.now())
    nam = here.world.talk("nam")
    await nam.says("chào")
    await here.world.talk("mai").says("chào")
    await asked(here)
    card = "\n".join(here.texts("chat-nam"))
    assert "thôn Lạc Hiền (tu: lâu chưa nhắn cho tôi trên Fake, tôi nhờ mai)" in card
    assert "Chưa nhờ được ai" not in card
    await nam.picks("Duyệt")
    assert await states(here) == {"mai": "asked"}


async def test_a_leader_who_has_blocked_the_bot_is_named_before_the_approval_and_telephoned_at_once(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await Person.filter(name="tu").update(phone="0912345678")
    await Account.filter(native_id="id-tu").update(reachable=False)
    _, nam = await asked(here)
    card = "\n".join(here.texts("chat-nam"))
    assert "⚠️ Chưa nhờ được ai dán ở thôn Lạc Hiền (tu: đã chặn hoặc tắt tin của tôi trên Fake)" in card
    assert "Chưa có nhóm" not in card
    await nam.picks("Duyệt")
    await minutes(here, 0.5)
    assert "• thôn Lạc Hiền: tu 0912345678" in here.texts("chat-lan")[-1]
    assert await RelayAsk.all().count() == 0


async def test_a_group_that_surely_failed_is_told_through_its_leader(here: Yard) -> None:
    """Đông Cao's group has put the bot out; the receipt says which way was used and why."""
    await somebody("bay", "leader", here.at.other_village, here.world.clock.now())
    _, nam = await asked(here)
    fails(here, DONG_CAO, ChatGone("kicked"))
    await nam.picks("Duyệt")
    await here.sends()
    await here.ticks()
    await here.sends()
    bay = here.world.talk("bay")
    assert "nhóm của thôn Đông Cao" in here.texts("chat-bay")[-1]
    await bay.picks(PASTED)
    found = await seen(here)
    told = next(each for each in found.relayed if each.village == "thôn Đông Cao")
    assert [each.group for each in told.before] == [f"Nhóm {DONG_CAO}"]
    assert (found.meant, found.reached, len(found.deliveries)) == (2, 1, 0)
    one = await Announcement.get(number=1)
    assert found.total == one.rows


async def test_what_people_are_sent_counts_in_the_month_before_anybody_approves(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """One message to the group, two to the leader; nobody is thanked where each message is one of a plan."""
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    platform.used = Usage(sent=100, sent_limit=3000)
    _, nam = await asked(here)
    assert "tin này cần 3 tin" in "\n".join(here.texts("chat-nam"))
    await nam.picks("Duyệt")
    assert "1 thôn qua người đưa tin." in nam.heard
    await here.sends()
    tu = here.world.talk("tu")
    await tu.says("menu")
    before = len(here.texts("chat-tu"))
    await tu.says("đã dán")
    assert len(here.texts("chat-tu")) == before
    assert (await seen(here)).reached == 2


async def excel(here: Yard) -> dict[str, dict[str, str]]:
    return sheet(evidence.workbook(await seen(here), {}, here.world.clock.now()))


def sheet(book: bytes) -> dict[str, dict[str, str]]:
    """The cells of each village by the names of their columns."""
    head, *rows = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_name("Bien nhan").to_python()
    return {str(row[0]): dict(zip(map(str, head), map(str, row), strict=True)) for row in rows}


async def test_the_excel_names_the_group_that_it_was_pasted_into_where_that_is_known(here: Yard) -> None:
    _, tu, _ = await sent(here)
    await tu.picks(PASTED)
    assert (await excel(here))["thôn Lạc Hiền"]["Nhóm riêng của thôn"] == ""
    await village_groups.put(here.at.village, "done", here.world.clock.now(), name="Xóm Đình 2")
    told = await excel(here)
    assert told["thôn Lạc Hiền"]["Nhóm riêng của thôn"] == "Xóm Đình 2"
    assert told["thôn Lạc Hiền"]["Nhóm"] == "qua người đưa tin"
    assert told["thôn Đông Cao"]["Nhóm riêng của thôn"] == ""


async def test_the_excel_says_the_same_as_the_receipt(here: Yard) -> None:
    async def line() -> list[str]:
        return list((await excel(here))["thôn Lạc Hiền"].values())

    _, tu, _ = await sent(here)
    await minutes(here, 31)
    row = await line()
    assert row[2] == "cần gọi điện"
    assert "tu 0912345678: nhờ lúc 15 giờ, chưa trả lời" in row[3]
    await tu.says("đã dán")
    row = await line()
    assert row[2] == "đã dán vào nhóm"
    assert row[7] == "tu"


async def test_what_is_kept_of_who_pasted_it_is_shown_and_goes_with_them(here: Yard) -> None:
    _, tu, _ = await sent(here)
    await tu.picks(PASTED)
    person = await Person.get(name="tu")
    kept = next(table for table in personal_data.personal_tables() if table.table == "relay_asks")
    assert len(await kept.read(Subject((), person.id))) == 1
    await kept.erase(Subject((), person.id))
    assert await kept.read(Subject((), person.id)) == []
    assert (await seen(here)).reached == 2
