"""A person sees what is kept, has it erased, stops unasked messages, and is asked before anything is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.events import Sender, TextSent
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy import consent
from bot.handlers.people.privacy import Agree, Erase, Mute
from bot.storage import apps
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.tables.people import Consent, Person
from bot.testing import FakePlatform

from .people_world import Village, village


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await village(db, platform)


async def everything() -> str:
    return json.dumps([await kind.all().values() for kind in apps.tables()], default=str, ensure_ascii=False)


async def test_somebody_who_only_read_sees_how_little_is_kept(here: Village) -> None:
    talk = here.world.talk("Hoa")
    await talk.says("menu")
    await talk.says("dữ liệu của tôi")
    assert "Cuộc trò chuyện" in talk.heard
    assert "Để nhớ đang nói dở việc gì" in talk.heard
    assert "giữ đến 90 ngày sau lần liên lạc cuối." in talk.heard
    assert "Tên" not in talk.heard
    assert talk.choices == ["Xóa dữ liệu", "Về menu"]


async def test_a_leader_sees_name_role_account_and_consent(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    await leader.says("/dulieu")
    for part in ("Tên Hoa", "Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền", "Bác đồng ý lúc", "trên Fake", "24/11/2026"):
        assert part in leader.heard
    for code in ("id-hoa", "chat-hoa", "2026-11", str(await people.number(1)), "leader", "role"):
        assert code not in leader.heard, code
    assert "Nhật ký công việc" in leader.heard


async def test_erasing_asks_once_and_then_leaves_nothing(here: Village) -> None:
    leader = await here.talk_as("Hoa", "leader", here.at.village)
    await here.talk_as("Lan", "member", here.at.village)
    await leader.says("xoa du lieu")
    assert "Vai trò của bác cũng hết theo." in leader.heard
    assert "Nhật ký các việc bác đã làm, để không ai sửa được chuyện đã qua" in leader.heard
    assert "Bản sao lưu xã đã cất từ trước" in leader.heard
    assert "Số liệu bác đã báo" not in leader.heard, "only what this person has"
    assert leader.choices == ["Xóa hết", "Không, giữ lại"]
    await leader.picks("Không, giữ lại")
    assert await Person.filter(name="Hoa").exists()
    await leader.says("/xoadulieu")
    await leader.picks("Xóa hết")
    assert "đã xóa hết dữ liệu của bác ngày 24/11/2026" in leader.heard
    left = await everything()
    assert '"Hoa"' not in left
    assert "id-hoa" not in left
    soon = datetime.now(UTC) + timedelta(minutes=2)
    assert await here.privacy.forget_chats(soon) == 1
    left = await everything()
    assert "chat-hoa" not in left
    assert "chat-lan" in left


async def test_whoever_comes_back_is_a_newcomer(here: Village) -> None:
    talk = await here.talk_as("Hoa", "leader", here.at.village)
    await talk.says("xóa dữ liệu")
    await talk.picks("Xóa hết")
    await talk.says("nhiệm vụ của tôi")
    assert "máy trả lời tự động" in talk.heard
    assert "Bác chưa có vai trò nào." in talk.heard
    assert await here.privacy.forget_chats(datetime.now(UTC) + timedelta(minutes=2)) == 0
    await talk.restarts()
    await talk.says("menu")
    assert "Bác cần việc gì?" in talk.heard


async def test_writing_at_once_after_erasing_keeps_nothing_of_what_was_written_before(here: Village) -> None:
    """Mechanism: the chat is kept again, so nothing would forget it later; what came before goes now."""
    talk = here.world.talk("Hoa")
    for words in ("menu", "tìm cài vneid", "chào", "menu"):
        await talk.says(words)
    await talk.says("xóa dữ liệu")
    await talk.picks("Xóa hết")
    assert await InboxEvent.filter(chat_id=talk.chat.id).count() == 6
    await talk.says("dữ liệu của tôi")
    assert "1 tin, từ" in talk.heard
    assert await InboxEvent.filter(chat_id=talk.chat.id).count() == 1


async def test_after_the_address_is_forgotten_the_chat_begins_anew(here: Village) -> None:
    talk = await here.talk_as("Hoa", "leader", here.at.village)
    await talk.says("xóa dữ liệu")
    await talk.picks("Xóa hết")
    await here.privacy.forget_chats(datetime.now(UTC) + timedelta(minutes=2))
    await talk.says("menu")
    assert "máy trả lời tự động" in talk.heard
    assert "Bác cần việc gì?" in talk.heard


async def test_nothing_is_shown_or_erased_in_a_group(here: Village) -> None:
    await here.talk_as("Hoa", "leader", here.at.village)
    group = here.world.talk("Hoa", chat="g1", kind="group")
    for said in ("/dulieu", "/xoadulieu", "/dung"):
        await group.says(said)
        assert "của riêng bác" in group.heard
    for action in (Erase(), Mute(True), Agree(consent.VERSION, "link", "")):
        await group.forges(pack(action))
    assert await Person.filter(name="Hoa").exists()
    assert await people.accounts_of((await Person.get(name="Hoa")).id) != []


async def test_an_agreement_to_an_old_text_is_asked_again(here: Village) -> None:
    talk = here.world.talk("Hoa")
    await talk.forges(pack(Agree("2020-01", "link", "")))
    assert "vừa được sửa" in talk.heard
    assert talk.choices == ["Đồng ý", "Không, chỉ xem hướng dẫn"]
    assert await Consent.all().count() == 0
    await talk.forges(pack(Agree(consent.VERSION, "no such topic", "")))
    assert await Consent.all().count() == 0


async def test_the_two_answers_stand_side_by_side(here: Village) -> None:
    talk = here.world.talk("Hoa")
    await talk.says("/lienket")
    message = talk.news[-1]
    if message.buttons:
        assert message.rows == (2,)


@pytest.mark.parametrize("said", ["DỪNG", "dừng", "/dung", "dung", "Dừng nhận tin.", "STOP"])
async def test_stop_ends_unasked_messages_and_is_revoked(here: Village, said: str) -> None:
    talk = await here.talk_as("Hoa", "leader", here.at.village)
    await talk.picks("Về menu")
    await talk.says(said)
    assert "Từ nay tôi không tự nhắn gì cho bác" in talk.heard
    person = (await people.who(Account("fake", "id-hoa"), here.world.clock.now())).person_id
    assert person is not None
    assert await people.accounts_of(person) == []
    await talk.picks("Nhận tin trở lại")
    assert await people.accounts_of(person) == [("fake", "chat-hoa")]


@pytest.mark.parametrize(
    "said", ["nhận tin trở lại", "Nhận tin.", "bật lại", "nhan tin tro lai", "nhan tin", "nhận lại tin"]
)
async def test_words_take_the_stop_back_at_any_time(here: Village, said: str) -> None:
    talk = await here.talk_as("Hoa", "leader", here.at.village)
    await talk.says("dừng")
    await talk.says("menu")
    await talk.restarts()
    await talk.says(said)
    assert "Vâng, tôi lại nhắn cho bác khi có việc." in talk.heard
    person = (await people.who(Account("fake", "id-hoa"), here.world.clock.now())).person_id
    assert person is not None
    assert await people.accounts_of(person) == [("fake", "chat-hoa")]


async def test_writing_to_somebody_does_not_take_the_stop_back(here: Village) -> None:
    talk = await here.talk_as("Hoa", "leader", here.at.village)
    await talk.says("dừng")
    await talk.says("nhắn tin")
    assert "tôi lại nhắn cho bác" not in talk.heard


@pytest.mark.parametrize("said", ["đúng", "Đúng", "đúng rồi", "dừng lại"])
async def test_yes_is_not_stop(here: Village, said: str) -> None:
    talk = await here.talk_as("Hoa", "leader", here.at.village)
    await talk.says(said)
    assert "không tự nhắn gì" not in talk.heard


async def test_a_stranger_may_say_stop_too(here: Village) -> None:
    talk = here.world.talk("Lạ")
    await talk.says("dừng")
    assert "Tôi đã dừng." in talk.heard
    assert await Person.all().count() == 0


async def test_the_log_of_a_failure_names_the_event_by_its_number_not_by_its_sender(
    here: Village, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of web events begin with the visitor's."""

    async def fails(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(people, "mute", fails)
    talk = here.world.talk("Khách")
    visitor = "0f3a9c"
    await here.world.happens(
        TextSent(f"{visitor}:1", talk.chat, Sender(visitor, "Khách"), here.world.clock.now(), "dừng")
    )
    assert "event 1 failed" in caplog.text
    assert visitor not in caplog.text
