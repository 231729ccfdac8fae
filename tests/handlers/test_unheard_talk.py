"""What the bot did not understand is kept from who agreed, masked, and an officer says what it meant."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.guard import MASK
from bot.features.unheard import pending, words
from bot.features.unheard.masking import NAME
from bot.features.unheard.tables import UnheardWord
from bot.handlers.kit.base import Content
from bot.handlers.unheard.keeping import KeepWords
from bot.handlers.unheard.naming import DropUnheard, NameUnheard, OpenUnheard
from bot.storage import apps
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Consent
from bot.testing import FakePlatform, Participant, World
from tests.conversations import build_router
from tests.features.village import Places, places, somebody

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SAID = "xem điểm của cháu ở trường"
GUIDE, TITLE = "so-lien-lac-dien-tu", "Sổ liên lạc điện tử với nhà trường"
OTHER = "đổi giấy phép lái xe"
OTHER_GUIDE, OTHER_TITLE = "doi-bang-lai-xe", "Đổi, cấp lại bằng lái xe"
STRANGE = "qwer tyui nước"
SURE = "Có phải bác cần"


@pytest.fixture
async def at(world: World) -> Places:
    return await places()


async def refused(world: World, name: str = "Hoa", said: str = SAID) -> Participant:
    talk = world.talk(name)
    await talk.says("menu")
    await talk.says(said)
    if "xã Yên Mô" in talk.choices:
        await talk.picks("xã Yên Mô")
    assert SURE in talk.heard
    await talk.picks("Không phải")
    return talk


async def agreed(world: World, name: str = "Hoa", said: str = SAID) -> Participant:
    talk = await refused(world, name, said)
    await talk.picks("Giúp tôi hiểu hơn")
    await talk.picks("Đồng ý")
    assert "Cảm ơn bác" in talk.heard
    return talk


async def everything() -> str:
    return json.dumps([await kind.all().values() for kind in apps.tables()], default=str, ensure_ascii=False)


async def test_who_did_not_agree_leaves_nothing_and_is_asked_once(world: World, at: Places) -> None:
    hoa = await refused(world)
    assert "Giúp tôi hiểu hơn" in hoa.choices
    assert "Bác cần hướng dẫn về việc gì?" in hoa.heard, "the way on comes first"
    await hoa.says(SAID)
    await hoa.picks("Không phải")
    assert "Giúp tôi hiểu hơn" not in hoa.heard
    assert await UnheardWord.all().count() == 0
    world.clock.passes(minutes=11)
    await hoa.says("menu")
    assert SAID not in await everything()


async def test_who_agrees_helps_with_these_words_and_with_later_ones(world: World, at: Places) -> None:
    hoa = await agreed(world)
    (row,) = await UnheardWord.all()
    assert (row.text, row.offered, row.chosen, row.commune) == (SAID, GUIDE, "", "yen-mo")
    await hoa.says(OTHER)
    await hoa.picks("Không phải")
    assert "Giúp tôi hiểu hơn" not in hoa.heard
    assert [row.text for row in await UnheardWord.all().order_by("id")] == [SAID, OTHER]


async def test_the_question_says_what_is_kept_for_how_long_and_how_to_end_it(world: World, at: Places) -> None:
    hoa = await refused(world)
    await hoa.picks("Giúp tôi hiểu hơn")
    for part in ("câu bác gõ mà tôi chưa hiểu", "che số và tên", "30 ngày", "“xóa dữ liệu”", "“thôi giữ câu”"):
        assert part in hoa.heard
    assert hoa.choices == ["Đồng ý", "Không giữ"]
    await hoa.picks("Không giữ")
    assert "tôi không giữ câu nào" in hoa.heard
    await hoa.says(SAID)
    await hoa.picks("Không phải")
    assert "Giúp tôi hiểu hơn" not in hoa.heard
    assert await UnheardWord.all().count() == 0


async def test_what_is_chosen_within_ten_minutes_is_what_was_meant(world: World, at: Places) -> None:
    hoa = await agreed(world)
    await hoa.says(OTHER)
    await hoa.picks(OTHER_TITLE)
    assert [(row.text, row.chosen) for row in await UnheardWord.all()] == [(SAID, OTHER_GUIDE)]


async def test_what_is_chosen_later_is_another_matter(world: World, at: Places) -> None:
    hoa = await agreed(world)
    world.clock.passes(minutes=11)
    await hoa.says(OTHER)
    await hoa.picks(OTHER_TITLE)
    assert [(row.text, row.chosen) for row in await UnheardWord.all()] == [(SAID, "")]


async def test_words_that_were_understood_are_not_kept(world: World, at: Places) -> None:
    hoa = await agreed(world)
    await UnheardWord.all().delete()
    world.clock.passes(minutes=11)
    await hoa.says(OTHER)
    await hoa.picks(OTHER_TITLE)
    assert await UnheardWord.all().count() == 0


async def test_words_with_no_answer_and_then_other_words_that_found_it_belong_together(
    world: World, at: Places
) -> None:
    hoa = await agreed(world)
    world.clock.passes(minutes=11)
    await hoa.says(STRANGE)
    assert "Tôi chưa hiểu" in hoa.heard
    await hoa.says(OTHER)
    await hoa.picks(OTHER_TITLE)
    rows = await UnheardWord.filter(text=STRANGE)
    assert [row.chosen for row in rows] == [OTHER_GUIDE]


async def test_names_and_numbers_are_masked_before_they_wait(world: World, at: Places) -> None:
    hoa = world.talk("Hoa")
    await hoa.says("menu")
    await hoa.says("xem điểm của cháu Nguyễn Văn Bình ở trường, sđt 0912 345 678")
    if "xã Yên Mô" in hoa.choices:
        await hoa.picks("xã Yên Mô")
    waiting = " ".join([row.state for row in await SessionRow.all()])
    assert pending.FACT in waiting
    assert NAME in json.loads(waiting)["x"][pending.FACT]
    assert MASK in json.loads(waiting)["x"][pending.FACT]
    assert "Bình" not in json.loads(waiting)["x"][pending.FACT]


async def test_a_person_sees_what_is_kept_and_erases_it(world: World, at: Places) -> None:
    hoa = await agreed(world)
    await hoa.says("dữ liệu của tôi")
    assert "Câu bác gõ mà tôi chưa hiểu" in hoa.heard
    assert f"“{SAID}”" in hoa.heard
    await hoa.picks("Xóa dữ liệu")
    await hoa.picks("Xóa hết")
    assert await UnheardWord.all().count() == 0
    assert SAID not in await everything()


async def test_who_wants_it_to_end_says_so_and_keeps_the_rest(world: World, at: Places) -> None:
    hoa = await agreed(world)
    await hoa.says("thôi giữ câu")
    assert "đã xóa 1 câu" in hoa.heard
    assert [row.action for row in await Consent.all().order_by("id")] == ["agreed", "declined"]
    await hoa.says(OTHER)
    await hoa.picks("Không phải")
    assert await UnheardWord.all().count() == 0


async def test_an_old_text_of_the_question_asks_anew(world: World, at: Places) -> None:
    hoa = await refused(world)
    await hoa.forges(pack(KeepWords("words-2020")))
    assert "Bác có đồng ý không?" in hoa.heard
    assert await Consent.all().count() == 0


async def test_in_a_group_nothing_waits_and_nothing_is_asked(world: World, at: Places) -> None:
    hoa = world.talk("Hoa", chat="nhom", kind="group")
    await hoa.says(f"tìm {SAID}")
    assert pending.FACT not in " ".join([row.state for row in await SessionRow.all()])


async def lan(world: World, at: Places) -> Participant:
    await somebody("lan", "officer", at.commune, world.clock.now())
    talk = world.talk("lan")
    await talk.says("lời chưa hiểu")
    return talk


async def test_an_officer_names_the_meaning_with_one_press(world: World, at: Places) -> None:
    await agreed(world)
    officer = await lan(world, at)
    assert "1 câu chưa hiểu" in officer.heard
    await officer.picks(SAID)
    assert "Hoa" not in officer.heard
    assert f"Tôi đã đưa ra: {TITLE}." in officer.heard
    assert len(officer.choices) <= 9
    assert officer.choices[-4:] == ["Không có bài", "Tìm nghĩa khác", "Bỏ câu này", "Các câu khác"]
    await officer.picks(TITLE)
    assert f"“{SAID}” là “{TITLE}”" in officer.heard
    assert "Không còn câu nào chờ" in officer.heard
    assert await words.named() == [(SAID, GUIDE)]
    (row,) = await AuditRow.filter(act="unheard_named")
    assert json.loads(row.details) == {"meaning": GUIDE}
    await officer.forges(pack(NameUnheard((await UnheardWord.get()).id, GUIDE)))
    assert await AuditRow.filter(act="unheard_named").count() == 1, "pressed twice"


async def test_what_was_chosen_next_stands_first_and_another_meaning_is_searched_for(world: World, at: Places) -> None:
    hoa = await agreed(world)
    await hoa.says(OTHER)
    await hoa.picks(OTHER_TITLE)
    officer = await lan(world, at)
    await officer.picks(SAID)
    assert officer.choices[0] == OTHER_TITLE
    assert f"Sau đó bác ấy mở: {OTHER_TITLE}." in officer.heard
    await officer.picks("Tìm nghĩa khác")
    await officer.says("qwer tyui")
    assert "Tôi chưa tìm ra" in officer.heard
    await officer.says("khai sinh")
    assert any("khai sinh" in label.lower() for label in officer.choices), officer.choices
    await officer.picks("Không có bài")
    assert await words.named() == [(SAID, "none")]


async def test_words_in_which_a_name_is_left_are_dropped(world: World, at: Places) -> None:
    await agreed(world)
    officer = await lan(world, at)
    await officer.picks(SAID)
    await officer.picks("Bỏ câu này")
    assert "Đã xóa câu ấy" in officer.heard
    assert await UnheardWord.all().count() == 0
    assert await AuditRow.filter(act="unheard_dropped").count() == 1


async def test_the_ten_newest_are_listed(world: World, at: Places) -> None:
    await agreed(world)
    (row,) = await UnheardWord.all().values()
    for number in range(12):
        more = {**row, "id": 100 + number, "key": f"k{number}", "text": f"câu {number}"}
        await UnheardWord.create(**{**more, "at": row["at"] + timedelta(minutes=number + 1)})
    officer = await lan(world, at)
    assert "13 câu chưa hiểu" in officer.heard
    assert officer.choices[:-1] == [f"câu {number}" for number in range(11, 1, -1)]


@pytest.mark.parametrize("role", ["leader", "chair"])
async def test_nobody_else_reads_or_names_them(world: World, at: Places, role: str) -> None:
    hoa = await agreed(world)
    word = (await UnheardWord.get()).id
    await somebody("ba", role, at.commune if role == "chair" else at.village, world.clock.now())
    for talk in (hoa, world.talk("ba")):
        for action in (OpenUnheard(word), NameUnheard(word, GUIDE), DropUnheard(word)):
            await talk.forges(pack(action))
            assert SAID not in talk.heard
        await talk.says("lời chưa hiểu")
        assert SAID not in talk.heard
    assert [row.named for row in await UnheardWord.all()] == [""]


async def test_an_officer_of_another_commune_sees_none_of_it(world: World, at: Places) -> None:
    await agreed(world)
    word = (await UnheardWord.get()).id
    await somebody("xa", "officer", at.other_commune, world.clock.now())
    other = world.talk("xa")
    await other.says("lời chưa hiểu")
    assert "Không còn câu nào chờ" in other.heard
    await other.forges(pack(NameUnheard(word, GUIDE)))
    assert "Câu ấy không còn" in other.heard
    assert [row.named for row in await UnheardWord.all()] == [""]


async def test_a_meaning_that_there_is_not_cannot_be_named(world: World, at: Places) -> None:
    await agreed(world)
    officer = await lan(world, at)
    await officer.forges(pack(NameUnheard((await UnheardWord.get()).id, "khong-co-bai")))
    assert "Câu này muốn hỏi gì?" in officer.heard
    assert await AuditRow.filter(act="unheard_named").count() == 0


async def test_what_waits_outlives_a_restart(world: World, at: Places) -> None:
    hoa = await refused(world)
    await hoa.restarts()
    await hoa.picks("Giúp tôi hiểu hơn")
    await hoa.picks("Đồng ý")
    assert [row.text for row in await UnheardWord.all()] == [SAID]


async def test_a_commune_that_switches_it_off_asks_nothing_and_keeps_nothing(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, at: Places
) -> None:
    world = World(db, lambda: build_router(shipped, without=["unheard"]), shipped.catalogues.translate, platform)
    hoa = await refused(world)
    assert "Giúp tôi hiểu hơn" not in hoa.heard
    assert pending.FACT not in " ".join([row.state for row in await SessionRow.all()])
