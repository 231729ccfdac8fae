"""How a group comes to its code, and what a code is worth in other hands."""

from __future__ import annotations

import io
import re

import pytest
from docx import Document
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.events import BotJoined
from bot.core.platform import Usage
from bot.features.audit import Audit
from bot.features.groups import channels
from bot.features.invites import Invites
from bot.features.jobs.queue import JobRunner
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.commune.group_wishes import TakeGroup
from bot.handlers.kit.base import Content
from bot.handlers.people.group_slips import KIND, GroupSlipJob
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform, Participant
from tests.conversations import KEY
from tests.features.village import group as has_group
from tests.features.village import somebody

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}")


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def links_at(code: str, unit_id: int) -> list[str]:
    return [f"https://chat.example/{code}"]


def _in_group(here: Yard, name: str, chat: str = "g-new") -> Participant:
    return here.world.talk(name, chat=chat, kind="group")


async def _code(here: Yard, name: str, kind: str = "Nhóm của Tổ") -> str:
    """What a leader gets for the group of the team, which their village has not got."""
    talk = here.world.talk(name)
    await talk.says("mã nhóm")
    await talk.picks(kind)
    found = _CODE.search(talk.heard)
    assert found is not None, talk.heard
    return found[0]


async def _joins(here: Yard, title: str) -> Participant:
    talk = _in_group(here, "tu")
    await here.world.happens(BotJoined(here.world.next_id(), talk.chat, talk.sender, here.world.clock.now(), title))
    return talk


async def test_the_greeting_tells_leaders_how_to_make_the_code_themselves(here: Yard) -> None:
    """It sent them to an official."""
    talk = await _joins(here, "Tổ Lạc Hiền")
    said = talk.shown[-1].message.text.plain
    assert "Tổ trưởng hoặc cán bộ xã nhắn riêng cho tôi “mã nhóm” để tự lấy mã" in said
    assert "đăng ký MÃ" in said


@pytest.mark.parametrize("words", ["đăng ký", "dang ky", "mã nhóm", "ma nhom", "Mã nhóm ạ", "/dangky", "đăng ký nhóm"])
async def test_who_says_so_in_the_group_is_asked_for_the_code(here: Yard, words: str) -> None:
    """“Mã nhóm” and “@bot đăng ký” gave guides about schools."""
    code, talk = await _code(here, "tu"), _in_group(here, "tu")
    await talk.says(words)
    assert "“mã nhóm” để tự lấy mã" in talk.heard
    assert "gõ mã vào đây" in talk.heard
    await talk.says("các bác chờ tôi lấy mã", addressed=False)
    assert talk.heard == "", "what people say to each other meanwhile is not answered"
    await talk.says(code.lower(), addressed=False)
    assert "✅ Đã đăng ký" in talk.heard
    assert (await channels.of_chat("fake", "g-new")) is not None


async def test_other_words_after_the_question_go_their_way(here: Yard) -> None:
    talk = _in_group(here, "tu")
    await talk.says("đăng ký")
    await talk.says("đăng ký tạm trú")
    assert "tạm trú" in talk.heard
    assert "Mã này" not in talk.heard


@pytest.mark.parametrize("words", ["mã nhóm", "đăng ký", "ma nhom", "đăng ký nhóm"])
async def test_in_private_a_leader_gets_the_choice_of_codes_and_a_resident_the_way(here: Yard, words: str) -> None:
    await somebody("mai", "resident", here.at.village, here.world.clock.now())
    leader, resident = here.world.talk("tu"), here.world.talk("mai")
    await leader.says(words)
    assert leader.choices[:2] == ["Nhóm của thôn", "Nhóm của Tổ"]
    await resident.says(words)
    assert "do Tổ trưởng hoặc cán bộ xã đăng ký" in resident.heard
    assert "“đăng ký tạm trú”" in resident.heard


async def _waits(here: Yard) -> tuple[str, Participant]:
    """A stranger has typed the leader's code in a group."""
    code = await _code(here, "tu")
    await _joins(here, "Tổ Lạc Hiền")
    stranger = _in_group(here, "Kẻ lạ")
    await stranger.says(f"đăng ký {code}")
    assert "tôi đã hỏi người ấy và cán bộ xã" in stranger.heard
    assert await channels.of_chat("fake", "g-new") is None
    await here.sends()
    return code, stranger


async def test_a_code_in_other_hands_waits_for_its_maker(here: Yard) -> None:
    """Anybody who had the code linked the group, and nobody stood in the log."""
    await _waits(here)
    maker = here.world.talk("tu")
    assert "Kẻ lạ vừa gõ mã nhóm trong nhóm “Tổ Lạc Hiền” (Fake)" in here.texts("chat-tu")[-1]
    await maker.picks("Nhận nhóm này")
    assert "✅ Đã nhận" in maker.heard
    await here.sends()
    assert "✅ Đã đăng ký: nhóm này là nhóm Tổ công nghệ số của thôn Lạc Hiền" in here.texts("g-new")[-1]
    channel = await channels.of_chat("fake", "g-new")
    assert channel is not None
    assert (channel.active, channel.title, channel.unit_id) == (True, "Tổ Lạc Hiền", here.at.village)
    row = await AuditRow.get(act="group_registered")
    who = await people.who(Account("fake", "id-tu"), here.world.clock.now())
    assert row.actor == await people.number(who.person_id or 0)
    assert '"typed_by":"stranger"' in row.details


async def test_an_official_may_say_no_and_who_comes_second_changes_nothing(here: Yard) -> None:
    code, stranger = await _waits(here)
    official, maker = here.world.talk("lan"), here.world.talk("tu")
    await official.picks("Không nhận")
    await here.sends()
    assert "Xã chưa nhận nhóm này" in here.texts("g-new")[-1]
    await maker.picks("Nhận nhóm này")
    assert "đã có người quyết" in maker.heard
    assert await channels.of_chat("fake", "g-new") is None
    await stranger.says(f"đăng ký {code}")
    assert "Mã này không dùng được" in stranger.heard
    assert (await AuditRow.get(act="group_refused")).actor is not None


async def test_nobody_forges_a_yes(here: Yard) -> None:
    await _waits(here)
    stranger = here.world.talk("Kẻ lạ")
    await stranger.forges(pack(TakeGroup(1, "fake", "g-new", stranger.sender.id, "", True, "0" * 16)))
    assert "không chờ bác trả lời" in stranger.heard
    button = (
        next(
            button
            for shown in here.world.platform.chats["chat-tu"]
            for button in shown.message.buttons
            if button.label == "Nhận nhóm này"
        )
        if here.world.platform.capabilities["private"].buttons
        else None
    )
    if button is not None:
        await stranger.forges(button.data)
        assert "Việc này của Tổ trưởng hoặc cán bộ xã" in stranger.heard
    assert await channels.of_chat("fake", "g-new") is None


async def test_a_yes_that_takes_the_place_of_another_group_is_asked_twice(here: Yard) -> None:
    now = here.world.clock.now()
    await has_group("fake", "g-old", here.at.village, "Tổ cũ", now, "team")
    await _waits(here)
    maker = here.world.talk("tu")
    await maker.picks("Nhận nhóm này")
    assert "Nhóm “Tổ cũ” đang nhận tin của thôn Lạc Hiền" in maker.heard
    assert await channels.of_chat("fake", "g-new") is None
    await maker.picks("Nhận nhóm này")
    assert "✅ Đã nhận" in maker.heard
    old = await channels.of_chat("fake", "g-old")
    assert old is not None
    assert not old.active


async def test_who_might_have_made_the_code_waits_for_nobody(here: Yard) -> None:
    code = await _code(here, "lan", "Nhóm làm thử")
    talk = _in_group(here, "nam")
    await talk.says(f"đăng ký {code}")
    assert "✅ Đã đăng ký" in talk.heard
    assert (await AuditRow.get(act="group_registered")).actor is not None


async def test_a_full_plan_takes_no_code_and_says_what_else_there_is(here: Yard) -> None:
    """The third group of a free plan was the last one, and its fourth code looked as if it had worked."""
    code = await _code(here, "tu")
    here.world.platform.used = Usage(0, 3000, groups=2, groups_limit=2)
    talk = _in_group(here, "tu")
    await talk.says(f"đăng ký {code}")
    assert "Fake theo gói đang dùng chỉ nhận 2 nhóm và đã đủ" in talk.heard
    assert "Mã vẫn còn nguyên" in talk.heard
    assert "chuyển kênh" in talk.heard
    assert await channels.of_chat("fake", "g-new") is None
    leader = here.world.talk("tu")
    await leader.says("mã nhóm")
    assert "Chưa lấy mã được: Fake" in leader.heard
    assert _CODE.search(leader.heard) is None
    here.world.platform.used = Usage(0, 3000, groups=2, groups_limit=3)
    await talk.says(f"đăng ký {code}")
    assert "✅ Đã đăng ký" in talk.heard


async def test_an_official_asks_for_the_codes_of_all_villages_as_one_file(here: Yard) -> None:
    now = here.world.clock.now()
    talk = here.world.talk("lan")
    await talk.says("mã nhóm")
    await talk.picks("Mã của mọi thôn, một tệp")
    assert "Thôn nào cũng có nhóm rồi" in talk.heard
    await channels.left("fake", "g-dong-cao", channels.LEFT, now)
    await talk.says("mã nhóm")
    await talk.picks("Mã của mọi thôn, một tệp")
    assert "Tôi đang làm tệp mã nhóm" in talk.heard
    await talk.picks("Mã của mọi thôn, một tệp")
    said = await _file(here)
    assert said.count("Mã nhóm: ") == 1, "one for each village without a group, however often it was pressed"
    assert "Thôn Đông Cao" in said
    leader = here.world.talk("tu")
    await leader.says("mã nhóm")
    assert "Mã của mọi thôn, một tệp" not in leader.choices
    await somebody("la", "leader", here.at.other_village, now)
    found = _CODE.search(said)
    assert found is not None
    group = _in_group(here, "la")
    await group.says(f"/dangky {found[0]}")
    assert "✅ Đã đăng ký: nhóm này là nhóm của thôn Đông Cao" in group.heard
    assert (await AuditRow.filter(act="group_registered").order_by("-id").first()) is not None


async def _file(here: Yard) -> str:
    """What the worker drew, and what the official got."""
    files: dict[str, bytes] = {}

    async def store(name: str, data: bytes) -> str:
        files[name] = data
        return f"{len(files):032}/{name}"

    async def refused(*_: object) -> None:
        raise AssertionError("slips were refused")

    outbox = here.features.outbox
    job = GroupSlipJob(Invites(KEY, Audit(KEY)), outbox, store, links_at)
    runner = JobRunner({KIND: job}, here.world.db, refused, here.world.clock.now)
    while await runner.run() == 0.0:
        pass
    await here.sends()
    assert any("Mã nhóm của 1 thôn chưa có nhóm" in text for text in here.texts("chat-lan"))
    (data,) = files.values()
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])
