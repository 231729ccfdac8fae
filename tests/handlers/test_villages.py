"""A group is registered for its village, upgraded, left and joined again, and its officers hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.events import BotJoined, BotLeft, ChatMoved
from bot.core.messages import Button
from bot.core.platform import ChatReplaced
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.audit import Audit, Verified
from bot.features.commune import settings as commune
from bot.features.groups import channels
from bot.features.groups.plans import Plans
from bot.features.invites import Created, Invites
from bot.features.notices.mail import Mail
from bot.features.notices.news import News
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.people.people import Who
from bot.features.units import Place
from bot.handlers.commune import group_wishes
from bot.handlers.commune import groups as villages
from bot.handlers.commune.giving import Giving
from bot.handlers.commune.group_wishes import GroupWishes
from bot.handlers.commune.groups import VillageGroupConversation
from bot.handlers.commune.registering import DecideGroup, Registration
from bot.handlers.kit.base import Content
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.places import Channel as Row
from bot.testing import FakePlatform, Participant, World
from tests.features.village import somebody
from tests.front import front

FOUNDED, TODAY = date(2025, 7, 1), date(2026, 11, 24)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KEY = b"k" * 32


@dataclass
class Village:
    """A commune with two villages, the group of the first one, and what its officers were told.

    Hoa and Nam are officials, who may register any group; codes are Hoa's.
    """

    world: World
    invites: Invites
    lac_hien: Place
    dong: Place
    officer: Who
    told: list[tuple[int, str]] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    @property
    def group(self) -> Participant:
        return self.world.talk("Hoa", chat="g1", kind="group")

    async def code(self, unit: Place, purpose: str = "village") -> str:
        made = await self.invites.create_channel(purpose, unit.id, by=self.officer, now=self.world.clock.now())
        assert isinstance(made, Created)
        return made.code

    async def registers(self, talk: Participant, unit: Place) -> None:
        await talk.says(f"đăng ký {await self.code(unit)}")

    def news(self) -> str:
        texts = "\n".join(text for _, text in self.told)
        self.told.clear()
        return texts

    async def joined(self, talk: Participant, title: str) -> None:
        await self.world.happens(
            BotJoined(self.world.next_id(), talk.chat, talk.sender, self.world.clock.now(), title=title)
        )

    async def left(self, talk: Participant) -> None:
        await self.world.happens(BotLeft(self.world.next_id(), talk.chat, talk.sender, self.world.clock.now()))

    async def moved(self, talk: Participant, new: str) -> None:
        await self.world.happens(
            ChatMoved(self.world.next_id(), talk.chat, talk.sender, self.world.clock.now(), new_chat_id=new)
        )


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Village:
    commune_id = (await units.create("yen-mo", "xã", "Yên Mô", valid_from=FOUNDED)).id
    first = await units.create("lac-hien", "thôn", "Lạc Hiền", parent="yen-mo", valid_from=FOUNDED)
    second = await units.create("dong", "thôn", "Đông", parent="yen-mo", valid_from=FOUNDED)
    invites = Invites(KEY, Audit(KEY))
    officer, _ = [await somebody(name, "officer", commune_id) for name in ("hoa", "nam")]
    translate = shipped.catalogues.translate
    outbox = Outbox(
        Rows(db, translate), {platform.name: platform.capabilities}, translate, lambda name: None,
        usage={platform.name: platform.usage},
    )  # fmt: skip
    made: list[Village] = []

    async def tell(commune_id: int, news: News) -> None:
        made[0].told.append((commune_id, news.text.plain))

    async def checks(ctx: Context, number: str) -> bool:
        made[0].checked.append(number)
        return number == "TB-0123"

    async def blocked(ctx: Context) -> None:
        made[0].blocked.append(ctx.sender.id)

    async def no_code(ctx: Context) -> bool:
        return False

    async def no_items(ctx: Context) -> Sequence[Button]:
        return []

    async def searches(ctx: Context, words: str) -> bool:
        ctx.reply(Text.verbatim(f"tìm thấy: {words}"))
        return True

    def router() -> Router:
        giving = Giving(tell, invites.audit)
        wishes = GroupWishes(invites, Mail(outbox), giving, invites.audit)
        plans = Plans(outbox.capabilities, outbox.usage, outbox.off)
        talk = VillageGroupConversation(
            Registration(invites=invites, plans=plans, giving=giving, wishes=wishes),
            tell_officers=tell,
            commune=lambda ctx: commune.DEMO,
            audit=invites.audit,
            make_code=no_code,
        )
        root = Router()
        root.include(
            group_wishes.build(wishes),
            villages.build(talk, checks=[checks], blocked=[blocked]),
            front(
                commune=lambda ctx: commune.DEMO,
                languages=shipped.catalogues.names,
                menu_items=[no_items],
                links=[talk.open_link],
                understand=[searches],
                of_group=talk.set_language,
            ),
        )
        return root

    made.append(Village(World(db, router, translate, platform), invites, first, second, officer))
    return made[0]


async def _channel(chat: str) -> channels.Channel:
    found = await channels.of_chat("fake", chat)
    assert found is not None
    return found


async def test_a_leader_adds_the_bot_and_registers_the_group(village: Village) -> None:
    group = village.group
    await village.joined(group, "Thôn Lạc Hiền")
    assert "máy trả lời tự động" in group.heard
    assert "đăng ký MÃ" in group.heard
    await village.registers(group, village.lac_hien)
    assert "nhóm của thôn Lạc Hiền" in group.heard
    channel = await _channel("g1")
    assert (channel.unit_id, channel.purpose, channel.title) == (village.lac_hien.id, "village", "Thôn Lạc Hiền")
    assert village.told == [(1, "✅ Nhóm “Thôn Lạc Hiền” đã đăng ký làm nhóm của thôn Lạc Hiền.")]
    row = await AuditRow.filter(act="group_registered").get()
    assert row.details == f'{{"purpose":"village","replaced":0,"unit":{village.lac_hien.id}}}'
    assert isinstance(await Audit(KEY).verify(), Verified)


@pytest.mark.parametrize("words", ["/dangky {}", "dang ky {}", "Đăng Ký {}", "/start {}"])
async def test_it_can_be_said_in_many_ways(village: Village, words: str) -> None:
    code = await village.code(village.lac_hien)
    await village.group.says(words.format(code.lower()))
    assert (await _channel("g1")).unit_id == village.lac_hien.id


async def test_what_is_no_code_registers_nothing(village: Village) -> None:
    group = village.group
    await group.says("đăng ký tạm trú")
    assert "tìm thấy: đăng ký tạm trú" in group.heard
    await group.says("đăng ký AB12CD34")
    assert "Mã này không dùng được" in group.heard
    await group.says("/dangky")
    assert "Tổ trưởng hoặc cán bộ xã nhắn riêng cho tôi “mã nhóm”" in group.heard
    code = await village.code(village.lac_hien)
    await group.says(f"đăng ký {code}", addressed=False)
    assert group.heard == ""
    assert await channels.of_chat("fake", "g1") is None
    await village.world.talk("Hoa").says(f"đăng ký {code}")
    await group.says(f"đăng ký {code}")
    assert (await _channel("g1")).active, "neither overhearing nor a private chat uses up a code"


async def test_a_code_is_good_for_one_group(village: Village) -> None:
    code = await village.code(village.lac_hien)
    await village.group.says(f"/dangky {code}")
    other = village.world.talk("Nam", chat="g2", kind="group")
    await other.says(f"/dangky {code}")
    assert "Mã này không dùng được" in other.heard
    assert await channels.of_chat("fake", "g2") is None


async def test_a_second_village_that_claims_the_group_is_asked_and_may_say_no(village: Village) -> None:
    group = village.group
    await village.registers(group, village.lac_hien)
    village.news()
    await village.registers(group, village.dong)
    assert "đang là nhóm của thôn Lạc Hiền" in group.heard
    assert (await _channel("g1")).unit_id == village.lac_hien.id
    await village.world.restarts()
    await group.picks("Giữ như cũ")
    assert "giữ nguyên" in group.heard
    assert (await _channel("g1")).unit_id == village.lac_hien.id
    assert village.told == []


async def test_and_may_say_yes(village: Village) -> None:
    group = village.group
    await village.registers(group, village.lac_hien)
    village.news()
    await village.registers(group, village.dong)
    await group.picks("Lấy nhóm này")
    assert "nhóm của thôn Đông" in group.heard
    assert (await _channel("g1")).unit_id == village.dong.id
    assert "không còn nhận tin của thôn Lạc Hiền" in village.news()
    assert await Row.all().count() == 1


async def test_a_village_with_a_group_is_asked_before_another_takes_its_place(village: Village) -> None:
    await village.joined(village.group, "Nhóm cũ")
    await village.registers(village.group, village.lac_hien)
    other = village.world.talk("Nam", chat="g2", kind="group")
    await village.registers(other, village.lac_hien)
    assert "Nhóm “Nhóm cũ” đang nhận tin của thôn Lạc Hiền" in other.heard
    assert await channels.of_chat("fake", "g2") is None
    await other.picks("Lấy nhóm này")
    assert [one.native_id for one in await channels.of_unit(village.lac_hien.id, TODAY)] == ["g2"]
    assert (await _channel("g1")).reason == channels.REPLACED


async def test_only_who_brought_the_code_decides(village: Village) -> None:
    group = village.group
    await village.registers(group, village.lac_hien)
    await village.registers(group, village.dong)
    stranger = village.world.talk("Kẻ lạ", chat="g1", kind="group")
    await stranger.forges(Button.to("x", DecideGroup(True)).data)
    assert "không chờ bác trả lời" in stranger.heard
    assert (await _channel("g1")).unit_id == village.lac_hien.id
    await group.picks("Giữ như cũ")
    await group.forges(Button.to("x", DecideGroup(True)).data)
    assert "không chờ bác trả lời" in group.heard
    assert (await _channel("g1")).unit_id == village.lac_hien.id


async def test_while_the_bot_waits_for_a_choice_people_talk_undisturbed(village: Village) -> None:
    group = village.group
    await village.registers(group, village.lac_hien)
    await village.registers(group, village.dong)
    await group.says("cả nhà ăn cơm chưa", addressed=False)
    assert group.heard == ""
    await group.picks("Lấy nhóm này")
    assert (await _channel("g1")).unit_id == village.dong.id


async def test_an_upgrade_a_removal_and_a_return_leave_one_channel_with_one_history(village: Village) -> None:
    await village.joined(village.group, "Thôn Lạc Hiền")
    await village.registers(village.group, village.lac_hien)
    before = await _channel("g1")
    village.news()

    await village.moved(village.group, "g1-lon")
    await village.moved(village.group, "g1-lon")
    assert village.news() == "", "nobody has anything to do"
    assert await AuditRow.filter(act="group_upgraded").count() == 1
    large = village.world.talk("Hoa", chat="g1-lon", kind="group")

    await village.left(large)
    await village.left(large)
    news = village.news()
    assert news.count("⚠️") == 1
    for told in ("Thôn Lạc Hiền", "nhóm của thôn Lạc Hiền", "đưa ra khỏi nhóm"):
        assert told in news
    assert not (await _channel("g1-lon")).active

    await village.joined(large, "Thôn Lạc Hiền 2")
    assert "Nhóm này là nhóm của thôn Lạc Hiền" in large.heard
    assert "đã vào lại" in village.news()
    after = await _channel("g1-lon")
    assert (after.id, after.unit_id, after.active, after.title) == (before.id, before.unit_id, True, "Thôn Lạc Hiền 2")
    assert await Row.all().count() == 1


async def test_a_move_that_a_send_finds_out_is_the_same_move(village: Village) -> None:
    await village.registers(village.group, village.lac_hien)
    village.news()
    village.world.platform.faults.append(ChatReplaced("g1-lon"))
    await village.group.says("/kiemtra")
    assert (await _channel("g1-lon")).active
    assert await channels.of_chat("fake", "g1") is None
    await village.moved(village.group, "g1-lon")
    assert await AuditRow.filter(act="group_upgraded").count() == 1


async def test_what_happened_during_a_long_outage_still_counts(village: Village) -> None:
    await village.registers(village.group, village.lac_hien)
    talk, then = village.group, village.world.clock.now()
    village.world.clock.passes(hours=20)
    await village.world.happens(ChatMoved("late1", talk.chat, talk.sender, then, new_chat_id="g1-lon"))
    assert (await _channel("g1-lon")).active
    large = village.world.talk("Hoa", chat="g1-lon", kind="group")
    await village.world.happens(BotLeft("late2", large.chat, talk.sender, then))
    assert not (await _channel("g1-lon")).active


async def test_a_check_says_whose_group_it_is_and_what_the_bot_hears(village: Village) -> None:
    group = village.group
    await group.says("kiểm tra")
    assert "chưa thuộc thôn nào" in group.heard
    await village.registers(group, village.lac_hien)
    await group.says("kiem tra")
    assert "nhóm của thôn Lạc Hiền" in group.heard
    assert "chỉ thấy tin có nhắc tên tôi" in group.heard
    sees_replies = village.world.platform.capabilities["group"].sees_replies
    assert ("bấm trả lời" in group.heard) == sees_replies
    private = village.world.talk("Hoa")
    await private.says("kiểm tra")
    assert "“kiểm tra TB-0123”" in private.heard, "residents check announcements with the same word"
    assert "bác gõ “kiểm tra” trong nhóm đó" in private.heard


async def test_where_nobody_tells_of_a_return_a_check_finds_it_out(village: Village) -> None:
    await village.registers(village.group, village.lac_hien)
    await village.left(village.group)
    village.news()
    await village.group.says("kiểm tra")
    assert "Tin của xã đến được đây" in village.group.shown[-1].message.text.plain
    assert (await _channel("g1")).active
    assert "đã vào lại" in village.news()


async def test_a_group_that_gave_way_learns_it_when_it_asks(village: Village) -> None:
    await village.registers(village.group, village.lac_hien)
    other = village.world.talk("Nam", chat="g2", kind="group")
    await village.registers(other, village.lac_hien)
    await other.picks("Lấy nhóm này")
    group = village.group
    await group.says("kiểm tra")
    assert "đang gửi vào nhóm khác" in group.heard
    await village.joined(group, "Nhóm cũ")
    assert "đang gửi vào nhóm khác" in group.shown[-1].message.text.plain
    assert not (await _channel("g1")).active


async def test_a_code_of_a_merged_village_registers_for_what_it_became(village: Village) -> None:
    code = await village.code(village.lac_hien)
    await units.merge(["lac-hien"], "dong", TODAY)
    await village.group.says(f"/dangky {code}")
    assert (await _channel("g1")).unit_id == village.dong.id


async def test_the_number_of_an_announcement_and_a_block_in_private_go_to_whom_they_concern(village: Village) -> None:
    await village.group.says("/kiemtra TB-0123")
    assert village.checked == ["TB-0123"]
    assert await Row.all().count() == 0
    await village.left(village.world.talk("Hoa"))
    assert village.blocked == ["id-hoa"]
    assert village.told == []


async def _speaks_english(talk: Participant) -> None:
    await talk.says("ngon ngu")
    await talk.picks("English")


async def test_what_the_commune_sends_to_a_group_follows_the_language_that_its_leader_chose(village: Village) -> None:
    await village.registers(village.group, village.lac_hien)
    at = village.world.clock.now()
    await somebody("hoa", "leader", village.lac_hien.id, at)
    await _speaks_english(village.group)
    assert village.group.choices == ["Menu"]
    assert (await _channel("g1")).locale == "en"
    await village.group.picks("Menu")
    assert "What do you need?" in village.group.heard
    await village.moved(village.group, "g1-lon")
    assert (await _channel("g1-lon")).locale == "en"
    large = village.world.talk("Hoa", chat="g1-lon", kind="group")
    await large.says("language")
    await large.picks("Tiếng Việt")
    assert "nói tiếng Việt trong nhóm này" in large.heard
    assert (await _channel("g1-lon")).locale == "vi"


async def test_the_language_of_a_villages_group_is_not_for_everybody_to_change(village: Village) -> None:
    await village.registers(village.group, village.lac_hien)
    await somebody("binh", "leader", village.dong.id, village.world.clock.now())
    for name in ("Lan", "Bình"):
        stranger = village.world.talk(name, chat="g1", kind="group")
        await _speaks_english(stranger)
        assert "do Tổ trưởng hoặc cán bộ xã chọn" in stranger.heard
        assert (await _channel("g1")).locale is None
        await stranger.says("ngôn ngữ")
        assert "Bác muốn đọc bằng tiếng nào?" in stranger.heard
    private = village.world.talk("Lan")
    await _speaks_english(private)
    assert "From now on I speak English with you." in private.heard


async def test_a_group_that_chose_its_language_keeps_it_when_it_is_registered(village: Village) -> None:
    await _speaks_english(village.group)
    await village.registers(village.group, village.lac_hien)
    assert (await _channel("g1")).locale == "en"
    other = village.world.talk("Nam", chat="g2", kind="group")
    await village.registers(other, village.dong)
    assert (await _channel("g2")).locale is None
